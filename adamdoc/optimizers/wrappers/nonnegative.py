"""Projection onto the nonnegative numbers."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class NonNegative(Wrapper):
    r"""Keeps the parameters nonnegative: after each step, negative ones become 0.

    This is projected gradient descent, around any method. Use it for parameters that have no
    meaning below 0, such as concentrations, counts, or the factors of a nonnegative matrix
    factorization. The wrapped optimizer does not know of it: its momentum may push against the
    bound for a while after the gradient has changed its sign.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.

    See Also
    --------
    Groups : Restricts it to some of the arrays of a model.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        \theta_t       &= \max(0, \bar{\theta}_t)

    References
    ----------
    .. [1] A. A. Goldstein, "Convex programming in Hilbert space", Bulletin of the American
       Mathematical Society 70, 1964 (there for any convex set).
       doi:10.1090/S0002-9904-1964-11178-2.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, NonNegative
    >>> optimizer = NonNegative(GradientDescent(lr=1.0))
    >>> theta = np.array([1.0, 1.0])
    >>> optimizer.update(theta, np.array([3.0, 0.25]), optimizer.init(theta))[0]
    array([0.  , 0.75])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"\bar{\theta}_t", "after", "step", "parameters after the step of the wrapped optimizer"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "goldstein1964"
    _moves_theta: ClassVar[bool] = True

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _ = self._operands(theta, g, state)
        after, state = self.optimizer.update(theta, g, state, **extra)
        theta = np.maximum(0, after)
        return theta, state
