"""QHAdam."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class QHAdam(Optimizer):
    r"""Adam with the current gradient mixed into its averages.

    In place of each moment, quasi-hyperbolic Adam uses a weighted mean of the moment and the
    current gradient, or its square. So the decay rate may be close to 1, for little noise, and the
    step still reacts at once: how long it remembers and how much the present counts are set apart.
    Use it like `Adam`. With ``nu2`` below 1 it also bounds the steps after a gradient that is
    suddenly large.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.995
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    nu1 : float or array_like, default 0.7
        Weight of the first moment, at least 0 and at most 1; the gradient has the rest. The paper
        recommends 0.7 with ``beta1=0.995``; 1 gives `Adam`.
    nu2 : float or array_like, default 1.0
        Weight of the second moment, at least 0 and at most 1; the squared gradient has the rest.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.

    See Also
    --------
    NAdam : A mixture whose weights follow from the decay rate.
    AdEMAMix : A mixture of two averages.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{(1 - \nu_1) g_t + \nu_1 \hat{m}_t}
                     {\sqrt{(1 - \nu_2) g_t^2 + \nu_2 \hat{v}_t} + \varepsilon}

    with :math:`m_0 = 0` and :math:`v_0 = 0`.

    References
    ----------
    .. [1] J. Ma and D. Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", ICLR 2019,
       section 5. arXiv:1810.06801.

    Examples
    --------
    The sign of the gradient changes. After 20 steps Adam with this decay rate has not noticed, and
    quasi-hyperbolic Adam has slowed down at once:

    >>> import numpy as np
    >>> from adamdoc import Adam, QHAdam
    >>> for optimizer in (Adam(1.0, beta1=0.995), QHAdam(1.0)):
    ...     theta, state = np.zeros(1), optimizer.init(np.zeros(1))
    ...     for g in (1.0,) * 20 + (-1.0,):
    ...         before = theta
    ...         theta, state = optimizer.update(theta, np.array([g]), state)
    ...     print((before - theta).round(2))
    [0.9]
    [0.33]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\nu_1", "nu1", "hyperparameter", "weight of the first moment", "[0, 1]"),
        Symbol(r"\nu_2", "nu2", "hyperparameter", "weight of the second moment", "[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "ma2019"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.995
    beta2: Hyperparameter = 0.999
    nu1: Hyperparameter = 0.7
    nu2: Hyperparameter = 1.0
    eps: Hyperparameter = 1e-08

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, nu1, nu2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * ((1 - nu1) * g + nu1 * m_hat) / (
            np.sqrt((1 - nu2) * g**2 + nu2 * v_hat) + eps
        )
        return theta, {"t": t, "m": m, "v": v}
