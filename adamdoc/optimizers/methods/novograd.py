"""NovoGrad."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, as_float, zeros


@dataclass(frozen=True)
class NovoGrad(Optimizer):
    r"""Momentum on gradients that are normalized layer by layer.

    The second moment is a single number for each array, the average of the squared norm of its
    gradient, so the state is half that of `Adam`. All coordinates of an array share one rate, as in
    `Momentum`, but layers with large gradients do not outrun the others. It became known for
    training speech and vision models with large batches and without warm-up.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.95
        Decay rate of the momentum buffer, at least 0 and less than 1.
    beta2 : float, default 0.98
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0. The decay is added to the normalized gradient, so it
        passes through the momentum but not through the second moment.
    eps_root : float, default 0.0
        Added to the second moment under the root, at least 0. The paper has none.

    Notes
    -----
    .. math::

        v_t      &= \lVert g_t \rVert^2 \text{ if } t = 1,
                    \text{ otherwise } \beta_2 v_{t-1} + (1 - \beta_2) \lVert g_t \rVert^2 \\
        \Delta_t &= \frac{g_t}{\sqrt{v_t + \delta} + \varepsilon} + \lambda \theta_{t-1} \\
        b_t      &= \beta_1 b_{t-1} + \Delta_t \\
        \theta_t &= \theta_{t-1} - \eta b_t

    with :math:`b_0 = 0` and :math:`v_0 = 0`, and the norm of one array. The paper writes
    :math:`m_t` for the buffer.

    References
    ----------
    .. [1] B. Ginsburg and others, "Stochastic gradient methods with layer-wise adaptive moments for
       training of deep networks", 2019, Algorithm 1. arXiv:1905.11286.

    Examples
    --------
    The first step has the length ``lr``, whatever the gradient:

    >>> import numpy as np
    >>> from adamdoc import NovoGrad
    >>> optimizer = NovoGrad(lr=0.5)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([3e5, -4e5]), optimizer.init(theta))[0]
    array([-0.3,  0.4])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"v_t",
            "v",
            "state",
            "second moment: average of the squared norms of the gradients",
            rule="nonnegative",
            shape="number",
        ),
        Symbol(
            r"\lambda",
            "weight_decay",
            "hyperparameter",
            "weight decay, added to the normalized gradient",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam", "HeavyBall")
    paper: ClassVar[str] = "ginsburg2019"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.01
    beta1: Hyperparameter = 0.95
    beta2: Hyperparameter = 0.98
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.0
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        b = zeros(theta)
        return {"t": 0, "b": b, "v": b.dtype.type(0)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay, eps_root = self._operands(theta, g, state)
        square = arrays.norm(g) ** 2
        v = square if t == 1 else beta2 * float(state["v"]) + (1 - beta2) * square
        delta = g / (as_float(np.sqrt(v + eps_root)) + eps) + weight_decay * theta
        b = beta1 * state["b"] + delta
        theta = theta - lr * b
        return theta, {"t": t, "b": b, "v": theta.dtype.type(v)}
