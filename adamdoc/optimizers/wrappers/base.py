"""What all wrappers share: an optimizer inside, whose gradient or step they change."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from adamdoc.checks import Array
from adamdoc.optimizers.base import LearningRate, Optimizer, State
from adamdoc.optimizers.methods.gradient_descent import GradientDescent


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """Base of the wrappers, which change the gradient or the step of an optimizer inside.

    Wrappers can be nested. The state is that of the optimizer inside, with what a wrapper keeps
    beside it. What `update` is given besides, such as the curvature for `Sophia`, goes inside.

    Parameters
    ----------
    optimizer : Optimizer
        What is wrapped.

    Raises
    ------
    TypeError
        If `optimizer` is no optimizer.

    Examples
    --------
    >>> from adamdoc import Adam, ClipByValue, DecoupledDecay
    >>> ClipByValue(DecoupledDecay(Adam(lr=0.1), 0.01), 1.0).lr
    0.1
    """

    elementwise: ClassVar[bool] = False

    optimizer: Optimizer = field(default_factory=GradientDescent)

    def __post_init__(self) -> None:
        """Check what is wrapped, and the hyperparameters."""
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, got {self.optimizer!r}")
        super().__post_init__()

    @property
    def lr(self) -> LearningRate:
        """The learning rate of the optimizer inside."""
        return self.optimizer.lr  # type: ignore[attr-defined]

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self.optimizer.init(theta)


def layers(optimizer: Any) -> list[Any]:
    """Return an optimizer and all that it wraps, from the outside in.

    Examples
    --------
    >>> from adamdoc import Adam, DecoupledDecay, Lookahead
    >>> [type(layer).__name__ for layer in layers(Lookahead(DecoupledDecay(Adam())))]
    ['Lookahead', 'DecoupledDecay', 'Adam']
    """
    found = [optimizer]
    while isinstance(found[-1], Wrapper):
        found.append(found[-1].optimizer)
    return found
