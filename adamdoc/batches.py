"""Checks of functions and optimizers that compute several runs at once."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer, arrays

Function = Callable[[Array], Any]

#: How to write a function of a batch, for error messages.
HINT = (
    "the last axis holds the coordinates and the leading axes are runs, so write "
    "p[..., 0]**2 + 100*p[..., 1]**2, not p[0]**2 + 100*p[1]**2"
)


def check(functions: Mapping[str, Function], theta: Array) -> None:
    """Check that functions give each run of a batch the value that they give that run alone.

    They are evaluated at random points near `theta`: on the whole batch, and on its first and last
    run alone. A function that raises an error there or is not deterministic is not judged.

    Parameters
    ----------
    functions : dict of callable
        The loss and the gradient of parameters of shape (..., n), by their names in the error
        message.
    theta : ndarray, shape (..., n)
        The parameters of the batch.

    Raises
    ------
    ValueError
        If the values differ.

    Examples
    --------
    >>> check({"loss": lambda p: p[..., 0] ** 2 + 100 * p[..., 1] ** 2}, np.ones((2, 2)))
    >>> check({"loss": lambda p: p[0] ** 2 + 100 * p[1] ** 2}, np.ones((2, 2)))
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: loss must give each run of a batch the value it has alone, but gives run 0 ...
    """
    rng = np.random.default_rng(0)
    pending = dict(functions)
    # An absolute perturbation moves a start at zero too. Where it leaves the domain of a function,
    # only the relative one is tried.
    for distance in (0.1, 0.0):
        relative, absolute = rng.uniform(-1, 1, (2, *theta.shape))
        points = (theta * (1 + 0.1 * relative) + distance * absolute).astype(theta.dtype)
        for name, function in functions.items():
            if name in pending and _judged(name, function, points):
                del pending[name]
        if not pending:
            return
    for name, function in pending.items():
        try:
            function(arrays.read_only(theta))
        except Exception as error:
            error.add_note(f"{name} was called with a batch of shape {theta.shape}: {HINT}")
            raise


def check_optimizer(optimizer: Optimizer, theta: Array) -> None:
    """Check that an optimizer does not mix the runs of a batch.

    Another gradient of the first run must not change the steps of the other runs.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    theta : ndarray, shape (..., n)
        The parameters of the batch.

    Raises
    ------
    ValueError
        If it mixes them.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> class Normalized(GradientDescent):
    ...     def update(self, theta, g, state):
    ...         return super().update(theta, g / np.linalg.norm(g), state)
    >>> check_optimizer(Normalized(), np.ones((2, 3)))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: optimizer must step each run of a batch by itself, but the gradient of run 0 ...
    """
    first = (0,) * (theta.ndim - 1)
    if mixes(optimizer, theta, first):
        raise ValueError(
            f"optimizer must step each run of a batch by itself, but the gradient of run "
            f"{', '.join(map(str, first))} changes the steps of others, got {optimizer!r}: if it "
            'takes norms or means over the whole array, set its scope to "array", and call '
            "minimize for each run"
        )


def mixes(optimizer: Optimizer, theta: Array, part: tuple[int, ...]) -> bool:
    """Return whether another gradient of one part of an array changes the steps of the rest.

    Examples
    --------
    >>> from adamdoc import LAMB, Adam
    >>> mixes(Adam(), np.ones(4), (0,)), mixes(LAMB(), np.ones(4), (0,))
    (False, True)
    """
    g, other = np.random.default_rng(0).standard_normal((2, *theta.shape)).astype(theta.dtype)
    changed = g.copy()
    changed[part] = 3 * other[part]
    results = []
    for gradient in (g, changed):
        after, state = theta, optimizer.init(theta)
        for _ in range(2):  # the second step sees what the first left in the state
            after, state = optimizer.update(after, gradient, state)
        results.append(after)
    same = _close(*results)
    same[part] = True
    return not bool(same.all())


def _judged(name: str, function: Function, points: Array) -> bool:
    """Check a function at some points, and return whether it could be judged there."""
    batch = points.shape[:-1]
    together = _value(function, points)
    if together is None or together.shape[: len(batch)] != batch:
        return False
    judged = True
    for run in dict.fromkeys((tuple(0 for _ in batch), tuple(k - 1 for k in batch))):
        alone = _alone(function, points[run], len(batch), together[run].shape)
        if alone is None:
            return False
        point, value = alone
        judged = judged and bool(np.isfinite(value).all())
        wrong = ~_close(together[run], value)
        if wrong.any() and _repeats(function, points) and _repeats(function, point):
            raise ValueError(
                f"{name} must give each run of a batch the value it has alone, but gives run "
                f"{', '.join(map(str, run))} {together[run][wrong][0]:.6g} instead of "
                f"{value[wrong][0]:.6g} (at a point near start): {HINT}"
            )
    return judged


def _value(function: Function, points: Array) -> Array | None:
    """Return the value of a function, or None if it raises an error or is not numeric."""
    try:
        return checks.floats("value", function(arrays.read_only(points)))
    except Exception:
        return None


def _alone(
    function: Function, point: Array, axes: int, shape: tuple[int, ...]
) -> tuple[Array, Array] | None:
    """Return a single point, as the function takes it, and the value there."""
    # A function may insist on a leading axis, as one written p[:, 0] does.
    for leading in ((), (1,) * axes):
        single = point.reshape(leading + point.shape)
        value = _value(function, single)
        if value is not None and value.shape == leading + shape:
            return single, value.reshape(shape)
    return None


def _repeats(function: Function, points: Array) -> bool:
    """Return whether two calls of a function give the same values."""
    one, other = _value(function, points), _value(function, points)
    return one is not None and other is not None and np.array_equal(one, other, equal_nan=True)


def _close(one: Array, other: Array) -> Array:
    """Return where values agree, up to rounding."""
    equal = np.asarray(one == other)
    if equal.all():
        return equal
    eps = max(np.finfo(array.dtype).eps for array in (one, other))
    rtol = np.clip(1e4 * float(eps), 1e-6, 0.05)
    largest = np.abs(other[np.isfinite(other)]).max(initial=0)
    return np.isclose(one, other, rtol=rtol, atol=1e-3 * rtol * largest, equal_nan=True)
