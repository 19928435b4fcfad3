"""MADGRAD."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy, zeros


@dataclass(frozen=True)
class MADGRAD(Optimizer):
    r"""Dual averaging with momentum, and a cube root in place of AdaGrad's square root.

    Every iterate is computed from the start and the weighted sum of all gradients, so that each
    gradient keeps its influence. Later gradients weigh more, by the root of t, which makes up for a
    denominator that only grows. Momentum is an average of the iterates. Use it where `AdaGrad`'s
    steps become short too soon; it was made to match both SGD on images and Adam on text.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. It is not comparable to that of other methods:
        because of the cube root, steps grow with the cube root of the gradients. The default is
        that of the authors' code; tune it over several powers of 10.
    momentum : float or array_like, default 0.9
        Weight of the last parameters in the new ones, at least 0 and less than 1. The paper's c is
        1 minus this.
    eps : float or array_like, default 1e-06
        Added to the cube root, at least 0.

    See Also
    --------
    AdaGrad : The square root, and no momentum.
    ScheduleFreeSGD : By the same author: a different average of the iterates.

    Notes
    -----
    .. math::

        \eta_t   &= \eta \sqrt{t} \\
        s_t      &= s_{t-1} + \eta_t g_t \\
        v_t      &= v_{t-1} + \eta_t g_t^2 \\
        z_t      &= \theta_0 - \frac{s_t}{v_t^{1/3} + \varepsilon} \\
        \theta_t &= \mu \theta_{t-1} + (1 - \mu) z_t

    with :math:`s_0 = 0` and :math:`v_0 = 0`. The paper writes :math:`\lambda_k` for :math:`\eta_t`,
    with k from 0, and :math:`\nu` for v. Its code adds eps also to the learning rate, and so do
    libraries.

    References
    ----------
    .. [1] A. Defazio and S. Jelassi, "Adaptivity without compromise: a momentumized, adaptive, dual
       averaged gradient method for stochastic optimization", JMLR 23(144), 2022, Algorithm 1.
       arXiv:2101.11075.

    Examples
    --------
    A thousand times the gradient gives ten times the step:

    >>> import numpy as np
    >>> from adamdoc import MADGRAD
    >>> optimizer = MADGRAD(lr=0.001, momentum=0.0, eps=0.0)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([1.0, 1000.0]), optimizer.init(theta))[0].round(6)
    array([-0.01, -0.1 ])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\eta_t", "rate", "step", "weight of this step's gradient"),
        Symbol(r"s_t", "s", "state", "weighted sum of the gradients"),
        Symbol(r"v_t", "v", "state", "weighted sum of the squared gradients", rule="nonnegative"),
        Symbol(r"z_t", "z", "step", "parameters before momentum"),
        Symbol(r"\theta_0", "start", "state", "initial parameters", start=r"\theta_0"),
        Symbol(r"\mu", "momentum", "hyperparameter", "weight of the last parameters", "[0, 1)"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad", "Momentum")
    paper: ClassVar[str] = "defazio2022"
    replaces_theta: ClassVar[bool] = True

    lr: Hyperparameter = 0.01
    momentum: Hyperparameter = 0.9
    eps: Hyperparameter = 1e-06

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "s": zeros(theta), "v": zeros(theta), "start": copy(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, momentum, eps = self._operands(theta, g, state)
        rate = lr * t**0.5
        s = state["s"] + rate * g
        v = state["v"] + rate * g**2
        z = state["start"] - s / (v ** (1 / 3) + eps)
        theta = momentum * theta + (1 - momentum) * z
        return theta, {**state, "t": t, "s": s, "v": v}
