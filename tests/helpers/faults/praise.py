"""Faults for the claims about the praise of Adam."""

from adamdoc.optimizers import Adam, Nesterov
from faults.updates import adam, backwards, divided

FAULTS = {
    "Adam does not average": [(Adam, "update", adam(divided, averages=False))],
    "Nesterov's momentum has the wrong sign": [(Nesterov, "update", backwards)],
}
