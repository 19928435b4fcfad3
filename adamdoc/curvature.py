"""Estimates of the Hessian's diagonal, which `Sophia` divides by."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models import Gradient, Model, Params, Rows
from adamdoc.optimizers import Optimizer, Sophia
from adamdoc.optimizers.wrapper import layers


def wanted(optimizer: Optimizer, t: int) -> bool:
    """Return whether step `t` of an optimizer takes an estimate, also of one that is wrapped.

    Parameters
    ----------
    optimizer : Optimizer
        What takes the step.
    t : int
        The number of the step, from 1.

    Returns
    -------
    bool
        True in the first of every ``steps`` steps of `adamdoc.Sophia`; else False.

    Examples
    --------
    >>> from adamdoc import Adam, Sophia
    >>> [t for t in range(1, 30) if wanted(Sophia(steps=10), t)], wanted(Adam(), 1)
    ([1, 11, 21], False)
    """
    core = layers(optimizer)[-1]
    return isinstance(core, Sophia) and (t - 1) % int(np.max(core.steps)) == 0


def hutchinson(
    grad: Callable[[Array], Array],
    theta: Array,
    rng: np.random.Generator,
    distance: float = 1e-4,
) -> Array:
    """Return Hutchinson's estimate of the Hessian's diagonal.

    A random vector of signs times the product of the Hessian with it. The product is a central
    difference of two gradients.

    Parameters
    ----------
    grad : callable
        The gradient of the loss.
    theta : array_like
        Where to estimate.
    rng : numpy.random.Generator
        Draws the signs.
    distance : float, default 1e-4
        How far from `theta` the gradients are taken in each coordinate, greater than 0.

    Returns
    -------
    ndarray
        The estimate, of the shape of `theta`. Its mean is the diagonal, for a quadratic exactly.

    References
    ----------
    .. [1] H. Liu and others, "Sophia: a scalable stochastic second-order optimizer for language
       model pre-training", ICLR 2024, Algorithm 1. arXiv:2305.14342.

    Examples
    --------
    Where the Hessian is diagonal, one draw is exact:

    >>> from adamdoc import Ravine
    >>> hutchinson(Ravine().grad, [1.0, 1.0], np.random.default_rng(0)).round(6)
    array([ 2., 20.])
    """
    theta = checks.floats("theta", theta)
    distance = checks.number("distance", distance, "positive")
    signs = rng.choice([-1.0, 1.0], theta.shape).astype(theta.dtype)
    ahead, behind = grad(theta + distance * signs), grad(theta - distance * signs)
    return np.asarray(signs * (ahead - behind) / (2 * distance))


def gauss_newton_bartlett(model: Any, params: Params, x: Array, rng: np.random.Generator) -> Params:
    """Return the estimate of Gauss, Newton and Bartlett for a classifier.

    The labels are drawn from the model's own probabilities; the estimate is the number of samples
    times the square of the gradient of their mean loss. It is never negative.

    Parameters
    ----------
    model : LogisticRegression, SoftmaxRegression or MLP
        A classifier without penalty.
    params : dict of ndarray
        Its parameters.
    x : ndarray of shape (N, d)
        The samples of a batch.
    rng : numpy.random.Generator
        Draws the labels.

    Returns
    -------
    dict of ndarray
        The estimate for each array of parameters.

    Raises
    ------
    TypeError
        If the model is no classifier.

    References
    ----------
    .. [1] H. Liu and others, "Sophia: a scalable stochastic second-order optimizer for language
       model pre-training", ICLR 2024, Algorithm 2. arXiv:2305.14342.

    Examples
    --------
    >>> from adamdoc.models import SoftmaxRegression
    >>> model = SoftmaxRegression(2, 3)
    >>> x = np.ones((5, 2))
    >>> estimate = gauss_newton_bartlett(model, model.init(), x, np.random.default_rng(0))
    >>> {name: value.shape for name, value in estimate.items()}
    {'W': (2, 3), 'c': (3,)}
    """
    if not isinstance(model, Model) or model.dims()[1] is None:
        raise TypeError(f"model must be a classifier, got {model!r}")
    p = model.probabilities(params, x)
    labels = (p.cumsum(axis=1) < rng.random((len(x), 1))).sum(axis=1)
    _, grad = model.loss_and_grad(params, x, np.minimum(labels, p.shape[1] - 1))
    dense = {name: g.dense() if isinstance(g, Rows) else g for name, g in grad.items()}
    return {name: len(x) * g**2 for name, g in dense.items()}


def of_model(model: Model, params: Params, x: Array, y: Array, rng: np.random.Generator) -> Params:
    """Return the estimate that suits a model: of a classifier the second one, else the first.

    Parameters
    ----------
    model : Model
        A model without penalty.
    params : dict of ndarray
        Its parameters.
    x : ndarray, shape (N, d)
        The samples of a batch.
    y : ndarray, shape (N,)
        Their labels, which a classifier's estimate does not look at.
    rng : numpy.random.Generator
        Draws the labels or the signs.

    Returns
    -------
    dict of ndarray
        The estimate for each array of parameters.

    Examples
    --------
    >>> from adamdoc.models import LinearRegression
    >>> model = LinearRegression(1)
    >>> x, y = np.ones((4, 1)), np.zeros(4)
    >>> params = {"w": np.ones(1), "c": np.ones(())}
    >>> sorted(of_model(model, params, x, y, np.random.default_rng(1)))
    ['c', 'w']
    """
    if model.dims()[1] is not None:
        return gauss_newton_bartlett(model, params, x, rng)
    sizes = {name: np.size(value) for name, value in params.items()}
    cuts = np.cumsum(list(sizes.values()))[:-1]

    def split(flat: Array) -> Params:
        parts = np.split(flat, cuts)
        return {n: part.reshape(params[n].shape) for n, part in zip(sizes, parts, strict=True)}

    def flat(values: Gradient) -> Array:
        parts = (values[name] for name in sizes)
        return np.concatenate([np.ravel(p.dense() if isinstance(p, Rows) else p) for p in parts])

    estimate = hutchinson(lambda v: flat(model.grad(split(v), x, y)), flat(params), rng)
    return split(estimate)
