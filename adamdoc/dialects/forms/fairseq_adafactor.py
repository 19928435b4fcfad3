"""Adafactor as fairseq implements it, and Hugging Face after it."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adafactor import Adafactor, rms


@dataclass(frozen=True)
class FairseqAdafactorDialect(Optimizer):
    r"""Adafactor with a momentum of the scaled steps, and a relative step that may rise at first.

    This is the optimizer of fairseq, which the transformers library has copied. Its users give a
    learning rate and set ``relative_step=False``, or let it choose the rate itself.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, or upper bound of the relative step, greater than 0, or a schedule.
    power : float, default 0.8
        The decay rate of step t is ``1 - t**-power``. At least 0.
    eps : float, default 1e-30
        Added to the squared gradient, at least 0.
    least : float, default 0.001
        Lower bound of the root mean square of the parameters, at least 0.
    clip : float, default 1.0
        Upper bound of the root mean square of the step before it is scaled, greater than 0.
    beta1 : float, default 0.0
        Decay rate of the average of the scaled steps, at least 0 and less than 1.
    beta2 : float, default 1.0
        Upper bound of the decay rate of the second moment, between 0 and 1: 1 is none.
    relative : float, default 1.0
        1 bounds the learning rate by ``1 / sqrt(t)``, 0 does not.
    rising : float, default 0.0
        1 multiplies the bound of the relative step by t, 0 does not: ``lr=1e-6`` with 1 is the
        library's ``warmup_init``.
    scaled : float, default 1.0
        1 multiplies the step by the root mean square of the parameters, 0 does not.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by the scaled rate times
        this.

    Notes
    -----
    For a matrix:

    .. math::

        \eta_t         &= \min\left(\eta t^{h_w}, \frac{1}{\sqrt{t}}\right)
                          \text{ if } h_r > 0, \text{ otherwise } \eta \\
        r_t            &= \max(\epsilon, \mathrm{rms}(\theta_{t-1}))
                          \text{ if } h_s > 0, \text{ otherwise } 1 \\
        \mu_t          &= \min(\beta_2, 1 - t^{-p}) \\
        R_t            &= \mu_t R_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{columns}}(g_t^2 + \varepsilon) \\
        C_t            &= \mu_t C_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{rows}}(g_t^2 + \varepsilon) \\
        \hat{v}_t      &= \frac{R_t C_t}{\mathrm{mean}(R_t)} \\
        \Delta_t       &= \frac{g_t}{\sqrt{\hat{v}_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        m_t            &= \beta_1 m_{t-1} + (1 - \beta_1) \eta_t r_t \bar{\Delta}_t \\
        \theta_t       &= \theta_{t-1} - m_t - \eta_t r_t \lambda \theta_{t-1}

    with :math:`R_0 = 0`, :math:`C_0 = 0` and :math:`m_0 = 0`. For any other array:

    .. math::

        \eta_t         &= \min\left(\eta t^{h_w}, \frac{1}{\sqrt{t}}\right)
                          \text{ if } h_r > 0, \text{ otherwise } \eta \\
        r_t            &= \max(\epsilon, \mathrm{rms}(\theta_{t-1}))
                          \text{ if } h_s > 0, \text{ otherwise } 1 \\
        \mu_t          &= \min(\beta_2, 1 - t^{-p}) \\
        v_t            &= \mu_t v_{t-1} + (1 - \mu_t) (g_t^2 + \varepsilon) \\
        \Delta_t       &= \frac{g_t}{\sqrt{v_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        m_t            &= \beta_1 m_{t-1} + (1 - \beta_1) \eta_t r_t \bar{\Delta}_t \\
        \theta_t       &= \theta_{t-1} - m_t - \eta_t r_t \lambda \theta_{t-1}

    with :math:`v_0 = 0`.

    References
    ----------
    .. [1] N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
       ICML 2018, Algorithms 4 to 6. arXiv:1804.04235.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import FairseqAdafactorDialect
    >>> optimizer = FairseqAdafactorDialect(lr=0.1, relative=0.0, scaled=0.0)
    >>> theta = np.ones((2, 3))
    >>> optimizer.update(theta, np.full((2, 3), 5.0), optimizer.init(theta))[0][0]
    array([0.9, 0.9, 0.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *Adafactor.symbols,
        Symbol(r"r_t", "scale", "step", "size of the parameters", shape="number"),
        Symbol(r"m_t", "m", "state", "exponential average of the scaled steps"),
        Symbol(
            r"\beta_1", "beta1", "hyperparameter", "decay rate of the average of steps", "[0, 1)"
        ),
        Symbol(r"\beta_2", "beta2", "hyperparameter", "bound of the second decay rate", "[0, 1]"),
        Symbol(r"h_w", "rising", "hyperparameter", "1: lr is multiplied by t, 0: not", "[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adafactor",)
    paper: ClassVar[str] = "shazeer2018"
    general_form: ClassVar[bool] = True
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.01
    power: Hyperparameter = 0.8
    eps: Hyperparameter = 1e-30
    least: Hyperparameter = 1e-3
    clip: Hyperparameter = 1.0
    beta1: Hyperparameter = 0.0
    beta2: Hyperparameter = 1.0
    relative: Hyperparameter = 1.0
    rising: Hyperparameter = 0.0
    scaled: Hyperparameter = 1.0
    weight_decay: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        start = zeros(theta)
        if start.ndim < 2:
            return {"t": 0, "v": start, "m": zeros(theta)}
        row, column = start.mean(axis=-1), start.mean(axis=-2)
        return {"t": 0, "row": row, "column": column, "m": start}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, power, eps, least, clip, beta1, beta2, relative, rising, scaled, weight_decay = values
        rate = min(lr * t**rising, 1 / math.sqrt(t)) if relative else lr
        scale = max(least, rms(theta)) if scaled else 1.0
        mu = min(beta2, 1 - t**-power)
        if "v" in state:
            v = mu * state["v"] + (1 - mu) * (g**2 + eps)
            v_hat, after = v, {"v": v}
        else:
            row = mu * state["row"] + (1 - mu) * (g**2 + eps).mean(axis=-1)
            column = mu * state["column"] + (1 - mu) * (g**2 + eps).mean(axis=-2)
            mean = row.mean(axis=-1, keepdims=True)
            v_hat = (row / mean)[..., None] * column[..., None, :]
            after = {"row": row, "column": column}
        delta = g / np.sqrt(v_hat)
        # A ratio that is nan stays nan, as the first argument of max.
        clipped = delta / max(rms(delta) / clip, 1.0)
        m = beta1 * state["m"] + (1 - beta1) * rate * scale * clipped
        theta = theta - m - rate * scale * weight_decay * theta
        return theta, {"t": t, **after, "m": m}
