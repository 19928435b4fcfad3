"""The parsed equations of an optimizer, and their evaluation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy
from sympy.printing.str import StrPrinter

from adamdoc.checks import Array
from adamdoc.notation import TABLE

STARTS_AT_THETA = {symbol.name for symbol in TABLE if symbol.start == "theta"}


@dataclass(frozen=True)
class Assignment:
    """One equation.

    Attributes
    ----------
    name : str
        The name in code of the assigned quantity.
    expr : sympy.Expr
        The right-hand side. Its symbols have the names used in code; ``m_prev`` is m at index t-1.
    latex : str
        The LaTeX source in the docstring.
    """

    name: str
    expr: sympy.Expr
    latex: str


@dataclass(frozen=True)
class System:
    """The equations of one optimizer, in the order of execution.

    Attributes
    ----------
    optimizer : str
        The name of the class.
    assignments : tuple of Assignment
        The equations.
    states : tuple of str
        The quantities that persist from step to step: those that occur at index t-1.
    hyperparameters : tuple of str
        The fields of the class, in order.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> system = equations.of(Momentum)
    >>> for assignment in system.assignments:
    ...     print(assignment.name, "=", assignment.expr)
    m = beta*m_prev + g*(1 - beta)
    theta = -lr*m + theta_prev
    >>> system.states
    ('m',)
    """

    optimizer: str
    assignments: tuple[Assignment, ...]
    states: tuple[str, ...]
    hyperparameters: tuple[str, ...]

    def start(self, theta: Array) -> dict[str, Array]:
        """Return the states before the first step.

        Parameters
        ----------
        theta : ndarray
            The initial parameters.

        Returns
        -------
        dict of ndarray
            The states by name: zeros, or a copy of `theta` where the notation table says so.

        Examples
        --------
        >>> import numpy as np
        >>> from adamdoc import ScheduleFreeSGD, equations
        >>> equations.of(ScheduleFreeSGD).start(np.array([3.0]))
        {'w': array([0.]), 'z': array([3.]), 'x': array([3.])}
        """
        return {
            name: theta.copy() if name in STARTS_AT_THETA else np.zeros_like(theta)
            for name in self.states
        }

    def evaluate(
        self, theta: Array, g: Array, t: int, state: Mapping[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Array]:
        """Evaluate the equations of step `t`.

        Parameters
        ----------
        theta, g : ndarray
            The parameters before the step and the gradient there.
        t : int
            The number of the step, counted from 1.
        state : mapping
            The states before the step by name.
        values : mapping
            The hyperparameters by name.

        Returns
        -------
        dict of ndarray
            The assigned quantities by name, in the order of the equations; the new parameters are
            ``theta``.

        Examples
        --------
        >>> import numpy as np
        >>> from adamdoc import GradientDescent, equations
        >>> system = equations.of(GradientDescent)
        >>> system.evaluate(np.array([1.0]), np.array([2.0]), 1, {}, {"lr": 0.25})
        {'theta': array([0.5])}
        """
        operands = {"theta_prev": theta, "g": g, "t": t, **values}
        operands |= {f"{name}_prev": state[name] for name in self.states}
        result = {}
        for assignment in self.assignments:
            names, function = function_of(assignment.expr)
            value = function(*(operands[name] for name in names))
            result[assignment.name] = operands[assignment.name] = value
        return result


@cache
def function_of(expr: sympy.Expr) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """Return the symbols of an expression, and a function that evaluates it for their values.

    SymPy generates the function as Python code. This is safe because the parser accepts only
    arithmetic on symbols of the notation table: no text of a docstring is executed.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> from adamdoc.equations.system import function_of
    >>> names, function = function_of(equations.of(GradientDescent).assignments[0].expr)
    >>> names
    ('g', 'lr', 'theta_prev')
    >>> function(2.0, 0.25, 1.0)
    0.5
    """
    names = tuple(sorted(str(symbol) for symbol in expr.free_symbols))
    return names, sympy.lambdify(names, expr, "numpy")


def show(expr: sympy.Expr) -> str:
    """Return an expression as text that is valid Python, positive terms first.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> from adamdoc.equations.system import show
    >>> show(equations.of(GradientDescent).assignments[0].expr)
    'theta_prev - g*lr'
    """
    return StrPrinter({"order": "none"}).doprint(expr)
