"""Simplified AdEMAMix."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class SimplifiedAdEMAMix(Optimizer):
    r"""AdEMAMix with the gradient itself in place of the fast average.

    Like `AdEMAMix` it combines a long memory with a quick reaction, but with one buffer in place of
    two averages: a slowly decaying sum of the gradients, to which the current gradient is added
    once more with a weight of its own. So it needs no more memory than `Adam`. Use it as AdEMAMix,
    for long training with small batches.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0001
        Learning rate, greater than 0, or a schedule. The buffer is a sum, up to 1 / (1 - beta1)
        times as large as Adam's average. From a rate that is good for Adam with decay rate b, the
        authors recommend that times the root of (1 - b) (1 - beta1).
    beta1 : float or array_like, default 0.99
        Decay rate of the sum, at least 0 and less than 1. The authors let it rise in training.
    beta2 : float or array_like, default 0.95
        Decay rate of the second moment, at least 0 and less than 1.
    alpha : float or array_like, default 0.0
        Weight of the current gradient, at least 0. The best one falls with the batch size: in the
        authors' experience from 100 at 32 thousand tokens to 0.05 at a million. 0 leaves Adam
        without correction of its first moment, and is the default of their code.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0. The paper has none.

    See Also
    --------
    AdEMAMix : The method with two averages.

    Notes
    -----
    .. math::

        b_t       &= \beta_1 b_{t-1} + g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta (\frac{b_t + \alpha g_t}{\sqrt{\hat{v}_t + \delta}
                     + \varepsilon} + \lambda \theta_{t-1})

    with :math:`b_0 = 0` and :math:`v_0 = 0`.

    References
    ----------
    .. [1] \D. Morwani, N. Vyas, H. Zhang and S. Kakade, "Connections between schedule-free
       optimizers, AdEMAMix, and accelerated SGD variants", 2025. arXiv:2502.02431. The advice on
       hyperparameters is that of the authors' code, ``DepenM/Simplified-AdEMAMix``.

    Examples
    --------
    A constant gradient of any size fills the buffer; the steps grow from 1 + alpha times the
    learning rate towards 1 / (1 - beta1) + alpha times:

    >>> import numpy as np
    >>> from adamdoc import SimplifiedAdEMAMix
    >>> optimizer = SimplifiedAdEMAMix(lr=0.1, beta1=0.5, alpha=3.0)
    >>> theta, state = np.zeros(1), optimizer.init(np.zeros(1))
    >>> for _ in range(3):
    ...     theta, state = optimizer.update(theta, np.array([1000.0]), state)
    ...     print(theta.round(3))
    [-0.4]
    [-0.85]
    [-1.325]
    """

    builds_on: ClassVar[tuple[str, ...]] = ("AdEMAMix",)
    paper: ClassVar[str] = "morwani2025"

    lr: Hyperparameter = 0.0001
    beta1: Hyperparameter = 0.99
    beta2: Hyperparameter = 0.95
    alpha: Hyperparameter = 0.0
    eps: Hyperparameter = 1e-08
    weight_decay: Hyperparameter = 0.0
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "b": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, alpha, eps, weight_decay, eps_root = values
        b = beta1 * state["b"] + g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * (
            (b + alpha * g) / (np.sqrt(v_hat + eps_root) + eps) + weight_decay * theta
        )
        return theta, {"t": t, "b": b, "v": v}
