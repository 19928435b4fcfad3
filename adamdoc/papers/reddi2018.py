"""Reddi, Kale and Kumar (2018): online losses on which Adam converges to the worst point."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State


def online(
    optimizer: Optimizer, gradients: Iterable[Any], low: float = -1.0, high: float = 1.0
) -> Array:
    """Return the path of an optimizer that is shown one gradient after another, kept in a range.

    After each step the point is moved to the nearest one allowed.

    Parameters
    ----------
    optimizer : Optimizer
        What steps.
    gradients : iterable of array_like
        The gradients, of numbers or of shape (...) for many runs at once.
    low, high : float
        The range.

    Returns
    -------
    ndarray, shape (steps, ...)
        The points after each step. The start is 0.

    References
    ----------
    .. [1] S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       Algorithm 1, which projects by the metric of v; in one dimension that is the same.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> online(GradientDescent(lr=0.4), [1.0, 1.0, 1.0])
    array([-0.4, -0.8, -1. ])
    """
    x = np.zeros(())
    state: State = {}
    path = []
    for g in gradients:
        g = np.asarray(g, float)
        if not state:
            x = np.zeros(g.shape)
            state = optimizer.init(x)
        x, state = optimizer.update(x, g, state)
        x = np.clip(x, low, high)
        path.append(x)
    return np.array(path)


def three_beat(steps: int) -> Array:
    """Return the gradients of the losses 3 x, -x, -x, 3 x, ... whose best point is -1.

    Parameters
    ----------
    steps : int
        How many.

    Returns
    -------
    ndarray, shape (steps,)
        The gradients.

    References
    ----------
    .. [1] S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       section 3, with C = 3.

    Examples
    --------
    >>> three_beat(4)
    array([ 3., -1., -1.,  3.])
    """
    return np.where(np.arange(1, steps + 1) % 3 == 1, 3.0, -1.0)
