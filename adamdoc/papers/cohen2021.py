"""Cohen and others (2021, 2022): the sharpness during training."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.curvature import sharpness
from adamdoc.models import Model
from adamdoc.optimizers import Adam, Optimizer


@dataclass(frozen=True)
class Trace:
    """A run with its sharpness.

    Attributes
    ----------
    steps : ndarray, shape (k,)
        The numbers of steps done when it was measured.
    losses : ndarray, shape (k,)
        The losses then.
    sharpness : ndarray, shape (k,)
        The sharpness then, preconditioned if the optimizer is Adam.
    """

    steps: Array
    losses: Array
    sharpness: Array


def follow_sharpness(
    model: Model, x: Array, y: Array, optimizer: Optimizer, steps: int, every: int
) -> Trace:
    """Train on all samples at once and measure the sharpness from time to time.

    For Adam it is that of the Hessian preconditioned by what Adam divides by:
    (1 - beta1^t) (sqrt(v_hat) + eps).

    Parameters
    ----------
    model : Model
        The model, from its own start.
    x, y : ndarray
        The samples.
    optimizer : Optimizer
        What steps.
    steps, every : int
        The number of steps, and of those between two measurements.

    Returns
    -------
    Trace
        Steps, losses and sharpness.

    References
    ----------
    .. [1] J. Cohen and others, "Gradient descent on neural networks typically occurs at the edge of
       stability", ICLR 2021, and "Adaptive gradient methods at the edge of stability", 2022,
       section 3.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> from adamdoc.models import LinearRegression
    >>> x, y = np.array([[2.0], [-2.0]]), np.array([1.0, 0.0])
    >>> trace = follow_sharpness(LinearRegression(1), x, y, GradientDescent(lr=0.1), 4, every=2)
    >>> trace.steps, trace.sharpness.round(6)
    (array([2, 4]), array([4., 4.]))
    """
    params = model.init(0)
    states = {name: optimizer.init(p) for name, p in params.items()}
    found = []
    for t in range(1, checks.integer("steps", steps, least=1) + 1):
        for name, g in model.grad(params, x, y).items():
            params[name], states[name] = optimizer.update(params[name], g, states[name])
        if t % every == 0:
            scale = None
            if isinstance(optimizer, Adam):
                scale = {
                    name: (1 - optimizer.beta1**t)
                    * (np.sqrt(state["v"] / (1 - optimizer.beta2**t)) + optimizer.eps)
                    for name, state in states.items()
                }
            found.append((t, model.loss(params, x, y), sharpness(model, params, x, y, scale)))
    at, losses, sharp = zip(*found, strict=True)
    return Trace(np.array(at), np.array(losses), np.array(sharp))
