"""ACProp."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class ACProp(Optimizer):
    r"""The gradient over its standard deviation as of the last step.

    ACProp is asynchronous: the denominator does not depend on the gradient that it divides. With
    `Adam` it does, so a rare large gradient shortens its own step, and the steps are biased towards
    small gradients. It is also centred, as `AdaBelief` is. Use it where `AdaBelief` or `RMSprop`
    is used, above all if they do not converge.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1. It only serves to centre the
        second.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-16
        Added to the root of the second moment, at least 0.
    eps_root : float or array_like, default 1e-16
        Added to the second moment at every step, at least 0; in the authors' code it equals
        ``eps``.

    See Also
    --------
    AdaBelief : Centred, but not asynchronous.
    ADOPT : Asynchronous, but not centred.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        \hat{s}_t &= \frac{s_{t-1}}{1 - \beta_2^{\max(1, t - 1)}} \text{ if } t > 1,
                     \text{ otherwise } 1 \\
        s_t       &= \beta_2 s_{t-1} + (1 - \beta_2) (g_t - m_t)^2 + \delta \\
        \theta_t  &= \theta_{t-1} - \eta \frac{g_t}{\sqrt{\hat{s}_t} + \varepsilon}

    with :math:`m_0 = 0` and :math:`s_0 = 0`. The first step, which has no second moment before it,
    is one of gradient descent, as in the authors' code. That code corrects the second moment as
    here, and by default also applies the rectification of `RAdam`, which is not in the paper. Optax
    centres about :math:`m_{t-1}`.

    References
    ----------
    .. [1] J. Zhuang and others, "Momentum centering and asynchronous update for adaptive gradient
       methods", NeurIPS 2021. arXiv:2110.05454.

    Examples
    --------
    A gradient of 8 among gradients of 1 and -1 makes a step eight times as long. Adam's would be
    shorter, since the gradient is in its own denominator:

    >>> import numpy as np
    >>> from adamdoc import ACProp
    >>> optimizer = ACProp(lr=0.1, beta2=0.9)
    >>> theta, state = np.zeros(1), optimizer.init(np.zeros(1))
    >>> for g in (1.0, -1.0, 1.0, 8.0):
    ...     before = theta
    ...     theta, state = optimizer.update(theta, np.array([g]), state)
    ...     print((before - theta).round(2))
    [0.1]
    [-0.11]
    [0.11]
    [0.86]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"s_t",
            "s",
            "state",
            "second moment of the gradients about their first",
            rule="nonnegative",
        ),
        Symbol(r"\hat{s}_t", "s_hat", "step", "second moment of the last step, bias-corrected"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaBelief",)
    paper: ClassVar[str] = "zhuang2021"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-16
    eps_root: Hyperparameter = 1e-16

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "s": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, eps_root = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        s_hat = state["s"] / (1 - beta2 ** max(1, t - 1)) if t > 1 else np.ones_like(g)
        s = beta2 * state["s"] + (1 - beta2) * (g - m) ** 2 + eps_root
        theta = theta - lr * g / (np.sqrt(s_hat) + eps)
        return theta, {"t": t, "m": m, "s": s}
