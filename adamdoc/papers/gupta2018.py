"""Gupta, Koren and Singer (2018): a matrix problem for Shampoo and later matrix methods."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer


def matrix_problem(n: int = 16, seed: int = 0) -> tuple[Array, Array, Array]:
    """Return A, B and C of the loss ``1/2 |A W B - C|^2``, with ill-conditioned A and B.

    Parameters
    ----------
    n : int, default 16
        The number of rows and of columns.
    seed : int, default 0
        Seed of the matrices.

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
    rng = np.random.default_rng(seed)

    def factor() -> Array:
        left, right = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
        return np.asarray(left * np.geomspace(1, 0.03, n) @ right)

    a, b = factor(), factor()
    return a, b, a @ rng.standard_normal((n, n)) @ b


def run_matrix(optimizer: Optimizer, steps: int = 300, seed: int = 0) -> Array:
    """Return the losses of a run on `matrix_problem` from zero; infinite after divergence.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    steps : int, default 300
        The number of steps.
    seed : int, default 0
        Seed of the matrices.

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
    a, b, c = matrix_problem(seed=seed)
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
