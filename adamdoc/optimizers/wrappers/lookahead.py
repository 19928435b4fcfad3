"""Lookahead."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Params, State, copy
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Lookahead(Wrapper):
    r"""Slow weights that are interpolated towards the fast ones every few steps.

    The wrapped optimizer takes ``steps`` steps; then the slow weights move a fraction of the way to
    its iterate, and it continues from there. Use it to stabilize a method with a large learning
    rate; with a well-tuned schedule the gain is small.

    Parameters
    ----------
    optimizer : Optimizer
        The fast method. Its state is kept when its parameters are reset to the slow weights.
    steps : int, default 5
        Number of fast steps per slow step, at least 1. The paper tries 5 and 10.
    alpha : float or array_like, default 0.5
        Interpolation factor of the slow weights, at least 0. The paper tries 0.5 and 0.8.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        x_t            &= x_{t-1} + \alpha (\bar{\theta}_t - x_{t-1})
                          \text{ every } k \text{ steps, otherwise } x_{t-1} \\
        \theta_t       &= x_t \text{ every } k \text{ steps, otherwise } \bar{\theta}_t

    with :math:`x_0 = \theta_0`. This is Algorithm 1 of the paper; the slow weights
    :math:`\phi` are called :math:`x` here.

    References
    ----------
    .. [1] M. R. Zhang, J. Lucas, G. Hinton and J. Ba, "Lookahead optimizer: k steps forward, 1
       step back", NeurIPS 2019, Algorithm 1. arXiv:1907.08610.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, Lookahead
    >>> optimizer = Lookahead(GradientDescent(lr=1.0), steps=2, alpha=0.5)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for _ in range(4):
    ...     theta, state = optimizer.update(theta, np.ones(1), state)
    ...     print(theta)
    [-1.]
    [-1.]
    [-2.]
    [-2.]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"\bar{\theta}_t",
            "fast",
            "step",
            "fast weights: parameters after the step of the wrapped optimizer",
        ),
        Symbol(r"x_t", "slow", "state", "slow weights", start=r"\theta_0"),
        Symbol(
            r"\alpha",
            "alpha",
            "hyperparameter",
            "interpolation factor of the slow weights",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "zhang2019"
    _moves_theta: ClassVar[bool] = True

    steps: Hyperparameter = 5
    alpha: Hyperparameter = 0.5

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        inside = self.optimizer.init(theta)
        if "slow" in inside:
            raise ValueError(
                "optimizer must not keep slow weights of its own, as another Lookahead does, got "
                f"{self.optimizer!r}"
            )
        return {**inside, "slow": copy(theta)}

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, steps, alpha = self._operands(theta, g, state)
        slow = state["slow"]
        inside = {name: value for name, value in state.items() if name != "slow"}
        fast, inside = self.optimizer.update(theta, g, inside, **extra)
        due = t % steps == 0
        slow = slow + alpha * (fast - slow) if due else slow
        theta = slow if due else fast
        return theta, {**inside, "slow": slow}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the slow weights (see `Optimizer.point`)."""
        return state["slow"]
