"""Faults for the claims about the methods after Adam."""

from adamdoc.optimizers import SOAP, AdamW, Lion, Muon, RAdam, ScheduleFreeSGD, Shampoo
from faults.updates import (
    adamw_coupled,
    descent,
    lion_without_sign,
    unrectified,
    without_average,
)

FAULTS = {
    "AdamW's decay is coupled": [(AdamW, "update", adamw_coupled)],
    "Lion without sign": [(Lion, "update", lion_without_sign)],
    "RAdam is Adam": [(RAdam, "update", unrectified)],
    "matrix methods do gradient descent": [
        (cls, "update", descent()) for cls in (Muon, Shampoo, SOAP)
    ],
    "Schedule-Free does not average": [(ScheduleFreeSGD, "update", without_average)],
}
