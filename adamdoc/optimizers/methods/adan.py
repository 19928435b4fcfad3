"""Adan."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Adan(Optimizer):
    r"""Adaptive Nesterov momentum: Adam that looks ahead along the change of the gradient.

    It also averages the differences of successive gradients, and uses them to extrapolate the first
    moment by one step. Use it for large batches and large learning rates. The state has four arrays
    per parameter array.

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
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
        It divides by 1 plus that product, as a proximal step does.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        \Delta_t  &= \min(1, t - 1) (g_t - \bar{g}_{t-1}) \\
        d_t       &= \beta_2 d_{t-1} + (1 - \beta_2) \Delta_t \\
        n_t       &= \beta_3 n_{t-1} + (1 - \beta_3) (g_t + \beta_2 \Delta_t)^2 \\
        \bar{g}_t &= g_t \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} + \beta_2 \frac{d_t}{1 - \beta_2^t} \\
        \hat{n}_t &= \frac{n_t}{1 - \beta_3^t} \\
        \theta_t  &= \frac{\theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{n}_t} + \varepsilon}}
                     {1 + \eta \lambda}

    with all states 0 at the start. The paper's :math:`\beta` are 1 minus those here: 0.02, 0.08 and
    0.01. Its Algorithm 1 starts the averages at the first gradient; its code, and this, correct
    them for a start at zero instead.

    References
    ----------
    .. [1] X. Xie and others, "Adan: adaptive Nesterov momentum algorithm for faster optimizing deep
       models", 2022, Algorithm 1. arXiv:2208.06677.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adan
    >>> optimizer = Adan(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"d_t", "d", "state", "exponential average of the differences of gradients"),
        Symbol(
            r"n_t", "n", "state", "second moment of the extrapolated gradients", rule="nonnegative"
        ),
        Symbol(r"\bar{g}_t", "g_last", "state", "the last gradient"),
        Symbol(r"\Delta_t", "delta", "step", "difference of the last two gradients"),
        Symbol(r"\hat{m}_t", "m_hat", "step", "first moment, corrected and extrapolated"),
        Symbol(r"\hat{n}_t", "n_hat", "step", "bias-corrected second moment"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdamW", "Nesterov")
    paper: ClassVar[str] = "xie2022"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.98
    beta2: Hyperparameter = 0.92
    beta3: Hyperparameter = 0.99
    eps: Hyperparameter = 1e-08
    weight_decay: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {
            "t": 0,
            "m": zeros(theta),
            "d": zeros(theta),
            "n": zeros(theta),
            "g_last": zeros(theta),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, beta3, eps, weight_decay = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        delta = min(1, t - 1) * (g - state["g_last"])
        d = beta2 * state["d"] + (1 - beta2) * delta
        n = beta3 * state["n"] + (1 - beta3) * (g + beta2 * delta) ** 2
        g_last = g
        m_hat = m / (1 - beta1**t) + beta2 * d / (1 - beta2**t)
        n_hat = n / (1 - beta3**t)
        theta = (theta - lr * m_hat / (np.sqrt(n_hat) + eps)) / (1 + lr * weight_decay)
        return theta, {"t": t, "m": m, "d": d, "n": n, "g_last": g_last}
