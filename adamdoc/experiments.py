"""Experiments that claims and gallery share, each from a paper or made to test one point."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.models import MLP, Gradient, Model, Params, Rows
from adamdoc.optimizers import (
    Adam,
    AdamW,
    CoupledDecay,
    HeavyBall,
    Nesterov,
    Optimizer,
)
from adamdoc.optimizers.base import State
from adamdoc.schedules import Cosine
from adamdoc.training import train


def settled(losses: Array, level: float) -> Array:
    """Return after how many steps losses stay at or below a level: infinity if they do not.

    Parameters
    ----------
    losses : ndarray, shape (k + 1, ...)
        The losses of one run or of a batch; nan, after a divergence, counts as above.
    level : float
        The level.

    Returns
    -------
    ndarray, shape (...)
        The numbers of steps.

    Examples
    --------
    >>> settled(np.array([3.0, 1.0, 2.0, 0.5, 0.4]), level=1.0)
    array(3.)
    """
    above = ~(np.asarray(losses) <= level)
    steps = np.where(above.any(axis=0), len(above) - above[::-1].argmax(axis=0), 0)
    return np.asarray(np.where(above[-1], np.inf, steps.astype(float)))


def online(
    optimizer: Optimizer, gradients: Iterable[Any], low: float = -1.0, high: float = 1.0
) -> Array:
    """Return the path of an optimizer that is shown one gradient after another, kept in a range.

    After each step the point is moved to the nearest one allowed.

    Parameters
    ----------
    optimizer : Optimizer
        What steps.
    gradients : iterable of array_like
        The gradients, of numbers or of shape (...) for many runs at once.
    low, high : float
        The range.

    Returns
    -------
    ndarray, shape (steps, ...)
        The points after each step. The start is 0.

    References
    ----------
    .. [1] S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       Algorithm 1, which projects by the metric of v; in one dimension that is the same.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> online(GradientDescent(lr=0.4), [1.0, 1.0, 1.0])
    array([-0.4, -0.8, -1. ])
    """
    x = np.zeros(())
    state: State = {}
    path = []
    for g in gradients:
        g = np.asarray(g, float)
        if not state:
            x = np.zeros(g.shape)
            state = optimizer.init(x)
        x, state = optimizer.update(x, g, state)
        x = np.clip(x, low, high)
        path.append(x)
    return np.array(path)


def separable(
    samples: int, share: float, seed: int = 0
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return the data on which adaptive methods find a bad fit, and as many unseen samples.

    The first feature is the label, 1 or -1; the next two are 1. A positive sample has one feature
    of its own, a negative one five.

    Parameters
    ----------
    samples : int
        How many.
    share : float
        The share of positive samples, above 1/2.
    seed : int, default 0
        Seed of the labels.

    Returns
    -------
    seen, unseen : pair of ndarray
        The inputs, shape (samples, 3 + 5 * 2 * samples), and the labels.

    References
    ----------
    .. [1] A. Wilson and others, "The marginal value of adaptive gradient methods in machine
       learning", NeurIPS 2017, section 3.3.

    Examples
    --------
    >>> (x, y), _ = separable(4, 0.75)
    >>> x.shape, x[0, :3]
    ((4, 43), array([1., 1., 1.]))
    """
    rng = np.random.default_rng(seed)
    n = 2 * checks.whole("samples", samples, least=1)
    y = np.where(rng.random(n) < checks.number("share", share, "fraction"), 1.0, -1.0)
    x = np.zeros((n, 3 + 5 * n))
    x[:, 0], x[:, 1:3] = y, 1.0
    for k in range(n):
        own = 3 + 5 * k
        x[k, own : own + (1 if y[k] > 0 else 5)] = 1.0
    return (x[:samples], y[:samples]), (x[samples:], y[samples:])


def long_tail(groups: int) -> tuple[Array, Array]:
    """Return a softmax problem whose classes are unequally frequent: all groups are equally large.

    Group k has 2^k classes with 2^(groups - 1 - k) samples each. The input of a sample says which
    class it has: one feature of its own is 1.

    Parameters
    ----------
    groups : int
        The number of groups, at least 1.

    Returns
    -------
    x : ndarray, shape (N, K)
        The inputs.
    y : ndarray, shape (N,)
        The class numbers, the most frequent first.

    References
    ----------
    .. [1] F. Kunstner and others, "Heavy-tailed class imbalance and why Adam outperforms gradient
       descent on language models", NeurIPS 2024, sections 2 and 4.

    Examples
    --------
    >>> np.bincount(long_tail(3)[1])
    array([4, 2, 2, 1, 1, 1, 1])
    """
    last = checks.whole("groups", groups, least=1) - 1
    sizes = [2 ** (last - k) for k in range(groups) for _ in range(2**k)]
    y = np.repeat(np.arange(len(sizes)), sizes)
    return np.eye(len(sizes))[y], y


