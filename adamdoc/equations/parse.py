"""Parser: from the equations in a docstring to a `System`."""

import functools
import inspect
import re
from dataclasses import fields
from itertools import pairwise

import sympy

from adamdoc.equations.system import Assignment, System
from adamdoc.notation import HYPERPARAMETERS, SPELLINGS, TABLE
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import BLOCK

#: The valid tokens of an equation. Anything else is rejected before LaTeX is parsed.
TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z]|\d+(?:\.\d+)?|[-+*/^_{}()|,]|[ ]")
COMMANDS = {r"\frac", r"\sqrt", r"\hat", r"\left", r"\right", r"\cdot", r"\max", r"\min"}
COMMANDS |= {r"\mathrm"}  # for sign; other functions are rejected after parsing
COMMANDS |= {command for s in TABLE for command in re.findall(r"\\[A-Za-z]+", s.latex)}
#: The functions that are replaced by symbols before LaTeX is parsed.
FUNCTIONS = {r"\max": sympy.Max, r"\min": sympy.Min, r"\mathrm{sign}": sympy.sign}
CALL = re.compile(r"(\\max|\\min|\\mathrm\{sign\})\(")
#: The valid nodes of the parsed expression.
OPERATIONS = (
    *(sympy.Add, sympy.Mul, sympy.Pow, sympy.Symbol, sympy.Number),
    *(sympy.Abs, sympy.Max, sympy.Min, sympy.sign),
)
#: Limits that no real equation reaches: they bound the time spent on invalid input.
LENGTH, DEPTH = 400, 8


class EquationError(ValueError):
    """The equations of a docstring cannot be parsed, or the code does not implement them.

    The message names the equation and the reason.
    """


