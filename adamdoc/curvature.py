"""Estimates of the Hessian's diagonal, which `Sophia` divides by."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models import Gradient, Model, Params, SparseRows
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.base import layers


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
    return core.takes_curvature and (t - 1) % int(np.max(core.steps)) == 0


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
    dense = {name: g.dense() if isinstance(g, SparseRows) else g for name, g in grad.items()}
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
        return np.concatenate(
            [np.ravel(p.dense() if isinstance(p, SparseRows) else p) for p in parts]
        )

    estimate = hutchinson(lambda v: flat(model.grad(split(v), x, y)), flat(params), rng)
    return split(estimate)


def flat(values: Gradient) -> Array:
    """Return parameters or a gradient as one vector.

    Parameters
    ----------
    values : dict of ndarray or SparseRows
        The parameters, or their gradient.

    Returns
    -------
    ndarray, shape (d,)
        All numbers, in the order of the names.

    Examples
    --------
    >>> flat({"w": np.ones((2, 2)), "c": np.zeros(())})
    array([1., 1., 1., 1., 0.])
    """
    parts = (g.dense() if isinstance(g, SparseRows) else g for g in values.values())
    return np.concatenate([np.ravel(part) for part in parts])


def sharpness(
    model: Model, params: Params, x: Array, y: Array, scale: Params | None = None
) -> float:
    """Return the largest eigenvalue of the Hessian of the loss, by Lanczos' method.

    Products of the Hessian with a vector are central differences of gradients.

    Parameters
    ----------
    model : Model
        The model.
    params : dict of ndarray
        Where.
    x, y : ndarray
        The samples.
    scale : dict of ndarray, optional
        The diagonal of a preconditioner P, greater than 0. With it, the eigenvalue is that of
        P^(-1/2) H P^(-1/2).

    Returns
    -------
    float
        The eigenvalue.

    Raises
    ------
    ImportError
        If SciPy is missing.

    Examples
    --------
    >>> from adamdoc.models import LinearRegression
    >>> x, y = np.array([[2.0], [-2.0]]), np.zeros(2)
    >>> model = LinearRegression(1)
    >>> round(sharpness(model, model.init(), x, y), 6)
    4.0
    """
    try:
        from scipy.sparse.linalg import LinearOperator, eigsh
    except ImportError:
        raise ImportError("sharpness needs SciPy: pip install scipy") from None
    theta = flat(params)
    root = np.ones_like(theta) if scale is None else flat(scale) ** -0.5
    cuts = np.cumsum([p.size for p in params.values()])[:-1]

    def grad(v: Array) -> Array:
        parts = zip(params.items(), np.split(v, cuts), strict=True)
        return flat(model.grad({n: part.reshape(p.shape) for (n, p), part in parts}, x, y))

    def product(v: Array) -> Array:
        v = root * np.ravel(v)
        h = 1e-4 / np.linalg.norm(v)
        return np.asarray(root * (grad(theta + h * v) - grad(theta - h * v)) / (2 * h))

    size = theta.size
    if size < 3:  # too small for Lanczos' method
        return float(np.linalg.eigvalsh(np.array([product(e) for e in np.eye(size)])).max())
    start = np.random.default_rng(0).standard_normal(size)
    operator = LinearOperator((size, size), matvec=product, dtype=float)
    return float(eigsh(operator, k=1, which="LA", tol=1e-3, v0=start)[0][0])
