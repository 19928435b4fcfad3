"""The base class of all wrappers, which modify the gradient or the step of another optimizer."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from adamdoc.checks import Array
from adamdoc.optimizers.base import LearningRate, Optimizer, State
from adamdoc.optimizers.methods.gradient_descent import GradientDescent


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """Base class of the wrappers, which modify the gradient or the step of another optimizer.

    Wrappers can be nested. The state is that of the wrapped optimizer plus the wrapper's own
    entries. Further arguments of `update`, such as the curvature for `Sophia`, are passed on.

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

    optimizer: Optimizer = field(default_factory=GradientDescent)

    def __post_init__(self) -> None:
        """Check the wrapped optimizer and the hyperparameters."""
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"optimizer must be an Optimizer, got {self.optimizer!r}")
        super().__post_init__()

    @property
    def lr(self) -> LearningRate:
        """The learning rate of the wrapped optimizer."""
        return self.optimizer.lr  # type: ignore[attr-defined]

    def init(self, theta: Array) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self.optimizer.init(theta)


def layers(optimizer: Any) -> list[Any]:
    """Return an optimizer and those that it wraps, from the outside in.

    Examples
    --------
    >>> from adamdoc import Adam, DecoupledDecay, Lookahead
    >>> [type(layer).__name__ for layer in layers(Lookahead(DecoupledDecay(Adam())))]
    ['Lookahead', 'DecoupledDecay', 'Adam']
    """
    chain = [optimizer]
    while isinstance(chain[-1], Wrapper):
        chain.append(chain[-1].optimizer)
    return chain
