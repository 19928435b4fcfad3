"""Weight decay that is added to the gradient."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class CoupledDecay(Wrapper):
    r"""Weight decay that is added to the gradient, as an L2 penalty is.

    It adds the gradient of the penalty :math:`\lambda \theta^2 / 2`. Use it with `GradientDescent`
    and its variants with momentum, where it shrinks every coordinate by the same share. An adaptive
    method rescales the penalty along with the gradient, so that coordinates with large gradients
    shrink less [2]_: use `DecoupledDecay` there.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    weight_decay : float or array_like, default 0.01
        Weight of the penalty, at least 0.

    Notes
    -----
    .. math::

        \bar{g}_t &= g_t + \lambda \theta_{t-1} \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    References
    ----------
    .. [1] A. Krogh and J. A. Hertz, "A simple weight decay can improve generalization", NIPS 1991,
       pp. 950-957 (the penalty, for gradient descent).
    .. [2] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
       Algorithms 1 and 2 and proposition 2. arXiv:1711.05101.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import CoupledDecay, GradientDescent
    >>> optimizer = CoupledDecay(GradientDescent(lr=0.1), weight_decay=0.5)
    >>> theta = np.array([1.0, -2.0])
    >>> optimizer.update(theta, np.zeros(2), optimizer.init(theta))[0]
    array([ 0.95, -1.9 ])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "penalized", "step", "gradient of the loss with the penalty"),
        Symbol(
            r"\lambda", "weight_decay", "hyperparameter", "weight of the penalty", "nonnegative"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("DecoupledDecay",)
    paper: ClassVar[str] = "krogh1991"

    weight_decay: Hyperparameter = 0.01

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, weight_decay = self._operands(theta, g, state)
        penalized = g + weight_decay * theta
        theta, state = self.optimizer.update(theta, penalized, state, **extra)
        return theta, state
