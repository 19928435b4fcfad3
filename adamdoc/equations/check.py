"""Check that `update` implements the equations, and test that check by mutation."""

import contextlib
import functools
import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from types import FrameType
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.equations import parse
from adamdoc.equations.evaluate import is_number
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.rounding import EXACT, Rounded, rounded
from adamdoc.equations.system import System, dtype_of
from adamdoc.equations.tree import (
    REDUCTIONS,
    Call,
    Compare,
    Name,
    Node,
    Number,
    Power,
    names,
    show,
    walk,
)
from adamdoc.notation import rule_of
from adamdoc.optimizers import Adam, GradientDescent, HeavyBall, Optimizer, Wrapper, arrays
from adamdoc.optimizers.arrays import Arrays
from adamdoc.optimizers.base import Params, State
from adamdoc.optimizers.wrappers.groups import Groups, pick
from adamdoc.optimizers.wrappers.line_search import search_of
from adamdoc.optimizers.wrappers.wrapper import layers, needs

#: Largest accepted deviation, in units of the bound of the rounding error.
LIMIT = 2
#: The optimizers around which a wrapper is checked.
WRAPPED = (GradientDescent(lr=0.1), HeavyBall(lr=0.1), Adam(lr=0.1))


@dataclass(frozen=True)
class Sample:
    """The inputs of one step: parameters, gradient, step number, states and hyperparameters."""

    theta: Params
    g: Params
    t: int
    states: State
    values: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)


def check(
    optimizer: Optimizer | type[Optimizer],
    cases: int = 50,
    seed: int = 0,
    system: System | None = None,
) -> float:
    """Check that `update` implements the equations, quantity by quantity.

    The cases are random: parameters, gradients and states of many magnitudes, hyperparameters from
    their whole ranges, steps from 1 to 10,000, in float32 and float64. Each equation is evaluated
    with the values that `update` itself computed before it, so that an error names the faulty
    equation and not a later one.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The class to check. A class of wrappers is checked around three optimizers; an instance of
        one around the optimizer that it wraps.
    cases : int, default 50
        The number of random cases.
    seed : int, default 0
        Seed of the cases.
    system : System, optional
        The equations to check against, by default those of the docstring.

    Returns
    -------
    float
        The largest deviation, in units of the bound of the rounding error.

    Raises
    ------
    EquationError
        If a quantity deviates by more than the rounding error. The message names the optimizer, the
        equation and the first quantity that differs.

    Examples
    --------
    >>> from adamdoc import Adam, ClipByNorm, equations
    >>> equations.check(Adam) < 2
    True
    >>> equations.check(ClipByNorm(Adam())) < 2
    True
    """
    cls = optimizer if isinstance(optimizer, type) else type(optimizer)
    rng = np.random.default_rng(seed)
    if system is not None:
        return compare(Cases(optimizer, _original(parse.all_of(cls), system), cases, rng), system)
    return max(compare(Cases(optimizer, own, cases, rng), own) for own in parse.all_of(cls))


class Cases:
    """Random steps of an optimizer, drawn when they are first needed and then remembered.

    Most of the time of a check goes into them, and they do not depend on the equations that are
    checked: a mutation test compares many with the same cases.
    """

    def __init__(
        self,
        optimizer: Optimizer | type[Optimizer],
        system: System,
        cases: int,
        rng: np.random.Generator,
    ) -> None:
        self.cls = optimizer if isinstance(optimizer, type) else type(optimizer)
        self._drawn: list[Any] = []
        self._more = self._draw(optimizer, system, cases, rng)

    def __iter__(self) -> Iterator[Any]:
        """Yield optimizers to check the initial states of, each followed by its steps."""
        yield from self._drawn
        for case in self._more:
            self._drawn.append(case)
            yield case

    def _draw(
        self,
        optimizer: Optimizer | type[Optimizer],
        system: System,
        cases: int,
        rng: np.random.Generator,
    ) -> Iterator[Any]:
        for inside in _inside(optimizer):
            yield self.cls(**inside, **_values(self.cls, system, rng))
            sample = draw(self.cls, system, rng, np.float64, inside)
            _check_schedules(self.cls, system, sample, inside)
            _check_mapping(self.cls, system, sample, inside)
            for k in range(cases):
                dtype = (np.float64, np.float32)[k % 2]
                sample = draw(self.cls, system, rng, dtype, inside)
                for part in _parts(self.cls, sample, inside):
                    yield part, inside


