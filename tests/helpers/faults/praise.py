"""Faults for the claims about the praise of Adam."""

from adamdoc.optimizers import Adam, Nesterov
from faults.updates import adam, backwards, divided

FAULTS = {
    "Adam's rate stays high": [(Adam, "update", adam(divided, rate=0.3))],
    "Nesterov's momentum has the wrong sign": [(Nesterov, "update", backwards)],
}
