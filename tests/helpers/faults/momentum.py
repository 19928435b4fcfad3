"""Faults for the claims about momentum."""

from adamdoc.optimizers import HeavyBall, Momentum, Nesterov
from faults.updates import as_heavy_ball, descent, summing

FAULTS = {
    "heavy ball without momentum": [(HeavyBall, "update", descent())],
    "momentum is summed": [(Momentum, "update", summing)],
    "Nesterov does not look ahead": [(Nesterov, "update", as_heavy_ball)],
}