def compare(cases: Cases, system: System, known: System | None = None) -> float:
    """Return the largest deviation of steps from equations; raise an error as `check` does.

    What the system shares with a `known` one, which was checked before, is not compared.
    """
    worst = 0.0
    shared = _shared(system, known) if known else frozenset()
    with np.errstate(all="ignore"):
        _check_scope(cases.cls, system)
        for case in cases:
            if isinstance(case, Optimizer):
                if not (known and _start(system) == _start(known)):
                    _check_states(case, system)
            else:
                part, inside = case
                worst = max(worst, _deviation(cases.cls, system, part, inside, shared))
    return worst


def _shared(system: System, known: System) -> frozenset[int]:
    """Return the numbers of the equations that are also those of another system."""
    if system.definitions != known.definitions:
        return frozenset()
    pairs = enumerate(zip(system.assignments, known.assignments, strict=True), start=1)
    return frozenset(number for number, (own, other) in pairs if own is other)


def _start(system: System) -> tuple[Any, ...]:
    """Return what the initial states of a system depend on."""
    names = [assignment.name for assignment in system.assignments]
    return names, system.states, system.constants, system.starts


def _original(documented: tuple[System, ...], system: System) -> System:
    """Return the system of a docstring of which another is a variant."""
    return next((s for s in documented if s.dimensions == system.dimensions), documented[0])


def _inside(optimizer: Optimizer | type[Optimizer]) -> list[dict[str, Any]]:
    """Return the optimizers to wrap, as arguments of the class; of no wrapper, nothing."""
    if isinstance(optimizer, Wrapper):
        inside = {"optimizer": optimizer.optimizer}
        return [inside | ({"groups": optimizer.groups} if isinstance(optimizer, Groups) else {})]
    if not (isinstance(optimizer, type) and issubclass(optimizer, Wrapper)):
        return [{}]
    if issubclass(optimizer, Groups):
        return [{"optimizer": WRAPPED[0], "groups": ((["a"], WRAPPED[1]), (["b"], WRAPPED[2]))}]
    return [{"optimizer": wrapped} for wrapped in WRAPPED]


def _check_states(optimizer: Optimizer, system: System) -> None:
    """Raise an error unless `init` returns the initial states that the notation specifies."""
    if any(isinstance(layer, Groups) for layer in layers(optimizer)):
        if isinstance(optimizer, Groups):
            return  # no states of its own
        raise EquationError(
            f"{system.optimizer} cannot be checked around Groups: check it around another optimizer"
        )
    inside = layers(optimizer)
    shapes: dict[int, list[tuple[int, ...]]] = {2: [(2, 3)], 1: [(2,)], 0: [(3,), (), (2, 1, 3)]}
    for shape in shapes[_axes(system, inside)]:
        for dtype in (np.float64, np.float32):
            theta = np.asarray(np.random.default_rng(0).random(shape, dtype))
            _check_start(optimizer, system, theta)


def _axes(system: System, inside: list[Any]) -> int:
    """Return the number of axes of the parameters; 0 if any, for an optimizer and those inside."""
    return 2 if any(layer.matrix_only for layer in inside) else system.dimensions or 0


