"""Kunstner et al. (2023): noise, sign descent, and the lead of Adam on transformers."""

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.data import Dataset, load
from adamdoc.models import Model, Params
from adamdoc.optimizers import Optimizer


def windows(count: int, length: int) -> Dataset:
    """Return the first windows of the data set ``characters``, cut to a shorter context.

    Use it for experiments with all samples in each step, which the whole data set would make slow.

    Parameters
    ----------
    count : int
        The number of training samples, at least 1 and at most those that there are.
    length : int
        The number of characters in a context, from 1 to 16.

    Returns
    -------
    Dataset
        The training samples, and all test samples.

    Raises
    ------
    ValueError
        If there are not so many samples, or not so many characters.

    Examples
    --------
    >>> windows(256, length=8)
    Dataset(256 + 2837 samples, 8 features, 29 classes)
    """
    data = load("characters")
    checks.integer("count", count, minimum=1)
    checks.integer("length", length, minimum=1)
    if count > len(data.y) or length > data.features:
        raise ValueError(
            f"count must be at most {len(data.y)} and length at most {data.features}, got "
            f"{count} and {length}"
        )
    x, x_test = data.x[:count, -length:], data.x_test[:, -length:]
    return Dataset(x, data.y[:count], x_test, data.y_test, data.vocabulary)


def train_steps(
    model: Model,
    data: Dataset,
    optimizer: Optimizer,
    steps: int,
    batch_size: int | None = None,
    seed: int = 0,
) -> tuple[Params, Array]:
    """Train for a number of steps, whatever the batch size, and return the parameters and losses.

    With equal steps, larger batches have less noise and everything else is the same; `train` counts
    epochs instead, in which larger batches make fewer steps.

    Parameters
    ----------
    model : Model
        The model, trained from ``model.init(seed)``.
    data : Dataset
        The samples.
    optimizer : Optimizer
        The optimizer.
    steps : int
        The number of steps.
    batch_size : int, optional
        The number of samples in a step, drawn again without replacement. By default all of them, so
        that the gradient has no noise.
    seed : int, default 0
        Seed of the initialization and of the batches.

    Returns
    -------
    params : dict of ndarray
        The final parameters.
    losses : ndarray, shape (steps + 1,)
        The loss on the batch before each step, and at the end that on all samples; infinite from
        the step on at which the run diverges.

    References
    ----------
    .. [1] F. Kunstner and others, "Noise is not the main factor behind the gap between SGD and Adam
       on transformers, but sign descent might be", ICLR 2023. arXiv:2304.13960.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> from adamdoc.models import Attention
    >>> model = Attention(length=4, vocabulary=29, width=4)
    >>> _, losses = train_steps(model, windows(64, length=4), Adam(lr=0.1), steps=50)
    >>> bool(losses[-1] < 0.5 * losses[0])
    True
    """
    steps = checks.integer("steps", steps, minimum=0)
    count = len(data.y)
    size = count if batch_size is None else checks.integer("batch_size", batch_size, minimum=1)
    rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
    params = model.init(seed)
    state, losses = optimizer.init(params), np.full(steps + 1, np.inf)
    x, y = data.x, data.y
    with np.errstate(all="ignore"):
        for t in range(steps):
            if size < count:
                batch = rng.choice(count, size, replace=False)
                x, y = data.x[batch], data.y[batch]
            loss, grad = model.loss_and_grad(params, x, y)
            if not np.isfinite(loss):
                return params, losses
            losses[t] = loss
            params, state = optimizer.update(params, grad, state)
        end = model.loss(params, data.x, data.y)
    losses[-1] = end if np.isfinite(end) else np.inf
    return params, losses
