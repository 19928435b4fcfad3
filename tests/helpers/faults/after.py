"""Faults for the claims about the methods after Adam."""

import numpy as np

from adamdoc.optimizers import SOAP, AdamW, Lion, Muon, ScheduleFreeSGD, Shampoo
from faults.updates import (
    descent,
    lion_without_sign,
    without_average,
)


def decaying_without_rate(self, theta, g, state):
    theta, g, t, lr, beta1, beta2, eps, weight_decay = self._operands(theta, g, state)
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    step = lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return theta - step - 0.01 * weight_decay * theta, {"t": t, "m": m, "v": v}


FAULTS = {
    "AdamW's decay does not depend on lr": [(AdamW, "update", decaying_without_rate)],
    "Lion without sign": [(Lion, "update", lion_without_sign)],
    "matrix methods do gradient descent": [
        (cls, "update", descent()) for cls in (Muon, Shampoo, SOAP)
    ],
    "Schedule-Free does not average": [(ScheduleFreeSGD, "update", without_average)],
}
