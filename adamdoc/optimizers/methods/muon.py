"""Muon."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zero_matrix

#: Coefficients of the Newton-Schulz iteration: they quickly bring small singular values to between
#: 0.7 and 1.2.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


@dataclass(frozen=True)
class Muon(Optimizer):
    r"""Momentum with an orthogonalized step: all its singular values are about 1.

    It applies to matrices only and was designed for the hidden layers of networks; use `AdamW` for
    embeddings, biases and the last layer. A step costs a few matrix products.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.02
        Learning rate, greater than 0, or a schedule.
    momentum : float, default 0.95
        Decay rate of the buffer, at least 0 and less than 1.
    nesterov : float, default 1.0
        1 uses the buffer as it will be at the next step (Nesterov), 0 the current one.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    steps : int, default 5
        Number of Newton-Schulz iterations per step, at least 1.
    eps : float, default 1e-7
        Added to the norm of the buffer, at least 0.
    rms : float, default 0.0
        With 0, the step is multiplied by the root of rows over columns if that is more than 1, as
        in the author's code. With another number, by that number times the root of the larger of
        rows and columns.

    See Also
    --------
    adamdoc.dialects.forms.MuonDialect : With the averaged, bias-corrected momentum of Optax.

    Notes
    -----
    .. math::

        b_t       &= \mu b_{t-1} + g_t \\
        \bar{b}_t &= \nu (g_t + \mu b_t) + (1 - \nu) b_t \\
        \Delta_t  &= \mathrm{NS}(\bar{b}_t) \\
        r_t       &= \bar{r} \sqrt{\max(n, m)} \text{ if } \bar{r} > 0,
                     \text{ otherwise } \sqrt{\max\left(1, \frac{n}{m}\right)} \\
        \theta_t  &= \theta_{t-1} - \eta (r_t \Delta_t + \lambda \theta_{t-1})

    with :math:`b_0 = 0`,
    where :math:`n` and :math:`m` are the numbers of rows and columns and NS is the Newton-Schulz
    iteration, which brings the singular values close to 1:

    .. math::

        \mathrm{NS}(X) &= X_k \\
        X_0            &= \frac{X}{\lVert X \rVert_F + \varepsilon} \\
        A_i            &= X_{i-1} X_{i-1}^\mathsf{T} \\
        X_i            &= 3.4445 X_{i-1} + (2.0315 A_i^2 - 4.7750 A_i) X_{i-1}

    References
    ----------
    .. [1] K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024,
       https://kellerjordan.github.io/posts/muon/.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Muon
    >>> optimizer = Muon(lr=1.0)
    >>> theta = np.zeros((2, 2))
    >>> g = np.array([[3.0, 0.0], [0.0, 0.01]])
    >>> step = -optimizer.update(theta, g, optimizer.init(theta))[0]
    >>> bool((0.5 < np.linalg.svd(step)[1]).all() and (np.linalg.svd(step)[1] < 1.3).all())
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"n", "rows", "input", "number of rows", shape="number"),
        Symbol(r"m", "columns", "input", "number of columns", shape="number"),
        Symbol(r"\bar{b}_t", "ahead", "step", "momentum that is orthogonalized"),
        Symbol(r"\Delta_t", "delta", "step", "orthogonalized momentum"),
        Symbol(r"r_t", "factor", "step", "factor that follows from the shape", shape="number"),
        Symbol(
            r"k",
            "steps",
            "hyperparameter",
            "number of Newton-Schulz iterations",
            "positive integer",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Nesterov", "Shampoo")
    paper: ClassVar[str] = "jordan2024"
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"
    matrix_only: ClassVar[bool] = True

    lr: Hyperparameter = 0.02
    momentum: Hyperparameter = 0.95
    nesterov: Hyperparameter = 1.0
    weight_decay: Hyperparameter = 0.0
    steps: Hyperparameter = 5
    eps: Hyperparameter = 1e-7
    rms: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "b": zero_matrix(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, momentum, nesterov, weight_decay, steps, eps, rms = values
        b = momentum * state["b"] + g
        ahead = nesterov * (g + momentum * b) + (1 - nesterov) * b
        delta = orthogonal(ahead, steps, eps)
        factor = scale(theta.shape, rms)
        theta = theta - lr * (factor * delta + weight_decay * theta)
        return theta, {"t": t, "b": b}


def orthogonal(matrix: Array, steps: float, eps: float, floor: float = 0.0) -> Array:
    """Return a matrix with its singular values brought to about 1 by Newton-Schulz iterations."""
    a, b, c = COEFFICIENTS
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / max(float(np.linalg.norm(x)) + eps, floor)
    for _ in range(int(steps)):
        square = x @ x.T
        x = a * x + (c * (square @ square) + b * square) @ x
    return x if wide else x.T


def scale(shape: tuple[int, ...], rms: float, power: float = 1.0) -> float:
    """Return the scale of the orthogonalized step for a matrix of a given shape."""
    rows, columns = shape
    if rms:
        return float(rms * np.sqrt(max(rows, columns)))
    return float(np.sqrt(max(1.0, (rows / columns) ** power)))
