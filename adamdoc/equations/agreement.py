"""Check that `update` implements the equations, and test that check by mutation."""

import functools
import inspect
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

#: The validation rule of each quantity; empty if any real number is valid.
RULES = {symbol.name: symbol.rule for symbol in TABLE}
#: The quantities that are the same for every element: Python floats, that is, float64.
SCALARS = frozenset(HYPERPARAMETERS) | {"t"}
#: Largest accepted deviation, in units of the rounding error of the largest term. Real faults
#: exceed it by orders of magnitude.
LIMIT = 16


@dataclass(frozen=True)
class Sample:
    """The inputs of one step: parameters, gradient, step number, states and hyperparameters."""

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
    """Check that `update` implements the equations, quantity by quantity.

    The cases are random: parameters, gradients and states of many magnitudes, hyperparameters from
    their whole ranges, steps from 1 to 10,000, in float32 and float64. Each equation is evaluated
    with the values that `update` itself computed before it, so that an error names the faulty
    equation and not a later one.

    Parameters
    ----------
    optimizer : class of Optimizer
        The class to check.
    cases : int, default 20
        The number of random cases.
    seed : int, default 0
        Seed of the cases.
    system : System, optional
        The equations to check against, by default those of the docstring.

    Returns
    -------
    float
        The largest deviation, in units of the rounding error of the largest term of its equation.

    Raises
    ------
    EquationError
        If a quantity deviates by more than the rounding error. The message names the optimizer, the
        equation and the first quantity that differs.

    Examples
    --------
    >>> from adamdoc import Adam, equations
    >>> equations.check(Adam) < 16
    True
    """
    documented = of(optimizer)
    system = system or documented
    _check_states(optimizer, system)
    rng = np.random.default_rng(seed)
    worst = 0.0
    with np.errstate(all="ignore"):
        for k in range(cases):
            sample = draw(documented, rng, (np.float64, np.float32)[k % 2])
            worst = max(worst, _deviation(optimizer, system, sample))
    return worst


def _check_states(optimizer: type[Optimizer], system: System) -> None:
    """Raise an error unless `init` returns the initial states that the notation table specifies."""
    start = optimizer().init(np.ones(2))
    expected = system.start(np.ones(2))
    for number, assignment in enumerate(system.assignments, start=1):
        name = assignment.name
        is_state = name in system.states
        if (name in start) != is_state or (is_state and np.any(start[name] != expected[name])):
            role = f"a state that starts at {expected[name]}" if is_state else "not a state"
            raise EquationError(
                f"{system.optimizer}, equation {number}: the first differing quantity is {name}: "
                f"in the equations it is {role}; init returns {start.get(name)}"
            )
    if extra := start.keys() - {"t", *system.states}:
        raise EquationError(
            f"{system.optimizer}: init returns {start}, but no equation assigns {', '.join(extra)}"
        )
    if start.get("t") != 0:
        raise EquationError(f"{system.optimizer}: init must return t = 0, got {start.get('t')}")


def draw(system: System, rng: np.random.Generator, dtype: type) -> Sample:
    """Return a random valid input of one step of a system."""
    shape = (int(rng.integers(1, 5)),)
    size = 10.0 ** rng.uniform(-3, 3)
    nonnegative = _nonnegative(system)
    states = {}
    for name in system.states:
        if RULES[name] == "[0, 1]":
            states[name] = rng.random(shape)
        elif RULES[name] == "nonnegative" or name in nonnegative:
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
    """Return a random valid value of a hyperparameter."""
    if rule == "[0, 1)" and rng.random() < 0.5:
        return float(1 - 10 ** rng.uniform(-4, 0))  # decay rates are usually near 1
    if rule in ("[0, 1)", "[0, 1]"):
        return float(rng.uniform(0, 0.9999))
    if rule == "at least 4":
        return float(rng.uniform(4, 20))
    return float(10 ** (rng.uniform(0, 4) if rule == "at least 1" else rng.uniform(-8, 1)))


@functools.cache
def _nonnegative(system: System) -> frozenset[str]:
    """Return the quantities that must not be negative: radicands, and all that enters them."""
    names: set[str] = set()
    for assignment in reversed(system.assignments):
        roots = [p.base for p in assignment.expr.atoms(sympy.Pow) if not p.exp.is_integer]
        sources = [*roots, assignment.expr] if assignment.name in names else roots
        symbols = {str(symbol) for part in sources for symbol in part.free_symbols}
        names |= {name.removesuffix("_prev") for name in symbols}
    return frozenset(names)


