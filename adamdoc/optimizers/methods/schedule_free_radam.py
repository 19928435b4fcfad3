"""Schedule-free RAdam."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import (
    Hyperparameter,
    Optimizer,
    Params,
    State,
    as_float,
    copy,
    zeros,
)
from adamdoc.optimizers.methods.radam import RAdam
from adamdoc.optimizers.methods.schedule_free_adamw import ScheduleFreeAdamW


@dataclass(frozen=True)
class ScheduleFreeRAdam(Optimizer):
    r"""Schedule-free AdamW with RAdam's rectification in place of a warm-up.

    `ScheduleFreeAdamW` needs no schedule for the end of training, but a warm-up for its start.
    Here the factor of `RAdam` gives that: the steps are 0 until the second moment averages more
    than 4 gradients, and then grow to their full length. So neither the number of steps nor a
    warm-up must be chosen. `point` returns the average of the iterates, which is the result.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0025
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Weight of the average at the point where the gradient is evaluated, at least 0 and less
        than 1.
    beta2 : float or array_like, default 0.999
        Decay rate of the second moment, at least 0 and less than 1. Below 0.6 there are no steps.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by the rectified
        learning rate times this. It is applied at `theta`.
    power : float, default 2.0
        The weight of an iterate in the average is its rectified learning rate to this power; at
        least 0.

    See Also
    --------
    ScheduleFreeAdamW : A linear warm-up in place of the factor.

    Notes
    -----
    .. math::

        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \bar{\ell}_t &= \frac{1 + \beta_2}{1 - \beta_2} \\
        \ell_t    &= \bar{\ell}_t - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\
        h_t       &= \mathrm{sign}(\max(0, \ell_t - 4)) \\
        r_t       &= \sqrt{\frac{h_t \max(0, (\ell_t - 4) (\ell_t - 2)) \bar{\ell}_t}
                     {1 - h_t + h_t (\bar{\ell}_t - 4) (\bar{\ell}_t - 2) \ell_t}} \\
        \eta_t    &= \eta r_t \\
        w_t       &= w_{t-1} + \eta_t^p \\
        c_t       &= \frac{h_t \eta_t^p}{w_t + (1 - h_t)} \\
        z_t       &= z_{t-1} - \eta_t (\frac{g_t}{\sqrt{\hat{v}_t} + \varepsilon}
                     + \lambda \theta_{t-1}) \\
        x_t       &= (1 - c_t) x_{t-1} + c_t z_t \\
        \theta_t  &= (1 - \beta_1) z_t + \beta_1 x_t

    with :math:`v_0 = 0`, :math:`w_0 = 0` and :math:`x_0 = z_0 = \theta_0`. This is the
    method of the schedule-free authors' code with ``silent_sgd_phase``, its default; the papers
    have its two parts [1]_, [2]_.

    References
    ----------
    .. [1] A. Defazio and others, "The road less scheduled", NeurIPS 2024, equations 3 to 5.
       arXiv:2405.15682.
    .. [2] L. Liu and others, "On the variance of the adaptive learning rate and beyond", ICLR 2020,
       Algorithm 2. arXiv:1908.03265.

    Examples
    --------
    The gradients of the first steps, while the second moment averages no more than 4, only fill it:

    >>> import numpy as np
    >>> from adamdoc import ScheduleFreeRAdam
    >>> optimizer = ScheduleFreeRAdam(lr=0.1)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> for t in range(1, 101):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    ...     if t in (4, 5, 10, 100):
    ...         print(t, theta.round(4), optimizer.point(theta, state).round(4))
    4 [1.] [1.]
    5 [0.9983] [0.9983]
    10 [0.9855] [0.9862]
    100 [0.3249] [0.3603]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *RAdam.symbols,
        *ScheduleFreeAdamW.symbols,
        Symbol(r"c_t", "c", "step", "weight of the new iterate in the average"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("ScheduleFreeAdamW", "RAdam")
    paper: ClassVar[str] = "defazio2024"
    replaces_theta: ClassVar[bool] = True

    lr: Hyperparameter = 0.0025
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-08
    weight_decay: Hyperparameter = 0.0
    power: Hyperparameter = 2.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = copy(theta)
        return {"t": 0, "v": zeros(theta), "w": zeros(theta), "z": start, "x": copy(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay, power = self._operands(theta, g, state)
        v = beta2 * state["v"] + (1 - beta2) * g**2
        v_hat = v / (1 - beta2**t)
        longest = (1 + beta2) / (1 - beta2)
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        h = as_float(np.sign(np.maximum(0, length - 4)))
        r = as_float(
            np.sqrt(
                h
                * np.maximum(0, (length - 4) * (length - 2))
                * longest
                / (1 - h + h * (longest - 4) * (longest - 2) * length)
            )
        )
        rate = lr * r
        w = state["w"] + rate**power
        c = h * rate**power / (w + (1 - h))
        z = state["z"] - rate * (g / (np.sqrt(v_hat) + eps) + weight_decay * theta)
        x = (1 - c) * state["x"] + c * z
        theta = (1 - beta1) * z + beta1 * x
        return theta, {"t": t, "v": v, "w": w, "z": z, "x": x}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the average x of the iterates (see `Optimizer.point`)."""
        return state["x"]
