"""AdaBelief."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdaBelief(Optimizer):
    r"""Adam with the variance of the gradient in place of its square.

    The second moment is centred about the first, so steps are long where successive gradients agree
    and short where they scatter. Use it where `Adam` is used. It is more sensitive to eps.

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
        Added to the second moment at every step, at least 0. The paper uses one symbol for this and
        ``eps``; 1e-16 for both is the default of its code.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        s_t       &= \beta_2 s_{t-1} + (1 - \beta_2) (g_t - m_t)^2 + \delta \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{s_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}

    with :math:`m_0 = 0` and :math:`s_0 = 0`. The paper writes :math:`\hat{s}_t` for
    :math:`\hat{v}_t`.

    References
    ----------
    .. [1] J. Zhuang and others, "AdaBelief optimizer: adapting stepsizes by the belief in observed
       gradients", NeurIPS 2020, Algorithm 2. arXiv:2010.07468.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import AdaBelief
    >>> optimizer = AdaBelief(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.8889, -1.8889])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"s_t",
            "s",
            "state",
            "second moment of the gradients about their first",
            rule="nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "zhuang2020"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-16
    eps_root: Hyperparameter = 1e-16

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "s": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, eps_root = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        s = beta2 * state["s"] + (1 - beta2) * (g - m) ** 2 + eps_root
        m_hat = m / (1 - beta1**t)
        v_hat = s / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        return theta, {"t": t, "m": m, "s": s}
