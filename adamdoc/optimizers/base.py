"""The base class of all optimizers: validated hyperparameters and the operands of a step."""

import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.notation import HYPERPARAMETERS

Hyperparameter = float | Array
LearningRate = Hyperparameter | Callable[[int], Any]
State = dict[str, Any]


@dataclass(frozen=True)
class Optimizer(ABC):
    """Base class of the optimizers: frozen hyperparameters with pure `init` and `update`.

    A hyperparameter is a number or an array that broadcasts against the parameters, so that one
    call can step many runs. The learning rate may also be a schedule: a function of the step
    number t, which starts at 1.

    A subclass is a frozen dataclass. Its fields are the hyperparameters, its docstring contains the
    equations, and its `update` implements them line by line.

    Attributes
    ----------
    builds_on : tuple of str
        The names of the classes that the method builds on.
    paper : str
        The key of its paper in the bibliography.
    general_form : bool
        Whether the class is a general form with switches for the differences between libraries, not
        a method in its own right.
    elementwise : bool
        Whether each coordinate is updated independently, from its own gradient. If so, the
        equations in the docstring are parsed, checked and compiled.
    matrix_only : bool
        Whether the parameters must be a matrix.
    takes_curvature : bool
        Whether `update` takes an estimate of the Hessian's diagonal, at the first of every
        ``steps`` steps.

    Raises
    ------
    TypeError
        If a hyperparameter is not a number, an array of numbers or (``lr`` only) a schedule.
    ValueError
        If a hyperparameter lies outside its range (see the notation page).

    Examples
    --------
    >>> from adamdoc import Adam
    >>> Adam(beta1=1.5)
    Traceback (most recent call last):
        ...
    ValueError: beta1 must be at least 0 and less than 1, got 1.5
    """

    builds_on: ClassVar[tuple[str, ...]] = ()
    paper: ClassVar[str] = ""
    general_form: ClassVar[bool] = False
    elementwise: ClassVar[bool] = True
    matrix_only: ClassVar[bool] = False
    takes_curvature: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check every hyperparameter against its rule in the notation table."""
        for name in hyperparameters(type(self)):
            value = getattr(self, name)
            if name == "lr" and callable(value):
                continue
            try:
                value = checks.number(name, value, HYPERPARAMETERS[name].rule)
            except TypeError:
                if name != "lr":
                    raise
                raise TypeError(
                    "lr must be a number, an array of numbers or a schedule (a function of the "
                    f"step), got {value!r}"
                ) from None
            object.__setattr__(self, name, value)

    @abstractmethod
    def init(self, theta: Array) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        theta : array_like
            The parameters, of any shape. Integers are converted to float64.

        Returns
        -------
        dict
            ``t``, the number of steps taken, is 0. Each array has the dtype of `theta` and, if the
            method is elementwise, its shape. It is zero, or a copy of `theta` where the notation
            table says so.
        """

    @abstractmethod
    def update(self, theta: Array, g: Array, state: State) -> tuple[Array, State]:
        """Return the parameters and the state after one step, without modifying the arguments.

        Parameters
        ----------
        theta : array_like
            The parameters. Integers are converted to float64; float dtypes are kept.
        g : array_like
            The gradient at `theta`, of the same shape.
        state : dict
            The state returned by `init` or by the previous `update`.

        Returns
        -------
        theta : ndarray
            The new parameters.
        state : dict
            The new state.

        Raises
        ------
        ValueError
            If `g` does not have the shape of `theta`, or a hyperparameter does not broadcast to it.
        """

    def lr_at(self, t: int) -> Hyperparameter:
        """Return the learning rate of step `t`.

        Parameters
        ----------
        t : int
            The number of the step, counted from 1.

        Returns
        -------
        float or ndarray
            The value of the schedule, or ``lr`` itself if it is not a schedule.

        Raises
        ------
        ValueError
            If the schedule returns a number that is negative or not finite.

        Examples
        --------
        >>> from adamdoc import GradientDescent
        >>> GradientDescent(lr=lambda t: 0.1 / t).lr_at(2)
        0.05
        """
        lr: Any = self.lr  # type: ignore[attr-defined]
        if callable(lr):
            return checks.number(f"lr at step {t}", lr(t), "nonnegative")
        return lr

    def _operands(self, theta: Array, g: Array, state: State) -> tuple[Any, ...]:
        """Return ``theta, g, t`` and the hyperparameters in field order, validated.

        Arrays are converted to the dtype of `theta`, so that float32 parameters stay float32.
        """
        theta = checks.floats("theta", theta)
        g = checks.floats("g", g)
        if g.shape != theta.shape:
            raise ValueError(
                f"g must have the shape of theta, {theta.shape}, got an array of shape {g.shape}"
            )
        t = int(state["t"]) + 1  # a restored state may hold it as an array
        values = []
        for name in hyperparameters(type(self)):
            value = self.lr_at(t) if name == "lr" else getattr(self, name)
            if isinstance(value, np.ndarray):
                value = _broadcastable(name, value, theta)
            values.append(value)
        return theta, g.astype(theta.dtype, copy=False), t, *values


def as_float(value: Any) -> Any:
    """Return a scalar as a Python float, and an array as it is.

    A NumPy float64 scalar would promote float32 arrays to float64; a Python float does not.

    Examples
    --------
    >>> import numpy as np
    >>> as_float(np.sqrt(4.0))
    2.0
    """
    return value if isinstance(value, np.ndarray) else float(value)


@functools.cache
def hyperparameters(cls: type[Optimizer]) -> tuple[str, ...]:
    """Return the names of the hyperparameters of a class, in field order.

    Examples
    --------
    >>> from adamdoc import Lookahead
    >>> hyperparameters(Lookahead)
    ('steps', 'alpha')
    """
    return tuple(field.name for field in fields(cls) if field.name != "optimizer")


def _broadcastable(name: str, value: Array, theta: Array) -> Array:
    """Return an array in the dtype of `theta`, after checking that it broadcasts to its shape."""
    try:
        valid = np.broadcast_shapes(value.shape, theta.shape) == theta.shape
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(
            f"{name} must broadcast to the shape of theta, {theta.shape}, got an array of shape "
            f"{value.shape}"
        )
    return value.astype(theta.dtype, copy=False)


#: Matches the equations of a docstring: the indented body of its first math directive.
BLOCK = re.compile(r"^\.\. math::[ ]*\n\n((?:[ ]+\S.*(?:\n|\Z))+)", re.MULTILINE)


def zero_matrix(theta: Array) -> Array:
    """Return zeros of the shape and dtype of `theta`, after checking that it is a matrix."""
    start = zeros(theta)
    if start.ndim != 2:
        raise ValueError(f"theta must be a matrix, got an array of shape {start.shape}")
    return start


def zeros(theta: Array) -> Array:
    """Return zeros of the shape and dtype of `theta`; integers become float64."""
    return np.zeros_like(checks.floats("theta", theta))
