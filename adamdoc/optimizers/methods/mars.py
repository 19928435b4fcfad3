"""MARS."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy, zeros


@dataclass(frozen=True)
class MARS(Optimizer):
    r"""AdamW whose gradient is corrected by how it has changed since the last step.

    The first moment is an average of old gradients, so it lags behind the current one. MARS adds a
    share of the last change of the gradient to make up for that, as variance reduction does. The
    corrected gradient of each array is then rescaled to a norm of at most 1. Use it for language
    models with large batches, where the difference of two gradients is not mostly noise.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.003
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.95
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.99
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.01
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    gamma : float or array_like, default 0.025
        Strength of the correction, at least 0. At 0 the method is AdamW with clipped gradients; at
        1 the correction is that of full variance reduction.

    See Also
    --------
    AdamW : The same without the correction and the clipping.
    QHAdam : Gives the current gradient more weight in the step.

    Notes
    -----
    .. math::

        \hat{g}_t &= g_t + \gamma \frac{\beta_1}{1 - \beta_1} (g_t - u_{t-1}) \\
        u_t       &= g_t \\
        \bar{g}_t &= \frac{\hat{g}_t}{\max(1, \lVert \hat{g}_t \rVert)} \\
        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) \bar{g}_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) \bar{g}_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \left(\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}
                     + \lambda \theta_{t-1}\right)

    with :math:`m_0 = 0`, :math:`v_0 = 0` and :math:`u_0 = 0`, and the norm of one array. This is
    what the paper calls MARS-approx with AdamW: :math:`u_{t-1}` is the gradient of the last step on
    its own mini-batch, which costs nothing. The exact method evaluates the loss of the current
    mini-batch at the last parameters as well. The start :math:`u_0 = 0` is that of the authors'
    code; in the paper the first correction is 0. Their code leaves arrays with a single axis to
    `AdamW`: use `Groups` for that.

    References
    ----------
    .. [1] H. Yuan, Y. Liu, S. Wu, X. Zhou and Q. Gu, "MARS: unleashing the power of variance
       reduction for training large models", ICML 2025, Algorithm 2 and remark 3.3.
       arXiv:2411.10438.

    Examples
    --------
    A gradient that shrinks and changes its sign turns the first moment sooner than in AdamW:

    >>> import numpy as np
    >>> from adamdoc import MARS
    >>> gradients = [0.5, 0.3, 0.1, -0.1, -0.3]
    >>> for gamma in (0.0, 1.0):
    ...     optimizer, theta = MARS(beta1=0.9, gamma=gamma), np.zeros(1)
    ...     state = optimizer.init(theta)
    ...     for g in gradients:
    ...         theta, state = optimizer.update(theta, np.array([g]), state)
    ...     print(gamma, state["m"].round(3))
    0.0 [0.024]
    1.0 [-0.278]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\hat{g}_t", "corrected", "step", "gradient with a share of its change"),
        Symbol(r"u_t", "last_g", "state", "gradient of this step"),
        Symbol(r"\bar{g}_t", "clipped", "step", "corrected gradient with a norm of at most 1"),
        Symbol(
            r"\gamma", "gamma", "hyperparameter", "strength of the correction", rule="nonnegative"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdamW", "ClipByNorm")
    paper: ClassVar[str] = "yuan2025"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.003
    beta1: Hyperparameter = 0.95
    beta2: Hyperparameter = 0.99
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.01
    gamma: Hyperparameter = 0.025

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "last_g": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay, gamma = self._operands(theta, g, state)
        corrected = g + gamma * beta1 / (1 - beta1) * (g - state["last_g"])
        last_g = copy(g)
        clipped = corrected / max(arrays.norm(corrected), 1.0)
        m = beta1 * state["m"] + (1 - beta1) * clipped
        v = beta2 * state["v"] + (1 - beta2) * clipped**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta)
        return theta, {"t": t, "m": m, "v": v, "last_g": last_g}
