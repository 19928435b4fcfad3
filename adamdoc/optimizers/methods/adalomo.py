"""AdaLomo."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adafactor import Adafactor, rms


@dataclass(frozen=True)
class AdaLomo(Optimizer):
    r"""Adafactor with a learning rate of its own, made to step during the backward pass.

    Each array steps as soon as its gradient is known, so that no two gradients of a large model are
    in memory at once. For that, the step of an array may depend on nothing but that array: the
    second moment is factored, and both the step and the learning rate are relative to the size of
    the array, so that no norm of the whole gradient is needed. The order of the arrays changes
    nothing, so here they step together. Use it to fine-tune large models in little memory; where
    all gradients fit, `Adafactor` is nearly the same method.

    LOMO, on which it builds, does the same with `GradientDescent`.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate relative to the size of the parameters, greater than 0, or a schedule.
    power : float, default 0.8
        The decay rate of step t is ``1 - t**-power``. At least 0.
    eps : float, default 1e-30
        Added to the squared gradient, at least 0.
    least : float, default 0.001
        Lower bound of the root mean square of the parameters, at least 0. The paper calls it
        epsilon.
    clip : float, default 1.0
        Upper bound of the root mean square of the step before it is scaled, greater than 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by its own learning rate
        times this.

    See Also
    --------
    Adafactor : Also bounds the learning rate by one over the root of t.
    adamdoc.dialects.forms.AdafactorDialect : With switches for the differences between libraries.

    Notes
    -----
    For a matrix:

    .. math::

        \eta_t         &= \eta \max(\epsilon, \mathrm{rms}(\theta_{t-1})) \\
        \mu_t          &= 1 - t^{-p} \\
        R_t            &= \mu_t R_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{columns}}(g_t^2 + \varepsilon) \\
        C_t            &= \mu_t C_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{rows}}(g_t^2 + \varepsilon) \\
        \hat{v}_t      &= \frac{R_t C_t}{\mathrm{mean}(R_t)} \\
        \Delta_t       &= \frac{g_t}{\sqrt{\hat{v}_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        \theta_t       &= \theta_{t-1} - \eta_t (\bar{\Delta}_t + \lambda \theta_{t-1})

    with :math:`R_0 = 0` and :math:`C_0 = 0`, where :math:`R_t` is a column with the mean of each
    row and :math:`C_t` a row with the mean of each column. For an array with fewer than two axes:

    .. math::

        \eta_t         &= \eta \max(\epsilon, \mathrm{rms}(\theta_{t-1})) \\
        \mu_t          &= 1 - t^{-p} \\
        v_t            &= \mu_t v_{t-1} + (1 - \mu_t) (g_t^2 + \varepsilon) \\
        \Delta_t       &= \frac{g_t}{\sqrt{v_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        \theta_t       &= \theta_{t-1} - \eta_t (\bar{\Delta}_t + \lambda \theta_{t-1})

    with :math:`v_0 = 0`. The decay rate that rises with t, the bound c and the weight decay are
    those of the authors' code.

    References
    ----------
    .. [1] K. Lv, H. Yan, Q. Guo, H. Lv and X. Qiu, "AdaLomo: low-memory optimization with adaptive
       learning rate", Findings of ACL 2024, Algorithm 1. arXiv:2310.10195.
    .. [2] K. Lv and others, "Full parameter fine-tuning for large language models with limited
       resources", ACL 2024, Algorithm 1 (LOMO). arXiv:2306.09782.

    Examples
    --------
    The first step changes each weight by ``lr`` times the root mean square of all of them:

    >>> import numpy as np
    >>> from adamdoc import AdaLomo
    >>> optimizer = AdaLomo(lr=0.01)
    >>> theta = np.full((2, 3), 2.0)
    >>> theta, state = optimizer.update(theta, np.full((2, 3), 5.0), optimizer.init(theta))
    >>> theta[0]
    array([1.98, 1.98, 1.98])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = Adafactor.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("Adafactor",)
    paper: ClassVar[str] = "lv2024"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.001
    power: Hyperparameter = 0.8
    eps: Hyperparameter = 1e-30
    least: Hyperparameter = 1e-3
    clip: Hyperparameter = 1.0
    weight_decay: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = zeros(theta)
        if start.ndim < 2:
            return {"t": 0, "v": start}
        return {"t": 0, "row": start.mean(axis=-1), "column": start.mean(axis=-2)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, power, eps, least, clip, weight_decay = self._operands(theta, g, state)
        rate = lr * max(least, rms(theta))
        mu = 1 - t**-power
        if "v" in state:
            v = mu * state["v"] + (1 - mu) * (g**2 + eps)
            v_hat, after = v, {"v": v}
        else:
            row = mu * state["row"] + (1 - mu) * (g**2 + eps).mean(axis=-1)
            column = mu * state["column"] + (1 - mu) * (g**2 + eps).mean(axis=-2)
            v_hat = (row / row.mean(axis=-1, keepdims=True))[..., None] * column[..., None, :]
            after = {"row": row, "column": column}
        delta = g / np.sqrt(v_hat)
        clipped = delta / max(rms(delta) / clip, 1.0)
        theta = theta - rate * (clipped + weight_decay * theta)
        return theta, {"t": t, **after}
