"""Adam."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Adam(Optimizer):
    r"""Adaptive moment estimation.

    It keeps exponential averages of the gradients and of their squares, corrects the bias of both
    towards zero, and steps by the first over the root of the second. The defaults are the paper's.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule. The paper calls it alpha. In each coordinate a
        step is at most about this long; at the default betas it stays below 7.28 times this.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-8
        Added to the root of the corrected second moment, at least 0. With 0, a coordinate whose
        gradient has always been zero becomes nan.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}

    with :math:`m_0 = 0` and :math:`v_0 = 0`. This is Algorithm 1 of the paper, which combines
    `AdaGrad` with `RMSprop` (section 1). The variant at the end of its section 2 folds both
    corrections into the learning rate; there the added number is no longer the same
    :math:`\varepsilon`.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
       Algorithm 1. arXiv:1412.6980.

    Examples
    --------
    The first step has length ``lr`` in each coordinate, whatever the gradient's size:

    >>> import numpy as np
    >>> from adamdoc import Adam
    >>> optimizer = Adam(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(5)
    array([ 0.9, -1.9])
    >>> sorted(state)
    ['m', 't', 'v']
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Momentum", "RMSprop", "AdaGrad")
    paper: ClassVar[str] = "kingma2015"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        return theta, {"t": t, "m": m, "v": v}
