"""Kunstner et al. (2024): heavy-tailed class imbalance."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models import Model, Params


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


def frequency_groups(y: Array, groups: int) -> Array:
    """Return the frequency group of each class, so that groups have about as many samples each.

    Parameters
    ----------
    y : ndarray of int, shape (N,)
        The class labels of the samples.
    groups : int
        The number of groups, at least 1.

    Returns
    -------
    ndarray of int, shape (K,)
        For each class the number of its group, from 0 for the most frequent classes.

    References
    ----------
    .. [1] F. Kunstner and others, "Heavy-tailed class imbalance and why Adam outperforms gradient
       descent on language models", NeurIPS 2024, figure 1. arXiv:2402.19449.

    Examples
    --------
    >>> frequency_groups(np.array([0, 0, 0, 0, 1, 1, 2, 3]), groups=2)
    array([0, 1, 1, 1])
    """
    groups = checks.integer("groups", groups, minimum=1)
    counts = np.bincount(y)
    order = np.argsort(-counts, kind="stable")
    # A class belongs to the group in which the middle one of its samples falls.
    middles = counts[order].cumsum() - counts[order] / 2
    result = np.empty(len(counts), int)
    result[order] = np.minimum(groups * middles // len(y), groups - 1)
    return result


def group_losses(model: Model, params: Params, x: Array, y: Array, group: Array) -> Array:
    """Return the mean loss of a classifier over the samples of each frequency group.

    Parameters
    ----------
    model : Model
        The classifier.
    params : dict of ndarray
        Its parameters.
    x, y : ndarray
        The samples.
    group : ndarray of int, shape (K,)
        The group of each class (see `frequency_groups`).

    Returns
    -------
    ndarray, shape (groups,)
        The mean cross-entropy.

    Examples
    --------
    A model that knows nothing is equally bad at all classes:

    >>> from adamdoc.models import SoftmaxRegression
    >>> x, y = long_tail(3)
    >>> model = SoftmaxRegression(7, 7)
    >>> group_losses(model, model.init(), x, y, frequency_groups(y, 3)).round(3)
    array([1.946, 1.946, 1.946])
    """
    p = model.probabilities(params, x)[np.arange(len(y)), y]
    of_sample = group[y]
    losses = -np.log(np.maximum(p, np.finfo(float).tiny))
    return np.bincount(of_sample, losses) / np.bincount(of_sample)