def _check_start(optimizer: Optimizer, system: System, theta: Array) -> None:
    """Raise an error unless `init` returns the initial states for some parameters."""
    with _named(f"{system.optimizer}: init", theta):
        start = optimizer.init(arrays.read_only(theta))
    own: State = dict(start)
    if isinstance(optimizer, Wrapper):
        own = {n: v for n, v in start.items() if n not in optimizer.optimizer.init(theta)}
        own["t"] = start.get("t")
    values = {name: getattr(optimizer, name) for name in system.hyperparameters}
    expected = system.start(theta, values)
    for number, assignment in enumerate(system.assignments, start=1):
        name = assignment.name
        is_state = name in system.states
        if (name in own) != is_state or (is_state and not _same(own[name], expected[name])):
            role = f"a state that starts at {expected[name]}" if is_state else "not a state"
            raise EquationError(
                f"{system.optimizer}, equation {number}: the first differing quantity is {name}: "
                f"in the equations it is {role}; init returns {own.get(name)}"
            )
    for name in system.constants:
        if name not in own or not _same(own[name], expected[name]):
            raise EquationError(
                f"{system.optimizer}: init must return {name} = {expected[name]}, got "
                f"{own.get(name)}"
            )
    if extra := own.keys() - {"t", *system.states, *system.constants}:
        raise EquationError(
            f"{system.optimizer}: init returns {own}, but no equation assigns {', '.join(extra)}"
        )
    if own.get("t") != 0:
        raise EquationError(f"{system.optimizer}: init must return t = 0, got {own.get('t')}")
    seen: dict[str, Array] = {"theta": theta}
    for name in own.keys() - {"t"}:
        value = own[name]
        for other in [n for n in seen if np.shares_memory(value, seen[n])]:
            raise EquationError(
                f"{system.optimizer}: init must return arrays of their own, because a compiled "
                f"step changes them in place, got the memory of {other} for {name}: copy it"
            )
        seen[name] = value
        if isinstance(value, np.ndarray) and value.dtype != theta.dtype:
            raise EquationError(
                f"{system.optimizer}: init must return {name} in the dtype of theta, "
                f"{theta.dtype}, got {value.dtype}"
            )


def _check_scope(cls: type[Optimizer], system: System) -> None:
    """Raise an error if an equation has a norm or a mean though the class is elementwise."""
    for number, assignment in enumerate(system.assignments, start=1):
        for part in walk(assignment.expr) if cls.scope == "element" else ():
            if isinstance(part, Call) and part.function in REDUCTIONS:
                raise EquationError(
                    f"{system.optimizer}, equation {number}: {show(part)} depends on all "
                    'coordinates: set scope = "array", or "model" if it is that of all arrays'
                )


def _check_schedules(
    cls: type[Optimizer], system: System, sample: Sample, inside: dict[str, Any]
) -> None:
    """Raise an error unless constant schedules give the step that constants give."""
    constant = cls(**inside, **sample.values)
    fixed = {name for start in system.starts.values() for name in names(start)}
    schedules = {
        name: lambda _t, value=value: value
        for name, value in sample.values.items()
        if rule_of(cls, name) != "positive integer" and name not in fixed
        if system.symbols[name].kind != "choice"
    }
    expected = _quantities(constant, sample)
    try:
        optimizer = cls(**inside, **(sample.values | schedules))
    except (TypeError, ValueError):
        return  # the class takes no schedules
    try:
        computed = _quantities(optimizer, sample)
    except EquationError as error:
        raise EquationError(
            f"{error}, with schedules as hyperparameters: use their values from self._operands, "
            "not self"
        ) from error.__cause__
    if not _alike(expected["theta"], computed["theta"]):
        raise EquationError(
            f"{cls.__name__}: schedules with constant values must give the step of the constants: "
            f"use the values from self._operands, not self, got {computed['theta']}, not "
            f"{expected['theta']}"
        )


def _check_mapping(
    cls: type[Optimizer], system: System, sample: Sample, inside: dict[str, Any]
) -> None:
    """Raise an error if a wrapper lets an array depend on others, though this is not its scope."""
    optimizer = cls(**inside, **sample.values)
    alone = all(layer.scope != "model" for layer in layers(optimizer))
    numbers = any(system.shape(name) == "number" for name in system.states)
    if not isinstance(optimizer, Wrapper) or not alone or numbers or isinstance(sample.g, Mapping):
        return
    pair = replace(
        sample,
        theta=Arrays(a=sample.theta, b=sample.theta * 2.0 + 1.0),
        g=Arrays(a=sample.g, b=sample.g * 3.0 + 1.0),
        states={n: v if n == "t" else Arrays(a=v, b=v) for n, v in sample.states.items()},
        more={
            n: (lambda x, v=v: arrays.each(v, x)) if callable(v) else Arrays(a=v, b=v)
            for n, v in sample.more.items()
        },
    )
    expected = _quantities(optimizer, sample)["theta"]
    found = _quantities(optimizer, pair)["theta"]["a"]
    if not _alike(expected, found):
        raise EquationError(
            f"{system.optimizer}: with the scope {cls.scope!r}, an array must not depend on the "
            f"others of a model, but beside another one it becomes {found}, not {expected}"
        )


