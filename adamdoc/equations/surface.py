"""Parser of the equations of loss surfaces, and their export to JavaScript."""

import inspect
import re

import sympy

from adamdoc.equations.export import script
from adamdoc.equations.parse import EquationError, _from_latex
from adamdoc.optimizers.base import BLOCK
from adamdoc.problems import Problem

X, Y = sympy.symbols("x y", real=True)
LEFT = "f(x, y) = "
OPERATIONS = (
    *(sympy.Add, sympy.Mul, sympy.Pow, sympy.Symbol, sympy.Number, sympy.NumberSymbol),
    *(sympy.Abs, sympy.exp, sympy.cos, sympy.sin),
)


def latex(problem: Problem | type[Problem]) -> str:
    """Return the equation in the docstring of a loss surface.

    Parameters
    ----------
    problem : Problem or a class of it
        The surface. The equation in its docstring must begin with ``f(x, y) =``.

    Returns
    -------
    str
        The equation in LaTeX, on one line.

    Raises
    ------
    TypeError
        If `problem` is neither a problem nor a class of one.
    EquationError
        If there is no such equation.

    Examples
    --------
    >>> from adamdoc import Ravine
    >>> from adamdoc.equations import surface
    >>> surface.latex(Ravine)
    'f(x, y) = x^2 + 10 y^2'
    """
    cls = problem if isinstance(problem, type) else type(problem)
    if not issubclass(cls, Problem):
        raise TypeError(f"problem must be a Problem or a class of it, got {problem!r}")
    block = BLOCK.search(inspect.getdoc(cls) or "")
    text = " ".join(block[1].split()) if block else ""
    if not text.startswith(LEFT):
        raise EquationError(f"{cls.__name__}: the docstring has no equation f(x, y) = ...")
    return text


def expression(problem: Problem | type[Problem]) -> sympy.Expr:
    """Return the loss in the docstring of a surface, as an expression in real x and y.

    Parameters
    ----------
    problem : Problem or a class of it
        The surface. The equation in its docstring must begin with ``f(x, y) =``.

    Returns
    -------
    sympy.Expr
        The right-hand side of the equation.

    Raises
    ------
    TypeError
        If `problem` is neither a problem nor a class of one.
    EquationError
        If there is no such equation, or it cannot be parsed.

    Examples
    --------
    >>> from adamdoc import Ravine
    >>> from adamdoc.equations.surface import expression
    >>> expression(Ravine)
    x**2 + 10*y**2
    """
    name, text = _name(problem), latex(problem).removeprefix(LEFT)
    text = re.sub(r"\\left|\\right", "", text)
    # The parser reads two pairs of bars as one, so the absolute value of a coordinate becomes a
    # symbol.
    text = re.sub(r"\|(\w)\|", r"\\varsigma_{\1}", text)
    try:
        expr = _from_latex(text)
    except Exception as error:  # the parser raises many types of error
        raise EquationError(f"{name}: cannot read {text!r} ({error})") from None
    for symbol in (X, Y):
        absolute = sympy.Symbol(f"varsigma_{{{symbol}}}"), sympy.Symbol(f"varsigma_{symbol}")
        expr = expr.xreplace(
            {sympy.Symbol(symbol.name): symbol, **dict.fromkeys(absolute, abs(symbol))}
        )
    for part in sympy.preorder_traversal(expr):
        if not isinstance(part, OPERATIONS) or (part.is_Symbol and part not in (X, Y)):
            raise EquationError(f"{name}: {part} is not supported")
    return expr


def javascript(problem: Problem | type[Problem]) -> str:
    """Return a JavaScript module (ESM) with the loss of a surface and its gradient.

    Its function ``loss(theta)`` returns the loss at an array of two numbers; ``grad(theta, g)``
    writes the gradient there into the array `g`.

    Parameters
    ----------
    problem : Problem or a class of it
        The surface whose equation to export.

    Returns
    -------
    str
        The source of the module.

    Raises
    ------
    TypeError, EquationError
        As for `expression`.

    Examples
    --------
    >>> from adamdoc import Ravine
    >>> from adamdoc.equations.surface import javascript
    >>> print(javascript(Ravine))
    // Ravine, from the equation of its docstring: f(x, y) = x**2 + 10*y**2
    <BLANKLINE>
    export function loss([x, y]) {
      return (x*x) + 10*(y*y);
    }
    <BLANKLINE>
    export function grad([x, y], g) {
      g[0] = 2*x;
      g[1] = 20*y;
    }
    <BLANKLINE>
    """
    expr = expression(problem)
    name = _name(problem)
    partials = [script(expr.diff(symbol)) for symbol in (X, Y)]
    return "\n".join(
        [
            f"// {name}, from the equation of its docstring: f(x, y) = {expr}",
            "",
            "export function loss([x, y]) {",
            f"  return {script(expr)};",
            "}",
            "",
            "export function grad([x, y], g) {",
            *(f"  g[{k}] = {partial};" for k, partial in enumerate(partials)),
            "}",
            "",
        ]
    )


def _name(problem: Problem | type[Problem]) -> str:
    return problem.__name__ if isinstance(problem, type) else type(problem).__name__
