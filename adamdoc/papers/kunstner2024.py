"""Kunstner et al. (2024): heavy-tailed class imbalance."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array


def long_tail(groups: int) -> tuple[Array, Array]:
    """Return a classification data set with heavy-tailed class frequencies.

    Group k has 2^k classes with 2^(groups - 1 - k) samples each, so all groups have the same number
    of samples. The input of a sample is the one-hot encoding of its class.

    Parameters
    ----------
    groups : int
        The number of groups, at least 1.

    Returns
    -------
    x : ndarray, shape (N, K)
        The inputs.
    y : ndarray, shape (N,)
        The class labels, the most frequent class first.

    References
    ----------
    .. [1] F. Kunstner and others, "Heavy-tailed class imbalance and why Adam outperforms gradient
       descent on language models", NeurIPS 2024, sections 2 and 4.

    Examples
    --------
    >>> np.bincount(long_tail(3)[1])
    array([4, 2, 2, 1, 1, 1, 1])
    """
    last = checks.integer("groups", groups, minimum=1) - 1
    sizes = [2 ** (last - k) for k in range(groups) for _ in range(2**k)]
    y = np.repeat(np.arange(len(sizes)), sizes)
    return np.eye(len(sizes))[y], y
