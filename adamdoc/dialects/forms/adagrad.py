"""AdaGrad as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adagrad import AdaGrad


@dataclass(frozen=True)
class AdaGradDialect(Optimizer):
    r"""AdaGrad with switches for the differences between libraries.

    They differ in where eps is added and in the initial sum: 0 in PyTorch, 0.1 in Optax and Keras.
    See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule.
    eps : float or array_like, default 1e-10
        Added to the root of the sum, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the sum under the root, at least 0.
    initial : float or array_like, default 0.0
        The sum before the first step, at least 0.
    lr_decay : float or array_like, default 0.0
        The learning rate is divided by 1 plus this times the number of previous steps; at least 0.

    Notes
    -----
    .. math::

        s_t      &= s_{t-1} + g_t^2 \\
        \eta_t   &= \frac{\eta}{1 + (t - 1) \zeta} \\
        \theta_t &= \theta_{t-1} - \eta_t \frac{g_t}{\sqrt{s_t + \iota + \delta} + \varepsilon}

    with :math:`s_0 = 0`.

    References
    ----------
    .. [1] J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and
       stochastic optimization", JMLR 12, 2011, equation 1 with a diagonal matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import AdaGradDialect
    >>> optimizer = AdaGradDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = AdaGrad.symbols
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad",)
    paper: ClassVar[str] = "duchi2011"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.01
    eps: Hyperparameter = 1e-10
    eps_root: Hyperparameter = 0.0
    initial: Hyperparameter = 0.0
    lr_decay: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "s": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, eps, eps_root, initial, lr_decay = self._operands(theta, g, state)
        s = state["s"] + g**2
        rate = lr / (1 + (t - 1) * lr_decay)
        theta = theta - rate * g / (np.sqrt(s + initial + eps_root) + eps)
        return theta, {"t": t, "s": s}
