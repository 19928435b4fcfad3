"""Runs of an optimizer: on a loss surface, or along given gradients."""

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import batches, checks, curvature
from adamdoc.checks import Array
from adamdoc.history import History
from adamdoc.optimizers import Optimizer, arrays
from adamdoc.optimizers.base import State, check_state, hyperparameters
from adamdoc.optimizers.wrappers.wrapper import layers, needs
from adamdoc.problems import Problem
from adamdoc.progress import progress

Functions = tuple[Callable[[Array], Any], Callable[[Array], Any]]


@dataclass(frozen=True, repr=False)
class Run:
    """The history of a run of `minimize`.

    A single run stops at divergence, so its arrays contain only finite values. In a batch, the
    entries of diverged runs are nan from that step on. Below, ``k`` is the number of entries, one
    for each step unless the history is thinned, and ``(...)`` the shape of the batch, which is
    empty for a single run.

    Attributes
    ----------
    optimizer : Optimizer
        The optimizer.
    path : ndarray, shape (k, ...) with the axes of the starting point
        The parameters that the optimizer recommends; entry 0 is the starting point.
    losses : ndarray, shape (k, ...)
        The loss at each point of the path.
    grad_norms : ndarray, shape (k, ...)
        The Euclidean norm of the gradient, including noise, at each point of the path.
    diverged_at : int, None or ndarray of int
        The first step at which the loss or a parameter was not finite or exceeded the bound; None
        if the run did not diverge. For a batch an array, with -1 for runs that did not diverge.
    states : dict of ndarray
        With ``record_state=True``, the history of each entry of the optimizer's state by name,
        starting with the initial state; otherwise empty.
    steps : ndarray of int, shape (k,)
        The step number of each entry. A run that continues another one counts on from its state.
    theta : ndarray
        The parameters at the last entry, from which the next step would be taken.
    state : dict
        The state of the optimizer at the last entry. A run from `theta` and `state` continues this
        one.
    ended : str
        Why the run ended: ``"steps"``, ``"diverged"``, ``"tolerance"`` or ``"callback"``.

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
    steps: Array
    theta: Array
    state: State
    ended: str

    def __repr__(self) -> str:
        if isinstance(self.diverged_at, np.ndarray):
            diverged = int((self.diverged_at >= 0).sum())
            summary = f"{self.diverged_at.size} runs, {diverged} diverged"
        elif self.diverged_at is None:
            summary = f"{self.steps[-1]} steps, loss {self.losses[-1]:.3g}"
        else:
            summary = f"diverged at step {self.diverged_at}"
        if self.ended in ("tolerance", "callback"):
            summary += f", ended by {self.ended}"
        return f"Run({self.optimizer}, {summary})"

    def steps_to(self, loss: float) -> int | Array | None:
        """Return the first recorded step at which the loss is at most `loss`.

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
        first = np.where(reached.any(axis=0), self.steps[reached.argmax(axis=0)], -1)
        if first.ndim:
            return first
        return None if first < 0 else int(first)


