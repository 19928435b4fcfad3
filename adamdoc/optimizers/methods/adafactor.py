"""Adafactor."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Adafactor(Optimizer):
    r"""RMSprop with a factored second moment, which saves memory.

    The second moment of a matrix is estimated from its row and column sums: for n rows and m
    columns the state has n + m numbers instead of n m, and there is no first moment. The step is
    relative to the size of the parameters and bounded. Use it where memory is scarce. For arrays
    with fewer than two axes the second moment is not factored; with more, the last two axes are.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Upper bound of the relative step, greater than 0, or a schedule.
    power : float, default 0.8
        The decay rate of step t is ``1 - t**-power``. At least 0.
    eps : float, default 1e-30
        Added to the squared gradient, at least 0. The paper calls it epsilon 1.
    least : float, default 0.001
        Lower bound of the root mean square of the parameters, at least 0. The paper calls it
        epsilon 2.
    clip : float, default 1.0
        Upper bound of the root mean square of the step before it is scaled, greater than 0. The
        paper calls it d.

    See Also
    --------
    adamdoc.dialects.forms.AdafactorDialect : With switches for the differences between libraries.

    Notes
    -----
    For a matrix:

    .. math::

        \eta_t         &= \min\left(\eta, \frac{1}{\sqrt{t}}\right)
                          \max(\epsilon, \mathrm{rms}(\theta_{t-1})) \\
        \mu_t          &= 1 - t^{-p} \\
        R_t            &= \mu_t R_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{columns}}(g_t^2 + \varepsilon) \\
        C_t            &= \mu_t C_{t-1}
                          + (1 - \mu_t) \mathrm{mean}_{\text{rows}}(g_t^2 + \varepsilon) \\
        \hat{v}_t      &= \frac{R_t C_t}{\mathrm{mean}(R_t)} \\
        \Delta_t       &= \frac{g_t}{\sqrt{\hat{v}_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        \theta_t       &= \theta_{t-1} - \eta_t \bar{\Delta}_t

    with :math:`R_0 = 0` and :math:`C_0 = 0`, where :math:`R_t` is a column with the mean of each
    row and :math:`C_t` a row with the mean of each column. The paper has sums in place of means,
    which gives the same quotient, and :math:`\eta = 0.01`. For an array with fewer than two axes:

    .. math::

        \eta_t         &= \min\left(\eta, \frac{1}{\sqrt{t}}\right)
                          \max(\epsilon, \mathrm{rms}(\theta_{t-1})) \\
        \mu_t          &= 1 - t^{-p} \\
        v_t            &= \mu_t v_{t-1} + (1 - \mu_t) (g_t^2 + \varepsilon) \\
        \Delta_t       &= \frac{g_t}{\sqrt{v_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        \theta_t       &= \theta_{t-1} - \eta_t \bar{\Delta}_t

    with :math:`v_0 = 0`.

    References
    ----------
    .. [1] N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
       ICML 2018, Algorithms 4 to 6. arXiv:1804.04235.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adafactor
    >>> optimizer = Adafactor()
    >>> theta = np.ones((2, 3))
    >>> theta, state = optimizer.update(theta, np.full((2, 3), 5.0), optimizer.init(theta))
    >>> theta[0]
    array([0.99, 0.99, 0.99])
    >>> {name: np.shape(value) for name, value in state.items()}
    {'t': (), 'row': (2,), 'column': (3,)}
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"R_t",
            "row",
            "state",
            "mean square of the gradients of each row",
            rule="nonnegative",
            shape="rows",
        ),
        Symbol(
            r"C_t",
            "column",
            "state",
            "mean square of the gradients of each column",
            rule="nonnegative",
            shape="columns",
        ),
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"\mu_t", "mu", "step", "decay rate of this step", shape="number"),
        Symbol(r"\hat{v}_t", "v_hat", "step", "second moment"),
        Symbol(r"\bar{\Delta}_t", "clipped", "step", "step with a bounded root mean square"),
        Symbol(
            r"p", "power", "hyperparameter", "how fast the decay rate rises to 1", "nonnegative"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "shazeer2018"
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.01
    power: Hyperparameter = 0.8
    eps: Hyperparameter = 1e-30
    least: Hyperparameter = 1e-3
    clip: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = zeros(theta)
        if start.ndim < 2:
            return {"t": 0, "v": start}
        return {"t": 0, "row": start.mean(axis=-1), "column": start.mean(axis=-2)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, power, eps, least, clip = self._operands(theta, g, state)
        rate = min(lr, 1 / math.sqrt(t)) * max(least, rms(theta))
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
        # A ratio that is nan stays nan, as the first argument of max.
        clipped = delta / max(rms(delta) / clip, 1.0)
        theta = theta - rate * clipped
        return theta, {"t": t, **after}


def rms(array: Array) -> float:
    """Return the root mean square of the entries."""
    return float(np.sqrt(np.mean(array**2))) if array.size else 0.0
