"""Polyak (1964): the optimal heavy ball on a quadratic."""

import numpy as np

from adamdoc.optimizers import HeavyBall


def best_heavy_ball(kappa: float) -> HeavyBall:
    """Return the heavy ball with the optimal settings for a quadratic with curvatures 1 to kappa.

    Parameters
    ----------
    kappa : float
        The condition number, at least 1.

    Returns
    -------
    HeavyBall
        The optimizer with Polyak's settings.

    References
    ----------
    .. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
       Computational Mathematics and Mathematical Physics 4(5), 1964.

    Examples
    --------
    >>> best_heavy_ball(9.0)
    HeavyBall(lr=0.25, momentum=0.25)
    """
    root = np.sqrt(kappa)
    return HeavyBall(
        lr=float((2 / (1 + root)) ** 2), momentum=float(((root - 1) / (root + 1)) ** 2)
    )
