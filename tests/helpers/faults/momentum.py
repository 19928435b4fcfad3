"""Faults for the claims about momentum."""

import numpy as np

from adamdoc.optimizers import HeavyBall, Momentum, Nesterov
from adamdoc.papers import nesterov1983
from faults.updates import as_heavy_ball, averaging, descent, looking_ahead, stopping, summing

FAULTS = {
    "heavy ball without momentum": [(HeavyBall, "update", descent())],
    "heavy ball averages": [(HeavyBall, "update", averaging)],
    "heavy ball looks ahead": [(HeavyBall, "update", looking_ahead)],
    "heavy ball stops at the minimum": [(HeavyBall, "update", stopping)],
    "momentum is summed": [(Momentum, "update", summing)],
    "Nesterov does not look ahead": [(Nesterov, "update", as_heavy_ball)],
    "Nesterov's momentum does not grow": [(nesterov1983, "momenta", np.zeros)],
}
