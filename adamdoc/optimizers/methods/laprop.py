"""LaProp."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class LaProp(Optimizer):
    r"""Adam with momentum after the division: an average of scaled gradients.

    `Adam` divides an old average of gradients by a new size. If the gradients have become much
    smaller since, and ``beta2`` is less than ``beta1`` squared, its steps have no bound. LaProp
    divides each gradient by its own time's size first, and then averages: no step is longer than
    the learning rate over the root of 1 - beta2, whatever ``beta1`` is. So ``beta2`` may be small.
    Use it like `Adam`, where that is unstable, as with noisy gradients or in reinforcement
    learning.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0004
        Learning rate, greater than 0, or a schedule. The paper uses 4e-4 for transformers.
    beta1 : float or array_like, default 0.9
        Decay rate of the momentum, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1. 0 averages signs.
    eps : float or array_like, default 1e-15
        Added to the root of the second moment, at least 0.

    See Also
    --------
    Adam : Averages first, and divides then.
    ADOPT : Also scales before it averages, and by the second moment of the last step.

    Notes
    -----
    .. math::

        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        b_t       &= \beta_1 b_{t-1} + (1 - \beta_1) \frac{g_t}{\sqrt{\hat{v}_t} + \varepsilon} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{b_t}{1 - \beta_1^t}

    with :math:`v_0 = 0` and :math:`b_0 = 0`. The paper writes :math:`n_t` and :math:`m_t` for
    :math:`v_t` and :math:`b_t`, and :math:`\nu` and :math:`\mu` for the decay rates. Its code
    averages the gradients times their learning rates, and divides by the average of the rates,
    which is the same if the rate is constant.

    References
    ----------
    .. [1] L. Ziyin, Z. T. Wang and M. Ueda, "LaProp: separating momentum and adaptivity in Adam",
       2020, Algorithm 1. arXiv:2002.04839.

    Examples
    --------
    After one large gradient, Adam with a small ``beta2`` divides what is left of it by the size of
    the small ones:

    >>> import numpy as np
    >>> from adamdoc import Adam, LaProp
    >>> for cls in (Adam, LaProp):
    ...     optimizer = cls(lr=1.0, beta1=0.9, beta2=0.1)
    ...     theta, state = np.zeros(1), optimizer.init(np.zeros(1))
    ...     for g in (1000.0, 1.0, 1.0, 1.0, 1.0):
    ...         before = theta
    ...         theta, state = optimizer.update(theta, np.array([g]), state)
    ...     print(abs(theta - before).round(1))
    [16.9]
    [0.2]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"b_t", "b", "state", "exponential average of the scaled gradients"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "ziyin2020"

    lr: Hyperparameter = 0.0004
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-15

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "v": zeros(theta), "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_hat = v / (1 - beta2**t)
        b = beta1 * state["b"] + (1 - beta1) * g / (np.sqrt(v_hat) + eps)
        theta = theta - lr * b / (1 - beta1**t)
        return theta, {"t": t, "v": v, "b": b}
