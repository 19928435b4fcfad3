"""Averaged stochastic gradient descent."""

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
)


@dataclass(frozen=True)
class ASGD(Optimizer):
    r"""Gradient descent with Polyak-Ruppert averaging: the result is the mean of the iterates.

    Near a minimum, the noise of mini-batches keeps the iterates moving around it. Their mean has
    much less noise, so the learning rate need not fall as fast as 1/t. `point` returns the mean.
    Use it for convex problems that are seen only once, such as a linear classifier on a stream of
    data.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate of the first step, greater than 0, or a schedule, which the decrease below
        multiplies.
    weight_decay : float or array_like, default 0.0001
        Weight decay coefficient, at least 0. The learning rate falls the faster the larger it is;
        at 0 it is constant.
    power : float or array_like, default 0.75
        Power with which the learning rate falls, at least 0.
    t0 : float, default 1000000.0
        Number of steps before the average begins, at least 0. Until step ``t0 + 2``, `point`
        returns the last iterate. Choose it as the number of steps that it takes to get near the
        minimum: with the default, which is PyTorch's, short runs average nothing.

    See Also
    --------
    ScheduleFreeSGD : Takes the gradient near the average, too.
    Lookahead : Averages in rounds of a few steps, and starts again from the average.

    Notes
    -----
    .. math::

        \eta_t   &= \frac{\eta}{(1 + \lambda \eta (t - 1))^p} \\
        \theta_t &= (1 - \eta_t \lambda) \theta_{t-1} - \eta_t g_t \\
        w_t      &= \frac{1}{\max(1, t - 1 - t_0)} \\
        x_t      &= (1 - w_t) x_{t-1} + w_t \theta_t

    with :math:`x_0 = \theta_0`. The papers [1]_, [2]_ average from the first step on. The rate, the
    decay and the late start of the average are those of [3]_, which PyTorch implements.

    References
    ----------
    .. [1] \D. Ruppert, "Efficient estimations from a slowly convergent Robbins-Monro process",
       technical report 781, Cornell University, 1988.
    .. [2] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by averaging",
       SIAM Journal on Control and Optimization 30(4), 1992, pages 838-855, equation 3.
    .. [3] \W. Xu, "Towards optimal one pass large scale learning with averaged stochastic gradient
       descent", 2011. arXiv:1107.2490.

    Examples
    --------
    Around a minimum, a gradient that errs by 1 up and down in turn keeps the iterate away from it.
    The average, from the third step on, comes closer:

    >>> import numpy as np
    >>> from adamdoc import ASGD
    >>> optimizer = ASGD(lr=0.5, weight_decay=0.0, t0=1.0)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> for t in range(40):
    ...     theta, state = optimizer.update(theta, theta + (-1) ** t, state)
    >>> theta.round(3), optimizer.point(theta, state).round(3)
    (array([0.333]), array([0.004]))
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"w_t", "w", "step", "weight of the new iterate in the average"),
        Symbol(r"x_t", "x", "state", "average of the iterates", start=r"\theta_0"),
        Symbol(r"p", "power", "hyperparameter", "power with which the rate falls", "nonnegative"),
        Symbol(r"t_0", "t0", "hyperparameter", "steps before the average begins", "nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "polyak1992"

    lr: Hyperparameter = 0.01
    weight_decay: Hyperparameter = 1e-4
    power: Hyperparameter = 0.75
    t0: Hyperparameter = 1e6

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "x": copy(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, weight_decay, power, t0 = self._operands(theta, g, state)
        rate = lr / (1 + weight_decay * lr * (t - 1)) ** power
        theta = (1 - rate * weight_decay) * theta - rate * g
        w = 1 / as_float(np.maximum(1, t - 1 - t0))
        x = (1 - w) * state["x"] + w * theta
        return theta, {"t": t, "x": x}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the average x of the iterates (see `Optimizer.point`)."""
        return state["x"]
