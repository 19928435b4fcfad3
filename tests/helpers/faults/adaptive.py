"""Faults for the claims about adaptive rates."""

from adamdoc.optimizers import AdaGrad, Adam, RMSprop
from adamdoc.papers.kingma2015 import Uncorrected
from faults.updates import descent, forgetting_adagrad

FAULTS = {
    "Adam without bias correction": [(Adam, "update", Uncorrected.__dict__["update"])],
    "AdaGrad forgets": [(AdaGrad, "update", forgetting_adagrad)],
    "AdaGrad does not divide": [(AdaGrad, "update", descent())],
    "RMSprop does not divide": [(RMSprop, "update", descent())],
}
