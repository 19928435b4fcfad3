"""McCandlish et al. (2018): the gradient noise scale and the critical batch size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.curvature import flatten
from adamdoc.models import Model, Params
from adamdoc.optimizers import Optimizer


def noise_scale(model: Model, params: Params, x: Array, y: Array) -> float:
    """Return the simple noise scale: the variance of a sample's gradient over its squared mean.

    It is the batch size at which the noise of the gradient is as large as the gradient itself.

    Parameters
    ----------
    model : Model
        The model.
    params : dict of ndarray
        The point at which to measure.
    x, y : ndarray
        The samples.

    Returns
    -------
    float
        The trace of the covariance of the samples' gradients, over the squared norm of their mean.

    References
    ----------
    .. [1] S. McCandlish and others, "An empirical model of large-batch training", 2018, section
       2.2. arXiv:1812.06162.

    Examples
    --------
    Two samples with the gradients -1 and -3: the variance is 1, the squared mean 4.

    >>> from adamdoc.models import LinearRegression
    >>> params = {"w": np.zeros(1), "c": np.zeros(())}
    >>> model = LinearRegression(1)
    >>> noise_scale(model, params, np.zeros((2, 1)), np.array([1.0, 3.0]))
    0.25
    """
    gradients = np.array(
        [flatten(model.grad(params, x[k : k + 1], y[k : k + 1])) for k in range(len(y))]
    )
    mean = gradients.mean(axis=0)
    return float(gradients.var(axis=0).sum() / (mean @ mean))


@dataclass(frozen=True)
class Noise:
    """Loss and noise scale during a training.

    Attributes
    ----------
    steps : ndarray, shape (k,)
        The numbers of steps after which they were measured, from 0.
    losses : ndarray, shape (k,)
        The losses on all samples.
    scales : ndarray, shape (k,)
        The noise scales (see `noise_scale`).
    """

    steps: Array
    losses: Array
    scales: Array


def follow_noise(
    model: Model,
    data: tuple[Array, Array],
    optimizer: Optimizer,
    batch_size: int,
    steps: int,
    every: int,
    seed: int = 0,
) -> Noise:
    """Train with batches drawn with replacement, and measure the noise scale at intervals.

    Parameters
    ----------
    model : Model
        The model.
    data : pair of ndarray
        The samples ``(x, y)``.
    optimizer : Optimizer
        The optimizer.
    batch_size : int
        The number of samples in a batch.
    steps, every : int
        The number of steps, and the number of steps between two measurements.
    seed : int, default 0
        Seed of the initialization and of the batches.

    Returns
    -------
    Noise
        The measurements.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> from adamdoc.models import LinearRegression
    >>> data = np.zeros((2, 1)), np.array([1.0, 3.0])
    >>> noise = follow_noise(LinearRegression(1), data, GradientDescent(lr=0.5), 2, 4, every=2)
    >>> noise.steps.tolist(), float(noise.scales[0])
    ([0, 2, 4], 0.25)
    """
    x, y = data
    params = model.init(seed)
    state = optimizer.init(params)
    rng = np.random.default_rng(seed)
    found = []
    for t in range(steps + 1):
        if t % every == 0:
            found.append((t, model.loss(params, x, y), noise_scale(model, params, x, y)))
        batch = _batch(rng, len(y), batch_size)
        params, state = optimizer.update(params, model.grad(params, x[batch], y[batch]), state)
    return Noise(*map(np.array, zip(*found, strict=True)))


def steps_to_loss(
    data: tuple[Array, Array],
    rates: Sequence[float] | Array,
    batch_size: int,
    target: float,
    seed: int = 0,
    limit: int = 20_000,
) -> Array:
    """Return how many steps SGD takes to bring softmax regression to a loss, for several rates.

    All rates see the same batches, which are drawn with replacement, so that the gradient stays
    noisy however large the batch is. Training starts from zero. The loss on all samples is computed
    every step at first, and then whenever the number of steps has grown by a tenth. Rates that
    take over three times as many steps as the best are given up.

    Parameters
    ----------
    data : pair of ndarray
        The samples ``(x, y)``; the labels are the integers from 0.
    rates : array_like, shape (r,)
        The learning rates.
    batch_size : int
        The number of samples in a batch, at least 1.
    target : float
        The loss to reach.
    seed : int, default 0
        Seed of the batches.
    limit : int, default 20000
        The largest number of steps.

    Returns
    -------
    ndarray, shape (r,)
        The numbers of steps; infinite where the loss was not reached.

    Examples
    --------
    >>> from adamdoc import load
    >>> digits = load("digits")
    >>> steps_to_loss((digits.x, digits.y), [1e-6, 1.0], batch_size=64, target=1.0).tolist()
    [inf, 13.0]
    """
    checks.integer("batch_size", batch_size, minimum=1)
    inputs, labels = data
    x = np.column_stack((inputs, np.ones(len(labels))))
    y = np.eye(labels.max() + 1)[labels]
    lr = np.asarray(rates, float)[:, None, None]
    weights = np.zeros((len(lr), x.shape[1], y.shape[1]))
    steps = np.full(len(lr), np.inf)
    running = np.arange(len(lr))
    rng = np.random.default_rng(seed)
    check = 1.0
    for t in range(1, limit + 1):
        batch = _batch(rng, len(y), batch_size)
        error = np.exp(_log_probabilities(x[batch] @ weights)) - y[batch]
        weights -= lr[running] * (x[batch].T @ error) / len(batch)
        if t < check:
            continue
        check = max(t + 1, 1.1 * t)
        losses = -(_log_probabilities(x @ weights) * y).sum(axis=-1).mean(axis=-1)
        steps[running[losses <= target]] = t
        running, weights = running[losses > target], weights[losses > target]
        if not len(running) or t > 3 * steps.min():
            break
    return steps


def _batch(rng: np.random.Generator, n: int, size: int) -> Array:
    return rng.integers(0, n, size)


def _log_probabilities(z: Array) -> Array:
    z = z - z.max(axis=-1, keepdims=True)
    return np.asarray(z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))


@dataclass(frozen=True)
class Tradeoff:
    """The curve ``(S / least_steps - 1) (E / least_samples - 1) = 1`` through measured runs.

    Attributes
    ----------
    least_steps : float
        The number of steps that remains with the largest batches.
    least_samples : float
        The number of samples that remains with the smallest batches.
    off : float
        The typical factor between measured and fitted steps: the exponential of the root mean
        square of the differences of their logarithms.
    """

    least_steps: float
    least_samples: float
    off: float

    @property
    def critical(self) -> float:
        """The critical batch size, with twice the least steps and twice the least samples."""
        return self.least_samples / self.least_steps

    def steps(self, batch_size: Array | float) -> Array:
        """Return the steps that the curve predicts for a batch size."""
        return np.asarray(self.least_steps * (1 + self.critical / np.asarray(batch_size)))


def fit_tradeoff(batch_sizes: Sequence[int] | Array, steps: Sequence[float] | Array) -> Tradeoff:
    """Fit the trade-off between steps S and samples E = batch size times S, in logarithms.

    With B the batch size, the curve reads ``S = least_steps (1 + critical / B)``.

    Parameters
    ----------
    batch_sizes : array_like, shape (n,)
        The batch sizes, at least three different ones.
    steps : array_like, shape (n,)
        The steps to the same loss with each.

    Returns
    -------
    Tradeoff
        The best of 4,001 critical batch sizes, from a hundredth of the smallest batch to a hundred
        times the largest.

    Raises
    ------
    ValueError
        If there are fewer than three batch sizes, or the steps are not finite.

    References
    ----------
    .. [1] S. McCandlish and others, "An empirical model of large-batch training", 2018, section
       2.3. arXiv:1812.06162.

    Examples
    --------
    >>> fit = fit_tradeoff([1, 10, 100], [110, 20, 11])
    >>> round(fit.least_steps, 1), round(fit.critical, 1), round(fit.off, 3)
    (10.0, 10.0, 1.0)
    """
    sizes, logs = np.asarray(batch_sizes, float), np.log(np.asarray(steps, float))
    if len(np.unique(sizes)) < 3 or not np.isfinite(logs).all():
        raise ValueError(
            "batch_sizes must be at least three with finite steps, got "
            f"{sizes.tolist()} with {np.exp(logs).tolist()}"
        )
    critical = np.geomspace(sizes.min() / 100, sizes.max() * 100, 4001)[:, None]
    rest = logs - np.log1p(critical / sizes)
    best = rest.var(axis=1).argmin()
    least = float(np.exp(rest[best].mean()))
    return Tradeoff(least, least * float(critical[best, 0]), float(np.exp(rest[best].std())))
