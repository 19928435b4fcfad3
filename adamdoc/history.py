"""The history of a run: arrays that grow with it."""

import math

import numpy as np
import numpy.typing as npt

from adamdoc.checks import Array
from adamdoc.optimizers.base import State

#: Number of entries of an array that are allocated at first: 1 MiB of float64.
INITIAL = 2**17


class Rows:
    """An array that grows row by row, so that a run that ends early takes little memory.

    Parameters
    ----------
    most : int
        The largest number of rows.
    shape : tuple of int
        The shape of a row.
    dtype : dtype
        The type of its entries.

    Examples
    --------
    >>> rows = Rows(100_000, (2,), np.float64)
    >>> for k in range(3):
    ...     rows.append(np.full(2, k))
    >>> rows.array()
    array([[0., 0.],
           [1., 1.],
           [2., 2.]])
    """

    def __init__(self, most: int, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        size = min(most, max(1, INITIAL // math.prod(shape)))
        self._rows, self._count, self._most = np.empty((size, *shape), dtype), 0, most

    def append(self, row: npt.ArrayLike) -> None:
        """Append a row."""
        if self._count == len(self._rows):
            size = min(self._most, 4 * self._count)
            grown = np.empty((size, *self._rows.shape[1:]), self._rows.dtype)
            grown[: self._count] = self._rows
            self._rows = grown
        self._rows[self._count] = row
        self._count += 1

    def array(self) -> Array:
        """Return the rows; none can be appended after this."""
        # In place, to give back the rest: a slice would keep all of it.
        self._rows.resize((self._count, *self._rows.shape[1:]), refcheck=False)
        return self._rows


class History:
    """The entries of a run, or of a batch of runs.

    Parameters
    ----------
    most : int
        The largest number of entries.
    theta : ndarray
        The starting point.
    runs : tuple of int
        The shape of the batch; empty for a single run.
    record_state : bool
        Whether to keep the states.

    Examples
    --------
    >>> history = History(1, np.zeros(2), (), record_state=False)
    >>> history.append(0, np.zeros(2), np.array(1.0), np.array(0.5), np.array(True), {})
    >>> history.losses.array(), history.states()
    (array([1.]), {})
    """

    def __init__(self, most: int, theta: Array, runs: tuple[int, ...], record_state: bool) -> None:
        self.steps = Rows(most, (), int)
        self.path = Rows(most, theta.shape, theta.dtype)
        self.losses = Rows(most, runs, theta.dtype)
        self.grad_norms = Rows(most, runs, theta.dtype)
        self._states: list[State] | None = [] if record_state else None

    def append(
        self, t: int, point: Array, loss: Array, norm: Array, active: Array, state: State
    ) -> None:
        """Append the entry of step `t`, with nan for the runs that are not active."""
        if not active.all():
            point = np.where(active[..., None], point, np.nan)
            loss, norm = np.where(active, (loss, norm), np.nan)
        self.steps.append(t)
        self.path.append(point)
        self.losses.append(loss)
        self.grad_norms.append(norm)
        if self._states is not None:
            self._states.append(state)

    def states(self) -> dict[str, Array]:
        """Return the history of each entry of the state."""
        if not self._states:
            return {}
        return {
            name: np.stack([np.asarray(state[name]) for state in self._states])
            for name in self._states[0]
        }
