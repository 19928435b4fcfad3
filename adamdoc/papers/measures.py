"""Measures shared by several experiments."""

from collections.abc import Sequence

import numpy as np

from adamdoc.checks import Array


def settled(losses: Array, level: float) -> Array:
    """Return the number of steps after which losses stay at or below a level, or infinity.

    Parameters
    ----------
    losses : ndarray, shape (k + 1, ...)
        The losses of one run or of a batch of runs. nan, as after divergence, counts as above.
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
    """Return the exponent p of a power law y ~ x^p, by least squares on logarithmic axes.

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