def _same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-12, atol=0)


def draw(
    cls: type[Optimizer],
    system: System,
    rng: np.random.Generator,
    dtype: type,
    inside: Mapping[str, Any] | None = None,
) -> Sample:
    """Return a random valid input of one step of an optimizer with the given equations."""
    inner = (inside or {}).get("optimizer")
    fixed = _axes(system, [cls, *layers(inner)] if inner else [cls])
    axes = fixed or int(rng.choice([0, 1, 1, 2, 3]))
    shape: Any = tuple(int(n) for n in rng.integers(1, 5, axes))
    if cls.scope == "model" and (issubclass(cls, Groups) or rng.random() < 0.5):
        shape = {"a": shape, "b": (2, 2), "c": (1,) * fixed}
    size = 10.0 ** rng.uniform(-3, 3)

    def normal(scale: float = 1.0) -> Any:
        if not isinstance(shape, dict):
            return np.asarray(scale * rng.standard_normal(shape), dtype)
        return Arrays(
            {n: np.asarray(scale * rng.standard_normal(s), dtype) for n, s in shape.items()}
        )

    values = _values(cls, system, rng)
    theta, g = normal(), normal(size)
    # The first step is special, and so are norms of zero.
    t = 1 if rng.random() < 0.2 else int(10 ** rng.uniform(0, 4))
    limits = _limits_of_t(system)
    if limits and rng.random() < 0.2:  # and so is equality of t with a limit
        values[rng.choice(limits)] = float(t)
    resting = cls.scope != "element" and rng.random() < 0.3
    zeros = rng.random(3) < 0.7 * resting
    g, theta = (v * dtype(0) if zero else v for v, zero in zip((g, theta), zeros, strict=False))
    sparse = rng.random() < 0.2  # so are coordinates whose gradient, or past gradient, is zero

    def thinned(value: Any) -> Any:
        return arrays.each(lambda v: v * (rng.random(np.shape(v)) < 0.5).astype(dtype), value)

    g = thinned(g) if sparse else g
    if not isinstance(g, Mapping) and values and rng.random() < 0.1:  # and equality with a bound
        g = np.reshape(np.arange(g.size) == 0, g.shape) * dtype(rng.choice([*values.values()]))
    nonnegative = _nonnegative(system)
    states: State = {"t": t - 1}
    for name in (*system.states, *system.constants):
        symbol = system.symbols[name]
        scale = size**2 if name in nonnegative else size
        value = normal(1.0 if symbol.start == r"\theta_0" else scale)
        if t == 1 and symbol.start == r"\theta_0" and "memory" in values:
            value = theta * dtype(1)  # no step has been taken
        if symbol.shape in ("rows", "columns"):
            value = value[:, 0] if symbol.shape == "rows" else value[0]
        elif symbol.shape == "number":
            value = dtype(scale * rng.standard_normal())
        elif symbol.shape == "numbers":
            value = np.asarray(scale * rng.standard_normal(values[system.lengths[name]]), dtype)
        elif symbol.shape == "memory":
            value = _filled([normal(scale) for _ in range(values[system.lengths[name]])], rng)
        elif symbol.shape:
            value = _square(symbol.rule, value, symbol.shape, size, rng).astype(dtype)
        if sparse and not (symbol.rule or symbol.shape) and symbol.start == "0":
            value = thinned(value)
        if symbol.rule == "[0, 1]":
            value = arrays.each(lambda v: rng.random(np.shape(v)).astype(dtype), value)
        elif symbol.rule in ("nonnegative", "positive") or name in nonnegative:
            value = abs(value)
        if zeros[2] and symbol.rule in ("", "nonnegative") and symbol.start == "0":
            value = value * dtype(0)
        states[name] = value
    optimizer = cls(**(inside or {}), **values)
    given: dict[str, Callable[[], Any]] = {
        "curvature": lambda: normal(size),
        "gradient": lambda: lambda x: x * dtype(1.7) - dtype(0.3),
        "loss": lambda: float(dtype(size * rng.standard_normal())),
        "noise": normal,
        "objective": lambda: lambda x: arrays.total(x * (x * 0.85 - 0.3)),
    }
    more = {name: make() for name, make in given.items() if name in needs(optimizer, t)}
    if isinstance(optimizer, Wrapper):
        states = _inner_state(optimizer, theta, [normal(size), normal(size)], t, more) | states
    return Sample(theta, g, t, states, values, more)


