"""The learning rate schedules of other libraries, and adamdoc's with the same values."""

from adamdoc.dialects.schedules import keras, optax, torch, transformers
from adamdoc.dialects.schedules.rows import ABSENT, ROWS, ScheduleRow, lookup, schedule

__all__ = [
    "ABSENT",
    "ROWS",
    "ScheduleRow",
    "keras",
    "lookup",
    "optax",
    "schedule",
    "torch",
    "transformers",
]
