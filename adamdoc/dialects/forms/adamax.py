"""AdaMax as PyTorch implements it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adamax import AdaMax


@dataclass(frozen=True)
class AdaMaxDialect(Optimizer):
    r"""AdaMax with eps inside the maximum, as in PyTorch and Optax.

    eps is added to the absolute value of each gradient before the maximum is taken. Keras adds eps
    to the maximum instead: that is `adamdoc.AdaMax`.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.002
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the absolute value of each gradient, at least 0.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        u_t       &= \max(\beta_2 u_{t-1}, |g_t| + \varepsilon) \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{u_t}

    with :math:`m_0 = 0` and :math:`u_0 = 0`.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
       section 7.1 and Algorithm 2 (without eps). arXiv:1412.6980.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import AdaMaxDialect
    >>> optimizer = AdaMaxDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = AdaMax.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("AdaMax",)
    paper: ClassVar[str] = "kingma2015"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.002
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "u": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        u = np.maximum(beta2 * state["u"], np.abs(g) + eps)
        m_hat = m / (1 - beta1**t)
        theta = theta - lr * m_hat / u
        return theta, {"t": t, "m": m, "u": u}
