"""Lion."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Lion(Optimizer):
    r"""The sign of an average of the gradients, with decoupled weight decay.

    Apart from weight decay, every coordinate takes a step of the same length. The state is one
    array, where Adam has two. The update rule was discovered by symbolic program search.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.0001
        Learning rate, greater than 0, or a schedule: the length of every step apart from the decay.
        The paper recommends a value three to ten times smaller than for `AdamW`.
    beta1 : float or array_like, default 0.9
        Weight of the first moment in the average whose sign is taken, at least 0 and less than 1.
    beta2 : float or array_like, default 0.99
        Decay rate of the first moment, at least 0 and less than 1.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
        To compensate for the smaller learning rate, use three to ten times that of `AdamW`.

    See Also
    --------
    AdamW : With a second moment in place of the sign.

    Notes
    -----
    .. math::

        c_t      &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        m_t      &= \beta_2 m_{t-1} + (1 - \beta_2) g_t \\
        \theta_t &= \theta_{t-1} - \eta (\mathrm{sign}(c_t) + \lambda \theta_{t-1})

    with :math:`m_0 = 0`. This is Algorithm 2 of the paper; there :math:`m_t` is computed last,
    which makes no difference.

    References
    ----------
    .. [1] X. Chen and others, "Symbolic discovery of optimization algorithms", NeurIPS 2023,
       Algorithm 2. arXiv:2302.06675.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Lion
    >>> optimizer = Lion(lr=0.1)
    >>> theta = np.array([1.0, -2.0, 3.0])
    >>> optimizer.update(theta, np.array([1e-3, -1e3, 0.0]), optimizer.init(theta))[0]
    array([ 0.9, -1.9,  3. ])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"c_t", "c", "step", "average of the gradients whose sign is taken"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Signum", "AdamW")
    paper: ClassVar[str] = "chen2023"

    lr: Hyperparameter = 0.0001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.99
    weight_decay: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, weight_decay = self._operands(theta, g, state)
        c = beta1 * state["m"] + (1 - beta1) * g
        m = beta2 * state["m"] + (1 - beta2) * g
        theta = theta - lr * (np.sign(c) + weight_decay * theta)
        return theta, {"t": t, "m": m}
