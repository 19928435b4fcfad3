"""Rectified Adam."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, as_float, zeros


@dataclass(frozen=True)
class RAdam(Optimizer):
    r"""Adam with a rectified adaptive learning rate.

    In the first steps the second moment averages so few gradients that the adaptive learning rate
    has a large variance. While it averages no more than ``threshold`` gradients, the step is the
    bias-corrected momentum alone; from then on the adaptive step is multiplied by a factor that
    rises to 1. Use it in place of `Adam` with a warm-up.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1. Below 0.6 there is no adaptive
        step with the default threshold.
    eps : float or array_like, default 1e-08
        Added to the root of the corrected second moment, at least 0. The paper has none.
    threshold : float or array_like, default 4.0
        The step is adaptive once the second moment averages more gradients than this; at least 4.
        The paper has 4, most libraries 5.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \bar{\ell}_t &= \frac{1 + \beta_2}{1 - \beta_2} \\
        \ell_t    &= \bar{\ell}_t - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\
        h_t       &= \mathrm{sign}(\max(0, \ell_t - \omega)) \\
        r_t       &= \sqrt{\frac{h_t \max(0, (\ell_t - 4) (\ell_t - 2)) \bar{\ell}_t}
                     {1 - h_t + h_t (\bar{\ell}_t - 4) (\bar{\ell}_t - 2) \ell_t}} \\
        \Delta_t  &= r_t \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon} + (1 - h_t) \hat{m}_t \\
        \theta_t  &= \theta_{t-1} - \eta \Delta_t

    with :math:`m_0 = 0` and :math:`v_0 = 0`. The paper writes :math:`\rho_t` for :math:`\ell_t` and
    :math:`\rho_\infty` for :math:`\bar{\ell}_t`.

    References
    ----------
    .. [1] L. Liu and others, "On the variance of the adaptive learning rate and beyond", ICLR 2020,
       Algorithm 2. arXiv:1908.03265.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import RAdam
    >>> optimizer = RAdam(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9999, 98.    ])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\ell_t", "length", "step", "number of gradients that the second moment averages"),
        Symbol(r"\bar{\ell}_t", "longest", "step", "limit of the length"),
        Symbol(r"h_t", "h", "step", "1 if the length is large enough, else 0", "0 or 1"),
        Symbol(r"r_t", "r", "step", "correction of the variance of the step"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "liu2020"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    threshold: Hyperparameter = 4.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, threshold = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        longest = (1 + beta2) / (1 - beta2)
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        h = as_float(np.sign(np.maximum(0, length - threshold)))
        r = as_float(
            np.sqrt(
                h
                * np.maximum(0, (length - 4) * (length - 2))
                * longest
                / (1 - h + h * (longest - 4) * (longest - 2) * length)
            )
        )
        delta = r * m_hat / (np.sqrt(v_hat) + eps) + (1 - h) * m_hat
        theta = theta - lr * delta
        return theta, {"t": t, "m": m, "v": v}
