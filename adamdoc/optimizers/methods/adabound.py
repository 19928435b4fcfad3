"""AdaBound."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdaBound(Optimizer):
    r"""Adam whose rate for each coordinate is held between bounds that close in on one value.

    At the start the bounds are 0 and infinity, and the steps are Adam's. In the end all coordinates
    have the learning rate ``final_lr``, and the steps are those of `Momentum`. Use it where `Adam`
    gets ahead quickly but `SGD` ends better, and you would rather not switch by hand.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate of Adam, greater than 0, or a schedule. The bounds do not
        follow it: give ``final_lr`` one of its own.
    final_lr : float or array_like, default 0.1
        Learning rate in the end, greater than 0.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    gamma : float or array_like, default 0.001
        How fast the bounds close in, greater than 0: after 1 / gamma steps they are at half and
        twice ``final_lr``. The paper has 1 - beta2.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    amsgrad : float, default 0.0
        1 divides by the largest second moment so far, which the paper calls AMSBound; 0 divides by
        the current one.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0. The paper has none.

    See Also
    --------
    Adam : Without bounds.
    AMSGrad : The other way to hold Adam's rates back.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \bar{v}_t &= \max(\bar{v}_{t-1}, v_t) \\
        r_t       &= \frac{\eta \sqrt{1 - \beta_2^t}}{(1 - \beta_1^t)
                     (\sqrt{\chi \bar{v}_t + (1 - \chi) v_t + \delta} + \varepsilon)} \\
        l_t       &= \bar{\eta} (1 - \frac{1}{\gamma t + 1}) \\
        u_t       &= \bar{\eta} (1 + \frac{1}{\gamma t}) \\
        \theta_t  &= \theta_{t-1} - \max(l_t, \min(u_t, r_t)) m_t

    with all states 0 at the start. These are the rates and bounds of the authors' code. The paper's
    Algorithm 2 has no bias correction and divides the rate by :math:`\sqrt{t}`, for its proof.

    References
    ----------
    .. [1] L. Luo, Y. Xiong, Y. Liu and X. Sun, "Adaptive gradient methods with dynamic bound of
       learning rate", ICLR 2019, Algorithms 2 and 3. arXiv:1902.09843.

    Examples
    --------
    Two coordinates whose gradients differ a thousandfold in size: the steps are equal at first, and
    in the end almost proportional to the gradients, with a rate close to 0.1:

    >>> import numpy as np
    >>> from adamdoc import AdaBound
    >>> optimizer = AdaBound(lr=0.01)
    >>> theta, state = np.zeros(2), optimizer.init(np.zeros(2))
    >>> for t in range(1, 10001):
    ...     before = theta
    ...     theta, state = optimizer.update(theta, np.array([1e-3, 1.0]), state)
    ...     if t in (1, 10000):
    ...         print((before - theta).round(5))
    [0.01 0.01]
    [0.00011 0.09091]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"r_t", "r", "step", "Adam's learning rate of each coordinate"),
        Symbol(r"l_t", "lower", "step", "lower bound of the rates"),
        Symbol(r"u_t", "upper", "step", "upper bound of the rates"),
        Symbol(r"\bar{\eta}", "final_lr", "hyperparameter", "learning rate in the end", "positive"),
        Symbol(r"\gamma", "gamma", "hyperparameter", "how fast the bounds close in", "positive"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam", "AMSGrad", "Momentum")
    paper: ClassVar[str] = "luo2019"

    lr: Hyperparameter = 0.001
    final_lr: Hyperparameter = 0.1
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    gamma: Hyperparameter = 0.001
    eps: Hyperparameter = 1e-08
    amsgrad: Hyperparameter = 0.0
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "v_max": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, final_lr, beta1, beta2, gamma, eps, amsgrad, eps_root = values
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_max = np.maximum(state["v_max"], v)
        second = amsgrad * v_max + (1 - amsgrad) * v
        r = lr * (1 - beta2**t) ** 0.5 / ((1 - beta1**t) * (np.sqrt(second + eps_root) + eps))
        lower = final_lr * (1 - 1 / (gamma * t + 1))
        upper = final_lr * (1 + 1 / (gamma * t))
        theta = theta - np.maximum(lower, np.minimum(upper, r)) * m
        return theta, {"t": t, "m": m, "v": v, "v_max": v_max}
