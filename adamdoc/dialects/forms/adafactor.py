"""Adafactor as libraries implement it."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adafactor import Adafactor, rms


@dataclass(frozen=True)
class AdafactorDialect(Optimizer):
    r"""Adafactor with switches for the differences between libraries.

    They differ in where eps is added, in whether the step decays with t or is relative to the
    parameters, and in which arrays they factor. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Upper bound of the learning rate, greater than 0, or a schedule.
    power : float, default 0.8
        The decay rate of step t is ``1 - t**-power``. At least 0.
    eps : float, default 1e-30
        Added to the squared gradient, at least 0.
    floor : float, default 0.0
        Lower bound of the mean of the rows' second moments; its square is the lower bound of the
        second moment. At least 0. PyTorch has this in place of ``eps``.
    least : float, default 0.001
        Lower bound of the root mean square of the parameters, at least 0.
    clip : float, default 1.0
        Upper bound of the root mean square of the step before it is scaled, greater than 0. A huge
        number, such as 1e100, turns clipping off.
    relative : float, default 1.0
        1 bounds the learning rate by ``1 / sqrt(t)``, 0 does not.
    scaled : float, default 1.0
        1 multiplies the step by the root mean square of the parameters, 0 does not.
    factored : float, default 1.0
        The second moment is factored if the last two axes are at least this long; at least 1. A
        huge number, such as 1e9, turns factoring off.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.

    Notes
    -----
    For a matrix whose shorter axis has at least the length :math:`h_f`:

    .. math::

        \eta_t         &= \min\left(\eta, \frac{1}{\sqrt{t}}\right)
                          \text{ if } h_r > 0, \text{ otherwise } \eta \\
        \mu_t          &= 1 - t^{-p} \\
        R_t            &= \mu_t R_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{columns}}(g_t^2 + \varepsilon) \\
        C_t            &= \mu_t C_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{rows}}(g_t^2 + \varepsilon) \\
        \hat{v}_t      &= \max\left(\frac{R_t C_t}{\max(\mathrm{mean}(R_t), f)}, f^2\right) \\
        \Delta_t       &= \frac{g_t}{\sqrt{\hat{v}_t}} \\
        r_t            &= \max(\epsilon, \mathrm{rms}(\theta_{t-1}))
                          \text{ if } h_s > 0, \text{ otherwise } 1 \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        \theta_t       &= \theta_{t-1} - \eta_t r_t \bar{\Delta}_t - \eta \lambda \theta_{t-1}

    with :math:`R_0 = 0` and :math:`C_0 = 0`. For any other array:

    .. math::

        \eta_t         &= \min\left(\eta, \frac{1}{\sqrt{t}}\right)
                          \text{ if } h_r > 0, \text{ otherwise } \eta \\
        \mu_t          &= 1 - t^{-p} \\
        v_t            &= \mu_t v_{t-1} + (1 - \mu_t) (g_t^2 + \varepsilon) \\
        \hat{v}_t      &= \max(v_t, f^2) \\
        \Delta_t       &= \frac{g_t}{\sqrt{\hat{v}_t}} \\
        r_t            &= \max(\epsilon, \mathrm{rms}(\theta_{t-1}))
                          \text{ if } h_s > 0, \text{ otherwise } 1 \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        \theta_t       &= \theta_{t-1} - \eta_t r_t \bar{\Delta}_t - \eta \lambda \theta_{t-1}

    with :math:`v_0 = 0`.

    References
    ----------
    .. [1] N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
       ICML 2018, Algorithms 4 to 6. arXiv:1804.04235.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import AdafactorDialect
    >>> optimizer = AdafactorDialect(lr=0.1, relative=0.0, scaled=0.0)
    >>> theta = np.ones((2, 3))
    >>> optimizer.update(theta, np.full((2, 3), 5.0), optimizer.init(theta))[0][0]
    array([0.9, 0.9, 0.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *Adafactor.symbols,
        Symbol(r"r_t", "scale", "step", "size of the parameters", shape="number"),
        Symbol(
            r"h_f", "factored", "choice", "shortest axis that is factored", rule="positive integer"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adafactor",)
    paper: ClassVar[str] = "shazeer2018"
    general_form: ClassVar[bool] = True
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.01
    power: Hyperparameter = 0.8
    eps: Hyperparameter = 1e-30
    floor: Hyperparameter = 0.0
    least: Hyperparameter = 1e-3
    clip: Hyperparameter = 1.0
    relative: Hyperparameter = 1.0
    scaled: Hyperparameter = 1.0
    factored: Hyperparameter = 1.0
    weight_decay: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        start = zeros(theta)
        if start.ndim < 2 or min(start.shape[-2:]) < self.factored:
            return {"t": 0, "v": start}
        return {"t": 0, "row": start.mean(axis=-1), "column": start.mean(axis=-2)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, power, eps, floor, least, clip, relative, scaled, _, weight_decay = values
        rate = min(lr, 1 / math.sqrt(t)) if relative else lr
        mu = 1 - t**-power
        if "v" in state:
            v = mu * state["v"] + (1 - mu) * (g**2 + eps)
            estimate, after = v, {"v": v}
        else:
            row = mu * state["row"] + (1 - mu) * (g**2 + eps).mean(axis=-1)
            column = mu * state["column"] + (1 - mu) * (g**2 + eps).mean(axis=-2)
            mean = np.maximum(row.mean(axis=-1, keepdims=True), floor)
            estimate = (row / mean)[..., None] * column[..., None, :]
            after = {"row": row, "column": column}
        v_hat = np.maximum(estimate, floor**2)
        delta = g / np.sqrt(v_hat)
        scale = max(least, rms(theta)) if scaled else 1.0
        # A ratio that is nan stays nan, as the first argument of max.
        clipped = delta / max(rms(delta) / clip, 1.0)
        theta = theta - rate * scale * clipped - lr * weight_decay * theta
        return theta, {"t": t, **after}
