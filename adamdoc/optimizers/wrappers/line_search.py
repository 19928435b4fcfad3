"""Wrappers that search for the length of a step."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.arrays import total
from adamdoc.optimizers.base import Hyperparameter, Params, State
from adamdoc.optimizers.search import Line, Trial, backtrack, strong_wolfe, zoom
from adamdoc.optimizers.wrappers.wrapper import Wrapper, layers, needs

_FAST = Symbol(
    r"\bar{\theta}_t", "fast", "step", "parameters after the step of the wrapped optimizer"
)
_STEP = Symbol(r"p_t", "whole", "step", "step of the wrapped optimizer")
_LENGTH = Symbol(r"\alpha_t", "length", "step", "length that the search finds", shape="number")
_TRIES = Symbol(r"k", "tries", "hyperparameter", "number of lengths to try", "positive integer")
_C1 = Symbol(
    r"c_1", "c1", "hyperparameter", "share of the promised decrease that is asked for", "[0, 1)"
)


@dataclass(frozen=True)
class StrongWolfe(Wrapper):
    r"""Searches along each step for a length at which the loss is low and its slope flat.

    Use it around `LBFGS` or another method whose steps go downhill, on a loss without noise. Then
    no learning rate is needed, and every step lowers the loss. It costs an evaluation of the loss
    and its gradient for each length that is tried; most steps need one. `minimize` and `train`
    provide both as functions.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap. Its own step is the first length that is tried.
    c1 : float, default 1e-4
        Share of the promised decrease that is asked for, at least 0 and less than 1.
    c2 : float, default 0.9
        Share of the slope that may be left, greater than ``c1`` and less than 1. For quasi-Newton
        methods 0.9 is usual, for nonlinear conjugate gradients 0.1.
    tries : int, default 25
        Number of lengths to try after the first one, at least 1.

    See Also
    --------
    LBFGS : The method around which it is used most.
    Backtracking : Needs no gradients, but may take steps that are too short.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        p_t            &= \bar{\theta}_t - \theta_{t-1} \\
        \alpha_t       &= \mathrm{search}(p_t, c_1, c_2, k) \\
        \theta_t       &= \theta_{t-1} + \alpha_t p_t

    where the search finds a length at which the strong Wolfe conditions hold:
    :math:`f_t(\theta_t) \le f_t(\theta_{t-1}) + c_1 \alpha_t \langle g_t, p_t \rangle` and
    :math:`\lvert \langle \nabla f_t(\theta_t), p_t \rangle \rvert \le - c_2 \langle g_t, p_t
    \rangle`. If the step does not go downhill, the length is 0; if none of the lengths tried meets
    the conditions, it is the one with the lowest loss. The search itself is
    ``strong_wolfe`` in ``adamdoc.optimizers.search``, which takes the decisions that PyTorch takes.

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, "Numerical optimization", 2nd edition, Springer 2006,
       Eq. 3.7 and Algorithms 3.5 and 3.6.

    Examples
    --------
    Gradient descent with a learning rate that is a thousand times too large:

    >>> import numpy as np
    >>> from adamdoc import GradientDescent, Ravine, StrongWolfe, minimize
    >>> run = minimize(Ravine(), StrongWolfe(GradientDescent(lr=100.0)), steps=10)
    >>> bool((np.diff(run.losses) < 0).all())
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        _FAST,
        _STEP,
        _LENGTH,
        _C1,
        Symbol(r"c_2", "c2", "hyperparameter", "share of the slope that may be left", "[0, 1)"),
        _TRIES,
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "nocedal2006"
    functions: ClassVar[tuple[str, ...]] = ("search",)
    scope: ClassVar[str] = "model"
    takes_gradient: ClassVar[bool] = True
    takes_loss: ClassVar[bool] = True
    takes_objective: ClassVar[bool] = True
    _moves_theta: ClassVar[bool] = True

    c1: Hyperparameter = 1e-4
    c2: Hyperparameter = 0.9
    tries: Hyperparameter = 25

    def update(
        self,
        theta: Params,
        g: Params,
        state: State,
        loss: float | None = None,
        gradient: Callable[[Any], Params] | None = None,
        objective: Callable[[Any], float] | None = None,
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
        loss : float
            The loss at `theta`.
        gradient, objective : callable
            The gradient and the loss as functions of the parameters, on the mini-batch of `g`. They
            get read-only arrays.
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
            If ``loss``, ``gradient`` or ``objective`` is missing.
        """
        given = {"loss": loss, "gradient": gradient, "objective": objective}
        _check_given(self, given)
        theta, g, _, c1, c2, tries = self._operands(theta, g, state)
        fast, state = _inner_step(self, theta, g, state, given, extra)
        whole = fast - theta
        length = self.search(theta, g, given, whole, c1, c2, tries)
        theta = theta + length * whole
        return theta, state

    def search(
        self, theta: Any, g: Any, given: dict[str, Any], whole: Any, c1: Any, c2: Any, tries: Any
    ) -> float:
        """Return the length that the search finds along a step."""
        start = Trial(0.0, float(given["loss"]), total(g * whole))
        if not start.slope < 0:
            return 0.0
        line = _line(theta, given, whole)
        return strong_wolfe(line, start, float(c1), float(c2), int(tries), arrays.largest(whole))


@dataclass(frozen=True)
class ZoomLineSearch(StrongWolfe):
    r"""Searches as `StrongWolfe` does, with the decisions of Optax.

    The conditions are those of the textbook, and so are the two phases, but `StrongWolfe` extends
    the interval by a cubic and Optax by a factor, and inside they interpolate otherwise. So both
    find lengths of the same quality, though not the same ones. Optax also takes a length that
    rounding keeps from lowering the loss, if the slope there has risen far enough, and it searches
    along steps that go uphill, too. It is the default search of ``optax.lbfgs``.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap. Its own step is the first length that is tried.
    c1 : float, default 1e-4
        Share of the promised decrease that is asked for, at least 0 and less than 1.
    c2 : float, default 0.9
        Share of the slope that may be left, greater than ``c1`` and less than 1.
    tries : int, default 20
        Number of lengths to try, at least 1.
    growth : float, default 2.0
        Factor between the lengths that are tried until an interval is found, at least 1.
    slack : float, default 1e-6
        Share of the loss by which it may rise where the slope takes the place of the decrease, at
        least 0.
    width : float, default 1e-5
        Width of the interval, in units of the step, at which the search settles for a length with a
        sufficient decrease, at least 0.

    See Also
    --------
    StrongWolfe : With the decisions of PyTorch.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        p_t            &= \bar{\theta}_t - \theta_{t-1} \\
        \alpha_t       &= \mathrm{search}(p_t, c_1, c_2, k, \omega, \delta, w) \\
        \theta_t       &= \theta_{t-1} + \alpha_t p_t

    where the search finds a length at which the strong Wolfe conditions hold (see `StrongWolfe`).
    In place of the first one, these two may hold:
    :math:`\langle \nabla f_t(\theta_t), p_t \rangle \le (2 c_1 - 1) \langle g_t, p_t \rangle` and
    :math:`f_t(\theta_t) \le f_t(\theta_{t-1}) + \delta \lvert f_t(\theta_{t-1}) \rvert`. The search
    itself is ``zoom`` in ``adamdoc.optimizers.search``.

    References
    ----------
    .. [1] J. Nocedal and S. J. Wright, "Numerical optimization", 2nd edition, Springer 2006,
       Eq. 3.7 and Algorithms 3.5 and 3.6.
    .. [2] W. W. Hager and H. Zhang, "Algorithm 851: CG_DESCENT, a conjugate gradient method with
       guaranteed descent", ACM Transactions on Mathematical Software 32(1), 2006, Eqs. 23, 26 and
       27 (the decrease near a minimum). doi:10.1145/1132973.1132979.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, Ravine, ZoomLineSearch, minimize
    >>> run = minimize(Ravine(), ZoomLineSearch(GradientDescent(lr=100.0)), steps=10)
    >>> bool((np.diff(run.losses) < 0).all())
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *StrongWolfe.symbols,
        Symbol(r"\omega", "growth", "hyperparameter", "factor from length to length", "at least 1"),
        Symbol(
            r"\delta",
            "slack",
            "hyperparameter",
            "share of the loss by which it may rise",
            "nonnegative",
            negligible=True,
        ),
        Symbol(
            r"w",
            "width",
            "hyperparameter",
            "width of the interval at which the search ends",
            "nonnegative",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("StrongWolfe",)

    tries: Hyperparameter = 20
    growth: Hyperparameter = 2.0
    slack: Hyperparameter = 1e-6
    width: Hyperparameter = 1e-5

    def update(
        self,
        theta: Params,
        g: Params,
        state: State,
        loss: float | None = None,
        gradient: Callable[[Any], Params] | None = None,
        objective: Callable[[Any], float] | None = None,
        **extra: Any,
    ) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `StrongWolfe.update`)."""
        given = {"loss": loss, "gradient": gradient, "objective": objective}
        _check_given(self, given)
        theta, g, _, c1, c2, tries, growth, slack, width = self._operands(theta, g, state)
        fast, state = _inner_step(self, theta, g, state, given, extra)
        whole = fast - theta
        length = self.search(theta, g, given, whole, c1, c2, tries, growth, slack, width)
        theta = theta + length * whole
        return theta, state

    def search(self, theta: Any, g: Any, given: dict[str, Any], whole: Any, *numbers: Any) -> float:
        """Return the length that the search finds along a step."""
        c1, c2, tries, *others = numbers
        start = Trial(0.0, float(given["loss"]), total(g * whole))
        line = _line(theta, given, whole)
        return zoom(line, start, float(c1), float(c2), int(tries), *map(float, others))


@dataclass(frozen=True)
class Backtracking(Wrapper):
    r"""Shortens each step until the loss has become low enough.

    Use it around a method whose steps go downhill, on a loss without noise: around
    `GradientDescent` it replaces the tuning of the learning rate. The first length to try is a
    little longer than the last one, so that the length adapts. It costs one evaluation of the loss
    for each length that is tried. `minimize` and `train` provide it as a function.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    c1 : float, default 1e-4
        Share of the promised decrease that is asked for, at least 0 and less than 1.
    factor : float, default 0.8
        Factor by which a length that is too long is multiplied, at least 0 and less than 1.
    growth : float, default 1.5
        Factor of the last length in the first one to try, at least 1.
    longest : float, default 1.0
        Upper bound of the length, greater than 0, in units of the step of the wrapped optimizer.
    tries : int, default 30
        Number of lengths to try after the first one, at least 1.

    See Also
    --------
    StrongWolfe : Also asks for a flat slope, which `LBFGS` needs for its pairs.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        p_t            &= \bar{\theta}_t - \theta_{t-1} \\
        a_t            &= \min(\omega \alpha_{t-1}, \alpha_\text{max}) \\
        j_t            &= \mathrm{search}(p_t, a_t, \rho, c_1, k) \\
        \alpha_t       &= a_t \rho^{j_t} \\
        \theta_t       &= \theta_{t-1} + \alpha_t p_t

    with :math:`\alpha_0 = 1`, where :math:`j_t` is the smallest number up to :math:`k` at which the
    loss is low enough (Armijo's condition): :math:`f_t(\theta_t) \le f_t(\theta_{t-1}) + c_1
    \alpha_t \langle g_t, p_t \rangle`. If there is none, it is :math:`k`, or infinite if the loss
    there is not a finite number. The search itself is ``backtrack`` in
    ``adamdoc.optimizers.search``.

    References
    ----------
    .. [1] L. Armijo, "Minimization of functions having Lipschitz continuous first partial
       derivatives", Pacific Journal of Mathematics 16(1), 1966. doi:10.2140/pjm.1966.16.1.
    .. [2] J. Nocedal and S. J. Wright, "Numerical optimization", 2nd edition, Springer 2006,
       Algorithm 3.1.

    Examples
    --------
    Gradient descent that finds its own learning rate:

    >>> from adamdoc import Backtracking, GradientDescent, Ravine, minimize
    >>> run = minimize(Ravine(), Backtracking(GradientDescent(lr=1.0)), steps=50, record_state=True)
    >>> bool(run.losses[-1] < 1e-2 and run.states["length"][-1] < 0.5)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        _FAST,
        _STEP,
        Symbol(r"a_t", "first", "step", "length to try first", shape="number"),
        Symbol(r"j_t", "times", "step", "how often it is shortened", shape="number"),
        Symbol(
            r"\alpha_t",
            "length",
            "state",
            "length of the step",
            rule="nonnegative",
            start="1",
            shape="number",
        ),
        _C1,
        Symbol(r"\rho", "factor", "hyperparameter", "factor of a length too long", "[0, 1)"),
        Symbol(r"\omega", "growth", "hyperparameter", "growth of the first length", "at least 1"),
        Symbol(r"\alpha_\text{max}", "longest", "hyperparameter", "largest length", "positive"),
        _TRIES,
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "armijo1966"
    functions: ClassVar[tuple[str, ...]] = ("search",)
    scope: ClassVar[str] = "model"
    takes_loss: ClassVar[bool] = True
    takes_objective: ClassVar[bool] = True
    _moves_theta: ClassVar[bool] = True

    c1: Hyperparameter = 1e-4
    factor: Hyperparameter = 0.8
    growth: Hyperparameter = 1.5
    longest: Hyperparameter = 1.0
    tries: Hyperparameter = 30

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        number = arrays.scalar_type(arrays.floats("theta", theta))
        return self._with(self.optimizer.init(theta), length=number(1))

    def update(
        self,
        theta: Params,
        g: Params,
        state: State,
        loss: float | None = None,
        objective: Callable[[Any], float] | None = None,
        **extra: Any,
    ) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `StrongWolfe.update`)."""
        given = {"loss": loss, "objective": objective}
        _check_given(self, given)
        theta, g, _, c1, factor, growth, longest, tries = self._operands(theta, g, state)
        number = arrays.scalar_type(theta)
        last, inside = self._parted(state, "length")
        fast, inside = _inner_step(self, theta, g, inside, given, extra)
        whole = fast - theta
        first = min(growth * float(last), longest)
        times = self.search(theta, g, given, whole, first, factor, c1, tries)
        length = first * factor**times
        theta = theta + length * whole
        return theta, {**inside, "length": number(length)}

    def search(
        self,
        theta: Any,
        g: Any,
        given: dict[str, Any],
        whole: Any,
        first: Any,
        factor: Any,
        c1: Any,
        tries: Any,
    ) -> float:
        """Return how often the first length is shortened."""
        start = Trial(0.0, float(given["loss"]), total(g * whole))
        objective = arrays.guarded("objective", given["objective"])
        return backtrack(
            lambda length: float(objective(theta + length * whole)),
            *(start, float(first), float(factor), float(c1), int(tries)),
        )


def _line(theta: Any, given: Mapping[str, Any], whole: Any) -> Line:
    """Return the loss and its slope along a step as a function of the length."""
    objective, gradient = (arrays.guarded(n, given[n]) for n in ("objective", "gradient"))

    def line(length: float) -> tuple[float, float]:
        point = theta + length * whole
        return float(objective(point)), total(gradient(point) * whole)

    return line


def search_of(optimizer: Any, theta: Any, g: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the search of an optimizer, wrapped or not, by the name that equations have for it.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    theta, g : ndarray or Arrays
        The parameters and the gradient there.
    given : mapping
        ``loss``, ``gradient`` and ``objective``, as `update` gets them.

    Returns
    -------
    dict
        The function of a step and of the hyperparameters as ``search``, if there is one.
    """
    found = [layer for layer in layers(optimizer) if layer.takes_objective]
    return {"search": functools.partial(found[0].search, theta, g, given)} if found else {}


def _inner_step(
    wrapper: Wrapper, theta: Any, g: Any, state: State, given: dict[str, Any], extra: dict[str, Any]
) -> tuple[Any, State]:
    """Return the parameters and the state after the step of the wrapped optimizer."""
    needed = needs(wrapper.optimizer, int(state["t"]) + 1)
    own = {name: value for name, value in given.items() if name in needed}
    return wrapper.optimizer.update(theta, g, state, **extra, **own)


def _check_given(wrapper: Wrapper, given: dict[str, Any]) -> None:
    """Raise an error unless the loss is a number, and the others are functions."""
    for name, value in given.items():
        number = isinstance(value, (int, float, np.number, np.ndarray)) and np.size(value) == 1
        if not (number if name == "loss" else callable(value)):
            kind = "a number" if name == "loss" else "a function of the parameters"
            raise TypeError(
                f"{name} must be {kind}, because {type(wrapper).__name__} searches along the step, "
                f"got {value!r}: pass update(theta, g, state, {name}=...)"
            )
