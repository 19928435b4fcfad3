"""Faults for the claims about the praise of Adam."""

from adamdoc.optimizers import Adam
from faults.updates import adam, divided

FAULTS = {
    "Adam does not average": [(Adam, "update", adam(divided, averages=False))],
    "Adam ignores its rate": [(Adam, "update", adam(divided, rate=0.01))],
}
