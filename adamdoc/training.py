"""Training of a model with mini-batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks, curvature
from adamdoc.checks import Array
from adamdoc.data import Dataset
from adamdoc.models import Model, Params, SparseRows
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State
from adamdoc.progress import progress


@dataclass(frozen=True, repr=False)
class Training:
    """The history of a run of `train`.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer.
    params : dict of ndarray
        The final parameters.
    step_losses : ndarray, shape (steps,)
        The loss on each mini-batch, before the step on it.
    losses : ndarray, shape (epochs + 1,)
        The loss on all training samples, initially and after each epoch.
    test_losses, test_scores : ndarray, shape (epochs + 1,)
        Loss and score on the test samples, likewise; empty if there are none.
    diverged_at : int or None
        The number of steps after which the loss on a mini-batch, or on all samples at the end of an
        epoch, was not finite, which ends the run. None if it was always finite.

    Examples
    --------
    >>> from adamdoc import Adam, load, train
    >>> from adamdoc.models import SoftmaxRegression
    >>> digits = load("digits")
    >>> run = train(SoftmaxRegression(64, 10), digits, Adam(lr=0.01), epochs=5)
    >>> bool(run.test_scores[-1] > 0.9)
    True
    """

    optimizer: Optimizer
    params: Params
    step_losses: Array
    losses: Array
    test_losses: Array
    test_scores: Array
    diverged_at: int | None

    def __repr__(self) -> str:
        if self.diverged_at is not None:
            return f"Training({self.optimizer}, diverged at step {self.diverged_at})"
        return (
            f"Training({self.optimizer}, {len(self.losses) - 1} epochs, loss {self.losses[-1]:.3g})"
        )


def train(
    model: Model,
    data: Dataset | tuple[Any, Any],
    optimizer: Optimizer,
    epochs: int = 10,
    batch_size: int | None = 32,
    seed: int = 0,
) -> Training:
    """Train a model on mini-batches that are reshuffled in each epoch.

    A long training shows a progress bar on a terminal, if tqdm is installed.

    Parameters
    ----------
    model : Model
        The model.
    data : Dataset or pair of array_like
        The samples; a pair ``(x, y)`` has no test samples.
    optimizer : Optimizer
        The optimizer, applied to each parameter array with the same learning rate. If a gradient is
        sparse (`models.SparseRows`), only these rows and their moments are updated, as in PyTorch's
        SparseAdam. This requires an elementwise optimizer.
    epochs : int, default 10
        The number of passes over the data, at least 0.
    batch_size : int or None, default 32
        The number of samples in a mini-batch, from 1 to the number of training samples. None uses
        all of them (full-batch training). The last batch of an epoch may be smaller.
    seed : int, default 0
        Seed of the initialization and of the shuffling.

    Returns
    -------
    Training
        The final parameters and the history.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the shapes of the samples do not match, or a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, train
    >>> from adamdoc.models import LinearRegression
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> data = x, 3 * x[:, 0] + 1
    >>> run = train(LinearRegression(1), data, GradientDescent(lr=0.3), epochs=100, batch_size=5)
    >>> run.params["w"].round(3), run.params["c"].round(3)
    (array([3.]), np.float64(1.0))
    """
    if not isinstance(model, Model):
        raise TypeError(f"model must be a Model, got {model!r}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, got {optimizer!r}")
    x, y, test = _samples(model, data)
    epochs = checks.integer("epochs", epochs, minimum=0)
    size = len(y) if batch_size is None else checks.integer("batch_size", batch_size, minimum=1)
    if size > len(y):
        raise ValueError(f"batch_size must be at most the number of samples, {len(y)}, got {size}")
    params = model.init(seed)
    states = {name: optimizer.init(p) for name, p in params.items()}
    rng = np.random.default_rng(seed)

    step_losses: list[float] = []
    losses, tests = [], []
    diverged_at = None
    with np.errstate(all="ignore"):

        def evaluate() -> bool:
            """Record the losses, and return whether they are finite."""
            loss = model.loss(params, x, y)
            if not np.isfinite(loss):
                return False
            losses.append(loss)
            if test is not None:
                tests.append((model.loss(params, *test), model.score(params, *test)))
            return True

        evaluate()
        batches = _batches(len(y), size, epochs, rng)
        for last, batch in progress(batches, epochs * -(-len(y) // size)):
            loss, grad = model.loss_and_grad(params, x[batch], y[batch])
            finite = np.isfinite(loss)
            if finite:
                step_losses.append(loss)
                extra: dict[str, dict[str, Array]] = {name: {} for name in grad}
                if curvature.estimate_due(optimizer, len(step_losses)):
                    estimate = curvature.of_model(model, params, x[batch], y[batch], rng)
                    extra = {name: {"curvature": value} for name, value in estimate.items()}
                for name, g in grad.items():
                    if isinstance(g, SparseRows):
                        step = _step_rows(optimizer, params[name], g, states[name])
                    else:
                        step = optimizer.update(params[name], g, states[name], **extra[name])
                    params[name], states[name] = step
            if not finite or (last and not evaluate()):
                diverged_at = len(step_losses)
                break
    test_losses, test_scores = np.array(tests).reshape(-1, 2).T
    return Training(
        optimizer,
        params,
        np.array(step_losses),
        np.array(losses),
        test_losses,
        test_scores,
        diverged_at,
    )


def _samples(model: Model, data: Any) -> tuple[Array, Array, tuple[Array, Array] | None]:
    """Return the training samples and, for a `Dataset`, the test samples, after checking them."""
    if isinstance(data, Dataset):
        x, y, _ = _samples(model, (data.x, data.y))
        x_test, y_test, _ = _samples(model, (data.x_test, data.y_test))
        return x, y, (x_test, y_test)
    if not isinstance(data, tuple) or len(data) != 2:
        raise TypeError(f"data must be a Dataset or a pair (x, y), got {type(data).__name__}")
    x, y = checks.floats("x", data[0]), np.asarray(data[1])
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(y):
        raise ValueError(
            "x must have shape (N, d) and y shape (N,) with N at least 1, "
            f"got {x.shape} and {y.shape}"
        )
    if not np.isfinite(x).all():
        raise ValueError("x must be finite, got an array that contains nan or inf")
    features, classes = model.dims()
    if x.shape[1] != features:
        raise ValueError(f"x must have the model's {features} features, got {x.shape[1]}")
    if classes is not None:
        invalid = ~np.isin(y, np.arange(classes))
        if invalid.any():
            raise ValueError(
                f"y must contain class labels from 0 to {classes - 1}, got {y[invalid][0]}"
            )
        y = y.astype(int)
    return x, y, None


def _step_rows(
    optimizer: Optimizer, theta: Array, g: SparseRows, state: State
) -> tuple[Array, State]:
    """Update some rows of an array and of the state; t counts the steps of all rows."""
    if not optimizer.elementwise:
        raise TypeError(
            f"optimizer must be elementwise for sparse gradients, got {optimizer!r}: use another "
            "one, or a model with sparse=False"
        )
    part = {name: value if name == "t" else value[g.index] for name, value in state.items()}
    rows, part = optimizer.update(theta[g.index], g.values, part)
    theta[g.index] = rows
    for name, value in part.items():
        if name != "t":
            state[name][g.index] = value
    return theta, {**state, "t": part["t"]}


def _batches(
    n: int, size: int, epochs: int, rng: np.random.Generator
) -> Iterator[tuple[bool, Array]]:
    """Yield for each step whether it ends an epoch, and the indices of its mini-batch."""
    for _ in range(epochs):
        order = rng.permutation(n)
        for first in range(0, n, size):
            yield first + size >= n, order[first : first + size]
