"""Rprop."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Rprop(Optimizer):
    r"""Resilient backpropagation: steps that grow while the sign of the gradient stays the same.

    Every coordinate has a step size of its own. It grows while the gradient keeps its sign, and
    shrinks when the sign changes, because the last step then went past a minimum. The size of the
    gradient plays no part. Use it with the gradient of all data only. With mini-batches, nine
    gradients of 0.1 and one of -0.9 should cancel, but Rprop takes nine steps one way and one step
    back. `RMSprop` was invented to mend this.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Step size at the start, greater than 0. Of a schedule, only the value at step 1 matters.
        The first paper has 0.1; 0.01 is the default of PyTorch.
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
    SignSGD : Every step size is the learning rate.
    RMSprop : The version for mini-batches.

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
        \theta_t  &= \theta_{t-1} - s_t \mathrm{sign}(\bar{g}_t)

    with :math:`s_0 = \eta` and :math:`\bar{g}_0 = 0`. Where the sign has changed, the parameter
    stays for one step, and at the next step the size stays too, since :math:`\bar{g}_t = 0`.

    This is iRprop- of [2]_, the variant that PyTorch implements. The original [1]_ also takes the
    last step back where the sign has changed. In the papers the bounds apply where the size
    changes; here, as in PyTorch, they also apply to ``lr``.

    References
    ----------
    .. [1] M. Riedmiller and H. Braun, "A direct adaptive method for faster backpropagation
       learning: the RPROP algorithm", IEEE International Conference on Neural Networks 1993,
       pages 586-591.
    .. [2] C. Igel and M. Hüsken, "Improving the Rprop learning algorithm", Second International
       Symposium on Neural Computation 2000, pages 115-121.

    Examples
    --------
    The steps grow by the factor 1.2, whatever the gradients, until the first coordinate has passed
    the minimum and its gradient changes its sign:

    >>> import numpy as np
    >>> from adamdoc import Rprop
    >>> optimizer = Rprop(lr=0.1)
    >>> theta = np.array([0.3, -2.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(4):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    ...     print(theta.round(4), state["s"].round(4))
    [ 0.2 -1.9] [0.1 0.1]
    [ 0.08 -1.78] [0.12 0.12]
    [-0.064 -1.636] [0.144 0.144]
    [-0.064  -1.4632] [0.072  0.1728]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"p_t", "p", "step", "positive where the gradient keeps its sign, else negative"),
        Symbol(r"\hat{s}_t", "s_hat", "step", "step size before it is bounded"),
        Symbol(
            r"s_t", "s", "state", "step size of each coordinate", rule="nonnegative", start=r"\eta"
        ),
        Symbol(r"\bar{g}_t", "g_kept", "state", "gradient, or 0 where its sign has changed"),
        Symbol(r"\eta", "lr", "hyperparameter", "step size at the start", "positive"),
        Symbol(
            r"\eta_{-}",
            "eta_minus",
            "hyperparameter",
            "factor of the step size where the sign changes",
            "[0, 1)",
        ),
        Symbol(
            r"\eta_{+}",
            "eta_plus",
            "hyperparameter",
            "factor of the step size where the sign stays",
            "at least 1",
        ),
        Symbol(
            r"s_{\min}", "step_min", "hyperparameter", "lower bound of step sizes", "nonnegative"
        ),
        Symbol(r"s_{\max}", "step_max", "hyperparameter", "upper bound of step sizes", "positive"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "riedmiller1993"

    lr: Hyperparameter = 0.01
    eta_minus: Hyperparameter = 0.5
    eta_plus: Hyperparameter = 1.2
    step_min: Hyperparameter = 1e-6
    step_max: Hyperparameter = 50.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = zeros(theta)
        return {"t": 0, "s": np.full_like(start, self.at("lr", 1)), "g_kept": start}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, _, eta_minus, eta_plus, step_min, step_max = self._operands(theta, g, state)
        p = state["g_kept"] * g
        s = state["s"]
        s_hat = np.where(p > 0, eta_plus * s, np.where(p < 0, eta_minus * s, s))
        s = np.maximum(step_min, np.minimum(step_max, s_hat))
        g_kept = np.where(p < 0, 0.0, g)
        theta = theta - s * np.sign(g_kept)
        return theta, {"t": t, "s": s, "g_kept": g_kept}
