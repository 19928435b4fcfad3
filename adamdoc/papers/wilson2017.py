"""Wilson and others (2017): data on which adaptive methods find a bad fit."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array


def separable(
    samples: int, share: float, seed: int = 0
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return the data on which adaptive methods find a bad fit, and as many unseen samples.

    The first feature is the label, 1 or -1; the next two are 1. A positive sample has one feature
    of its own, a negative one five.

    Parameters
    ----------
    samples : int
        How many.
    share : float
        The share of positive samples, above 1/2.
    seed : int, default 0
        Seed of the labels.

    Returns
    -------
    seen, unseen : pair of ndarray
        The inputs, shape (samples, 3 + 5 * 2 * samples), and the labels.

    References
    ----------
    .. [1] A. Wilson and others, "The marginal value of adaptive gradient methods in machine
       learning", NeurIPS 2017, section 3.3.

    Examples
    --------
    >>> (x, y), _ = separable(4, 0.75)
    >>> x.shape, x[0, :3]
    ((4, 43), array([1., 1., 1.]))
    """
    rng = np.random.default_rng(seed)
    n = 2 * checks.integer("samples", samples, least=1)
    y = np.where(rng.random(n) < checks.number("share", share, "[0, 1)"), 1.0, -1.0)
    x = np.zeros((n, 3 + 5 * n))
    x[:, 0], x[:, 1:3] = y, 1.0
    for k in range(n):
        own = 3 + 5 * k
        x[k, own : own + (1 if y[k] > 0 else 5)] = 1.0
    return (x[:samples], y[:samples]), (x[samples:], y[samples:])
