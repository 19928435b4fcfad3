"""Gradient centralization."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class GradientCentralization(Wrapper):
    r"""Subtracts from each row of a gradient its mean.

    The sum of the weights of each row, which are those of one unit, then stays what it was: a
    constraint that regularizes networks whose inputs have a large mean. Vectors, such as biases,
    are left alone. Of an array with more axes, the last is centred: reshape the kernels of a
    convolution to a matrix with a filter in each row, as the paper centres whole filters.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.

    Notes
    -----
    For a matrix:

    .. math::

        \bar{g}_t &= g_t - \mathrm{mean}_{\text{columns}}(g_t) \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    For a vector or a number:

    .. math::

        \theta_t &= \mathrm{step}(\theta_{t-1}, g_t)

    The weights of a unit are a row here and in PyTorch, in Keras and Flax a column.

    References
    ----------
    .. [1] H. Yong, J. Huang, X. Hua and L. Zhang, "Gradient centralization: a new optimization
       technique for deep neural networks", ECCV 2020, equation 1. arXiv:2004.01461.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientCentralization, GradientDescent
    >>> optimizer = GradientCentralization(GradientDescent(lr=1.0))
    >>> theta, g = np.zeros((2, 3)), np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    >>> optimizer.update(theta, g, optimizer.init(theta))[0]
    array([[ 1.,  0., -1.],
           [ 0.,  0.,  0.]])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "centred", "step", "gradient with a mean of 0 in each row"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "yong2020"
    scope: ClassVar[str] = "array"

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _ = self._operands(theta, g, state)
        centred = arrays.each(_centred, g)
        theta, state = self.optimizer.update(theta, centred, state, **extra)
        return theta, state


def _centred(g: Array) -> Array:
    """Return an array whose means along the last axis are 0; a vector as it is."""
    return g if g.ndim < 2 else g - np.mean(g, axis=-1, keepdims=True)
