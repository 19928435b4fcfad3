"""Train a model with mini-batches and keep the history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks, curvature
from adamdoc.checks import Array
from adamdoc.data import Dataset
from adamdoc.models import Model, Params, SparseRows
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State

#: From this many steps on, a progress bar is shown (on a terminal, if tqdm is installed).
LONG = 2_000


@dataclass(frozen=True, repr=False)
class Training:
    """What happened in a run of `train`.

    Attributes
    ----------
    optimizer : Optimizer
        What was run.
    params : dict of ndarray
        The last parameters.
    step_losses : ndarray, shape (steps,)
        The loss on each mini-batch, before its step.
    losses : ndarray, shape (epochs + 1,)
        The loss on all training samples, at the start and after each epoch.
    test_losses, test_scores : ndarray, shape (epochs + 1,)
        Loss and score on the test samples; empty if there are none.
    diverged_at : int or None
        The number of steps after which the loss, on a batch or at the end of an epoch on all
        samples, was not finite; the run stops there. None if it was always finite.

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
    """Train a model from its own start, in mini-batches that are shuffled in each epoch.

    Long work shows a progress bar on a terminal, if tqdm is installed.

    Parameters
    ----------
    model : Model
        What to train.
    data : Dataset or pair of array_like
        The samples; a pair ``(x, y)`` has no test samples.
    optimizer : Optimizer
        It steps each array of the parameters, with one shared learning rate. Where a gradient is
        sparse (`models.SparseRows`) it updates these rows alone, moments included, as PyTorch's
        SparseAdam does; for this it must be elementwise.
    epochs : int, default 10
        How often to pass over the data, at least 0.
    batch_size : int or None, default 32
        Samples in a mini-batch, from 1 to the number of training samples. None takes all of them:
        batch gradient descent. The last batch of an epoch may be smaller.
    seed : int, default 0
        Seed of the start and of the shuffling.

    Returns
    -------
    Training
        The last parameters and the history.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the samples do not fit each other, or a number is out of its range.

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
    epochs = checks.integer("epochs", epochs, least=0)
    size = len(y) if batch_size is None else checks.integer("batch_size", batch_size, least=1)
    if size > len(y):
        raise ValueError(f"batch_size must be at most the {len(y)} training samples, got {size}")
    params = model.init(seed)
    states = {name: optimizer.init(p) for name, p in params.items()}
    rng = np.random.default_rng(seed)

    step_losses: list[float] = []
    losses, tests = [], []
    diverged_at = None
    with np.errstate(all="ignore"):

        def evaluate() -> bool:
            """Keep the losses, and return whether all is well."""
            loss = model.loss(params, x, y)
            if not np.isfinite(loss):
                return False
            losses.append(loss)
            if test is not None:
                tests.append((model.loss(params, *test), model.score(params, *test)))
            return True

        evaluate()
        batches = _batches(len(y), size, epochs, rng)
        for last, batch in _progress(batches, epochs * -(-len(y) // size)):
            loss, grad = model.loss_and_grad(params, x[batch], y[batch])
            good = np.isfinite(loss)
            if good:
                step_losses.append(loss)
                extra: dict[str, dict[str, Array]] = {name: {} for name in grad}
                if curvature.wanted(optimizer, len(step_losses)):
                    found = curvature.of_model(model, params, x[batch], y[batch], rng)
                    extra = {name: {"curvature": value} for name, value in found.items()}
                for name, g in grad.items():
                    if isinstance(g, SparseRows):
                        step = _step_rows(optimizer, params[name], g, states[name])
                    else:
                        step = optimizer.update(params[name], g, states[name], **extra[name])
                    params[name], states[name] = step
            if not good or (last and not evaluate()):
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
    """Return the training samples and, of a `Dataset`, those for testing; check them all."""
    if isinstance(data, Dataset):
        x, y, _ = _samples(model, (data.x, data.y))
        x_test, y_test, _ = _samples(model, (data.x_test, data.y_test))
        return x, y, (x_test, y_test)
    if not isinstance(data, tuple) or len(data) != 2:
        raise TypeError(f"data must be a Dataset or a pair (x, y), got {type(data).__name__}")
    x, y = checks.floats("x", data[0]), np.asarray(data[1])
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(y):
        raise ValueError(
            "x must have the shape (N, d) and y the shape (N,) with N at least 1, "
            f"got {x.shape} and {y.shape}"
        )
    if not np.isfinite(x).all():
        raise ValueError("x must be finite, got an array with nan or inf in it")
    features, classes = model.dims()
    if x.shape[1] != features:
        raise ValueError(f"x must have the model's {features} features, got {x.shape[1]}")
    if classes is not None:
        bad = ~np.isin(y, np.arange(classes))
        if bad.any():
            raise ValueError(f"y must hold class numbers from 0 to {classes - 1}, got {y[bad][0]}")
        y = y.astype(int)
    return x, y, None


def _step_rows(
    optimizer: Optimizer, theta: Array, g: SparseRows, state: State
) -> tuple[Array, State]:
    """Step some rows of an array, with their part of the state; t counts all steps."""
    if not optimizer.elementwise:
        raise TypeError(
            "optimizer must be elementwise, or the model's gradients dense (sparse=False), got "
            f"{optimizer!r}"
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
    """Yield for each step whether it ends an epoch, and the samples of its batch."""
    for _ in range(epochs):
        order = rng.permutation(n)
        for first in range(0, n, size):
            yield first + size >= n, order[first : first + size]


def _progress(steps: Iterable[Any], total: int) -> Iterable[Any]:
    if total < LONG:
        return steps
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    # None shows the bar on a terminal only, so that logs and notebooks stay clean.
    return tqdm(steps, total=total, unit="step", disable=None)
