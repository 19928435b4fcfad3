"""Gradient clipping, by value and by norm."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers.base import Hyperparameter, State
from adamdoc.optimizers.wrappers.base import Wrapper


@dataclass(frozen=True)
class ClipByValue(Wrapper):
    r"""Clips each coordinate of the gradient to a range.

    Use it against outliers in a few coordinates. It changes the direction of the gradient, which
    `ClipByNorm` does not.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    clip : float or array_like, default 1.0
        Upper bound of the absolute value of a coordinate, greater than 0.

    Notes
    -----
    .. math::

        \theta_t = \mathrm{step}(\theta_{t-1}, \max(-c, \min(c, g_t)))

    References
    ----------
    .. [1] T. Mikolov, "Statistical language models based on neural networks", PhD thesis, Brno
       University of Technology, 2012, section 3.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ClipByValue, GradientDescent
    >>> optimizer = ClipByValue(GradientDescent(lr=1.0), clip=1.0)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([3.0, -0.5]), optimizer.init(theta))[0]
    array([-1. ,  0.5])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "mikolov2012"

    clip: Hyperparameter = 1.0

    def update(self, theta: Array, g: Array, state: State, **extra: Any) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, clip = self._operands(theta, g, state)
        return self.optimizer.update(theta, np.clip(g, -clip, clip), state, **extra)


@dataclass(frozen=True)
class ClipByNorm(Wrapper):
    r"""Rescales a gradient whose norm exceeds a limit, keeping its direction.

    Use it where the loss has cliffs, as in recurrent networks. The norm is taken over the array
    that is passed to `update`.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    max_norm : float, default 1.0
        Upper bound of the Euclidean norm, greater than 0.
    eps : float, default 0.0
        Added to the norm, at least 0. The paper has none; PyTorch adds 1e-6.

    Notes
    -----
    .. math::

        \theta_t = \mathrm{step}\left(\theta_{t-1},
                   \min\left(1, \frac{\bar{c}}{\lVert g_t \rVert + \varepsilon}\right) g_t\right)

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013, Algorithm 1. arXiv:1211.5063.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ClipByNorm, GradientDescent
    >>> optimizer = ClipByNorm(GradientDescent(lr=1.0), max_norm=1.0)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([3.0, 4.0]), optimizer.init(theta))[0]
    array([-0.6, -0.8])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("ClipByValue",)
    paper: ClassVar[str] = "pascanu2013"

    max_norm: Hyperparameter = 1.0
    eps: Hyperparameter = 0.0

    def update(self, theta: Array, g: Array, state: State, **extra: Any) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, max_norm, eps = self._operands(theta, g, state)
        norm = np.linalg.norm(g.ravel()) + eps
        if norm > max_norm:
            g = g * (max_norm / norm)
        return self.optimizer.update(theta, g, state, **extra)