def of(optimizer: Optimizer | type[Optimizer]) -> System:
    r"""Return the equations of an optimizer, parsed from its docstring.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose docstring to parse.

    Returns
    -------
    System
        The equations in the order of execution.

    Raises
    ------
    TypeError
        If `optimizer` is neither an optimizer nor a class of one.
    EquationError
        If there are no equations; if one of them cannot be parsed, uses a symbol that is unknown or
        not yet assigned, or assigns one twice; if the hyperparameters in the equations are not
        the fields of the class; or if the optimizer is not elementwise.

    Examples
    --------
    >>> from adamdoc import Adam, equations
    >>> equations.of(Adam).assignments[2].expr
    m/(1 - beta1**t)
    """
    cls = optimizer if isinstance(optimizer, type) else type(optimizer)
    if not issubclass(cls, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer or a class of it, got {optimizer!r}")
    if not cls.elementwise:
        raise EquationError(f"{cls.__name__} is not elementwise, so its equations are not parsed")
    doc = inspect.getdoc(cls) or ""
    return from_docstring(cls.__name__, doc, tuple(field.name for field in fields(cls)))


@functools.lru_cache(maxsize=64)
def from_docstring(name: str, doc: str, hyperparameters: tuple[str, ...]) -> System:
    r"""Return the system of equations of a docstring.

    Parameters
    ----------
    name : str
        The name of the optimizer, for error messages.
    doc : str
        The docstring, without indentation.
    hyperparameters : tuple of str
        The fields of the class.

    Returns
    -------
    System
        The equations in the order of execution.

    Raises
    ------
    EquationError
        As for `adamdoc.equations.of`.

    Examples
    --------
    >>> from adamdoc.equations.parse import from_docstring
    >>> from_docstring("Mine", ".. math::\n\n    \\theta_t &= \\theta_{t-1} - \\eta v_t\n", ("lr",))
    Traceback (most recent call last):
        ...
    adamdoc.equations.parse.EquationError: Mine, equation 1: v is used before it is assigned
    """
    block = BLOCK.search(doc)
    if block is None:
        raise EquationError(f"{name}: the docstring has no block of equations")
    assignments: list[Assignment] = []
    used: set[str] = set()
    for number, text in enumerate(block[1].strip().split(r"\\"), start=1):
        place = f"{name}, equation {number}"
        assignment = _assignment(place, " ".join(text.split()))
        needs = {str(symbol) for symbol in assignment.expr.free_symbols}
        done = {a.name for a in assignments}
        if assignment.name in done:
            raise EquationError(f"{place}: {assignment.name} is assigned twice")
        for need in sorted(needs & ASSIGNABLE - done):
            raise EquationError(f"{place}: {need} is used before it is assigned")
        for need in sorted(needs & (HYPERPARAMETERS.keys() - set(hyperparameters))):
            raise EquationError(f"{place}: {need} is not a field of the class")
        assignments.append(assignment)
        used |= needs
    done = {a.name for a in assignments}
    if "theta" not in done:
        raise EquationError(f"{name}: no equation assigns theta")
    states = tuple(a.name for a in assignments if f"{a.name}_prev" in used and a.name != "theta")
    for symbol in sorted(used & PREVIOUS - {f"{n}_prev" for n in (*states, "theta")}):
        raise EquationError(f"{name}: {symbol.removesuffix('_prev')} is used but never assigned")
    for field in hyperparameters:
        if field not in used:
            raise EquationError(f"{name}: no equation uses the field {field}")
    return System(name, tuple(assignments), states, hyperparameters)


def _assignment(place: str, text: str) -> Assignment:
    left, sign, right = text.partition("&=")
    if not sign or "=" in left + right:
        raise EquationError(f"{place}: must be one assignment with '&=', got {text!r}")
    target = _read(place, left.strip())
    if not isinstance(target, sympy.Symbol) or target.name not in ASSIGNABLE:
        raise EquationError(f"{place}: {left.strip()!r} cannot be assigned")
    return Assignment(target.name, _read(place, right.strip()), text)


def _read(place: str, text: str) -> sympy.Expr:
    """Return the expression of a piece of LaTeX, in symbols of the notation table."""
    rest = TOKEN.sub("", text)
    if rest or not text:
        raise EquationError(f"{place}: cannot read {rest[:20] or 'nothing'!r} in {text!r}")
    for command in re.findall(r"\\[A-Za-z]+", text):
        if command not in COMMANDS:
            raise EquationError(f"{place}: {command} is unknown")
    if len(text) > LENGTH or _depth(text) > DEPTH:
        raise EquationError(f"{place}: is too long or too deeply nested")
    text, calls = _take_calls(place, text)
    try:
        expr = _from_latex(text)
    except Exception as error:  # the parser raises many types of error
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise EquationError(f"{place}: cannot read {text!r} ({reason})") from None
    if not isinstance(expr, sympy.Expr):
        raise EquationError(f"{place}: {text!r} is not an expression")
    for part in sympy.preorder_traversal(expr):
        if not isinstance(part, OPERATIONS) or part in (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
            raise EquationError(f"{place}: {part} is not supported")
    meanings = {}
    for symbol in sorted(expr.free_symbols, key=str):
        name = str(symbol)
        if name not in _symbols() and name not in calls:
            raise EquationError(f"{place}: the symbol {symbol} is unknown")
        meanings[symbol] = calls[name] if name in calls else sympy.Symbol(_symbols()[name])
    return expr.xreplace(meanings)


@functools.lru_cache(maxsize=1024)
def _from_latex(text: str) -> sympy.Expr:
    """Return the result of the LaTeX parser, cached because it is slow."""
    from latex2sympy2_extended import latex2sympy  # takes a second, which many users do not need

    return latex2sympy(text)


@functools.cache
def _symbols() -> dict[str, str]:
    """Return the name in code of each symbol, keyed by how the LaTeX parser prints it."""
    return {str(_from_latex(latex)): name for latex, name in SPELLINGS.items()}


def _take_calls(place: str, text: str) -> tuple[str, dict[str, sympy.Expr]]:
    """Replace each function call by a symbol, because the LaTeX parser cannot nest calls.

    Return the new text and the expression of each symbol.
    """
    calls: dict[str, sympy.Expr] = {}
    while match := CALL.search(text):
        depth, end, cuts = 1, match.end(), [match.end()]
        while depth and end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            if text[end] == "," and depth == 1:
                cuts.append(end + 1)
            end += 1
        if depth:
            raise EquationError(f"{place}: a bracket of {match[1]} is not closed in {text!r}")
        arguments = [text[a : b - 1].strip() for a, b in pairwise([*cuts, end])]
        if (len(arguments) == 1) != (FUNCTIONS[match[1]] is sympy.sign):
            raise EquationError(f"{place}: {match[1]} cannot take {len(arguments)} arguments")
        number = len(calls)
        values = [_read(place, argument) for argument in arguments]
        calls[f"varsigma_{number}"] = FUNCTIONS[match[1]](*values)
        text = f"{text[: match.start()]}\\varsigma_{{{number}}}{text[end:]}"
    return text, calls


def _depth(text: str) -> int:
    """Return the nesting depth of the brackets in a text."""
    depth = deepest = 0
    for character in text:
        depth += (character in "({") - (character in ")}")
        deepest = max(deepest, depth)
    return deepest


ASSIGNABLE = {s.name for s in TABLE if s.kind in ("state", "step")} | {"theta"}
PREVIOUS = {name for name in SPELLINGS.values() if name.endswith("_prev")}
