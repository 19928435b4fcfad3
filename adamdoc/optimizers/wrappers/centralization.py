"""Gradient centralization."""

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class GradientCentralization(Wrapper):
    r"""Subtracts from the gradient of each unit its mean.

    The sum of the weights of a unit then stays what it was: a constraint that regularizes networks
    whose inputs have a large mean. Vectors, such as biases, are left alone. Of an array with more
    axes, the last is centred, or the last but one: reshape the kernels of a convolution to a matrix
    with a filter in each row, as the paper centres whole filters.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    in_rows : float, default 1.0
        1 if the weights of a unit are a row of a matrix, as in PyTorch; 0 if they are a column, as
        in Keras, Flax and adamdoc's models, and in the paper.

    Notes
    -----
    For a matrix:

    .. math::

        \bar{g}_t &= g_t - \mathrm{mean}_{\text{columns}}(g_t) \text{ if } h_u > 0,
                     \text{ otherwise } g_t - \mathrm{mean}_{\text{rows}}(g_t) \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    For a vector or a number:

    .. math::

        \theta_t &= \mathrm{step}(\theta_{t-1}, g_t)

    The mean over the columns is that of each row. ``optax.centralize`` takes it too, though the
    units of Flax are columns.

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
    >>> optimizer = GradientCentralization(GradientDescent(lr=1.0), in_rows=0)
    >>> optimizer.update(theta, g, optimizer.init(theta))[0]
    array([[ 2. ,  1.5,  1. ],
           [-2. , -1.5, -1. ]])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "centred", "step", "gradient with a mean of 0 in each unit"),
        Symbol(r"h_u", "in_rows", "hyperparameter", "1: a unit is a row, 0: a column", "[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "yong2020"
    scope: ClassVar[str] = "array"

    in_rows: Hyperparameter = 1.0

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, in_rows = self._operands(theta, g, state)
        centre = functools.partial(_centred, -1 if in_rows > 0 else -2)
        centred = arrays.each(centre, g)
        theta, state = self.optimizer.update(theta, centred, state, **extra)
        return theta, state


def _centred(axis: int, g: Array) -> Array:
    """Return an array whose means along an axis are 0; a vector as it is."""
    return g if g.ndim < 2 else g - np.mean(g, axis=axis, keepdims=True)
