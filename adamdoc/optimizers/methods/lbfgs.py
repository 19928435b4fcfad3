"""L-BFGS."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.arrays import total
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy, zeros


@dataclass(frozen=True)
class LBFGS(Optimizer):
    r"""Quasi-Newton method that learns the curvature from its last steps.

    Each step and the change of the gradient along it say something about the Hessian. From the last
    few of these pairs the method computes the product of an approximate inverse Hessian with the
    gradient, without ever forming a matrix: a step costs a few inner products with each pair. Use
    it for smooth losses without noise, with a line search around it: `StrongWolfe` or
    `Backtracking`. On mini-batches the change of the gradient is mostly noise, and the pairs
    mislead.

    Parameters
    ----------
    lr : float, array_like or callable, default 1.0
        Learning rate, greater than 0, or a schedule. Once the curvature is known, 1 is the step to
        the minimum of the quadratic model.
    memory : int, default 10
        Number of pairs that are kept, at least 1. The authors suggest 3 to 7, PyTorch keeps 100.
    least_curvature : float, default 1e-10
        A pair is kept if the inner product of its two parts is larger than this, at least 0. This
        keeps the approximate Hessian positive definite, so that every step goes downhill.

    See Also
    --------
    StrongWolfe : Line search after which each pair can be kept.
    Shampoo : Preconditions with matrices that suit mini-batches.
    adamdoc.dialects.forms.LBFGSDialect : With the differences between libraries.

    Notes
    -----
    .. math::

        \bar{s}_t &= \theta_{t-1} - x_{t-1} \\
        \bar{y}_t &= g_t - u_{t-1} \\
        h_t       &= \langle \bar{s}_t, \bar{y}_t \rangle \\
        \kappa_t  &= 1 \text{ if } h_t > c, \text{ otherwise } 0 \\
        S_t       &= \mathrm{push}(S_{t-1}, \bar{s}_t) \text{ if } \kappa_t = 1,
                     \text{ otherwise } S_{t-1} \\
        Y_t       &= \mathrm{push}(Y_{t-1}, \bar{y}_t) \text{ if } \kappa_t = 1,
                     \text{ otherwise } Y_{t-1} \\
        \gamma_t  &= \frac{h_t}{\langle \bar{y}_t, \bar{y}_t \rangle} \text{ if } \kappa_t = 1,
                     \text{ otherwise } \gamma_{t-1} \\
        x_t       &= \theta_{t-1} \\
        u_t       &= g_t \\
        \eta_t    &= \frac{\eta}{\max(1, \lVert g_t \rVert_1)} \text{ if } t = 1,
                     \text{ otherwise } \eta \\
        \Delta_t  &= \mathrm{H}(g_t) \\
        \theta_t  &= \theta_{t-1} - \eta_t \Delta_t

    with :math:`x_0 = \theta_0`, :math:`\gamma_0 = 1` and all other states 0. The memories
    :math:`S_t` and :math:`Y_t` have the last :math:`m` pairs, the latest as :math:`S_1` and
    :math:`Y_1`: the function push puts it there, moves the others on by one and drops the last.
    Entries that are still 0 have no effect. H is the two-loop recursion, which multiplies with the
    approximate inverse Hessian:

    .. math::

        \mathrm{H}(q) &= r_m \\
        q_0 &= q \\
        d_i &= \langle S_i, Y_i \rangle \\
        a_i &= \frac{\langle S_i, q_{i-1} \rangle}{d_i} \text{ if } d_i \ne 0,
               \text{ otherwise } 0 \\
        q_i &= q_{i-1} - a_i Y_i \\
        r_0 &= \gamma_t q_m \\
        w_i &= \frac{\langle Y_{m+1-i}, r_{i-1} \rangle}{d_{m+1-i}} \text{ if } d_{m+1-i} \ne 0,
               \text{ otherwise } 0 \\
        r_i &= r_{i-1} + (a_{m+1-i} - w_i) S_{m+1-i}

    All inner products are those of all parameters together. One update is one iteration, however
    often a line search around it evaluates the loss. The first step is along the gradient and at
    most ``lr`` long, as in PyTorch; the paper leaves it open.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming 45, 1989, Algorithm 2.1. doi:10.1007/BF01589116.
    .. [2] J. Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of
       Computation 35, 1980, the recursion. doi:10.1090/S0025-5718-1980-0572855-7.

    Examples
    --------
    On a quadratic, where curvatures differ a thousandfold:

    >>> import numpy as np
    >>> from adamdoc import LBFGS, StrongWolfe, minimize
    >>> curvatures = np.array([1.0, 30.0, 1000.0])
    >>> functions = (lambda x: 0.5 * (curvatures * x**2).sum(), lambda x: curvatures * x)
    >>> run = minimize(functions, StrongWolfe(LBFGS()), start=np.ones(3), steps=20)
    >>> bool(run.losses[-1] < 1e-12)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{s}_t", "moved", "step", "last step"),
        Symbol(r"\bar{y}_t", "change", "step", "change of the gradient along the last step"),
        Symbol(r"h_t", "product", "step", "inner product of the two", shape="number"),
        Symbol(r"\kappa_t", "kept", "step", "1: the pair is kept, 0: not", shape="number"),
        Symbol(r"S_t", "s", "state", "last steps", shape="memory"),
        Symbol(r"Y_t", "y", "state", "changes of the gradient along them", shape="memory"),
        Symbol(
            r"\gamma_t",
            "scale",
            "state",
            "inverse of the curvature along the last step",
            rule="positive",
            start="1",
            shape="number",
        ),
        Symbol(r"x_t", "last", "state", "parameters before this step", start=r"\theta_0"),
        Symbol(r"u_t", "last_g", "state", "gradient of this step"),
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"\Delta_t", "delta", "step", "gradient times the approximate inverse Hessian"),
        Symbol(r"m", "memory", "hyperparameter", "number of pairs kept", "positive integer"),
        Symbol(
            r"c",
            "least_curvature",
            "hyperparameter",
            "bound of the inner product of a pair, above which it is kept",
            "nonnegative",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "liu1989"
    functions: ClassVar[tuple[str, ...]] = ("push",)
    scope: ClassVar[str] = "model"

    lr: Hyperparameter = 1.0
    memory: Hyperparameter = 10
    least_curvature: Hyperparameter = 1e-10

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        last = copy(theta)
        return {
            "t": 0,
            "s": empty(last, self.memory),
            "y": empty(last, self.memory),
            "scale": arrays.scalar_type(last)(1),
            "last": last,
            "last_g": zeros(theta),
        }

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, memory, least_curvature = self._operands(theta, g, state)
        number = arrays.scalar_type(theta)
        s, y, scale = state["s"], state["y"], float(state["scale"])
        moved = theta - state["last"]
        change = g - state["last_g"]
        product = total(moved * change)
        kept = 1.0 if product > least_curvature else 0.0
        if kept:
            s, y = push(s, moved), push(y, change)
            scale = product / total(change * change)
        last, last_g = copy(theta), copy(g)
        rate = lr / max(1.0, total(abs(g))) if t == 1 else lr
        delta = two_loops(g, s, y, scale, memory)
        theta = theta - rate * delta
        return theta, {
            "t": t,
            "s": s,
            "y": y,
            "scale": number(scale),
            "last": last,
            "last_g": last_g,
        }


def empty(theta: Any, memory: Any) -> Any:
    """Return a memory of zeros."""
    return arrays.each(lambda x: np.zeros((int(memory), *x.shape), x.dtype), theta)


def push(memory: Any, value: Any) -> Any:
    """Return a memory with a new first entry; the others move on, and the last is dropped."""
    return arrays.each(lambda kept, new: np.concatenate([new[None], kept[:-1]]), memory, value)


def two_loops(g: Any, s: Any, y: Any, scale: float, memory: Any) -> Any:
    """Return the product of the approximate inverse Hessian with the gradient."""
    pairs = [(entry(s, k), entry(y, k)) for k in range(int(memory))]
    products = [total(step * change) for step, change in pairs]
    shares = []
    q = g
    for (step, change), product in zip(pairs, products, strict=True):
        shares.append(total(step * q) / product if product else 0.0)
        q = q - shares[-1] * change
    r = scale * q
    for (step, change), product, share in zip(
        pairs[::-1], products[::-1], shares[::-1], strict=True
    ):
        r = r + (share - (total(change * r) / product if product else 0.0)) * step
    return r


def entry(memory: Any, k: int) -> Any:
    """Return an entry of a memory."""
    return arrays.each(lambda kept: kept[k], memory)
