"""Mutation tests of the check: faults in the equations, one by one, each of which it must find."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc.equations import algebra, parse
from adamdoc.equations.check import Cases, compare
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.system import Assignment, Definition, System
from adamdoc.equations.tree import (
    Call,
    Case,
    Compare,
    MatrixPower,
    MatrixProduct,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    show,
    substitute,
    walk,
)
from adamdoc.optimizers import Optimizer

#: Functions that are easily mistaken for one another.
CONFUSED = {
    "max": "min",
    "min": "max",
    "norm": "norm1",
    "norm1": "norm",
    "rms": "norm",
    "mean": "sum",
    "mean_rows": "mean_columns",
    "mean_columns": "mean_rows",
    "max_rows": "max_columns",
    "max_columns": "max_rows",
}
OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "==": "!=", "!=": "=="}
NEIGHBOUR = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}


@dataclass(frozen=True)
class Mutant:
    """A system with one fault.

    Attributes
    ----------
    place : str
        The number of the equation, or the name of the function that it is in.
    fault : str
        A description of the fault.
    before, after : Node
        The right-hand side without and with the fault.
    system : System
        The system with the fault.
    """

    place: str
    fault: str
    before: Node
    after: Node
    system: System


def mutants(system: System) -> Iterator[Mutant]:
    """Yield the mutants of a system.

    Parameters
    ----------
    system : System
        The equations.

    Yields
    ------
    Mutant
        A system with one fault.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> [mutant.fault for mutant in mutants(equations.of(GradientDescent))]
    ['drop theta_prev', 'drop lr*g', 'add lr*g', 'drop lr', 'drop g']
    """
    for number, assignment in enumerate(system.assignments, start=1):
        for fault, expr in _faults(assignment.expr, system):
            changed = list(system.assignments)
            changed[number - 1] = replace(assignment, expr=expr)
            other = replace(system, assignments=tuple(changed))
            yield Mutant(f"equation {number}", fault, assignment.expr, expr, other)
    for definition in system.definitions:
        for part in ("before", "loop", "between", "second"):
            for k, assignment in enumerate(getattr(definition, part)):
                for fault, expr in _faults(assignment.expr, system):
                    other = _redefined(system, definition, part, k, replace(assignment, expr=expr))
                    yield Mutant(definition.name, fault, assignment.expr, expr, other)


def _redefined(
    system: System, definition: Definition, part: str, k: int, assignment: Assignment
) -> System:
    """Return a system in which one equation of a definition is another."""
    lines = list(getattr(definition, part))
    lines[k] = assignment
    changes: dict[str, Any] = {part: tuple(lines)}
    changed = replace(definition, **changes)
    definitions = tuple(changed if d == definition else d for d in system.definitions)
    return replace(system, definitions=definitions)


def _faults(expr: Node, system: System) -> Iterator[tuple[str, Node]]:
    """Yield the faults of a right-hand side: description, and the faulty expression."""
    rates = [n for n in system.hyperparameters if system.symbols[n].rule == "[0, 1)"]
    changes = [*structural_changes(expr, rates), *_index_changes(expr, system)]
    yield from faulty(expr, changes, frozenset({Name("eps")}))


def faulty(
    expr: Node, changes: Iterable[tuple[str, Node, Node]], small: frozenset[Node]
) -> Iterator[tuple[str, Node]]:
    """Yield an expression with each of some changes: description, and the faulty expression.

    Parameters
    ----------
    expr : Node
        The expression.
    changes : iterable of (str, Node, Node)
        Descriptions, parts, and their replacements.
    small : frozenset of Node
        Quantities such as eps, which are moved under the root beside them, or out of it.

    Yields
    ------
    tuple
        A description, and the faulty expression.
    """
    seen = {expr}
    for fault, part, other in changes:
        changed = substitute(expr, {part: other})
        if changed not in seen:
            seen.add(changed)
            yield fault, changed
    for part in walk(expr):  # as in sqrt(v) + eps, or sqrt(v + eps)
        if isinstance(part, Sum) and (beside := small & set(part.terms)):
            for term in part.terms:
                if isinstance(term, Call) and term.function == "sqrt":
                    inside = Call("sqrt", (Sum((*term.arguments, *beside)),))
                    yield "eps under the root", substitute(expr, {part: inside})
        match part:
            case Call("sqrt", (Sum(terms),)) if len(terms) == 2 and (under := small & set(terms)):
                rest = next(term for term in terms if term not in under)
                outside = Sum((Call("sqrt", (rest,)), *under))
                yield "eps beside the root", substitute(expr, {part: outside})


def _without(parts: tuple[Node, ...], k: int, kind: type) -> Node:
    rest = parts[:k] + parts[k + 1 :]
    return rest[0] if len(rest) == 1 else kind(rest)


def _index_changes(expr: Node, system: System) -> Iterator[tuple[str, Node, Node]]:
    """Yield the faults in the indices of states: description, part, and its replacement."""
    states = {*system.states, "theta"}
    assigned = {assignment.name for assignment in system.assignments}
    for part in walk(expr):
        if isinstance(part, Name):
            before = part.name.removesuffix("_prev")
            if part.name in states and part.name in assigned:
                yield f"{part.name}_prev for {part.name}", part, Name(f"{part.name}_prev")
            if before != part.name and before in system.states:
                yield f"no {part.name}", part, Number(0)


def structural_changes(expr: Node, rates: Sequence[str]) -> Iterator[tuple[str, Node, Node]]:
    """Yield the faults of the parts of an expression: description, part, and its replacement.

    Parameters
    ----------
    expr : Node
        The expression.
    rates : sequence of str
        The names of decay rates, which are easily confused.

    Yields
    ------
    tuple
        A description, a part of the expression, and its replacement.
    """
    for part in walk(expr):
        match part:
            case Sum(terms):
                for k, term in enumerate(terms):
                    yield f"drop {_term(term)}", part, _without(terms, k, Sum)
                    flipped = term.term if isinstance(term, Negative) else Negative(term)
                    if k:
                        verb = "add" if isinstance(term, Negative) else "subtract"
                        whole = Sum((*terms[:k], flipped, *terms[k + 1 :]))
                        yield f"{verb} {_term(term)}", part, whole
            case Negative(term) if part == expr:
                yield f"drop the sign of {show(term)}", part, term
            case Product(factors):
                for k, factor in enumerate(factors):
                    yield f"drop {show(factor)}", part, _without(factors, k, Product)
            case MatrixProduct(factors):
                for k, factor in enumerate(factors):
                    yield f"drop {show(factor)}", part, _without(factors, k, MatrixProduct)
                yield f"reverse {show(part)}", part, MatrixProduct(factors[::-1])
            case Quotient(numerator, denominator):
                yield f"do not divide by {show(denominator)}", part, numerator
            case Power(base, exponent):
                raised = Power(base, Sum((exponent, Number(1))))
                yield f"raise the exponent of {show(part)}", part, raised
            case MatrixPower(base, exponent):
                doubled = MatrixPower(base, Product((Number(2), exponent)))
                yield f"double the exponent of {show(part)}", part, doubled
            case Call("sqrt" | "sign" | "abs" | "transpose" as function, (argument,)):
                yield f"no {function} of {show(argument)}", part, argument
            case Call("step", (theta, g)):
                yield "no step", part, theta
                yield f"step against {show(g)}", part, Call("step", (theta, Negative(g)))
                yield "step from theta_prev", part, Call("step", (Name("theta_prev"), g))
                yield "step with g", part, Call("step", (theta, Name("g")))
            case Call("gradient", _):
                yield "gradient at theta_prev", part, Call("gradient", (Name("theta_prev"),))
            case Call("and", conditions):
                for k in range(len(conditions)):
                    yield f"no condition {show(conditions[k])}", part, conditions[1 - k]
            case Call(function, arguments) if function in CONFUSED:
                other = CONFUSED[function]
                yield f"{other} for {function}", part, Call(other, arguments)
            case Compare(relation, left, right):
                yield f"not {show(part)}", part, Compare(OPPOSITE[relation], left, right)
                if relation in NEIGHBOUR:
                    other = NEIGHBOUR[relation]
                    yield f"{other} for {relation}", part, Compare(other, left, right)
            case Case(value, _, otherwise):
                yield f"always {show(value)}", part, value
                yield f"never {show(value)}", part, otherwise
            case Number(value) if value not in (0, 1):
                yield f"{value + 1} for {value}", part, Number(value + 1)
            case Name(name) if name in rates:
                for rate in rates:
                    if rate != name:
                        yield f"{rate} for {name}", part, Name(rate)


def _term(node: Node) -> str:
    return show(node.term if isinstance(node, Negative) else node)


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
        The mutants that change nothing, with the reason.
    missed : tuple of str
        The other mutants, which the check should have detected.
    """

    optimizer: str
    tried: int
    caught: int
    equivalent: tuple[str, ...]
    missed: tuple[str, ...]


