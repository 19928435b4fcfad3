"""Stochastic gradient descent as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class SGD(Optimizer):
    r"""Gradient descent with momentum, dampening and a Nesterov step, as in PyTorch.

    It combines `GradientDescent`, `HeavyBall` and `Nesterov`, with the switches of libraries.
    Libraries call it SGD whatever the gradient is that of: one sample, a mini-batch, or the whole
    data set, in which case nothing is stochastic.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    momentum : float or array_like, default 0.0
        Decay rate of the buffer, at least 0 and less than 1. 0.9 is a common choice.
    dampening : float or array_like, default 0.0
        Share of each gradient, except the first, that is left out of the buffer; from 0 to 1.
    nesterov : float, default 0.0
        1 uses the buffer as it will be at the next step (Nesterov), 0 the current one.
    rate_first : float, default 0.0
        1 multiplies the learning rate in before the buffer, as Keras does, 0 after it, as PyTorch
        and Optax do. It matters under a schedule: in the buffer, the steps of the past keep the
        learning rate that they had.

    Notes
    -----
    .. math::

        b_t      &= \mu b_{t-1} + \eta^{h_b} (1 - \tau \min(1, t - 1)) g_t \\
        \Delta_t &= \nu (\eta^{h_b} g_t + \mu b_t) + (1 - \nu) b_t \\
        \theta_t &= \theta_{t-1} - \eta^{1 - h_b} \Delta_t

    with :math:`b_0 = 0`. PyTorch ignores dampening if the momentum is 0.

    References
    ----------
    .. [1] H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical
       Statistics 22(3), 1951, equation 8.
    .. [2] I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and
       momentum in deep learning", ICML 2013, equations 1 to 4.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import SGD
    >>> optimizer = SGD(lr=0.1, momentum=0.9)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9999, 98.    ])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("HeavyBall", "Nesterov")
    paper: ClassVar[str] = "robbins1951"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    momentum: Hyperparameter = 0.0
    dampening: Hyperparameter = 0.0
    nesterov: Hyperparameter = 0.0
    rate_first: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, momentum, dampening, nesterov, rate_first = values
        b = momentum * state["b"] + lr**rate_first * (1 - dampening * min(1, t - 1)) * g
        delta = nesterov * (lr**rate_first * g + momentum * b) + (1 - nesterov) * b
        theta = theta - lr ** (1 - rate_first) * delta
        return theta, {"t": t, "b": b}
