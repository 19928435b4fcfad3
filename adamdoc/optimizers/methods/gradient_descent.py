"""Gradient descent, batch or stochastic."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    r"""Gradient descent: a step against the gradient.

    With the gradient of the full loss this is batch gradient descent; with the gradient of a
    mini-batch it is stochastic gradient descent (SGD). The update is the same.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. The papers give no default; 0.01 is a common
        first try.

    Notes
    -----
    .. math::

        \theta_t &= \theta_{t-1} - \eta g_t

    On a loss whose gradient is Lipschitz with constant :math:`L`, the loss falls at every step if
    :math:`\eta < 2/L` [2]_. On a quadratic with a curvature of :math:`L`, it diverges if
    :math:`\eta > 2/L`.

    References
    ----------
    .. [1] A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées",
       Comptes rendus 25, 1847, pp. 536-538.
    .. [2] \Y. Nesterov, "Lectures on Convex Optimization", 2nd ed., Springer, 2018, section 1.2.3.
    .. [3] H. Robbins and S. Monro, "A stochastic approximation method", Annals of Mathematical
       Statistics 22(3), 1951, pp. 400-407 (the stochastic case).

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent
    >>> optimizer = GradientDescent(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, 2 * theta, optimizer.init(theta))
    >>> theta
    array([ 0.8, -1.6])
    """

    builds_on: ClassVar[tuple[str, ...]] = ()
    paper: ClassVar[str] = "cauchy1847"

    lr: Hyperparameter = 0.01

    def init(self, theta: Params) -> State:  # noqa: ARG002 - there is no array in the state
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr = self._operands(theta, g, state)
        theta = theta - lr * g
        return theta, {"t": t}