def _filled(entries: list[Any], rng: np.random.Generator) -> Any:
    """Return a memory of some entries, of which the last ones may still be empty."""
    known = rng.integers(0, len(entries) + 1)
    kept = [entry if k < known else entry * 0.0 for k, entry in enumerate(entries)]
    return arrays.each(lambda *parts: np.stack(parts), *kept)


def _square(rule: str, theta: Any, shape: str, size: float, rng: np.random.Generator) -> Any:
    """Return a random square matrix: orthogonal, or symmetric and well conditioned."""
    n = theta.shape[-2 if shape.startswith("rows") else -1]
    matrix = rng.standard_normal((n, n))
    if rule == "orthogonal":
        return np.linalg.qr(matrix)[0]
    return size**2 * (matrix @ matrix.T + np.diag(1.0 + np.arange(n)))


def _inner_state(
    optimizer: Wrapper, theta: Params, gradients: list[Params], t: int, more: dict[str, Any]
) -> State:
    """Return the state of a wrapped optimizer before step `t`, after steps with some gradients."""
    wrapped: Optimizer = optimizer.optimizer
    if isinstance(optimizer, Groups):
        wrapped = Groups(wrapped, optimizer.groups)
    state = wrapped.init(theta)
    for before, g in enumerate(gradients):
        given = {"curvature": g, "loss": 1.0, "noise": g} | more
        extra = {name: given[name] for name in needs(wrapped, before + 1)}
        state = wrapped.update(theta, g, state, **extra)[1]
    return _counted(state, optimizer.inner_step(t) - 1)


def _counted(state: State, t: int) -> State:
    """Return a state with another number of steps taken, also in the states of groups."""
    return {
        name: t if name == "t" else _counted(v, t) if isinstance(v, dict) else v
        for name, v in state.items()
    }


def _values(cls: type[Optimizer], system: System, rng: np.random.Generator) -> dict[str, Any]:
    """Return random valid hyperparameters; a choice between equations keeps its default."""
    defaults = {f.name: f.default for f in fields(cls)}
    return {
        name: defaults[name] if symbol.kind == "choice" else _value(symbol.rule, rng)
        for name in system.hyperparameters
        for symbol in [system.symbols[name]]
    }


def _value(rule: str, rng: np.random.Generator) -> float:
    """Return a random valid value of a hyperparameter."""
    if rule == "positive integer":
        return int(rng.integers(1, 6))
    if rule == "[0, 1)" and rng.random() < 0.5:
        return float(1 - 10 ** rng.uniform(-4, 0))  # decay rates are usually near 1
    if rule in ("[0, 1)", "[0, 1]"):
        return float(rng.uniform(0, 0.9999)) if rng.random() < 0.8 else 0.0
    if rule == "at least 4":
        return float(rng.uniform(4, 20))
    if rule in ("nonnegative", "finite") and rng.random() < 0.1:
        return 0.0
    sign = rng.choice([-1.0, 1.0]) if rule in ("", "finite") else 1.0
    return float(sign * 10 ** (rng.uniform(0, 4) if rule == "at least 1" else rng.uniform(-8, 1)))


@functools.cache
def _limits_of_t(system: System) -> tuple[str, ...]:
    """Return the hyperparameters with which the equations compare the number of the step."""
    pairs = {
        (side, other)
        for assignment in system.assignments
        for part in walk(assignment.expr)
        if isinstance(part, Compare)
        for side, other in ((part.left, part.right), (part.right, part.left))
    }
    return tuple(name for name in system.hyperparameters if (Name("t"), Name(name)) in pairs)


@functools.cache
def _nonnegative(system: System) -> frozenset[str]:
    """Return the quantities that must not be negative: radicands, and all that enters them."""
    found: set[str] = set()
    for assignment in reversed(system.assignments):
        roots: list[Node] = []
        for part in walk(assignment.expr):
            if isinstance(part, Call) and part.function == "sqrt":
                roots.append(part.arguments[0])
            if isinstance(part, Power) and not (
                isinstance(part.exponent, Number) and float(part.exponent.value).is_integer()
            ):
                roots.append(part.base)
        sources = [*roots, assignment.expr] if assignment.name in found else roots
        found |= {n.removesuffix("_prev") for part in sources for n in names(part)}
    return frozenset(found)


