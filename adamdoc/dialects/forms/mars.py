"""MARS as pytorch_optimizer implements it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy, zeros
from adamdoc.optimizers.methods.mars import MARS


@dataclass(frozen=True)
class MARSDialect(Optimizer):
    r"""MARS with the small constants beside the root of the uncorrected second moment.

    Early on, the correction of the bias divides them too, so that they count for more than in
    `adamdoc.MARS`. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.003
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.95
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.99
        Decay rate of the second moment, at least 0 and less than 1.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    gamma : float or array_like, default 0.025
        Strength of the correction, at least 0.
    eps_root : float or array_like, default 1e-15
        Added to the second moment under the root, at least 0.
    eps_hat : float or array_like, default 1e-08
        Added to the root, at least 0.

    Notes
    -----
    .. math::

        \hat{g}_t &= g_t + \gamma \frac{\beta_1}{1 - \beta_1} (g_t - u_{t-1}) \\
        u_t       &= g_t \\
        \bar{g}_t &= \frac{\hat{g}_t}{\max(1, \lVert \hat{g}_t \rVert)} \\
        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) \bar{g}_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) \bar{g}_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \Delta_t  &= \frac{\sqrt{1 - \beta_2^t} \hat{m}_t}
                     {\sqrt{v_t + \delta} + \hat{\varepsilon}} \\
        \theta_t  &= \theta_{t-1} - \eta (\Delta_t + \lambda \theta_{t-1})

    with :math:`m_0 = 0`, :math:`v_0 = 0` and :math:`u_0 = 0`, and the norm of one array.

    References
    ----------
    .. [1] H. Yuan, Y. Liu, S. Wu, X. Zhou and Q. Gu, "MARS: unleashing the power of variance
       reduction for training large models", ICML 2025, Algorithm 2. arXiv:2411.10438.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import MARSDialect
    >>> optimizer = MARSDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> optimizer.update(theta, np.array([0.3, -0.1]), optimizer.init(theta))[0].round(6)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = MARS.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("MARS",)
    paper: ClassVar[str] = "yuan2025"
    general_form: ClassVar[bool] = True
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.003
    beta1: Hyperparameter = 0.95
    beta2: Hyperparameter = 0.99
    weight_decay: Hyperparameter = 0.0
    gamma: Hyperparameter = 0.025
    eps_root: Hyperparameter = 1e-15
    eps_hat: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "last_g": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, weight_decay, gamma, *small = self._operands(theta, g, state)
        eps_root, eps_hat = small
        corrected = g + gamma * beta1 / (1 - beta1) * (g - state["last_g"])
        last_g = copy(g)
        clipped = corrected / max(arrays.norm(corrected), 1.0)
        m = beta1 * state["m"] + (1 - beta1) * clipped
        v = beta2 * state["v"] + (1 - beta2) * clipped**2
        m_hat = m / (1 - beta1**t)
        delta = (1 - beta2**t) ** 0.5 * m_hat / (np.sqrt(v + eps_root) + eps_hat)
        theta = theta - lr * (delta + weight_decay * theta)
        return theta, {"t": t, "m": m, "v": v, "last_g": last_g}
