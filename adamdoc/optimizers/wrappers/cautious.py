"""Cautious masking."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Cautious(Wrapper):
    r"""Masks the coordinates in which the step opposes the current gradient.

    The other coordinates are scaled up, so that the sum of the steps stays about the same. Use it
    around a method with momentum, which otherwise keeps going for a while after the gradient has
    changed sign; around `GradientDescent` it changes only the length of the step.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap. Put weight decay outside: inside, it would be masked too.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        u_t            &= \theta_{t-1} - \bar{\theta}_t \\
        h_t            &= 1 \text{ where } u_t g_t > 0, \text{ otherwise } 0 \\
        \theta_t       &= \theta_{t-1} - \frac{n}{\lVert h_t \rVert_1 + 1} h_t u_t

    where :math:`n` is the number of coordinates of the array.

    References
    ----------
    .. [1] K. Liang, L. Chen, B. Liu and Q. Liu, "Cautious optimizers: improving training with one
       line of code", 2024, Algorithm 1. arXiv:2411.16085.

    Examples
    --------
    In the second coordinate the momentum opposes the gradient, so it does not move:

    >>> import numpy as np
    >>> from adamdoc import Cautious, HeavyBall
    >>> optimizer = Cautious(HeavyBall(lr=1.0, momentum=0.9))
    >>> theta = np.zeros(2)
    >>> state = {"t": 1, "b": np.array([1.0, -1.0])}
    >>> optimizer.update(theta, np.array([0.1, 0.1]), state)[0]
    array([-1.,  0.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"\bar{\theta}_t", "after", "step", "parameters after the step of the wrapped optimizer"
        ),
        Symbol(r"u_t", "u", "step", "step of the wrapped optimizer, to be subtracted"),
        Symbol(r"h_t", "h", "step", "1 where the step and the gradient have the same sign, else 0"),
        Symbol(r"n", "size", "input", "number of coordinates of the array", shape="number"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Momentum",)
    paper: ClassVar[str] = "liang2024"
    scope: ClassVar[str] = "array"
    _moves_theta: ClassVar[bool] = True

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _ = self._operands(theta, g, state)
        after, state = self.optimizer.update(theta, g, state, **extra)
        u = theta - after
        h = np.where(np.greater(u * g, 0), g * 0 + 1, g * 0)
        theta = theta - arrays.each(_scale, h) * h * u
        return theta, state


def _scale(h: Array) -> float:
    """Return the factor that makes up for the masked coordinates of an array."""
    return float(np.size(h) / (np.sum(h) + 1))
