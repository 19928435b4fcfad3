"""Molybog et al. (2023): spikes of the loss under Adam, and the steps that make them."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.curvature import flatten
from adamdoc.models import Model
from adamdoc.optimizers import Optimizer

#: The batch size of all trainings here.
BATCH = 64


def step_in_noise(beta1: float) -> float:
    """Return the typical length of Adam's steps, in learning rates, where gradients are noise.

    The gradients of a coordinate are independent over time with the mean 0. With beta2 next to 1
    the divisor is their root mean square, and the average of the gradients has what is left of it.

    Parameters
    ----------
    beta1 : float
        The decay rate of the first moment.

    Returns
    -------
    float
        The root mean square of the step over the learning rate, ``sqrt((1 - beta1)/(1 + beta1))``.

    Examples
    --------
    >>> round(step_in_noise(0.9), 3), step_in_noise(0.0)
    (0.229, 1.0)
    """
    beta1 = checks.number("beta1", beta1, "nonnegative")
    if beta1 >= 1:
        raise ValueError(f"beta1 must be less than 1, got {beta1:g}")
    return float(np.sqrt((1 - beta1) / (1 + beta1)))


@dataclass(frozen=True)
class Steps:
    """The steps of a training.

    Attributes
    ----------
    losses : ndarray, shape (steps + 1,)
        The losses on all samples, before the first step and after each.
    lengths : ndarray, shape (steps,)
        The root mean square of each step.
    descent : ndarray, shape (steps,)
        The cosine of the angle between each step and the direction of steepest descent on all
        samples.
    """

    losses: Array
    lengths: Array
    descent: Array


def follow_steps(
    model: Model, data: tuple[Array, Array], optimizer: Optimizer, steps: int, seed: int = 0
) -> Steps:
    """Train with batches of 64 and look at every step.

    Parameters
    ----------
    model : Model
        The model.
    data : pair of ndarray
        The samples ``(x, y)``.
    optimizer : Optimizer
        The optimizer.
    steps : int
        The number of steps.
    seed : int, default 0
        Seed of the initialization and of the batches.

    Returns
    -------
    Steps
        The steps.

    References
    ----------
    .. [1] I. Molybog and others, "A theory on Adam instability in large-scale machine learning",
       2023. arXiv:2304.09871.

    Examples
    --------
    >>> from adamdoc import Adam, load
    >>> from adamdoc.models import SoftmaxRegression
    >>> digits = load("digits")
    >>> run = follow_steps(SoftmaxRegression(64, 10), (digits.x, digits.y), Adam(), steps=3)
    >>> len(run.losses), len(run.lengths), bool((run.descent > 0).all())
    (4, 3, True)
    """
    x, y = data
    rng = np.random.default_rng(seed)
    params = model.init(seed)
    state = optimizer.init(params)
    losses, lengths, cosines = [model.loss(params, x, y)], [], []
    for _ in range(steps):
        batch = rng.integers(0, len(y), BATCH)
        descent = -flatten(model.grad(params, x, y))
        after, state = optimizer.update(params, model.grad(params, x[batch], y[batch]), state)
        step = flatten(after) - flatten(params)
        params = after
        losses.append(model.loss(params, x, y))
        lengths.append(np.sqrt((step**2).mean()))
        cosines.append(step @ descent / (np.linalg.norm(step) * np.linalg.norm(descent)))
    return Steps(np.array(losses), np.array(lengths), np.array(cosines))


def after_bad_batch(
    model: Model,
    data: tuple[Array, Array],
    optimizer: Optimizer,
    at: int = 800,
    after: int = 30,
    seed: int = 0,
) -> Array:
    """Return the losses around a single bad batch: wrong labels, and inputs ten times too large.

    Parameters
    ----------
    model : Model
        The model.
    data : pair of ndarray
        The samples ``(x, y)``.
    optimizer : Optimizer
        The optimizer.
    at : int, default 800
        The number of good batches of 64 before the bad one.
    after : int, default 30
        The number of good batches after it.
    seed : int, default 0
        Seed of the initialization and of the batches.

    Returns
    -------
    ndarray, shape (after + 2,)
        The losses on all samples before the bad batch, after it, and after each of the others.

    Examples
    --------
    >>> from adamdoc import Adam, load
    >>> from adamdoc.models import SoftmaxRegression
    >>> digits = load("digits")
    >>> losses = after_bad_batch(
    ...     SoftmaxRegression(64, 10), (digits.x, digits.y), Adam(lr=0.01), at=50, after=3
    ... )
    >>> losses.shape, bool(losses.max() > losses[0])
    ((5,), True)
    """
    x, y = data
    rng = np.random.default_rng(seed)
    params = model.init(seed)
    state = optimizer.init(params)
    losses = []
    for t in range(at + after + 1):
        batch = rng.integers(0, len(y), BATCH)
        xs, ys = x[batch], y[batch]
        if t == at:
            xs, ys = 10 * xs, rng.permutation(ys)
            losses.append(model.loss(params, x, y))
        params, state = optimizer.update(params, model.grad(params, xs, ys), state)
        if t >= at:
            losses.append(model.loss(params, x, y))
    return np.array(losses)


def count_spikes(losses: Array, window: int = 50, factor: float = 5.0) -> int:
    """Return how often a loss leaps up to several times the median of the losses before it.

    Leaps within ten steps of the last one belong to it.

    Parameters
    ----------
    losses : ndarray, shape (n,)
        The losses of the steps.
    window : int, default 50
        The number of losses before, of which the median is taken.
    factor : float, default 5
        The factor that makes a spike.

    Returns
    -------
    int
        The number of spikes.

    Examples
    --------
    >>> count_spikes(np.array([1.0] * 60 + [9.0, 8.0] + [1.0] * 60 + [9.0]))
    2
    """
    count, last = 0, -np.inf
    for t in range(window, len(losses)):
        if losses[t] > factor * np.median(losses[t - window : t]):
            count += t - last > 10
            last = t
    return int(count)
