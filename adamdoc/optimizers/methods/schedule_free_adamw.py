"""Schedule-free AdamW."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers.base import Hyperparameter, LearningRate, Optimizer, State, plain, zeros


@dataclass(frozen=True)
class ScheduleFreeAdamW(Optimizer):
    r"""AdamW averaged so that it needs no schedule.

    The gradient is taken between the iterate :math:`z` and the average :math:`x` of all iterates;
    the average is the result, and no schedule is needed. So `theta`, where the gradient is wanted,
    is not the result: read ``state["x"]``. Use it where the number of steps is not known
    beforehand. In place of a first moment there is the average.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0025
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Part of the average in the point where the gradient is taken, at least 0 and less than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.0
        Share of the parameters that a step takes away, in units of the learning rate, at least 0.
        It acts at `theta`.
    warmup : float, default 1.0
        Steps in which the learning rate rises to ``lr``, at least 1. 1 has no such rise.
    power : float, default 2.0
        An iterate weighs this power of its learning rate in the average, at least 0.
    eps_root : float or array_like, default 0.0
        Added to the corrected second moment under the root, at least 0. The paper has none.

    Notes
    -----
    .. math::

        \eta_t    &= \eta \min(1, \frac{t}{k_0}) \\
        w_t       &= w_{t-1} + \eta_t^p \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        z_t       &= z_{t-1} - \eta_t (\frac{g_t}{\sqrt{\hat{v}_t + \delta} + \varepsilon}
                     + \lambda \theta_{t-1}) \\
        x_t       &= (1 - \frac{\eta_t^p}{w_t}) x_{t-1} + \frac{\eta_t^p}{w_t} z_t \\
        \theta_t &= (1 - \beta_1) z_t + \beta_1 x_t

    with :math:`v_0 = w_0 = 0` and :math:`x_0 = z_0 = \theta_0`. The paper writes :math:`y_t` for
    :math:`\theta_t`, and corrects v by a factor of the learning rate.

    References
    ----------
    .. [1] A. Defazio and others, "The road less scheduled", NeurIPS 2024, Algorithm 1.
       arXiv:2405.15682.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ScheduleFreeAdamW
    >>> optimizer = ScheduleFreeAdamW(lr=0.1)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(100):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    >>> state["x"].round(2)
    array([0.02])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("ScheduleFreeSGD", "AdamW")
    paper: ClassVar[str] = "defazio2024"

    lr: LearningRate = 0.0025
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    weight_decay: Hyperparameter = 0.0
    warmup: Hyperparameter = 1.0
    power: Hyperparameter = 2.0
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {
            "t": 0,
            "v": zeros(theta),
            "w": zeros(theta),
            "z": checks.floats("theta", theta).copy(),
            "x": checks.floats("theta", theta).copy(),
        }

    def update(self, theta: Array, g: Array, state: State) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, weight_decay, warmup, power, eps_root = values
        rate = lr * plain(np.minimum(1, t / warmup))
        w = state["w"] + rate**power
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_hat = v / (1 - beta2**t)
        z = state["z"] - rate * (g / (np.sqrt(v_hat + eps_root) + eps) + weight_decay * theta)
        x = (1 - rate**power / w) * state["x"] + rate**power / w * z
        theta = (1 - beta1) * z + beta1 * x
        return theta, {"t": t, "v": v, "w": w, "z": z, "x": x}
