"""AdEMAMix."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdEMAMix(Optimizer):
    r"""AdamW with a second, slow first moment.

    The slow average remembers gradients that are ten thousand steps old; it is added to the fast
    one. Use it for long runs: in a short run the slow average stays near its initial value, zero.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    beta3 : float or array_like, default 0.9999
        Decay rate of the slow average, at least 0 and less than 1.
    alpha : float or array_like, default 5.0
        Weight of the slow average, at least 0. 0 gives `AdamW`. The paper tries 4 to 10.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    eps_root : float or array_like, default 0.0
        Added to the corrected second moment under the root, at least 0. The paper has none.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        a_t       &= \beta_3 a_{t-1} + (1 - \beta_3) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta
                     (\frac{\hat{m}_t + \alpha a_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon}
                     + \lambda \theta_{t-1})

    with all states 0 at the start. The paper writes :math:`m_1` and :math:`m_2` for :math:`m` and
    :math:`a`, and for long runs lets :math:`\alpha` and :math:`\beta_3` rise in the first steps;
    here they are constant.

    References
    ----------
    .. [1] M. Pagliardini, P. Ablin and D. Grangier, "The AdEMAMix optimizer: better, faster,
       older", ICLR 2025, Algorithm 1. arXiv:2409.03137.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import AdEMAMix
    >>> optimizer = AdEMAMix(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"a_t", "a", "state", "slow exponential average of the gradients"),
        Symbol(r"\alpha", "alpha", "hyperparameter", "weight of the slow average", "nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdamW",)
    paper: ClassVar[str] = "pagliardini2025"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    beta3: Hyperparameter = 0.9999
    alpha: Hyperparameter = 5.0
    eps: Hyperparameter = 1e-08
    weight_decay: Hyperparameter = 0.0
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "a": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, beta3, alpha, eps, weight_decay, eps_root = values
        m = beta1 * state["m"] + (1 - beta1) * g
        a = beta3 * state["a"] + (1 - beta3) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * (
            (m_hat + alpha * a) / (np.sqrt(v_hat + eps_root) + eps) + weight_decay * theta
        )
        return theta, {"t": t, "m": m, "a": a, "v": v}