def _deviation(optimizer: type[Optimizer], system: System, sample: Sample) -> float:
    """Return the largest deviation in one step; raise an error if it exceeds ``LIMIT``."""
    computed = _quantities(optimizer(**sample.values), sample)
    operands: dict[str, Any] = {
        "theta_prev": sample.theta,
        "g": sample.g,
        "t": sample.t,
        **sample.values,
    }
    operands |= {f"{name}_prev": value for name, value in sample.states.items()}
    if computed["t"] != sample.t:
        raise EquationError(
            f"{system.optimizer}: update must increment t to {sample.t}, got {computed['t']}"
        )
    unit = np.finfo(sample.theta.dtype).eps
    scalars = SCALARS
    worst = 0.0
    for number, assignment in enumerate(system.assignments, start=1):
        name = assignment.name
        place = f"{system.optimizer}, equation {number}"
        if name not in computed:
            raise EquationError(f"{place}: update does not compute {name}")
        value = computed[name]
        try:
            names, function = function_of(assignment.expr)
            expected = function(*(operands[operand] for operand in names))
            names, function = function_of(_magnitude(assignment.expr, scalars))
            magnitude = function(*(np.abs(operands[operand], dtype=float) for operand in names))
            error = np.abs(value - expected) / (unit * magnitude)
            deviation = float(np.max(np.where(value == expected, 0, error)))
        except (OverflowError, ZeroDivisionError):  # raised by Python floats, unlike NumPy's
            expected, deviation = np.inf, np.inf
        if isinstance(value, (int, float)):  # the same for every element
            scalars |= {name}
            dtype = sample.theta.dtype
        else:
            dtype = value.dtype
        if dtype != sample.theta.dtype or not deviation < LIMIT:
            raise EquationError(
                f"{place}: the first differing quantity is {name}: the equation gives {expected} "
                f"at step {sample.t}, update {value} ({dtype})"
            )
        operands[name] = value
        worst = max(worst, deviation)
    return worst


def _quantities(optimizer: Optimizer, sample: Sample) -> dict[str, Any]:
    """Return the quantities that `update` computes in one step, including local variables."""
    local: dict[str, Any] = {}
    code = inspect.unwrap(type(optimizer).update).__code__

    def record(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            local.update(frame.f_locals)

    previous = sys.getprofile()
    sys.setprofile(record)
    try:
        theta, after = optimizer.update(
            sample.theta, sample.g, {"t": sample.t - 1, **sample.states}
        )
    finally:
        sys.setprofile(previous)
    return {**local, **after, "theta": theta}


@functools.cache
def _magnitude(expr: sympy.Expr, scalars: frozenset[str]) -> sympy.Expr:
    """Return an expression for the magnitude of the largest term, the scale of rounding errors.

    Its arguments are the absolute values of the symbols. Subexpressions of `scalars` alone, which
    depend on hyperparameters and t only, are computed in float64 and in the same way on both sides,
    so cancellation there does not matter.
    """
    if all(str(symbol) in scalars for symbol in expr.free_symbols):
        return sympy.Abs(expr)
    if expr.is_Symbol:
        return expr
    if expr.is_Pow and not expr.exp.is_positive:
        base = expr.base
        cancellation = _magnitude(base, scalars) / sympy.Abs(base) if base.is_Add else 1
        return sympy.Abs(expr) * cancellation
    return expr.func(*(_magnitude(arg, scalars) for arg in expr.args))


def mutants(system: System) -> Iterator[tuple[int, str, System]]:
    """Yield mutants, each with one fault: equation number, description of the fault, system."""
    for index, assignment in enumerate(system.assignments):
        for fault, expr in _faults(assignment.expr, system):
            if expr == assignment.expr:
                continue  # for example, eps moved under a root under which it already is
            changed = list(system.assignments)
            changed[index] = Assignment(assignment.name, expr, assignment.latex)
            other = System(system.optimizer, tuple(changed), system.states, system.hyperparameters)
            yield index + 1, fault, other


def _faults(expr: sympy.Expr, system: System) -> Iterator[tuple[str, sympy.Expr]]:
    """Yield the faults of the right-hand side of an equation: description, faulty expression."""
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
    """The result of a mutation test of one optimizer.

    Attributes
    ----------
    optimizer : str
        The name of the class.
    tried : int
        The number of mutants.
    caught : int
        The number of mutants that the check detected.
    equivalent : tuple of str
        The mutants that change nothing: SymPy proves both expressions equal.
    missed : tuple of str
        The other mutants, which the check should have detected.
    """

    optimizer: str
    tried: int
    caught: int
    equivalent: tuple[str, ...]
    missed: tuple[str, ...]


def tally(optimizer: type[Optimizer]) -> Tally:
    """Run a mutation test: insert faults into the equations, one by one, and see if `check` fails.

    The faults drop a term, flip a sign, raise an exponent, replace the index t by t-1, leave out a
    state, confuse two decay rates, or move eps under the root.

    Parameters
    ----------
    optimizer : class of Optimizer
        The class whose equations to mutate.

    Returns
    -------
    Tally
        The numbers of mutants tried and caught, and descriptions of the others.

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
    for number, fault, mutant in mutants(system):
        tried += 1
        try:
            check(optimizer, system=mutant)
        except EquationError:
            caught += 1
            continue
        original, mutated = (s.assignments[number - 1].expr for s in (system, mutant))
        same = sympy.simplify(original - mutated) == 0
        (equivalent if same else missed).append(f"equation {number}: {fault}")
    return Tally(system.optimizer, tried, caught, tuple(equivalent), tuple(missed))
