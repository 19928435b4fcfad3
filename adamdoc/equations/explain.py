"""Equations beside code and numbers: the source line of each, and the first steps worked."""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.inline import inline
from adamdoc.equations.parse import all_of
from adamdoc.equations.tree import names
from adamdoc.notation import KINDS, Symbol, table_of
from adamdoc.optimizers import Optimizer, arrays
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.groups import Groups
from adamdoc.optimizers.wrappers.line_search import search_of
from adamdoc.problems import Problem


@functools.cache
def source_lines(cls: type[Optimizer]) -> dict[str, tuple[int, str]]:
    """Return the source line of `update` that implements each equation.

    It is the last statement that assigns the quantity and does not merely look it up, as
    ``d = state["d"]`` does. A quantity that `update` returns under another name has the line of
    that name, one that it computes in the ``return`` the line of that.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    dict of tuple
        By the name of the quantity that is assigned: the number of the line in its file, and the
        statement, on one line. Quantities of all blocks of equations are included.

    Raises
    ------
    EquationError
        If `update` does not assign a quantity that an equation assigns, or has no source.

    Examples
    --------
    >>> from adamdoc import Momentum, Shampoo
    >>> source_lines(Momentum)["theta"][1]
    'theta = theta - lr * m'
    >>> source_lines(Shampoo)["l1"][1]
    'after[f"l{axis}"] = state[f"l{axis}"] + rows @ rows.T'
    """
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(cls.update))
    except OSError:
        raise EquationError(
            f"{cls.__name__}: update must be in a file or in the cell of a notebook: its source "
            "cannot be found"
        ) from None
    text = textwrap.dedent("".join(lines))
    wanted = dict.fromkeys(a.name for system in all_of(cls) for a in system.assignments)
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    statements.sort(key=lambda node: node.lineno)
    returned: dict[str, ast.expr] = {}
    for node in statements:
        if isinstance(node, ast.Return):
            returned |= _returned(node)
    found: dict[str, tuple[int, str]] = {}
    for name in wanted:
        result = returned.get(name)
        local = result.id if isinstance(result, ast.Name) else name
        places = [node for node in statements if _assigns(node, local)]
        places = places or [n for n in statements if isinstance(n, ast.Return) and result]
        if places:
            segment = ast.get_source_segment(text, places[-1]) or ""
            line = re.sub(r"(?<=\() | (?=\))", "", " ".join(segment.split()))
            found[name] = (first + places[-1].lineno - 1, line)
    if missing := [name for name in wanted if name not in found]:
        raise EquationError(
            f"{cls.__name__}: update must assign {', '.join(missing)}, each in a statement of its "
            "own: the box of an optimizer shows the line of each equation"
        )
    return {name: found[name] for name in wanted}


