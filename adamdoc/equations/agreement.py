"""Whether `update` computes the equations, and whether that check would notice a fault."""

import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np
import sympy

from adamdoc.checks import Array
from adamdoc.equations.parse import EquationError, of
from adamdoc.equations.system import Assignment, System, function_of
from adamdoc.notation import HYPERPARAMETERS, TABLE
from adamdoc.optimizers import Optimizer

#: The values that each quantity may have, where they are not all numbers.
RULES = {symbol.name: symbol.rule for symbol in TABLE}
#: What is the same for every element: Python's own numbers, in float64.
GIVEN = frozenset(HYPERPARAMETERS) | {"t"}
#: How far a quantity may be off, in roundings of its largest term. A fault is off by far more.
LIMIT = 16


@dataclass(frozen=True)
class Sample:
    """The operands of one step: parameters, gradient, step, states and hyperparameters."""

    theta: Array
    g: Array
    t: int
    states: dict[str, Array]
    values: dict[str, float]


def check(
    optimizer: type[Optimizer],
    cases: int = 20,
    seed: int = 0,
    system: System | None = None,
) -> float:
    """Check that `update` computes the equations, each quantity of each.

    The cases are random: parameters, gradients and states of many sizes, hyperparameters from all
    of their ranges, steps from 1 to 10,000, in float32 and float64. Each equation is evaluated with
    the values that `update` itself had found before it, so that a fault is reported where it is.

    Parameters
    ----------
    optimizer : class of Optimizer
        What to check.
    cases : int, default 20
        The number of cases.
    seed : int, default 0
        Seed of the cases.
    system : System, optional
        Other equations than those of the docstring.

    Returns
    -------
    float
        The largest deviation found, in roundings of the largest term of its equation.

    Raises
    ------
    EquationError
        If a quantity deviates. The message names the optimizer, the equation and the first
        quantity that differs.

    Examples
    --------
    >>> from adamdoc import Adam, equations
    >>> equations.check(Adam) < 16
    True
    """
    own = of(optimizer)
    system = system or own
    _check_states(optimizer, system)
    rng = np.random.default_rng(seed)
    worst = 0.0
    with np.errstate(all="ignore"):
        for k in range(cases):
            sample = draw(own, rng, (np.float64, np.float32)[k % 2])
            worst = max(worst, _deviation(optimizer, system, sample))
    return worst


def _check_states(optimizer: type[Optimizer], system: System) -> None:
    """Raise an error unless `init` starts the states of the equations as the notation says."""
    start = optimizer().init(np.ones(2))
    expected = system.start(np.ones(2))
    for number, assignment in enumerate(system.assignments, start=1):
        name = assignment.name
        kept = name in system.states
        if (name in start) != kept or (kept and np.any(start[name] != expected[name])):
            words = "kept from step to step" if kept else "of one step alone"
            raise EquationError(
                f"{system.optimizer}, equation {number}: the first differing quantity is {name}: "
                f"in the equations it is {words}; init gives {start.get(name)}"
            )
    if extra := start.keys() - {"t", *system.states}:
        raise EquationError(
            f"{system.optimizer}: init gives {start}, the equations know no {', '.join(extra)}"
        )
    if start.get("t") != 0:
        raise EquationError(f"{system.optimizer}: init must count t from 0, got {start.get('t')}")


def draw(system: System, rng: np.random.Generator, dtype: type) -> Sample:
    """Return a random sample that is possible for a system."""
    shape = (int(rng.integers(1, 5)),)
    size = 10.0 ** rng.uniform(-3, 3)
    squares = _under_roots(system)
    states = {}
    for name in system.states:
        if RULES[name] == "[0, 1]":
            states[name] = rng.random(shape)
        elif RULES[name] == "nonnegative" or name in squares:
            states[name] = size**2 * rng.random(shape)
        else:
            states[name] = size * rng.standard_normal(shape)
    values = {name: _value(RULES[name], rng) for name in system.hyperparameters}
    return Sample(
        theta=rng.standard_normal(shape).astype(dtype),
        g=(size * rng.standard_normal(shape)).astype(dtype),
        t=1 if rng.random() < 0.2 else int(10 ** rng.uniform(0, 4)),  # the first step is special
        states={name: value.astype(dtype) for name, value in states.items()},
        values={name: float(value) for name, value in values.items()},
    )


