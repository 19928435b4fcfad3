"""RMSprop."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class RMSprop(Optimizer):
    r"""Root mean square propagation: divides by a running root mean square of the gradient.

    Hinton's lecture derives it from `Rprop`. To use only the sign of the gradient is to divide the
    gradient by its own size, which is another number for each mini-batch. A running average is
    nearly the same number for successive batches.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule. The lecture gives no default.
    beta : float or array_like, default 0.9
        Decay rate of the average, at least 0 and less than 1. The lecture has 0.9.
    eps : float or array_like, default 1e-8
        Added to the root, at least 0. The lecture has none; 1e-8 is a common value. With 0, a
        coordinate whose gradient has always been zero becomes nan.

    See Also
    --------
    Rprop : The version for the gradient of all data.
    AdaGrad : Divides by the root of a sum, which never falls.
    Adam : Adds a first moment and bias correction.

    Notes
    -----
    .. math::

        v_t      &= \beta v_{t-1} + (1 - \beta) g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta \frac{g_t}{\sqrt{v_t} + \varepsilon}

    with :math:`v_0 = 0`. The average starts at zero and is not corrected, so the first step has
    length :math:`\eta / \sqrt{1 - \beta}` in each coordinate, 3.16 :math:`\eta` at the default.

    References
    ----------
    .. [1] T. Tieleman and G. Hinton, "Lecture 6.5 - RMSProp: divide the gradient by a running
       average of its recent magnitude", Coursera: Neural Networks for Machine Learning, 2012,
       slide 29, "rmsprop: a mini-batch version of rprop".

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import RMSprop
    >>> optimizer = RMSprop(lr=0.1, beta=0.75)
    >>> theta = np.array([1.0, -2.0])
    >>> optimizer.update(theta, 2 * theta, optimizer.init(theta))[0].round(6)
    array([ 0.8, -1.8])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Rprop",)
    paper: ClassVar[str] = "tieleman2012"

    lr: Hyperparameter = 0.001
    beta: Hyperparameter = 0.9
    eps: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta, eps = self._operands(theta, g, state)
        v = beta * state["v"] + (1 - beta) * g**2
        theta = theta - lr * g / (np.sqrt(v) + eps)
        return theta, {"t": t, "v": v}
