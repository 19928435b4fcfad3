"""Yogi as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class YogiDialect(Optimizer):
    r"""Yogi with bias correction and an initial value of both moments.

    This is the form of Optax and of pytorch_optimizer. The correction assumes moments that start at
    zero, although these do not. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 0.001
        Added to the root of the second moment, at least 0.
    initial : float or array_like, default 1e-06
        Both moments before the first step, at least 0.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= v_{t-1} - (1 - \beta_2) \mathrm{sign}(v_{t-1} + \iota - g_t^2) g_t^2 \\
        \hat{m}_t &= \frac{m_t + \beta_1^t \iota}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{\max(0, v_t + \iota)}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}

    with :math:`m_0 = 0` and :math:`v_0 = 0`, to which :math:`\iota` is added where they are used.

    References
    ----------
    .. [1] M. Zaheer and others, "Adaptive methods for nonconvex optimization", NeurIPS 2018,
       Algorithm 2 (without correction).

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import YogiDialect
    >>> optimizer = YogiDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9969, -1.9   ])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Yogi",)
    paper: ClassVar[str] = "zaheer2018"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.01
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 0.001
    initial: Hyperparameter = 1e-06

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, initial = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = state["v"] - (1 - beta2) * np.sign(state["v"] + initial - g**2) * g**2
        m_hat = (m + beta1**t * initial) / (1 - beta1**t)
        v_hat = np.maximum(0, v + initial) / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        return theta, {"t": t, "m": m, "v": v}
