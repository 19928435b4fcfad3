"""Schedules in cycles: restarts, one cycle, triangles."""

from dataclasses import dataclass
from functools import cached_property
from math import cos, pi
from typing import Any

from adamdoc import checks
from adamdoc.schedules.base import Schedule, Value, power
from adamdoc.schedules.curves import SHAPES, Interpolated


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    r"""Cosine decay with warm restarts.

    It is also called SGDR, or cosine annealing with restarts.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    steps : float
        The number of steps of the first period, greater than 0.
    growth : float, default 1
        The factor by which each period is longer than the one before, at least 1.
    factor : float or array_like, default 1
        The factor by which the decaying part is multiplied at each restart, at least 0.
    final : float or array_like, default 0
        The learning rate at which each period ends, at least 0.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{final} + (\eta - \eta_\text{final}) \, \mu^i \,
            \frac{1 + \cos(\pi \, T_\text{cur} / T_i)}{2},
        \qquad T_i = T_0 g^i

    in period :math:`i`, which starts at 0 and after :math:`T_0 + \ldots + T_{i-1}` steps, with
    :math:`T_\text{cur}` of its steps done, the growth :math:`g` and the factor :math:`\mu`. The
    final learning rate itself is never reached: there the next period starts. Source: I.
    Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    equation 5.

    Examples
    --------
    >>> from adamdoc.schedules import CosineRestarts
    >>> schedule = CosineRestarts(1.0, steps=2, growth=2)
    >>> [round(schedule(t), 3) for t in (1, 2, 3, 5, 7)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    lr: Value
    steps: float
    growth: float = 1.0
    factor: Value = 1.0
    final: Value = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative", final="nonnegative", factor="nonnegative")
        self._check_scalars(steps="positive", growth="at least 1")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        done, length, period = float(t - 1), float(self.steps), 0
        if self.growth == 1:
            period, done = int(done // length), done % length
        while done >= length:
            done -= length
            length *= self.growth
            period += 1
        height = power(self.factor, period) * ((1 + cos(pi * done / length)) / 2)
        return self.final + (self.lr - self.final) * height


@dataclass(frozen=True)
class OneCycle(Schedule):
    r"""One cycle: up to a peak and down to a final value.

    It is also called the 1cycle policy.

    Use it for the learning rate, and upside down for the momentum, or for Adam's `beta1`: give it a
    ``peak`` lower than ``start`` and ``final``.

    Parameters
    ----------
    peak : float or array_like
        The value at the peak, at least 0.
    steps : int
        The number of steps, at least 1. The value is constant after the last of them.
    start : float or array_like, optional
        The value of the first step, at least 0. By default it is a 25th of the peak.
    final : float or array_like, optional
        The value of the last step, at least 0. By default it is a 10,000th of ``start``.
    up : float, default 0.3
        The share of the steps up to the peak, at least 0 and at most 1.
    shape : {"cosine", "linear", "sqrt"}, default "cosine"
        The shape of each phase.
    three_phases : bool, default False
        Whether to return to ``start`` in as many steps as the rise took, and then go to ``final``.

    Notes
    -----
    The curve goes through :math:`\eta_\text{start}` at step 1, :math:`\eta_\text{peak}` at step
    :math:`u T` and :math:`\eta_\text{final}` at step :math:`T`; in three phases also through
    :math:`\eta_\text{start}` at step :math:`2 u T - 1`. From value :math:`a` at step :math:`\tau`
    to :math:`b` at step :math:`\tau'` it is

    .. math::

        \eta_t = a + (b - a) \, \frac{1 - \cos \left(\pi (t - \tau) / (\tau' - \tau)\right)}{2}

    or a line. Source: L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
    networks using large learning rates", 2018, with lines.

    Examples
    --------
    >>> from adamdoc.schedules import OneCycle
    >>> rate = OneCycle(1.0, steps=10, start=0.1, final=0.0)
    >>> [round(rate(t), 3) for t in (1, 2, 3, 10)]
    [0.1, 0.55, 1.0, 0.0]
    >>> momentum = OneCycle(0.85, steps=10, start=0.95, final=0.95)
    >>> [round(momentum(t), 3) for t in (1, 2, 3, 10)]
    [0.95, 0.9, 0.85, 0.95]
    """

    peak: Value
    steps: int
    start: Value | None = None
    final: Value | None = None
    up: float = 0.3
    shape: str = "cosine"
    three_phases: bool = False

    def __post_init__(self) -> None:
        """Check the arguments, and complete them."""
        self._check(peak="nonnegative")
        if self.start is None:
            self._set("start", self.peak / 25)
        self._check(start="nonnegative")
        self._check_scalars(up="[0, 1]")
        if self.final is None:
            self._set("final", self.start / 1e4)  # type: ignore[operator]
        self._check(final="nonnegative")
        self._set("steps", checks.integer("steps", self.steps, minimum=1))
        checks.one_of("shape", self.shape, SHAPES)
        if self.three_phases and not 1 < self.up * self.steps <= self.steps / 2:
            raise ValueError(
                "up must be at most 0.5, and up * steps more than 1, with three_phases, got "
                f"up = {self.up} and steps = {self.steps}"
            )

    @cached_property
    def _curve(self) -> Interpolated:
        """Return the curve from the first step to the last."""
        top = float(self.up * self.steps)
        points: dict[float, Any] = {1.0: self.start} if top >= 1 else {}
        points[top] = self.peak
        if self.three_phases:
            points[2 * top - 1] = self.start
        points.setdefault(float(self.steps), self.final)
        at, values = zip(*points.items(), strict=True)
        return Interpolated(at, values, self.shape)

    def value(self, t: int) -> Value:
        """Return the value of step `t`."""
        return self._curve.value(t)


@dataclass(frozen=True)
class Cyclic(Schedule):
    r"""Triangles: up and down between two values.

    Parameters
    ----------
    low : float or array_like
        The value at the start of each cycle, at least 0.
    high : float or array_like
        The value at the peak of the first cycle, at least 0. For a momentum it is less than `low`.
    up : float
        The number of steps up to the peak, greater than 0.
    down : float, optional
        The number of steps down from it, greater than 0; by default as many.
    factor : float, default 1
        The factor by which each triangle is higher than the one before, at least 0.
    decay : float, default 1
        The factor by which the height is multiplied at each step, at least 0.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{low} + (\eta_\text{high} - \eta_\text{low}) \, \mu^i \gamma^{t - 1} \,
            \min\left(\frac{n}{u}, \frac{u + d - n}{d}\right)

    with :math:`i` cycles and :math:`n` steps of the next one done, :math:`u` steps up and :math:`d`
    down, the factor :math:`\mu` and the decay :math:`\gamma`. Source: L. N. Smith, "Cyclical
    learning rates for training neural networks", WACV 2017; there "triangular2" has
    :math:`\mu = 1/2` and "exp_range" some :math:`\gamma < 1`.

    Examples
    --------
    >>> from adamdoc.schedules import Cyclic
    >>> [Cyclic(0.0, 1.0, up=2, factor=0.5)(t) for t in (1, 2, 3, 4, 5, 6, 7)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5]
    """

    low: Value
    high: Value
    up: float
    down: float | None = None
    factor: float = 1.0
    decay: float = 1.0

    def __post_init__(self) -> None:
        """Check the arguments, and complete them."""
        self._check(low="nonnegative", high="nonnegative", factor="nonnegative")
        self._check(decay="nonnegative")
        if self.down is None:
            self._set("down", self.up)
        self._check_scalars(up="positive", down="positive")

    def value(self, t: int) -> Value:
        """Return the value of step `t`."""
        assert self.down is not None
        cycle, done = divmod(t - 1, self.up + self.down)
        triangle = min(done / self.up, (self.up + self.down - done) / self.down)
        height = power(self.factor, cycle) * power(self.decay, t - 1) * triangle
        return self.low + (self.high - self.low) * height
