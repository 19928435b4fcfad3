"""Equations beside code and numbers: the source line of each, and the first steps worked."""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from adamdoc import checks, lineage
from adamdoc.equations.parse import of
from adamdoc.notation import SPELLINGS
from adamdoc.optimizers import Optimizer
from adamdoc.problems import Problem


@functools.cache
def source_lines(cls: type[Optimizer]) -> dict[str, tuple[int, str]]:
    """Return the source line of `update` that implements each equation.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    dict of tuple
        By the name of the quantity that is assigned: the number of the line in its file, and the
        statement, on one line.

    Raises
    ------
    ValueError
        If `update` does not assign a quantity that an equation assigns.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> source_lines(Momentum)["theta"][1]
    'theta = theta - lr * m'
    """
    lines, first = inspect.getsourcelines(cls.update)
    text = textwrap.dedent("".join(lines))
    # Without the parser, which is slow: only the left-hand sides.
    left_sides = (line.partition("=")[0].strip() for line in lineage.equations(cls))
    wanted = [SPELLINGS[latex] for latex in left_sides]
    found = {}
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in wanted:
                segment = ast.get_source_segment(text, statement) or ""
                line = re.sub(r"(?<=\() | (?=\))", "", " ".join(segment.split()))
                found[name] = (first + statement.lineno - 1, line)
    if missing := set(wanted) - found.keys():
        raise ValueError(f"update of {cls.__name__} must assign {', '.join(sorted(missing))}")
    return found


def worked_steps(
    cls: type[Optimizer], problem: Problem, steps: int = 5
) -> Iterator[tuple[int, int, tuple[float, ...]]]:
    """Yield every quantity of the first steps, computed by the equations alone.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer, used with its default hyperparameters.
    problem : Problem
        The loss surface, from its own start.
    steps : int, default 5
        The number of steps.

    Yields
    ------
    t : int
        The number of the step, counted from 1.
    k : int
        The index of the coordinate.
    values : tuple of float
        The parameter and its gradient before the step, then the left-hand side of each equation.

    Examples
    --------
    >>> from adamdoc import GradientDescent, Ravine
    >>> next(worked_steps(GradientDescent, Ravine()))
    (1, 0, (1.5, 3.0, 1.47))
    """
    system, optimizer = of(cls), cls()
    hyperparameters = {name: getattr(optimizer, name) for name in system.hyperparameters}
    theta = problem.start
    states: dict[str, Any] = system.start(theta)
    for t in range(1, checks.integer("steps", steps, minimum=0) + 1):
        g = problem.grad(theta)
        after = system.evaluate(theta, g, t, states, hyperparameters)
        quantities = [np.broadcast_to(value, theta.shape) for value in after.values()]
        for k in range(theta.size):
            yield t, k, tuple(float(q[k]) for q in (theta, g, *quantities))
        states, theta = after, after["theta"]
