"""Faults for the claims about the limits of Adam."""

from adamdoc.optimizers import Adam, AMSGrad, CoupledDecay, DecoupledDecay, SignSGD
from faults.updates import adam, amsgrad_without_max, coupled_hundredfold, descent, divided

FAULTS = {
    "Adam takes half steps": [(Adam, "update", adam(divided, factor=0.5))],
    "decoupled decay is coupled": [
        (DecoupledDecay, "update", CoupledDecay.__dict__["update"]),
    ],
    "coupled decay is a hundredfold": [(CoupledDecay, "update", coupled_hundredfold)],
    "AMSGrad without maximum": [(AMSGrad, "update", amsgrad_without_max)],
    "SignSGD without sign": [(SignSGD, "update", descent(factor=1000.0))],
}