def minimize(
    problem: Problem | Functions,
    optimizer: Optimizer,
    start: Any = None,
    steps: int = 100,
    *,
    batch: bool = False,
    state: Mapping[str, Any] | None = None,
    tolerance: float | None = None,
    callback: Callable[[int, Array, Any], Any] | None = None,
    every: int = 1,
    bound: float = np.inf,
    noise: float = 0.0,
    seed: int = 0,
    record_state: bool = False,
) -> Run:
    """Run an optimizer for a number of steps and record the points.

    A run that diverges raises no NumPy warning: it stops, and ``diverged_at`` says when. A long run
    shows a progress bar on a terminal, if tqdm is installed.

    Parameters
    ----------
    problem : Problem or pair of callables
        A loss surface, or the functions ``(loss, grad)`` of the parameters, which they cannot
        change: they get a read-only array.
    optimizer : Optimizer
        The optimizer.
    start : array_like, optional
        The starting point; by default that of the problem. It is one parameter array of any shape,
        such as a matrix for `Muon`, unless ``batch=True``. Integers are converted to float64;
        float32 stays float32.
    steps : int, default 100
        The number of steps, at least 0.
    batch : bool, default False
        Whether to compute many runs at once. If so, the last axis of `start` holds the coordinates
        and the leading axes are runs; hyperparameters of shape (k, 1) make k runs from one start.
        The functions must treat leading axes likewise, and the optimizer must be elementwise.
    state : mapping, optional
        The state with which to continue an earlier run, from its ``theta`` as `start`. With the
        same arguments otherwise, including `noise` and `seed`, the steps are those of an
        uninterrupted run. It may come from an ``.npz`` archive or JSON.
    tolerance : float, optional
        End the run as soon as the norm of the gradient, including noise, is at most this. A batch
        ends when this is so in all runs that have not diverged.
    callback : callable, optional
        Called as ``callback(t, point, loss)`` after each step, with its number, a copy of the point
        and the loss there. Returning True ends the run.
    every : int, default 1
        Record only the steps whose number is a multiple of this, and the first and the last, to
        save memory.
    bound : float, default inf
        A run counts as diverged as soon as the loss or a parameter exceeds this in absolute value,
        or is not finite. By default every finite value is accepted.
    noise : float, default 0
        Standard deviation of the normal noise added to each coordinate of each gradient. All runs
        of a batch get the same noise, so that they are comparable.
    seed : int, default 0
        Seed of the noise.
    record_state : bool, default False
        Whether to record the state of the optimizer along with each point.

    Returns
    -------
    Run
        Path, losses, gradient norms, and the step at which the run diverged.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the starting point is not finite, or its shape does not match the problem, the
        hyperparameters or the state; if the loss or gradient has the wrong shape; if one of them
        gives a run of a batch another value than the same run alone, or the optimizer mixes the
        runs; or if a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adam, GradientDescent, Ravine, minimize
    >>> minimize(Ravine(), Adam(lr=0.2), steps=20)
    Run(Adam(lr=0.2, beta1=0.9, beta2=0.999, eps=1e-08), 20 steps, loss 1.13)

    Four learning rates at once, with a user-defined loss:

    >>> sweep = GradientDescent(lr=np.array([0.01, 0.05, 0.09, 0.11])[:, None])
    >>> functions = (lambda p: (p**2).sum(-1), lambda p: 2 * p)
    >>> run = minimize(functions, sweep, start=[1.0, 2.0], batch=True)
    >>> run.losses[-1].round(4)
    array([0.0879, 0.    , 0.    , 0.    ])

    A run that stops early, and one that continues it:

    >>> run = minimize(Ravine(), Adam(lr=0.2), steps=500, tolerance=1e-3)
    >>> run.ended, int(run.steps[-1])
    ('tolerance', 118)
    >>> more = minimize(Ravine(), Adam(lr=0.2), run.theta, steps=100, state=run.state)
    >>> int(more.steps[0]), int(more.steps[-1])
    (118, 218)
    """
    loss, grad = _loss_and_grad(problem)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, got {optimizer!r}")
    if not isinstance(batch, (bool, np.bool_)):
        raise TypeError(f"batch must be True or False, got {batch!r}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function (t, point, loss), got {callback!r}")
    steps = checks.integer("steps", steps, minimum=0)
    every = checks.integer("every", every, minimum=1)
    noise = checks.number("noise", noise, "nonnegative")
    rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
    if tolerance is not None:
        tolerance = checks.number("tolerance", tolerance, "nonnegative")
    if bound != np.inf:
        bound = checks.number("bound", bound, "positive")
    if state is not None and start is None:
        raise ValueError("start is required with a state: pass the theta of the same run, got None")
    theta = _start(problem, optimizer, start, batch)
    runs = theta.shape[:-1] if batch else ()
    if batch:
        with np.errstate(all="ignore"):
            if not _is_ours(problem):  # tests check our own surfaces
                batches.check({"loss": loss, "grad": grad}, theta)
            if not all(type(o).__module__.startswith("adamdoc.") for o in layers(optimizer)):
                batches.check_optimizer(optimizer, theta)
    state = optimizer.init(theta) if state is None else check_state(optimizer, theta, state)
    first, end = state["t"], state["t"] + steps
    noisy = theta.shape[-1:] if batch else theta.shape
    for _ in range(first if noise else 0):  # the draws of the run that this one continues
        rng.standard_normal(noisy)

    history = History(steps // every + 3, theta, runs, record_state)
    diverged = np.full(runs, -1)
    ended = "steps"
    with np.errstate(all="ignore"):
        for t in progress(range(first, end + 1), steps + 1):
            point = optimizer.point(theta, state)
            value = _loss(loss(point), theta, batch)
            largest = np.maximum(np.abs(value), _largest(theta, batch))
            if point is not theta:
                largest = np.maximum(largest, _largest(point, batch))
            bounded = (largest <= bound) & (largest < np.inf)
            if not bounded.all():
                if t == first:
                    raise ValueError(f"loss at start must be finite and within bound, got {value}")
                diverged[~bounded & (diverged < 0)] = t
                if (diverged >= 0).all():
                    ended = "diverged"
                    break
            gradient = functools.partial(
                _gradient, grad, noise * rng.standard_normal(noisy) if noise else None
            )
            g = gradient(theta)
            norm, active = _norm(g, batch), diverged < 0
            entry = t, point, value, norm, active, state
            last = theta, state
            recorded = t == first or t % every == 0
            if recorded:
                history.append(*entry)
            if callback is not None and t > first and _stops(callback, t, point, value):
                ended = "callback"
                break
            if tolerance is not None and (~active | (norm <= tolerance)).all():
                ended = "tolerance"
                break
            if t < end:
                extra: dict[str, Any] = {}
                needed = needs(optimizer, t + 1)
                if "curvature" in needed:
                    signs = np.random.default_rng([seed, t + 1])
                    extra["curvature"] = curvature.hutchinson(grad, theta, signs)
                if "gradient" in needed:
                    extra["gradient"] = gradient
                if "objective" in needed:
                    extra["objective"] = lambda point: _loss(loss(point), theta, batch)  # noqa: B023
                if "loss" in needed:
                    extra["loss"] = value if point is theta else _loss(loss(theta), theta, batch)
                if "noise" in needed:
                    extra["noise"] = np.broadcast_to(
                        arrays.normal(theta[(0,) * len(runs)], seed, t + 1), theta.shape
                    )
                theta, state = optimizer.update(theta, g, state, **extra)
    if not recorded:
        history.append(*entry)
    at: Any = diverged if batch else (None if diverged < 0 else int(diverged))
    return Run(
        optimizer,
        history.path.array(),
        history.losses.array(),
        history.grad_norms.array(),
        at,
        history.states(),
        history.steps.array(),
        *last,
        ended,
    )


def _loss_and_grad(problem: Problem | Functions) -> Functions:
    if isinstance(problem, Problem):
        functions: Functions = problem.loss, problem.grad
    elif isinstance(problem, tuple) and len(problem) == 2 and all(map(callable, problem)):
        functions = problem
    else:
        raise TypeError(
            f"problem must be a Problem or a pair of functions (loss, grad), got {problem!r}"
        )
    if _is_ours(problem):
        return functions
    loss, grad = (arrays.guarded(n, f) for n, f in zip(("loss", "grad"), functions, strict=True))
    # It may return the same array each time.
    return loss, lambda theta: checks.floats("grad", grad(theta)).copy()


def _is_ours(problem: Problem | Functions) -> bool:
    return type(problem).__module__ == Problem.__module__


def _start(problem: Problem | Functions, optimizer: Optimizer, start: Any, batch: bool) -> Array:
    """Return the starting point after checking it, broadcast to the shape of the batch."""
    if start is None:
        if not isinstance(problem, Problem):
            raise ValueError("start is required if problem is a pair of functions, got None")
        start = problem.start
    if isinstance(start, Mapping):
        raise TypeError(
            "start must be one parameter array, got a mapping: train a model of several arrays "
            "with adamdoc.train"
        )
    theta = checks.floats("start", start)
    if theta.size == 0:
        raise ValueError(f"start must not be empty, got shape {theta.shape}")
    if isinstance(problem, Problem):
        own = np.shape(problem.start)
        many = theta.ndim > len(own) and theta.shape[-len(own) :] == own
        if theta.shape != own and not (many and batch):
            hint = ": for many runs at once, pass batch=True" if many else ""
            raise ValueError(
                f"start must have the shape of the problem's start, {own}, got {theta.shape}{hint}"
            )
    if not np.isfinite(theta).all():
        raise ValueError(f"start must be finite, got {start!r}")
    parts: list[Optimizer] = layers(optimizer)
    shapes = {np.shape(part.at(n, 1)) for part in parts for n in hyperparameters(type(part))}
    try:
        shape = np.broadcast_shapes(theta.shape, *shapes)
    except ValueError:
        shape = ()
    if not batch:
        if shape != theta.shape:
            raise ValueError(
                f"hyperparameters must broadcast to the shape of start, {theta.shape}, got shapes "
                f"{sorted(shapes)}: for many runs at once, pass batch=True"
            )
        return theta.copy()
    if theta.ndim == 0 or shape[-1:] != theta.shape[-1:]:
        raise ValueError(
            "hyperparameters must broadcast against start: use shape (k, 1) for k runs, got "
            f"shapes {sorted(shapes)} and a start of shape {theta.shape}"
        )
    if len(shape) == 1:
        raise ValueError(
            f"start must have leading axes, or hyperparameters shape (k, 1), for a batch of runs, "
            f"got a start of shape {theta.shape}: pass batch=False for a single run"
        )
    if any(part.scope != "element" or part.takes_curvature or part.takes_loss for part in parts):
        raise ValueError(
            "optimizer must be elementwise to run a batch, because others would treat it as one "
            f"parameter array, got {optimizer!r} and shape {shape}: call minimize for each run"
        )
    return np.broadcast_to(theta, shape).copy()


def _loss(value: Any, theta: Array, batch: bool) -> Array:
    """Return the loss as floats, after checking its shape."""
    array = checks.floats("loss", value)
    if array.shape != (theta.shape[:-1] if batch else ()):
        if batch:
            raise ValueError(
                f"loss must return one number for each run, shape {theta.shape[:-1]}, got shape "
                f"{array.shape}: {batches.HINT}"
            )
        raise ValueError(
            f"loss must return one number, got shape {array.shape} for parameters of shape "
            f"{theta.shape}: sum over them, or pass batch=True if the leading axes are runs"
        )
    return array


def _gradient(grad: Callable[[Array], Any], noise: Array | None, theta: Array) -> Array:
    """Return the gradient as floats with noise, after checking its shape."""
    array = checks.floats("grad", grad(theta))
    if array.shape != theta.shape:
        raise ValueError(
            f"grad must return an array of shape {theta.shape}, got shape {array.shape}"
        )
    return array if noise is None else array + noise


def _largest(theta: Array, batch: bool) -> Any:
    """Return the largest absolute value of the coordinates, for each run."""
    if not batch:
        return np.abs(theta).max()
    return np.abs(_coordinates_first(theta), order="C").max(axis=0)


def _norm(g: Array, batch: bool) -> Any:
    """Return the Euclidean norm of the gradient, for each run."""
    if not batch:
        return np.sqrt(np.square(g).sum())
    return np.sqrt(np.square(_coordinates_first(g), order="C").sum(axis=0))


def _coordinates_first(array: Array) -> Array:
    """Return a view with the axis of the coordinates first."""
    # For a large batch of short vectors, NumPy reduces much faster along the first axis.
    return np.moveaxis(array, -1, 0)


def _stops(callback: Callable[[int, Array, Any], Any], t: int, point: Array, loss: Array) -> bool:
    """Call the callback, and return whether it ends the run."""
    return checks.stops(callback(t, point.copy(), loss.copy() if loss.ndim else float(loss)))


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
        gets the same again, and one that takes the loss, or searches along its step, that of a
        linear function with this gradient. One with noise gets that of `minimize` with the seed 0.
    start : ndarray, shape (...), optional
        The initial parameters; by default zeros.
    low, high : float, optional
        The interval onto which the parameters are projected after each step; by default none.

    Returns
    -------
    ndarray, shape (steps, ...)
        The parameters at which the next gradient would be taken. For a method that recommends
        another `point <adamdoc.Optimizer.point>`, such as `Lookahead`, these are not that point.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> from adamdoc import walk
    >>> walk(GradientDescent(lr=1.0), np.array([[1.0], [2.0]])).ravel()
    array([-1., -3.])
    """
    theta = np.zeros(np.shape(gradients)[1:]) if start is None else start
    state, path = optimizer.init(theta), []
    needed = needs(optimizer)
    for t, g in enumerate(gradients, start=1):
        theta, state = optimizer.update(theta, g, state, **_along(needed, theta, g, t))
        theta = np.clip(theta, low, high)
        path.append(theta)
    return np.array(path)


def _along(needed: Collection[str], theta: Array, g: Array, t: int) -> dict[str, Any]:
    """Return what an optimizer takes besides a given gradient, which is that of a linear loss."""
    found: dict[str, Callable[[], Any]] = {
        "gradient": lambda: lambda _theta: g,
        "loss": lambda: float(np.sum(g * theta)),
        "noise": lambda: arrays.normal(theta, 0, t),
        "objective": lambda: lambda point: float(np.sum(g * point)),
    }
    return {name: make() for name, make in found.items() if name in needed}
