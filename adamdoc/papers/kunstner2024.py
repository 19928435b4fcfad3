"""Kunstner and others (2024): classes that are unequally frequent."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array


def long_tail(groups: int) -> tuple[Array, Array]:
    """Return a softmax problem whose classes are unequally frequent: all groups are equally large.

    Group k has 2^k classes with 2^(groups - 1 - k) samples each. The input of a sample says which
    class it has: one feature of its own is 1.

    Parameters
    ----------
    groups : int
        The number of groups, at least 1.

    Returns
    -------
    x : ndarray, shape (N, K)
        The inputs.
    y : ndarray, shape (N,)
        The class numbers, the most frequent first.

    References
    ----------
    .. [1] F. Kunstner and others, "Heavy-tailed class imbalance and why Adam outperforms gradient
       descent on language models", NeurIPS 2024, sections 2 and 4.

    Examples
    --------
    >>> np.bincount(long_tail(3)[1])
    array([4, 2, 2, 1, 1, 1, 1])
    """
    last = checks.integer("groups", groups, least=1) - 1
    sizes = [2 ** (last - k) for k in range(groups) for _ in range(2**k)]
    y = np.repeat(np.arange(len(sizes)), sizes)
    return np.eye(len(sizes))[y], y
