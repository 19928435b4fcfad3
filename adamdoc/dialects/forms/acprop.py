"""ACProp as Optax implements it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.acprop import ACProp


@dataclass(frozen=True)
class ACPropDialect(Optimizer):
    r"""ACProp as Optax implements it: centred about the mean before this gradient.

    The second moment is centred about the first moment of the last step, in
    `adamdoc.ACProp` about that of this step. From the second step on, this divides by a denominator
    that is 1 / beta1 times as large. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-16
        Added to the root of the second moment, at least 0.
    eps_root : float or array_like, default 1e-16
        Added to the second moment at every step, at least 0.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        \hat{s}_t &= \frac{s_{t-1}}{1 - \beta_2^{\max(1, t - 1)}} \text{ if } t > 1,
                     \text{ otherwise } 1 \\
        s_t       &= \beta_2 s_{t-1} + (1 - \beta_2) (g_t - m_{t-1})^2 + \delta \\
        \theta_t  &= \theta_{t-1} - \eta \frac{g_t}{\sqrt{\hat{s}_t} + \varepsilon}

    with :math:`m_0 = 0` and :math:`s_0 = 0`.

    References
    ----------
    .. [1] J. Zhuang and others, "Momentum centering and asynchronous update for adaptive gradient
       methods", NeurIPS 2021. arXiv:2110.05454.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import ACPropDialect
    >>> optimizer = ACPropDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> optimizer.update(theta, np.array([1.0, -1.0]), optimizer.init(theta))[0]
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = ACProp.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("ACProp",)
    paper: ClassVar[str] = "zhuang2021"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-16
    eps_root: Hyperparameter = 1e-16

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "s": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, eps_root = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        s_hat = state["s"] / (1 - beta2 ** max(1, t - 1)) if t > 1 else np.ones_like(g)
        s = beta2 * state["s"] + (1 - beta2) * (g - state["m"]) ** 2 + eps_root
        theta = theta - lr * g / (np.sqrt(s_hat) + eps)
        return theta, {"t": t, "m": m, "s": s}
