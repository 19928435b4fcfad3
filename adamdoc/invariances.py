"""What each optimizer is invariant to, how far it steps and what it stores, by measurement."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import HYPERPARAMETERS
from adamdoc.optimizers import Adam, GradientDescent, Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters

#: Two trajectories are the same if they differ by no more than this fraction of their extent.
SAME = 1e-5
#: What a negligible hyperparameter is set to: 0 would leave 0 / 0 where a gradient is 0.
TINY = 1e-30


@dataclass(frozen=True)
class Properties:
    """What was measured of an optimizer.

    Attributes
    ----------
    bytes_per_parameter : float
        Size of the state for each parameter of a matrix of 64 by 64 float32, in bytes.
    gradient_scale : bool
        Whether the steps stay the same if all gradients are multiplied by one number.
    coordinate_scale : bool
        Whether they stay the same if each coordinate's gradients are multiplied by a number of its
        own.
    rotation : bool
        Whether they turn with the axes.
    bounded : float
        The longest step of a coordinate found, in units of the learning rate; infinite if it grows
        with the gradient, or without a limit that is seen.
    decoupled : bool
        Whether decay takes the same share of each coordinate, whatever its gradients are.
    """

    bytes_per_parameter: float
    gradient_scale: bool
    coordinate_scale: bool
    rotation: bool
    bounded: float
    decoupled: bool


def measure(cls: type[Optimizer]) -> Properties:
    """Measure an optimizer.

    It takes forty steps along random gradients of a matrix, and again with the gradients scaled,
    scaled by coordinate, or rotated from both sides; then the trajectories are compared.
    Hyperparameters that only keep a denominator from zero are made negligible; clipping stays.

    Parameters
    ----------
    cls : class of Optimizer
        What to measure. A wrapper is measured around `adamdoc.GradientDescent`.

    Returns
    -------
    Properties
        What was found.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> found = measure(Adam)
    >>> found.coordinate_scale, found.rotation, found.decoupled
    (True, False, False)
    """
    optimizer = _scale_free(cls)
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((40, 4, 4)) + 0.5
    plain = _trajectory(optimizer, gradients)
    each = 10.0 ** rng.uniform(-1, 1, (4, 4))
    left, right = (np.linalg.qr(rng.standard_normal((4, 4)))[0] for _ in range(2))
    turned = _trajectory(optimizer, left @ gradients @ right, left @ START @ right)
    return Properties(
        bytes_per_parameter=_state_size(cls),
        gradient_scale=all(_same(_trajectory(optimizer, k * gradients), plain) for k in (7, 1e-3)),
        coordinate_scale=_same(_trajectory(optimizer, each * gradients), plain),
        rotation=_same(left.T @ turned @ right.T, plain),
        bounded=_longest(cls),
        decoupled=_decays(cls),
    )


#: A step that is longer than this many learning rates has no limit.
LIMIT = 1000
#: The learning rate of all measurements.
RATE = 0.01
#: Where the runs start, with some distance from zero for methods that look at the parameters.
START = np.arange(1.0, 17.0).reshape(4, 4) / 8


def _scale_free(cls: type[Optimizer], **more: Any) -> Optimizer:
    """Return an optimizer without decay, and with negligible terms in its denominators."""
    values: dict[str, Any] = {"lr": RATE} if "lr" in hyperparameters(cls) else {}
    for name in hyperparameters(cls):
        if HYPERPARAMETERS[name].negligible:
            values[name] = TINY
        if name == "weight_decay":
            values[name] = 0.0
        if name == "d0":
            values |= {"lr": 1.0, name: RATE}  # it finds its rate itself
    if issubclass(cls, Wrapper):
        values["optimizer"] = GradientDescent(lr=RATE)
    return cls(**{**values, **more})


def _trajectory(optimizer: Optimizer, gradients: Array, start: Array = START) -> Array:
    """Return the displacement from the start after each step."""
    theta, state = start, optimizer.init(start)
    path = []
    with np.errstate(all="ignore"):
        for g in gradients:
            theta, state = optimizer.update(theta, g, state)
            path.append(theta)
    return np.array(path) - start


def _same(a: Array, b: Array) -> bool:
    """Return whether two trajectories are the same, up to rounding."""
    return bool(np.abs(a - b).max() <= SAME * np.abs(b).max())


def _state_size(cls: type[Optimizer]) -> float:
    theta = np.ones((64, 64), np.float32)
    optimizer = cls()
    state = optimizer.init(theta)
    for _ in range(2):
        theta, state = optimizer.update(theta, theta, state)
    sizes = [np.asarray(value).nbytes for name, value in state.items() if name != "t"]
    return round(sum(sizes) / theta.size, 2)


def _longest(cls: type[Optimizer]) -> float:
    """Return the longest step, in units of the learning rate, over gradients made to lengthen it.

    The gradients are constant; or all but nothing for long and then large; or they grow by the
    factor that lengthens Adam's steps most, up to Cauchy and Schwarz's bound.
    """
    values: dict[str, Any] = {"lr": RATE} if "lr" in hyperparameters(cls) else {}
    if issubclass(cls, Wrapper):
        values["optimizer"] = GradientDescent(lr=RATE)
    optimizer = cls(**values)
    sudden = np.full((2000, 2, 2), 1e-9)
    sudden[-1] = 1.0
    growing = np.multiply.outer((0.999 / 0.9) ** np.arange(400), np.ones((2, 2)))
    longest = []
    for gradients in (np.ones((50, 2, 2)), sudden, growing):
        lengths = []
        for size in (1.0, 1e6):
            path = _trajectory(optimizer, size * gradients, np.full((2, 2), 0.5))
            steps = [np.abs(b - a).max() for a, b in pairwise([0 * path[0], *path])]
            lengths.append(max(steps) / RATE)
        if not lengths[1] < 100 * max(lengths[0], 1.0):
            return float("inf")
        longest.append(max(lengths))
    return float(max(longest)) if max(longest) < LIMIT else float("inf")


def _decays(cls: type[Optimizer]) -> bool:
    """Return whether decay shrinks all coordinates alike, whatever their gradients were."""
    if "weight_decay" not in hyperparameters(cls):
        return False
    with_decay = _scale_free(cls, weight_decay=0.5)
    # Far apart, and of full rank: a matrix method would enlarge the rounding of what has none.
    rng = np.random.default_rng(0)
    g = 10.0 ** rng.uniform(-2, 2, (4, 4))
    gradients = np.stack([g * sign for sign in (1, -1, 1, -1, 1)])
    if issubclass(cls, Wrapper):
        inside = Adam(lr=RATE, eps=0.0)
        with_decay = _scale_free(cls, weight_decay=0.5, optimizer=inside)
        without: Optimizer = inside
    else:
        without = _scale_free(cls)
    plain = _trajectory(without, gradients)
    more = _trajectory(with_decay, gradients) - plain
    first = int(np.argmax(np.abs(more).reshape(len(more), -1).max(axis=1) > 0))
    for shares in (more[first] / START, more[first] / (START + plain[first])):
        if shares.mean() < 0 and shares.std() < 1e-6 * abs(shares.mean()):
            return True
    return False
