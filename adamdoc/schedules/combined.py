"""Schedules made of others: one after another, a warm-up before one, products."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adamdoc import checks
from adamdoc.schedules.base import Schedule, Value, check_boundaries, check_schedule
from adamdoc.schedules.curves import SHAPES, Interpolated
from adamdoc.schedules.decays import Constant


@dataclass(frozen=True)
class WarmUp(Schedule):
    r"""Linear warm-up before another schedule.

    Parameters
    ----------
    steps : int
        The number of warm-up steps, at least 0.
    then : callable
        The schedule that follows. Its step 1 is the first step after the warm-up.
    start : float or array_like, optional
        The learning rate of the first step, at least 0. By default it is one of equal increments
        from 0, so that no step is lost. Many libraries start at 0, and do not move in step 1.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{start} + \frac{t - 1}{k} (\eta'_1 - \eta_\text{start})
            \text{ for } t \le k,
        \qquad \eta_t = \eta'_{t - k} \text{ for } t > k

    with :math:`k` warm-up steps before the schedule :math:`\eta'`. By default
    :math:`\eta_\text{start} = \eta'_1 / (k + 1)`, which makes :math:`\eta_t = \frac{t}{k + 1}
    \eta'_1` in the warm-up.

    Examples
    --------
    >>> from adamdoc.schedules import Constant, WarmUp
    >>> [WarmUp(3, Constant(1.0))(t) for t in (1, 2, 3, 4, 5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    >>> [WarmUp(4, Constant(1.0), start=0.0)(t) for t in (1, 2, 3, 4, 5)]
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """

    steps: int
    then: Callable[[int], Any]
    start: Value | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._set("steps", checks.integer("steps", self.steps, minimum=0))
        check_schedule("then", self.then)
        if self.start is not None:
            self._check(start="nonnegative")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        if t > self.steps:
            return self.then(t - self.steps)
        peak = self.then(1)
        if self.start is None:
            return peak * t / (self.steps + 1)
        return self.start + (peak - self.start) * (t - 1) / self.steps


@dataclass(frozen=True)
class Sequence(Schedule):
    r"""Schedules one after another, each counting its steps from 1.

    Parameters
    ----------
    schedules : tuple of callable
        The schedules.
    after : tuple of int
        For each schedule but the last, the number of the last step at which it is used, counted
        from the start of the first. The numbers must not decrease.

    Notes
    -----
    .. math::

        \eta_t = \eta^{(i)}_{t - a_{i-1}} \text{ for } a_{i-1} < t \le a_i

    with the schedules :math:`\eta^{(1)}, \eta^{(2)}, \ldots` and their ends
    :math:`a_1, a_2, \ldots`, :math:`a_0 = 0`.

    Examples
    --------
    >>> from adamdoc.schedules import Constant, Linear, Sequence
    >>> schedule = Sequence((Constant(1.0), Linear(1.0, 0.0, steps=2)), after=(3,))
    >>> [schedule(t) for t in (1, 3, 4, 5, 6)]
    [1.0, 1.0, 1.0, 0.5, 0.0]
    """

    schedules: tuple[Callable[[int], Any], ...]
    after: tuple[int, ...]

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._set("schedules", tuple(self.schedules))
        for schedule in self.schedules:
            check_schedule("schedules", schedule)
        self._set("after", check_boundaries(self.after, len(self.schedules)))

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        i = bisect_left(self.after, t)
        return self.schedules[i](t - (self.after[i - 1] if i else 0))


@dataclass(frozen=True)
class Product(Schedule):
    r"""The product of schedules, such as a warm-up and a decay that run at the same time.

    Parameters
    ----------
    schedules : tuple of callable
        The schedules.

    Notes
    -----
    .. math::

        \eta_t = \prod_i \eta^{(i)}_t

    Examples
    --------
    >>> from adamdoc.schedules import Exponential, Linear, Product
    >>> schedule = Product((Exponential(1.0, 0.5), Linear(0.0, 1.0, steps=2)))
    >>> [schedule(t) for t in (1, 2, 3, 4)]
    [0.0, 0.25, 0.25, 0.125]
    """

    schedules: tuple[Callable[[int], Any], ...]

    def __post_init__(self) -> None:
        """Check the schedules."""
        self._set("schedules", tuple(self.schedules))
        for schedule in self.schedules:
            check_schedule("schedules", schedule)

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        product: Value = 1.0
        for schedule in self.schedules:
            product = product * schedule(t)
        return product


@dataclass(frozen=True)
class WarmupStableDecay(Schedule):
    r"""Warm-up, a long constant phase, and a decay: WSD, a trapezoid.

    The constant phase may be prolonged without starting again, because only the decay depends on
    the end of the run.

    Parameters
    ----------
    lr : float or array_like
        The learning rate of the constant phase, at least 0.
    warmup : int
        The number of warm-up steps, at least 0.
    stable : int
        The number of steps of the constant phase, at least 0.
    decay : float
        The number of steps until ``final`` is reached, greater than 0. It is constant afterwards.
    final : float or array_like, default 0
        The final learning rate, at least 0.
    shape : {"linear", "cosine", "sqrt"}, default "linear"
        The shape of the decay; "sqrt" is also known as 1-sqrt.
    start : float or array_like, optional
        The learning rate of the first step, as in `WarmUp`.

    Notes
    -----
    With :math:`w` steps of warm-up, :math:`c` constant ones and :math:`d` steps of decay:

    .. math::

        \eta_t = \frac{t}{w + 1} \eta \text{ for } t \le w,
        \qquad \eta_t = \eta \text{ for } w < t \le w + c,

    .. math::

        \eta_t = \eta + (\eta_\text{final} - \eta) \, s\left(\frac{t - w - c - 1}{d}\right)
            \text{ for } w + c < t \le w + c + d + 1

    with :math:`s(u)` equal to :math:`u`, :math:`(1 - \cos \pi u) / 2` or :math:`\sqrt{u}`. Source:
    S. Hu et al., "MiniCPM", 2024; A. Hägele et al., "Scaling laws and compute-optimal training
    beyond fixed training durations", NeurIPS 2024, with the shape "sqrt".

    Examples
    --------
    >>> from adamdoc.schedules import WarmupStableDecay
    >>> schedule = WarmupStableDecay(1.0, warmup=1, stable=3, decay=4)
    >>> [schedule(t) for t in (1, 2, 4, 5, 6, 7, 8, 9)]
    [0.5, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0]
    """

    lr: Value
    warmup: int
    stable: int
    decay: float
    final: Value = 0.0
    shape: str = "linear"
    start: Value | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative", final="nonnegative")
        self._check_scalars(decay="positive")
        for name in ("warmup", "stable"):
            self._set(name, checks.integer(name, getattr(self, name), minimum=0))
        checks.one_of("shape", self.shape, SHAPES)
        if self.start is not None:
            self._check(start="nonnegative")

    @cached_property
    def _whole(self) -> WarmUp:
        """Return the three phases."""
        down = Interpolated((1, 1 + self.decay), (self.lr, self.final), self.shape)
        then = Sequence((Constant(self.lr), down), (self.stable,))
        return WarmUp(self.warmup, then, self.start)

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        return self._whole.value(t)
