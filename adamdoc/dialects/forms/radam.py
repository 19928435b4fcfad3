"""Rectified Adam as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, as_float, zeros
from adamdoc.optimizers.methods.radam import RAdam


@dataclass(frozen=True)
class RAdamDialect(Optimizer):
    r"""RAdam with switches for the differences between libraries.

    They differ in where eps is added, in the threshold, and in whether they step at all before it
    is reached. See the page on dialects for the settings of each library.

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
        Added to the root of the second moment before bias correction, at least 0.
    threshold : float or array_like, default 5.0
        The step is adaptive once the second moment averages more gradients than this; at least 4.
        The paper has 4, most libraries 5.
    fallback : float, default 1.0
        Before that, 1 steps with the momentum alone and 0 does not step.

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
        \Delta_t  &= r_t \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon
                      + \frac{\hat{\varepsilon}}{\sqrt{1 - \beta_2^t}}} + (1 - h_t) \xi \hat{m}_t \\
        \theta_t  &= \theta_{t-1} - \eta \Delta_t

    with :math:`m_0 = 0` and :math:`v_0 = 0`.

    References
    ----------
    .. [1] L. Liu and others, "On the variance of the adaptive learning rate and beyond", ICLR 2020,
       Algorithm 2. arXiv:1908.03265.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import RAdamDialect
    >>> optimizer = RAdamDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9999, 98.    ])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = RAdam.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("RAdam",)
    paper: ClassVar[str] = "liu2020"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    eps_root: Hyperparameter = 0.0
    eps_hat: Hyperparameter = 0.0
    threshold: Hyperparameter = 5.0
    fallback: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, eps_root, eps_hat, threshold, fallback = values
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
        root = np.sqrt(v_hat + eps_root) + eps + eps_hat / (1 - beta2**t) ** 0.5
        delta = r * m_hat / root + (1 - h) * fallback * m_hat
        theta = theta - lr * delta
        return theta, {"t": t, "m": m, "v": v}
