"""Schedules of learning rates and of other hyperparameters.

A schedule is any function of the step number t, which starts at 1. Those defined here are frozen
dataclasses, so that they can be compared and printed, and their values may be arrays that
broadcast. A schedule may reach 0: an optimizer accepts a learning rate of 0 from a schedule, and
does not move in such a step.
"""

from adamdoc.schedules.base import Schedule
from adamdoc.schedules.combined import Product, Sequence, WarmUp, WarmupStableDecay
from adamdoc.schedules.curves import Cosine, Interpolated, Linear, Polynomial
from adamdoc.schedules.cycles import CosineRestarts, Cyclic, OneCycle
from adamdoc.schedules.decays import (
    Constant,
    Exponential,
    InverseSqrt,
    InverseTime,
    PiecewiseConstant,
    Step,
)

__all__ = [
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Cyclic",
    "Exponential",
    "Interpolated",
    "InverseSqrt",
    "InverseTime",
    "Linear",
    "OneCycle",
    "PiecewiseConstant",
    "Polynomial",
    "Product",
    "Schedule",
    "Sequence",
    "Step",
    "WarmUp",
    "WarmupStableDecay",
]
