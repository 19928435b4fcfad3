"""DoG: distance over gradients."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, copy


@dataclass(frozen=True)
class DoG(Optimizer):
    r"""Gradient descent whose learning rate is a distance over the norm of all gradients.

    The distance is the largest so far from the start, the norm that of all gradients so far. The
    first step is tiny; from there the rate grows with the distance until the steps go to and fro,
    so no learning rate is tuned. Use it to fine-tune, and evaluate an average of the parameters:
    the method does not let its rate fall enough for the last iterate to be good.

    Parameters
    ----------
    lr : float or callable, default 1.0
        Factor of the rate, greater than 0, or a schedule. The authors recommend 1.
    reps_rel : float, default 1e-06
        Initial distance relative to 1 plus the norm of the parameters, greater than 0. The authors
        recommend 1e-4 for models with batch normalization.
    eps_root : float, default 1e-08
        Added to the sum of the squared norms under the root, greater than 0.

    Notes
    -----
    .. math::

        d_t      &= \max(d_{t-1}, \lVert \theta_{t-1} - \theta_0 \rVert) \\
        v_t      &= v_{t-1} + \lVert g_t \rVert^2 \\
        \eta_t   &= \eta \frac{d_t}{\sqrt{v_t + \delta}} \\
        \theta_t &= \theta_{t-1} - \eta_t g_t

    with :math:`d_0 = \alpha (1 + \lVert \theta_0 \rVert)` and :math:`v_0 = 0`, and the norms of all
    parameters together. The paper writes :math:`\bar{r}` for the distance, :math:`r_\epsilon` for
    its start and G for the sum. With a group for each array (see `Groups`) it is the paper's
    L-DoG.

    References
    ----------
    .. [1] M. Ivgi, O. Hinder and Y. Carmon, "DoG is SGD's best friend: a parameter-free dynamic
       step size schedule", ICML 2023, equation DoG. arXiv:2302.12022.

    Examples
    --------
    The rate starts a million times too low, and finds its size by itself:

    >>> import numpy as np
    >>> from adamdoc import DoG
    >>> optimizer = DoG()
    >>> theta = np.array([100.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(200):
    ...     theta, state = optimizer.update(theta, 2 * theta, state)
    >>> bool(abs(theta[0]) < 1 and state["d"] > 50)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"d_t",
            "d",
            "state",
            "largest distance from the start so far",
            rule="positive",
            start=r"\alpha (1 + \lVert \theta_0 \rVert)",
            shape="number",
        ),
        Symbol(
            r"v_t",
            "v",
            "state",
            "sum of the squared norms of the gradients",
            rule="nonnegative",
            shape="number",
        ),
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"\theta_0", "start", "state", "initial parameters", start=r"\theta_0"),
        Symbol(r"\alpha", "reps_rel", "hyperparameter", "relative initial distance", "positive"),
        Symbol(
            r"\delta",
            "eps_root",
            "hyperparameter",
            "as eps, but under the root",
            "positive",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad",)
    paper: ClassVar[str] = "ivgi2023"
    scope: ClassVar[str] = "model"

    lr: Hyperparameter = 1.0
    reps_rel: Hyperparameter = 1e-6
    eps_root: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        start = copy(theta)
        number = arrays.scalar_type(start)
        d = self.at("reps_rel", 1) * (1 + arrays.norm(start))
        return {"t": 0, "start": start, "d": number(d), "v": number(0)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, _, eps_root = self._operands(theta, g, state)
        number = arrays.scalar_type(theta)
        d = max(float(state["d"]), arrays.norm(theta - state["start"]))
        v = float(state["v"]) + arrays.norm(g) ** 2
        rate = lr * d / (v + eps_root) ** 0.5
        theta = theta - rate * g
        return theta, {**state, "t": t, "d": number(d), "v": number(v)}
