"""Nesterov (1983): acceleration for all smooth convex losses."""

from collections.abc import Callable

import numpy as np

from adamdoc.checks import Array


def momenta(steps: int) -> Array:
    """Return the momentum of each step, which grows from 0 towards 1.

    Parameters
    ----------
    steps : int
        The number of steps.

    Returns
    -------
    ndarray, shape (steps,)
        The momenta: about 1 - 3 / t after t steps.

    Examples
    --------
    >>> momenta(4).round(3)
    array([0.   , 0.282, 0.434, 0.531])
    """
    a = [1.0]
    for _ in range(steps):
        a.append((1 + np.sqrt(1 + 4 * a[-1] ** 2)) / 2)
    return (np.array(a[:-1]) - 1) / a[1:]


def accelerate(grad: Callable[[Array], Array], start: Array, lr: float, steps: int) -> Array:
    """Run Nesterov's accelerated gradient method with the momentum of 1983, which grows.

    Use it for the rate of his theorem 1; `adamdoc.Nesterov` has a constant momentum.

    Parameters
    ----------
    grad : callable
        ``grad(theta)`` returns the gradient.
    start : ndarray, shape (n,)
        The starting point.
    lr : float
        The learning rate, at most 1 over the largest curvature.
    steps : int
        The number of steps.

    Returns
    -------
    ndarray, shape (steps + 1, n)
        The points, beginning with the start. Gradients are taken ahead of them.

    References
    ----------
    .. [1] Y. Nesterov, "A method of solving a convex programming problem with convergence rate
       O(1/k^2)", Soviet Mathematics Doklady 27(2), 1983, pp. 372-376.

    Examples
    --------
    >>> accelerate(lambda theta: theta, np.array([1.0]), lr=0.5, steps=3).ravel().round(3)
    array([1.  , 0.5 , 0.25, 0.09])
    """
    ahead, path = start, [start]
    for momentum in momenta(steps):
        path.append(ahead - lr * grad(ahead))
        ahead = path[-1] + momentum * (path[-1] - path[-2])
    return np.array(path)
