"""Optimistic Adam."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class OptimisticAdam(Optimizer):
    r"""Adam that adds the last change of its step.

    In a game, Adam turns around the solution; the extrapolation of `OptimisticGradientDescent`
    damps the turning. Use it for generative adversarial networks, for which it was made.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0001
        Learning rate, greater than 0, or a schedule. 1e-4 is what the paper uses for images.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1. The paper uses 0.5 for images.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1. The paper uses 0.9 for images.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    optimism : float or array_like, default 1.0
        Weight of the last change of the step, at least 0. 0 gives `Adam`.

    See Also
    --------
    OptimisticGradientDescent : The same idea, and an example of a game.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        r_t       &= \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon} \\
        \theta_t  &= \theta_{t-1} - \eta (r_t + o \min(1, t - 1) (r_t - r_{t-1}))

    with :math:`m_0 = 0`, :math:`v_0 = 0` and :math:`r_0 = 0`. The paper has :math:`o = 1`, and
    leaves the first step open: corrected, its moments before that are 0 divided by 0. As in Optax,
    the first step here is Adam's.

    References
    ----------
    .. [1] C. Daskalakis, A. Ilyas, V. Syrgkanis and H. Zeng, "Training GANs with optimism", ICLR
       2018, Algorithm 1. arXiv:1711.00141.

    Examples
    --------
    One player minimizes x y over x, the other maximizes it over y. Adam circles around the
    solution, (0, 0), and optimistic Adam comes closer to it:

    >>> import numpy as np
    >>> from adamdoc import Adam, OptimisticAdam
    >>> for optimizer in (Adam(lr=0.01), OptimisticAdam(lr=0.01, optimism=10.0)):
    ...     theta = np.array([1.0, 1.0])
    ...     state = optimizer.init(theta)
    ...     for _ in range(1000):
    ...         x, y = theta
    ...         theta, state = optimizer.update(theta, np.array([y, -x]), state)
    ...     print(round(float(np.hypot(*theta)), 2))
    1.96
    0.85
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"r_t", "r", "state", "step of Adam before the learning rate"),
        Symbol(
            r"o",
            "optimism",
            "hyperparameter",
            "weight of the last change of the step",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam", "OptimisticGradientDescent")
    paper: ClassVar[str] = "daskalakis2018"

    lr: Hyperparameter = 0.0001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    optimism: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "r": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, optimism = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        r = m_hat / (np.sqrt(v_hat) + eps)
        theta = theta - lr * (r + optimism * min(1, t - 1) * (r - state["r"]))
        return theta, {"t": t, "m": m, "v": v, "r": r}