def _assigns(statement: ast.stmt, name: str) -> bool:
    """Return whether a statement computes a quantity, rather than looking it up."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    else:
        return False
    match statement.value:
        case ast.Subscript(ast.Name("state")) | ast.Call(ast.Attribute(attr="_operands")):
            return False
    return any(re.fullmatch(p, name) for target in targets for p in _patterns(target))


def _patterns(target: ast.expr) -> Iterator[str]:
    """Yield regular expressions for the names that a target assigns."""
    match target:
        case ast.Name(name):
            yield re.escape(name)
        case ast.Tuple(parts) | ast.List(parts):
            for part in parts:
                yield from _patterns(part)
        case ast.Subscript(slice=ast.Constant(str(name))):
            yield re.escape(name)
        case ast.Subscript(slice=ast.JoinedStr(parts)):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                for part in parts
            )


def _returned(statement: ast.Return) -> dict[str, ast.expr]:
    """Return the expressions of the parameters and the states that a statement returns."""
    match statement.value:
        case ast.Tuple([theta, ast.Dict(keys, values)]):
            named = zip(keys, values, strict=True)
            states = {str(k.value): v for k, v in named if isinstance(k, ast.Constant)}
            return {"theta": theta, **states}
        case ast.Tuple([theta, ast.Call(ast.Name("dict"), _, keywords)]):
            return {"theta": theta, **{k.arg: k.value for k in keywords if k.arg}}
        case ast.Tuple([theta, _]):
            return {"theta": theta}
    return {}


def worked_steps(
    cls: type[Optimizer], problem: Problem, steps: int = 5, block: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield every quantity of the first steps, computed by the equations alone.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer, used with its default hyperparameters; a wrapper around its default.
    problem : Problem
        The loss surface, from its own start. Where the equations are for a matrix, each row of the
        parameters is a point of the surface, and the loss is the sum over the rows. The first is
        its start.
    steps : int, default 5
        The number of steps.
    block : int, default 0
        The block of equations, of a docstring with several.

    Yields
    ------
    dict
        By name: the step ``t``, the parameters ``theta_prev`` and their gradient ``g`` before the
        step, then the quantity that each equation assigns. Those of a wrapped optimizer are
        included, named as `inline` names them.

    Examples
    --------
    >>> from adamdoc import GradientDescent, Ravine
    >>> for name, value in next(worked_steps(GradientDescent, Ravine())).items():
    ...     print(name, value)
    t 1
    theta_prev [1.5 1.5]
    g [ 3. 30.]
    theta [1.47 1.2 ]
    """
    optimizer = cls()
    if isinstance(optimizer, Groups):  # of a single array, its group is the rest
        optimizer = optimizer.optimizer
    inlined = inline(optimizer)[block]
    system, theta = inlined.system, problem.start
    if system.dimensions == 2:
        theta = np.stack([theta, theta * np.linspace(0.5, -1, theta.size)])
    state: dict[str, Any] = system.start(theta, inlined.values(optimizer, 1))
    for t in range(1, checks.integer("steps", steps, minimum=0) + 1):
        g = problem.grad(theta)
        given = {
            "gradient": problem.grad,
            "curvature": np.diagonal(problem.hess(theta), axis1=-2, axis2=-1),
            "loss": float(np.sum(problem.loss(theta))),
            "objective": lambda point: float(np.sum(problem.loss(point))),
            "noise": arrays.normal(theta, 0, t),
        }
        values = inlined.values(optimizer, t) | given | search_of(optimizer, theta, g, given)
        state = system.evaluate(theta, g, t, state, values)
        yield {"t": t, "theta_prev": theta, "g": g} | {
            name: value for name, value in state.items() if name not in system.constants
        }
        theta = state["theta"]


def symbols(cls: type[Optimizer]) -> tuple[Symbol, ...]:
    r"""Return the symbols in the equations of an optimizer: inputs, states, steps, hyperparameters.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    tuple of Symbol
        The symbols with the meanings that they have in this class.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> [symbol.latex for symbol in symbols(Momentum)]
    ['\\theta_t', 'g_t', 'm_t', '\\eta', '\\beta']
    """
    used = set(hyperparameters(cls))
    for system in all_of(cls):
        for assignment in system.assignments:
            used |= {n.removesuffix("_prev") for n in (assignment.name, *names(assignment.expr))}
    kinds = list(KINDS)
    found = [symbol for name, symbol in table_of(cls).items() if name in used]
    return tuple(sorted(found, key=lambda symbol: kinds.index(symbol.kind)))


def box(cls: type[Optimizer]) -> str:
    r"""Return the equations of an optimizer, each with its line of `update`, as Markdown.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer, of adamdoc or your own.

    Returns
    -------
    str
        A list of the equations and a table of their symbols, with math between dollar signs.

    Raises
    ------
    EquationError
        If the equations cannot be parsed, or `update` does not assign a quantity.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> print(box(GradientDescent))  # doctest: +ELLIPSIS
    1. $\theta_t = \theta_{t-1} - \eta g_t$ \
       line ...: `theta = theta - lr * g`
    <BLANKLINE>
    | symbol | in code | meaning |
    |---|---|---|
    | $\theta_t$ | `theta` | parameters after step t; the start is theta_0 |
    | $g_t$ | `g` | gradient of the loss at the parameters before step t |
    | $\eta$ | `lr` | learning rate |
    """
    lines, text = source_lines(cls), []
    for assignment in (a for system in all_of(cls) for a in system.assignments):
        line, code = lines[assignment.name]
        text += [f"1. ${assignment.latex.replace('&=', '=')}$ \\", f"   line {line}: `{code}`"]
    text += ["", "| symbol | in code | meaning |", "|---|---|---|"]
    text += [f"| ${s.latex}$ | `{s.name}` | {s.meaning} |" for s in symbols(cls)]
    return "\n".join(text)
