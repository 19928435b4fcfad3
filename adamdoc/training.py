"""Training of a model with mini-batches."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks, curvature
from adamdoc.checks import Array
from adamdoc.data import Dataset
from adamdoc.models import Model, Params, SparseRows
from adamdoc.models.base import Gradient
from adamdoc.optimizers import Optimizer, arrays
from adamdoc.optimizers.base import State, check_shapes, check_state, part_of
from adamdoc.optimizers.wrappers.wrapper import needs
from adamdoc.progress import progress


@dataclass(frozen=True, repr=False)
class Training:
    """The history of a run of `train`.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer.
    params : dict of ndarray
        The final parameters, at the point that the optimizer recommends (see
        `Optimizer.point <adamdoc.Optimizer.point>`).
    theta : dict of ndarray
        The parameters at which the next gradient would be taken: those to continue from. They
        differ from `params` for methods such as `ScheduleFreeAdamW <adamdoc.ScheduleFreeAdamW>`.
    state : dict
        The state of the optimizer after the last step.
    step_losses : ndarray, shape (steps,)
        The loss on each mini-batch, before the step on it.
    losses : ndarray, shape (epochs + 1,)
        The loss on all training samples at `params`, initially and after each epoch.
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
    theta: Params
    state: State
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
    *,
    params: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
    tolerance: float | None = None,
    callback: Callable[[int, Params, float], Any] | None = None,
) -> Training:
    """Train a model on mini-batches that are reshuffled in each epoch.

    The optimizer steps all parameter arrays together, so that clipping by the global norm, and
    every other method with the scope ``"model"``, sees all of them. A long training run shows a
    progress bar on a terminal, if tqdm is installed.

    Parameters
    ----------
    model : Model
        The model. It cannot change the parameters and samples that it is given: they are read-only.
    data : Dataset or pair of array_like
        The samples; a pair ``(x, y)`` has no test samples.
    optimizer : Optimizer
        The optimizer. If a gradient is sparse (`models.SparseRows`), only these rows and their
        moments are updated, as in PyTorch's SparseAdam. This requires an elementwise optimizer.
    epochs : int, default 10
        The number of passes over the data, at least 0.
    batch_size : int or None, default 32
        The number of samples in a mini-batch, from 1 to the number of training samples. None uses
        all of them (full-batch training). The last batch of an epoch may be smaller.
    seed : int, default 0
        Seed of the initialization and of the shuffling.
    params : dict of array_like, optional
        The initial parameters; by default those of ``model.init(seed)``.
    state : dict, optional
        The initial state of the optimizer; by default a new one. With the ``theta`` and the
        ``state`` of a previous training that ended after a whole epoch, and the same seed, data and
        batch size, the training continues as if it had not been interrupted: the state's ``t`` also
        says how many epochs the shuffling is past. With other data or another batch size it goes
        on from the same parameters and moments, with other mini-batches. The entries may be lists,
        as from JSON.
    tolerance : float, optional
        The training ends after an epoch in which the loss on all samples fell by less than this.
    callback : callable, optional
        ``callback(epoch, params, loss)`` is called after each epoch, with `params` and loss as in
        `Training`. Returning True ends the training.

    Returns
    -------
    Training
        The final parameters and the history.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the shapes of the samples do not match, a number is out of range, or `params` or `state`
        do not belong to the model and the optimizer.

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
    x, y = arrays.read_only(x), arrays.read_only(y)
    test = test and (arrays.read_only(test[0]), arrays.read_only(test[1]))
    epochs = checks.integer("epochs", epochs, minimum=0)
    size = len(y) if batch_size is None else checks.integer("batch_size", batch_size, minimum=1)
    if size > len(y):
        raise ValueError(f"batch_size must be at most the number of samples, {len(y)}, got {size}")
    if state is not None and params is None:
        raise ValueError(
            "params is required with a state: pass the theta of the same run, got None"
        )
    theta = _start(model, params, seed)
    memory = optimizer.init(theta) if state is None else check_state(optimizer, theta, state)
    limit = None if tolerance is None else checks.number("tolerance", tolerance, "nonnegative")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of epoch, params and loss, got {callback!r}")

    step_losses: list[float] = []
    losses, tests = [], []
    diverged_at = None
    with np.errstate(all="ignore"):

        def evaluate() -> bool:
            """Record the losses, and return whether they are finite."""
            point = arrays.read_only(optimizer.point(theta, memory))
            loss = _number(model.loss(point, x, y))
            if not np.isfinite(loss):
                return False
            losses.append(loss)
            if test is not None:
                tests.append((model.loss(point, *test), model.score(point, *test)))
            return True

        evaluate()
        batches = _batches(len(y), size, epochs, seed, done=memory["t"])
        for last, batch in progress(batches, epochs * -(-len(y) // size)):
            xs, ys = arrays.read_only(x[batch]), arrays.read_only(y[batch])
            fixed = arrays.read_only(theta)
            loss, grad = model.loss_and_grad(fixed, xs, ys)
            loss, finite = _number(loss), np.isfinite(loss)
            if finite:
                step_losses.append(loss)
                extra: dict[str, Any] = {}
                t = memory["t"] + 1
                needed = needs(optimizer, t)
                if "curvature" in needed:
                    rng = np.random.default_rng([seed, t])
                    extra["curvature"] = curvature.of_model(model, fixed, xs, ys, rng)
                if "gradient" in needed:
                    extra["gradient"] = functools.partial(_gradient, model, xs, ys)
                if "objective" in needed:
                    extra["objective"] = functools.partial(_loss, model, xs, ys)
                if "loss" in needed:
                    extra["loss"] = loss
                if "noise" in needed:
                    extra["noise"] = arrays.normal(theta, seed, t)
                theta, memory = _step(optimizer, theta, grad, memory, extra)
            if not finite or (last and not evaluate()):
                diverged_at = len(step_losses)
                break
            if last:
                if callback is not None:
                    point = optimizer.point(theta, memory)
                    copies = {name: np.array(value) for name, value in point.items()}
                    if checks.stops(callback(len(losses) - 1, copies, losses[-1])):
                        break
                if limit is not None and losses[-2] - losses[-1] < limit:
                    break
    test_losses, test_scores = np.array(tests).reshape(-1, 2).T
    return Training(
        optimizer,
        optimizer.point(theta, memory),
        theta,
        memory,
        np.array(step_losses),
        np.array(losses),
        test_losses,
        test_scores,
        diverged_at,
    )


def _start(model: Model, params: Mapping[str, Any] | None, seed: int) -> Params:
    """Return the initial parameters, after checking those that are given."""
    start = arrays.floats("the model's parameters", model.init(seed))
    given = start if params is None else arrays.floats("params", params)
    if not isinstance(given, Mapping):
        raise TypeError(f"params must be a mapping of names to arrays, got {params!r}")
    check_shapes("params", given, start, like="the model's parameters")
    return {name: np.array(given[name]) for name in start}


def _number(loss: Any) -> float:
    """Return a loss, after checking that it is a number."""
    array = checks.floats("the model's loss", loss)
    if array.ndim:
        raise ValueError(
            f"the model's loss must be one number, got an array of shape {array.shape}: take the "
            "mean over the samples"
        )
    return float(array)


def _loss(model: Model, x: Array, y: Array, params: Params) -> float:
    """Return the loss on a mini-batch."""
    return _number(model.loss(arrays.read_only(params), x, y))


def _gradient(model: Model, x: Array, y: Array, params: Params) -> Params:
    """Return the dense gradient on a mini-batch."""
    grad = model.grad(arrays.read_only(params), x, y)
    return {name: curvature.dense(grad[name]) for name in params}


def _step(
    optimizer: Optimizer, theta: Params, grad: Gradient, state: State, extra: dict[str, Any]
) -> tuple[Params, State]:
    """Take a step with all arrays; of those whose gradient is sparse, with its rows alone."""
    if not any(isinstance(g, SparseRows) for g in grad.values()):
        return optimizer.update(theta, grad, state, **extra)
    if not optimizer.elementwise:
        raise TypeError(
            f"optimizer must be elementwise for sparse gradients, got {optimizer!r}: use another "
            "one, or a model with sparse=False"
        )
    for name, g in grad.items():  # in place, so that a step costs no more than its rows
        part = part_of(state, name)
        rows = g.index if isinstance(g, SparseRows) else ...
        values = g.values if isinstance(g, SparseRows) else g
        some = {entry: v if entry == "t" else v[rows] for entry, v in part.items()}
        theta[name][rows], some = optimizer.update(theta[name][rows], values, some)
        for entry, value in some.items():
            if entry != "t":
                state[entry][name][rows] = value
    return theta, {**state, "t": state["t"] + 1}


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
        return x, y.astype(int), None
    y = checks.floats("y", y)
    if not np.isfinite(y).all():
        raise ValueError("y must be finite, got an array that contains nan or inf")
    return x, y, None


def _batches(n: int, size: int, epochs: int, seed: int, done: int) -> Iterator[tuple[bool, Array]]:
    """Yield for each step whether it ends an epoch, and the indices of its mini-batch.

    The permutations are those that follow the first `done` steps.
    """
    rng = np.random.default_rng(seed)
    for _ in range(done // -(-n // size)):
        rng.permutation(n)
    for _ in range(epochs):
        order = rng.permutation(n)
        for first in range(0, n, size):
            yield first + size >= n, order[first : first + size]
