"""Rprop with weight backtracking."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.rprop import Rprop


@dataclass(frozen=True)
class RpropPlus(Optimizer):
    r"""Rprop with weight backtracking: where the gradient changes its sign, the step is taken back.

    This is the original method, which its authors later called Rprop+. The parameter returns to
    where it was before it passed the minimum, and starts again from there with a shorter step.
    `Rprop` without backtracking needs no memory of the last step, and was as good or better in the
    experiments of [2]_. Use either with the gradient of all data only.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.1
        Step size at the start, greater than 0. Of a schedule, only the value at step 1 matters.
    eta_minus : float or array_like, default 0.5
        Factor of the step size where the sign has changed, at least 0 and less than 1.
    eta_plus : float or array_like, default 1.2
        Factor of the step size where the sign is the same as before, at least 1.
    step_min : float or array_like, default 1e-6
        Lower bound of the step size, at least 0.
    step_max : float or array_like, default 50.0
        Upper bound of the step size, greater than 0.

    See Also
    --------
    Rprop : Without backtracking, as in PyTorch.

    Notes
    -----
    .. math::

        p_t       &= \bar{g}_{t-1} g_t \\
        \hat{s}_t &= \begin{cases}
                         \eta_{+} s_{t-1} & p_t > 0 \\
                         \eta_{-} s_{t-1} & p_t < 0 \\
                         s_{t-1} & \text{otherwise}
                     \end{cases} \\
        s_t       &= \max(s_{\min}, \min(s_{\max}, \hat{s}_t)) \\
        \bar{g}_t &= 0 \text{ if } p_t < 0, \text{ otherwise } g_t \\
        \Delta_t  &= -\Delta_{t-1} \text{ if } p_t < 0, \text{ otherwise }
                     s_t \mathrm{sign}(\bar{g}_t) \\
        \theta_t  &= \theta_{t-1} - \Delta_t

    with :math:`s_0 = \eta`, :math:`\bar{g}_0 = 0` and :math:`\Delta_0 = 0`. In the papers the
    bounds apply where the size changes; here they also apply to ``lr``.

    A third form, iRprop+ of [2]_, takes a step back only if the loss has also grown. It needs the
    loss at every step, and adamdoc does not have it.

    References
    ----------
    .. [1] M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation
       learning: the RPROP algorithm", IEEE International Conference on Neural Networks 1993,
       pages 586-591.
    .. [2] C. Igel and M. Hüsken, "Improving the Rprop learning algorithm", Second International
       Symposium on Neural Computation 2000, pages 115-121.

    Examples
    --------
    The third step passes the minimum, the fourth takes it back, and the fifth is half as long:

    >>> import numpy as np
    >>> from adamdoc import RpropPlus
    >>> optimizer = RpropPlus(lr=0.1)
    >>> theta = np.array([0.3])
    >>> state = optimizer.init(theta)
    >>> for _ in range(5):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    ...     print(theta.round(4), state["s"].round(4))
    [0.2] [0.1]
    [0.08] [0.12]
    [-0.064] [0.144]
    [0.08] [0.072]
    [0.008] [0.072]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *Rprop.symbols,
        Symbol(r"\Delta_t", "delta", "state", "last step, negative where it is taken back"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "riedmiller1993"

    lr: Hyperparameter = 0.1
    eta_minus: Hyperparameter = 0.5
    eta_plus: Hyperparameter = 1.2
    step_min: Hyperparameter = 1e-6
    step_max: Hyperparameter = 50.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = zeros(theta)
        size = np.full_like(start, self.at("lr", 1))
        return {"t": 0, "s": size, "g_kept": start, "delta": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, _, eta_minus, eta_plus, step_min, step_max = self._operands(theta, g, state)
        p = state["g_kept"] * g
        s = state["s"]
        s_hat = np.where(p > 0, eta_plus * s, np.where(p < 0, eta_minus * s, s))
        s = np.maximum(step_min, np.minimum(step_max, s_hat))
        g_kept = np.where(p < 0, 0.0, g)
        delta = np.where(p < 0, -state["delta"], s * np.sign(g_kept))
        theta = theta - delta
        return theta, {"t": t, "s": s, "g_kept": g_kept, "delta": delta}
