"""Fast in-place steps: compiled loops, or the readable update applied block by block."""

import functools
import inspect
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from adamdoc import batches, checks
from adamdoc.checks import Array
from adamdoc.equations.inline import inline
from adamdoc.equations.kernel import (
    COLUMNS,
    ROWS,
    Kernel,
    Reduction,
    Stage,
    UnsupportedError,
    machine_code,
)
from adamdoc.equations.system import System
from adamdoc.equations.workspace import Matrices
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State, _broadcastable, hyperparameters
from adamdoc.optimizers.wrappers.groups import Groups, _extra_for
from adamdoc.optimizers.wrappers.wrapper import curvature_due, layers, takes_gradient

#: Size of a block in bytes. Larger blocks do not fit into the processor's cache; with smaller ones,
#: the overhead of the NumPy calls dominates.
BLOCK = 1 << 20
#: Number of elements from which several threads are used: below it, starting them costs more time
#: than they save.
PARALLEL = 65_536

_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
_POOLS: dict[int, ThreadPoolExecutor] = {}


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
            Further arguments of `update`, if it has any: ``curvature`` or ``gradient``.

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
        parsed or compiled.
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
    program = _program(optimizer)
    return Step(optimizer, backend, program.source, program)


def _is_own_with_norms(optimizer: Optimizer) -> bool:
    """Return whether an optimizer that is not adamdoc's is not elementwise, whatever it says."""
    names = hyperparameters(type(optimizer))
    if type(optimizer).__module__.startswith("adamdoc.") or not optimizer.elementwise:
        return False
    if optimizer.takes_curvature or optimizer.takes_gradient:
        return False
    if any(np.shape(optimizer.at(name, 1)) for name in names):  # fits only its own parameters
        return False
    with np.errstate(all="ignore"):
        return batches.mixes(optimizer, np.ones(4), (0,))


# Checks


def _named(value: Any) -> Mapping[str, Any]:
    """Return arrays by name; a single one has the name ""."""
    return value if isinstance(value, Mapping) else {"": value}


def _place(entry: str, name: str) -> str:
    return f"{entry}[{name!r}]" if name else entry


def _check_theta(theta: Any) -> None:
    if not _named(theta):
        raise ValueError("theta must contain at least one array, got an empty mapping")
    for name, array in _named(theta).items():
        if not isinstance(array, np.ndarray) or array.dtype not in _DTYPES:
            raise TypeError(
                f"{_place('theta', name)} must be an array of float32 or float64, got {array!r}"
            )
        _check_writable(_place("theta", name), array, array)


def _check_writable(name: str, value: Any, like: Array, whose: str = "of theta") -> None:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be an array that can be modified in place, got {value!r}")
    if value.shape != like.shape or value.dtype != like.dtype:
        raise ValueError(
            f"{name} must have the shape and dtype {whose}, {like.shape} and {like.dtype}, got "
            f"{value.shape} and {value.dtype}"
        )
    if not value.flags.writeable:
        raise ValueError(f"{name} must be writable, got a read-only array")


def _check_entries(optimizer: Optimizer, theta: Any, state: Any) -> None:
    """Raise an error unless a state has the entries that `init` gives."""
    blocks = optimizer.elementwise and not isinstance(theta, Mapping)
    names = optimizer.init(np.zeros(1) if blocks else theta)
    if not isinstance(state, Mapping) or state.keys() != names.keys():
        given = ", ".join(map(str, state)) if isinstance(state, Mapping) else repr(state)
        raise ValueError(
            f"state must have the entries {', '.join(names)}, as returned by init, got "
            f"{given or 'none'}"
        )


def _inputs(name: str, value: Any, theta: Any) -> list[Array]:
    """Return the arrays of the gradient or another input, after checking their shapes."""
    if isinstance(theta, Mapping) != isinstance(value, Mapping) or (
        isinstance(theta, Mapping) and value.keys() != theta.keys()
    ):
        expected = "an array"
        if isinstance(theta, Mapping):
            expected = f"a mapping with the names {', '.join(theta)}"
        raise ValueError(f"{name} must be {expected}, as theta, got {value!r}")
    theta, value, found = _named(theta), _named(value), []
    for key, like in theta.items():
        array = value[key]
        if type(array) is not np.ndarray or array.dtype != like.dtype:
            array = checks.floats(_place(name, key), array).astype(like.dtype, copy=False)
        if array.shape != like.shape:
            raise ValueError(
                f"{_place(name, key)} must have the shape of {_place('theta', key)}, {like.shape}, "
                f"got an array of shape {array.shape}"
            )
        found.append(array)
    return found


