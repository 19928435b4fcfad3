"""Optimistic Adam as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.optimistic_adam import OptimisticAdam


@dataclass(frozen=True)
class OptimisticAdamDialect(Optimizer):
    r"""Optimistic Adam with the options of Optax.

    Optax takes Adam's step with Nesterov momentum by default, and adds a second small number under
    the root. With the defaults here it is `adamdoc.OptimisticAdam`. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0.
    nesterov : float, default 0.0
        1 uses the first moment as it will be at the next step (Nesterov), 0 the current one.
    optimism : float or array_like, default 1.0
        Weight of the last change of the step, at least 0.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \nu (\frac{\beta_1 m_t}{1 - \beta_1^{t + 1}}
                     + \frac{(1 - \beta_1) g_t}{1 - \beta_1^t})
                     + (1 - \nu) \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        r_t       &= \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon} \\
        \theta_t  &= \theta_{t-1} - \eta (r_t + o \min(1, t - 1) (r_t - r_{t-1}))

    with all states 0 at the start.

    References
    ----------
    .. [1] C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng, "Training GANs with optimism", ICLR
       2018, Algorithm 1. arXiv:1711.00141.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import OptimisticAdamDialect
    >>> optimizer = OptimisticAdamDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = OptimisticAdam.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("OptimisticAdam",)
    paper: ClassVar[str] = "daskalakis2018"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.0001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    eps_root: Hyperparameter = 0.0
    nesterov: Hyperparameter = 0.0
    optimism: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "r": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, eps_root, nesterov, optimism = values
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = nesterov * (
            beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
        ) + (1 - nesterov) * m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        r = m_hat / (np.sqrt(v_hat + eps_root) + eps)
        theta = theta - lr * (r + optimism * min(1, t - 1) * (r - state["r"]))
        return theta, {"t": t, "m": m, "v": v, "r": r}
