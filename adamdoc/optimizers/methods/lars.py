"""LARS."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class LARS(Optimizer):
    r"""Momentum with a learning rate of its own for each layer.

    The local rate of an array is the norm of its parameters over that of its gradient and decay, so
    that no step is large for the layer that takes it. That keeps training stable at the large rates
    that large batches call for; `LAMB` does the same for Adam. Use it for convolutional networks at
    batches of thousands.

    Parameters
    ----------
    lr : float or callable, default 0.1
        Learning rate, greater than 0, or a schedule.
    momentum : float or array_like, default 0.9
        Decay rate of the momentum buffer, at least 0 and less than 1.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0. The decay is added before the step is rescaled.
    trust_coefficient : float, default 0.001
        Factor of the local rate, greater than 0: the relative change of an array in a step, at a
        learning rate of 1. The paper calls it :math:`\eta`.

    See Also
    --------
    adamdoc.dialects.forms.LARSDialect : With switches for the differences between libraries.

    Notes
    -----
    .. math::

        n_t      &= \lVert g_t \rVert + \lambda \lVert \theta_{t-1} \rVert \\
        r_t      &= \alpha \frac{\lVert \theta_{t-1} \rVert}{n_t}
                    \text{ if } \lVert \theta_{t-1} \rVert > 0 \text{ and } n_t > 0,
                    \text{ otherwise } 1 \\
        b_t      &= \mu b_{t-1} + \eta r_t (g_t + \lambda \theta_{t-1}) \\
        \theta_t &= \theta_{t-1} - b_t

    with :math:`b_0 = 0` and the norms of one array. The paper leaves open what happens at norms of
    zero; libraries take the step of `HeavyBall` there, as here.

    References
    ----------
    .. [1] Y. You, I. Gitman and B. Ginsburg, "Large batch training of convolutional networks",
       2017, Algorithm 1. arXiv:1708.03888.

    Examples
    --------
    The first step is the same share of each array, whatever its gradient:

    >>> import numpy as np
    >>> from adamdoc import LARS
    >>> optimizer = LARS(lr=1.0, trust_coefficient=0.1)
    >>> theta = {"w": np.array([3.0, 4.0]), "c": np.array([20.0])}
    >>> g = {"w": np.array([0.0, 1e3]), "c": np.array([1e-3])}
    >>> optimizer.update(theta, g, optimizer.init(theta))[0]
    {'w': array([3. , 3.5]), 'c': array([18.])}
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"n_t", "length", "step", "norms of the gradient and the decay", shape="number"),
        Symbol(r"r_t", "ratio", "step", "local learning rate", shape="number"),
        Symbol(
            r"\lambda",
            "weight_decay",
            "hyperparameter",
            "weight decay, added before the step is rescaled",
            "nonnegative",
        ),
        Symbol(
            r"\alpha",
            "trust_coefficient",
            "hyperparameter",
            "factor of the local learning rate",
            "positive",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("HeavyBall",)
    paper: ClassVar[str] = "you2017"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.1
    momentum: Hyperparameter = 0.9
    weight_decay: Hyperparameter = 0.0
    trust_coefficient: Hyperparameter = 0.001

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, momentum, weight_decay, trust_coefficient = values
        size = arrays.norm(theta)
        length = arrays.norm(g) + weight_decay * size
        ratio = trust_coefficient * size / length if size > 0 and length > 0 else 1.0
        b = momentum * state["b"] + lr * ratio * (g + weight_decay * theta)
        theta = theta - b
        return theta, {"t": t, "b": b}
