"""The problems on which optimizers are held against each other: gradients of several arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Params = dict[str, Any]
Gradient = Callable[[Params, int], Params]

STEPS = 60
RNG = np.random.default_rng(0)
START = np.array([[1.5, -0.8], [0.3, 2.0], [-1.1, 0.6]])
#: Curvatures of the bowl, one for each entry of the parameters.
CURVATURE = np.array([[2.0, 20.0], [1.0, 0.1], [5.0, 8.0]])
NOISE = RNG.standard_normal((STEPS, *START.shape))
#: Batches of inputs and targets of the nets, one for each step.
X = RNG.standard_normal((STEPS, 5, 3))
Y = RNG.standard_normal((STEPS, 5, 4))


@dataclass(frozen=True)
class Problem:
    """Parameters at the start, and the gradient at a step, counted from 0.

    An optimizer of adamdoc gets one array as an array, and several as a mapping.
    """

    start: Params
    gradient: Gradient


def bowl(theta: Params, _t: int) -> Params:
    """Return the gradient of a badly conditioned quadratic."""
    return {"W": CURVATURE * theta["W"]}


def noisy(theta: Params, t: int) -> Params:
    """Return the gradient of a shallow quadratic, with noise of many sizes."""
    sizes = 10.0 ** (2 * np.sin(0.7 * t + np.arange(6).reshape(3, 2)))
    return {"W": 0.3 * theta["W"] + NOISE[t] * sizes}


def curved(theta: Params, _t: int) -> Params:
    """Return the gradient of a sum of log cosh, in which the columns are coupled."""
    mix = np.array([[1.0, 0.4], [-0.3, 1.2]])
    return {"W": np.tanh(theta["W"] @ mix - 0.5) @ mix.T + 0.05 * theta["W"]}


def net(theta: Params, t: int) -> Params:
    """Return the gradient of a net with a matrix, a vector and a scalar, on the batch of a step."""
    hidden = np.tanh(X[t] @ theta["W"] + theta["c"])
    residual = theta["s"] * hidden - Y[t, :, :2]
    inside = theta["s"] * residual * (1 - hidden**2)
    scale = np.reshape(np.sum(residual * hidden), np.shape(theta["s"]))
    return {"W": X[t].T @ inside, "c": inside.sum(0), "s": scale}


def matrices(theta: Params, t: int) -> Params:
    """Return the gradient of a net of two matrices, on the batch of a step."""
    hidden = np.tanh(X[t] @ theta["W"])
    residual = hidden @ theta["V"] - Y[t]
    inside = residual @ theta["V"].T * (1 - hidden**2)
    return {"W": X[t].T @ inside, "V": hidden.T @ residual}


SINGLE = {name.__name__: Problem({"W": START}, name) for name in (bowl, noisy, curved)}
NET = Problem({"W": START, "c": np.array([0.5, -1.0]), "s": np.array(1.3)}, net)
#: The same net with the number as a vector.
WITH_AXES = Problem({**NET.start, "s": np.array([1.3])}, net)
MATRICES = Problem({"W": START, "V": np.linspace(-1.5, 1.0, 8).reshape(2, 4)}, matrices)


def with_rests(problem: Problem) -> Problem:
    """Return a problem in which every other row of each matrix has no gradient at a step."""

    def gradient(theta: Params, t: int) -> Params:
        found = problem.gradient(theta, t)
        return {n: g * ((np.arange(len(g)) + t // 2) % 2)[:, None] for n, g in found.items()}

    return Problem(problem.start, gradient)


def curvature(theta: Params, t: int) -> Params:
    """Return an estimate of a Hessian's diagonal: what methods with a curvature are given."""
    return {name: 2.0 + np.cos(t + 3.0 * value) for name, value in theta.items()}


def loss(theta: Params, t: int) -> float:
    """Return the loss of a step: what methods that take its value are given."""
    return (1.5 + float(np.cos(t))) * float(sum(np.sum(np.square(v)) for v in theta.values()))


def noise(theta: Params, t: int) -> Params:
    """Return the noise of a step: what methods with noise are given."""
    rng = np.random.default_rng([3, t])
    return {name: rng.standard_normal(np.shape(value)) for name, value in theta.items()}


class Recorder:
    """A problem that keeps its gradients, so that another optimizer can be given the same.

    Near a minimum some methods step to and fro in a chaotic way: there the last digit of a
    parameter, fed back through the gradient, grows until it is the first. So the gradients are
    taken where one of two runs goes, and given to both.
    """

    def __init__(self, problem: Problem) -> None:
        self.gradients: list[Params] = []
        self.problem = Problem(problem.start, self._recorded)
        self._gradient = problem.gradient

    def _recorded(self, theta: Params, t: int) -> Params:
        self.gradients.append(self._gradient(theta, t))
        return self.gradients[-1]

    def replay(self) -> Problem:
        """Return the problem with the recorded gradients, whatever the parameters are."""
        rest = iter(self.gradients)
        return Problem(self.problem.start, lambda _theta, _t: next(rest))


def deviation(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference over all steps, in units of the largest parameter so far.

    Where both have left the range of numbers, from then on there is nothing to compare.
    """
    worst = size = 0.0
    for a, b in zip(ours, theirs, strict=True):
        size = max(size, float(np.abs(b).max()))
        if not np.isfinite(b).all() or size > 1e100:
            return worst if not np.isfinite(a).all() or np.abs(a).max() > 1e90 else np.inf
        worst = max(worst, float(np.abs(a - b).max()) / max(size, 1e-300))
        if not worst < np.inf:
            return np.inf
    return worst


def flat(theta: Params) -> np.ndarray:
    """Return all parameters in one array."""
    return np.concatenate([np.ravel(value) for value in theta.values()])
