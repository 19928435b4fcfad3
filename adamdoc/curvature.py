"""Estimates of the curvature: the diagonal of the Hessian (for `Sophia`) and its top eigenvalue."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models import Gradient, Model, Params, SparseRows
from adamdoc.optimizers import Optimizer, arrays
from adamdoc.optimizers.wrappers.wrapper import needs


def estimate_due(optimizer: Optimizer, t: int) -> bool:
    """Return whether an optimizer, wrapped or not, takes a curvature estimate at step `t`.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    t : int
        The number of the step, counted from 1.

    Returns
    -------
    bool
        For `adamdoc.Sophia`, True at the first of every ``steps`` steps; for other methods, False.

    Examples
    --------
    >>> from adamdoc import Adam, Sophia
    >>> [t for t in range(1, 30) if estimate_due(Sophia(steps=10), t)], estimate_due(Adam(), 1)
    ([1, 11, 21], False)
    """
    return "curvature" in needs(optimizer, t)


def hutchinson(
    grad: Callable[[Array], Array],
    theta: Array,
    rng: np.random.Generator,
    distance: float = 1e-4,
) -> Array:
    """Return Hutchinson's estimate of the diagonal of the Hessian.

    The estimate is the elementwise product of a random sign vector with its Hessian-vector product.
    The latter is computed as a central difference of two gradients.

    Parameters
    ----------
    grad : callable
        The gradient of the loss.
    theta : array_like
        The point at which to estimate.
    rng : numpy.random.Generator
        The source of the random signs.
    distance : float, default 1e-4
        The half-width of the central difference in each coordinate, greater than 0.

    Returns
    -------
    ndarray
        The estimate, of the same shape as `theta`. Its expectation is the diagonal: exactly for a
        quadratic, otherwise up to the error of the finite difference.

    References
    ----------
    .. [1] H. Liu and others, "Sophia: a scalable stochastic second-order optimizer for language
       model pre-training", ICLR 2024, Algorithm 1. arXiv:2305.14342.

    Examples
    --------
    If the Hessian is diagonal, a single draw is exact:

    >>> from adamdoc import Ravine
    >>> hutchinson(Ravine().grad, [1.0, 1.0], np.random.default_rng(0)).round(6)
    array([ 2., 20.])
    """
    theta = checks.floats("theta", theta)
    distance = checks.number("distance", distance, "positive")
    signs = rng.choice([-1.0, 1.0], theta.shape).astype(theta.dtype)
    grad = arrays.guarded("grad", grad)
    ahead = np.array(grad(theta + distance * signs))  # it may return the same array each time
    behind = grad(theta - distance * signs)
    return np.asarray(signs * (ahead - behind) / (2 * distance))


def gauss_newton_bartlett(model: Any, params: Params, x: Array, rng: np.random.Generator) -> Params:
    """Return the Gauss-Newton-Bartlett estimate of the Hessian's diagonal for a classifier.

    Labels are sampled from the model's own predicted probabilities. The estimate is the batch size
    times the squared gradient of the mean loss on these labels, so it is never negative.

    Parameters
    ----------
    model : LogisticRegression, SoftmaxRegression or MLP
        A classifier without a penalty term.
    params : dict of ndarray
        Its parameters.
    x : ndarray of shape (N, d)
        The inputs of a batch.
    rng : numpy.random.Generator
        The source of the random labels.

    Returns
    -------
    dict of ndarray
        The estimate for each parameter array.

    Raises
    ------
    TypeError
        If the model is not a classifier.

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
    params, x = arrays.read_only(params), arrays.read_only(x)
    p = model.probabilities(params, x)
    labels = (p.cumsum(axis=1) < rng.random((len(x), 1))).sum(axis=1)
    _, grad = model.loss_and_grad(params, x, np.minimum(labels, p.shape[1] - 1))
    return {name: len(x) * dense(g) ** 2 for name, g in grad.items()}