def _parts(
    cls: type[Optimizer], sample: Sample, inside: dict[str, Any]
) -> Iterator[tuple[Sample, dict[str, Any]]]:
    """Yield a sample with all quantities that `update` computes: of groups, for each group."""
    optimizer = cls(**inside, **sample.values)
    computed = _quantities(optimizer, sample)
    if not isinstance(optimizer, Groups):
        yield sample, computed
        return
    for label, _, members in optimizer._split(sample.theta):
        own = replace(
            sample,
            theta=pick(sample.theta, members),
            g=pick(sample.g, members),
            states=sample.states["groups"][label],
        )
        yield own, {"t": computed["t"], "theta": pick(computed["theta"], members), "label": label}


def _quantities(optimizer: Optimizer, sample: Sample) -> dict[str, Any]:
    """Return the quantities that `update` computes in one step, including local variables."""
    local: dict[str, Any] = {}
    code = inspect.unwrap(type(optimizer).update).__code__

    def record(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:  # the outermost returns last
            local.clear()
            local.update(frame.f_locals)

    name = type(optimizer).__name__
    inputs = map(arrays.read_only, (sample.theta, sample.g, sample.states))
    previous = sys.getprofile()
    sys.setprofile(record)
    try:
        with _named(f"{name}: update", sample.theta, f" at step {sample.t} with {sample.values}"):
            theta, after = optimizer.update(*inputs, **sample.more)
    finally:
        sys.setprofile(previous)
    if not isinstance(after, dict) or after.keys() != sample.states.keys():
        given = ", ".join(after) if isinstance(after, dict) else repr(after)
        raise EquationError(
            f"{name}: update must return a state with the entries {', '.join(sample.states)}, got "
            f"{given}"
        )
    return {**local, **after, "theta": theta}


@contextlib.contextmanager
def _named(place: str, theta: Params, more: str = "") -> Iterator[None]:
    """Turn an error of the class under test into one that says where it occurred."""
    try:
        yield
    except EquationError:
        raise
    except Exception as error:
        reason = f"raises {type(error).__name__} ({error})"
        if "read-only" in str(error):
            reason = f"must not change its arguments ({error})"
        shapes = {n: np.shape(v) for n, v in theta.items()} if isinstance(theta, dict) else None
        raise EquationError(
            f"{place} {reason} for parameters of shape {shapes or np.shape(theta)}{more}"
        ) from error


def _step(
    optimizer: Optimizer, sample: Sample, label: str | None, own: set[str], after: State
) -> Any:
    """Return the step of the wrapped optimizer as a function, which adds its state to `after`."""
    if label is not None:
        assert isinstance(optimizer, Groups)
        inner = optimizer.optimizer if label == "rest" else optimizer.groups[int(label)][1]
    else:
        inner = optimizer.optimizer  # type: ignore[attr-defined]
    state = {name: value for name, value in sample.states.items() if name not in own}
    state["t"] = optimizer.inner_step(sample.t) - 1  # type: ignore[attr-defined]
    more = dict(sample.more)
    for name in more.keys() - needs(inner, sample.t):
        del more[name]

    def step(theta: Params, g: Params) -> Params:
        theta, new = inner.update(theta, g, state, **more)
        after.update(new)
        return theta

    return step


def _alike(a: Any, b: Any, rtol: float = 1e-13) -> bool:
    """Return whether two entries of a state are equal up to rounding."""
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_alike(a[name], b[name], rtol) for name in a)
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol, 0, equal_nan=True)


