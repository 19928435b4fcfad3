"""Loshchilov and Hutter (2019): test loss over a grid of learning rates and weight decays."""

import numpy as np
import numpy.typing as npt

from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.models import MLP
from adamdoc.optimizers import Adam, AdamW, CoupledDecay, Optimizer
from adamdoc.schedules import Cosine
from adamdoc.training import train


def decay_map(decoupled: bool, rates: npt.ArrayLike, decays: npt.ArrayLike, seed: int) -> Array:
    """Return the test losses of an MLP trained on 300 digits with 40 percent label noise.

    Parameters
    ----------
    decoupled : bool
        Whether weight decay is decoupled (AdamW) or coupled (an L2 penalty with Adam).
    rates : array_like, shape (r,)
        The initial learning rates of a cosine schedule over 300 steps.
    decays : array_like, shape (k,)
        The weight decay coefficients.
    seed : int
        Seed of the label noise and of the training.

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
    losses = np.empty((len(rates), len(decays)))
    for i, lr in enumerate(rates):
        for j, decay in enumerate(decays):
            rate = Cosine(lr, steps=300)
            optimizer: Optimizer = (
                AdamW(lr=rate, weight_decay=decay)
                if decoupled
                else CoupledDecay(Adam(lr=rate), decay)
            )
            run = train(net, (x, y), optimizer, epochs=30, batch_size=30, seed=seed)
            losses[i, j] = net.loss(run.params, digits.x_test, digits.y_test)
    return losses
