"""SOAP."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.checks import Array
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

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) (P^\mathsf{T} g_t Q)^2 \\
        \Delta_t  &= P \frac{P^\mathsf{T} m_t Q}{\sqrt{v_t} + \varepsilon} Q^\mathsf{T} \\
        \theta_t  &= \theta_{t-1}
                     - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \Delta_t \\
        L_t       &= \beta_2 L_{t-1} + (1 - \beta_2) g_t g_t^\mathsf{T} \\
        R_t       &= \beta_2 R_{t-1} + (1 - \beta_2) g_t^\mathsf{T} g_t

    and then :math:`\theta_t` loses the share :math:`\eta \lambda` of itself. The eigenvectors P of
    L and Q of R are computed at the first call, which leaves the parameters unchanged and is not
    counted by :math:`t`. Every :math:`k` steps they are replaced by the orthogonal factors of the
    QR decompositions of :math:`L P` and :math:`R Q`, sorted by decreasing eigenvalue.

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
        theta, g, calls, lr, beta1, beta2, eps, weight_decay, steps = self._operands(
            theta, g, state
        )
        m, v, q0, q1 = (state[name] for name in ("m", "v", "q0", "q1"))
        l0 = beta2 * state["l0"] + (1 - beta2) * g @ g.T
        l1 = beta2 * state["l1"] + (1 - beta2) * g.T @ g
        t = calls - 1
        if t == 0:
            q0, q1 = (np.linalg.eigh(matrix)[1][:, ::-1] for matrix in (l0, l1))
        else:
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * (q0.T @ g @ q1) ** 2
            delta = q0 @ (q0.T @ m @ q1 / (np.sqrt(v) + eps)) @ q1.T
            theta = theta - lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t) * delta
            theta = theta - lr * weight_decay * theta
        if t > 0 and t % steps == 0:
            q0, order = power_iteration(l0, q0)
            v = v[order]
            q1, order = power_iteration(l1, q1)
            v = v[:, order]
        return theta, {"t": calls, "m": m, "v": v, "l0": l0, "q0": q0, "l1": l1, "q1": q1}


def power_iteration(matrix: Array, vectors: Array) -> tuple[Array, Array]:
    """Return eigenvectors after one power iteration, and the order by decreasing eigenvalue."""
    product = matrix @ vectors
    order = np.argsort(-(vectors * product).sum(axis=0), kind="stable")
    return np.linalg.qr(product[:, order])[0], order