#: The numbers of random cases with which a mutant is tried, until it is caught.
CASES = (10, 100, 2_000)


def tally(optimizer: Optimizer | type[Optimizer]) -> Tally:
    """Run a mutation test: insert faults into the equations, one by one, and see if `check` fails.

    The faults drop terms, factors, conditions and transposes, flip signs, raise exponents, replace
    the index t by t-1, confuse decay rates, norms and axes, or move eps under the root.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to mutate.

    Returns
    -------
    Tally
        The numbers of mutants tried and caught, and descriptions of the others.

    Raises
    ------
    EquationError
        If `update` does not implement the equations in the first place.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> equations.tally(GradientDescent)
    Tally(optimizer='GradientDescent', tried=5, caught=5, equivalent=(), missed=())
    """
    tried = caught = 0
    equivalent: list[str] = []
    missed: list[str] = []
    for system in parse.all_of(optimizer):
        few, more, most = (
            Cases(optimizer, system, cases, np.random.default_rng(0)) for cases in CASES
        )
        compare(more, system)
        for mutant in mutants(system):
            tried += 1
            if _is_caught(mutant, few, system) or _is_caught(mutant, more, system):
                caught += 1
            elif reason := why_equivalent(mutant, system):
                equivalent.append(f"{mutant.place}: {mutant.fault}: {reason}")
            elif _is_caught(mutant, most, system):
                caught += 1
            else:
                missed.append(f"{mutant.place}: {mutant.fault}")
    name = parse.of(optimizer).optimizer
    return Tally(name, tried, caught, tuple(equivalent), tuple(missed))


