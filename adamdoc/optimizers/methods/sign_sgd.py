"""The sign of the gradient."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State


@dataclass(frozen=True)
class SignSGD(Optimizer):
    r"""Gradient descent with the sign of the gradient.

    Every coordinate takes a step of the same length, as in the first step of `Adam`. One bit per
    parameter determines the step: the method was designed for distributed training. Use it with a
    decreasing learning rate, because it oscillates around the minimum.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0001
        Learning rate, greater than 0, or a schedule.

    See Also
    --------
    Rprop : A step size for each coordinate, which grows and shrinks.
    Signum : Takes the sign of an average.

    Notes
    -----
    .. math::

        \theta_t &= \theta_{t-1} - \eta \mathrm{sign}(g_t)

    The method keeps no state. Section 1 of the paper traces sign methods back to `Rprop`.

    References
    ----------
    .. [1] J. Bernstein, Y.-X. Wang, K. Azizzadenesheli and A. Anandkumar, "signSGD: compressed
       optimisation for non-convex problems", ICML 2018, Algorithm 1. arXiv:1802.04434.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import SignSGD
    >>> optimizer = SignSGD(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.9, -1.9])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent", "Rprop")
    paper: ClassVar[str] = "bernstein2018"

    lr: Hyperparameter = 0.0001

    def init(self, theta: Params) -> State:  # noqa: ARG002 - there is no array in the state
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr = self._operands(theta, g, state)
        theta = theta - lr * np.sign(g)
        return theta, {"t": t}
