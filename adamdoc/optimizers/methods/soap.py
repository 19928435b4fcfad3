"""SOAP."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zero_matrix


@dataclass(frozen=True)
class SOAP(Optimizer):
    r"""Adam in the eigenbasis of Shampoo.

    The gradient of a matrix is rotated into the eigenbases of the averaged products of its rows and
    of its columns. `Adam` computes the step there, which is then rotated back. The eigenvectors are
    updated every few steps by one power iteration. Use it where `Shampoo` is used: it is more
    robust to infrequent updates of the matrices.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.003
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.95
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float, default 0.95
        Decay rate of the second moment and of the matrices, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.01
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    steps : int, default 10
        Number of steps between two updates of the eigenvectors, at least 1.

    Notes
    -----
    For a matrix:

    .. math::

        L_t       &= \beta_2 L_{t-1} + (1 - \beta_2) g_t g_t^\mathsf{T} \\
        R_t       &= \beta_2 R_{t-1} + (1 - \beta_2) g_t^\mathsf{T} g_t \\
        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t
                     \text{ if } t > 1, \text{ otherwise } m_{t-1} \\
        \hat{v}_t &= \beta_2 v_{t-1}
                     + (1 - \beta_2) (P_{t-1}^\mathsf{T} g_t Q_{t-1})^{\odot 2}
                     \text{ if } t > 1, \text{ otherwise } v_{t-1} \\
        \Delta_t  &= P_{t-1} \frac{P_{t-1}^\mathsf{T} m_t Q_{t-1}}
                     {\sqrt{\hat{v}_t} + \varepsilon} Q_{t-1}^\mathsf{T}
                     \text{ if } t > 1, \text{ otherwise } 0 \\
        \theta_t  &= (1 - \eta \lambda) \left(\theta_{t-1}
                     - \eta \frac{\sqrt{1 - \beta_2^{t-1}}}{1 - \beta_1^{t-1}} \Delta_t\right)
                     \text{ if } t > 1, \text{ otherwise } \theta_{t-1} \\
        \Pi_t     &= \mathrm{sort}(P_{t-1}^\mathsf{T} L_t P_{t-1})
                     \text{ if } (t - 1) \bmod k = 0, \text{ otherwise } 0 \\
        \Psi_t    &= \mathrm{sort}(Q_{t-1}^\mathsf{T} R_t Q_{t-1})
                     \text{ if } (t - 1) \bmod k = 0, \text{ otherwise } 0 \\
        P_t       &= \mathrm{eig}(L_t) \text{ if } t = 1,
                     \text{ otherwise } \mathrm{orth}(L_t P_{t-1} \Pi_t)
                     \text{ if } (t - 1) \bmod k = 0, \text{ otherwise } P_{t-1} \\
        Q_t       &= \mathrm{eig}(R_t) \text{ if } t = 1,
                     \text{ otherwise } \mathrm{orth}(R_t Q_{t-1} \Psi_t)
                     \text{ if } (t - 1) \bmod k = 0, \text{ otherwise } Q_{t-1} \\
        v_t       &= \Pi_t^\mathsf{T} \hat{v}_t \Psi_t
                     \text{ if } t > 1 \text{ and } (t - 1) \bmod k = 0,
                     \text{ otherwise } \hat{v}_t

    with :math:`P_0 = I`, :math:`Q_0 = I` and all other states 0 at the start. The square
    :math:`\odot 2`, the quotient and the root are taken element by element. The columns of
    :math:`\mathrm{eig}(L)` are the eigenvectors by decreasing eigenvalue;
    :math:`\mathrm{orth}(X)` is the orthogonal factor of the QR decomposition, and
    :math:`\mathrm{sort}(X)` the permutation matrix that sorts the diagonal of X in decreasing
    order. The first step only initializes the eigenvectors.

    References
    ----------
    .. [1] N. Vyas and others, "SOAP: improving and stabilizing Shampoo using Adam", ICLR 2025,
       Algorithm 3. arXiv:2409.11321.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import SOAP
    >>> optimizer = SOAP(lr=0.1, weight_decay=0.0)
    >>> theta, g = np.zeros((2, 2)), np.array([[3.0, 1.0], [1.0, 2.0]])
    >>> state = optimizer.init(theta)
    >>> for _ in range(2):
    ...     theta, state = optimizer.update(theta, g, state)
    >>> np.linalg.svd(-theta)[1].round(6)
    array([0.1, 0.1])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"L_t",
            "l0",
            "state",
            "average of the products of the rows of the gradients",
            rule="positive definite",
            shape="rows x rows",
        ),
        Symbol(
            r"R_t",
            "l1",
            "state",
            "average of the products of the columns of the gradients",
            rule="positive definite",
            shape="columns x columns",
        ),
        Symbol(
            r"P_t",
            "q0",
            "state",
            "approximate eigenvectors of L",
            rule="orthogonal",
            start="I",
            shape="rows x rows",
        ),
        Symbol(
            r"Q_t",
            "q1",
            "state",
            "approximate eigenvectors of R",
            rule="orthogonal",
            start="I",
            shape="columns x columns",
        ),
        Symbol(
            r"\hat{v}_t", "averaged", "step", "second moment in the eigenbases of the last step"
        ),
        Symbol(
            r"\Pi_t",
            "order0",
            "step",
            "permutation that sorts the eigenvalues of L",
            shape="rows x rows",
        ),
        Symbol(
            r"\Psi_t",
            "order1",
            "step",
            "permutation that sorts the eigenvalues of R",
            shape="columns x columns",
        ),
        Symbol(r"v_t", "v", "state", "second moment of the rotated gradients", rule="nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Shampoo", "Adam")
    paper: ClassVar[str] = "vyas2025"
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"
    matrix_only: ClassVar[bool] = True

    lr: Hyperparameter = 0.003
    beta1: Hyperparameter = 0.95
    beta2: Hyperparameter = 0.95
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.01
    steps: Hyperparameter = 10

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        m = zero_matrix(theta)
        state: State = {"t": 0, "m": m, "v": m.copy()}
        for axis, n in enumerate(m.shape):
            state |= {f"l{axis}": np.zeros((n, n), m.dtype), f"q{axis}": np.eye(n, dtype=m.dtype)}
        return state

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay, steps = self._operands(theta, g, state)
        m, averaged, q0, q1 = (state[name] for name in ("m", "v", "q0", "q1"))
        l0 = beta2 * state["l0"] + (1 - beta2) * (g @ g.T)
        l1 = beta2 * state["l1"] + (1 - beta2) * (g.T @ g)
        delta = np.zeros_like(theta)
        if t > 1:
            m = beta1 * m + (1 - beta1) * g
            averaged = beta2 * averaged + (1 - beta2) * (q0.T @ g @ q1) ** 2
            delta = q0 @ (q0.T @ m @ q1 / (np.sqrt(averaged) + eps)) @ q1.T
            rate = lr * (1 - beta2 ** (t - 1)) ** 0.5 / (1 - beta1 ** (t - 1))
            theta = (1 - lr * weight_decay) * (theta - rate * delta)
        due = (t - 1) % steps == 0
        order0 = sorting(q0.T @ l0 @ q0) if due else 0 * l0
        order1 = sorting(q1.T @ l1 @ q1) if due else 0 * l1
        v = averaged
        if t == 1:
            q0 = eigenvectors(l0)
            q1 = eigenvectors(l1)
        elif due:
            q0 = np.linalg.qr(l0 @ q0 @ order0)[0]
            q1 = np.linalg.qr(l1 @ q1 @ order1)[0]
            v = order0.T @ averaged @ order1
        return theta, {"t": t, "m": m, "v": v, "l0": l0, "q0": q0, "l1": l1, "q1": q1}


def eigenvectors(matrix: Array) -> Array:
    """Return the eigenvectors of a symmetric matrix by decreasing eigenvalue, as columns."""
    return np.linalg.eigh(matrix)[1][:, ::-1]


def sorting(matrix: Array) -> Array:
    """Return the permutation matrix that sorts the diagonal of a matrix in decreasing order."""
    order = np.argsort(-np.diagonal(matrix), kind="stable")
    return np.eye(len(matrix), dtype=matrix.dtype)[:, order]
