"""AdaDelta."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class AdaDelta(Optimizer):
    r"""Adaptive steps in the units of the parameters, without a learning rate.

    The gradient is multiplied by the root mean square (RMS) of past steps over the RMS of past
    gradients. The former takes the place of a learning rate. It starts at zero, so the first steps
    are about :math:`\sqrt{\varepsilon}` long and grow from there.

    The paper derives it from `AdaGrad`, whose steps only get shorter and whose learning rate must
    be chosen. The average of squares is that of `RMSprop`, which appeared in the same year.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Factor of every step, greater than 0, or a schedule. The paper has none.
    rho : float or array_like, default 0.95
        Decay rate of both averages of squares, at least 0 and less than 1.
    eps : float or array_like, default 1e-6
        Added under both roots, at least 0. It sets the length of the first steps; with 0, the
        parameters never move.

    See Also
    --------
    AdaGrad : Divides by the root of a sum, which never falls.
    RMSprop : The same average in the denominator, with a learning rate.

    Notes
    -----
    .. math::

        v_t      &= \rho v_{t-1} + (1 - \rho) g_t^2 \\
        \Delta_t &= \frac{\sqrt{d_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}} g_t \\
        d_t      &= \rho d_{t-1} + (1 - \rho) \Delta_t^2 \\
        \theta_t &= \theta_{t-1} - \eta \Delta_t

    with :math:`v_0 = 0` and :math:`d_0 = 0`. This is Algorithm 1 of the paper, whose
    :math:`\Delta x` has the other sign. The defaults are those of its section 4.1.

    References
    ----------
    .. [1] M. D. Zeiler, "ADADELTA: an adaptive learning rate method", 2012, Algorithm 1.
       arXiv:1212.5701.

    Examples
    --------
    The first step does not depend on the size of the gradient:

    >>> import numpy as np
    >>> from adamdoc import AdaDelta
    >>> optimizer = AdaDelta()
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([1.0, -1e3]), optimizer.init(theta))[0].round(5)
    array([-0.00447,  0.00447])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"d_t", "d", "state", "exponential average of the squared steps", rule="nonnegative"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad",)
    paper: ClassVar[str] = "zeiler2012"

    lr: Hyperparameter = 1.0
    rho: Hyperparameter = 0.95
    eps: Hyperparameter = 1e-6

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "v": zeros(theta), "d": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, rho, eps = self._operands(theta, g, state)
        v = rho * state["v"] + (1 - rho) * g**2
        delta = np.sqrt(state["d"] + eps) / np.sqrt(v + eps) * g
        d = rho * state["d"] + (1 - rho) * delta**2
        theta = theta - lr * delta
        return theta, {"t": t, "v": v, "d": d}
