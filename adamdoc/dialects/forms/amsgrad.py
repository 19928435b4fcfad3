"""AMSGrad as Optax implements it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AMSGradDialect(Optimizer):
    r"""AMSGrad that takes the maximum of the bias-corrected second moment, as Optax does.

    PyTorch and Keras take the maximum before the correction: see
    `adamdoc.dialects.forms.AdamDialect`. In the first steps the corrected moment is larger, and the
    maximum never forgets it.

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
    correction : float, default 1.0
        1 applies bias correction to the first moment, 0 does not.
    correction2 : float, default 1.0
        1 applies bias correction to the second moment, 0 does not.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \phi \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \phi_2 \beta_2^t} \\
        \bar{v}_t &= \max(\bar{v}_{t-1}, \hat{v}_t) \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\bar{v}_t + \delta} + \varepsilon}

    with all states 0 at the start. With both corrections at 0 it is `adamdoc.AMSGrad`.

    References
    ----------
    .. [1] S. J. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       Algorithm 2 (without correction). arXiv:1904.09237.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import AMSGradDialect
    >>> optimizer = AMSGradDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("AMSGrad",)
    paper: ClassVar[str] = "reddi2018"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    eps_root: Hyperparameter = 0.0
    correction: Hyperparameter = 1.0
    correction2: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "v_max": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, eps_root, correction, correction2 = values
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - correction * beta1**t)
        v_hat = v / (1 - correction2 * beta2**t)
        v_max = np.maximum(state["v_max"], v_hat)
        theta = theta - lr * m_hat / (np.sqrt(v_max + eps_root) + eps)
        return theta, {"t": t, "m": m, "v": v, "v_max": v_max}
