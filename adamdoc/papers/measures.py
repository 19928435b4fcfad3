"""Measures that several experiments share."""

from collections.abc import Sequence

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer


def settled(losses: Array, level: float) -> Array:
    """Return after how many steps losses stay at or below a level: infinity if they do not.

    Parameters
    ----------
    losses : ndarray, shape (k + 1, ...)
        The losses of one run or of a batch; nan, after a divergence, counts as above.
    level : float
        The level.

    Returns
    -------
    ndarray, shape (...)
        The numbers of steps.

    Examples
    --------
    >>> settled(np.array([3.0, 1.0, 2.0, 0.5, 0.4]), level=1.0)
    array(3.)
    """
    above = ~(np.asarray(losses) <= level)
    steps = np.where(above.any(axis=0), len(above) - above[::-1].argmax(axis=0), 0)
    return np.asarray(np.where(above[-1], np.inf, steps.astype(float)))


def slope(x: Sequence[float] | Array, y: Sequence[float] | Array) -> float:
    """Return the exponent p of the power law y ~ x^p that fits best on logarithmic axes.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Numbers greater than 0.

    Returns
    -------
    float
        The exponent.

    Examples
    --------
    >>> round(slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def walk(optimizer: Optimizer, gradients: Array) -> Array:
    """Return the positions after steps along given gradients, from zero.

    Parameters
    ----------
    optimizer : Optimizer
        What steps.
    gradients : ndarray, shape (steps, ...)
        The gradients.

    Returns
    -------
    ndarray, shape (steps, ...)
        The positions.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> walk(GradientDescent(lr=1.0), np.array([[1.0], [2.0]])).ravel()
    array([-1., -3.])
    """
    theta, path = np.zeros(gradients.shape[1:]), []
    state = optimizer.init(theta)
    for g in gradients:
        theta, state = optimizer.update(theta, g, state)
        path.append(theta)
    return np.array(path)
