"""Gradient accumulation: a step every few gradients."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Params, State, zeros
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class GradientAccumulation(Wrapper):
    r"""Steps with the mean of several gradients, and rests in between.

    Use it where a batch does not fit into memory: the step is that of a batch ``steps`` times as
    large. The wrapped optimizer counts its own steps, so its bias correction and its learning rate
    schedule advance once every ``steps`` gradients. Everything that should see the mean gradient,
    such as clipping or decay, belongs inside.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    steps : int, default 4
        Number of gradients in a step, at least 1.

    Notes
    -----
    .. math::

        a_t       &= g_t \text{ if } (t - 1) \bmod k = 0, \text{ otherwise } a_{t-1} + g_t \\
        \bar{g}_t &= \frac{a_t}{k} \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)
                     \text{ every } k \text{ steps, otherwise } \theta_{t-1}

    with :math:`a_0 = 0`. The n-th step of the wrapped optimizer is at :math:`t = n k`.

    References
    ----------
    .. [1] M. Ott, S. Edunov, D. Grangier and M. Auli, "Scaling neural machine translation", WMT
       2018, section 3.3. arXiv:1806.00187.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientAccumulation, GradientDescent
    >>> optimizer = GradientAccumulation(GradientDescent(lr=1.0), steps=2)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for g in (1.0, 3.0, 5.0, 5.0):
    ...     theta, state = optimizer.update(theta, np.array([g]), state)
    ...     print(theta)
    [0.]
    [-2.]
    [-2.]
    [-7.]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"a_t", "accumulated", "state", "sum of the gradients since the last step"),
        Symbol(r"\bar{g}_t", "mean", "step", "mean of the gradients since the last step"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "ott2018"
    _rests: ClassVar[bool] = True

    steps: Hyperparameter = 4

    def inner_step(self, t: int) -> int:
        """Return the number of the step that the wrapped optimizer takes next."""
        return -(-t // int(self.steps))  # type: ignore[arg-type]

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self._with(self.optimizer.init(theta), accumulated=zeros(theta))

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, steps = self._operands(theta, g, state)
        accumulated, inside = self._parted(state, "accumulated")
        accumulated = g if (t - 1) % steps == 0 else accumulated + g
        mean = accumulated / steps
        if t % steps == 0:
            theta, inside = self.optimizer.update(theta, mean, inside, **extra)
        return theta, {**inside, "t": t, "accumulated": accumulated}
