"""Reddi, Kale and Kumar (2018): online losses on which Adam converges to the worst point."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer
from adamdoc.run import walk


def online(
    optimizer: Optimizer, gradients: Iterable[Any], low: float = -1.0, high: float = 1.0
) -> Array:
    """Return the iterates of projected online optimization along given gradients, from zero.

    After each step the parameters are projected onto the interval.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    gradients : iterable of array_like
        The gradients: numbers, or arrays for several runs at once.
    low, high : float
        The interval.

    Returns
    -------
    ndarray, shape (steps, ...)
        The parameters after each step.

    References
    ----------
    .. [1] S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       Algorithm 1, which projects in the metric of v; in one dimension that is the same.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> online(GradientDescent(lr=0.4), [1.0, 1.0, 1.0])
    array([-0.4, -0.8, -1. ])
    """
    return walk(optimizer, np.array(list(gradients), float), low=low, high=high)


def three_beat(steps: int) -> Array:
    """Return the gradients of the losses 3 x, -x, -x, 3 x, ..., whose minimizer on [-1, 1] is -1.

    Parameters
    ----------
    steps : int
        The number of gradients.

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