def flat(values: Gradient) -> Array:
    """Return parameters or a gradient as one vector.

    Parameters
    ----------
    values : dict of ndarray or Rows
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
    parts = (g.dense() if isinstance(g, Rows) else g for g in values.values())
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
    for t in range(1, checks.whole("steps", steps, least=1) + 1):
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


def adaptive_rates(beta2: float, steps: int, runs: int, seed: int = 0) -> Array:
    """Return what Adam multiplies its step by, 1 / sqrt(v_hat), for normal gradients of variance 1.

    Parameters
    ----------
    beta2 : float
        The decay rate of the second moment.
    steps : int
        The number of steps.
    runs : int
        How many coordinates are drawn.
    seed : int, default 0
        Seed of the gradients.

    Returns
    -------
    ndarray, shape (steps, runs)
        The rates after each step.

    References
    ----------
    .. [1] L. Liu and others, "On the variance of the adaptive learning rate and beyond", ICLR 2020,
       section 3.

    Examples
    --------
    >>> adaptive_rates(0.999, steps=3, runs=2).shape
    (3, 2)
    """
    rng = np.random.default_rng(seed)
    adam, x = Adam(beta2=beta2), np.zeros(runs)
    state, rates = adam.init(x), []
    for t in range(1, steps + 1):
        _, state = adam.update(x, rng.standard_normal(runs), state)
        rates.append(1 / np.sqrt(state["v"] / (1 - beta2**t)))
    return np.array(rates)


def slope(x: Sequence[float] | Array, y: Sequence[float] | Array) -> float:
    """Return the exponent p of the power law y ~ x^p that fits best on logarithmic axes.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Numbers greater than 0.

    Returns
    -------
    float
        The exponent.

    Examples
    --------
    >>> round(slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def walk(optimizer: Optimizer, gradients: Array) -> Array:
    """Return the positions after steps along given gradients, from zero.

    Parameters
    ----------
    optimizer : Optimizer
        What steps.
    gradients : ndarray, shape (steps, ...)
        The gradients.

    Returns
    -------
    ndarray, shape (steps, ...)
        The positions.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> walk(GradientDescent(lr=1.0), np.array([[1.0], [2.0]])).ravel()
    array([-1., -3.])
    """
    theta, path = np.zeros(gradients.shape[1:]), []
    state = optimizer.init(theta)
    for g in gradients:
        theta, state = optimizer.update(theta, g, state)
        path.append(theta)
    return np.array(path)


def three_beat(steps: int) -> Array:
    """Return the gradients of the losses 3 x, -x, -x, 3 x, ... whose best point is -1.

    Parameters
    ----------
    steps : int
        How many.

    Returns
    -------
    ndarray, shape (steps,)
        The gradients.

    References
    ----------
    .. [1] S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", ICLR 2018,
       section 3, with C = 3.

    Examples
    --------
    >>> three_beat(4)
    array([ 3., -1., -1.,  3.])
    """
    return np.where(np.arange(1, steps + 1) % 3 == 1, 3.0, -1.0)


def best_heavy_ball(kappa: float) -> HeavyBall:
    """Return the heavy ball that is best on a bowl with curvatures from 1 to kappa.

    Parameters
    ----------
    kappa : float
        The condition number, at least 1.

    Returns
    -------
    HeavyBall
        Polyak's settings.

    References
    ----------
    .. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
       Computational Mathematics and Mathematical Physics 4(5), 1964.

    Examples
    --------
    >>> best_heavy_ball(9.0)
    HeavyBall(lr=0.25, momentum=0.25)
    """
    root = np.sqrt(kappa)
    return HeavyBall(
        lr=float((2 / (1 + root)) ** 2), momentum=float(((root - 1) / (root + 1)) ** 2)
    )


def best_nesterov(kappa: float) -> Nesterov:
    r"""Return Nesterov's method at his constant momentum, for curvatures from 1 to kappa.

    Parameters
    ----------
    kappa : float
        The condition number, at least 1.

    Returns
    -------
    Nesterov
        The settings for a strongly convex loss.

    References
    ----------
    .. [1] \Y. Nesterov, "Lectures on Convex Optimization", 2nd ed., Springer, 2018, section 2.2.

    Examples
    --------
    >>> best_nesterov(9.0).momentum
    0.5
    """
    root = np.sqrt(kappa)
    return Nesterov(lr=1 / kappa, momentum=float((root - 1) / (root + 1)))


class Uncorrected(Adam):
    """Adam without its bias correction.

    Parameters
    ----------
    lr, beta1, beta2, eps : float
        Those of `adamdoc.Adam`.

    Examples
    --------
    >>> theta = np.zeros(1)
    >>> optimizer = Uncorrected(lr=1.0)
    >>> optimizer.update(theta, np.ones(1), optimizer.init(theta))[0].round(3)
    array([-3.162])
    """

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return super().init(theta)

    def update(self, theta: Array, g: Array, state: State) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        return theta - lr * m / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v}


