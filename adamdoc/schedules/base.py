"""The base class of the schedules, and the checks they share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array

Value = float | Array


@dataclass(frozen=True)
class Schedule(ABC):
    """Base class of the schedules: functions of the step number t, which starts at 1.

    Derive from it to write your own schedule: a frozen dataclass with the method `value`. Any other
    function of the step works as a schedule too; a class can be compared, printed and nested.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from adamdoc.schedules import Schedule
    >>> @dataclass(frozen=True)
    ... class Harmonic(Schedule):
    ...     lr: float
    ...     def value(self, t):
    ...         return self.lr / t
    >>> Harmonic(0.1)(2)
    0.05
    """

    def __call__(self, t: int) -> Value:
        """Return the value of step `t`, counted from 1."""
        return self.value(checks.integer("t", t, minimum=1))

    @abstractmethod
    def value(self, t: int) -> Value:
        """Return the value of step `t`, an integer of at least 1."""

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check(self, **rules: str) -> None:
        """Check fields that are numbers or arrays against rules of `checks.RULES`."""
        for name, rule in rules.items():
            self._set(name, checks.number(name, getattr(self, name), rule))

    def _check_scalars(self, **rules: str) -> None:
        """Check fields that are single numbers; whole ones stay, or become, integers."""
        for name, rule in rules.items():
            number = checks.number(name, getattr(self, name), rule)
            if isinstance(number, np.ndarray):
                raise TypeError(f"{name} must be one number, got {getattr(self, name)!r}")
            self._set(name, int(number) if number.is_integer() else number)


def check_schedule(name: str, value: object) -> None:
    """Check that an argument can be called as a schedule.

    Raises
    ------
    TypeError
        If it is not callable.
    """
    if not callable(value):
        raise TypeError(f"{name} must be a schedule (a function of the step), got {value!r}")


def check_boundaries(after: Any, pieces: int) -> tuple[int, ...]:
    """Return the numbers of steps after which one piece of a schedule gives way to the next.

    Raises
    ------
    TypeError
        If one is not an integer.
    ValueError
        If one is negative or less than the one before, or there is not one less than the pieces.
    """
    steps = tuple(checks.integer("after", step, minimum=0) for step in after)
    if len(steps) != pieces - 1:
        raise ValueError(f"after must have one entry less than the {pieces} pieces, got {steps}")
    if list(steps) != sorted(steps):
        raise ValueError(f"after must not decrease, got {steps}")
    return steps


def power(base: Value, exponent: float) -> Value:
    """Return a power, which is infinite where it is too large for a float."""
    with np.errstate(over="ignore"):
        return as_value(np.power(base, exponent, dtype=float))


def as_value(value: Any) -> Value:
    """Return a scalar as a Python float, and an array as it is."""
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)
