"""Zhang et al. (2024): the Hessians of the blocks of a network."""

from collections.abc import Sequence

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.curvature import dense
from adamdoc.models import Model, Params
from adamdoc.optimizers import Adam
from adamdoc.optimizers.base import State

#: Half the width of the differences; small, because the gradient of a ReLU network has jumps.
WIDTH = 1e-6
#: Eigenvalues for `block_quadratic` with the same condition number, about 5,000: blocks that differ
#: from each other, and blocks that are alike.
DIFFERENT = ((1, 2, 3), (99, 100, 101), (4998, 4999, 5000))
ALIKE = ((1, 99, 4998), (2, 100, 4999), (3, 101, 5000))


class BlockAdam(Adam):
    """Adam with one denominator for each array, the root of the mean of v_hat over the array.

    Use it to see whether Adam needs a learning rate for each coordinate, or for each block.

    Parameters
    ----------
    lr, beta1, beta2, eps : float
        The hyperparameters of `adamdoc.Adam`.

    Examples
    --------
    The steps in a block are in proportion to the gradient; those of two blocks are equally long:

    >>> theta = {"a": np.zeros(2), "b": np.zeros(2)}
    >>> g = {"a": np.array([1.0, 7.0]), "b": np.array([100.0, 700.0])}
    >>> optimizer = BlockAdam(lr=0.1)
    >>> optimizer.update(theta, g, optimizer.init(theta))[0]
    {'a': array([-0.02, -0.14]), 'b': array([-0.02, -0.14])}
    """

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return super().init(theta)

    def update(self, theta: Array, g: Array, state: State) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = np.mean(v) / (1 - beta2**t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + eps), {"t": t, "m": m, "v": v}


def block_spectra(model: Model, params: Params, x: Array, y: Array) -> dict[str, Array]:
    """Return the eigenvalues of the Hessian of the loss for each weight matrix by itself.

    The blocks on the diagonal of the Hessian are computed column by column, as central differences
    of gradients. The paper estimates their spectra by random vectors, because its networks are too
    large for that. Vectors, such as biases, are left out.

    Parameters
    ----------
    model : Model
        The model.
    params : dict of ndarray
        The point at which to evaluate the Hessian.
    x, y : ndarray
        The samples.

    Returns
    -------
    dict of ndarray
        The eigenvalues of each block, in increasing order.

    References
    ----------
    .. [1] Y. Zhang and others, "Why transformers need Adam: a Hessian perspective", NeurIPS 2024,
       figures 3 and 4. arXiv:2402.16788.

    Examples
    --------
    >>> from adamdoc.models import Attention
    >>> model = Attention(length=2, vocabulary=3, width=2)
    >>> x, y = np.array([[0, 1], [1, 2], [2, 2]]), np.array([1, 2, 0])
    >>> {name: len(values) for name, values in block_spectra(model, model.init(), x, y).items()}
    {'E': 6, 'P': 4, 'Q': 4, 'K': 4, 'V': 4, 'W1': 8, 'W2': 8, 'U': 6}
    """
    spectra = {}
    for name, value in params.items():
        if value.ndim < 2:
            continue
        hessian = np.empty((value.size, value.size))
        for k in range(value.size):
            columns = []
            for h in (WIDTH, -WIDTH):
                moved = np.array(value)
                moved.flat[k] += h
                columns.append(np.ravel(dense(model.grad({**params, name: moved}, x, y)[name])))
            hessian[k] = (columns[0] - columns[1]) / (2 * WIDTH)
        spectra[name] = np.linalg.eigvalsh((hessian + hessian.T) / 2)
    return spectra


def js_distance(spectra: dict[str, Array]) -> float:
    """Return the mean Jensen-Shannon distance between the spectra of each two blocks.

    The distributions are those of the size of the eigenvalues, in two bins to a decade, because
    they span many. What is less than a millionth of the largest falls into the lowest bin.

    Parameters
    ----------
    spectra : dict of ndarray
        The eigenvalues of at least two blocks (see `block_spectra`).

    Returns
    -------
    float
        The mean over all pairs in bits, from 0 if all spectra are the same to 1 if none overlap.

    References
    ----------
    .. [1] Y. Zhang and others, "Why transformers need Adam: a Hessian perspective", NeurIPS 2024,
       figure 4 and table 1. arXiv:2402.16788.

    Examples
    --------
    >>> js_distance({"a": np.array([1.0, 2.0]), "b": np.array([1.0, 2.0])})
    0.0
    >>> js_distance({"a": np.array([1.0, 2.0]), "b": np.array([100.0, 200.0])})
    1.0
    """
    if len(spectra) < 2:
        raise ValueError(f"spectra must be of at least two blocks, got {list(spectra)}")
    sizes = [np.abs(values) for values in spectra.values()]
    top = max(values.max() for values in sizes)
    bins = top * np.logspace(-6, 0, 13)
    bins[0], bins[-1] = 0.0, np.inf
    shares = [np.histogram(values, bins)[0] / len(values) for values in sizes]
    return float(np.mean([_js(p, q) for k, p in enumerate(shares) for q in shares[:k]]))


