"""Cautious masking."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.checks import Array
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

        u_t      &= \theta_{t-1} - \mathrm{step}(\theta_{t-1}, g_t) \\
        h_t      &= 1 \text{ where } u_t g_t > 0, \text{ else } 0 \\
        \theta_t &= \theta_{t-1} - \frac{d}{\lVert h_t \rVert_1 + 1} h_t u_t

    where :math:`d` is the number of parameters in the array.

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

    builds_on: ClassVar[tuple[str, ...]] = ("Momentum",)
    paper: ClassVar[str] = "liang2024"
    scope: ClassVar[str] = "array"
    _moves_theta: ClassVar[bool] = True

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _ = self._operands(theta, g, state)
        after, state = self.optimizer.update(theta, g, state, **extra)
        return arrays.each(_masked, theta, after, g), state


def _masked(theta: Array, after: Array, g: Array) -> Array:
    """Return the parameters after the step to `after`, without the coordinates that oppose `g`."""
    u = theta - after
    h = (u * g > 0).astype(theta.dtype)
    return np.asarray(theta - h.size / (h.sum() + 1) * h * u)
