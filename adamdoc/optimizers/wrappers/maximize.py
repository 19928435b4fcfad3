"""Gradient ascent."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Maximize(Wrapper):
    r"""Ascends instead of descending, by negating the gradient for the wrapped optimizer.

    Weight decay inside this wrapper still shrinks the parameters, as in PyTorch's ``maximize``.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.

    Notes
    -----
    .. math::

        \bar{g}_t &= -g_t \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, Maximize
    >>> optimizer = Maximize(GradientDescent(lr=0.1))
    >>> theta = np.array([1.0])
    >>> optimizer.update(theta, 2 * theta, optimizer.init(theta))[0]
    array([1.2])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "negated", "step", "gradient of the negative loss"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "cauchy1847"

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _ = self._operands(theta, g, state)
        negated = -g
        theta, state = self.optimizer.update(theta, negated, state, **extra)
        return theta, state
