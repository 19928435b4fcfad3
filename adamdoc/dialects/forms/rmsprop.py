"""RMSprop as libraries implement it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class RMSpropDialect(Optimizer):
    r"""RMSprop with switches for the differences between libraries.

    They differ in the decay rate (0.99 in PyTorch, 0.9 elsewhere), in where eps is added, and in
    further options: momentum, a centred second moment, its initial value and its bias correction.
    See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule.
    beta : float or array_like, default 0.99
        Decay rate of both moments, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0.
    centered : float, default 0.0
        1 centres the second moment about the mean gradient, 0 does not.
    momentum : float or array_like, default 0.0
        Decay rate of a buffer of the scaled gradients, at least 0 and less than 1.
    nesterov : float, default 0.0
        1 uses the buffer as it will be at the next step (Nesterov), 0 the current one.
    initial : float or array_like, default 0.0
        The second moment before the first step, at least 0.
    correction : float, default 0.0
        1 applies bias correction to the averages, 0 does not.
    rate_first : float, default 0.0
        1 multiplies the learning rate in before the buffer, as Optax and Keras do, 0 after it, as
        PyTorch does. It matters under a schedule.

    Notes
    -----
    .. math::

        m_t       &= \beta m_{t-1} + (1 - \beta) g_t \\
        v_t       &= \beta v_{t-1} + (1 - \beta) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \phi \beta^t} \\
        \hat{v}_t &= \max(0, \frac{v_t + \beta^t \iota}{1 - \phi \beta^t} - \kappa \hat{m}_t^2) \\
        \Delta_t  &= \eta^{h_b} \frac{g_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon} \\
        b_t       &= \mu b_{t-1} + \Delta_t \\
        \theta_t  &= \theta_{t-1} - \eta^{1 - h_b}
                     (\nu (\Delta_t + \mu b_t) + (1 - \nu) b_t)

    with all states 0 at the start.

    References
    ----------
    .. [1] \T. Tieleman and G. Hinton, "Lecture 6.5: RMSprop", Coursera, 2012.
    .. [2] A. Graves, "Generating sequences with recurrent neural networks", 2013, equations 38
       to 41 (the centred form). arXiv:1308.0850.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import RMSpropDialect
    >>> optimizer = RMSpropDialect(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 1.e-04, -1.e+00])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("RMSprop",)
    paper: ClassVar[str] = "tieleman2012"
    general_form: ClassVar[bool] = True

    lr: Hyperparameter = 0.01
    beta: Hyperparameter = 0.99
    eps: Hyperparameter = 1e-08
    eps_root: Hyperparameter = 0.0
    centered: Hyperparameter = 0.0
    momentum: Hyperparameter = 0.0
    nesterov: Hyperparameter = 0.0
    initial: Hyperparameter = 0.0
    correction: Hyperparameter = 0.0
    rate_first: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta, eps, eps_root, centered, momentum, nesterov, *values = values
        initial, correction, rate_first = values
        m = beta * state["m"] + (1 - beta) * g
        v = beta * state["v"] + (1 - beta) * g**2
        m_hat = m / (1 - correction * beta**t)
        v_hat = np.maximum(
            0, (v + beta**t * initial) / (1 - correction * beta**t) - centered * m_hat**2
        )
        delta = lr**rate_first * g / (np.sqrt(v_hat + eps_root) + eps)
        b = momentum * state["b"] + delta
        theta = theta - lr ** (1 - rate_first) * (
            nesterov * (delta + momentum * b) + (1 - nesterov) * b
        )
        return theta, {"t": t, "m": m, "v": v, "b": b}
