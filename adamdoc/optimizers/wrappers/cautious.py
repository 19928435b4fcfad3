"""Cautious masking."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.checks import Array
from adamdoc.optimizers.base import State
from adamdoc.optimizers.wrappers.base import Wrapper


@dataclass(frozen=True)
class Cautious(Wrapper):
    r"""Leaves out the coordinates in which the step goes against the present gradient.

    The others are lengthened, so that the sum of the steps stays about the same. Use it around a
    method with momentum, which otherwise runs on for a while after the gradient has turned; around
    `GradientDescent` it changes only the length.

    Parameters
    ----------
    optimizer : Optimizer
        What is wrapped. Weight decay belongs outside: a decay within would be masked too.

    Notes
    -----
    .. math::

        u_t      &= \theta_{t-1} - \mathrm{step}(\theta_{t-1}, g_t) \\
        h_t      &= 1 \text{ where } u_t g_t > 0, \text{ else } 0 \\
        \theta_t &= \theta_{t-1} - \frac{d}{\lVert h_t \rVert_1 + 1} h_t u_t

    where :math:`d` is the number of parameters.

    References
    ----------
    .. [1] K. Liang, L. Chen, B. Liu and Q. Liu, "Cautious optimizers: improving training with one
       line of code", 2024, Algorithm 1. arXiv:2411.16085.

    Examples
    --------
    The momentum of the second coordinate is against its gradient, so it stays:

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

    def update(self, theta: Array, g: Array, state: State, **extra: Any) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _ = self._operands(theta, g, state)
        after, state = self.optimizer.update(theta, g, state, **extra)
        u = theta - after
        h = (u * g > 0).astype(theta.dtype)
        return theta - h.size / (h.sum() + 1) * h * u, state
