"""The sign of the momentum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Signum(Optimizer):
    r"""The sign of an exponential average of the gradients.

    This is `SignSGD` with momentum, which stabilizes the sign where gradients are noisy. `Lion`
    adds a second decay rate.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0001
        Learning rate, greater than 0, or a schedule.
    beta : float or array_like, default 0.9
        Decay rate of the average, at least 0 and less than 1. 0 gives `SignSGD`.

    Notes
    -----
    .. math::

        m_t      &= \beta m_{t-1} + (1 - \beta) g_t \\
        \theta_t &= \theta_{t-1} - \eta \mathrm{sign}(m_t)

    with :math:`m_0 = 0`.

    References
    ----------
    .. [1] J. Bernstein, Y.-X. Wang, K. Azizzadenesheli and A. Anandkumar, "signSGD: compressed
       optimisation for non-convex problems", ICML 2018, Algorithm 2. arXiv:1802.04434.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Signum
    >>> optimizer = Signum(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("SignSGD", "Momentum")
    paper: ClassVar[str] = "bernstein2018"

    lr: Hyperparameter = 0.0001
    beta: Hyperparameter = 0.9

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta = self._operands(theta, g, state)
        m = beta * state["m"] + (1 - beta) * g
        theta = theta - lr * np.sign(m)
        return theta, {"t": t, "m": m}
