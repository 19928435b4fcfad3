"""The compiled equations of an optimizer, and how to run them over the arrays of a model."""

import functools
import itertools
import operator
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.equations.inline import inline
from adamdoc.equations.kernel import COLUMNS, ROWS, STARTS, Kernel, Reduction, UnsupportedError
from adamdoc.equations.machine import machine_code
from adamdoc.equations.workspace import Matrices
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.arrays import read_only
from adamdoc.optimizers.base import State, _broadcastable
from adamdoc.optimizers.wrappers.groups import Groups, _extra_for
from adamdoc.optimizers.wrappers.wrapper import INPUTS, layers, needs

#: Size of a block in bytes. Larger blocks do not fit into the processor's cache; with smaller ones,
#: the overhead of the NumPy calls dominates.
BLOCK = 1 << 20
#: Number of elements from which several threads are used: below it, starting them costs more time
#: than they save.
PARALLEL = 65_536

#: What a class has, by the function that its equations call, that only NumPy can run.
BEYOND = {
    "push": "a memory of past steps",
    "quantize": "rounded states",
    "search": "a line search",
}
_POOLS: dict[tuple[int, int], ThreadPoolExecutor] = {}


def beyond_loops(cls: type[Optimizer]) -> str:
    """Return what the equations of a class have that only NumPy can run; empty if nothing.

    Examples
    --------
    >>> from adamdoc import Adam, Adam8bit, Backtracking
    >>> beyond_loops(Backtracking), beyond_loops(Adam8bit), beyond_loops(Adam)
    ('a line search', 'rounded states', '')
    """
    if cls.functions:
        return BEYOND[cls.functions[0]]
    if any(symbol.shape == "numbers" for symbol in cls.symbols):
        return "states that are vectors of numbers"
    return BEYOND["search"] if cls.takes_objective else ""


def program(optimizer: Optimizer) -> Any:
    """Return the compiled equations of an optimizer.

    It has a ``source``, and is called with the arguments of `update`. It checks them and returns a
    function that takes the step in place.
    """
    if isinstance(optimizer, Groups):
        return _GroupsProgram(optimizer)
    if any(isinstance(layer, Groups) for layer in layers(optimizer)):
        raise ValueError(
            "optimizer must not have Groups inside another wrapper: put the wrapper inside each "
            f"group, or compile with backend='numpy', got {optimizer!r}"
        )
    return _Program(optimizer)


# Checks


def named(value: Any) -> Mapping[str, Any]:
    """Return arrays by name; a single one has the name ""."""
    return value if isinstance(value, Mapping) else {"": value}


def _place(entry: str, name: str) -> str:
    return f"{entry}[{name!r}]" if name else entry


def check_theta(theta: Any) -> None:
    """Raise an error unless the parameters can be overwritten."""
    if not named(theta):
        raise ValueError("theta must contain at least one array, got an empty mapping")
    for name, array in named(theta).items():
        place = _place("theta", name)
        if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
            raise TypeError(f"{place} must be an array of float32 or float64, got {array!r}")
        check_writable(place, array, array.shape, array.dtype)


