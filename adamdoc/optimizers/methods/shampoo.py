"""Shampoo."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State


@dataclass(frozen=True)
class Shampoo(Optimizer):
    r"""AdaGrad with a preconditioner matrix for each axis of the parameters.

    For a gradient with n rows and m columns, an n by n matrix accumulates the products of rows and
    an m by m matrix those of columns; their inverse fourth roots multiply the gradient from both
    sides. An array with k axes has k such matrices, and their inverse 2k-th roots are used. Use it
    for matrices of moderate size: a step costs an eigendecomposition of each.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Learning rate, greater than 0, or a schedule.
    eps : float, default 1e-4
        The matrices are initialized to this times the identity; at least 0.
    momentum : float, default 0.0
        Weight of the last step when it is averaged with the gradient, at least 0 and less than 1.
        pytorch_optimizer has this option, the paper does not.

    Notes
    -----
    For a matrix:

    .. math::

        \bar{g}_t &= (1 - \mu) g_t + \mu \Delta_{t-1} \text{ if } t > 1, \text{ otherwise } g_t \\
        L_t       &= L_{t-1} + \bar{g}_t \bar{g}_t^\mathsf{T} \\
        R_t       &= R_{t-1} + \bar{g}_t^\mathsf{T} \bar{g}_t \\
        \Delta_t  &= L_t^{-1/4} \bar{g}_t R_t^{-1/4} \\
        \theta_t  &= \theta_{t-1} - \eta \Delta_t

    with :math:`L_0 = \varepsilon I` and :math:`R_0 = \varepsilon I`. The paper has :math:`\mu = 0`.

    References
    ----------
    .. [1] V. Gupta, T. Koren and Y. Singer, "Shampoo: preconditioned stochastic tensor
       optimization", ICML 2018, Algorithms 1 and 2. arXiv:1802.09568.

    Examples
    --------
    For a vector and eps near 0, the first step has the norm ``lr`` in any direction:

    >>> import numpy as np
    >>> from adamdoc import Shampoo
    >>> optimizer = Shampoo(lr=0.5, eps=1e-12)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([3.0, 4.0]), optimizer.init(theta))[0].round(4)
    array([-0.3, -0.4])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "mixed", "step", "gradient, averaged with the last step"),
        Symbol(
            r"L_t",
            "l0",
            "state",
            "sum of the products of the rows of the gradients",
            rule="positive definite",
            start=r"\varepsilon I",
            shape="rows x rows",
        ),
        Symbol(
            r"R_t",
            "l1",
            "state",
            "sum of the products of the columns of the gradients",
            rule="positive definite",
            start=r"\varepsilon I",
            shape="columns x columns",
        ),
        Symbol(r"\Delta_t", "delta", "state", "step before the learning rate"),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "start of the matrices, in units of the identity",
            "nonnegative",
            negligible=True,
        ),
        Symbol(
            r"\mu",
            "momentum",
            "hyperparameter",
            "weight of the last step in the average with the gradient",
            "[0, 1)",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad",)
    paper: ClassVar[str] = "gupta2018"
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"
    matrix_only: ClassVar[bool] = True

    lr: Hyperparameter = 1.0
    eps: Hyperparameter = 1e-4
    momentum: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        theta = checks.floats("theta", theta)
        start = {f"l{axis}": self.at("eps", 1) * np.eye(n) for axis, n in enumerate(theta.shape)}
        return {
            "t": 0,
            **{name: matrix.astype(theta.dtype) for name, matrix in start.items()},
            "delta": np.zeros_like(theta),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, _, momentum = self._operands(theta, g, state)
        mixed = (1 - momentum) * g + momentum * state["delta"] if t > 1 else g
        after: State = {"t": t}
        delta = mixed
        for axis, length in enumerate(g.shape):
            rows = np.moveaxis(mixed, axis, 0).reshape(length, -1)
            after[f"l{axis}"] = state[f"l{axis}"] + rows @ rows.T
            root = inverse_root(after[f"l{axis}"], 2 * g.ndim)
            delta = np.moveaxis(np.tensordot(root, delta, axes=(1, axis)), 0, axis)
        theta = theta - lr * delta
        return theta, {**after, "delta": delta}


def inverse_root(matrix: Array, power: int) -> Array:
    """Return the inverse root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    # Rounding may flip the sign of the smallest eigenvalues.
    values = np.maximum(np.abs(values), np.finfo(matrix.dtype).tiny)
    return (vectors * values ** (-1 / power)) @ vectors.T
