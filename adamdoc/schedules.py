"""Learning rate schedules.

A schedule is any function of the step number t, which starts at 1. Those defined here are frozen
dataclasses, so that they can be compared and printed, and their parameters may be arrays that
broadcast.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array

Value = float | Array


def _set(schedule: object, name: str, value: Any) -> None:
    object.__setattr__(schedule, name, value)


@dataclass(frozen=True)
class Constant:
    r"""A constant learning rate.

    Parameters
    ----------
    lr : float or array_like
        The learning rate, greater than 0.

    Notes
    -----
    .. math::

        \eta_t = \eta

    Examples
    --------
    >>> from adamdoc.schedules import Constant
    >>> Constant(0.1)(7)
    0.1
    """

    lr: Value

    def __post_init__(self) -> None:
        """Check the learning rate."""
        _set(self, "lr", checks.number("lr", self.lr, "positive"))

    def __call__(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        checks.integer("t", t, minimum=1)
        return self.lr


@dataclass(frozen=True)
class Step:
    r"""Step decay: the learning rate is multiplied by a factor at regular intervals.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, greater than 0.
    every : int
        The number of steps between two drops, at least 1.
    factor : float or array_like, default 0.1
        The factor of each drop, at least 0 and less than 1.

    Notes
    -----
    .. math::

        \eta_t = \eta \gamma^{\lfloor (t - 1) / k \rfloor}

    with the factor :math:`\gamma` and :math:`k` steps between drops.

    Examples
    --------
    >>> from adamdoc.schedules import Step
    >>> [Step(1.0, every=2, factor=0.5)(t) for t in (1, 2, 3, 4, 5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    lr: Value
    every: int
    factor: Value = 0.1

    def __post_init__(self) -> None:
        """Check the arguments."""
        _set(self, "lr", checks.number("lr", self.lr, "positive"))
        _set(self, "every", checks.integer("every", self.every, minimum=1))
        _set(self, "factor", checks.number("factor", self.factor, "[0, 1)"))

    def __call__(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        return self.lr * self.factor ** ((checks.integer("t", t, minimum=1) - 1) // self.every)


@dataclass(frozen=True)
class Cosine:
    r"""Cosine decay: the learning rate follows half a period of a cosine.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, greater than 0.
    steps : int
        The number of steps until `final` is reached, at least 1. It is constant afterwards.
    final : float or array_like, default 0
        The final learning rate, at least 0.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{final}
            + \frac{\eta - \eta_\text{final}}{2} \left(1 + \cos \frac{\pi (t - 1)}{T}\right)

    for :math:`t \le T + 1`. Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent
    with warm restarts", ICLR 2017, equation 5, with one period.

    Examples
    --------
    >>> from adamdoc.schedules import Cosine
    >>> [round(Cosine(1.0, steps=4)(t), 3) for t in (1, 3, 5, 6)]
    [1.0, 0.5, 0.0, 0.0]
    """

    lr: Value
    steps: int
    final: Value = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        _set(self, "lr", checks.number("lr", self.lr, "positive"))
        _set(self, "steps", checks.integer("steps", self.steps, minimum=1))
        _set(self, "final", checks.number("final", self.final, "nonnegative"))

    def __call__(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        done = min((checks.integer("t", t, minimum=1) - 1) / self.steps, 1.0)
        return self.final + (self.lr - self.final) * float(1 + np.cos(np.pi * done)) / 2


@dataclass(frozen=True)
class InverseSqrt:
    r"""Inverse square root decay.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, greater than 0.

    Notes
    -----
    .. math::

        \eta_t = \frac{\eta}{\sqrt{t}}

    Source: the rate under which Kingma and Ba (ICLR 2015) state their Theorem 4.1.

    Examples
    --------
    >>> from adamdoc.schedules import InverseSqrt
    >>> InverseSqrt(0.1)(4)
    0.05
    """

    lr: Value

    def __post_init__(self) -> None:
        """Check the learning rate."""
        _set(self, "lr", checks.number("lr", self.lr, "positive"))

    def __call__(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        return self.lr / float(np.sqrt(checks.integer("t", t, minimum=1)))


@dataclass(frozen=True)
class WarmUp:
    r"""Linear warm-up before another schedule.

    Parameters
    ----------
    steps : int
        The number of warm-up steps, at least 1.
    then : callable
        The schedule that follows. Its step 1 is the first step after the warm-up.

    Notes
    -----
    .. math::

        \eta_t = \frac{t}{k + 1} \eta'_1 \text{ for } t \le k,
        \qquad \eta_t = \eta'_{t - k} \text{ for } t > k

    with :math:`k` warm-up steps before the schedule :math:`\eta'`.

    Examples
    --------
    >>> from adamdoc.schedules import Constant, WarmUp
    >>> [WarmUp(3, Constant(1.0))(t) for t in (1, 2, 3, 4, 5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    steps: int
    then: Callable[[int], Any]

    def __post_init__(self) -> None:
        """Check the arguments."""
        _set(self, "steps", checks.integer("steps", self.steps, minimum=1))
        if not callable(self.then):
            raise TypeError(f"then must be a schedule (a function of the step), got {self.then!r}")

    def __call__(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        checks.integer("t", t, minimum=1)
        if t > self.steps:
            return self.then(t - self.steps)
        return self.then(1) * t / (self.steps + 1)
