"""Schedule-free gradient descent."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, as_float, zeros


@dataclass(frozen=True)
class ScheduleFreeSGD(Optimizer):
    r"""Gradient descent with averaging of the iterates in place of a schedule.

    The gradient is evaluated between the iterate :math:`z` and the average :math:`x` of all
    iterates. The average is the result, which makes a schedule unnecessary: `theta` is only where
    the next gradient is evaluated, so read ``state["x"]``. Use it if the number of steps is not
    known in advance.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Learning rate, greater than 0, or a schedule.
    beta : float or array_like, default 0.9
        Weight of the average at the point where the gradient is evaluated, at least 0 and less
        than 1.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
        It is applied at `theta`.
    warmup : float, default 1.0
        Number of warm-up steps, in which the learning rate rises to ``lr``; at least 1. 1 means no
        warm-up.
    power : float, default 2.0
        The weight of an iterate in the average is its learning rate to this power; at least 0.

    Notes
    -----
    .. math::

        \eta_t   &= \eta \min(1, \frac{t}{k_0}) \\
        w_t      &= w_{t-1} + \eta_t^p \\
        z_t      &= z_{t-1} - \eta_t (g_t + \lambda \theta_{t-1}) \\
        x_t      &= (1 - \frac{\eta_t^p}{w_t}) x_{t-1} + \frac{\eta_t^p}{w_t} z_t \\
        \theta_t &= (1 - \beta) z_t + \beta x_t

    with :math:`w_0 = 0` and :math:`x_0 = z_0 = \theta_0`. The paper writes :math:`y_t` for
    :math:`\theta_t`, and has the constant weight that :math:`p = 0` gives; :math:`p = 2` is its
    code.

    References
    ----------
    .. [1] A. Defazio and others, "The road less scheduled", NeurIPS 2024, equations 3 to 5.
       arXiv:2405.15682.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ScheduleFreeSGD
    >>> optimizer = ScheduleFreeSGD(lr=0.5, beta=0.5)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(20):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    >>> state["x"].round(2)
    array([0.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"w_t", "w", "state", "sum of the weights of the average", rule="nonnegative"),
        Symbol(r"x_t", "x", "state", "weighted average of the iterates z", start=r"\theta_0"),
        Symbol(r"z_t", "z", "state", "iterate of the method that is averaged", start=r"\theta_0"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "defazio2024"
    replaces_theta: ClassVar[bool] = True

    lr: Hyperparameter = 1.0
    beta: Hyperparameter = 0.9
    weight_decay: Hyperparameter = 0.0
    warmup: Hyperparameter = 1.0
    power: Hyperparameter = 2.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {
            "t": 0,
            "w": zeros(theta),
            "z": checks.floats("theta", theta).copy(),
            "x": checks.floats("theta", theta).copy(),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta, weight_decay, warmup, power = self._operands(theta, g, state)
        rate = lr * as_float(np.minimum(1, t / warmup))
        w = state["w"] + rate**power
        z = state["z"] - rate * (g + weight_decay * theta)
        x = (1 - rate**power / w) * state["x"] + rate**power / w * z
        theta = (1 - beta) * z + beta * x
        return theta, {"t": t, "w": w, "z": z, "x": x}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the average x of the iterates (see `Optimizer.point`)."""
        return state["x"]
