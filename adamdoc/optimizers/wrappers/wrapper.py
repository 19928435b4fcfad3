"""The base class of all wrappers, which modify the gradient or the step of another optimizer."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State
from adamdoc.optimizers.methods.gradient_descent import GradientDescent


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """Base class of the wrappers, which modify the gradient or the step of another optimizer.

    Wrappers can be nested. The state is that of the wrapped optimizer plus the wrapper's own
    entries. Further arguments of `update`, such as the curvature for `Sophia`, are passed on. A
    wrapper gets the arrays of a model together, whatever its scope, so that the optimizer inside
    may need them all.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer.

    Examples
    --------
    >>> from adamdoc import Adam, ClipByValue, DecoupledDecay
    >>> ClipByValue(DecoupledDecay(Adam(lr=0.1), 0.01), 1.0).lr
    0.1
    """

    elementwise: ClassVar[bool] = False
    _whole: ClassVar[bool] = True
    _moves_theta: ClassVar[bool] = False  # change the parameters before or after the step
    _rests: ClassVar[bool] = False  # call the wrapped optimizer at some steps only

    optimizer: Optimizer = field(default_factory=GradientDescent)

    def __post_init__(self) -> None:
        """Check the wrapped optimizer and the hyperparameters."""
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, got {self.optimizer!r}")
        for layer in layers(self.optimizer) if self._moves_theta else ():
            if layer.replaces_theta:
                name, own = type(self).__name__, type(layer).__name__
                raise ValueError(
                    f"optimizer must step from the parameters that it is given, but {own} computes "
                    f"them from its state, so that {name} would have no lasting effect on them, "
                    f"got {self.optimizer!r}"
                )
        super().__post_init__()

    def inside(self) -> list[Optimizer]:
        """Return the optimizers that this one contains."""
        return [self.optimizer]

    @property
    def lr(self) -> Hyperparameter:
        """The learning rate of the wrapped optimizer."""
        return self.optimizer.lr  # type: ignore[attr-defined]

    def rates(self, theta: Params, t: int) -> Any:
        """Return the learning rate at a step: for `Groups`, one for each array.

        Parameters
        ----------
        theta : ndarray or mapping of str to ndarray
            The parameters.
        t : int
            The number of the step, counted from 1.

        Returns
        -------
        float, ndarray or mapping of str to float
            The learning rate.
        """
        return rates_of(self.optimizer, theta, self.inner_step(t))

    def inner_step(self, t: int) -> int:
        """Return the number of the step that the wrapped optimizer takes at step `t`, or next.

        Parameters
        ----------
        t : int
            The number of the step, counted from 1.

        Returns
        -------
        int
            `t` itself, unless the wrapped optimizer rests at some steps.

        Examples
        --------
        >>> from adamdoc import Adam, GradientAccumulation
        >>> [GradientAccumulation(Adam(), steps=2).inner_step(t) for t in (1, 2, 3)]
        [1, 1, 2]
        """
        return t

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self.optimizer.init(theta)

    def point(self, theta: Params, state: State) -> Params:
        """Return the point of the wrapped optimizer (see `Optimizer.point`)."""
        return self.optimizer.point(theta, state)

    def _with(self, inside: State, **own: Any) -> State:
        """Return the state of the wrapped optimizer with the wrapper's own entries."""
        for name in own.keys() & inside.keys():
            raise ValueError(
                f"optimizer must not have a state called {name}, as another {type(self).__name__} "
                f"does, got {self.optimizer!r}"
            )
        return {**inside, **own}

    def _parted(self, state: State, *own: str) -> tuple[Any, ...]:
        """Return the wrapper's own entries of a state, and the state of the wrapped optimizer."""
        inside = {name: value for name, value in state.items() if name not in own}
        entries = (state[name] for name in own)
        return *entries, {**inside, "t": self.inner_step(int(state["t"]) + 1) - 1}


def rates_of(optimizer: Optimizer, theta: Params, t: int) -> Any:
    """Return the learning rate of an optimizer, wrapped or not, at a step (see `Wrapper.rates`)."""
    return optimizer.rates(theta, t) if isinstance(optimizer, Wrapper) else optimizer.lr_at(t)


def layers(optimizer: Any) -> list[Any]:
    """Return an optimizer and those that it contains, from the outside in.

    The optimizers of `Groups` follow one another, each with those inside it, the one of the rest
    last.

    Examples
    --------
    >>> from adamdoc import Adam, DecoupledDecay, Lookahead
    >>> [type(layer).__name__ for layer in layers(Lookahead(DecoupledDecay(Adam())))]
    ['Lookahead', 'DecoupledDecay', 'Adam']
    """
    inside = optimizer.inside() if isinstance(optimizer, Wrapper) else []
    return [optimizer, *(layer for part in inside for layer in layers(part))]


#: What `update` may get besides the gradient: see the flags ``takes_...`` of `Optimizer`.
INPUTS = ("curvature", "gradient", "loss", "noise", "objective")


def needs(optimizer: Any, t: int = 1) -> frozenset[str]:
    """Return the further arguments that an optimizer, wrapped or not, takes at step `t`.

    Examples
    --------
    >>> from adamdoc import SAM, Adam, Lookahead, Sophia
    >>> sorted(needs(SAM(Sophia(steps=10)))), sorted(needs(SAM(Sophia(steps=10)), 2))
    (['curvature', 'gradient'], ['gradient'])
    >>> needs(Lookahead(Adam()))
    frozenset()
    """
    own = {name for name in INPUTS if getattr(optimizer, f"takes_{name}")}
    if isinstance(optimizer, Wrapper):
        step = optimizer.inner_step(t)
        return frozenset(own.union(*(needs(part, step) for part in optimizer.inside())))
    if "curvature" in own and (t - 1) % int(np.max(optimizer.steps)) != 0:
        own.remove("curvature")
    return frozenset(own)
