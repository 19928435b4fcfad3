"""Prodigy."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.arrays import total
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, as_float, copy, zeros


@dataclass(frozen=True)
class Prodigy(Optimizer):
    r"""Adam that estimates its own learning rate.

    It maintains a lower bound of the distance from the start to the solution, and increases it as
    the gradients show it to be too low; the learning rate is proportional to this bound. Use it if
    no good learning rate is known; keep ``lr`` at 1 or set it to a schedule.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Factor of the estimated rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by the rate times this.
    d0 : float, default 1e-06
        Initial estimate of the distance, greater than 0. Any tiny number works.
    alpha : float, default 1.0
        Factor of the estimated distance, at least 0.
    correction : float, default 1.0
        1 applies bias correction to both moments, 0 does not.

    Notes
    -----
    .. math::

        \eta_t    &= \eta d_{t-1} \frac{\sqrt{1 - \phi \beta_2^t}}{1 - \phi \beta_1^t} \\
        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) d_{t-1} g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) d_{t-1}^2 g_t^2 \\
        r_t       &= \sqrt{\beta_2} r_{t-1}
                     + \eta_t \frac{d_{t-1}}{d_0} \langle g_t, \theta_0 - \theta_{t-1} \rangle \\
        s_t       &= \sqrt{\beta_2} s_{t-1} + \eta_t \frac{d_{t-1}}{d_0} g_t \\
        d_t       &= \max\left(d_{t-1}, \alpha \frac{r_t}{\lVert s_t \rVert_1}\right)
                     \text{ if } \lVert s_t \rVert_1 > 0, \text{ otherwise } d_{t-1} \\
        \theta_t  &= \theta_{t-1} - \eta_t \left(\frac{m_t}{\sqrt{v_t} + d_t \varepsilon}
                     + \lambda \theta_{t-1}\right)

    with :math:`d_0`, a hyperparameter, and all other states 0 at the start. The inner product and
    the norm are those of all parameters together. This is Algorithm 4 of the paper; its
    :math:`\eta_t` has no correction, which ``correction=0`` gives, and its :math:`\varepsilon` is
    multiplied by :math:`d_{t-1}`; its code has :math:`d_t`.

    References
    ----------
    .. [1] K. Mishchenko and A. Defazio, "Prodigy: an expeditiously adaptive parameter-free
       learner", ICML 2024, Algorithm 4. arXiv:2306.06101.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Prodigy
    >>> optimizer = Prodigy()
    >>> theta = np.array([100.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(200):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    >>> bool(abs(theta[0]) < 10 and state["d"] > 1)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"m_t", "m", "state", "first moment of the gradients, weighted by the distance"),
        Symbol(
            r"v_t",
            "v",
            "state",
            "second moment of the gradients, weighted by the distance",
            rule="nonnegative",
        ),
        Symbol(
            r"r_t",
            "r",
            "state",
            "weighted sum of the inner products of gradient and displacement",
            shape="number",
        ),
        Symbol(r"s_t", "s", "state", "weighted sum of the gradients"),
        Symbol(
            r"d_t",
            "d",
            "state",
            "estimate of the distance from the start to the solution",
            rule="positive",
            start="d_0",
            shape="number",
        ),
        Symbol(r"\theta_0", "start", "state", "initial parameters", start=r"\theta_0"),
        Symbol(
            r"\alpha", "alpha", "hyperparameter", "factor of the estimated distance", "nonnegative"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "mishchenko2024"
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "model"

    lr: Hyperparameter = 1.0
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.0
    d0: Hyperparameter = 1e-6
    alpha: Hyperparameter = 1.0
    correction: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = copy(theta)
        number = np.result_type(*(start.values() if isinstance(start, dict) else [start])).type
        return {
            "t": 0,
            "m": zeros(theta),
            "v": zeros(theta),
            "s": zeros(theta),
            "start": start,
            "r": number(0),
            "d": number(self.at("d0", 1)),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, weight_decay, d0, alpha, correction = values
        number = np.asarray(state["d"]).dtype.type  # a restored state may hold an array
        start, d = state["start"], float(state["d"])
        rate = lr * d * as_float(np.sqrt(1 - correction * beta2**t)) / (1 - correction * beta1**t)
        m = beta1 * state["m"] + (1 - beta1) * d * g
        # The product of large numbers is infinite, the power an OverflowError.
        v = beta2 * state["v"] + (1 - beta2) * (d * d) * g**2
        decay = as_float(np.sqrt(beta2))
        r = decay * float(state["r"]) + rate * d / d0 * total(g * (start - theta))
        s = decay * state["s"] + rate * d / d0 * g
        size = total(abs(s))
        d = max(d, alpha * r / size) if size else d
        theta = theta - rate * (m / (np.sqrt(v) + d * eps) + weight_decay * theta)
        return theta, {**state, "t": t, "m": m, "v": v, "s": s, "r": number(r), "d": number(d)}