def _value(rule: str, rng: np.random.Generator) -> float:
    """Return a random value of a hyperparameter."""
    if rule == "[0, 1)" and rng.random() < 0.5:
        return float(1 - 10 ** rng.uniform(-4, 0))  # decay rates near 1 are what is used
    if rule in ("[0, 1)", "[0, 1]"):
        return float(rng.uniform(0, 0.9999))
    if rule == "at least 4":
        return float(rng.uniform(4, 20))
    return float(10 ** (rng.uniform(0, 4) if rule == "at least 1" else rng.uniform(-8, 1)))


@functools.cache
def _under_roots(system: System) -> frozenset[str]:
    """Return the names of what must not be negative: what a root is taken of, and its sources."""
    found: set[str] = set()
    for assignment in reversed(system.assignments):
        roots = [p.base for p in assignment.expr.atoms(sympy.Pow) if not p.exp.is_integer]
        sources = [*roots, assignment.expr] if assignment.name in found else roots
        symbols = {str(symbol) for part in sources for symbol in part.free_symbols}
        found |= {name.removesuffix("_prev") for name in symbols}
    return frozenset(found)


def _deviation(optimizer: type[Optimizer], system: System, sample: Sample) -> float:
    """Return the largest deviation of one step, or raise an error that names it."""
    found = _quantities(optimizer(**sample.values), sample)
    known: dict[str, Any] = {
        "theta_prev": sample.theta,
        "g": sample.g,
        "t": sample.t,
        **sample.values,
    }
    known |= {f"{name}_prev": value for name, value in sample.states.items()}
    if found["t"] != sample.t:
        raise EquationError(f"{system.optimizer}: update counts step {sample.t} as {found['t']}")
    unit = np.finfo(sample.theta.dtype).eps
    given = GIVEN
    worst = 0.0
    for number, assignment in enumerate(system.assignments, start=1):
        name = assignment.name
        place = f"{system.optimizer}, equation {number}"
        if name not in found:
            raise EquationError(f"{place}: update computes no {name}")
        value = found[name]
        try:
            names, function = function_of(assignment.expr)
            expected = function(*(known[need] for need in names))
            names, function = function_of(_size(assignment.expr, given))
            size = function(*(np.abs(known[need], dtype=float) for need in names))
            off = np.abs(value - expected) / (unit * size)
            gap = float(np.max(np.where(value == expected, 0, off)))
        except (OverflowError, ZeroDivisionError):  # of Python's own numbers
            expected, gap = np.inf, np.inf
        if isinstance(value, (int, float)):  # a number of this step, the same for every element
            given |= {name}
            kind = sample.theta.dtype
        else:
            kind = value.dtype
        if kind != sample.theta.dtype or not gap < LIMIT:
            raise EquationError(
                f"{place}: the first differing quantity is {name}: the equation gives {expected} "
                f"at step {sample.t}, update {value} ({kind})"
            )
        known[name] = value
        worst = max(worst, gap)
    return worst


def _quantities(optimizer: Optimizer, sample: Sample) -> dict[str, Any]:
    """Return what `update` computes in one step, its local variables included, by name."""
    found: dict[str, Any] = {}
    code = type(optimizer).update.__code__

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            found.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        theta, after = optimizer.update(
            sample.theta, sample.g, {"t": sample.t - 1, **sample.states}
        )
    finally:
        sys.setprofile(before)
    return {**found, **after, "theta": theta}


@functools.cache
def _size(expr: sympy.Expr, given: frozenset[str]) -> sympy.Expr:
    """Return an expression for the size of the largest term, by which roundings are measured.

    It takes the sizes of the symbols. What is `given`, because it depends on hyperparameters and t
    alone, is computed by Python in float64, on both sides in the same way, so that cancellation
    there does no harm.
    """
    if all(str(symbol) in given for symbol in expr.free_symbols):
        return sympy.Abs(expr)
    if expr.is_Symbol:
        return expr
    if expr.is_Pow and not expr.exp.is_positive:
        cancelled = _size(expr.base, given) / sympy.Abs(expr.base) if expr.base.is_Add else 1
        return sympy.Abs(expr) * cancelled
    return expr.func(*(_size(arg, given) for arg in expr.args))


