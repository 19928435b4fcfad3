"""Liu et al. (2020): the variance of the adaptive learning rate."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import Adam


def adaptive_rates(beta2: float, steps: int, runs: int, seed: int = 0) -> Array:
    """Return samples of Adam's adaptive learning rate 1 / sqrt(v_hat) for N(0, 1) gradients.

    Parameters
    ----------
    beta2 : float
        The decay rate of the second moment.
    steps : int
        The number of steps.
    runs : int
        The number of independent samples.
    seed : int, default 0
        Seed of the gradients.

    Returns
    -------
    ndarray, shape (steps, runs)
        The adaptive learning rates after each step.

    References
    ----------
    .. [1] L. Liu and others, "On the variance of the adaptive learning rate and beyond", ICLR 2020,
       section 3.

    Examples
    --------
    >>> adaptive_rates(0.999, steps=3, runs=2).shape
    (3, 2)
    """
    rng = np.random.default_rng(seed)
    adam, x = Adam(beta2=beta2), np.zeros(runs)
    state, rates = adam.init(x), []
    for t in range(1, steps + 1):
        _, state = adam.update(x, rng.standard_normal(runs), state)
        rates.append(1 / np.sqrt(state["v"] / (1 - beta2**t)))
    return np.array(rates)
