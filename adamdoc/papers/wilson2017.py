"""Wilson et al. (2017): data on which adaptive methods generalize badly."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array


def separable(
    samples: int, share: float, seed: int = 0
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return separable data on which adaptive methods generalize badly, with as many test samples.

    The first feature is the label, 1 or -1; the next two are 1. In addition, a positive sample has
    one feature that no other sample has, and a negative one has five.

    Parameters
    ----------
    samples : int
        The number of training samples.
    share : float
        The expected share of positive samples, above 1/2.
    seed : int, default 0
        Seed of the labels.

    Returns
    -------
    train, test : pair of ndarray
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
    n = 2 * checks.integer("samples", samples, minimum=1)
    y = np.where(rng.random(n) < checks.number("share", share, "[0, 1)"), 1.0, -1.0)
    x = np.zeros((n, 3 + 5 * n))
    x[:, 0], x[:, 1:3] = y, 1.0
    for k in range(n):
        first = 3 + 5 * k
        x[k, first : first + (1 if y[k] > 0 else 5)] = 1.0
    return (x[:samples], y[:samples]), (x[samples:], y[samples:])
