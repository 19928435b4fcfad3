"""Faults for the claims about Adam's parts."""

from adamdoc.optimizers import Adam, AdaMax
from faults.updates import adam, divided, doubled_state, forgetting_adamax

FAULTS = {
    "Adam's beta2 acts as beta1": [(Adam, "update", adam(divided, beta2_is_beta1=True))],
    "Adam's v is the last square": [(Adam, "update", adam(divided, forgets=True))],
    "Adam keeps its state in float64": [(Adam, "init", doubled_state)],
    "AdaMax forgets": [(AdaMax, "update", forgetting_adamax)],
}
