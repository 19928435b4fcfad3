"""Fromage."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State


@dataclass(frozen=True)
class Fromage(Optimizer):
    r"""Gradient descent whose step is a share of the size of each layer.

    The step of an array is ``lr`` times its own norm, in the direction of the gradient: ``lr`` is a
    relative change, so one value suits layers of all sizes. The division by
    :math:`\sqrt{1 + \eta^2}` keeps the norm from growing, which steps at right angles to the
    parameters would make it do. It has no state. Use it where a learning rate should carry over
    from one architecture to another.

    Parameters
    ----------
    lr : float or callable, default 0.01
        Relative change of an array in a step, greater than 0, or a schedule.
    least : float, default 0.0
        Lower bound of both norms, at least 0. The paper has none; an array that starts at 0 moves
        by the gradient itself, unless it is greater than 0.

    Notes
    -----
    .. math::

        a_t      &= \max(\lVert \theta_{t-1} \rVert, \epsilon) \\
        n_t      &= \max(\lVert g_t \rVert, \epsilon) \\
        r_t      &= \frac{a_t}{n_t} \text{ if } a_t > 0 \text{ and } n_t > 0,
                    \text{ otherwise } 1 \\
        \theta_t &= \frac{\theta_{t-1} - \eta r_t g_t}{\sqrt{1 + \eta^2}}

    with the norms of one array.

    References
    ----------
    .. [1] J. Bernstein, A. Vahdat, Y. Yue and M.-Y. Liu, "On the distance between two neural
       networks and the stability of learning", NeurIPS 2020, Algorithm 1. arXiv:2002.03432.

    Examples
    --------
    A step at right angles to the parameters keeps their norm:

    >>> import numpy as np
    >>> from adamdoc import Fromage
    >>> optimizer = Fromage(lr=0.75)
    >>> theta = np.array([5.0, 0.0])
    >>> optimizer.update(theta, np.array([0.0, -1e-3]), optimizer.init(theta))[0]
    array([4., 3.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"a_t", "extent", "step", "norm of the parameters", shape="number"),
        Symbol(r"n_t", "length", "step", "norm of the gradient", shape="number"),
        Symbol(
            r"r_t",
            "ratio",
            "step",
            "norm of the parameters over that of the gradient",
            shape="number",
        ),
        Symbol(r"\epsilon", "least", "hyperparameter", "lower bound of the norms", "nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("LARS",)
    paper: ClassVar[str] = "bernstein2020"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.01
    least: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:  # noqa: ARG002
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, least = self._operands(theta, g, state)
        extent = max(arrays.norm(theta), least)
        length = max(arrays.norm(g), least)
        ratio = extent / length if extent > 0 and length > 0 else 1.0
        theta = (theta - lr * ratio * g) / (1 + lr**2) ** 0.5
        return theta, {"t": t}