def of_model(model: Model, params: Params, x: Array, y: Array, rng: np.random.Generator) -> Params:
    """Return the Gauss-Newton-Bartlett estimate for a classifier, Hutchinson's for other models.

    Parameters
    ----------
    model : Model
        A model without a penalty term.
    params : dict of ndarray
        Its parameters.
    x : ndarray, shape (N, d)
        The inputs of a batch.
    y : ndarray, shape (N,)
        Their targets. The estimate for a classifier does not use them.
    rng : numpy.random.Generator
        The source of the random labels or signs.

    Returns
    -------
    dict of ndarray
        The estimate for each parameter array.

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
    estimate = hutchinson(_vector_gradient(model, params, x, y), flatten(params), rng)
    return _unflatten(estimate, params)


def dense(g: Any) -> Array:
    """Return the gradient of a parameter as a dense array, sparse or not.

    Parameters
    ----------
    g : ndarray or SparseRows
        The gradient.

    Returns
    -------
    ndarray
        The gradient, with zeros in the rows that a sparse one leaves out.

    Examples
    --------
    >>> dense(SparseRows(np.array([1]), np.array([3.0]), length=3))
    array([0., 3., 0.])
    """
    return g.dense() if isinstance(g, SparseRows) else g


def flatten(values: Gradient) -> Array:
    """Return parameters or a gradient as a single vector.

    Parameters
    ----------
    values : dict of ndarray or SparseRows
        The parameters, or their gradient.

    Returns
    -------
    ndarray, shape (d,)
        The concatenated entries, in the order of the dictionary.

    Examples
    --------
    >>> flatten({"w": np.ones((2, 2)), "c": np.zeros(())})
    array([1., 1., 1., 1., 0.])
    """
    return np.concatenate([np.ravel(dense(value)) for value in values.values()])


def _unflatten(vector: Array, like: Params) -> Params:
    """Return a vector as arrays with the names and shapes of `like`."""
    parts = np.split(vector, np.cumsum([p.size for p in like.values()])[:-1])
    return {n: part.reshape(p.shape) for (n, p), part in zip(like.items(), parts, strict=True)}


def _vector_gradient(model: Model, params: Params, x: Array, y: Array) -> Callable[[Array], Array]:
    """Return the gradient of a model's loss as a function from vectors to vectors."""

    def gradient(vector: Array) -> Array:
        grad = model.grad(*map(arrays.read_only, (_unflatten(vector, params), x, y)))
        return flatten({name: grad[name] for name in params})

    return gradient


def sharpness(
    model: Model, params: Params, x: Array, y: Array, scale: Params | None = None
) -> float:
    """Return the largest eigenvalue of the Hessian of the loss, by the Lanczos method.

    Hessian-vector products are computed as central differences of gradients.

    Parameters
    ----------
    model : Model
        The model.
    params : dict of ndarray
        The point at which to evaluate the Hessian.
    x, y : ndarray
        The samples.
    scale : dict of ndarray, optional
        The diagonal of a preconditioner P, greater than 0. If given, the eigenvalue is that of the
        preconditioned Hessian P^(-1/2) H P^(-1/2).

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
    theta = flatten(params)
    root = np.ones_like(theta) if scale is None else flatten(scale) ** -0.5
    grad = _vector_gradient(model, params, x, y)

    def product(v: Array) -> Array:
        v = root * np.ravel(v)
        h = 1e-4 / np.linalg.norm(v)
        return np.asarray(root * (grad(theta + h * v) - grad(theta - h * v)) / (2 * h))

    size = theta.size
    if size < 3:  # too small for eigsh
        return float(np.linalg.eigvalsh(np.array([product(e) for e in np.eye(size)])).max())
    start = np.random.default_rng(0).standard_normal(size)
    operator = LinearOperator((size, size), matvec=product, dtype=float)
    return float(eigsh(operator, k=1, which="LA", tol=1e-3, v0=start)[0][0])
