"""AdaGrad."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    r"""Adaptive gradient: divides by the root of the sum of all squared gradients so far.

    Each coordinate has its own learning rate, which can only decrease. It is good for sparse
    gradients; in long runs the steps may become too short before the minimum is reached.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. The paper gives no default; PyTorch has 0.01.
    eps : float or array_like, default 1e-10
        Added to the root, at least 0. The paper calls it delta and gives no default; PyTorch has
        1e-10. With 0, a coordinate whose gradient has always been zero becomes nan.

    See Also
    --------
    RMSprop : Replaces the sum by an exponential average.

    Notes
    -----
    .. math::

        s_t      &= s_{t-1} + g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta \frac{g_t}{\sqrt{s_t} + \varepsilon}

    with :math:`s_0 = 0`. This is the diagonal version of the paper.

    References
    ----------
    .. [1] J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and
       stochastic optimization", JMLR 12, 2011, pp. 2121-2159, Figure 1 (the diagonal version,
       without constraint or regularizer).

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import AdaGrad
    >>> optimizer = AdaGrad(lr=0.5)
    >>> theta = np.array([1.0, -2.0])
    >>> optimizer.update(theta, 2 * theta, optimizer.init(theta))[0].round(6)
    array([ 0.5, -1.5])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"s_t", "s", "state", "sum of the squared gradients", rule="nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "duchi2011"

    lr: Hyperparameter = 0.01
    eps: Hyperparameter = 1e-10

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "s": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, eps = self._operands(theta, g, state)
        s = state["s"] + g**2
        theta = theta - lr * g / (np.sqrt(s) + eps)
        return theta, {"t": t, "s": s}