# Compiled loops


@dataclass
class _Part:
    """One array of the parameters with its states."""

    name: str
    kernel: Any  # a Kernel, or Matrices
    size: int
    arrays: dict[str, Array]  # those of the parameters' shape, by the names in the equations
    small: dict[str, Array]  # rows and columns, with the axes that they have in the equations
    views: dict[str, Array]  # `arrays` as the loops take them; empty if they are not contiguous

    def view(self, array: Array) -> Array:
        """Return a contiguous array as the loops take it, or a copy of another."""
        if not self.kernel.plane:
            return array.reshape(-1)
        rows, columns = (1, *array.shape)[-2:] if array.ndim else (1, 1)
        count = int(np.prod(array.shape[:-2]))
        return np.ascontiguousarray(array).reshape(count, rows, columns)


class _Program:
    """The compiled loops of an optimizer, and how to run them."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        inlined = inline(optimizer)
        self.kernels = _kernels([each.system for each in inlined])
        self.uniform = len(self.kernels) == 1 and self.kernels[0].uniform
        self.together = self.uniform or any(kernel.shared for kernel in self.kernels)
        self.source = "\n\n".join(kernel.source for kernel in self.kernels)
        self.layers = found = layers(optimizer)
        fields = zip(inlined[0].system.hyperparameters, inlined[0].fields, strict=True)
        self.fields = {name: (found[layer], field) for name, (layer, field) in fields}
        self.constants = {
            name: value
            for name, (layer, field) in self.fields.items()
            if not callable(value := getattr(layer, field))
        }
        self.last: tuple[list[Any], list[Array], list[_Part]] = [], [], []

    def __call__(
        self, theta: Any, g: Any, state: State, curvature: Any = None, gradient: Any = None
    ) -> Callable[[], None]:
        """Return a function that takes a step in place, after checking the arguments."""
        parts = self.parts(theta, state)
        t = int(state["t"]) + 1
        values = self.constants | {"t": t}
        for name in self.fields.keys() - self.constants.keys():
            layer, field = self.fields[name]
            values[name] = layer.at(field, t)
        inputs = {"g": _inputs("g", g, theta)}
        due = curvature_due(self.optimizer, t)
        if due != (curvature is not None):
            wanted = "an estimate" if due else "None"
            raise ValueError(f"curvature must be {wanted} at step {t}, got {curvature!r}")
        if any(layer.takes_curvature for layer in self.layers):
            inputs["curvature"] = _inputs("curvature", curvature, theta) if due else inputs["g"]
        if takes_gradient(self.optimizer) != callable(gradient):
            raise TypeError(
                f"gradient must be a function of the parameters, at which {self.optimizer!r} takes "
                f"a second gradient, got {gradient!r}: pass step(theta, g, state, gradient=...)"
                if takes_gradient(self.optimizer)
                else f"{self.optimizer!r} takes no second gradient, got gradient={gradient!r}"
            )
        run = functools.partial(self.run, state=state, gradient=gradient)
        if isinstance(self.kernels[0], Matrices):
            run = functools.partial(self.run_matrices, state=state, gradient=gradient)
        if any(isinstance(value, np.ndarray) for value in values.values()):
            run = self.run_with_arrays
        def step() -> None:
            if self.together:
                run(parts, inputs, values)
            else:
                for k, part in enumerate(parts):
                    run([part], {name: [arrays[k]] for name, arrays in inputs.items()}, values)
            state["t"] = t

        return step

    def parts(self, theta: Any, state: State) -> list[_Part]:
        """Return the arrays with their states: those of the last call if they are the same."""
        given = (theta, *(v for v in state.values() if isinstance(v, (np.ndarray, Mapping))))
        keys = [[*state], *([*value] for value in given if isinstance(value, Mapping))]
        found = [array for value in given for array in _named(value).values()]
        found = [array for array in found if isinstance(array, np.ndarray)]
        known_keys, known, parts = self.last
        if keys != known_keys or len(found) != len(known) or not all(map(_is_same, found, known)):
            _check_theta(theta)
            _check_entries(self.optimizer, theta, state)
            parts = [self.part(name, array, state) for name, array in _named(theta).items()]
            self.last = keys, found, parts
        return parts

    def part(self, name: str, theta: Array, state: State) -> _Part:
        """Return one array with its states, after checking them."""
        entries = {n for n in state if n != "t" and _has(state, n, name)}
        kernel = next((k for k in self.kernels if entries == {*k.kept}), None)
        if kernel is None:
            raise ValueError(
                f"{_place('theta', name)} must be a matrix, because the equations of "
                f"{type(self.optimizer).__name__} are for matrices, got an array of shape "
                f"{theta.shape}: compile with backend='numpy'"
            )
        part = _Part(name, kernel, theta.size, {"theta": theta}, {}, {})
        for entry in kernel.kept:
            shape, place = kernel.system.shape(entry), _place(f"state[{entry!r}]", name)
            if shape == "number":
                continue
            value = state[entry][name] if name else state[entry]
            if " x " in shape:
                size = theta.shape[-2 if shape == "rows x rows" else -1]
                _check_writable(
                    place, value, np.broadcast_to(theta[:1, :1], (size, size)), f"of {shape}"
                )
                part.arrays[entry] = value
            elif shape:
                like = theta[..., 0] if shape == "rows" else theta[..., 0, :]
                _check_writable(place, value, like, f"of the {shape} of theta")
                part.small[entry] = kernel.system.expanded(entry, value)
            else:
                _check_writable(place, value, theta)
                part.arrays[entry] = value
        if isinstance(kernel, Matrices):
            return part
        part.arrays |= {point: np.empty(theta.shape, theta.dtype) for point in kernel.stored}
        if all(map(_is_flat, part.arrays.values())):
            part.views = {entry: part.view(array) for entry, array in part.arrays.items()}
        return part

    def run(
        self,
        parts: list[_Part],
        inputs: dict[str, list[Array]],
        values: dict[str, Any],
        state: State,
        gradient: Callable[[Any], Any] | None,
    ) -> None:
        """Run the loops over some arrays, stage by stage."""
        values = values | {"all_sizes": float(sum(part.size for part in parts))}
        operands = [
            _operands(part, {name: arrays[k] for name, arrays in inputs.items()})
            for k, part in enumerate(parts)
        ]
        if self.uniform:
            own = [_own(parts[0], values, state)] * len(parts)
        else:
            own = [_own(part, values, state) for part in parts]
        for level in range(max(len(part.kernel.stages) for part in parts)):
            self.differentiate(level, parts, operands, gradient)
            totals: dict[str, float] = {}
            coefficients: list[Any] = []
            for k, (part, v) in enumerate(zip(parts, own, strict=True)):
                if level >= len(part.kernel.stages):
                    continue
                stage = part.kernel.stages[level]
                if k == 0 or not self.uniform:
                    coefficients = _numbers(part.kernel, level, v)
                if stage.lines:
                    sums = _sums(part, level, operands[k], coefficients)
                    for name in sums:
                        reduction = part.kernel.reductions[name]
                        if reduction.shared:
                            totals[name] = _joined(reduction, [totals.get(name, 0.0), sums[name]])
                        else:
                            v[name] = sums[name]
            for v in own if totals else ():
                v |= totals
        for part, v, arrays in zip(parts, own, operands, strict=True):
            _keep(part, v, arrays, state)

    def differentiate(
        self,
        level: int,
        parts: list[_Part],
        operands: list[dict[str, Array]],
        gradient: Callable[[Any], Any] | None,
    ) -> None:
        """Evaluate the gradients at the points that the loops before a stage have computed."""
        for name, (at, point) in parts[0].kernel.gradients.items():
            if at == level:
                assert gradient is not None
                points = {
                    p.name: a[point].reshape(p.arrays[point].shape)
                    for p, a in zip(parts, operands, strict=True)
                }
                found = _inputs(
                    "gradient", gradient(points.get("", points)), points.get("", points)
                )
                for part, arrays, value in zip(parts, operands, found, strict=True):
                    is_view = arrays["theta"] is not part.arrays["theta"]
                    arrays[name] = part.view(value) if is_view else value

    def run_matrices(
        self,
        parts: list[_Part],
        inputs: dict[str, list[Array]],
        values: dict[str, Any],
        state: State,
        gradient: Callable[[Any], Any] | None,
    ) -> None:
        """Run equations with products of matrices."""

        def differentiate(points: list[Array]) -> list[Array]:
            named = {part.name: point for part, point in zip(parts, points, strict=True)}
            assert gradient is not None
            return _inputs("gradient", gradient(named.get("", named)), named.get("", named))

        own = []
        for k, part in enumerate(parts):
            before = {
                f"{n}_prev" if n not in part.kernel.system.constants else n: v
                for n, v in part.arrays.items()
            }
            now = {name: arrays[k] for name, arrays in inputs.items()}
            own.append(_own(part, values, state) | before | now)
        written = [
            {n: v for n, v in part.arrays.items() if n not in part.kernel.system.constants}
            for part in parts
        ]
        self.kernels[0].run(own, written, differentiate)
        for part, v in zip(parts, own, strict=True):
            _keep(part, v, {}, state)

    def run_with_arrays(
        self, parts: list[_Part], inputs: dict[str, list[Array]], values: dict[str, Any]
    ) -> None:
        """Run the only loop with coefficients that are arrays."""
        for k, part in enumerate(parts):
            stage = part.kernel.stages[0]
            if len(part.kernel.stages) > 2 or stage.sums or part.kernel.plane:
                given = next(n for n, v in values.items() if isinstance(v, np.ndarray))
                raise ValueError(
                    f"{given} must be a number, because {type(self.optimizer).__name__} is not "
                    f"elementwise, got an array of shape {values[given].shape}"
                )
            own = {
                name: _broadcastable(name, value, part.arrays["theta"])
                if isinstance(value, np.ndarray)
                else np.float64(value)
                for name, value in values.items()
            }
            with np.errstate(all="ignore"):
                coefficients = part.kernel.before[0][1](own)
            loop = machine_code(part.kernel.loop(0, arrays=True)).loop0
            arrays = part.arrays | {name: arrays[k] for name, arrays in inputs.items()}
            operands = [arrays[name] for name in stage.operands]
            elements = BLOCK // part.arrays["theta"].itemsize
            written = [name in stage.writes for name in stage.operands]
            for block in _blocks(operands, written, coefficients, elements):
                loop(*block)


class _Groups:
    """The compiled loops of each group of a model."""

    def __init__(self, optimizer: Groups) -> None:
        self.optimizer = optimizer
        labels = [*map(str, range(len(optimizer.groups))), "rest"]
        inside = optimizer.inside()
        self.programs = {n: _program(part) for n, part in zip(labels, inside, strict=True)}
        self.source = "\n\n".join(
            f"# {label}\n{program.source}" for label, program in self.programs.items()
        )

    def __call__(self, theta: Any, g: Any, state: State, **more: Any) -> Callable[[], None]:
        """Return a function that takes a step in place, after checking the arguments."""
        if self.optimizer._is_single(theta):
            return self.programs["rest"](theta, g, state, **more)
        _check_entries(self.optimizer, theta, state)
        _inputs("g", g, theta)
        t = int(state["t"]) + 1
        steps = []
        for label, optimizer, names in self.optimizer._split(theta):
            own = _extra_for(optimizer, names, theta, t, more)
            part, g_part = ({n: v[n] for n in names} for v in (theta, g))
            steps.append(self.programs[label](part, g_part, state["groups"][label], **own))

        def step() -> None:
            for each in steps:
                each()
            state["t"] = t

        return step


def _program(optimizer: Optimizer) -> Any:
    """Return the compiled loops of an optimizer."""
    if isinstance(optimizer, Groups):
        return _Groups(optimizer)
    if any(isinstance(layer, Groups) for layer in layers(optimizer)):
        raise ValueError(
            "optimizer must not have Groups inside another wrapper: put the wrapper inside each "
            f"group, or compile with backend='numpy', got {optimizer!r}"
        )
    return _Program(optimizer)


def _kernels(systems: list[System]) -> list[Any]:
    """Return loops for some systems, or for those with products of matrices a workspace."""
    try:
        return [Kernel(system) for system in systems]
    except UnsupportedError:
        return [Matrices(system) for system in systems]


def _has(state: State, entry: str, name: str) -> bool:
    """Return whether an entry of a state has a value for one of the arrays."""
    value = state.get(entry)
    return value is not None and not (isinstance(value, Mapping) and name not in value)


def _is_same(a: Any, b: Any) -> bool:
    return a is b and (not isinstance(a, np.ndarray) or a.flags.writeable)


def _is_flat(array: Array) -> bool:
    return array.flags.c_contiguous and array.flags.aligned


def _operands(part: _Part, inputs: dict[str, Array]) -> dict[str, Array]:
    """Return the arrays of the loops: views if all are contiguous, or loops over planes."""
    if part.kernel.plane or (part.views and all(map(_is_flat, inputs.values()))):
        views = part.views or {name: part.view(array) for name, array in part.arrays.items()}
        return views | {name: part.view(array) for name, array in inputs.items()}
    return part.arrays | inputs


def _own(part: _Part, values: dict[str, Any], state: State) -> dict[str, Any]:
    """Return the values of the numbers, rows and columns before the first stage."""
    system, own = part.kernel.system, values | {"size": float(part.size)}
    if part.kernel.plane or isinstance(part.kernel, Matrices):
        rows, columns = (1, *part.arrays["theta"].shape)[-2:]
        own |= {"rows": float(rows), "columns": float(columns)}
    for name in part.kernel.kept:
        before = f"{name}_prev" if name in system.states else name
        if name in part.small:
            small = part.small[name]
            own[before] = part.view(small) if part.kernel.plane else small
        elif system.shape(name) == "number":
            value = state[name]
            own[before] = float(value[part.name] if isinstance(value, Mapping) else value)
    return own


def _keep(part: _Part, values: dict[str, Any], operands: dict[str, Array], state: State) -> None:
    """Write the new numbers, rows and columns to the state, and what the loops took as copies."""
    system = part.kernel.system
    for name, array in part.small.items():
        if name in system.states:
            array[...] = values[name].reshape(array.shape)
    for name in system.states:
        if system.shape(name) == "number":
            holder, key = (
                (state[name], part.name) if isinstance(state[name], Mapping) else (state, name)
            )
            holder[key] = np.asarray(holder[key]).dtype.type(values[name])
    if part.kernel.plane and not part.views:
        for name in part.kernel.written:
            part.arrays[name][...] = operands[name].reshape(part.arrays[name].shape)


def _numbers(kernel: Kernel, level: int, values: dict[str, Any]) -> list[Any]:
    """Return the coefficients of a loop, and add the numbers before it to the values."""
    fast, safe = kernel.before[level]
    try:
        return fast(values)
    except (ArithmeticError, TypeError, ValueError):  # Python raises what NumPy has as inf and nan
        scalars = {n: np.float64(v) for n, v in values.items() if isinstance(v, (float, int))}
        found = values | scalars
        with np.errstate(all="ignore"):
            coefficients = safe(found)
        for name, _ in kernel.stages[level].small:
            value = found[name]
            values[name] = float(value) if np.ndim(value) == 0 else value
        return [float(c) if np.ndim(c) == 0 else c for c in coefficients]


def _sums(
    part: _Part, level: int, arrays: dict[str, Array], coefficients: list[Any]
) -> dict[str, Any]:
    """Run a loop over one array, and return its sums by name."""
    kernel = part.kernel
    stage = kernel.stages[level]
    loop = getattr(machine_code(kernel.source), f"loop{level}")
    operands = [arrays[name] for name in stage.operands]
    if kernel.plane:
        return _plane(part, stage, loop, operands, coefficients)
    if arrays["theta"] is not part.arrays["theta"]:
        if part.size >= PARALLEL and (threads := _threads()) > 1:
            bounds = np.linspace(0, part.size, threads + 1).astype(int)
            blocks = [[a[i:j] for a in operands] for i, j in itertools.pairwise(bounds)]
            results = list(_pool(threads).map(lambda block: loop(*block, *coefficients), blocks))
        else:
            results = [loop(*operands, *coefficients)]
    else:
        elements = BLOCK // operands[0].itemsize
        written = [name in stage.writes for name in stage.operands]
        blocks = _blocks(operands, written, [], elements)
        results = [loop(*block, *coefficients) for block in blocks]
    if not stage.sums:
        return {}
    parts = zip(*results, strict=True)
    return {n: _joined(kernel.reductions[n], v) for n, v in zip(stage.sums, parts, strict=True)}


def _joined(reduction: Reduction, values: Iterable[float]) -> float:
    """Return a reduction over several parts from those over each."""
    return float(np.max(list(values)) if reduction.function == "norminf" else sum(values))


def _plane(
    part: _Part, stage: Stage, loop: Any, operands: list[Array], coefficients: list[Any]
) -> dict[str, Any]:
    """Run a loop over the rows and columns of one array, and return its sums by name."""
    kernel, like = part.kernel, operands[0]
    count, rows, columns = like.shape
    shapes = {n: kernel.reductions[n].shape for n in stage.sums}
    sums = {
        n: np.zeros((count, rows if shape == ROWS else 1, columns if shape == COLUMNS else 1))
        for n, shape in shapes.items()
        if shape
    }
    given = [
        c if isinstance(c, float) else np.ascontiguousarray(c, like.dtype) for c in coefficients
    ]
    numbers = loop(*operands, *sums.values(), *given) or ()
    found = {name: array.astype(like.dtype) for name, array in sums.items()}
    return found | dict(zip((n for n in stage.sums if not shapes[n]), numbers, strict=True))


def _threads() -> int:
    import numba

    return int(numba.get_num_threads())


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads of this process: those of its parent do not survive a fork."""
    key = os.getpid(), threads
    if key not in _POOLS:
        _POOLS[key] = ThreadPoolExecutor(threads, "adamdoc")
    return _POOLS[key]


