"""LAMB as pytorch_optimizer implements it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class LAMBDialect(Optimizer):
    r"""LAMB without bias correction of the second moment and with a bounded parameter norm.

    This is the form of pytorch_optimizer, which clamps the norm in the trust ratio to 10. In the
    first steps the uncorrected moment is too small, but the ratio of norms cancels this. See the
    page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-06
        Added to the root of the second moment and to the norm of the step, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0. The decay is added before the step is rescaled.
    clip : float, default 10.0
        Upper bound of the norm of the parameters, greater than 0.

    Notes
    -----
    .. math::

        m_t     &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t     &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \Delta_t &= \frac{m_t}{\sqrt{v_t} + \varepsilon} + \lambda \theta_{t-1} \\
        r_t      &= \frac{\min(\lVert \theta_{t-1} \rVert, c)}{\lVert \Delta_t \rVert + \varepsilon}
                    \text{ if } \lVert \theta_{t-1} \rVert > 0
                    \text{ and } \lVert \Delta_t \rVert > 0, \text{ otherwise } 1 \\
        \theta_t &= \theta_{t-1} - \frac{\eta}{1 - \beta_1^t} r_t \Delta_t

    with :math:`m_0 = 0` and :math:`v_0 = 0`, and the norms of one array.

    References
    ----------
    .. [1] Y. You and others, "Large batch optimization for deep learning: training BERT in 76
       minutes", ICLR 2020, Algorithm 2 (with correction). arXiv:1904.00962.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.dialects.forms import LAMBDialect
    >>> optimizer = LAMBDialect(lr=0.1, eps=0.0)
    >>> theta = np.array([3.0, -4.0])
    >>> after, _ = optimizer.update(theta, np.array([1.0, -1.0]), optimizer.init(theta))
    >>> round(float(np.linalg.norm(after - theta)), 12)
    5.0
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"r_t",
            "ratio",
            "step",
            "bounded norm of the parameters over that of the step",
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
    builds_on: ClassVar[tuple[str, ...]] = ("LAMB",)
    paper: ClassVar[str] = "you2020"
    general_form: ClassVar[bool] = True
    elementwise: ClassVar[bool] = False
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-6
    weight_decay: Hyperparameter = 0.0
    clip: Hyperparameter = 10.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `adamdoc.Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay, clip = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        delta = m / (np.sqrt(v) + eps) + weight_decay * theta
        norms = arrays.norm(theta), arrays.norm(delta)
        ratio = min(norms[0], clip) / (norms[1] + eps) if all(norm > 0 for norm in norms) else 1.0
        theta = theta - lr / (1 - beta1**t) * ratio * delta
        return theta, {"t": t, "m": m, "v": v}