def _deviation(
    cls: type[Optimizer],
    system: System,
    part: tuple[Sample, dict[str, Any]],
    inside: dict[str, Any],
    shared: frozenset[int] = frozenset(),
) -> float:
    """Return the largest deviation in one step; raise an error if it exceeds ``LIMIT``.

    The equations with the numbers `shared` are taken for right.
    """
    sample, computed = part
    optimizer = cls(**inside, **sample.values)
    if computed["t"] != sample.t:
        raise EquationError(
            f"{system.optimizer}: update must increment t to {sample.t}, got {computed['t']}"
        )
    values = {**sample.values, **sample.more}
    inner: State = {}
    if isinstance(optimizer, Wrapper):
        own = {*system.states, *system.constants}
        values["step"] = _step(optimizer, sample, computed.get("label"), own, inner)
        if optimizer.takes_objective:
            values |= search_of(optimizer, sample.theta, sample.g, sample.more)
        if "rate" in system.symbols and system.symbols["rate"].kind == "input":
            values["rate"] = optimizer.rates(sample.theta, sample.t)
    operands = system.operands(sample.theta, sample.g, sample.t, sample.states, values)
    dtype = dtype_of(sample.theta)
    worst = 0.0
    for number, assignment in enumerate(system.assignments, start=1):
        name = assignment.name
        place = f"{system.optimizer}, equation {number}"
        if name not in computed:
            raise EquationError(f"{place}: update does not compute {name}")
        value = computed[name]
        if number in shared:
            operands[name] = system.expanded(name, value)
            continue
        try:
            unit = float(np.finfo(dtype).eps)
            number = system.shape(name) == "number"
            rough = number and np.size(value) == 1 and dtype.type(value) == value
            expected = rounded(assignment.expr, operands, unit, unit if rough else EXACT)
            kept = number and name in system.states
            if kept or (is_number(expected.value) and not is_number(value)):  # in this dtype
                stored = unit * abs(expected.value)
                expected = Rounded(expected.value, expected.error + stored)
            deviation = _distance(value, expected, system.shape(name))
        except (ArithmeticError, ValueError, TypeError, KeyError) as error:
            raise EquationError(
                f"{place}: the first differing quantity is {name}: the equation has no value at "
                f"step {sample.t} ({error})"
            ) from None
        own_dtype = dtype if isinstance(value, (int, float)) else dtype_of(value)
        if own_dtype != dtype and deviation < 1e9:  # right, but in another precision
            raise EquationError(
                f"{place}: the first differing quantity is {name}: it must be {dtype} as theta is, "
                f"got {own_dtype}: a number of NumPy, such as np.sqrt(2.0), makes float32 arrays "
                "float64, so convert it by float()"
            )
        if own_dtype != dtype or not deviation < LIMIT:
            raise EquationError(
                f"{place}: the first differing quantity is {name}: the equation gives "
                f"{expected.value} at step {sample.t}, update {value} ({own_dtype})"
            )
        operands[name] = system.expanded(name, value)
        worst = max(worst, deviation)
    for name in inner.keys() & computed.keys() - {"t"}:
        if not _alike(inner[name], computed[name], rtol=1e-5):
            raise EquationError(
                f"{system.optimizer}: update must return the new state of the wrapped optimizer, "
                f"whose {name} is {inner[name]}, got {computed[name]}"
            )
    for name in system.constants:
        if _distance(computed[name], Rounded(sample.states[name], 0.0), ""):
            raise EquationError(f"{system.optimizer}: update must not change {name}")
    return worst


def _distance(value: Any, expected: Rounded, shape: str) -> float:
    """Return how far a value is from the expected one, in units of the bound of its error."""
    if isinstance(value, Mapping):
        parts = {n: Rounded(_of(expected.value, n), _of(expected.error, n)) for n in value}
        return max(_distance(value[name], part, shape) for name, part in parts.items())
    value, target, error = (np.asarray(v, float) for v in (value, expected.value, expected.error))
    if shape in ("rows", "columns"):
        value = np.expand_dims(value, -1 if shape == "rows" else -2)
    if np.broadcast_shapes(value.shape, target.shape) != value.shape:
        return math.inf
    same = (value == target) | (np.isnan(value) & np.isnan(target))
    gap = np.where(same, 0.0, np.abs(value - target))
    gap = np.where(np.isnan(gap) | (np.isnan(value) != np.isnan(target)), math.inf, gap)
    with np.errstate(all="ignore"):
        return float(np.max(np.where(gap == 0, 0.0, gap / abs(error)), initial=0.0))


def _of(value: Any, name: str) -> Any:
    return value[name] if isinstance(value, Mapping) else value
