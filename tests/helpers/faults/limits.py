"""Faults for the claims about the limits of Adam."""

import numpy as np

from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    AMSGrad,
    CoupledDecay,
    DecoupledDecay,
    RMSprop,
)
from faults.updates import adam, amsgrad_without_max, descent, divided


def remembering(self, theta, g, state):
    """Adam with the mean of all squares."""
    theta, g, t, lr, beta1, _, eps, *_ = self._operands(theta, g, state)
    m = beta1 * state["m"] + (1 - beta1) * g
    total = state["v"] + g**2
    step = m / (1 - beta1**t) / (np.sqrt(total / t) + eps)
    return theta - lr * step, {"t": t, "m": m, "v": total}


def coupled_by_one(self, theta, g, state, **extra):
    theta, g, *_ = self._operands(theta, g, state)
    return self.optimizer.update(theta, g + theta, state, **extra)


FAULTS = {
    "Adam forgets nothing": [(Adam, "update", remembering)],
    "Adam takes half steps": [(Adam, "update", adam(divided, factor=0.5))],
    "adaptive methods do not divide": [
        (cls, "update", descent()) for cls in (AdaGrad, Adam, RMSprop)
    ],
    "decoupled decay is coupled": [
        (DecoupledDecay, "update", CoupledDecay.__dict__["update"]),
    ],
    "coupled decay is always 1": [(CoupledDecay, "update", coupled_by_one)],
    "Adam follows the gradient": [(Adam, "update", descent(factor=300.0))],
    "AMSGrad without maximum": [(AMSGrad, "update", amsgrad_without_max)],
}
