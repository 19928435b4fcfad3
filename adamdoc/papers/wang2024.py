"""Wang and Aitchison (2024): AdamW's weight decay as the time scale of an average."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.models import MLP
from adamdoc.optimizers import AdamW
from adamdoc.schedules import Cosine
from adamdoc.training import train

#: The size of a batch in `decayed_loss`, and the number of epochs.
BATCH, EPOCHS = 100, 60


def time_scale(lr: float, weight_decay: float, steps_per_epoch: float = 1.0) -> float:
    """Return the time scale of the average of updates that AdamW's parameters are.

    Parameters
    ----------
    lr, weight_decay : float
        The hyperparameters, greater than 0.
    steps_per_epoch : float, default 1
        The number of steps in an epoch. By default the time scale is in steps.

    Returns
    -------
    float
        ``1 / (lr * weight_decay * steps_per_epoch)``, in epochs.

    References
    ----------
    .. [1] X. Wang and L. Aitchison, "How to set AdamW's weight decay as you scale model and dataset
       size", ICML 2025. arXiv:2405.13698.

    Examples
    --------
    >>> round(time_scale(lr=0.001, weight_decay=0.1)), round(time_scale(0.001, 0.1, 500))
    (10000, 20)
    """
    lr = checks.number("lr", lr, "positive")
    weight_decay = checks.number("weight_decay", weight_decay, "positive")
    return 1 / (lr * weight_decay * checks.number("steps_per_epoch", steps_per_epoch, "positive"))


def as_average(start: Array, directions: Array, lr: float, weight_decay: float) -> Array:
    """Return the path of AdamW's parameters, computed as an exponential moving average.

    Parameters
    ----------
    start : ndarray, shape (n,)
        The initial parameters.
    directions : ndarray, shape (steps, n)
        What AdamW multiplies with the learning rate in each step, apart from the decay:
        ``m_hat / (sqrt(v_hat) + eps)``.
    lr, weight_decay : float
        The hyperparameters.

    Returns
    -------
    ndarray, shape (steps + 1, n)
        The path: the average, with the given start and the time scale of `time_scale`, of
        ``-directions / weight_decay``.

    Examples
    --------
    >>> as_average(np.array([1.0]), np.array([[1.0], [1.0]]), lr=0.1, weight_decay=0.5).round(4)
    array([[1.    ],
           [0.85  ],
           [0.7075]])
    """
    share = 1 / time_scale(lr, weight_decay)
    path = [np.asarray(start, float)]
    for target in -np.asarray(directions) / weight_decay:
        path.append((1 - share) * path[-1] + share * target)
    return np.array(path)


def decayed_loss(samples: int, lr: float, tau: float, seed: int) -> float:
    """Return the test loss of an MLP on noisy digits after training with a time scale of decay.

    The data are random `samples` of the digits, of which 40 percent have a random label, so that a
    net can overfit; batches of ``BATCH``, ``EPOCHS`` epochs and a cosine to zero.

    Parameters
    ----------
    samples : int
        The number of training samples.
    lr : float
        The initial learning rate.
    tau : float
        The time scale in epochs, at the initial learning rate.
    seed : int
        Seed of the data and of the training.

    Returns
    -------
    float
        The loss on all test samples; infinite after divergence.

    Examples
    --------
    >>> decayed_loss(100, lr=0.03, tau=20.0, seed=0) < decayed_loss(100, lr=0.03, tau=0.5, seed=0)
    True
    """
    digits, net = load("digits"), MLP((64, 32, 10))
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(digits.y))[:samples]
    x, y = digits.x[chosen], digits.y[chosen].copy()
    noisy = rng.random(samples) < 0.4
    y[noisy] = rng.integers(0, 10, noisy.sum())
    per_epoch = -(-samples // BATCH)
    optimizer = AdamW(
        lr=Cosine(lr, steps=EPOCHS * per_epoch), weight_decay=1 / (lr * tau * per_epoch)
    )
    run = train(net, (x, y), optimizer, epochs=EPOCHS, batch_size=min(BATCH, samples), seed=seed)
    loss = net.loss(run.params, digits.x_test, digits.y_test)
    return float(loss) if run.diverged_at is None else np.inf