def bag_of_words(copies: int, seed: int) -> tuple[Array, Array]:
    """Return passages as word counts, repeated with half of the words dropped each time.

    Parameters
    ----------
    copies : int
        How often each passage is repeated.
    seed : int
        Seed of the words that are dropped.

    Returns
    -------
    x : ndarray, shape (copies * N, d)
        The counts, doubled where they are kept.
    y : ndarray, shape (copies * N,)
        The class numbers.

    Examples
    --------
    >>> x, y = bag_of_words(2, seed=0)
    >>> words = load("words")
    >>> x.shape == (2 * len(words.y), len(words.vocabulary)), len(y) == len(x)
    (True, True)
    """
    words = load("words")
    counts = np.zeros((len(words.y), len(words.vocabulary)))
    np.add.at(counts, (np.arange(len(words.y))[:, None], words.x.astype(int)), 1.0)
    rng = np.random.default_rng(seed)
    kept = [counts * (rng.random(counts.shape) < 0.5) * 2 for _ in range(copies)]
    return np.concatenate(kept), np.tile(words.y, copies)


def decay_map(decoupled: bool, rates: npt.ArrayLike, decays: npt.ArrayLike, seed: int) -> Array:
    """Return test losses of a net on 300 digits, of which 40 percent have a random label.

    Parameters
    ----------
    decoupled : bool
        Whether decay is that of AdamW, in place of a penalty inside Adam.
    rates : array_like, shape (r,)
        The learning rates, each the start of a cosine over 300 steps.
    decays : array_like, shape (k,)
        The weights of the decay.
    seed : int
        Seed of the labels and of the training.

    Returns
    -------
    ndarray, shape (r, k)
        The losses on all test samples.

    Examples
    --------
    >>> decay_map(True, [0.01], [0.1], seed=0).shape
    (1, 1)
    """
    digits, net = load("digits"), MLP((64, 64, 10))
    rng = np.random.default_rng(seed)
    x, y = digits.x[:300], digits.y[:300].copy()
    noisy = rng.random(300) < 0.4
    y[noisy] = rng.integers(0, 10, noisy.sum())
    rates, decays = np.asarray(rates, float), np.asarray(decays, float)
    found = np.empty((len(rates), len(decays)))
    for i, lr in enumerate(rates):
        for j, decay in enumerate(decays):
            rate = Cosine(lr, steps=300)
            optimizer: Optimizer = (
                AdamW(lr=rate, weight_decay=decay)
                if decoupled
                else CoupledDecay(Adam(lr=rate), decay)
            )
            run = train(net, (x, y), optimizer, epochs=30, batch_size=30, seed=seed)
            found[i, j] = net.loss(run.params, digits.x_test, digits.y_test)
    return found


def matrix_problem(n: int = 16) -> tuple[Array, Array, Array]:
    """Return A, B and C of the loss ``1/2 |A W B - C|^2``, badly conditioned from both sides.

    Parameters
    ----------
    n : int, default 16
        Rows and columns of each.

    Returns
    -------
    a, b, c : ndarray, shape (n, n)
        The matrices.

    Examples
    --------
    >>> a, b, c = matrix_problem()
    >>> round(float(np.linalg.cond(np.kron(b.T, a).T @ np.kron(b.T, a))))
    1234568
    """
    rng = np.random.default_rng(0)

    def factor() -> Array:
        left, right = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
        return np.asarray(left * np.geomspace(1, 0.03, n) @ right)

    a, b = factor(), factor()
    return a, b, a @ rng.standard_normal((n, n)) @ b


def run_matrix(optimizer: Optimizer, steps: int = 300) -> Array:
    """Return the losses of a run on `matrix_problem` from zero, infinite after a divergence.

    Parameters
    ----------
    optimizer : Optimizer
        What runs.
    steps : int, default 300
        How many steps.

    Returns
    -------
    ndarray, shape (steps + 1,)
        The losses before the first step and after each.

    Examples
    --------
    >>> from adamdoc import Muon
    >>> losses = run_matrix(Muon(lr=0.1), steps=50)
    >>> bool(losses[-1] < 0.1 * losses[0])
    True
    """
    a, b, c = matrix_problem()
    w, losses = np.zeros(c.shape), np.full(steps + 1, np.inf)
    state = optimizer.init(w)
    for t in range(steps + 1):
        residual = a @ w @ b - c
        losses[t] = 0.5 * (residual**2).sum()
        if not losses[t] < 1e6:
            losses[t] = np.inf
            break
        w, state = optimizer.update(w, a.T @ residual @ b.T, state)
    return losses