def check_writable(name: str, value: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """Raise an error unless a value is a writable array of a shape and dtype."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be an array that can be modified in place, got {value!r}")
    if value.shape != shape or value.dtype != dtype:
        raise ValueError(
            f"{name} must have the shape and dtype that init gives for theta, {shape} and {dtype}, "
            f"got {value.shape} and {value.dtype}"
        )
    if not value.flags.writeable:
        raise ValueError(f"{name} must be writable, got a read-only array")


def check_entries(optimizer: Optimizer, theta: Any, state: Any) -> None:
    """Raise an error unless a state has the entries that `init` gives."""
    blocks = optimizer.elementwise and not isinstance(theta, Mapping)
    _check_names("state", optimizer.init(np.zeros(1) if blocks else theta), state)


def _check_names(place: str, expected: Mapping[str, Any], state: Any) -> None:
    if not isinstance(state, Mapping) or state.keys() != expected.keys():
        given = ", ".join(map(str, state)) if isinstance(state, Mapping) else repr(state)
        raise ValueError(
            f"{place} must have the entries {', '.join(expected)}, as returned by init, got "
            f"{given or 'none'}"
        )
    for name, value in expected.items():
        if isinstance(value, Mapping):
            _check_names(f"{place}[{name!r}]", value, state[name])


def inputs_of(name: str, value: Any, theta: Any) -> list[Array]:
    """Return the arrays of the gradient or another input, after checking their shapes."""
    expected = "an array"
    if isinstance(theta, Mapping):
        expected = f"a mapping with the names {', '.join(theta)}"
        if isinstance(value, Mapping) and value.keys() == theta.keys():
            return [_input(_place(name, key), value[key], like) for key, like in theta.items()]
    elif not isinstance(value, Mapping):
        return [_input(name, value, theta)]
    raise ValueError(f"{name} must be {expected}, as theta, got {value!r}")


def _input(name: str, array: Any, like: Array) -> Array:
    if type(array) is not np.ndarray or array.dtype != like.dtype:
        array = checks.floats(name, array).astype(like.dtype, copy=False)
    if array.shape != like.shape:
        raise ValueError(
            f"{name} must have the shape of theta, {like.shape}, got an array of shape "
            f"{array.shape}"
        )
    return array


# Parts of a model


@dataclass
class _Part:
    """One array of the parameters with its states."""

    name: str
    kernel: Any  # a Kernel, or Matrices
    shape: tuple[int, ...]
    size: int
    arrays: dict[str, Array]  # those of the parameters' shape, by the names in the equations
    small: dict[str, Array]  # rows and columns, with the axes that they have in the equations
    views: dict[str, Array]  # `arrays` as the loops take them; empty if they are not contiguous

    def view(self, array: Array) -> Array:
        """Return a contiguous array as the loops take it, or a copy of another."""
        if not self.kernel.plane:
            return array if array.ndim == 1 else array.reshape(-1)
        rows, columns = (1, *array.shape)[-2:] if array.ndim else (1, 1)
        count = int(np.prod(array.shape[:-2]))
        return np.ascontiguousarray(array).reshape(count, rows, columns)

    @functools.cached_property
    def bound(self) -> list[tuple[list[Any], list[tuple[int, str]]]]:
        """For each loop the views that it takes, and where the inputs go."""
        return [
            (
                [self.views.get(name) for name in stage.operands],
                [(k, name) for k, name in enumerate(stage.operands) if name not in self.views],
            )
            for stage in self.kernel.stages
        ]

    def operands(self, inputs: dict[str, Array], *, shaped: bool) -> tuple[dict[str, Array], bool]:
        """Return the arrays for the loops besides `bound`, and whether they are as loops take them.

        They are if they are contiguous. Loops over rows and columns get copies of others.
        """
        if self.kernel.plane:
            everything = self.views or {n: self.view(array) for n, array in self.arrays.items()}
            return everything | {name: self.view(array) for name, array in inputs.items()}, True
        if not self.views or shaped or not all(map(_is_flat, inputs.values())):
            return self.arrays | inputs, False
        return {name: array.reshape(-1) for name, array in inputs.items()}, True

    def values(self, values: dict[str, Any], state: State) -> dict[str, Any]:
        """Return the values of the numbers, rows and columns before the first stage."""
        theta = self.arrays["theta"]
        own = {
            name: value if not isinstance(value, np.ndarray) else value.astype(theta.dtype)
            for name, value in values.items()
        }
        system, own["size"] = self.kernel.system, float(self.size)
        if theta.ndim > 1:
            own |= {"rows": float(theta.shape[-2]), "columns": float(theta.shape[-1])}
        for name in self.kernel.kept:
            before = name if name in system.constants else f"{name}_prev"
            if name in self.small:
                own[before] = self.view(self.small[name]) if self.kernel.plane else self.small[name]
            elif system.shape(name) == "number":
                own[before] = float(named(state[name]).get(self.name, named(state[name]).get("")))
        return own

    def keep(self, values: dict[str, Any], operands: dict[str, Array], state: State) -> None:
        """Write the numbers, rows and columns to the state, and what the loops took as copies."""
        system = self.kernel.system
        for name in system.states:
            if name in self.small:
                self.small[name][...] = values[name].reshape(self.small[name].shape)
            elif system.shape(name) == "number":
                of_all = not isinstance(state[name], Mapping)
                holder, key = (state, name) if of_all else (state[name], self.name)
                holder[key] = np.asarray(holder[key]).dtype.type(values[name])
        if self.kernel.plane and not self.views:
            for name in self.kernel.written:
                self.arrays[name][...] = operands[name].reshape(self.arrays[name].shape)


def _batches(parts: list[_Part]) -> Iterator[slice]:
    """Yield groups of small arrays, which share the overhead, and each large one by itself."""
    start = size = 0
    for k, part in enumerate(parts):
        if size and size + part.size > PARALLEL:
            yield slice(start, k)
            start, size = k, 0
        size += part.size
    yield slice(start, len(parts))


def _is_flat(array: Array) -> bool:
    flags = array.flags
    return flags.c_contiguous and flags.aligned


def _has(state: State, entry: str, name: str) -> bool:
    """Return whether an entry of a state has a value for one of the arrays."""
    return not (isinstance(state[entry], Mapping) and name not in state[entry])


# Programs


class _Program:
    """The compiled equations of an optimizer without groups."""

    #: What each further argument must be.
    wanted: ClassVar[dict[str, tuple[str, Callable[[Any], bool]]]] = {
        "curvature": ("an estimate", lambda value: value is not None),
        "gradient": ("a function of the parameters", callable),
        "loss": ("a number", lambda value: isinstance(value, (int, float, np.number))),
        "objective": ("a function of the parameters", callable),
        "noise": ("an array", lambda value: value is not None),
    }

    def __init__(self, optimizer: Optimizer) -> None:
        for layer in layers(optimizer):
            if reason := beyond_loops(type(layer)):
                raise ValueError(
                    f"optimizer must not have {reason}, which the loops cannot have, got "
                    f"{optimizer!r}: compile with backend='numpy'"
                )
        self.optimizer, inlined = optimizer, inline(optimizer)
        systems = [each.system for each in inlined]
        try:
            self.kernels: list[Any] = [Kernel(system) for system in systems]
        except UnsupportedError:
            self.kernels = [Matrices(system) for system in systems]
        self.uniform = len(self.kernels) == 1 and self.kernels[0].uniform
        self.together = self.uniform or any(kernel.shared for kernel in self.kernels)
        self.source = "\n\n".join(kernel.source for kernel in self.kernels)
        self.fields = inlined[0].holders(optimizer)
        values = {name: getattr(layer, field) for name, (layer, field) in self.fields.items()}
        self.constants = {name: value for name, value in values.items() if not callable(value)}
        self.inputs = needs(optimizer)  # at the first step, of which curvature is one
        self.last: tuple[list[Any], list[Array], list[_Part]] = [], [], []

    def __call__(self, theta: Any, g: Any, state: State, **more: Any) -> Callable[[], None]:
        """Return a function that takes a step in place, after checking the arguments."""
        parts = self.parts(theta, state)
        t = int(state["t"]) + 1
        values = self.constants | {"t": t}
        for name in self.fields.keys() - self.constants.keys():
            layer, field = self.fields[name]
            values[name] = layer.at(field, t)
        inputs = {"g": inputs_of("g", g, theta)}
        needed = needs(self.optimizer, t)
        for name in {*INPUTS, *more}:
            value = more.get(name)
            kind, is_kind = self.wanted[name] if name in needed else ("None", lambda v: v is None)
            if not is_kind(value):
                raise TypeError(
                    f"{name} must be {kind} for {self.optimizer!r} at step {t}, got {value!r}"
                )
        for name in self.inputs & {"curvature", "noise"}:
            inputs[name] = inputs_of(name, more[name], theta) if name in needed else inputs["g"]
        if "loss" in needed:
            values["loss"] = float(more["loss"])

        def differentiate(points: list[Array]) -> list[Array]:
            by_name = {p.name: read_only(x) for p, x in zip(parts, points, strict=True)}
            at = by_name if isinstance(theta, Mapping) else by_name[""]
            return inputs_of("gradient", more["gradient"](at), at)

        run: Callable[..., None] = functools.partial(self.run, differentiate=differentiate)
        if isinstance(self.kernels[0], Matrices):
            run = functools.partial(self.run_matrices, differentiate=differentiate)
        self.check_arrays(parts, values)

        def step() -> None:
            for some in [slice(None)] if self.together else _batches(parts):
                own = {name: arrays[some] for name, arrays in inputs.items()}
                run(parts[some], own, values, state)
            state["t"] = t

        return step

    def check_arrays(self, parts: list[_Part], values: dict[str, Any]) -> None:
        """Raise an error unless hyperparameters that are arrays can be used for all parameters."""
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                for part in parts:
                    _broadcastable(name, value, part.arrays["theta"])
                    if part.kernel.has_more:
                        raise ValueError(
                            f"{name} must be a number, because the state of {self.optimizer!r} has "
                            f"numbers that depend on it, got an array of shape {value.shape}"
                        )

    def parts(self, theta: Any, state: State) -> list[_Part]:
        """Return the arrays with their states: those of the last call if they are the same."""
        if not isinstance(state, Mapping):
            check_entries(self.optimizer, theta, state)
        given = (theta, *(v for v in state.values() if isinstance(v, (np.ndarray, Mapping))))
        keys = [[*state], *([*value] for value in given if isinstance(value, Mapping))]
        found = [a for value in given for a in named(value).values() if isinstance(a, np.ndarray)]
        known_keys, known, parts = self.last
        same = keys == known_keys and len(found) == len(known)
        same = same and all(map(operator.is_, found, known))
        if not same or not all(array.flags.writeable for array in found):
            check_theta(theta)
            check_entries(self.optimizer, theta, state)
            parts = [self.part(name, array, state) for name, array in named(theta).items()]
            self.last = keys, found, parts
        return parts

    def part(self, name: str, theta: Array, state: State) -> _Part:
        """Return one array with its states, after checking them."""
        entries = {n for n in state if n != "t" and _has(state, n, name)}
        fitting = [k for k in self.kernels if entries == {*k.kept}]
        axes = 2 if theta.ndim >= 2 else 1  # of two blocks of equations with the same states
        fitting.sort(key=lambda k: k.system.dimensions != axes)
        kernel = fitting[0] if fitting else None
        if kernel is None:
            raise ValueError(
                f"{_place('theta', name)} must be a matrix, because the equations of "
                f"{type(self.optimizer).__name__} are for matrices, got an array of shape "
                f"{theta.shape}: compile with backend='numpy'"
            )
        part = _Part(name, kernel, theta.shape, theta.size, {"theta": theta}, {}, {})
        for entry in kernel.kept:
            shape = kernel.system.shape(entry)
            if shape == "number":
                continue
            value = state[entry][name] if name else state[entry]
            like = theta.shape
            if " x " in shape:
                like = (theta.shape[-2 if shape == "rows x rows" else -1],) * 2
            elif shape:
                like = theta.shape[:-1] if shape == "rows" else theta.shape[:-2] + theta.shape[-1:]
            check_writable(_place(f"state[{entry!r}]", name), value, like, theta.dtype)
            if shape in ("rows", "columns"):
                part.small[entry] = kernel.system.expanded(entry, value)
            else:
                part.arrays[entry] = value
        part.arrays |= {point: np.empty(theta.shape, theta.dtype) for point in kernel.stored}
        if not isinstance(kernel, Matrices) and all(map(_is_flat, part.arrays.values())):
            part.views = {entry: part.view(array) for entry, array in part.arrays.items()}
        return part

    def run(
        self,
        parts: list[_Part],
        inputs: dict[str, list[Array]],
        values: dict[str, Any],
        state: State,
        differentiate: Callable[[list[Array]], list[Array]],
    ) -> None:
        """Run the loops over some arrays, stage by stage."""
        values = values | {"all_sizes": float(sum(part.size for part in parts))}
        with_arrays = any(isinstance(value, np.ndarray) for value in values.values())
        operands, flat = zip(
            *(
                part.operands({n: arrays[k] for n, arrays in inputs.items()}, shaped=with_arrays)
                for k, part in enumerate(parts)
            ),
            strict=True,
        )
        uniform = self.uniform and not with_arrays
        if uniform:
            own = [parts[0].values(values, state)] * len(parts)
        else:
            own = [part.values(values, state) for part in parts]
        coefficients: list[Any] = []
        for level in range(max(len(part.kernel.stages) for part in parts)):
            for name, (at, point) in parts[0].kernel.gradients.items():
                if at == level:
                    points = [part.arrays[point] for part in parts]
                    for k, found in enumerate(differentiate(points)):
                        operands[k][name] = parts[k].view(found) if flat[k] else found
            totals: dict[str, float] = {}
            for k, part in enumerate(parts):
                if level >= len(part.kernel.stages):
                    continue
                if k == 0 or not uniform:
                    coefficients = part.kernel.coefficients(level, own[k])
                for name, value in _run_loop(part, level, operands[k], flat[k], coefficients):
                    reduction = part.kernel.reductions[name]
                    if reduction.shared:
                        totals[name] = _joined(reduction, [totals.get(name, 0.0), value])
                    else:
                        own[k][name] = value
            if totals:
                for v in own:
                    v |= totals
        for part, v, arrays in zip(parts, own, operands, strict=True):
            if part.kernel.has_more:
                part.keep(v, arrays, state)

    def run_matrices(
        self,
        parts: list[_Part],
        inputs: dict[str, list[Array]],
        values: dict[str, Any],
        state: State,
        differentiate: Callable[[list[Array]], list[Array]],
    ) -> None:
        """Run equations with products of matrices."""
        constants = self.kernels[0].system.constants
        own = [
            part.values(values, state)
            | {n if n in constants else f"{n}_prev": v for n, v in part.arrays.items()}
            | {name: arrays[k] for name, arrays in inputs.items()}
            for k, part in enumerate(parts)
        ]
        written = [{n: v for n, v in p.arrays.items() if n not in constants} for p in parts]
        self.kernels[0].run(own, written, differentiate)
        for part, v in zip(parts, own, strict=True):
            part.keep(v, {}, state)


class _GroupsProgram:
    """The compiled equations of each group of a model."""

    def __init__(self, optimizer: Groups) -> None:
        self.optimizer = optimizer
        labels = [*map(str, range(len(optimizer.groups))), "rest"]
        inside = zip(labels, optimizer.inside(), strict=True)
        self.programs = {label: program(part) for label, part in inside}
        self.source = "\n\n".join(f"# {n}\n{part.source}" for n, part in self.programs.items())

    def __call__(self, theta: Any, g: Any, state: State, **more: Any) -> Callable[[], None]:
        """Return a function that takes a step in place, after checking the arguments."""
        if self.optimizer._is_single(theta):
            return self.programs["rest"](theta, g, state, **more)
        groups = list(self.optimizer._split(theta))
        known = isinstance(state, Mapping) and state.keys() == {"t", "groups"}
        if not known or state["groups"].keys() != {label for label, *_ in groups}:
            check_entries(self.optimizer, theta, state)
        inputs_of("g", g, theta)
        t = int(state["t"]) + 1
        steps = []
        for label, optimizer, names in groups:
            own = _extra_for(optimizer, names, theta, t, more)
            part, g_part = ({n: v[n] for n in names} for v in (theta, g))
            steps.append(self.programs[label](part, g_part, state["groups"][label], **own))

        def step() -> None:
            for each in steps:
                each()
            state["t"] = t

        return step


# Loops


def _run_loop(
    part: _Part, level: int, arrays: dict[str, Array], flat: bool, coefficients: list[Any]
) -> Iterable[tuple[str, Any]]:
    """Run a loop over one array, and return its sums by name."""
    kernel = part.kernel
    stage, loop = kernel.stages[level], kernel.functions[level]
    if not stage.lines:
        return ()
    if kernel.plane:
        operands = [arrays[name] for name in stage.operands]
        return _run_plane(kernel, level, operands, coefficients)
    operands, places = part.bound[level]
    operands = operands.copy()
    for place, name in places:
        operands[place] = arrays[name]
    if not flat:  # block by block, with coefficients that may be arrays
        others: list[Any] = []
        if any(isinstance(c, np.ndarray) for c in coefficients):
            loop = getattr(machine_code(kernel.loop(level, arrays=True)), f"loop{level}")
            others, coefficients = coefficients, []
        shaped = [arrays[name] for name in stage.operands]
        written = [name in stage.writes for name in stage.operands]
        parts = blocks(shaped, written, others, BLOCK // shaped[0].itemsize)
        results = [loop(*block, *coefficients) for block in parts]
    elif part.size < PARALLEL or (threads := _threads()) == 1:
        results = [loop(*operands, *coefficients)]
    else:
        bounds = np.linspace(0, part.size, threads + 1).astype(int)
        slices = [[a[i:j] for a in operands] for i, j in itertools.pairwise(bounds)]
        results = list(_pool(threads).map(lambda some: loop(*some, *coefficients), slices))
    if not stage.sums:
        return ()
    sums = zip(stage.sums, zip(*results, strict=True), strict=True)
    return [(name, _joined(kernel.reductions[name], values)) for name, values in sums]


def _joined(reduction: Reduction, values: Iterable[float]) -> float:
    """Return a reduction over several parts from those over each."""
    return float(np.max(list(values)) if reduction.function == "norminf" else sum(values))


def _run_plane(
    kernel: Kernel, level: int, operands: list[Array], coefficients: list[Any]
) -> Iterable[tuple[str, Any]]:
    """Run a loop over the rows and columns of one array, and return its sums by name."""
    stage, like = kernel.stages[level], operands[0]
    count, rows, columns = like.shape
    along = {n: s for n in stage.sums if (s := kernel.reductions[n].shape)}
    sums = {
        n: np.full(
            (count, rows if s == ROWS else 1, columns if s == COLUMNS else 1),
            STARTS.get(kernel.reductions[n].function, 0.0),
        )
        for n, s in along.items()
    }
    given = [
        c if isinstance(c, float) else np.ascontiguousarray(c, like.dtype) for c in coefficients
    ]
    numbers = kernel.functions[level](*operands, *sums.values(), *given) or ()
    found = {name: array.astype(like.dtype) for name, array in sums.items()}
    return [*found.items(), *zip((n for n in stage.sums if n not in along), numbers, strict=True)]


def _threads() -> int:
    import numba

    return int(numba.get_num_threads())


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads of this process: those of its parent do not survive a fork."""
    key = os.getpid(), threads
    if key not in _POOLS:
        _POOLS[key] = ThreadPoolExecutor(threads, "adamdoc")
    return _POOLS[key]


def blocks(
    operands: list[Array], written: list[bool], others: list[Any], elements: int
) -> Iterator[tuple[Array, ...]]:
    """Yield arrays as flat, contiguous blocks; writing to a block writes to the arrays.

    Some of the operands are `written` to; `others` are read, and broadcast to them.
    """
    dtype = operands[0].dtype
    read, write = ["readonly", "contig", "aligned"], ["readwrite", "contig", "aligned"]
    flags: Any = [write if w else read for w in (*written, *[False] * len(others))]
    # Cast scalars here: NumPy before 2.3 reads out of bounds when it casts one for a buffer.
    everything = [*operands, *(np.asarray(value, dtype) for value in others)]
    with np.nditer(
        everything,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=flags,
        op_dtypes=[dtype] * len(everything),
        casting="same_kind",
        buffersize=elements,
    ) as found:
        for block in found:
            yield block if isinstance(block, tuple) else (block,)
