"""Sophia."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Sophia(Optimizer):
    r"""Clipped second-order steps: momentum over an average of the Hessian's diagonal.

    Every few steps, `update` also takes an estimate of the Hessian's diagonal (see
    ``adamdoc.curvature``). Where the curvature is small or negative, the step is that of `Signum`.
    Use it if estimates are cheap, such as one Hessian-vector product every ten steps.

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
        0.05 with the Gauss-Newton-Bartlett estimate.
    eps : float or array_like, default 1e-12
        Lower bound of the denominator, at least 0.
    weight_decay : float or array_like, default 0.0
        Weight decay coefficient, at least 0: a step shrinks the parameters by ``lr`` times this.
    clip : float or array_like, default 1.0
        Upper bound of the step in units of the learning rate, greater than 0.
    correction : float, default 0.0
        1 applies bias correction to the momentum, as Optax does; 0 does not.
    steps : int, default 10
        Number of steps between two estimates, at least 1. `minimize` and `train` provide them.

    Notes
    -----
    .. math::

        m_t      &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        h_t      &= \beta_2 h_{t-1} + (1 - \beta_2) \hat{h}_t
                    \text{ if } (t - 1) \bmod k = 0, \text{ otherwise } h_{t-1} \\
        \Delta_t &= \frac{m_t}{(1 - \phi \beta_1^t) \max(\gamma h_t, \varepsilon)} \\
        \theta_t &= \theta_{t-1} - \eta (\max(-c, \min(c, \Delta_t)) + \lambda \theta_{t-1})

    with :math:`m_0 = 0` and :math:`h_0 = 0`, where :math:`\hat{h}_t` is the estimate of the
    Hessian's diagonal. The paper has :math:`\phi = 0`.

    References
    ----------
    .. [1] H. Liu and others, "Sophia: a scalable stochastic second-order optimizer for language
       model pre-training", ICLR 2024, Algorithm 3. arXiv:2305.14342.

    Examples
    --------
    With the exact curvature, ``gamma=1`` and no averaging, the steps are Newton's:

    >>> import numpy as np
    >>> from adamdoc import Sophia
    >>> optimizer = Sophia(lr=1.0, beta1=0.0, beta2=0.0, gamma=1.0, clip=10.0)
    >>> theta, curvature = np.array([1.0, -2.0]), np.array([2.0, 20.0])
    >>> optimizer.update(theta, curvature * theta, optimizer.init(theta), curvature)[0]
    array([0., 0.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"h_t",
            "h",
            "state",
            "exponential average of the estimates of the diagonal of the Hessian",
        ),
        Symbol(r"\hat{h}_t", "curvature", "input", "estimate of the diagonal of the Hessian"),
        Symbol(r"\Delta_t", "delta", "step", "step before it is clipped"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Signum", "Adam")
    paper: ClassVar[str] = "liu2024"
    elementwise: ClassVar[bool] = False
    takes_curvature: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.96
    beta2: Hyperparameter = 0.99
    gamma: Hyperparameter = 0.01
    eps: Hyperparameter = 1e-12
    weight_decay: Hyperparameter = 0.0
    clip: Hyperparameter = 1.0
    correction: Hyperparameter = 0.0
    steps: Hyperparameter = 10

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "h": zeros(theta)}

    def update(
        self, theta: Params, g: Params, state: State, curvature: Params | None = None
    ) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`).

        Parameters
        ----------
        theta : array_like
            The parameters.
        g : array_like
            The gradient at `theta`, of the same shape.
        state : dict
            The state returned by `init` or by the previous `update`.
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
            If `g` or ``curvature`` does not have the shape of `theta`.
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
