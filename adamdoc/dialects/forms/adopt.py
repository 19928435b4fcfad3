"""ADOPT as pytorch_optimizer implements it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adopt import ADOPT


@dataclass(frozen=True)
class ADOPTDialect(Optimizer):
    r"""ADOPT with a clipping bound that counts the first call as a step, as in pytorch_optimizer.

    The bound of the normalized gradient is the fourth root of t, not of t - 1, so it is looser in
    the first steps. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.9999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-06
        Lower bound of the denominator, greater than 0 in practice: with 0, a coordinate whose
        gradient has always been zero becomes nan.
    clip : float or array_like, default 1.0
        The bound of the normalized gradient is this times the fourth root of t; greater than 0. A
        huge number, such as 1e100, turns clipping off, as in the paper's first version.

    Notes
    -----
    .. math::

        h_t      &= \min(1, t - 1) \\
        r_t      &= c \cdot t^{0.25} \\
        \Delta_t &= \frac{g_t}{\max(\sqrt{v_{t-1}}, \varepsilon)} \\
        \bar{\Delta}_t &= \max(-r_t, \min(r_t, \Delta_t)) \\
        m_t      &= \beta_1 m_{t-1} + (1 - \beta_1) h_t \bar{\Delta}_t \\
        v_t      &= h_t \beta_2 v_{t-1} + (1 - h_t \beta_2) g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta h_t m_t

    with :math:`m_0 = 0` and :math:`v_0 = 0`. At the first step :math:`h_1 = 0` and
    :math:`v_1 = g_1^2`, the paper's :math:`v_0`.

    References
    ----------
    .. [1] S. Taniguchi and others, "ADOPT: modified Adam can converge with any beta2 with the
       optimal rate", NeurIPS 2024, Algorithm 2, with the clipping of its later version.
       arXiv:2411.02853.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import ADOPTDialect
    >>> optimizer = ADOPTDialect(lr=0.1, beta1=0.0)
    >>> theta = np.array([1.0, -2.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(2):
    ...     theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), state)
    ...     print(theta)
    [ 1. -2.]
    [ 0.9 -1.9]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = ADOPT.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("ADOPT",)
    paper: ClassVar[str] = "taniguchi2024"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.9999
    eps: Hyperparameter = 1e-06
    clip: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, clip = self._operands(theta, g, state)
        h = min(1, t - 1)
        r = clip * t**0.25
        delta = g / np.maximum(np.sqrt(state["v"]), eps)
        clipped = np.maximum(-r, np.minimum(r, delta))
        m = beta1 * state["m"] + (1 - beta1) * h * clipped
        v = h * beta2 * state["v"] + (1 - h * beta2) * g**2
        theta = theta - lr * h * m
        return theta, {"t": t, "m": m, "v": v}
