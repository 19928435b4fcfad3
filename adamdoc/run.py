"""Runs of an optimizer: on a loss surface, or along given gradients."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from adamdoc import checks, curvature
from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.base import layers
from adamdoc.problems import Problem

Functions = tuple[Callable[[Array], Any], Callable[[Array], Any]]


@dataclass(frozen=True, repr=False)
class Run:
    """The history of a run of `minimize`.

    A single run stops at divergence, so its arrays contain only finite values. In a batch, the
    entries of diverged runs are nan from that step on. Below, ``k`` is the number of steps taken,
    ``(...)`` the shape of the batch (empty for a single run) and ``n`` the number of coordinates.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer.
    path : ndarray, shape (k + 1, ..., n)
        The parameters; entry 0 is the starting point.
    losses : ndarray, shape (k + 1, ...)
        The loss at each point of the path.
    grad_norms : ndarray, shape (k + 1, ...)
        The Euclidean norm of the gradient, including noise, at each point of the path.
    diverged_at : int, None or ndarray of int
        The first step at which the loss or a parameter was not finite or exceeded the bound; None
        if the run did not diverge. For a batch an array, with -1 for runs that did not diverge.
    states : dict of ndarray
        With ``record_state=True``, the history of each entry of the optimizer's state by name,
        starting with the initial state; otherwise empty.

    Examples
    --------
    >>> from adamdoc import GradientDescent, Ravine, minimize
    >>> run = minimize(Ravine(), GradientDescent(lr=0.2), steps=550)
    >>> run
    Run(GradientDescent(lr=0.2), diverged at step 322)
    >>> run.path.shape
    (322, 2)
    """

    optimizer: Optimizer
    path: Array
    losses: Array
    grad_norms: Array
    diverged_at: int | Array | None
    states: dict[str, Array]

    def __repr__(self) -> str:
        if isinstance(self.diverged_at, np.ndarray):
            diverged = int((self.diverged_at >= 0).sum())
            summary = f"{self.diverged_at.size} runs, {diverged} diverged"
        elif self.diverged_at is None:
            summary = f"{len(self.path) - 1} steps, loss {self.losses[-1]:.3g}"
        else:
            summary = f"diverged at step {self.diverged_at}"
        return f"Run({self.optimizer}, {summary})"

    def steps_to(self, loss: float) -> int | Array | None:
        """Return the first step at which the loss is at most `loss`.

        Parameters
        ----------
        loss : float
            The loss to reach.

        Returns
        -------
        int, None or ndarray of int
            The step; None if the loss was never reached. For a batch an array, with -1 for never.

        Examples
        --------
        >>> from adamdoc import Adam, Ravine, minimize
        >>> minimize(Ravine(), Adam(lr=0.1), steps=200).steps_to(1.0)
        13
        """
        reached = self.losses <= checks.number("loss", loss)
        first = np.where(reached.any(axis=0), reached.argmax(axis=0), -1)
        if first.ndim:
            return first
        return None if first < 0 else int(first)


def minimize(
    problem: Problem | Functions,
    optimizer: Optimizer,
    start: Any = None,
    steps: int = 100,
    *,
    bound: float = np.inf,
    noise: float = 0.0,
    seed: int = 0,
    record_state: bool = False,
) -> Run:
    """Run an optimizer for a number of steps and record every point.

    A run that diverges raises no NumPy warning: it stops, and ``diverged_at`` says when.

    Parameters
    ----------
    problem : Problem or pair of callables
        A loss surface, or the functions ``(loss, grad)`` of the parameters.
    optimizer : Optimizer
        The optimizer. If hyperparameters are arrays, all runs are computed at once, as one array.
    start : array_like, shape (..., n), optional
        The starting point; by default that of the problem. Leading axes are batch axes. Integers
        are converted to float64; float32 stays float32.
    steps : int, default 100
        The number of steps, at least 0.
    bound : float, default inf
        A run counts as diverged as soon as the loss or a parameter exceeds this in absolute value,
        or is not finite. By default every finite value is accepted.
    noise : float, default 0
        Standard deviation of the normal noise added to each coordinate of each gradient. All runs
        of a batch get the same noise, so that they are comparable.
    seed : int, default 0
        Seed of the noise.
    record_state : bool, default False
        Whether to record the state of the optimizer after each step.

    Returns
    -------
    Run
        Path, losses, gradient norms, and the step at which the run diverged.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the starting point is not finite, or its shape does not match the problem or the
        hyperparameters; if the loss or gradient has the wrong shape; or if a number is out of
        range.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adam, GradientDescent, Ravine, minimize
    >>> minimize(Ravine(), Adam(lr=0.2), steps=20)
    Run(Adam(lr=0.2, beta1=0.9, beta2=0.999, eps=1e-08), 20 steps, loss 1.13)

    Four learning rates at once, with a user-defined loss:

    >>> sweep = GradientDescent(lr=np.array([0.01, 0.05, 0.09, 0.11])[:, None])
    >>> run = minimize((lambda p: (p**2).sum(-1), lambda p: 2 * p), sweep, start=[1.0, 2.0])
    >>> run.losses[-1].round(4)
    array([0.0879, 0.    , 0.    , 0.    ])
    """
    loss, grad = _loss_and_grad(problem)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, got {optimizer!r}")
    steps = checks.integer("steps", steps, minimum=0)
    noise = checks.number("noise", noise, "nonnegative")
    rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
    if bound != np.inf:
        bound = checks.number("bound", bound, "positive")
    theta = _start(problem, optimizer, start)
    state = optimizer.init(theta)

    batch = theta.shape[:-1]
    path = np.full((steps + 1, *theta.shape), np.nan, theta.dtype)
    losses = np.full((steps + 1, *batch), np.nan, theta.dtype)
    norms = losses.copy()
    history = [state]
    diverged = np.full(batch, -1)
    k = 0
    with np.errstate(all="ignore"):
        for k in range(steps + 1):
            value = _checked("loss", loss(theta), batch)
            largest = np.abs(_coordinates_first(theta), order="C").max(axis=0)
            largest = np.maximum(np.abs(value), largest)
            bounded = (largest <= bound) & (largest < np.inf)
            if k == 0 and not bounded.all():
                raise ValueError(f"loss at start must be finite and within bound, got {value}")
            diverged[~bounded & (diverged < 0)] = k
            active = diverged < 0
            if not active.any():
                break
            g = _checked("grad", grad(theta), theta.shape)
            if noise:
                g = g + noise * rng.standard_normal(theta.shape[-1])
            np.copyto(path[k, ...], theta, where=active[..., None])
            np.copyto(losses[k, ...], value, where=active)
            squares = np.square(_coordinates_first(g), order="C").sum(axis=0)
            np.copyto(norms[k, ...], np.sqrt(squares), where=active)
            if k < steps:
                extra: dict[str, Array] = {}
                if curvature.estimate_due(optimizer, k + 1):
                    extra = {"curvature": curvature.hutchinson(grad, theta, rng)}
                theta, state = optimizer.update(theta, g, state, **extra)
                if record_state:
                    history.append(state)
    end = steps + 1 if (diverged < 0).any() else k
    states = {
        name: np.stack([np.asarray(entry[name]) for entry in history[:end]])
        for name in (history[0] if record_state else {})
    }
    at: Any = diverged if batch else (None if diverged < 0 else int(diverged))
    return Run(optimizer, path[:end], losses[:end], norms[:end], at, states)


def _loss_and_grad(problem: Problem | Functions) -> Functions:
    if isinstance(problem, Problem):
        return problem.loss, problem.grad
    if isinstance(problem, tuple) and len(problem) == 2 and all(map(callable, problem)):
        return problem
    raise TypeError(
        f"problem must be a Problem or a pair of functions (loss, grad), got {problem!r}"
    )


def _start(problem: Problem | Functions, optimizer: Optimizer, start: Any) -> Array:
    """Return the starting point after checking it, broadcast to the shape of the batch."""
    if start is None:
        if not isinstance(problem, Problem):
            raise ValueError("start is required if problem is a pair of functions, got None")
        start = problem.start
    theta = checks.floats("start", start)
    if theta.ndim == 0:
        raise ValueError(f"start must be an array with at least one axis, got the number {start!r}")
    if theta.size == 0:
        raise ValueError(f"start must not be empty, got shape {theta.shape}")
    if isinstance(problem, Problem) and theta.shape[-1] != problem.dim:
        raise ValueError(
            f"start must have {problem.dim} entries in its last axis, got shape {theta.shape}"
        )
    if not np.isfinite(theta).all():
        raise ValueError(f"start must be finite, got {start!r}")
    values = [optimizer.lr_at(1)] + [getattr(optimizer, f.name) for f in fields(optimizer)]
    shapes = {np.shape(v) for v in values if not callable(v)}
    try:
        shape = np.broadcast_shapes(theta.shape, *shapes)
    except ValueError:
        shape = ()
    if shape[-1:] != theta.shape[-1:]:
        raise ValueError(
            "hyperparameters must broadcast against start: use shape (k, 1) for k runs, got "
            f"shapes {sorted(shapes)} and a start of shape {theta.shape}"
        )
    if len(shape) > 1 and not optimizer.elementwise:
        raise ValueError(
            "optimizer must be elementwise to run a batch, because others would treat it as one "
            f"parameter array, got {optimizer!r} and shape {shape}: call minimize for each run"
        )
    return np.broadcast_to(theta, shape).copy()


def _coordinates_first(array: Array) -> Array:
    """Return a view with the axis of the coordinates first."""
    # For a large batch of short vectors, NumPy reduces much faster along the first axis.
    return np.moveaxis(array, -1, 0)


def _checked(name: str, value: Any, shape: tuple[int, ...]) -> Array:
    """Return the result of a user's function as floats, after checking its shape."""
    array = checks.floats(name, value)
    if array.shape != shape:
        raise ValueError(f"{name} must return an array of shape {shape}, got shape {array.shape}")
    return array


def walk(
    optimizer: Optimizer,
    gradients: Array,
    start: Array | None = None,
    *,
    low: float = -np.inf,
    high: float = np.inf,
) -> Array:
    """Run an optimizer along given gradients, and return the parameters after each step.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    gradients : ndarray, shape (steps, ...)
        The gradients, whatever the parameters are: a method that takes a second gradient in a step
        gets the same again.
    start : ndarray, shape (...), optional
        The initial parameters; by default zeros.
    low, high : float, optional
        The interval onto which the parameters are projected after each step; by default none.

    Returns
    -------
    ndarray, shape (steps, ...)
        The parameters.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> from adamdoc import walk
    >>> walk(GradientDescent(lr=1.0), np.array([[1.0], [2.0]])).ravel()
    array([-1., -3.])
    """
    theta = np.zeros(np.shape(gradients)[1:]) if start is None else start
    state, path = optimizer.init(theta), []
    second_gradient = any(layer.takes_gradient for layer in layers(optimizer))
    for g in gradients:
        extra = {"gradient": lambda _theta, g=g: g} if second_gradient else {}
        theta, state = optimizer.update(theta, g, state, **extra)
        theta = np.clip(theta, low, high)
        path.append(theta)
    return np.array(path)
