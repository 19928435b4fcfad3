"""LAMB."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class LAMB(Optimizer):
    r"""Layerwise adaptive AdamW: each layer's step is proportional to the norm of its parameters.

    Each call of `update` treats its array as one layer: pass the arrays of the layers one by one.
    The norm of a layer's step is the learning rate times the norm of its parameters: the *trust
    ratio* rescales it. Some implementations clamp the norm of the parameters, which this one does
    not; `adamdoc.dialects.forms.LAMBDialect` does. Use it for very large batches; for small ones
    `AdamW` is as good and simpler.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-06
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.01
        Weight decay coefficient, at least 0. The decay is added before the step is rescaled.
    eps_root : float or array_like, default 0.0
        Added to the second moment under the root, at least 0.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \Delta_t  &= \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon}
                     + \lambda \theta_{t-1} \\
        r_t       &= \frac{\lVert \theta_{t-1} \rVert}{\lVert \Delta_t \rVert}
                     \text{ if } \lVert \theta_{t-1} \rVert > 0
                     \text{ and } \lVert \Delta_t \rVert > 0, \text{ otherwise } 1 \\
        \theta_t  &= \theta_{t-1} - \eta r_t \Delta_t

    with :math:`m_0 = 0` and :math:`v_0 = 0`, and the norms of one array. The paper passes the norm
    of the parameters through a function; this is the identity, as in its experiments. Its
    :math:`\delta` is 0.

    References
    ----------
    .. [1] Y. You and others, "Large batch optimization for deep learning: training BERT in 76
       minutes", ICLR 2020, Algorithm 2. arXiv:1904.00962.

    Examples
    --------
    The norm of the step is ``lr`` times the norm of the parameters:

    >>> import numpy as np
    >>> from adamdoc import LAMB
    >>> optimizer = LAMB(lr=0.1)
    >>> theta = np.array([3.0, -4.0])
    >>> after, _ = optimizer.update(theta, np.array([1e-3, -1e3]), optimizer.init(theta))
    >>> round(float(np.linalg.norm(after - theta)), 12)
    0.5
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"r_t",
            "ratio",
            "step",
            "trust ratio: norm of the parameters over that of the step",
            shape="number",
        ),
        Symbol(
            r"\lambda",
            "weight_decay",
            "hyperparameter",
            "weight decay, added before the step is rescaled",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdamW",)
    paper: ClassVar[str] = "you2020"
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-6
    weight_decay: Hyperparameter = 0.01
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay, eps_root = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        delta = m_hat / (np.sqrt(v_hat + eps_root) + eps) + weight_decay * theta
        norms = arrays.norm(theta), arrays.norm(delta)
        ratio = norms[0] / norms[1] if all(norm > 0 for norm in norms) else 1.0
        theta = theta - lr * ratio * delta
        return theta, {"t": t, "m": m, "v": v}
