"""The parsed equations of an optimizer, and their evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.equations.evaluate import Values, value_of
from adamdoc.equations.tree import Name, Node, walk
from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Params, State, zeros
from adamdoc.optimizers.quantizer import quantize

#: Inputs that follow from the shape of the parameters.
SIZES = ("size", "rows", "columns")
#: The hyperparameters that say how long the states of some shapes are.
LENGTHS = {"memory": "memory", "numbers": "scales"}
#: Most repetitions of a loop in the definition of a function.
MOST_LOOPS = 10_000


@dataclass(frozen=True)
class Assignment:
    """One equation.

    Attributes
    ----------
    name : str
        The name in code of the assigned quantity.
    expr : Node
        The right-hand side. Its symbols have the names used in code; ``m_prev`` is m at index t-1.
    latex : str
        The LaTeX source in the docstring.
    """

    name: str
    expr: Node
    latex: str


@dataclass(frozen=True)
class Definition:
    """A function that a docstring defines by a block of equations of its own.

    Attributes
    ----------
    name : str
        The name of the function.
    parameter : str
        The name of its argument.
    before : tuple of Assignment
        The equations before the loop.
    loop : tuple of Assignment
        The equations that are repeated.
    times : Node or None
        The number of repetitions; None if there is no loop.
    result : Node
        The value of the function.
    between : tuple of Assignment
        The equations after the loop, before a second one.
    second : tuple of Assignment
        The equations of the second loop, which is repeated as often.
    """

    name: str
    parameter: str
    before: tuple[Assignment, ...]
    loop: tuple[Assignment, ...]
    times: Node | None
    result: Node
    between: tuple[Assignment, ...] = ()
    second: tuple[Assignment, ...] = ()

    @property
    def stages(self) -> tuple[tuple[tuple[Assignment, ...], tuple[Assignment, ...]], ...]:
        """The loops, each after the equations before it."""
        first = self.before, self.loop
        return (first, (self.between, self.second)) if self.second else (first,)

    def repetitions(self, values: Values) -> int:
        """Return the number of repetitions for some values of the hyperparameters."""
        times = 0 if self.times is None else value_of(self.times, values)
        if times != int(times) or not 0 <= times <= MOST_LOOPS:
            raise ValueError(
                f"{self.name} must be repeated a whole number of times to {MOST_LOOPS}, got {times}"
            )
        return int(times)

    def call(self, argument: Any, values: Values) -> Any:
        """Return the value of the function.

        Parameters
        ----------
        argument : float, ndarray or Arrays
            Its argument.
        values : mapping
            The values of the other symbols that it uses.

        Returns
        -------
        float, ndarray or Arrays
            The value.

        Examples
        --------
        The Newton-Schulz iteration of Muon brings singular values to about 1:

        >>> from adamdoc import Muon, equations
        >>> (definition,) = equations.of(Muon).definitions
        >>> definition.call(np.diag([3.0, -4.0]), {"steps": 5, "eps": 0.0}).round(3)
        array([[ 0.723,  0.   ],
               [ 0.   , -1.119]])
        """
        local = {**values, self.parameter: argument}
        for before, loop in self.stages:
            for assignment in before:
                local[assignment.name] = value_of(assignment.expr, local)
            for k in range(1, self.repetitions(values) + 1):
                local |= {f"{n.removesuffix('_now')}_before": v for n, v in local.items()}
                local["i"] = float(k)
                for assignment in loop:
                    value = local[assignment.name] = value_of(assignment.expr, local)
                    each = assignment.name.removesuffix("_now") + "_each"
                    local.setdefault(each, {})[k] = value
        return value_of(self.result, local)


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
    definitions : tuple of Definition
        The functions that the docstring defines.
    constants : tuple of str
        The quantities that are kept from the start, such as the initial parameters.
    symbols : dict of str to Symbol
        The symbols of the class by name.
    starts : dict of str to Node
        The initial values of the states and constants.
    dimensions : int or None
        The number of axes of the arrays to which the equations apply; None if any.
    matrices : frozenset of str
        The names of the quantities whose products are those of matrices.
    scopes : dict of str to str
        For each assigned quantity, over what its reductions run: the ``scope`` of its class.
    lengths : dict of str to str
        For each state with a length of its own, the hyperparameter that says it.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> from adamdoc.equations.tree import show
    >>> system = equations.of(Momentum)
    >>> for assignment in system.assignments:
    ...     print(assignment.name, "=", show(assignment.expr))
    m = beta*m_prev + (1 - beta)*g
    theta = theta_prev - lr*m
    >>> system.states
    ('m',)
    """

    optimizer: str
    assignments: tuple[Assignment, ...]
    states: tuple[str, ...]
    hyperparameters: tuple[str, ...]
    definitions: tuple[Definition, ...] = ()
    constants: tuple[str, ...] = ()
    symbols: Mapping[str, Symbol] = field(default_factory=dict, compare=False, repr=False)
    starts: Mapping[str, Node] = field(default_factory=dict, compare=False, repr=False)
    dimensions: int | None = None
    matrices: frozenset[str] = frozenset()
    scopes: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    lengths: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __hash__(self) -> int:
        """Return a hash of the equations."""
        return hash((self.optimizer, self.assignments))

    def shape(self, name: str) -> str:
        """Return the shape of a quantity as in the notation table."""
        symbol = self.symbols.get(name.removesuffix("_prev"))
        return symbol.shape if symbol else ""

    def start(self, theta: Params, values: Mapping[str, Any] | None = None) -> State:
        """Return the states before the first step.

        Parameters
        ----------
        theta : ndarray or Arrays
            The initial parameters.
        values : mapping, optional
            The hyperparameters, if a state starts at an expression of them.

        Returns
        -------
        dict
            The states by name, with the shapes that `init` gives them.

        Examples
        --------
        >>> import numpy as np
        >>> from adamdoc import ScheduleFreeSGD, equations
        >>> equations.of(ScheduleFreeSGD).start(np.array([3.0]))
        {'w': array([0.]), 'z': array([3.]), 'x': array([3.])}
        """
        return {
            name: self._start(name, theta, values or {}) for name in (*self.states, *self.constants)
        }

    def _start(self, name: str, theta: Params, values: Mapping[str, Any]) -> Any:
        expr, shape = self.starts[name], self.shape(name)
        operands = {"theta_0": theta, "identity": 1.0, **values}
        if shape == "number":
            return value_of(expr, operands)
        if shape == "numbers":
            operands["i"] = np.arange(1.0, int(values[self.lengths[name]]) + 1)
            return (value_of(expr, operands) + 0 * operands["i"]).astype(dtype_of(theta))
        if shape in ("rows x rows", "columns x columns"):
            size = theta.shape[-2 if shape.startswith("rows") else -1]
            identity = np.eye(size, dtype=theta.dtype)
            if not any(part == Name("identity") for part in walk(expr)):
                return value_of(expr, operands) * np.ones_like(identity)
            return value_of(expr, {**operands, "identity": identity})
        if shape in ("rows", "columns"):
            theta = theta[..., :, 0] if shape == "rows" else theta[..., 0, :]
        if shape == "memory":
            length = int(values[self.lengths[name]])
            return arrays.each(lambda x: np.stack([zeros(x)] * length), theta)
        return zeros(theta) + value_of(expr, operands)

    def operands(
        self, theta: Params, g: Params, t: int, state: Mapping[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the values of all symbols before the first equation of a step.

        Parameters
        ----------
        theta, g : ndarray or Arrays
            The parameters before the step and the gradient there.
        t : int
            The number of the step, counted from 1.
        state : mapping
            The states before the step by name.
        values : mapping
            The hyperparameters by name; also the functions ``step`` and ``gradient``, and further
            inputs, if the equations have them.

        Returns
        -------
        dict
            The values by name. A state of the shape ``"rows"`` is a column.
        """
        sizes = {"size": float(arrays.total(theta * 0 + 1))}
        if not isinstance(theta, Mapping) and theta.ndim >= 2:
            sizes |= {"rows": float(theta.shape[-2]), "columns": float(theta.shape[-1])}
        operands = {"theta_prev": theta, "g": g, "t": t, **FUNCTIONS, **sizes, **values}
        operands |= {f"{name}_prev": self.expanded(name, state[name]) for name in self.states}
        operands |= {name: self.expanded(name, state[name]) for name in self.constants}
        return operands | {definition.name: definition for definition in self.definitions}

    def expanded(self, name: str, value: Any) -> Any:
        """Return the value of a quantity as its equation has it: that of a row's as a column."""
        shape = self.shape(name)
        if shape == "rows":
            return np.asarray(value)[..., :, None]
        if shape == "columns":
            return np.asarray(value)[..., None, :]
        return float(value) if shape == "number" else value

    def compact(self, name: str, value: Any) -> Any:
        """Return the value of a quantity as the state has it (the inverse of `expanded`)."""
        shape = self.shape(name)
        if shape in ("rows", "columns"):
            return np.squeeze(value, -1 if shape == "rows" else -2)
        return value

    def evaluate(
        self, theta: Params, g: Params, t: int, state: Mapping[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Evaluate the equations of step `t`.

        Parameters
        ----------
        theta, g : ndarray or Arrays
            The parameters before the step and the gradient there.
        t : int
            The number of the step, counted from 1.
        state : mapping
            The states before the step by name.
        values : mapping
            The hyperparameters by name; also the functions ``step`` and ``gradient``, and further
            inputs, if the equations have them.

        Returns
        -------
        dict
            The assigned quantities by name, in the order of the equations; the new parameters are
            ``theta``. The constants of the state follow.

        Examples
        --------
        >>> import numpy as np
        >>> from adamdoc import GradientDescent, equations
        >>> system = equations.of(GradientDescent)
        >>> system.evaluate(np.array([1.0]), np.array([2.0]), 1, {}, {"lr": 0.25})
        {'theta': array([0.5])}
        """
        operands = self.operands(theta, g, t, state, values)
        result = {}
        for assignment in self.assignments:
            value = operands[assignment.name] = value_of(assignment.expr, operands)
            result[assignment.name] = self.compact(assignment.name, value)
        return {**result, **{name: state[name] for name in self.constants}}


def push(memory: Any, value: Any) -> Any:
    """Return a memory with a new first entry; the others move on, and the last is dropped.

    Examples
    --------
    >>> push(np.array([[3.0], [2.0], [1.0]]), np.array([4.0])).ravel()
    array([4., 3., 2.])
    """
    return arrays.each(lambda kept, new: np.concatenate([new[None], kept[:-1]]), memory, value)


#: The functions that equations may call besides those of the grammar, if the class names them: a
#: line search is given with the values of a step.
FUNCTIONS = {"push": push, "quantize": quantize}
#: The numbers of their arguments; -1 is any.
ARGUMENTS = {"push": 2, "quantize": 2, "search": -1}


def dtype_of(theta: Params) -> Any:
    """Return the dtype of parameters."""
    first: Array = next(iter(theta.values())) if isinstance(theta, Mapping) else theta
    return first.dtype
