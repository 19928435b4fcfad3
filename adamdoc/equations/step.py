"""Fast in-place steps: compiled loops, or the readable update applied block by block."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from adamdoc import batches, checks
from adamdoc.equations.program import (
    BLOCK,
    blocks,
    check_entries,
    check_theta,
    check_writable,
    inputs_of,
    named,
    program,
)
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State, hyperparameters
from adamdoc.optimizers.wrappers.wrapper import needs


@dataclass(frozen=True)
class Step:
    """The compiled step of an optimizer, returned by `adamdoc.equations.compile`.

    It can be pickled, and is compiled again where it is loaded. It keeps views of the arrays of the
    last call, so that the next one with the same arrays need not check them again.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer.
    backend : str
        ``"numba"`` or ``"numpy"``.
    source : str
        The Python source of the loops, or of `update`.
    """

    optimizer: Optimizer
    backend: str
    source: str
    _prepare: Callable[..., Callable[[], None]] = field(repr=False, compare=False)

    def __reduce__(self) -> Any:
        """Return how to compile the step again."""
        return compile, (self.optimizer, self.backend)

    def __call__(self, theta: Any, g: Any, state: State, **more: Any) -> None:
        """Take one step in place: overwrite `theta` and the entries of `state`.

        Parameters
        ----------
        theta : ndarray of float32 or float64, or mapping of str to ndarray
            The parameters, of any shape, contiguous or not; or those of a whole model by name.
        g : array_like or mapping of str to array_like
            The gradient at `theta`, of the same shape. It is only read.
        state : dict
            The result of ``optimizer.init(theta)``, updated by each step. Its arrays, `theta` and
            `g` must not overlap in memory.
        **more
            Further arguments of `update`, if it has any: ``curvature``, ``gradient``, ``loss``,
            ``noise`` or ``objective``.

        Raises
        ------
        TypeError
            If `theta` or an entry of `state` is not an array of float32 or float64.
        ValueError
            If the shapes or dtypes of the arrays differ, or an output is read-only. In this case
            nothing is modified.
        """
        self._prepare(theta, g, state, **more)()


def compile(optimizer: Optimizer, backend: str = "numba") -> Step:  # noqa: A001 - the standard term
    """Compile an optimizer to a fast in-place step.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer. Its hyperparameters may be arrays or schedules.
    backend : str, default "numba"
        ``"numba"`` generates loops from the equations of the docstring: one if no number in the
        equations depends on all elements, such as a norm. For large arrays it uses as many threads
        as numba allows (see ``numba.set_num_threads``). It is compiled just in time, which takes a
        second or two, and kept on disk for the next process, in the folder that the environment
        variable ``ADAMDOC_CACHE`` names, by default one in the user's cache folder.
        ``"numpy"`` applies the optimizer's own `update`: to blocks that fit into the processor's
        cache if it is elementwise, otherwise to whole arrays.

    Returns
    -------
    Step
        A callable ``step(theta, g, state)`` that updates the parameters and the state in place.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer.
    ValueError
        If `backend` is unknown, the gradient of one coordinate changes the steps of others though
        the optimizer says that it is elementwise, or the equations of the docstring cannot be
        parsed or compiled; with ``"numba"`` also if `adamdoc.Groups` is inside another wrapper, or
        the optimizer has a line search, a memory of past steps or rounded states.
    ImportError
        If the backend is ``"numba"`` and numba is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adam, equations
    >>> optimizer = Adam(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> state = optimizer.init(theta)
    >>> step = equations.compile(optimizer, backend="numpy")
    >>> step(theta, np.array([1e-3, -1e3]), state)
    >>> theta.round(5)
    array([ 0.9, -1.9])
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, got {optimizer!r}")
    if _is_own_with_norms(optimizer):
        raise ValueError(
            "optimizer must be elementwise, but the gradient of one coordinate changes the steps "
            f'of others: set its scope to "array", got {optimizer!r}'
        )
    if checks.one_of("backend", backend, ("numba", "numpy")) == "numpy":
        # Freeing a large array raises glibc's dynamic mmap threshold, so that the memory of smaller
        # arrays is reused. Otherwise every temporary of every block is mapped and unmapped, and a
        # step takes four times as long.
        np.empty(16 << 20, np.uint8)
        source = inspect.cleandoc(inspect.getsource(type(optimizer).update))
        return Step(optimizer, backend, source, functools.partial(_updating, optimizer))
    try:
        import numba  # noqa: F401 - to fail here and not at the first step
    except ImportError:
        raise ImportError(
            "the backend 'numba' needs numba: pip install 'adamdoc[fast]', or use backend='numpy'"
        ) from None
    compiled = program(optimizer)
    return Step(optimizer, backend, compiled.source, compiled)


def _is_own_with_norms(optimizer: Optimizer) -> bool:
    """Return whether an optimizer that is not adamdoc's is not elementwise, whatever it says."""
    names = hyperparameters(type(optimizer))
    if type(optimizer).__module__.startswith("adamdoc.") or not optimizer.elementwise:
        return False
    if needs(optimizer):
        return False
    if any(np.shape(optimizer.at(name, 1)) for name in names):  # fits only its own parameters
        return False
    with np.errstate(all="ignore"):
        return batches.mixes(optimizer, np.ones(4), (0,))


def _updating(optimizer: Optimizer, *arguments: Any, **more: Any) -> Callable[[], None]:
    """Return a function that applies the optimizer's own update in place."""
    run = _update_blocks if optimizer.elementwise and not more else _update_whole
    return functools.partial(run, optimizer, *arguments, **more)


def _update_whole(optimizer: Optimizer, theta: Any, g: Any, state: State, **more: Any) -> None:
    """Apply the optimizer's own update to whole arrays."""
    check_theta(theta)
    check_entries(optimizer, theta, state)
    after, new = optimizer.update(theta, g, state, **more)
    pairs = [*_pairs("theta", {"theta": theta}, {"theta": after}), *_pairs("state", state, new)]
    for place, holder, name, value in pairs:
        if isinstance(value, np.ndarray):
            check_writable(place, holder[name], value.shape, value.dtype)
    for _, holder, name, value in pairs:
        if isinstance(holder[name], np.ndarray):
            holder[name][...] = value
        else:
            holder[name] = value


def _pairs(place: str, old: Any, new: Mapping[str, Any]) -> Iterator[tuple[str, Any, str, Any]]:
    """Yield the new values of a state, with the place of the old ones and its name."""
    for name, value in new.items():
        inner = f"{place}[{name!r}]"
        if isinstance(value, Mapping):
            yield from _pairs(inner, old[name], value)
        else:
            yield inner, old, name, value


def _update_blocks(optimizer: Optimizer, theta: Any, g: Any, state: State) -> None:
    """Apply the optimizer's own update to blocks of each array."""
    check_theta(theta)
    check_entries(optimizer, theta, state)
    parts = []
    for key, g_part in zip(named(theta), inputs_of("g", g, theta), strict=True):
        own = state if key == "" else {n: v if n == "t" else v[key] for n, v in state.items()}
        part = named(theta)[key]
        for name in own.keys() - {"t"}:
            place = f"state[{name!r}]" + (f"[{key!r}]" if key else "")
            check_writable(place, own[name], part.shape, part.dtype)
        parts.append((part, g_part, own))
    t = int(state["t"]) + 1
    current = {
        n: optimizer.at(n, t)
        for n in hyperparameters(type(optimizer))
        if callable(getattr(optimizer, n))
    }
    optimizer = replace(optimizer, **{n: _constant(v) for n, v in current.items()})
    for part, g_part, own in parts:
        _update_array(optimizer, part, g_part, own)
    state["t"] = t


def _update_array(optimizer: Optimizer, theta: Any, g: Any, state: State) -> None:
    """Apply the optimizer's own update to blocks of an array."""
    names = [name for name in state if name != "t"]
    _, g, t, *values = optimizer._operands(theta, g, state)
    hyperparameters = dict(zip((f.name for f in fields(optimizer)), values, strict=True))
    arrays = {name: v for name, v in hyperparameters.items() if isinstance(v, np.ndarray)}
    scheduled = {name for name in hyperparameters if callable(getattr(optimizer, name))} | {"lr"}
    current = {n: _constant(v) for n, v in hyperparameters.items() if n in scheduled}
    optimizer = replace(optimizer, **current)
    elements = max(1, BLOCK // theta.itemsize)
    kept = [state[name] for name in names]
    for g_block, theta_block, *rest in blocks(
        [g, theta, *kept], [False, *[True] * (1 + len(kept))], list(arrays.values()), elements
    ):
        if arrays:
            block_values: dict[str, Any] = dict(zip(arrays, rest[len(names) :], strict=True))
            constants = {n: _constant(v) for n, v in block_values.items() if n in scheduled}
            optimizer = replace(optimizer, **(block_values | constants))
        before = dict(zip(names, rest, strict=False))
        theta_block[...], after = optimizer.update(theta_block, g_block, {"t": t - 1, **before})
        for name, block in before.items():
            block[...] = after[name]


def _constant(value: Any) -> Callable[[int], Any]:
    """Return a constant schedule, because a rate of a schedule may be 0 while ``lr`` may not."""
    return lambda _t: value
