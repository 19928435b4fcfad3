"""Weight decay that bypasses the optimizer."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class DecoupledDecay(Wrapper):
    r"""Weight decay that is applied to the parameters directly, bypassing the optimizer.

    Every coordinate shrinks by the same share, however the optimizer scales the gradient. This is
    what weight decay was first, for gradient descent [1]_; the separation from the gradient matters
    for adaptive methods [2]_. Around `Adam` this is `AdamW`, around `HeavyBall` it is SGDW. In both
    papers the decay is not multiplied by the learning rate, in the second only by its schedule;
    libraries multiply it by both, and so does this.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    weight_decay : float or array_like, default 0.01
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \theta_{t-1} - \eta_t \lambda \theta_{t-1} \\
        \theta_t       &= \mathrm{step}(\bar{\theta}_t, g_t)

    where :math:`\eta_t` is the learning rate of the wrapped optimizer at this step, and the
    gradient is evaluated at :math:`\theta_{t-1}`.

    References
    ----------
    .. [1] S. J. Hanson and L. Y. Pratt, "Comparing biases for minimal network construction with
       back-propagation", NIPS 1988, pp. 177-185.
    .. [2] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
       equation 1, after [1]_, and Algorithms 1 and 2. arXiv:1711.05101.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adam, AdamW, DecoupledDecay
    >>> theta, g = np.array([1.0, -2.0]), np.array([0.5, 1.0])
    >>> optimizers = DecoupledDecay(Adam(lr=0.1), 0.2), AdamW(lr=0.1, weight_decay=0.2)
    >>> [o.update(theta, g, o.init(theta))[0].round(6) for o in optimizers]
    [array([ 0.88, -2.06]), array([ 0.88, -2.06])]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{\theta}_t", "decayed", "step", "parameters after the decay"),
        Symbol(
            r"\eta_t",
            "rate",
            "input",
            "learning rate of the wrapped optimizer at this step",
            shape="number",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "hanson1988"
    _moves_theta: ClassVar[bool] = True

    weight_decay: Hyperparameter = 0.01

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, weight_decay = self._operands(theta, g, state)
        decayed = arrays.each(_decayed, theta, self.rates(theta, t), weight_decay)
        theta, state = self.optimizer.update(decayed, g, state, **extra)
        return theta, state


def _decayed(theta: Any, lr: Any, weight_decay: Any) -> Any:
    """Return an array after the decay."""
    lr = lr.astype(theta.dtype) if isinstance(lr, np.ndarray) else lr
    return theta - lr * weight_decay * theta
