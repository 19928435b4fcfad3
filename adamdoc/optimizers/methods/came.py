"""CAME."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adafactor import rms


@dataclass(frozen=True)
class CAME(Optimizer):
    r"""Adafactor with a momentum that is divided by how unsure it is.

    The squared difference of a step from its average says how much the steps disagree; where they
    do, the momentum steps less. Its average is factored into rows and columns too, so the momentum
    is the only array of the size of the parameters. Use it where memory is scarce and `Adafactor`
    is too slow. For arrays with fewer than two axes nothing is factored or divided; with more, the
    last two axes are.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0002
        Learning rate, greater than 0, or a schedule.
    beta1 : float, default 0.9
        Decay rate of the average of the steps, at least 0 and less than 1.
    beta2 : float, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    beta3 : float, default 0.9999
        Decay rate of the squared differences, at least 0 and less than 1.
    eps : float, default 1e-30
        Added to the squared gradient, at least 0. The paper calls it epsilon 1.
    eps2 : float, default 1e-16
        Added to the squared difference, at least 0. The paper calls it epsilon 2.
    clip : float, default 1.0
        Upper bound of the root mean square of the step before it is averaged, greater than 0. The
        paper calls it d.

    Notes
    -----
    For a matrix:

    .. math::

        R_t            &= \beta_2 R_{t-1}
                          + (1 - \beta_2) \mathrm{mean}_{\text{columns}}(g_t^2 + \varepsilon) \\
        C_t            &= \beta_2 C_{t-1}
                          + (1 - \beta_2) \mathrm{mean}_{\text{rows}}(g_t^2 + \varepsilon) \\
        \hat{v}_t      &= \frac{R_t C_t}{\mathrm{mean}(R_t)} \\
        \Delta_t       &= \frac{g_t}{\sqrt{\hat{v}_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        m_t            &= \beta_1 m_{t-1} + (1 - \beta_1) \bar{\Delta}_t \\
        u_t            &= (\bar{\Delta}_t - m_t)^2 + \varepsilon_2 \\
        P_t            &= \beta_3 P_{t-1}
                          + (1 - \beta_3) \mathrm{mean}_{\text{columns}}(u_t) \\
        Q_t            &= \beta_3 Q_{t-1} + (1 - \beta_3) \mathrm{mean}_{\text{rows}}(u_t) \\
        s_t            &= \frac{P_t Q_t}{\mathrm{mean}(P_t)} \\
        \theta_t       &= \theta_{t-1} - \eta \frac{m_t}{\sqrt{s_t}}

    with all states 0 at the start, where :math:`R_t` and :math:`P_t` are columns with the mean of
    each row and :math:`C_t` and :math:`Q_t` rows with the mean of each column. The paper has sums
    in place of means, which gives the same quotients. For an array with fewer than two axes:

    .. math::

        v_t            &= \beta_2 v_{t-1} + (1 - \beta_2) (g_t^2 + \varepsilon) \\
        \Delta_t       &= \frac{g_t}{\sqrt{v_t}} \\
        \bar{\Delta}_t &= \frac{\Delta_t}{\max(1, \mathrm{rms}(\Delta_t) / c)} \\
        m_t            &= \beta_1 m_{t-1} + (1 - \beta_1) \bar{\Delta}_t \\
        \theta_t       &= \theta_{t-1} - \eta m_t

    References
    ----------
    .. [1] Y. Luo and others, "CAME: confidence-guided adaptive memory efficient optimization", ACL
       2023, Algorithm 2. arXiv:2307.02047.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import CAME
    >>> {name: np.shape(value) for name, value in CAME().init(np.ones((2, 3))).items()}
    {'t': (), 'm': (2, 3), 'row': (2,), 'column': (3,), 'row2': (2,), 'column2': (3,)}
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
        Symbol(
            r"P_t",
            "row2",
            "state",
            "mean square of the differences of each row",
            rule="nonnegative",
            shape="rows",
        ),
        Symbol(
            r"Q_t",
            "column2",
            "state",
            "mean square of the differences of each column",
            rule="nonnegative",
            shape="columns",
        ),
        Symbol(r"\hat{v}_t", "v_hat", "step", "second moment"),
        Symbol(r"\bar{\Delta}_t", "clipped", "step", "step with a bounded root mean square"),
        Symbol(r"m_t", "m", "state", "exponential average of the steps"),
        Symbol(r"u_t", "u", "step", "squared difference of the step from the average"),
        Symbol(r"s_t", "s", "step", "average of the squared differences"),
        Symbol(
            r"\varepsilon_2",
            "eps2",
            "hyperparameter",
            "as eps, of the squared differences",
            "nonnegative",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adafactor", "AdaBelief")
    paper: ClassVar[str] = "luo2023"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.0002
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    beta3: Hyperparameter = 0.9999
    eps: Hyperparameter = 1e-30
    eps2: Hyperparameter = 1e-16
    clip: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        m = zeros(theta)
        if m.ndim < 2:
            return {"t": 0, "v": m, "m": m.copy()}
        rows, columns = m.shape[:-1], m.shape[:-2] + m.shape[-1:]
        shapes = {"row": rows, "column": columns, "row2": rows, "column2": columns}
        return {"t": 0, "m": m, **{n: np.zeros(shape, m.dtype) for n, shape in shapes.items()}}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, beta3, eps, eps2, clip = self._operands(theta, g, state)
        if "v" in state:
            v = beta2 * state["v"] + (1 - beta2) * (g**2 + eps)
            v_hat, after = v, {"v": v}
        else:
            row = beta2 * state["row"] + (1 - beta2) * (g**2 + eps).mean(axis=-1)
            column = beta2 * state["column"] + (1 - beta2) * (g**2 + eps).mean(axis=-2)
            v_hat = outer(row, column)
            after = {"row": row, "column": column}
        delta = g / np.sqrt(v_hat)
        # A ratio that is nan stays nan, as the first argument of max.
        clipped = delta / max(rms(delta) / clip, 1.0)
        m = beta1 * state["m"] + (1 - beta1) * clipped
        step = m
        if "row" in after:
            u = (clipped - m) ** 2 + eps2
            row2 = beta3 * state["row2"] + (1 - beta3) * u.mean(axis=-1)
            column2 = beta3 * state["column2"] + (1 - beta3) * u.mean(axis=-2)
            s = outer(row2, column2)
            step = m / np.sqrt(s)
            after |= {"row2": row2, "column2": column2}
        theta = theta - lr * step
        return theta, {"t": t, **after, "m": m}


def outer(row: Array, column: Array) -> Array:
    """Return the matrix of rank one with the means of rows and of columns."""
    share = row / row.mean(axis=-1, keepdims=True)
    return np.asarray(share[..., None] * column[..., None, :])
