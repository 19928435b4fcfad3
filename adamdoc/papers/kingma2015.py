"""Kingma and Ba (2015): Adam without bias correction, and bag-of-words data with dropout."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.optimizers import Adam
from adamdoc.optimizers.base import State


class Uncorrected(Adam):
    """Adam without its bias correction.

    Parameters
    ----------
    lr, beta1, beta2, eps : float
        The hyperparameters of `adamdoc.Adam`.

    Examples
    --------
    >>> theta = np.zeros(1)
    >>> optimizer = Uncorrected(lr=1.0)
    >>> optimizer.update(theta, np.ones(1), optimizer.init(theta))[0].round(3)
    array([-3.162])
    """

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return super().init(theta)

    def update(self, theta: Array, g: Array, state: State) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        return theta - lr * m / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v}


def bag_of_words(copies: int, seed: int) -> tuple[Array, Array]:
    """Return bag-of-words features of text passages, in several copies with 50 % dropout.

    Parameters
    ----------
    copies : int
        The number of copies of each passage, each with its own dropout mask.
    seed : int
        Seed of the masks.

    Returns
    -------
    x : ndarray, shape (copies * N, d)
        The word counts, dropped or doubled.
    y : ndarray, shape (copies * N,)
        The class labels.

    Examples
    --------
    >>> x, y = bag_of_words(2, seed=0)
    >>> words = load("words")
    >>> x.shape == (2 * len(words.y), len(words.vocabulary)), len(y) == len(x)
    (True, True)
    """
    words = load("words")
    counts = np.zeros((len(words.y), len(words.vocabulary)))
    np.add.at(counts, (np.arange(len(words.y))[:, None], words.x.astype(int)), 1.0)
    rng = np.random.default_rng(seed)
    dropped = [counts * (rng.random(counts.shape) < 0.5) * 2 for _ in range(copies)]
    return np.concatenate(dropped), np.tile(words.y, copies)
