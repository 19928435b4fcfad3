"""L-BFGS with the differences between PyTorch and Optax."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.arrays import total
from adamdoc.optimizers.base import Hyperparameter, Params, State, copy
from adamdoc.optimizers.methods.lbfgs import LBFGS, push, two_loops


@dataclass(frozen=True)
class LBFGSDialect(LBFGS):
    r"""L-BFGS with the switches in which PyTorch and Optax differ.

    PyTorch leaves out pairs without curvature, and rests where the gradient or the promised
    decrease is small; with both tolerances 0 this is `adamdoc.LBFGS`. Optax keeps every pair,
    and takes its first step with another length. See the page on dialects.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Learning rate, greater than 0, or a schedule.
    memory : int, default 10
        Number of pairs that are kept, at least 1. PyTorch has 100.
    least_curvature : float, default 1e-10
        A pair is kept if the inner product of its two parts is larger than this, at least 0.
    every : float, default 0.0
        1 also keeps pairs with a negative inner product, and takes steps uphill, as Optax does; 0
        does not.
    scaled : float, default 1.0
        1 begins the second loop with the curvature along the last step, 0 with the identity.
    euclidean : float, default 0.0
        0 shortens the first step by the 1-norm of the gradient, as PyTorch does; 1 by the Euclidean
        norm, in the start of the second loop, as Optax does.
    least_gradient : float, default 0.0
        The method rests where no entry of the gradient is larger than this, at least 0. PyTorch has
        1e-7.
    least_decrease : float, default 0.0
        The step is not taken if its promised decrease is smaller than this, at least 0. PyTorch has
        1e-9.

    Notes
    -----
    .. math::

        a_t       &= 1 \text{ if } \lVert g_t \rVert_\infty > \tau_g, \text{ otherwise } 0 \\
        \bar{s}_t &= \theta_{t-1} - x_{t-1} \\
        \bar{y}_t &= g_t - u_{t-1} \\
        h_t       &= \langle \bar{s}_t, \bar{y}_t \rangle \\
        \kappa_t  &= a_t \text{ if } \max(h_t, \phi \lvert h_t \rvert) > c, \text{ otherwise } 0 \\
        S_t       &= \mathrm{push}(S_{t-1}, \bar{s}_t) \text{ if } \kappa_t = 1,
                     \text{ otherwise } S_{t-1} \\
        Y_t       &= \mathrm{push}(Y_{t-1}, \bar{y}_t) \text{ if } \kappa_t = 1,
                     \text{ otherwise } Y_{t-1} \\
        \gamma_t  &= \begin{cases}
                     1 - \psi + \frac{\psi}{\max(1, \lVert g_t \rVert)} & \text{if } t = 1 \\
                     \frac{h_t}{\langle \bar{y}_t, \bar{y}_t \rangle} & \text{if } \kappa_t = 1 \\
                     \gamma_{t-1} & \text{otherwise}
                     \end{cases} \\
        u_t       &= g_t \text{ if } a_t = 1, \text{ otherwise } u_{t-1} \\
        \Delta_t  &= \mathrm{H}(g_t) \\
        \bar{a}_t &= a_t \max(\phi, \operatorname{sign}(\max(0, \langle g_t, \Delta_t \rangle
                     - \tau_f))) \\
        \eta_t    &= \frac{\eta}{\max(1, (1 - \psi) \lVert g_t \rVert_1)} \text{ if } t = 1,
                     \text{ otherwise } \eta \\
        x_t       &= \theta_{t-1} + (1 - \bar{a}_t) \eta_t \Delta_t \text{ if } a_t = 1,
                     \text{ otherwise } x_{t-1} \\
        \theta_t  &= \theta_{t-1} - \bar{a}_t \eta_t \Delta_t

    with the states of `adamdoc.LBFGS`. After a step that was not taken, PyTorch forms the next pair
    as if it had been: so :math:`x_t` is as far from the parameters. The two-loop recursion is

    .. math::

        \mathrm{H}(q) &= r_m \\
        q_0 &= q \\
        d_i &= \langle S_i, Y_i \rangle \\
        a_i &= \frac{\langle S_i, q_{i-1} \rangle}{d_i} \text{ if } d_i \ne 0,
               \text{ otherwise } 0 \\
        q_i &= q_{i-1} - a_i Y_i \\
        r_0 &= (\omega \gamma_t + 1 - \omega) q_m \\
        w_i &= \frac{\langle Y_{m+1-i}, r_{i-1} \rangle}{d_{m+1-i}} \text{ if } d_{m+1-i} \ne 0,
               \text{ otherwise } 0 \\
        r_i &= r_{i-1} + (a_{m+1-i} - w_i) S_{m+1-i}

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming 45, 1989, Algorithm 2.1. doi:10.1007/BF01589116.

    Examples
    --------
    PyTorch's tolerance: no step is taken where the gradient is small.

    >>> import numpy as np
    >>> from adamdoc.dialects.forms import LBFGSDialect
    >>> optimizer = LBFGSDialect(least_gradient=0.1)
    >>> theta = np.array([3.0])
    >>> state = optimizer.init(theta)
    >>> for g in ([2.0], [0.05]):
    ...     theta, state = optimizer.update(theta, np.array(g), state)
    ...     print(theta)
    [2.]
    [2.]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *LBFGS.symbols,
        Symbol(r"a_t", "active", "step", "1: the gradient is large enough, 0: not", shape="number"),
        Symbol(r"\bar{a}_t", "moves", "step", "1: the step is taken, 0: not", shape="number"),
        Symbol(r"\phi", "every", "hyperparameter", "1: also uphill, 0: not", "[0, 1]"),
        Symbol(
            r"\omega", "scaled", "hyperparameter", "1: starts with the curvature, 0: not", "[0, 1]"
        ),
        Symbol(
            r"\psi", "euclidean", "hyperparameter", "1: the first step is Optax's, 0: not", "[0, 1]"
        ),
        Symbol(
            r"\tau_g",
            "least_gradient",
            "hyperparameter",
            "bound of the gradient, above which a step is taken",
            "nonnegative",
            negligible=True,
        ),
        Symbol(
            r"\tau_f",
            "least_decrease",
            "hyperparameter",
            "bound of the promised decrease, from which a step is taken",
            "nonnegative",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("LBFGS",)
    general_form: ClassVar[bool] = True

    every: Hyperparameter = 0.0
    scaled: Hyperparameter = 1.0
    euclidean: Hyperparameter = 0.0
    least_gradient: Hyperparameter = 0.0
    least_decrease: Hyperparameter = 0.0

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `adamdoc.Optimizer.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, memory, least_curvature, every, scaled, euclidean = values[:6]
        least_gradient, least_decrease = values[6:]
        number = arrays.scalar_type(theta)
        s, y, scale = state["s"], state["y"], float(state["scale"])
        active = 1.0 if arrays.largest(g) > least_gradient else 0.0
        moved = theta - state["last"]
        change = g - state["last_g"]
        product = total(moved * change)
        kept = active if max(product, every * abs(product)) > least_curvature else 0.0
        if kept == 1:
            s, y = push(s, moved), push(y, change)
        if t == 1:
            scale = 1 - euclidean + euclidean / max(1.0, arrays.norm(g))
        elif kept == 1:
            scale = product / total(change * change)
        last_g = copy(g) if active else state["last_g"]
        delta = two_loops(g, s, y, scaled * scale + 1 - scaled, memory)
        moves = active * max(every, float(total(g * delta) > least_decrease))
        rate = lr / max(1.0, (1 - euclidean) * total(abs(g))) if t == 1 else lr
        last = theta + (1 - moves) * rate * delta if active else state["last"]
        theta = theta - moves * rate * delta
        return theta, {
            "t": t,
            "s": s,
            "y": y,
            "scale": number(scale),
            "last": last,
            "last_g": last_g,
        }