def _is_caught(mutant: Mutant, cases: Cases, original: System) -> bool:
    try:
        compare(cases, mutant.system, original)
    except EquationError:
        return True
    return False


def why_equivalent(mutant: Mutant, system: System) -> str:
    """Return the reason why a mutant computes the same as the original, empty if it is unknown.

    Parameters
    ----------
    mutant : Mutant
        The mutant.
    system : System
        The original.

    Returns
    -------
    str
        The reason.
    """
    before, after = mutant.before, mutant.after
    for case in walk(before):
        if isinstance(case, Case) and isinstance(case.condition, Compare):
            left, right = case.condition.left, case.condition.right
            flipped = replace(case.condition, relation=NEIGHBOUR.get(case.condition.relation, ""))
            border = {right: left} if isinstance(right, Name) else {left: right}
            if substitute(before, {case.condition: flipped}) == after and _equal(
                substitute(case.value, border), substitute(case.otherwise, border), system
            ):
                return "both branches are equal where the condition changes"
    if _equal(before, after, system):
        return "both expressions are equal"
    flags = [
        n for n in system.symbols if system.symbols[n].rule == "0 or 1" and Name(n) in walk(before)
    ]
    for flag in flags:
        values = [{Name(flag): Number(value)} for value in (0, 1)]
        if all(_equal(substitute(before, v), substitute(after, v), system) for v in values):
            return f"both expressions are equal for {flag} = 0 and {flag} = 1"
    known = {Name(a.name): a.expr for a in system.assignments if Name(a.name) != before}
    first = {**known, Name("t"): Number(1)}
    if flags and all(
        _equal(_resolved(before, v), _resolved(after, v), system)
        for v in (first, {Name(flags[0]): Number(1)})
    ):
        return f"both expressions are equal at the first step, and then for {flags[0]} = 1"
    return ""


def _resolved(node: Node, values: Mapping[Any, Node]) -> Node:
    """Return an expression with quantities replaced, also in what replaces them."""
    changed = substitute(node, values)
    return node if changed == node else _resolved(changed, values)


def _equal(a: Node, b: Node, system: System) -> bool:
    """Return whether SymPy proves that two expressions are equal."""
    import sympy

    try:
        left, right = (algebra.to_sympy(node, system.matrices) for node in (a, b))
        return bool(sympy.simplify(left - right) == 0)
    except (TypeError, AttributeError):
        return False
