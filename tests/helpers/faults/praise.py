"""Faults for the claims about the praise of Adam."""

from adamdoc.optimizers import AdaGrad, Adam, Nesterov
from faults.updates import adam, backwards, descent, divided

FAULTS = {
    "AdaGrad does not divide": [(AdaGrad, "update", descent())],
    "Adam's rate stays high": [(Adam, "update", adam(divided, rate=0.3))],
    "Nesterov's momentum has the wrong sign": [(Nesterov, "update", backwards)],
}
