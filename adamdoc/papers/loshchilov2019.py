"""Loshchilov and Hutter (2019): test loss over a grid of learning rates and weight decays."""

import numpy as np
import numpy.typing as npt

from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.models import MLP
from adamdoc.optimizers import Adam, AdamW, CoupledDecay, Optimizer
from adamdoc.schedules import Cosine
from adamdoc.training import train


def decay_loss(
    decoupled: bool,
    lr: float,
    decay: float,
    seed: int,
    *,
    samples: int = 300,
    hidden: int = 64,
    epochs: int = 30,
) -> float:
    """Return the test loss of an MLP trained on a few digits with 40 percent label noise.

    Parameters
    ----------
    decoupled : bool
        Whether weight decay is decoupled (AdamW) or coupled (an L2 penalty with Adam).
    lr : float
        The initial learning rate, which falls to zero along a cosine.
    decay : float
        The weight decay coefficient.
    seed : int
        Seed of the label noise and of the training.
    samples, hidden, epochs : int
        The numbers of training samples, of hidden units and of epochs; batches have 30 samples.

    Returns
    -------
    float
        The loss on all test samples.

    Examples
    --------
    >>> round(decay_loss(True, 0.01, 0.1, seed=0, epochs=0), 1)
    2.5
    """
    digits, net = load("digits"), MLP((64, hidden, 10))
    rng = np.random.default_rng(seed)
    x, y = digits.x[:samples], digits.y[:samples].copy()
    noisy = rng.random(samples) < 0.4
    y[noisy] = rng.integers(0, 10, noisy.sum())
    rate = Cosine(lr, steps=max(1, epochs * -(-samples // 30)))
    optimizer: Optimizer = (
        AdamW(lr=rate, weight_decay=decay) if decoupled else CoupledDecay(Adam(lr=rate), decay)
    )
    run = train(net, (x, y), optimizer, epochs=epochs, batch_size=30, seed=seed)
    return float(net.loss(run.params, digits.x_test, digits.y_test))


def decay_map(decoupled: bool, rates: npt.ArrayLike, decays: npt.ArrayLike, seed: int) -> Array:
    """Return the test losses of `decay_loss` over a grid of learning rates and weight decays.

    Parameters
    ----------
    decoupled : bool
        Whether weight decay is decoupled (AdamW) or coupled (an L2 penalty with Adam).
    rates : array_like, shape (r,)
        The initial learning rates.
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
    rates, decays = np.asarray(rates, float), np.asarray(decays, float)
    return np.array([[decay_loss(decoupled, lr, decay, seed) for decay in decays] for lr in rates])
