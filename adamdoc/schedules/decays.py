"""Schedules that go on forever: constant, in steps, exponential, inverse time, inverse root."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.schedules.base import Schedule, Value, as_value, check_boundaries, power


@dataclass(frozen=True)
class Constant(Schedule):
    r"""A constant.

    Parameters
    ----------
    lr : float or array_like
        The value, at least 0.

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
        """Check the value."""
        self._check(lr="nonnegative")

    def value(self, t: int) -> Value:  # noqa: ARG002 - it is the same at every step
        """Return the value of step `t`."""
        return self.lr


@dataclass(frozen=True)
class Step(Schedule):
    r"""Step decay: the learning rate is multiplied by a factor at regular intervals.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    every : int
        The number of steps between two changes, at least 1.
    factor : float or array_like, default 0.1
        The factor of each change, at least 0.

    Notes
    -----
    .. math::

        \eta_t = \eta \gamma^{\lfloor (t - 1) / k \rfloor}

    with the factor :math:`\gamma` and :math:`k` steps between changes.

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
        self._check(lr="nonnegative", factor="nonnegative")
        self._set("every", checks.integer("every", self.every, minimum=1))

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        return self.lr * power(self.factor, (t - 1) // self.every)


@dataclass(frozen=True)
class PiecewiseConstant(Schedule):
    r"""Constant pieces: the learning rate changes after given numbers of steps.

    Use it where the drops are not evenly spaced, as in the recipes for ImageNet.

    Parameters
    ----------
    values : tuple of float or array_like
        The learning rates, each at least 0.
    after : tuple of int
        For each learning rate but the last, the number of the last step at which it is used. The
        numbers must not decrease.

    Notes
    -----
    .. math::

        \eta_t = v_i \text{ for } a_{i-1} < t \le a_i

    with the values :math:`v_1, v_2, \ldots` and the ends :math:`a_1, a_2, \ldots` of their pieces,
    :math:`a_0 = 0`.

    Examples
    --------
    >>> from adamdoc.schedules import PiecewiseConstant
    >>> schedule = PiecewiseConstant(values=(0.1, 0.01, 0.001), after=(2, 3))
    >>> [schedule(t) for t in (1, 2, 3, 4, 5)]
    [0.1, 0.1, 0.01, 0.001, 0.001]
    """

    values: tuple[Value, ...]
    after: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the arguments."""
        values = tuple(checks.number("values", v, "nonnegative") for v in self.values)
        self._set("values", values)
        self._set("after", check_boundaries(self.after, len(values)))

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        return self.values[bisect_left(self.after, t)]


@dataclass(frozen=True)
class Exponential(Schedule):
    r"""Exponential decay: the learning rate is multiplied by a factor in a given number of steps.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    factor : float or array_like
        The factor, at least 0; above 1 the learning rate grows.
    steps : float, default 1
        The number of steps in which the learning rate changes by the factor, greater than 0.
    staircase : bool, default False
        Whether it changes at once after every ``steps`` steps, not a little at each.
    final : float or array_like, optional
        The learning rate at which the decay, or the growth, stops.

    Notes
    -----
    .. math::

        \eta_t = \max(\eta \gamma^{(t - 1) / k}, \eta_\text{final})

    with the factor :math:`\gamma` and :math:`k` steps. In a staircase the exponent is
    :math:`\lfloor (t - 1) / k \rfloor`; for :math:`\gamma \ge 1` the maximum is a minimum.

    Examples
    --------
    >>> from adamdoc.schedules import Exponential
    >>> [Exponential(1.0, 0.25, steps=2)(t) for t in (1, 2, 3)]
    [1.0, 0.5, 0.25]
    """

    lr: Value
    factor: Value
    steps: float = 1
    staircase: bool = False
    final: Value | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative", factor="nonnegative")
        self._check_scalars(steps="positive")
        if self.final is not None:
            self._check(final="nonnegative")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        done = (t - 1) // self.steps if self.staircase else (t - 1) / self.steps
        lr = self.lr * power(self.factor, done)
        if self.final is None:
            return lr
        lower, upper = np.minimum(lr, self.final), np.maximum(lr, self.final)
        return as_value(np.where(np.less(self.factor, 1), upper, lower))


@dataclass(frozen=True)
class InverseTime(Schedule):
    r"""Inverse time decay: the learning rate is divided by a number that grows linearly.

    This is the argument ``decay`` of the optimizers of Keras before version 3, and ``lr_decay`` of
    PyTorch's Adagrad, both with ``steps=1``.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    decay : float or array_like
        The growth of the divisor in ``steps`` steps, at least 0.
    steps : float, default 1
        The number of steps, greater than 0.
    staircase : bool, default False
        Whether the divisor grows at once after every ``steps`` steps, not a little at each.

    Notes
    -----
    .. math::

        \eta_t = \frac{\eta}{1 + \delta \, (t - 1) / k}

    with the decay :math:`\delta` and :math:`k` steps. In a staircase :math:`(t - 1) / k` is rounded
    down.

    Examples
    --------
    >>> from adamdoc.schedules import InverseTime
    >>> [InverseTime(0.1, decay=0.5)(t) for t in (1, 3, 7)]
    [0.1, 0.05, 0.025]
    """

    lr: Value
    decay: Value
    steps: float = 1
    staircase: bool = False

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative", decay="nonnegative")
        self._check_scalars(steps="positive")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        done = (t - 1) // self.steps if self.staircase else (t - 1) / self.steps
        return self.lr / (1 + self.decay * done)


@dataclass(frozen=True)
class InverseSqrt(Schedule):
    r"""Inverse square root decay.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    scale : float, default 1
        The number of steps over which the decay is slow, greater than 0: after three times as many
        the learning rate has halved.

    Notes
    -----
    .. math::

        \eta_t = \eta \sqrt{\frac{s}{t - 1 + s}}

    with the scale :math:`s`; for :math:`s = 1` that is :math:`\eta / \sqrt{t}`, the rate under
    which Kingma and Ba (ICLR 2015) state their Theorem 4.1.

    After a warm-up of :math:`w - 1` steps and with the scale :math:`w` it is the schedule of the
    Transformer, :math:`\eta \min(t / w, \sqrt{w / t})`. Source: A. Vaswani et al., "Attention is
    all you need", NeurIPS 2017, equation 3, where :math:`\eta = 1 / \sqrt{d w}` in a model of width
    :math:`d`.

    Examples
    --------
    >>> from adamdoc.schedules import InverseSqrt, WarmUp
    >>> InverseSqrt(0.1)(4)
    0.05
    >>> noam = WarmUp(3, InverseSqrt(1.0, scale=4))
    >>> [noam(t) for t in (1, 2, 3, 4, 16)]
    [0.25, 0.5, 0.75, 1.0, 0.5]
    """

    lr: Value
    scale: float = 1

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative")
        self._check_scalars(scale="positive")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        return self.lr / float(np.sqrt((t - 1 + self.scale) / self.scale))
