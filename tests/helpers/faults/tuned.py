"""Faults for the claims that compare tuned trainings."""

from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    HeavyBall,
    Lion,
    NAdam,
    Nesterov,
    Optimizer,
    Prodigy,
    RMSprop,
)
from faults.updates import (
    adam,
    backwards,
    descent,
    divided,
    divided_alike,
    divided_by_square,
    signs,
    without_growth,
)


def defaults(method: type[Optimizer], *first: float) -> tuple[object, str, tuple[float, ...]]:
    """Return the patch that puts other values in place of the first defaults of a method."""
    found = method.__init__.__defaults__
    return method.__init__, "__defaults__", (*first, *found[len(first) :])


FAULTS = {
    "Adam is plain SGD": [(Adam, "update", descent())],
    "Adam's default rate is tiny": [defaults(Adam, 1e-6)],
    "Adam's default betas are bad": [defaults(Adam, 0.001, 0.99, 0.1)],
    "all default rates are tiny": [
        defaults(method, 1e-6)
        for method in (Adam, NAdam, RMSprop, AdaGrad, HeavyBall, Nesterov, Lion)
    ],
    "Adam divides by the square": [(Adam, "update", adam(divided_by_square))],
    "Adam divides all by the same": [(Adam, "update", adam(divided_alike))],
    "Adam ignores its rate": [(Adam, "update", adam(divided, rate=0.01))],
    "Adam takes steps of one length": [(Adam, "update", adam(signs, rate=0.1))],
    "heavy ball's momentum has the wrong sign": [(HeavyBall, "update", backwards)],
    "Prodigy does not grow": [(Prodigy, "update", without_growth)],
}
