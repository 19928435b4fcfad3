"""Faults for the claims about Adam's parts."""

import numpy as np

from adamdoc.optimizers import Adam, AdaMax
from adamdoc.papers.kingma2015 import Uncorrected
from faults.updates import (
    adam,
    corrected_with_beta1,
    divided,
    doubled_state,
    forgetting_adamax,
    started_at_first,
)

FAULTS = {
    "Adam without bias correction": [(Adam, "update", Uncorrected.__dict__["update"])],
    "Adam's beta2 acts as beta1": [(Adam, "update", adam(divided, beta2_is_beta1=True))],
    "Adam's v is the last square": [(Adam, "update", adam(divided, forgets=True))],
    "Adam's moments start at the first gradient": [(Adam, "update", started_at_first)],
    "Adam corrects both moments with beta1": [(Adam, "update", corrected_with_beta1)],
    "Adam adds eps within the root": [
        (Adam, "update", adam(lambda m, v, eps: m / np.sqrt(v + eps)))
    ],
    "Adam divides by the mean": [(Adam, "update", adam(lambda m, _v, eps: m / (np.abs(m) + eps)))],
    "the uncorrected Adam is corrected": [(Uncorrected, "update", Adam.__dict__["update"])],
    "Adam keeps its state in float64": [(Adam, "init", doubled_state)],
    "AdaMax forgets": [(AdaMax, "update", forgetting_adamax)],
}
