"""FTRL-Proximal."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Ftrl(Optimizer):
    r"""Follow the regularized leader: AdaGrad with an L1 penalty that makes parameters exactly 0.

    An L1 term that is merely added to the gradient makes parameters jump around 0. FTRL-Proximal
    solves for the parameters instead: each one is the minimum of all past gradients as linear
    functions, the penalties, and the distances from past parameters. As long as the gradients of a
    coordinate do not outweigh the L1 penalty, the parameter is 0. Use it for sparse linear models,
    such as the prediction of clicks, for which it was made. Without penalties, and from parameters
    that are 0, it takes the steps of `AdaGrad`.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule, which must not come to 0. The default is that
        of Keras; the paper tunes it for each problem.
    l1 : float or array_like, default 0.0
        Weight of the L1 penalty, at least 0.
    l2 : float or array_like, default 0.0
        Weight of the L2 penalty, at least 0: half of it times the squared parameter is added to
        what is minimized. It does not grow with the number of steps.
    l2_shrinkage : float or array_like, default 0.0
        Coefficient of a decay that is added to each gradient, but not to the sum of squares, at
        least 0. It grows with the number of steps, as a penalty of the loss does. Not in the paper.
    beta : float or array_like, default 1.0
        Added to the root of the sum, at least 0. It bounds the first steps. The paper has 1, Keras
        0.
    initial : float or array_like, default 0.0
        The sum before the first step, at least 0. The paper has 0, Keras 0.1. Unless it is 0, the
        first step pulls the initial parameters towards 0.
    power : float or array_like, default 0.5
        Power of the sum by which the learning rate is divided, at least 0. The paper has the root.

    See Also
    --------
    AdaGrad : The same step sizes, without penalties.

    Notes
    -----
    .. math::

        n_t       &= n_{t-1} + g_t^2 \\
        \sigma_t  &= \frac{n_t^p - n_{t-1}^p}{\eta} \\
        z_t       &= z_{t-1} + g_t + \hat{\lambda} \theta_{t-1} - \sigma_t \theta_{t-1} \\
        \theta_t  &= \frac{\max(-\lambda_1, \min(\lambda_1, z_t)) - z_t}
                     {\frac{\beta + n_t^p}{\eta} + \lambda_2}

    with :math:`n_0 = \iota` and :math:`z_0 = 0`. The parameters follow from the state alone. The
    initial ones count only as far as :math:`\sigma_1` reaches, so they should be 0 where
    :math:`\iota` or :math:`\beta` is not. The coefficients ``l2_regularization_strength`` and
    ``l2_shrinkage_regularization_strength`` of Keras are half of those here.

    References
    ----------
    .. [1] H. B. McMahan and others, "Ad click prediction: a view from the trenches", KDD 2013,
       Algorithm 1.
    .. [2] H. B. McMahan, "Follow-the-regularized-leader and mirror descent: equivalence theorems
       and L1 regularization", AISTATS 2011, for the derivation.

    Examples
    --------
    The gradients of the second coordinate do not outweigh the penalty:

    >>> import numpy as np
    >>> from adamdoc import Ftrl
    >>> optimizer = Ftrl(lr=0.1, l1=1.0)
    >>> theta = np.zeros(2)
    >>> state = optimizer.init(theta)
    >>> for g in ([1.0, 0.2], [2.0, -0.3], [1.5, 0.2]):
    ...     theta, state = optimizer.update(theta, np.array(g), state)
    ...     print(theta.round(3))
    [0. 0.]
    [-0.062  0.   ]
    [-0.102  0.   ]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"n_t", "n", "state", "sum of the squared gradients", rule="nonnegative", start=r"\iota"
        ),
        Symbol(r"z_t", "z", "state", "sum of the gradients, with the pull of past parameters"),
        Symbol(r"\sigma_t", "sigma", "step", "weight of the distance from the last parameters"),
        Symbol(r"\lambda_1", "l1", "hyperparameter", "weight of the L1 penalty", "nonnegative"),
        Symbol(r"\lambda_2", "l2", "hyperparameter", "weight of the L2 penalty", "nonnegative"),
        Symbol(
            r"\hat{\lambda}",
            "l2_shrinkage",
            "hyperparameter",
            "decay that is added to each gradient",
            "nonnegative",
        ),
        Symbol(r"\beta", "beta", "hyperparameter", "added to the root of the sum", "nonnegative"),
        Symbol(r"p", "power", "hyperparameter", "power of the sum", "nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad",)
    paper: ClassVar[str] = "mcmahan2013"
    replaces_theta: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    l1: Hyperparameter = 0.0
    l2: Hyperparameter = 0.0
    l2_shrinkage: Hyperparameter = 0.0
    beta: Hyperparameter = 1.0
    initial: Hyperparameter = 0.0
    power: Hyperparameter = 0.5

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = zeros(theta)
        return {"t": 0, "n": np.full_like(start, self.at("initial", 1)), "z": start}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, l1, l2, l2_shrinkage, beta, _, power = values
        n = state["n"] + g**2
        sigma = (n**power - state["n"] ** power) / lr
        z = state["z"] + g + l2_shrinkage * theta - sigma * theta
        theta = (np.maximum(-l1, np.minimum(l1, z)) - z) / ((beta + n**power) / lr + l2)
        return theta, {"t": t, "n": n, "z": z}
