"""Sophia."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers.base import Hyperparameter, LearningRate, Optimizer, State, zeros


@dataclass(frozen=True)
class Sophia(Optimizer):
    r"""Momentum over an average of the Hessian's diagonal, cut to a range.

    Besides the gradient, `update` takes an estimate of the Hessian's diagonal, every few steps:
    see ``adamdoc.curvature``. Where the curvature is small or negative, the step is that of
    `Signum`.
    Use it where an estimate is cheap, as with a Hessian-vector product every ten steps.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.96
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.99
        Decay rate of the curvature, at least 0 and less than 1.
    gamma : float or array_like, default 0.01
        Scale of the curvature, greater than 0. The paper has 0.01 with Hutchinson's estimate and
        0.05 with that of Gauss, Newton and Bartlett.
    eps : float or array_like, default 1e-12
        Least denominator, at least 0.
    weight_decay : float or array_like, default 0.0
        Share of the parameters that a step takes away, in units of the learning rate, at least 0.
    clip : float or array_like, default 1.0
        Largest step in units of the learning rate, greater than 0.
    correction : float, default 0.0
        1 corrects the momentum for its start at zero, as Optax does; 0 does not.
    steps : int, default 10
        Steps from one estimate to the next, at least 1. `minimize` and `train` give them so.

    Notes
    -----
    .. math::

        m_t      &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        h_t      &= \beta_2 h_{t-1} + (1 - \beta_2) \hat{h}_t
                    \text{ with an estimate } \hat{h}_t \text{, else } h_{t-1} \\
        \Delta_t &= \frac{m_t}{(1 - \phi \beta_1^t) \max(\gamma h_t, \varepsilon)} \\
        \theta_t &= \theta_{t-1} - \eta (\max(-c, \min(c, \Delta_t)) + \lambda \theta_{t-1})

    with :math:`m_0 = 0` and :math:`h_0 = 0`. The paper has :math:`\phi = 0`.

    References
    ----------
    .. [1] H. Liu and others, "Sophia: a scalable stochastic second-order optimizer for language
       model pre-training", ICLR 2024, Algorithm 3. arXiv:2305.14342.

    Examples
    --------
    With the exact curvature and ``gamma=1`` the steps are Newton's, up to the averages:

    >>> import numpy as np
    >>> from adamdoc import Sophia
    >>> optimizer = Sophia(lr=1.0, beta1=0.0, beta2=0.0, gamma=1.0, clip=10.0)
    >>> theta, curvature = np.array([1.0, -2.0]), np.array([2.0, 20.0])
    >>> optimizer.update(theta, curvature * theta, optimizer.init(theta), curvature)[0]
    array([0., 0.])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("Signum", "Adam")
    paper: ClassVar[str] = "liu2024"
    elementwise: ClassVar[bool] = False
    takes_curvature: ClassVar[bool] = True

    lr: LearningRate = 0.001
    beta1: Hyperparameter = 0.96
    beta2: Hyperparameter = 0.99
    gamma: Hyperparameter = 0.01
    eps: Hyperparameter = 1e-12
    weight_decay: Hyperparameter = 0.0
    clip: Hyperparameter = 1.0
    correction: Hyperparameter = 0.0
    steps: Hyperparameter = 10

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "h": zeros(theta)}

    def update(
        self, theta: Array, g: Array, state: State, curvature: Array | None = None
    ) -> tuple[Array, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`).

        Parameters
        ----------
        theta : array_like
            The parameters.
        g : array_like
            The gradient at `theta`, of the same shape.
        state : dict
            What `init` or the last `update` returned.
        curvature : array_like, optional
            An estimate of the Hessian's diagonal at `theta`, of the same shape.

        Returns
        -------
        theta : ndarray
            The new parameters.
        state : dict
            The new state.

        Raises
        ------
        ValueError
            If `g` or ``curvature`` has another shape than `theta`.
        """
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, gamma, eps, weight_decay, clip, correction, _ = values
        m = beta1 * state["m"] + (1 - beta1) * g
        h = state["h"]
        if curvature is not None:
            curvature = checks.floats("curvature", curvature)
            if curvature.shape != theta.shape:
                raise ValueError(
                    f"curvature must have the shape of theta, {theta.shape}, got an array of shape "
                    f"{curvature.shape}"
                )
            h = beta2 * h + (1 - beta2) * curvature.astype(theta.dtype)
        delta = m / ((1 - correction * beta1**t) * np.maximum(gamma * h, eps))
        theta = theta - lr * (np.clip(delta, -clip, clip) + weight_decay * theta)
        return theta, {"t": t, "m": m, "h": h}
