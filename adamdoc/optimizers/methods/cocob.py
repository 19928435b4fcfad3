"""COCOB-Backprop."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy, zeros


@dataclass(frozen=True)
class COCOB(Optimizer):
    r"""Continuous coin betting: steps without a learning rate, as bets on the sign of the gradient.

    Each coordinate is a gambler who bets on the next negative gradient, the outcome of a coin. The
    distance of the parameter from its start is the bet: a fraction of the wealth that past bets
    have won. If the gradients keep their sign, the wealth grows exponentially, and with it the
    distance; if they alternate, it falls. So no learning rate is needed. Use it to get a result
    without tuning; a tuned method is usually better.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Factor of the gradients, greater than 0, or a schedule. The paper has none: a constant one
        has no effect, except through ``eps``, since bets do not depend on the scale of gradients.
    alpha : float or array_like, default 100.0
        How many of the largest gradients the first bets are divided by, at least 0. Larger is more
        careful at the start.
    eps : float or array_like, default 1e-08
        Scale of the gradients before the first one, at least 0. The paper has 0; then a coordinate
        whose gradient has always been zero becomes nan.

    See Also
    --------
    Prodigy : Needs no learning rate either, and estimates the distance to the solution.

    Notes
    -----
    .. math::

        u_t      &= \eta g_t \\
        l_t      &= \max(l_{t-1}, \lvert u_t \rvert) \\
        s_t      &= s_{t-1} + \lvert u_t \rvert \\
        w_t      &= \max(0, w_{t-1} - u_t (\theta_{t-1} - \theta_0)) \\
        z_t      &= z_{t-1} - u_t \\
        \theta_t &= \theta_0 + \frac{z_t (1 + \frac{w_t}{l_t})}{\max(s_t + l_t, \alpha l_t)}

    with :math:`l_0 = \varepsilon` and all other states 0. The paper writes :math:`L`, :math:`G`,
    :math:`\mathrm{Reward}` and :math:`\theta` for :math:`l`, :math:`s`, :math:`w` and :math:`z`,
    and :math:`w` for the parameters.

    References
    ----------
    .. [1] F. Orabona and T. Tommasi, "Training deep networks without learning rates through coin
       betting", NIPS 2017, Algorithm 2. arXiv:1705.07795.

    Examples
    --------
    The scale of the loss has no effect, and the steps grow until the parameter nears its minimum,
    at 0:

    >>> import numpy as np
    >>> from adamdoc import COCOB
    >>> optimizer = COCOB()
    >>> for scale in (1e-3, 1e3):
    ...     theta = np.array([3.0])
    ...     state = optimizer.init(theta)
    ...     for t in range(1, 41):
    ...         theta, state = optimizer.update(theta, scale * theta, state)
    ...         if t % 20 == 0:
    ...             print(theta.round(2))
    [2.12]
    [0.02]
    [2.12]
    [0.02]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"u_t", "u", "step", "gradient, scaled"),
        Symbol(
            r"l_t",
            "largest",
            "state",
            "largest size of a gradient so far",
            rule="nonnegative",
            start=r"\varepsilon",
        ),
        Symbol(r"s_t", "s", "state", "sum of the sizes of the gradients", rule="nonnegative"),
        Symbol(r"w_t", "w", "state", "what past bets have won", rule="nonnegative"),
        Symbol(r"z_t", "z", "state", "sum of the negative gradients"),
        Symbol(r"\theta_0", "start", "state", "initial parameters", start=r"\theta_0"),
        Symbol(r"\eta", "lr", "hyperparameter", "factor of the gradients", "positive"),
        Symbol(r"\alpha", "alpha", "hyperparameter", "divisor of the first bets", "nonnegative"),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "scale of the gradients before the first one",
            "nonnegative",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad",)
    paper: ClassVar[str] = "orabona2017"
    replaces_theta: ClassVar[bool] = True

    lr: Hyperparameter = 1.0
    alpha: Hyperparameter = 100.0
    eps: Hyperparameter = 1e-08

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {
            "t": 0,
            "largest": np.full_like(zeros(theta), self.at("eps", 1)),
            "s": zeros(theta),
            "w": zeros(theta),
            "z": zeros(theta),
            "start": copy(theta),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, alpha, _ = self._operands(theta, g, state)
        start = state["start"]
        u = lr * g
        largest = np.maximum(state["largest"], abs(u))
        s = state["s"] + abs(u)
        w = np.maximum(0, state["w"] - u * (theta - start))
        z = state["z"] - u
        theta = start + z * (1 + w / largest) / np.maximum(s + largest, alpha * largest)
        return theta, {**state, "t": t, "largest": largest, "s": s, "w": w, "z": z}
