"""Optimistic gradient descent."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class OptimisticGradientDescent(Optimizer):
    r"""Gradient descent that expects the next gradient to change as the last one did.

    In a game, where one player descends what the other ascends, the gradients turn around the
    solution, and gradient descent spirals away from it. Adding the last change of the gradient
    turns the step inwards. Use it for games and saddle points, such as generative adversarial
    networks. For plain minimization it brings little.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. A common first try; no paper gives a default.
    optimism : float or array_like, default 1.0
        Weight of the last change of the gradient, at least 0. 0 gives `GradientDescent`.

    See Also
    --------
    OptimisticAdam : The same step around Adam.
    Nesterov : Extrapolates momentum, which is for minimization.

    Notes
    -----
    .. math::

        \Delta_t  &= \min(1, t - 1) (g_t - \bar{g}_{t-1}) \\
        \bar{g}_t &= g_t \\
        \theta_t  &= \theta_{t-1} - \eta (g_t + o \Delta_t)

    with :math:`\bar{g}_0 = 0`. The first step, which has no gradient before it, is one of gradient
    descent. With :math:`o = 1` this is Popov's method [1]_, in terms of the points at which he
    takes the gradients: :math:`\theta_t = \theta_{t-1} - 2 \eta g_t + \eta g_{t-1}`. The general
    form is from [2]_, with :math:`\alpha` for :math:`\eta` and :math:`\beta` for :math:`\eta o`.

    References
    ----------
    .. [1] L. D. Popov, "A modification of the Arrow-Hurwicz method for search of saddle points",
       Mathematical Notes 28, 1980, pages 845-848.
    .. [2] A. Mokhtari, A. Ozdaglar and S. Pattathil, "A unified analysis of extra-gradient and
       optimistic gradient methods for saddle point problems: proximal point approach", AISTATS
       2020. arXiv:1901.08511.

    Examples
    --------
    One player minimizes x y over x, the other maximizes it over y. Gradient descent moves away from
    the solution, (0, 0), and optimistic gradient descent moves towards it:

    >>> import numpy as np
    >>> from adamdoc import GradientDescent, OptimisticGradientDescent
    >>> for optimizer in (GradientDescent(lr=0.1), OptimisticGradientDescent(lr=0.1)):
    ...     theta = np.array([1.0, 1.0])
    ...     state = optimizer.init(theta)
    ...     for _ in range(200):
    ...         x, y = theta
    ...         theta, state = optimizer.update(theta, np.array([y, -x]), state)
    ...     print(round(float(np.hypot(*theta)), 2))
    3.83
    0.52
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "g_last", "state", "the last gradient"),
        Symbol(r"\Delta_t", "delta", "step", "difference of the last two gradients"),
        Symbol(
            r"o",
            "optimism",
            "hyperparameter",
            "weight of the last change of the gradient",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "popov1980"

    lr: Hyperparameter = 0.01
    optimism: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "g_last": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, optimism = self._operands(theta, g, state)
        delta = min(1, t - 1) * (g - state["g_last"])
        g_last = g
        theta = theta - lr * (g + optimism * delta)
        return theta, {"t": t, "g_last": g_last}
