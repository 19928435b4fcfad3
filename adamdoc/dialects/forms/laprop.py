"""LaProp as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.laprop import LaProp


@dataclass(frozen=True)
class LaPropDialect(Optimizer):
    r"""LaProp with switches for where eps is added.

    With the defaults it is `adamdoc.LaProp`. pytorch_optimizer adds eps to the root of the
    uncorrected second moment, and a second number under that root. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0004
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the momentum, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-15
        Added to the root of the corrected second moment, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the uncorrected second moment under the root, at least 0.
    eps_hat : float or array_like, default 0.0
        Added to the root of the uncorrected second moment, at least 0.

    Notes
    -----
    .. math::

        v_t      &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        r_t      &= \frac{\sqrt{v_t + \delta} + \hat{\varepsilon}}{\sqrt{1 - \beta_2^t}}
                    + \varepsilon \\
        b_t      &= \beta_1 b_{t-1} + (1 - \beta_1) \frac{g_t}{r_t} \\
        \theta_t &= \theta_{t-1} - \eta \frac{b_t}{1 - \beta_1^t}

    with all states 0 at the start.

    References
    ----------
    .. [1] L. Ziyin, Z. T. Wang and M. Ueda, "LaProp: separating momentum and adaptivity in Adam",
       2020, Algorithm 1. arXiv:2002.04839.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import LaPropDialect
    >>> optimizer = LaPropDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *LaProp.symbols,
        Symbol(r"r_t", "r", "step", "what divides the gradient"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("LaProp",)
    paper: ClassVar[str] = "ziyin2020"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.0004
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-15
    eps_root: Hyperparameter = 0.0
    eps_hat: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "v": zeros(theta), "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, eps_root, eps_hat = self._operands(theta, g, state)
        v = beta2 * state["v"] + (1 - beta2) * g**2
        r = (np.sqrt(v + eps_root) + eps_hat) / (1 - beta2**t) ** 0.5 + eps
        b = beta1 * state["b"] + (1 - beta1) * g / r
        theta = theta - lr * b / (1 - beta1**t)
        return theta, {"t": t, "v": v, "b": b}
