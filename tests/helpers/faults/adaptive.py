"""Faults for the claims about adaptive rates."""

from adamdoc.optimizers import AdaGrad, Adam, RMSprop
from faults.updates import adam, corrected_m_only, descent, forgetting_adagrad, one_size, shrinking

FAULTS = {
    "Adam corrects only the first moment": [(Adam, "update", corrected_m_only)],
    "Adam takes no root": [(Adam, "update", adam(lambda m, v, eps: m / (v + eps)))],
    "AdaGrad forgets": [(AdaGrad, "update", forgetting_adagrad)],
    "AdaGrad and RMSprop do not divide": [
        (cls, "update", descent(factor=0.1)) for cls in (AdaGrad, RMSprop)
    ],
    "RMSprop does not divide": [(RMSprop, "update", descent())],
    "RMSprop divides all by one size": [(RMSprop, "update", one_size)],
    "adaptive steps are shares of the parameters": [
        (cls, "update", shrinking) for cls in (AdaGrad, RMSprop, Adam)
    ],
}
