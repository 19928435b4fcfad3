"""The equations of loss surfaces: parsed, differentiated, and exported to JavaScript."""

import inspect

from adamdoc.equations import algebra, grammar
from adamdoc.equations.grammar import EquationError, Scope
from adamdoc.equations.javascript import script
from adamdoc.equations.tree import Node, show
from adamdoc.lineage import blocks
from adamdoc.problems import Problem

LEFT = "f(x, y) = "
SCOPE = Scope({"x": "x", "y": "y", r"\pi": "pi"})


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
    found = blocks(inspect.getdoc(cls) or "")
    if not found or not found[0][0].startswith(LEFT):
        raise EquationError(f"{cls.__name__}: the docstring has no equation f(x, y) = ...")
    return found[0][0]


def expression(problem: Problem | type[Problem]) -> Node:
    """Return the loss in the docstring of a surface as an expression in x and y.

    Parameters
    ----------
    problem : Problem or a class of it
        The surface. The equation in its docstring must begin with ``f(x, y) =``.

    Returns
    -------
    Node
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
    >>> from adamdoc.equations import surface, tree
    >>> tree.show(surface.expression(Ravine))
    'x**2 + 10*y**2'
    """
    text = latex(problem).removeprefix(LEFT)
    try:
        return grammar.parse(text, SCOPE)
    except EquationError as error:
        raise EquationError(f"{_name(problem)}: {error}") from None


def gradient(problem: Problem | type[Problem]) -> tuple[Node, Node]:
    """Return the partial derivatives of the loss in the docstring of a surface.

    Parameters
    ----------
    problem : Problem or a class of it
        The surface.

    Returns
    -------
    tuple of Node
        The derivatives with respect to x and y.

    Raises
    ------
    TypeError, EquationError
        As for `expression`. SymPy is needed.

    Examples
    --------
    >>> from adamdoc import Ravine
    >>> from adamdoc.equations import surface, tree
    >>> [tree.show(partial) for partial in surface.gradient(Ravine)]
    ['2*x', '20*y']
    """
    loss = algebra.to_sympy(expression(problem))
    x, y = (algebra.from_sympy(loss.diff(algebra.symbol(name))) for name in ("x", "y"))
    return x, y


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
      return x*x + 10*(y*y);
    }
    <BLANKLINE>
    export function grad([x, y], g) {
      g[0] = 2*x;
      g[1] = 20*y;
    }
    <BLANKLINE>
    """
    expr = expression(problem)
    return "\n".join(
        [
            f"// {_name(problem)}, from the equation of its docstring: f(x, y) = {show(expr)}",
            "",
            "export function loss([x, y]) {",
            f"  return {script(expr)};",
            "}",
            "",
            "export function grad([x, y], g) {",
            *(f"  g[{k}] = {script(partial)};" for k, partial in enumerate(gradient(problem))),
            "}",
            "",
        ]
    )


def _name(problem: Problem | type[Problem]) -> str:
    return problem.__name__ if isinstance(problem, type) else type(problem).__name__
