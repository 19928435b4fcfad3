"""Kalra and Barkeshli (2024): why warm-up; the largest learning rate that trains."""

from collections.abc import Callable, Sequence

import numpy as np

from adamdoc.checks import Array
from adamdoc.models import Model
from adamdoc.optimizers import Optimizer
from adamdoc.tuning import EdgeError


def fails(
    model: Model, x: Array, y: Array, optimizer: Optimizer, steps: int, seed: int = 0
) -> bool:
    """Return whether full-batch training fails: it diverges, or ends hardly better than it began.

    The criterion for classifiers is the paper's: the accuracy at the end is less than 1.5 times
    that of a random guess. Other models fail if the loss is not below that at the start.

    Parameters
    ----------
    model : Model
        The model.
    x, y : ndarray
        The samples.
    optimizer : Optimizer
        The optimizer.
    steps : int
        The number of steps.
    seed : int, default 0
        Seed of the initialization.

    Returns
    -------
    bool
        Whether it fails.

    References
    ----------
    .. [1] D. S. Kalra and M. Barkeshli, "Why warmup the learning rate? Underlying mechanisms and
       improvements", NeurIPS 2024, section 5. arXiv:2406.09405.

    Examples
    --------
    >>> from adamdoc import GradientDescent, load
    >>> from adamdoc.models import MLP
    >>> digits, net = load("digits"), MLP((64, 16, 10), "tanh")
    >>> x, y = digits.x[:100], digits.y[:100]
    >>> [fails(net, x, y, GradientDescent(lr=lr), steps=50) for lr in (0.3, 300.0)]
    [False, True]
    """
    params = model.init(seed)
    state = optimizer.init(params)
    start = model.loss(params, x, y)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            loss, grad = model.loss_and_grad(params, x, y)
            if not np.isfinite(loss):
                return True
            params, state = optimizer.update(params, grad, state)
        classes = model.dims()[1]
        if classes is None:
            return not model.loss(params, x, y) < start
        return bool(model.score(params, x, y) < 1.5 / classes)


def largest_rate(failing: Callable[[float], bool], rates: Sequence[float] | Array) -> float:
    """Return the largest rate below the first one that fails, of rising ones.

    Parameters
    ----------
    failing : callable
        ``failing(lr)`` returns whether training at a rate fails.
    rates : array_like
        The rates, rising.

    Returns
    -------
    float
        The last rate before the first failure.

    Raises
    ------
    EdgeError
        If the first rate fails or none does: the limit is outside.

    Examples
    --------
    >>> largest_rate(lambda lr: lr > 0.5, [0.1, 0.3, 1.0])
    0.3
    """
    last = None
    for lr in rates:
        if failing(float(lr)):
            if last is None:
                break
            return last
        last = float(lr)
    raise EdgeError(
        f"rates must hold the limit inside, got {'none' if last else 'a first one'} that fails "
        f"from {float(rates[0]):.3g} to {float(rates[-1]):.3g}"
    )
