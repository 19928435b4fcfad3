"""Sharpness-aware minimization."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers.base import Hyperparameter, State
from adamdoc.optimizers.wrappers.base import Wrapper


@dataclass(frozen=True)
class SAM(Wrapper):
    r"""Descends along the gradient at the worst point in a neighbourhood.

    Each step of the wrapped optimizer takes two calls of `update`. The first ascends a fixed
    distance along the gradient; the second returns and steps with the gradient found there. So
    `theta` is an iterate only after every second call, and one step costs two gradients. Use it
    to find flat minima, if this doubled cost is acceptable.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    radius : float, default 0.05
        Distance at which the second gradient is evaluated, greater than 0. The paper calls it rho;
        the default is its choice for CIFAR.

    Notes
    -----
    At odd calls, then at even ones:

    .. math::

        \theta_t &= \theta_{t-1} + \varrho \frac{g_t}{\lVert g_t \rVert} \\
        \theta_t &= \mathrm{step}(\theta_{t-2}, g_t)

    References
    ----------
    .. [1] P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, "Sharpness-aware minimization for
       efficiently improving generalization", ICLR 2021, Algorithm 1 with p = 2. arXiv:2010.01412.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import SAM, GradientDescent
    >>> optimizer = SAM(GradientDescent(lr=0.1), radius=0.5)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(2):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    ...     print(theta)
    [1.5]
    [0.7]
    """

    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "foret2021"

    radius: Hyperparameter = 0.05

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {**self.optimizer.init(theta), "base": checks.floats("theta", theta).copy()}

    def update(self, theta: Array, g: Array, state: State, **extra: Any) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, radius = self._operands(theta, g, state)
        if t % 2:
            norm = np.linalg.norm(g.ravel())
            ascended = theta + radius * g / norm if norm > 0 else theta
            return ascended, {**state, "t": t, "base": theta}
        base = state["base"]
        inside = {name: value for name, value in state.items() if name != "base"}
        theta, inside = self.optimizer.update(base, g, {**inside, "t": t // 2 - 1}, **extra)
        return theta, {**inside, "t": t, "base": base}
