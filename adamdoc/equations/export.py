"""Export of the equations as pseudocode and LaTeX."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

import numpy as np

from adamdoc.equations.inline import inline
from adamdoc.equations.parse import all_of, documented
from adamdoc.equations.system import SIZES, Definition, System
from adamdoc.equations.tree import (
    REDUCTIONS,
    STRENGTH,
    At,
    Call,
    Case,
    Compare,
    MatrixProduct,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
    children,
    names,
    show,
    substitute,
    walk,
)
from adamdoc.lineage import blocks
from adamdoc.optimizers import Optimizer

#: The kinds of parameters that a block of equations is for, by the number of their dimensions.
BLOCKS = {None: "", 2: ", for a matrix", 1: ", for a vector"}


def exported(optimizer: Optimizer | type[Optimizer]) -> list[tuple[System, dict[str, float]]]:
    """Return each system of equations to export, with its hyperparameters, which must be numbers.

    A wrapper with an optimizer inside has the equations of both, a class of wrappers only its own.
    """
    if isinstance(optimizer, type):
        systems, defaults = all_of(optimizer), {f.name: f.default for f in fields(optimizer)}
        return [(s, {n: _number(n, defaults[n]) for n in s.hyperparameters}) for s in systems]
    return [
        (
            inlined.system,
            {
                name: _number(name, getattr(layer, field))
                for name, (layer, field) in inlined.holders(optimizer).items()
            },
        )
        for inlined in inline(optimizer)
    ]


def _number(name: str, value: Any) -> float:
    if value is MISSING:
        raise TypeError(f"{name} has no default: export an instance of the class")
    if callable(value) or isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be a number to be exported, got {value!r}")
    number: float = value
    return number


def indexed(system: System) -> list[str]:
    """Return the equations as plain text, with the step index of each quantity."""
    index: dict[Node, Node] = {Name("g"): Name("g[t]"), Name("theta_prev"): Name("theta[t-1]")}
    for a in system.assignments:
        index |= {
            Name(a.name): Name(f"{a.name}[t]"),
            Name(f"{a.name}_prev"): Name(f"{a.name}[t-1]"),
        }
    return [f"{a.name}[t] = {show(substitute(a.expr, index))}" for a in system.assignments]


def further_inputs(system: System) -> list[str]:
    """Return the inputs of a step besides the gradient: functions, and quantities not assigned."""
    known = {"theta", "theta_prev", "g", "t", *SIZES, *system.constants, *system.hyperparameters}
    known |= {a.name for a in system.assignments} | {f"{name}_prev" for name in system.states}
    parts = [part for a in system.assignments for part in walk(a.expr)]
    step = ["step"] * any(isinstance(part, Call) and part.function == "step" for part in parts)
    used = dict.fromkeys(name for a in system.assignments for name in names(a.expr))
    return [*step, *(name for name in used if name not in known)]


def pseudocode(optimizer: Optimizer | type[Optimizer]) -> str:
    """Return an optimizer as pseudocode.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to export; for a class, with its defaults. A wrapper has the
        equations of the optimizer inside in place of its step; a class of wrappers takes the step
        as an input.

    Returns
    -------
    str
        The inputs, the functions that the equations define, the initial state, the loop and the
        result. If matrices and vectors have different equations, one after the other.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer, a hyperparameter is an array or a schedule, or a field
        of the class has no default.
    EquationError
        If the equations of the docstring cannot be parsed.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> print(equations.pseudocode(Momentum(lr=0.1)))
    Momentum
      input: theta[0], gradient, lr = 0.1, beta = 0.9
      start: m[0] = 0
      for t = 1, 2, ...:
        g[t] = gradient(theta[t-1])
        m[t] = beta*m[t-1] + (1 - beta)*g[t]
        theta[t] = theta[t-1] - lr*m[t]
      return: theta[t]
    <BLANKLINE>
    """
    return "\n".join("\n".join(_algorithm(*found)) + "\n" for found in exported(optimizer))


def _algorithm(system: System, values: Mapping[str, float]) -> Iterator[str]:
    """Yield the lines of the pseudocode of a system."""
    given = ["theta[0]", "gradient", *further_inputs(system)]
    given += [f"{name} = {value}" for name, value in values.items()]
    first: dict[Node, Node] = {Name("theta_0"): Name("theta[0]"), Name("identity"): Name("I")}
    starts = [
        f"{name}{'' if name in system.constants else '[0]'} = {show(substitute(start, first))}"
        for name, start in system.starts.items()
    ]
    yield system.optimizer + BLOCKS[system.dimensions]
    yield f"  input: {', '.join(given)}"
    for definition in system.definitions:
        yield from (f"  {line}" for line in _function(definition))
    if starts:
        yield f"  start: {', '.join(starts)}"
    yield "  for t = 1, 2, ...:"
    yield "    g[t] = gradient(theta[t-1])"
    yield from (f"    {line}" for line in indexed(system))
    yield "  return: theta[t]"


def _function(definition: Definition) -> Iterator[str]:
    """Yield the pseudocode of a function that a docstring defines."""

    def line(node: Node, now: str, before: str = "i-1") -> str:
        index: dict[Node, Node] = {}
        for name in names(node):
            letter, _, when = name.rpartition("_")
            if when in ("now", "before") and letter:
                index[Name(name)] = Name(f"{letter}[{now if when == 'now' else before}]")
        for part in walk(node):
            if isinstance(part, At):
                index[part] = At(part.name.removesuffix("_each"), part.indices)
        return show(substitute(node, index))

    yield f"{definition.name}({definition.parameter}):"
    last = "0" if definition.times is None else show(definition.times)
    for k, (before, loop) in enumerate(definition.stages):
        for a in before:
            now = last if k else "0"
            yield f"  {line(Name(a.name), '0')} = {line(a.expr, now)}"
        if definition.times is not None:
            yield f"  for i = 1, ..., {last}:"
            for a in loop:
                yield f"    {line(Name(a.name), 'i')} = {line(a.expr, 'i')}"
    yield f"  return: {line(definition.result, last)}"


def latex(optimizer: Optimizer | type[Optimizer]) -> str:
    r"""Return the equations of an optimizer as aligned LaTeX, for a paper.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to export. A wrapper has only its own, whatever is inside.

    Returns
    -------
    str
        An ``aligned`` environment for use inside an equation, or several on lines of their own if
        the docstring has several blocks. They require the package amsmath.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer.
    EquationError
        If the equations of the docstring cannot be parsed.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> print(equations.latex(Momentum))
    \begin{aligned}
    m_t &= \beta m_{t-1} + (1 - \beta) g_t \\
    \theta_t &= \theta_{t-1} - \eta m_t
    \end{aligned}
    """
    all_of(optimizer)  # raises an error if they are wrong
    cls = optimizer if isinstance(optimizer, type) else type(optimizer)
    texts = [" \\\\\n".join(block) for block in blocks(documented(cls))]
    return "\n".join(f"\\begin{{aligned}}\n{text}\n\\end{{aligned}}" for text in texts)


#: The LaTeX of the functions whose arguments are not simply in brackets after the name.
BRACKETS = {
    "sqrt": (r"\sqrt{", "}"),
    "abs": (r"\left|", r"\right|"),
    "norm": (r"\left\lVert", r"\right\rVert"),
    "norm1": (r"\left\lVert", r"\right\rVert_1"),
    "norminf": (r"\left\lVert", r"\right\rVert_\infty"),
    "inner": (r"\left\langle", r"\right\rangle"),
    "gradient": (r"\nabla f\left(", r"\right)"),
}
#: The functions of all elements of an array together.
WHOLE = REDUCTIONS | {"step", "gradient"}
RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}


def with_placeholders(node: Node) -> tuple[str, list[str]]:
    r"""Return an expression as LaTeX with a placeholder for each quantity.

    The placeholders are for numbers, which do not multiply by juxtaposition, so products get their
    sign.

    Parameters
    ----------
    node : Node
        The right-hand side of an equation.

    Returns
    -------
    text : str
        The expression with ``\text{q0}``, ``\text{q1}`` and so on in place of the quantities.
    names : list of str
        The names of the quantities, in order. One whose elements all matter, as in a norm, has the
        suffix ``[:]``; of the others it is one element.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> with_placeholders(equations.of(Momentum).assignments[1].expr)
    ('\\text{q0} - \\text{q1} \\cdot \\text{q2}', ['theta_prev', 'lr', 'm'])
    """
    quantities: list[str] = []
    bound = {part.index for part in walk(node) if isinstance(part, Series)}

    whole = [False]

    def inside(node: Node, strength: int) -> str:
        text = written(node)
        weaker = STRENGTH.get(type(node), 6) < strength or node == Call("mod", children(node))
        return rf"\left({text}\right)" if weaker else text

    def written(node: Node) -> str:
        match node:
            case Number(value):
                return r"\pi" if value == math.pi else _decimal(value)
            case Name(name) if name in bound:
                return name
            case Name(name):
                quantities.append(f"{name}[:]" if whole[-1] else name)
                return rf"\text{{q{len(quantities) - 1}}}"
            case Sum((first, *rest)):
                text = inside(first, 2)
                for term in rest:
                    sign, part = ("-", term.term) if isinstance(term, Negative) else ("+", term)
                    text += f" {sign} {inside(part, 3)}"
                return text
            case Negative(term):
                return f"-{inside(term, 3)}"
            case Product(factors) | MatrixProduct(factors):
                return r" \cdot ".join(inside(factor, 3) for factor in factors)
            case Quotient(numerator, denominator):
                return rf"\frac{{{written(numerator)}}}{{{written(denominator)}}}"
            case Power(base, exponent):
                return f"{inside(base, 5)}^{{{written(exponent)}}}"
            case Compare(relation, left, right):
                return f"{written(left)} {RELATIONS.get(relation, relation)} {written(right)}"
            case Case(value, condition, otherwise):
                rows = (
                    rf"{written(value)} & \text{{where }} {written(condition)}",
                    rf"{written(otherwise)} & \text{{otherwise}}",
                )
                return rf"\begin{{cases}} {rows[0]} \\ {rows[1]} \end{{cases}}"
            case Series(function, index, first, last, term):
                bounds = rf"_{{{index} = {written(first)}}}^{{{written(last)}}}"
                return rf"\{function}{bounds} {inside(term, 3)}"
            case Call("and", conditions):
                return r" \text{ and } ".join(map(written, conditions))
            case Call("mod", (number, divisor)):
                return rf"{inside(number, 3)} \bmod {inside(divisor, 4)}"
            case Call(function, arguments):
                name = rf"\mathrm{{{function}}}\left("
                before, after = BRACKETS.get(function, (name, r"\right)"))
                whole.append(whole[-1] or function in WHOLE)
                text = f"{before} {', '.join(map(written, arguments))} {after}"
                whole.pop()
                return text
        raise TypeError(f"node must be an expression of numbers, got {show(node)}")

    return written(node), quantities


def _decimal(value: float) -> str:
    """Return a number as LaTeX."""
    digits, _, exponent = repr(value).partition("e")
    return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits
