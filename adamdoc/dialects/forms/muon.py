"""Muon as Optax and PyTorch implement it."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zero_matrix
from adamdoc.optimizers.methods.muon import orthogonal, scale


@dataclass(frozen=True)
class MuonDialect(Optimizer):
    r"""Muon with an average of the gradients in place of the buffer, as in Optax and PyTorch.

    The step does not depend on the norm of the momentum, except relative to eps, so averaging makes
    a difference only in the Nesterov step, and there only with Optax's bias correction. Optax
    transposes rows and columns: its factor is the root of columns over rows.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.02
        Learning rate, greater than 0, or a schedule.
    beta : float, default 0.95
        Decay rate of the average, at least 0 and less than 1.
    nesterov : float, default 1.0
        1 uses the average as it will be at the next step (Nesterov), 0 the current one.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    steps : int, default 5
        Number of Newton-Schulz iterations per step, at least 1.
    eps : float, default 1e-8
        Added to the norm of the average, at least 0.
    floor : float, default 0.0
        Lower bound of that norm, at least 0: PyTorch's eps.
    correction : float, default 1.0
        1 applies bias correction to the average, as Optax does; 0 does not.
    rms : float, default 0.0
        With 0, the step is multiplied by the root of a ratio if that is more than 1. With another
        number, by that number times the root of the larger of rows and columns.
    side : float, default 1.0
        The power of columns over rows in that ratio: 1 for Optax, -1 for PyTorch, where it is the
        ratio of rows over columns.

    Notes
    -----
    .. math::

        m_t       &= \beta m_{t-1} + (1 - \beta) g_t \\
        \hat{m}_t &= \nu \left(\frac{\beta m_t}{1 - \phi \beta^{t+1}}
                     + \frac{(1 - \beta) g_t}{1 - \phi \beta^t}\right)
                     + (1 - \nu) \frac{m_t}{1 - \phi \beta^t} \\
        \Delta_t  &= \mathrm{NS}(\hat{m}_t) \\
        r_t       &= \bar{r} \sqrt{\max(n, m)} \text{ if } \bar{r} > 0,
                     \text{ otherwise } \sqrt{\max\left(1, \left(\frac{m}{n}\right)^q\right)} \\
        \theta_t  &= \theta_{t-1} - \eta (r_t \Delta_t + \lambda \theta_{t-1})

    with :math:`m_0 = 0`,
    where :math:`n` and :math:`m` are the numbers of rows and columns and NS is the Newton-Schulz
    iteration, which brings the singular values close to 1:

    .. math::

        \mathrm{NS}(X) &= X_k \\
        X_0            &= \frac{X}{\max(\lVert X \rVert_F + \varepsilon, \delta)} \\
        A_i            &= X_{i-1} X_{i-1}^\mathsf{T} \\
        X_i            &= 3.4445 X_{i-1} + (2.0315 A_i^2 - 4.7750 A_i) X_{i-1}

    References
    ----------
    .. [1] K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024,
       https://kellerjordan.github.io/posts/muon/ (with a buffer).

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import MuonDialect
    >>> optimizer = MuonDialect(lr=1.0)
    >>> theta = np.zeros((1, 2))
    >>> optimizer.update(theta, np.array([[3.0, 4.0]]), optimizer.init(theta))[0].shape
    (1, 2)
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"n", "rows", "input", "number of rows", shape="number"),
        Symbol(r"m", "columns", "input", "number of columns", shape="number"),
        Symbol(
            r"\hat{m}_t", "m_hat", "step", "bias-corrected first moment, which is orthogonalized"
        ),
        Symbol(r"\Delta_t", "delta", "step", "orthogonalized moment"),
        Symbol(r"r_t", "factor", "step", "factor that follows from the shape", shape="number"),
        Symbol(
            r"k",
            "steps",
            "hyperparameter",
            "number of Newton-Schulz iterations",
            "positive integer",
        ),
        Symbol(r"\delta", "floor", "hyperparameter", "lower bound of the norm", "nonnegative"),
        Symbol(r"q", "side", "hyperparameter", "power of columns over rows", "finite"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Muon",)
    paper: ClassVar[str] = "jordan2024"
    general_form: ClassVar[bool] = True
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"
    matrix_only: ClassVar[bool] = True

    lr: Hyperparameter = 0.02
    beta: Hyperparameter = 0.95
    nesterov: Hyperparameter = 1.0
    weight_decay: Hyperparameter = 0.0
    steps: Hyperparameter = 5
    eps: Hyperparameter = 1e-8
    floor: Hyperparameter = 0.0
    correction: Hyperparameter = 1.0
    rms: Hyperparameter = 0.0
    side: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zero_matrix(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta, nesterov, weight_decay, steps, eps, floor, correction, rms, side = values
        m = beta * state["m"] + (1 - beta) * g
        now, ahead = 1 - correction * beta**t, 1 - correction * beta ** (t + 1)
        m_hat = nesterov * (beta * m / ahead + (1 - beta) * g / now) + (1 - nesterov) * m / now
        delta = orthogonal(m_hat, steps, eps, floor)
        factor = scale(theta.shape[::-1], rms, side)
        theta = theta - lr * (factor * delta + weight_decay * theta)
        return theta, {"t": t, "m": m}
