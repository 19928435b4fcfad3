"""AdamW with D-Adaptation."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, as_float, zeros


@dataclass(frozen=True)
class DAdaptAdamW(Optimizer):
    r"""AdamW that estimates its own learning rate by D-Adaptation.

    It maintains a lower bound of the distance from the start to the solution, in the largest
    coordinate, and steps in proportion to it. The bound rises as long as the gradients keep
    pointing back to the start. `Prodigy` estimates the same distance and is faster to find it. Use
    it if no good learning rate is known; keep ``lr`` at 1 or set it to a schedule.

    Parameters
    ----------
    lr : float or callable, default 1.0
        Factor of the estimated rate, greater than 0, or a schedule.
    beta1 : float, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float, default 1e-08
        Added to the root of the second moment, greater than 0.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by the rate times this.
    d0 : float, default 1e-06
        Initial estimate of the distance, greater than 0. Any tiny number works.
    correction : float, default 0.0
        1 applies bias correction to both moments, 0 does not.

    Notes
    -----
    .. math::

        \eta_t   &= \eta d_{t-1} \frac{\sqrt{1 - \phi \beta_2^t}}{1 - \phi \beta_1^t} \\
        r_t      &= \sqrt{\beta_2} r_{t-1} + (1 - \sqrt{\beta_2}) \eta_t
                    \left\langle g_t, \frac{s_{t-1}}{\sqrt{v_{t-1}} + \varepsilon} \right\rangle \\
        m_t      &= \beta_1 m_{t-1} + (1 - \beta_1) \eta_t g_t \\
        v_t      &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        s_t      &= \sqrt{\beta_2} s_{t-1} + (1 - \sqrt{\beta_2}) \eta_t g_t \\
        d_t      &= \max\left(d_{t-1}, \frac{r_t}{(1 - \sqrt{\beta_2}) \lVert s_t \rVert_1}\right)
                    \text{ if } \lVert s_t \rVert_1 > 0, \text{ otherwise } d_{t-1} \\
        \theta_t &= \theta_{t-1} - \frac{m_t}{\sqrt{v_t} + \varepsilon}
                    - \lambda \eta_t \theta_{t-1}

    with :math:`d_0`, a hyperparameter, and all other states 0 at the start. The inner product and
    the norm are those of all parameters together. This is the authors' code, which divides by the
    second moment of the last step in the inner product.

    References
    ----------
    .. [1] A. Defazio and K. Mishchenko, "Learning-rate-free learning by D-Adaptation", ICML 2023,
       the algorithm for Adam. arXiv:2301.07733.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import DAdaptAdamW
    >>> optimizer = DAdaptAdamW()
    >>> theta = np.array([100.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(400):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    >>> bool(abs(theta[0]) < 10 and state["d"] > 1)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"m_t", "m", "state", "first moment of the gradients, weighted by the rate"),
        Symbol(
            r"r_t",
            "r",
            "state",
            "average of the inner products of the gradient and the sum of the last ones",
            shape="number",
        ),
        Symbol(r"s_t", "s", "state", "average of the gradients, weighted by the rate"),
        Symbol(
            r"d_t",
            "d",
            "state",
            "estimate of the distance from the start to the solution",
            rule="positive",
            start="d_0",
            shape="number",
        ),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "small constant that keeps a denominator away from zero",
            "positive",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdamW",)
    paper: ClassVar[str] = "defazio2023"
    scope: ClassVar[str] = "model"

    lr: Hyperparameter = 1.0
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.0
    d0: Hyperparameter = 1e-6
    correction: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        m = zeros(theta)
        number = arrays.scalar_type(m)
        return {
            "t": 0,
            "m": m,
            "v": zeros(theta),
            "s": zeros(theta),
            "r": number(0),
            "d": number(self.at("d0", 1)),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, weight_decay, _, correction = values
        number, d = arrays.scalar_type(theta), float(state["d"])
        root = as_float(np.sqrt(beta2))
        rate = lr * d * as_float(np.sqrt(1 - correction * beta2**t)) / (1 - correction * beta1**t)
        inner = arrays.total(g * (state["s"] / (np.sqrt(state["v"]) + eps)))
        r = root * float(state["r"]) + (1 - root) * rate * inner
        m = beta1 * state["m"] + (1 - beta1) * rate * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        s = root * state["s"] + (1 - root) * rate * g
        size = arrays.total(abs(s))
        d = max(d, r / ((1 - root) * size)) if size else d
        theta = theta - m / (np.sqrt(v) + eps) - weight_decay * rate * theta
        return theta, {"t": t, "m": m, "v": v, "s": s, "r": number(r), "d": number(d)}
