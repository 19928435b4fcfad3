"""Adan as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adan import Adan


@dataclass(frozen=True)
class AdanDialect(Optimizer):
    r"""Adan with switches for the differences between libraries.

    The paper and pytorch_optimizer weight a gradient difference by the decay rate of the average of
    differences. Optax weights it by 1 minus that rate, which ``alpha`` can express. Weight decay is
    left to a wrapper. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.98
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.92
        Decay rate of the average of differences, at least 0 and less than 1.
    beta3 : float or array_like, default 0.99
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0.
    alpha : float or array_like, default 0.92
        Weight of a gradient difference, at least 0.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        \Delta_t  &= \min(1, t - 1) (g_t - \bar{g}_{t-1}) \\
        d_t       &= \beta_2 d_{t-1} + (1 - \beta_2) \Delta_t \\
        n_t       &= \beta_3 n_{t-1} + (1 - \beta_3) (g_t + \alpha \Delta_t)^2 \\
        \bar{g}_t &= g_t \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} + \alpha \frac{d_t}{1 - \beta_2^t} \\
        \hat{n}_t &= \frac{n_t}{1 - \beta_3^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{n}_t + \delta} + \varepsilon}

    with all states 0 at the start.

    References
    ----------
    .. [1] X. Xie and others, "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep
       models", 2022, Algorithm 1. arXiv:2208.06677.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import AdanDialect
    >>> optimizer = AdanDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *Adan.symbols,
        Symbol(
            r"\alpha",
            "alpha",
            "hyperparameter",
            "weight of the differences of gradients",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adan",)
    paper: ClassVar[str] = "xie2022"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.98
    beta2: Hyperparameter = 0.92
    beta3: Hyperparameter = 0.99
    eps: Hyperparameter = 1e-08
    eps_root: Hyperparameter = 0.0
    alpha: Hyperparameter = 0.92

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {
            "t": 0,
            "m": zeros(theta),
            "d": zeros(theta),
            "n": zeros(theta),
            "g_last": zeros(theta),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, beta3, eps, eps_root, alpha = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        delta = min(1, t - 1) * (g - state["g_last"])
        d = beta2 * state["d"] + (1 - beta2) * delta
        n = beta3 * state["n"] + (1 - beta3) * (g + alpha * delta) ** 2
        g_last = g
        m_hat = m / (1 - beta1**t) + alpha * d / (1 - beta2**t)
        n_hat = n / (1 - beta3**t)
        theta = theta - lr * m_hat / (np.sqrt(n_hat + eps_root) + eps)
        return theta, {"t": t, "m": m, "d": d, "n": n, "g_last": g_last}
