"""Cohen et al. (2021, 2022): the evolution of the sharpness during training."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.curvature import sharpness
from adamdoc.models import Model
from adamdoc.optimizers import Adam, Optimizer


@dataclass(frozen=True)
class Trace:
    """Loss and sharpness during a training.

    Attributes
    ----------
    steps : ndarray, shape (k,)
        The numbers of steps after which they were measured.
    losses : ndarray, shape (k,)
        The losses.
    sharpness : ndarray, shape (k,)
        The sharpness, that of the preconditioned Hessian if the optimizer is Adam.
    """

    steps: Array
    losses: Array
    sharpness: Array


def follow_sharpness(
    model: Model,
    x: Array,
    y: Array,
    optimizer: Optimizer,
    steps: int,
    every: int,
    seed: int = 0,
) -> Trace:
    """Train with full-batch gradients and measure the sharpness at regular intervals.

    For Adam, the Hessian is preconditioned with the denominator of Adam's step:
    (1 - beta1^t) (sqrt(v_hat) + eps).

    Parameters
    ----------
    model : Model
        The model.
    x, y : ndarray
        The samples.
    optimizer : Optimizer
        The optimizer.
    steps, every : int
        The number of steps, and the number of steps between two measurements.
    seed : int, default 0
        Seed of the initial parameters.

    Returns
    -------
    Trace
        The measurements.

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
    params = model.init(seed)
    state = optimizer.init(params)
    measurements = []
    for t in range(1, checks.integer("steps", steps, minimum=1) + 1):
        params, state = optimizer.update(params, model.grad(params, x, y), state)
        if t % every == 0:
            scale = None
            if isinstance(optimizer, Adam):
                beta1, beta2 = optimizer.at("beta1", t), optimizer.at("beta2", t)
                scale = {
                    name: (1 - beta1**t) * (np.sqrt(v / (1 - beta2**t)) + optimizer.eps)
                    for name, v in state["v"].items()
                }
            measurements.append(
                (t, model.loss(params, x, y), sharpness(model, params, x, y, scale))
            )
    return Trace(*map(np.array, zip(*measurements, strict=True)))
