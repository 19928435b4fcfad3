"""Teeth: true docstrings with a fault put in, each of which the comparison must find."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adamdoc.audit import libraries
from adamdoc.audit.auditing import _read
from adamdoc.audit.bindings import Row, current
from adamdoc.audit.comparing import Case, Library, all_arguments, cases, compare
from adamdoc.audit.docstrings import Reading, evaluated
from adamdoc.audit.reading import Assign, Branch, Program, Statement
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.mutation import faulty, structural_changes
from adamdoc.equations.tree import At, Name, Negative, Node, Number, Sum, names, walk

#: The kinds of faults: the beginnings of their descriptions.
KINDS = {
    "sign": ("subtract", "add", "drop the sign"),
    "index": ("index",),
    "eps": ("eps",),
    "decay rate": ("rate",),
    "term or factor": ("drop", "do not divide", "no "),
    "other": ("",),
}


@dataclass(frozen=True)
class Tally:
    """The faults that were put into a docstring, and those that were found.

    Attributes
    ----------
    name : str
        The name of what is documented.
    tried, caught : dict of str to int
        Their numbers by kind.
    missed : tuple of str
        The faults that change nothing in any case.
    """

    name: str
    tried: Mapping[str, int]
    caught: Mapping[str, int]
    missed: tuple[str, ...]


def tally(row: Row) -> Tally:
    """Put faults into the repaired docstring of a row, one by one, and return which are found.

    Parameters
    ----------
    row : Row
        The row; its docstring must agree with the library after the repairs.

    Returns
    -------
    Tally
        The numbers of faults tried and caught.

    Raises
    ------
    EquationError
        If the docstring cannot be read.
    """
    target = libraries.load(row.name)
    row = current(row, libraries.version(row.name))
    doc = libraries.with_references(libraries.documentation(target), row)
    whole = _read(doc, row, row.findings)
    if isinstance(whole, str):
        raise EquationError(whole)
    library = Library(target, row)
    usable = [case for case in cases(row) if library.valid(case)]
    usable.sort(key=lambda case: -len(case.arguments))  # with options, faults show more often
    tried: dict[str, int] = {}
    caught: dict[str, int] = {}
    missed = []
    for fault, mutant in mutants(whole, all_arguments(target, usable[0].arguments)):
        kind = next(k for k, begins in KINDS.items() if fault.startswith(begins))
        tried[kind] = tried.get(kind, 0) + 1
        if any(_differs(mutant, library, case) for case in usable):
            caught[kind] = caught.get(kind, 0) + 1
        else:
            missed.append(fault)
    return Tally(row.name, tried, caught, tuple(missed))


def _differs(reading: Reading, library: Library, case: Case) -> bool:
    try:
        return not compare(reading, library, case).agrees
    except EquationError:
        return True


def mutants(reading: Reading, arguments: Mapping[str, Any]) -> Iterator[tuple[str, Reading]]:
    """Yield a reading with each fault: description, and the faulty reading."""
    values = {}
    for q in reading.quantities:
        if isinstance(q.meaning, str) and q.name.startswith("("):
            values[q.name] = evaluated(q.meaning, arguments)
    rates = [n for n, v in values.items() if _is_number(v) and 0 < v < 1 and _is_decay(n)]
    small = frozenset(Name(n) for n in values if "eps" in n)
    for k, (use, part) in enumerate(reading.parts):
        changed = (
            _programs(part, rates, small, reading.bindings.time)
            if isinstance(part, Program)
            else _codes(part)
        )
        for fault, other in changed:
            parts = (*reading.parts[:k], (use, other), *reading.parts[k + 1 :])
            yield fault, replace(reading, parts=parts)


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _is_decay(name: str) -> bool:
    return any(word in name for word in ("beta", "b1", "b2", "b3", "rho", "decay_rate", "momentum"))


def _programs(
    program: Program, rates: Sequence[str], small: frozenset[Node], time: str
) -> Iterator[tuple[str, Program]]:
    for statements, fault in _statements(program.statements, rates, small, time):
        yield fault, replace(program, statements=statements)


def _statements(
    statements: Sequence[Statement], rates: Sequence[str], small: frozenset[Node], time: str
) -> Iterator[tuple[tuple[Statement, ...], str]]:
    """Yield statements with a fault in one of them."""
    for k, statement in enumerate(statements):
        before, after = tuple(statements[:k]), tuple(statements[k + 1 :])
        if isinstance(statement, Assign):
            for fault, expr in _expressions(statement.expr, rates, small, time):
                yield (
                    (*before, replace(statement, expr=expr), *after),
                    f"{fault} in {_short(statement)}",
                )
            continue
        for number, (condition, body) in enumerate(statement.arms):
            for changed, fault in _statements(body, rates, small, time):
                arms = list(statement.arms)
                arms[number] = (condition, changed)
                yield (*before, Branch(tuple(arms), statement.latex), *after), fault


def _short(statement: Assign) -> str:
    return statement.latex if len(statement.latex) < 60 else f"{statement.latex[:57]}..."


def _expressions(
    expr: Node, rates: Sequence[str], small: frozenset[Node], time: str
) -> Iterator[tuple[str, Node]]:
    changes = [
        ("rate: " * (isinstance(part, Name) and part.name in rates) + fault, part, other)
        for fault, part, other in structural_changes(expr, rates)
    ]
    for part in walk(expr):
        if isinstance(part, At) and len(part.indices) == 1 and time in names(part.indices[0]):
            now = part.indices[0]
            other = (
                Sum((now, Number(1))) if isinstance(now, Sum) else Sum((now, Negative(Number(1))))
            )
            changes.append((f"index of {part.name}", part, At(part.name, (other,))))
    yield from faulty(expr, changes, small)


def _codes(code: str) -> Iterator[tuple[str, str]]:
    """Yield Python code with a fault in one of its operations."""
    swapped = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
    count = sum(isinstance(node, ast.BinOp) for node in ast.walk(ast.parse(code)))
    for number in range(count):
        module = ast.parse(code)
        node = [n for n in ast.walk(module) if isinstance(n, ast.BinOp)][number]
        other = swapped.get(type(node.op))
        if other is None:
            continue
        line = ast.unparse(node)
        node.op = other()
        kind = "subtract or add" if other in (ast.Add, ast.Sub) else "do not divide, or do"
        yield f"{kind} in {line}", ast.unparse(module)
