"""The base class of all wrappers, which modify the gradient or the step of another optimizer."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

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

    optimizer: Optimizer = field(default_factory=GradientDescent)

    def __post_init__(self) -> None:
        """Check the wrapped optimizer and the hyperparameters."""
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, got {self.optimizer!r}")
        super().__post_init__()

    def inside(self) -> list[Optimizer]:
        """Return the optimizers that this one contains."""
        return [self.optimizer]

    @property
    def lr(self) -> Hyperparameter:
        """The learning rate of the wrapped optimizer."""
        return self.optimizer.lr  # type: ignore[attr-defined]

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self.optimizer.init(theta)

    def point(self, theta: Params, state: State) -> Params:
        """Return the point of the wrapped optimizer (see `Optimizer.point`)."""
        return self.optimizer.point(theta, state)


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
