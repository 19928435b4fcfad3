"""Adam as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdamDialect(Optimizer):
    r"""Adam with switches for the differences between libraries.

    They differ in where eps is added, and in what their options ``amsgrad`` and ``nesterov`` do.
    With the defaults it is `adamdoc.Adam`. See the page on dialects for the settings of each
    library.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0.
    eps_hat : float or array_like, default 0.0
        Added to the root of the second moment before bias correction, at least 0. This is the form
        at the end of section 2 of the paper, and that of Keras.
    amsgrad : float, default 0.0
        1 divides by the largest second moment so far, taken before bias correction; 0 divides by
        the current one.
    nesterov : float, default 0.0
        1 uses the first moment as it will be at the next step (Nesterov), 0 the current one.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \bar{v}_t &= \max(\bar{v}_{t-1}, v_t) \\
        \hat{m}_t &= \nu (\frac{\beta_1 m_t}{1 - \beta_1^{t + 1}}
                     + \frac{(1 - \beta_1) g_t}{1 - \beta_1^t})
                     + (1 - \nu) \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{\chi \bar{v}_t + (1 - \chi) v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon
                     + \frac{\hat{\varepsilon}}{\sqrt{1 - \beta_2^t}}}

    with all states 0 at the start.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
       Algorithm 1 and the end of section 2. arXiv:1412.6980.
    .. [2] S. J. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR
       2018, Algorithm 2 (without correction). arXiv:1904.09237.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import AdamDialect
    >>> optimizer = AdamDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "kingma2015"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    eps_root: Hyperparameter = 0.0
    eps_hat: Hyperparameter = 0.0
    amsgrad: Hyperparameter = 0.0
    nesterov: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "v_max": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, eps_root, eps_hat, amsgrad, nesterov = values
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_max = np.maximum(state["v_max"], v)
        m_hat = nesterov * (
            beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
        ) + (1 - nesterov) * m / (1 - beta1**t)
        v_hat = (amsgrad * v_max + (1 - amsgrad) * v) / (1 - beta2**t)
        theta = theta - lr * m_hat / (
            np.sqrt(v_hat + eps_root) + eps + eps_hat / (1 - beta2**t) ** 0.5
        )
        return theta, {"t": t, "m": m, "v": v, "v_max": v_max}
