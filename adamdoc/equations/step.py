"""Fast in-place steps: a fused loop, or the readable update applied block by block."""

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from adamdoc import batches, checks
from adamdoc.checks import Array
from adamdoc.equations.kernel import Kernel, machine_code
from adamdoc.equations.parse import of
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State, hyperparameters

#: Size of a block in bytes. Larger blocks do not fit into the processor's cache; with smaller ones,
#: the overhead of the NumPy calls dominates.
BLOCK = 1 << 20
#: Number of elements from which several threads are used: below it, starting them costs more time
#: than they save.
PARALLEL = 32_768

#: numba's workqueue threading layer aborts the process if two threads enter it at the same time.
_parallel_lock = threading.Lock()

_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True)
class Step:
    """The compiled step of an optimizer, returned by `adamdoc.equations.compile`.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer.
    backend : str
        ``"numba"`` or ``"numpy"``.
    source : str
        The Python source of the loop, or of `update`.
    """

    optimizer: Optimizer
    backend: str
    source: str
    _states: tuple[str, ...] = field(repr=False)
    _run: Callable[[Array, Array, list[Array], int, list[Any]], None] = field(
        repr=False, compare=False
    )

    def __call__(self, theta: Array, g: Array, state: State) -> None:
        """Take one step in place: overwrite `theta` and the entries of `state`.

        Parameters
        ----------
        theta : ndarray of float32 or float64
            The parameters, of any shape, contiguous or not.
        g : array_like
            The gradient at `theta`, of the same shape. It is only read.
        state : dict
            The result of ``optimizer.init(theta)``, updated by each step. Its arrays, `theta` and
            `g` must not overlap in memory.

        Raises
        ------
        TypeError
            If `theta` or an entry of `state` is not an array of float32 or float64.
        ValueError
            If the shapes or dtypes of the arrays differ, or an output is read-only. In this case
            nothing is modified.
        """
        if not isinstance(theta, np.ndarray) or theta.dtype not in _DTYPES:
            raise TypeError(f"theta must be an array of float32 or float64, got {theta!r}")
        if state.keys() != {"t", *self._states}:
            raise ValueError(
                f"state must have the entries {', '.join(('t', *self._states))}, as returned by "
                f"init, got {', '.join(map(str, state)) or 'none'}"
            )
        states = [state[name] for name in self._states]
        _check_writable("theta", theta, theta)
        for name, value in zip(self._states, states, strict=True):
            _check_writable(f"state[{name!r}]", value, theta)
        _, g, t, *values = self.optimizer._operands(theta, g, state)
        self._run(theta, g, states, t, values)
        state["t"] = t


def _check_writable(name: str, value: Any, theta: Array) -> None:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be an array that can be modified in place, got {value!r}")
    if value.shape != theta.shape or value.dtype != theta.dtype:
        raise ValueError(
            f"{name} must have the shape and dtype of theta, {theta.shape} and {theta.dtype}, got "
            f"{value.shape} and {value.dtype}"
        )
    if not value.flags.writeable:
        raise ValueError(f"{name} must be writable, got a read-only array")


def compile(optimizer: Optimizer, backend: str = "numba") -> Step:  # noqa: A001 - the standard term
    """Compile an optimizer to a fast in-place step.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer. Its hyperparameters may be arrays or schedules.
    backend : str, default "numba"
        ``"numba"`` generates a fused loop from the equations of the docstring. It makes a single
        pass over memory and, for large arrays, uses as many threads as numba allows (see
        ``numba.set_num_threads``). It is compiled just in time: the first step takes a second or
        two longer.
        ``"numpy"`` applies the optimizer's own `update` to blocks that fit into the processor's
        cache.

    Returns
    -------
    Step
        A callable ``step(theta, g, state)`` that updates the parameters and the state in place.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer.
    ValueError
        If `backend` is unknown, the optimizer is not elementwise, or the equations of the docstring
        cannot be parsed.
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
    if not optimizer.elementwise:
        raise ValueError(f"optimizer must be elementwise, got {optimizer!r}")
    if _is_own_with_norms(optimizer):
        raise ValueError(
            "optimizer must be elementwise, but the gradient of one coordinate changes the steps "
            f'of others: set its scope to "array", got {optimizer!r}'
        )
    states = tuple(name for name in optimizer.init(np.zeros(1)) if name != "t")
    if checks.one_of("backend", backend, ("numba", "numpy")) == "numpy":
        # Freeing a large array raises glibc's dynamic mmap threshold, so that the memory of smaller
        # arrays is reused. Otherwise every temporary of every block is mapped and unmapped, and a
        # step takes four times as long.
        np.empty(16 << 20, np.uint8)
        source = inspect.cleandoc(inspect.getsource(type(optimizer).update))
        blocks = functools.partial(_run_in_blocks, optimizer, states)
        return Step(optimizer, backend, source, states, blocks)
    try:
        import numba  # noqa: F401 - to fail here and not at the first step
    except ImportError:
        raise ImportError(
            "the backend 'numba' needs numba: pip install 'adamdoc[fast]', or use backend='numpy'"
        ) from None
    kernel = Kernel(of(optimizer))
    run = functools.partial(_run_fused, kernel)
    return Step(optimizer, backend, kernel.source, kernel.states, run)


def _is_own_with_norms(optimizer: Optimizer) -> bool:
    """Return whether an optimizer that is not adamdoc's is not elementwise, whatever it says."""
    names = hyperparameters(type(optimizer))
    if type(optimizer).__module__.startswith("adamdoc.") or optimizer.takes_curvature:
        return False
    if any(np.shape(optimizer.at(name, 1)) for name in names):  # fits only its own parameters
        return False
    with np.errstate(all="ignore"):
        return batches.mixes(optimizer, np.ones(4), (0,))


