"""AMSGrad."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AMSGrad(Optimizer):
    r"""Adam that divides by the largest second moment so far, without bias correction.

    The denominator never decreases, so a rare large gradient is not forgotten. It converges on the
    problems on which Adam converges to the wrong point. The price is that the effective learning
    rate cannot recover.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-8
        Added to the root of the largest second moment, at least 0. The paper has none. With 0, a
        coordinate whose gradient has always been zero becomes nan.

    See Also
    --------
    Adam : Divides by the current second moment, and corrects both moments.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \bar{v}_t &= \max(\bar{v}_{t-1}, v_t) \\
        \theta_t  &= \theta_{t-1} - \eta \frac{m_t}{\sqrt{\bar{v}_t} + \varepsilon}

    with :math:`m_0 = 0`, :math:`v_0 = 0` and :math:`\bar{v}_0 = 0`. This is Algorithm 2 of the
    paper, which writes :math:`\hat{v}_t` for :math:`\bar{v}_t`. The paper leaves out Adam's bias
    correction for simplicity (footnote 1), and libraries put it back.

    References
    ----------
    .. [1] S. J. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       Algorithm 2. arXiv:1904.09237.

    Examples
    --------
    After a large gradient the steps stay short:

    >>> import numpy as np
    >>> from adamdoc import AMSGrad
    >>> optimizer = AMSGrad(lr=1.0, beta1=0.0, beta2=0.5)
    >>> theta, state = np.array([0.0]), optimizer.init(np.array([0.0]))
    >>> for g in (8.0, 0.0, 0.0, 1.0):
    ...     theta, state = optimizer.update(theta, np.array([g]), state)
    >>> state["v"], state["v_max"]
    (array([4.5]), array([32.]))
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "reddi2018"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "v_max": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_max = np.maximum(state["v_max"], v)
        theta = theta - lr * m / (np.sqrt(v_max) + eps)
        return theta, {"t": t, "m": m, "v": v, "v_max": v_max}
