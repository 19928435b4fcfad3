"""Adam with Nesterov momentum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class NAdam(Optimizer):
    r"""Adam with Nesterov momentum.

    The step uses the first moment as it will be after the next step, as far as it is already known.
    The decay rate of the momentum rises with t from half of ``beta1`` to ``beta1``. Use it like
    `Adam`; where momentum helps, it often needs fewer steps.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.002
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1, and the limit of that of the
        momentum.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    momentum_decay : float or array_like, default 0.004
        How fast the decay rate of the momentum rises, at least 0. The paper has 1/250, Keras 1.

    Notes
    -----
    .. math::

        \mu_t       &= \beta_1 (1 - 0.5 \cdot 0.96^{t \psi}) \\
        \bar{\mu}_t &= \beta_1 (1 - 0.5 \cdot 0.96^{(t + 1) \psi}) \\
        q_t         &= \mu_t q_{t-1} + 1 - \mu_t \\
        m_t         &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t         &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t   &= \frac{\bar{\mu}_t m_t}{\bar{\mu}_t q_t + 1 - \bar{\mu}_t}
                       + \frac{(1 - \mu_t) g_t}{q_t} \\
        \hat{v}_t   &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t    &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}

    with :math:`m_0 = 0`, :math:`v_0 = 0` and :math:`q_0 = 0`. Here :math:`q_t` is
    :math:`1 - \mu_1 \mu_2 \cdots \mu_t`, the divisor in the paper. The paper averages m with
    :math:`\mu_t` and multiplies :math:`\hat{v}_t` by :math:`\beta_2`; PyTorch and Keras do neither,
    and neither does this. Optax's ``nadam`` has a different momentum: see `AdamDialect`.

    References
    ----------
    .. [1] \T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR 2016 workshop, Algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import NAdam
    >>> optimizer = NAdam(lr=0.1)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> theta.round(4)
    array([ 0.8944, -1.8944])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\mu_t", "mu", "step", "decay rate of this step"),
        Symbol(r"\bar{\mu}_t", "mu_next", "step", "decay rate of the next step"),
        Symbol(r"q_t", "q", "state", "average of ones, with a varying decay rate", rule="[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam", "Nesterov")
    paper: ClassVar[str] = "dozat2016"

    lr: Hyperparameter = 0.002
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    momentum_decay: Hyperparameter = 0.004

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "q": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, momentum_decay = self._operands(theta, g, state)
        mu = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
        mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
        q = mu * state["q"] + 1 - mu
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = mu_next * m / (mu_next * q + 1 - mu_next) + (1 - mu) * g / q
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        return theta, {"t": t, "m": m, "v": v, "q": q}
