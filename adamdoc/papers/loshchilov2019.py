"""Loshchilov and Hutter (2019): test losses over learning rate and weight decay."""

import numpy as np
import numpy.typing as npt

from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.models import MLP
from adamdoc.optimizers import Adam, AdamW, CoupledDecay, Optimizer
from adamdoc.schedules import Cosine
from adamdoc.training import train


def decay_map(decoupled: bool, rates: npt.ArrayLike, decays: npt.ArrayLike, seed: int) -> Array:
    """Return test losses of a net on 300 digits, of which 40 percent have a random label.

    Parameters
    ----------
    decoupled : bool
        Whether decay is that of AdamW, in place of a penalty inside Adam.
    rates : array_like, shape (r,)
        The learning rates, each the start of a cosine over 300 steps.
    decays : array_like, shape (k,)
        The weights of the decay.
    seed : int
        Seed of the labels and of the training.

    Returns
    -------
    ndarray, shape (r, k)
        The losses on all test samples.

    Examples
    --------
    >>> decay_map(True, [0.01], [0.1], seed=0).shape
    (1, 1)
    """
    digits, net = load("digits"), MLP((64, 64, 10))
    rng = np.random.default_rng(seed)
    x, y = digits.x[:300], digits.y[:300].copy()
    noisy = rng.random(300) < 0.4
    y[noisy] = rng.integers(0, 10, noisy.sum())
    rates, decays = np.asarray(rates, float), np.asarray(decays, float)
    found = np.empty((len(rates), len(decays)))
    for i, lr in enumerate(rates):
        for j, decay in enumerate(decays):
            rate = Cosine(lr, steps=300)
            optimizer: Optimizer = (
                AdamW(lr=rate, weight_decay=decay)
                if decoupled
                else CoupledDecay(Adam(lr=rate), decay)
            )
            run = train(net, (x, y), optimizer, epochs=30, batch_size=30, seed=seed)
            found[i, j] = net.loss(run.params, digits.x_test, digits.y_test)
    return found
