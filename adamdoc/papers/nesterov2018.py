"""Nesterov (2018): constant momentum for strongly convex losses."""

import numpy as np

from adamdoc.optimizers import Nesterov


def best_nesterov(kappa: float) -> Nesterov:
    r"""Return Nesterov's method with his constant momentum for curvatures from 1 to kappa.

    Parameters
    ----------
    kappa : float
        The condition number, at least 1.

    Returns
    -------
    Nesterov
        The optimizer with his settings for strongly convex losses.

    References
    ----------
    .. [1] \Y. Nesterov, "Lectures on Convex Optimization", 2nd ed., Springer, 2018, section 2.2.

    Examples
    --------
    >>> best_nesterov(9.0).momentum
    0.5
    """
    root = np.sqrt(kappa)
    return Nesterov(lr=1 / kappa, momentum=float((root - 1) / (root + 1)))