def mutants(system: System) -> Iterator[tuple[int, str, System]]:
    """Yield systems with one fault each: the number of the equation, what was done, the system."""
    for index, assignment in enumerate(system.assignments):
        for what, expr in _faults(assignment.expr, system):
            if expr == assignment.expr:
                continue  # such as moving eps under the root, where it is already
            changed = list(system.assignments)
            changed[index] = Assignment(assignment.name, expr, assignment.latex)
            other = System(system.optimizer, tuple(changed), system.states, system.hyperparameters)
            yield index + 1, what, other


def _faults(expr: sympy.Expr, system: System) -> Iterator[tuple[str, sympy.Expr]]:
    """Yield what can be wrong with the right side of an equation."""
    for part in sympy.preorder_traversal(expr):
        if isinstance(part, sympy.Add):
            for term in part.args:
                yield f"drop {term}", expr.xreplace({part: part - term})
                yield f"flip the sign of {term}", expr.xreplace({part: part - 2 * term})
        if isinstance(part, sympy.Pow):
            raised = part.base ** (part.exp + 1)
            yield f"raise the exponent of {part}", expr.xreplace({part: raised})
    rates = [name for name in system.hyperparameters if HYPERPARAMETERS[name].rule == "[0, 1)"]
    for symbol in sorted(expr.free_symbols, key=str):
        name = str(symbol)
        if name in system.states:
            before = sympy.Symbol(f"{name}_prev")
            yield f"{before} for {name}", expr.xreplace({symbol: before})
        if name.removesuffix("_prev") in system.states and name.endswith("_prev"):
            yield f"no {name}", expr.xreplace({symbol: sympy.Integer(0)})
        for other in rates:
            if name in rates and other != name:
                yield f"{other} for {name}", expr.xreplace({symbol: sympy.Symbol(other)})
    eps = sympy.Symbol("eps")
    for root in sorted(expr.atoms(sympy.Pow), key=str):
        if root.exp == sympy.Rational(1, 2) and eps in expr.free_symbols:
            yield "eps under the root", expr.xreplace({root + eps: sympy.sqrt(root.base + eps)})


@dataclass(frozen=True)
class Tally:
    """What became of the faulty systems of one optimizer.

    Attributes
    ----------
    optimizer : str
        The name of the class.
    tried : int
        The number of faults.
    caught : int
        Those that the check noticed.
    equivalent : tuple of str
        Those that changed nothing: SymPy finds both expressions equal.
    missed : tuple of str
        The others, which the check should have noticed.
    """

    optimizer: str
    tried: int
    caught: int
    equivalent: tuple[str, ...]
    missed: tuple[str, ...]


def tally(optimizer: type[Optimizer]) -> Tally:
    """Put one fault after the other into the equations and see whether `check` notices.

    A term is dropped or its sign flipped, an exponent raised, the index t-1 put for t, a state left
    out, one decay rate put for another, and eps moved under the root.

    Parameters
    ----------
    optimizer : class of Optimizer
        Whose equations to spoil.

    Returns
    -------
    Tally
        How many faults there were, how many were caught, and the names of the others.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> equations.tally(GradientDescent)
    Tally(optimizer='GradientDescent', tried=4, caught=4, equivalent=(), missed=())
    """
    system = of(optimizer)
    tried = caught = 0
    equivalent: list[str] = []
    missed: list[str] = []
    for number, what, mutant in mutants(system):
        tried += 1
        try:
            check(optimizer, system=mutant)
        except EquationError:
            caught += 1
            continue
        pair = (s.assignments[number - 1].expr for s in (system, mutant))
        same = sympy.simplify(next(pair) - next(pair)) == 0
        (equivalent if same else missed).append(f"equation {number}: {what}")
    return Tally(system.optimizer, tried, caught, tuple(equivalent), tuple(missed))