def _js(p: Array, q: Array) -> float:
    """Return the Jensen-Shannon distance of two distributions over the same bins, in bits."""

    def entropy(r: Array) -> float:
        return float(-(r[r > 0] * np.log2(r[r > 0])).sum())

    return entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2


def top_spread(spectra: dict[str, Array]) -> float:
    """Return how many times the largest eigenvalues of two blocks differ, on average over pairs.

    A block by itself allows learning rates up to 2 over its largest eigenvalue. The result is how
    far these limits are apart, as a geometric mean.

    Parameters
    ----------
    spectra : dict of ndarray
        The eigenvalues of at least two blocks (see `block_spectra`).

    Returns
    -------
    float
        The mean ratio, at least 1.

    Examples
    --------
    >>> round(top_spread({"a": np.array([0.1, 1.0]), "b": np.array([5.0, 10.0])}), 6)
    10.0
    """
    if len(spectra) < 2:
        raise ValueError(f"spectra must be of at least two blocks, got {list(spectra)}")
    logs = [np.log(values.max()) for values in spectra.values()]
    return float(np.exp(np.mean([abs(a - b) for k, a in enumerate(logs) for b in logs[:k]])))


def block_quadratic(blocks: Sequence[Sequence[float]], seed: int = 0) -> tuple[Array, Array]:
    """Return the Hessian of a quadratic with blocks of given eigenvalues, and a random start.

    Each block is rotated at random, so that the axes of the coordinates are not those of the
    quadratic. The best rate of gradient descent depends only on the smallest and the largest of all
    eigenvalues; it does not matter to it which block they are in.

    Parameters
    ----------
    blocks : sequence of sequences of float
        The eigenvalues of each block, such as ``DIFFERENT`` and ``ALIKE``.
    seed : int, default 0
        Seed of the rotations and of the start.

    Returns
    -------
    hessian : ndarray, shape (d, d)
        The Hessian, with zeros outside the blocks.
    start : ndarray, shape (d,)
        Independent standard normal numbers.

    References
    ----------
    .. [1] Y. Zhang and others, "Why transformers need Adam: a Hessian perspective", NeurIPS 2024,
       figure 8. arXiv:2402.16788.

    Examples
    --------
    >>> hessian, _ = block_quadratic(DIFFERENT)
    >>> np.linalg.eigvalsh(hessian).round(6)
    array([1.000e+00, 2.000e+00, 3.000e+00, 9.900e+01, 1.000e+02, 1.010e+02,
           4.998e+03, 4.999e+03, 5.000e+03])
    """
    rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
    size = sum(len(values) for values in blocks)
    hessian, first = np.zeros((size, size)), 0
    for values in blocks:
        last = first + len(values)
        rotation = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
        hessian[first:last, first:last] = rotation * np.asarray(values, float) @ rotation.T
        first = last
    return hessian, rng.standard_normal(size)


def condition_for_adam(hessian: Array, start: Array) -> float:
    """Return the condition number of a quadratic for an Adam that keeps its first denominators.

    That is Adam with beta1 = 0 and beta2 = 1: gradient descent with the rates of the coordinates
    divided by the sizes of the first gradient.

    Parameters
    ----------
    hessian : ndarray, shape (d, d)
        The Hessian, symmetric and positive definite.
    start : ndarray, shape (d,)
        The starting point, seen from the minimum.

    Returns
    -------
    float
        The largest over the smallest eigenvalue of the Hessian with its rows so divided.

    References
    ----------
    .. [1] Y. Zhang and others, "Why transformers need Adam: a Hessian perspective", NeurIPS 2024,
       section 3. arXiv:2402.16788.

    Examples
    --------
    On the axes, one step of signs is as good as the exact solution:

    >>> round(condition_for_adam(np.diag([1.0, 100.0]), np.array([1.0, -1.0])), 6)
    1.0
    """
    root = np.abs(hessian @ start) ** -0.5
    values = np.linalg.eigvalsh(root[:, None] * hessian * root)
    return float(values[-1] / values[0])
