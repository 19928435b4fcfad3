"""Malladi et al. (2022): the square root scaling rule for Adam."""

from dataclasses import replace

from adamdoc import checks
from adamdoc.optimizers import Adam


def scaled(optimizer: Adam, k: float) -> Adam:
    """Return Adam for batches that are `k` times as large, by the square root scaling rule.

    The learning rate is multiplied by the root of k, one minus each beta by k, and eps is divided
    by the root of k. The averages then cover the same samples, and the sum of the noise in the
    steps stays the same, as long as noise dominates the gradients.

    Parameters
    ----------
    optimizer : Adam
        Adam, with plain numbers as hyperparameters.
    k : float
        The factor by which the batch grows, greater than 0; below 1 the batch shrinks.

    Returns
    -------
    Adam
        Adam with the scaled hyperparameters.

    Raises
    ------
    ValueError
        If one minus a beta would grow beyond 1.

    References
    ----------
    .. [1] S. Malladi and others, "On the SDEs and scaling rules for adaptive gradient algorithms",
       NeurIPS 2022. arXiv:2205.10287.

    Examples
    --------
    >>> scaled(Adam(lr=1e-3, beta1=0.9, beta2=0.99, eps=1e-8), k=4).lr
    0.002
    >>> round(scaled(Adam(beta1=0.9), k=4).beta1, 6)
    0.6
    """
    k = checks.number("k", k, "positive")
    betas = {name: 1 - k * (1 - getattr(optimizer, name)) for name in ("beta1", "beta2")}
    for name, beta in betas.items():
        if beta < 0:
            raise ValueError(
                f"k must be at most 1 / (1 - {name}) = {1 / (1 - getattr(optimizer, name)):.3g}, "
                f"so that {name} stays at least 0, got {k:g}"
            )
    return replace(optimizer, lr=optimizer.lr * k**0.5, eps=optimizer.eps / k**0.5, **betas)