def _blocks(
    operands: list[Array], written: list[bool], others: list[Any], elements: int
) -> Iterator[tuple[Array, ...]]:
    """Yield arrays as flat, contiguous blocks; writing to a block writes to the arrays.

    Some of the operands are `written` to; `others` are read, and broadcast to them.
    """
    dtype = operands[0].dtype
    read, write = ["readonly", "contig", "aligned"], ["readwrite", "contig", "aligned"]
    op_flags: Any = [write if w else read for w in (*written, *[False] * len(others))]
    # Cast scalars here: NumPy before 2.3 reads out of bounds when it casts one for a buffer.
    everything = [*operands, *(np.asarray(value, dtype) for value in others)]
    with np.nditer(
        everything,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=op_flags,
        op_dtypes=[dtype] * len(everything),
        casting="same_kind",
        buffersize=elements,
    ) as blocks:
        yield from blocks


# The readable update


def _updating(optimizer: Optimizer, *arguments: Any, **more: Any) -> Callable[[], None]:
    """Return a function that applies the optimizer's own update in place."""
    return functools.partial(_update, optimizer, *arguments, **more)


def _update(optimizer: Optimizer, theta: Any, g: Any, state: State, **more: Any) -> None:
    """Apply the optimizer's own update: to blocks if it is elementwise, else to whole arrays."""
    _check_theta(theta)
    _check_entries(optimizer, theta, state)
    for name in state if optimizer.elementwise and not isinstance(theta, Mapping) else ():
        if name != "t":
            _check_writable(f"state[{name!r}]", state[name], theta)
    if not optimizer.elementwise or isinstance(theta, Mapping):
        after, new = optimizer.update(theta, g, state, **more)
        _copy_into({"theta": theta}, {"theta": after})
        _copy_into(state, new)
        return
    names = [name for name in state if name != "t"]
    _, g, t, *values = optimizer._operands(theta, g, state)
    hyperparameters = dict(zip((f.name for f in fields(optimizer)), values, strict=True))
    arrays = {name: v for name, v in hyperparameters.items() if isinstance(v, np.ndarray)}
    scheduled = {name for name in hyperparameters if callable(getattr(optimizer, name))} | {"lr"}
    current = {n: _constant(v) for n, v in hyperparameters.items() if n in scheduled}
    optimizer = replace(optimizer, **current)
    elements = max(1, BLOCK // theta.itemsize)
    kept = [state[name] for name in names]
    for g_block, theta_block, *rest in _blocks(
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
    state["t"] = t


def _copy_into(old: Any, new: Any) -> None:
    """Copy new arrays into those of a state, and replace the numbers in it."""
    for name, value in new.items():
        if isinstance(value, Mapping):
            _copy_into(old[name], value)
        elif isinstance(old[name], np.ndarray):
            old[name][...] = value
        else:
            old[name] = value


def _constant(value: Any) -> Callable[[int], Any]:
    """Return a constant schedule, because a rate of a schedule may be 0 while ``lr`` may not."""
    return lambda _t: value
