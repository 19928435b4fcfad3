"""Sharpness-aware minimization."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper, needs


@dataclass(frozen=True)
class SAM(Wrapper):
    r"""Descends along the gradient at the worst point in a neighbourhood.

    To first order, the gradient points to the worst point within a fixed distance. A second
    gradient is evaluated there, on the same mini-batch, and the wrapped optimizer steps with it.
    Use it to find flat minima, if you can afford two gradients per step. `minimize` and `train`
    provide the second gradient.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    radius : float, default 0.05
        Distance at which the second gradient is evaluated, greater than 0. The paper calls it rho;
        the default is its choice for CIFAR.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \theta_{t-1} + \varrho \frac{g_t}{\lVert g_t \rVert}
                          \text{ if } \lVert g_t \rVert > 0, \text{ otherwise } \theta_{t-1} \\
        \bar{g}_t      &= \nabla f_t(\bar{\theta}_t) \\
        \theta_t       &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    where :math:`f_t` is the loss on the mini-batch of this step, and the norm is that of all
    parameters together.

    References
    ----------
    .. [1] P. Foret, A. Kleiner, H. Mobahi and B. Neyshabur, "Sharpness-aware minimization for
       efficiently improving generalization", ICLR 2021, Algorithm 1 with p = 2. arXiv:2010.01412.

    Examples
    --------
    On the parabola with the gradient 2 x, the second gradient is taken at 1.5:

    >>> import numpy as np
    >>> from adamdoc import SAM, GradientDescent
    >>> optimizer = SAM(GradientDescent(lr=0.1), radius=0.5)
    >>> theta = np.array([1.0])
    >>> state = optimizer.init(theta)
    >>> optimizer.update(theta, 2 * theta, state, gradient=lambda x: 2 * x)[0]
    array([0.7])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"\bar{\theta}_t", "worst", "step", "point at which the second gradient is evaluated"
        ),
        Symbol(
            r"\bar{g}_t", "second", "step", "gradient at the second point, on the same mini-batch"
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "foret2021"

    scope: ClassVar[str] = "model"
    takes_gradient: ClassVar[bool] = True

    radius: Hyperparameter = 0.05

    def update(
        self,
        theta: Params,
        g: Params,
        state: State,
        gradient: Callable[[Any], Params] | None = None,
        **extra: Any,
    ) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`).

        Parameters
        ----------
        theta : array_like or mapping of str to array_like
            The parameters.
        g : array_like or mapping of str to array_like
            The gradient at `theta`.
        state : dict
            The state returned by `init` or by the previous `update`.
        gradient : callable
            The gradient as a function of the parameters, on the mini-batch of `g`. It gets
            read-only arrays.
        **extra
            Further arguments for the wrapped optimizer.

        Returns
        -------
        theta : ndarray or dict of ndarray
            The new parameters.
        state : dict
            The new state.

        Raises
        ------
        TypeError
            If ``gradient`` is missing.
        ValueError
            If a gradient does not have the shape of `theta`.
        """
        if not callable(gradient):
            raise TypeError(
                "gradient must be a function of the parameters, because SAM takes a second "
                f"gradient, got {gradient!r}: pass update(theta, g, state, gradient=...)"
            )
        theta, g, _, radius = self._operands(theta, g, state)
        norm = arrays.norm(g)
        worst = theta + radius * (g / norm) if norm > 0 else theta
        if "gradient" in needs(self.optimizer):
            extra["gradient"] = gradient
        second = arrays.guarded("gradient", gradient)(worst)
        theta, state = self.optimizer.update(theta, second, state, **extra)
        return theta, state
