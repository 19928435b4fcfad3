"""LARS as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.lars import LARS


@dataclass(frozen=True)
class LARSDialect(Optimizer):
    r"""LARS with switches for the differences between libraries.

    They differ in whether the norm is that of the gradient and the decay together, in whether
    vectors are rescaled, and in whether the learning rate enters before the momentum. See the page
    on dialects.

    Parameters
    ----------
    lr : float or callable, default 0.1
        Learning rate, greater than 0, or a schedule.
    momentum : float or array_like, default 0.9
        Decay rate of the momentum buffer, at least 0 and less than 1.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0. The decay is added before the step is rescaled.
    trust_coefficient : float, default 0.001
        Factor of the local rate, greater than 0.
    eps : float, default 0.0
        Added to the norm in the denominator, at least 0.
    dampening : float or array_like, default 0.0
        Share of a gradient that is left out of the buffer, from 0 to 1.
    nesterov : float, default 0.0
        1 looks ahead as `adamdoc.Nesterov` does, 0 does not.
    rate_first : float, default 1.0
        1 multiplies the gradient by the learning rate before it enters the buffer, 0 after.
    joint : float, default 0.0
        1 divides by the norm of gradient plus decay, 0 by the sum of their norms.
    vectors : float, default 1.0
        1 rescales and decays arrays with fewer than two axes too, 0 does not.

    Notes
    -----
    For a matrix:

    .. math::

        \bar{g}_t &= g_t + \lambda \theta_{t-1} \\
        n_t       &= \lVert \bar{g}_t \rVert \text{ if } h_j > 0, \text{ otherwise }
                     \lVert g_t \rVert + \lambda \lVert \theta_{t-1} \rVert \\
        r_t       &= \alpha \frac{\lVert \theta_{t-1} \rVert}{n_t + \varepsilon}
                     \text{ if } \lVert \theta_{t-1} \rVert > 0 \text{ and } n_t > 0,
                     \text{ otherwise } 1 \\
        \Delta_t  &= \eta^{h_b} r_t \bar{g}_t \\
        b_t       &= \mu b_{t-1} + (1 - \tau) \Delta_t \\
        \theta_t  &= \theta_{t-1} - \eta^{1 - h_b} \left(\nu (\Delta_t + \mu b_t)
                     + (1 - \nu) b_t\right)

    with :math:`b_0 = 0`. For an array with fewer than two axes:

    .. math::

        \bar{g}_t &= g_t + \lambda \theta_{t-1} \text{ if } h_v > 0, \text{ otherwise } g_t \\
        n_t       &= \lVert \bar{g}_t \rVert \text{ if } h_j > 0, \text{ otherwise }
                     \lVert g_t \rVert + \lambda \lVert \theta_{t-1} \rVert \\
        r_t       &= \alpha \frac{\lVert \theta_{t-1} \rVert}{n_t + \varepsilon}
                     \text{ if } h_v > 0 \text{ and } \lVert \theta_{t-1} \rVert > 0
                     \text{ and } n_t > 0, \text{ otherwise } 1 \\
        \Delta_t  &= \eta^{h_b} r_t \bar{g}_t \\
        b_t       &= \mu b_{t-1} + (1 - \tau) \Delta_t \\
        \theta_t  &= \theta_{t-1} - \eta^{1 - h_b} \left(\nu (\Delta_t + \mu b_t)
                     + (1 - \nu) b_t\right)

    References
    ----------
    .. [1] Y. You, I. Gitman and B. Ginsburg, "Large batch training of convolutional networks",
       2017, Algorithm 1. arXiv:1708.03888.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import HeavyBall
    >>> from adamdoc.dialects.forms import LARSDialect
    >>> optimizer = LARSDialect(lr=0.1, momentum=0.5, vectors=0.0)
    >>> theta, g = np.array([3.0, 4.0]), np.array([1.0, 1.0])
    >>> optimizer.update(theta, g, optimizer.init(theta))[0]
    array([2.9, 3.9])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *LARS.symbols,
        Symbol(r"\bar{g}_t", "decayed", "step", "gradient with the decay"),
        Symbol(r"h_j", "joint", "hyperparameter", "1: norm of the sum, 0: sum of norms", "[0, 1]"),
        Symbol(r"h_v", "vectors", "hyperparameter", "1: vectors are rescaled, 0: not", "[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("LARS",)
    paper: ClassVar[str] = "you2017"
    general_form: ClassVar[bool] = True
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.1
    momentum: Hyperparameter = 0.9
    weight_decay: Hyperparameter = 0.0
    trust_coefficient: Hyperparameter = 0.001
    eps: Hyperparameter = 0.0
    dampening: Hyperparameter = 0.0
    nesterov: Hyperparameter = 0.0
    rate_first: Hyperparameter = 1.0
    joint: Hyperparameter = 0.0
    vectors: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, momentum, weight_decay, trust_coefficient, eps, *switches = values
        dampening, nesterov, rate_first, joint, vectors = switches
        scaled = theta.ndim > 1 or vectors > 0
        decayed = g + weight_decay * theta if scaled else g
        size = arrays.norm(theta)
        length = arrays.norm(decayed) if joint > 0 else arrays.norm(g) + weight_decay * size
        moves = scaled and size > 0 and length > 0
        ratio = trust_coefficient * size / (length + eps) if moves else 1.0
        delta = lr**rate_first * ratio * decayed
        b = momentum * state["b"] + (1 - dampening) * delta
        ahead = nesterov * (delta + momentum * b) + (1 - nesterov) * b
        theta = theta - lr ** (1 - rate_first) * ahead
        return theta, {"t": t, "b": b}