def _run_in_blocks(
    optimizer: Optimizer,
    names: tuple[str, ...],
    theta: Array,
    g: Array,
    states: list[Array],
    t: int,
    values: list[Any],
) -> None:
    """Apply the optimizer's own update block by block."""
    hyperparameters = dict(zip((f.name for f in fields(optimizer)), values, strict=True))
    arrays = {name: v for name, v in hyperparameters.items() if isinstance(v, np.ndarray)}
    scheduled = {name for name in hyperparameters if callable(getattr(optimizer, name))} | {"lr"}
    current = {n: _constant(v) for n, v in hyperparameters.items() if n in scheduled}
    optimizer = replace(optimizer, **current)
    elements = max(1, BLOCK // theta.itemsize)
    for theta_block, g_block, *rest in _blocks(theta, g, states, list(arrays.values()), elements):
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


def _run_fused(
    kernel: Kernel, theta: Array, g: Array, states: list[Array], t: int, values: list[Any]
) -> None:
    """Run the fused loop of a kernel."""
    coefficients = kernel.evaluate(*values, t)
    arrays = [c for c in coefficients if isinstance(c, np.ndarray)]
    parallel = theta.size >= PARALLEL
    with _parallel_lock if parallel else contextlib.nullcontext():
        if arrays:
            loop = machine_code(kernel.source_of_arrays, parallel)
            for block in _blocks(theta, g, states, coefficients, BLOCK // theta.itemsize):
                loop(*block)
        else:
            loop = machine_code(kernel.source, parallel)
            scalars = [theta.dtype.type(c) for c in coefficients]
            for block in _blocks(theta, g, states, [], BLOCK // theta.itemsize, split=False):
                loop(*block, *scalars)


def _blocks(
    theta: Array,
    g: Array,
    states: list[Array],
    others: list[Any],
    elements: int,
    *,
    split: bool = True,
) -> Iterator[tuple[Array, ...]]:
    """Yield the operands as flat, contiguous blocks; writing to a block writes to the arrays.

    With ``split=False``, contiguous arrays are a single block. `others` broadcast to `theta`.
    """
    operands = [theta, g, *states]
    if not others and all(a.flags.c_contiguous and a.flags.aligned for a in operands):
        flat = [a.reshape(-1) for a in operands]
        if not split:
            yield tuple(flat)
            return
        for start in range(0, theta.size, elements):
            yield tuple(a[start : start + elements] for a in flat)
        return
    flags: Any = ["external_loop", "buffered", "zerosize_ok"] + ["growinner"] * (not split)
    write, read = ["readwrite", "contig", "aligned"], ["readonly", "contig", "aligned"]
    op_flags: Any = [write, read, *[write] * len(states), *[read] * len(others)]
    # Cast scalars here: NumPy before 2.3 reads out of bounds when it casts one for a buffer.
    others = [np.asarray(value, theta.dtype) for value in others]
    with np.nditer(
        [*operands, *others],
        flags=flags,
        op_flags=op_flags,
        op_dtypes=[theta.dtype] * (len(operands) + len(others)),
        casting="same_kind",
        buffersize=elements,
    ) as blocks:
        yield from blocks
