"""Measured properties of each optimizer: invariances, longest step and memory."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import table_of
from adamdoc.optimizers import Adam, GradientDescent, Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters
from adamdoc.run import walk

#: Two trajectories count as equal if they differ by at most this fraction of their extent.
TOLERANCE = 1e-5
#: The value of a negligible hyperparameter. 0 would give 0 / 0 where a gradient is 0.
NEGLIGIBLE = 1e-30
#: A step longer than this many learning rates counts as unbounded.
LIMIT = 1000
#: The learning rate of all measurements.
RATE = 0.01
#: The initial parameters. They are away from zero for methods that depend on the parameters.
START = np.arange(1.0, 17.0).reshape(4, 4) / 8


@dataclass(frozen=True)
class Properties:
    """The measured properties of an optimizer.

    Attributes
    ----------
    bytes_per_parameter : float
        Size of the state in bytes per parameter, for a 64 by 64 matrix in float32.
    gradient_scale : bool
        Whether the steps are invariant to scaling all gradients by one factor.
    coordinate_scale : bool
        Whether the steps are invariant to scaling the gradients of each coordinate by its own
        factor.
    rotation : bool
        Whether the steps are equivariant under rotations: rotated gradients give rotated steps.
    longest_step : float
        The longest step found in a coordinate, in units of the learning rate. Infinite if it grows
        with the gradient or exceeds ``LIMIT``.
    decoupled : bool
        Whether weight decay shrinks all coordinates by the same share, whatever their gradients.
    """

    bytes_per_parameter: float
    gradient_scale: bool
    coordinate_scale: bool
    rotation: bool
    longest_step: float
    decoupled: bool


def measure(cls: type[Optimizer]) -> Properties:
    """Measure the properties of an optimizer.

    The optimizer takes forty steps along random gradients of a matrix, and again with the gradients
    scaled, scaled per coordinate, or rotated from both sides; then the trajectories are compared.
    Hyperparameters that only keep a denominator away from zero are made negligible. Clipping is
    kept.

    Parameters
    ----------
    cls : class of Optimizer
        The class to measure. A wrapper is measured around `adamdoc.GradientDescent`.

    Returns
    -------
    Properties
        The measured properties.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> properties = measure(Adam)
    >>> properties.coordinate_scale, properties.rotation, properties.decoupled
    (True, False, False)
    """
    optimizer = _scale_free(cls)
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((40, 4, 4)) + 0.5
    baseline = _displacements(optimizer, gradients)
    scales = 10.0 ** rng.uniform(-1, 1, (4, 4))
    left, right = (np.linalg.qr(rng.standard_normal((4, 4)))[0] for _ in range(2))
    rotated = _displacements(optimizer, left @ gradients @ right, left @ START @ right)
    return Properties(
        bytes_per_parameter=_state_size(cls),
        gradient_scale=all(
            _equal(_displacements(optimizer, k * gradients), baseline) for k in (7, 1e-3)
        ),
        coordinate_scale=_equal(_displacements(optimizer, scales * gradients), baseline),
        rotation=_equal(left.T @ rotated @ right.T, baseline),
        longest_step=_longest_step(cls),
        decoupled=_is_decoupled(cls),
    )


def _scale_free(cls: type[Optimizer], **overrides: Any) -> Optimizer:
    """Return an optimizer without weight decay, and with negligible terms in its denominators."""
    values: dict[str, Any] = {"lr": RATE} if "lr" in hyperparameters(cls) else {}
    symbols = table_of(cls)
    for name in hyperparameters(cls):
        if name in symbols and symbols[name].negligible:
            values[name] = NEGLIGIBLE
        if name == "weight_decay":
            values[name] = 0.0
        if name == "d0":
            values |= {"lr": 1.0, name: RATE}  # the method estimates its own learning rate
    if issubclass(cls, Wrapper):
        values["optimizer"] = GradientDescent(lr=RATE)
    return cls(**{**values, **overrides})


def _displacements(optimizer: Optimizer, gradients: Array, start: Array = START) -> Array:
    """Return the displacement from the start after each step."""
    with np.errstate(all="ignore"):
        return walk(optimizer, gradients, start) - start


def _equal(a: Array, b: Array) -> bool:
    """Return whether two trajectories are equal up to rounding."""
    return bool(np.abs(a - b).max() <= TOLERANCE * np.abs(b).max())


def _state_size(cls: type[Optimizer]) -> float:
    theta = np.ones((64, 64), np.float32)
    state = cls().init(theta)
    sizes = [np.asarray(value).nbytes for name, value in state.items() if name != "t"]
    return round(sum(sizes) / theta.size, 2)


def _longest_step(cls: type[Optimizer]) -> float:
    """Return the longest step, in units of the learning rate, on worst-case gradients.

    The gradients are constant, or almost zero for a long time and then large, or they grow by the
    factor that makes Adam's steps longest, close to the Cauchy-Schwarz bound.
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
            path = _displacements(optimizer, size * gradients, np.full((2, 2), 0.5))
            with np.errstate(invalid="ignore"):  # of a path that has come to infinity
                steps = [np.abs(b - a).max() for a, b in pairwise([np.zeros((2, 2)), *path])]
            lengths.append(float(np.max(steps)) / RATE)
        if not lengths[1] < 100 * max(lengths[0], 1.0):
            return float("inf")
        longest.append(max(lengths))
    return float(max(longest)) if max(longest) < LIMIT else float("inf")


def _is_decoupled(cls: type[Optimizer]) -> bool:
    """Return whether weight decay shrinks all coordinates by the same share."""
    if "weight_decay" not in hyperparameters(cls):
        return False
    with_decay = _scale_free(cls, weight_decay=0.5)
    # The gradients differ in magnitude, and have full rank: if they had not, matrix methods would
    # amplify rounding errors in the null space.
    rng = np.random.default_rng(0)
    g = 10.0 ** rng.uniform(-2, 2, (4, 4))
    gradients = np.stack([g * sign for sign in (1, -1, 1, -1, 1)])
    if issubclass(cls, Wrapper):
        inside = Adam(lr=RATE, eps=0.0)
        with_decay = _scale_free(cls, weight_decay=0.5, optimizer=inside)
        without: Optimizer = inside
    else:
        without = _scale_free(cls)
    baseline = _displacements(without, gradients)
    decay = _displacements(with_decay, gradients) - baseline
    first = int(np.argmax(np.abs(decay).reshape(len(decay), -1).max(axis=1) > 0))
    for shares in (decay[first] / START, decay[first] / (START + baseline[first])):
        if shares.mean() < 0 and shares.std() < 1e-6 * abs(shares.mean()):
            return True
    return False
