"""Schedules from one value to another in a given number of steps, and through given points."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, cos, pi, sqrt

from adamdoc import checks
from adamdoc.schedules.base import Schedule, Value, power

#: The shares of a change by its name: functions from [0, 1] to [0, 1].
SHAPES: dict[str, Callable[[float], float]] = {
    "linear": lambda u: u,
    "cosine": lambda u: (1 - cos(pi * u)) / 2,
    "sqrt": sqrt,
}


@dataclass(frozen=True)
class Linear(Schedule):
    r"""A linear change from one value to another.

    Parameters
    ----------
    start : float or array_like
        The value of the first step, at least 0.
    final : float or array_like
        The final value, at least 0.
    steps : float
        The number of steps until ``final`` is reached, greater than 0. It is constant afterwards.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{start} + (\eta_\text{final} - \eta_\text{start})
            \min\left(\frac{t - 1}{T}, 1\right)

    Examples
    --------
    >>> from adamdoc.schedules import Linear
    >>> [Linear(0.0, 1.0, steps=4)(t) for t in (1, 2, 3, 5, 6)]
    [0.0, 0.25, 0.5, 1.0, 1.0]
    """

    start: Value
    final: Value
    steps: float

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(start="nonnegative", final="nonnegative")
        self._check_scalars(steps="positive")

    def value(self, t: int) -> Value:
        """Return the value of step `t`."""
        left = 1 - min((t - 1) / self.steps, 1.0)
        return self.final + (self.start - self.final) * left


@dataclass(frozen=True)
class Polynomial(Schedule):
    r"""Polynomial decay: a power of the share of steps that is left.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    steps : float
        The number of steps until ``final`` is reached, greater than 0. It is constant afterwards.
    final : float or array_like, default 0
        The final learning rate, at least 0.
    power : float, default 1
        The exponent, at least 0; 1 gives a line.
    cycle : bool, default False
        Whether to go on after ``steps`` steps as if the decay took the next multiple of them.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{final} + (\eta - \eta_\text{final})
            \left(1 - \frac{t - 1}{T}\right)^p

    for :math:`t \le T + 1`. With ``cycle``, :math:`T` is the smallest multiple of ``steps`` that is
    at least :math:`t - 1`.

    Examples
    --------
    >>> from adamdoc.schedules import Polynomial
    >>> [Polynomial(1.0, steps=4, power=2)(t) for t in (1, 3, 5, 6)]
    [1.0, 0.25, 0.0, 0.0]
    """

    lr: Value
    steps: float
    final: Value = 0.0
    power: float = 1.0
    cycle: bool = False

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative", final="nonnegative", power="nonnegative")
        self._check_scalars(steps="positive")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        done = (t - 1) / self.steps
        done = done / max(ceil(done), 1) if self.cycle else min(done, 1.0)
        return self.final + (self.lr - self.final) * power(1 - done, self.power)


@dataclass(frozen=True)
class Cosine(Schedule):
    r"""Cosine decay: the learning rate follows half a period of a cosine.

    It is also called cosine annealing.

    Parameters
    ----------
    lr : float or array_like
        The initial learning rate, at least 0.
    steps : float
        The number of steps until ``final`` is reached, greater than 0. It is constant afterwards.
    final : float or array_like, default 0
        The final learning rate, at least 0.
    periodic : bool, default False
        Whether to follow the cosine further instead: up to `lr` in as many steps, down again.
    power : float, default 1
        An exponent of the curve, at least 0.

    Notes
    -----
    .. math::

        \eta_t = \eta_\text{final} + (\eta - \eta_\text{final})
            \left(\frac{1 + \cos(\pi (t - 1) / T)}{2}\right)^p

    for :math:`t \le T + 1`. Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent
    with warm restarts", ICLR 2017, equation 5, with one period.

    Examples
    --------
    >>> from adamdoc.schedules import Cosine
    >>> [round(Cosine(1.0, steps=4)(t), 3) for t in (1, 3, 5, 6)]
    [1.0, 0.5, 0.0, 0.0]
    """

    lr: Value
    steps: float
    final: Value = 0.0
    periodic: bool = False
    power: float = 1.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._check(lr="nonnegative", final="nonnegative", power="nonnegative")
        self._check_scalars(steps="positive")

    def value(self, t: int) -> Value:
        """Return the learning rate of step `t`."""
        done = (t - 1) / self.steps
        done = done if self.periodic else min(done, 1.0)
        return self.final + (self.lr - self.final) * power((1 + cos(pi * done)) / 2, self.power)


@dataclass(frozen=True)
class Interpolated(Schedule):
    r"""A curve through given points.

    Parameters
    ----------
    at : tuple of float
        The steps of the points, increasing. They may be fractions, and the first may be less than
        1.
    values : tuple of float or array_like
        The values of the points, each at least 0. The first is also that of the steps before its
        point, the last that of the steps after.
    shape : {"linear", "cosine", "sqrt"}, default "linear"
        The shape of the curve from each point to the next.

    Notes
    -----
    .. math::

        \eta_t = v_i + (v_{i+1} - v_i) \, s\left(\frac{t - \tau_i}{\tau_{i+1} - \tau_i}\right)
        \text{ for } \tau_i \le t \le \tau_{i+1}

    with :math:`s(u)` equal to :math:`u`, :math:`(1 - \cos \pi u) / 2` or :math:`\sqrt{u}`.

    Examples
    --------
    >>> from adamdoc.schedules import Interpolated
    >>> schedule = Interpolated(at=(1, 3, 7), values=(0.0, 1.0, 0.5))
    >>> [schedule(t) for t in (1, 2, 3, 5, 7, 8)]
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]
    """

    at: tuple[float, ...]
    values: tuple[Value, ...]
    shape: str = "linear"

    def __post_init__(self) -> None:
        """Check the arguments."""
        self._set("at", tuple(checks.number("at", step) for step in self.at))
        self._set("values", tuple(checks.number("values", v, "nonnegative") for v in self.values))
        if not self.at or len(self.at) != len(self.values):
            raise ValueError(
                f"at and values must have the same number of entries, at least 1, got "
                f"{len(self.at)} and {len(self.values)}"
            )
        if list(self.at) != sorted(set(self.at)):
            raise ValueError(f"at must increase, got {self.at}")
        checks.one_of("shape", self.shape, SHAPES)

    def value(self, t: int) -> Value:
        """Return the value of step `t`."""
        i = bisect_right(self.at, t)
        if i in (0, len(self.at)):
            return self.values[max(i - 1, 0)]
        share = SHAPES[self.shape]((t - self.at[i - 1]) / (self.at[i] - self.at[i - 1]))
        return self.values[i - 1] + (self.values[i] - self.values[i - 1]) * share
