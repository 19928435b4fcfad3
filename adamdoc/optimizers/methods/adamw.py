"""Adam with decoupled weight decay."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdamW(Optimizer):
    r"""Adam with decoupled weight decay.

    Each step also shrinks the parameters, by the same share in every coordinate. With Adam, an L2
    penalty :math:`\lambda \theta^2 / 2` in the loss would not do this: its gradient would be
    divided by :math:`\sqrt{\hat{v}_t}`, so coordinates with large gradients would shrink less.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule. It multiplies the decay too.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-8
        Added to the root of the corrected second moment, at least 0. With 0, a coordinate whose
        gradient has always been zero becomes nan.
    weight_decay : float or array_like, default 0.01
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
        0 gives `Adam`. The default is that of PyTorch.

    See Also
    --------
    Adam : Without the decay.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \left(\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}
                     + \lambda \theta_{t-1}\right)

    with :math:`m_0 = 0` and :math:`v_0 = 0`. In Algorithm 2 of the paper only a schedule
    multiplies the decay, not the learning rate :math:`\alpha`: its :math:`\lambda` is
    :math:`\eta \lambda` here.

    References
    ----------
    .. [1] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
       Algorithm 2. arXiv:1711.05101.

    Examples
    --------
    With a zero gradient, only the decay acts:

    >>> import numpy as np
    >>> from adamdoc import AdamW
    >>> optimizer = AdamW(lr=0.1, weight_decay=0.5)
    >>> theta = np.array([1.0, -2.0])
    >>> optimizer.update(theta, np.zeros(2), optimizer.init(theta))[0]
    array([ 0.95, -1.9 ])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Adam", "DecoupledDecay")
    paper: ClassVar[str] = "loshchilov2019"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.01

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta)
        return theta, {"t": t, "m": m, "v": v}
