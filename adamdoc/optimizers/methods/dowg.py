"""DoWG: distance over weighted gradients."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy


@dataclass(frozen=True)
class DoWG(Optimizer):
    r"""DoG whose sum weighs each gradient by the distance at its step.

    The gradients of the tiny first steps weigh almost nothing, so the rate grows faster than that
    of `DoG` and need not fall for a smooth loss. Use it for full gradients or large batches, where
    no learning rate is known.

    Parameters
    ----------
    lr : float or callable, default 1.0
        Factor of the rate, greater than 0, or a schedule.
    initial : float, default 0.0001
        Initial estimate of the squared distance, greater than 0.
    eps : float, default 0.0001
        Added to the root of the sum, greater than 0. The paper has none.

    Notes
    -----
    .. math::

        s_t      &= \max(s_{t-1}, \lVert \theta_{t-1} - \theta_0 \rVert^2) \\
        v_t      &= v_{t-1} + s_t \lVert g_t \rVert^2 \\
        \eta_t   &= \eta \frac{s_t}{\sqrt{v_t} + \varepsilon} \\
        \theta_t &= \theta_{t-1} - \eta_t g_t

    with :math:`s_0 = \iota` and :math:`v_0 = 0`, and the norms of all parameters together. The
    paper writes :math:`\bar{r}_t^2` for the squared distance.

    References
    ----------
    .. [1] A. Khaled, K. Mishchenko and C. Jin, "DoWG unleashed: an efficient universal
       parameter-free gradient descent method", NeurIPS 2023, Algorithm 1. arXiv:2305.16284.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import DoWG
    >>> optimizer = DoWG()
    >>> theta = np.array([100.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(200):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    >>> bool(abs(theta[0]) < 1e-3)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"s_t",
            "s",
            "state",
            "largest squared distance from the start so far",
            rule="positive",
            start=r"\iota",
            shape="number",
        ),
        Symbol(
            r"v_t",
            "v",
            "state",
            "sum of the squared norms of the gradients, weighted by the squared distances",
            rule="nonnegative",
            shape="number",
        ),
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"\theta_0", "start", "state", "initial parameters", start=r"\theta_0"),
        Symbol(r"\iota", "initial", "hyperparameter", "initial squared distance", "positive"),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "small constant that keeps a denominator away from zero",
            "positive",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("DoG",)
    paper: ClassVar[str] = "khaled2023"
    scope: ClassVar[str] = "model"

    lr: Hyperparameter = 1.0
    initial: Hyperparameter = 1e-4
    eps: Hyperparameter = 1e-4

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = copy(theta)
        number = arrays.scalar_type(start)
        return {"t": 0, "start": start, "s": number(self.at("initial", 1)), "v": number(0)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, _, eps = self._operands(theta, g, state)
        number = arrays.scalar_type(theta)
        s = max(float(state["s"]), arrays.norm(theta - state["start"]) ** 2)
        v = float(state["v"]) + s * arrays.norm(g) ** 2
        rate = lr * s / (v**0.5 + eps)
        theta = theta - rate * g
        return theta, {**state, "t": t, "s": number(s), "v": number(v)}
