"""The schedules of transformers: PyTorch schedulers, whose first step has count 0.

They multiply the learning rate that the optimizer was given, which is `lr` here. Warm-ups start at
0, so the first step of the optimizer does nothing.
"""

from typing import Any

from adamdoc import checks
from adamdoc.dialects.schedules.rows import ABSENT, ROWS, Result, refuse_if, row, schedule
from adamdoc.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Interpolated,
    InverseSqrt,
    Linear,
    Polynomial,
    Schedule,
    Sequence,
    WarmUp,
)

PREFIX = "transformers."


@row(f"{PREFIX}get_constant_schedule")
def constant(lr: float, /) -> Schedule:
    """Stay at lr."""
    return Constant(lr)


@row(f"{PREFIX}get_constant_schedule_with_warmup")
def warmup_constant(lr: float, /, num_warmup_steps: int) -> Schedule:
    """Warm up linearly from 0 to lr, and stay there."""
    return WarmUp(num_warmup_steps, Constant(lr), start=0.0)


@row(f"{PREFIX}get_linear_schedule_with_warmup")
def warmup_linear(lr: float, /, num_warmup_steps: int, num_training_steps: int) -> Schedule:
    """Warm up linearly from 0 to lr, then decay linearly to 0 at num_training_steps."""
    left = num_training_steps - num_warmup_steps
    if left < 1:
        up = Linear(0.0, lr, max(num_warmup_steps, 1))
        return Sequence((up, Constant(0.0)), after=(num_warmup_steps,))
    return WarmUp(num_warmup_steps, Linear(lr, 0.0, left), start=0.0)


@row(f"{PREFIX}get_cosine_schedule_with_warmup")
def warmup_cosine(
    lr: float,
    /,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
) -> Schedule:
    """Warm up linearly from 0 to lr, then follow num_cycles periods of a cosine, by default half.

    num_training_steps includes the warm-up. After it the cosine goes on, by default back up.
    """
    length = max(1, num_training_steps - num_warmup_steps) / (2 * num_cycles)
    return WarmUp(num_warmup_steps, Cosine(lr, length, periodic=True), start=0.0)


@row(f"{PREFIX}get_cosine_with_hard_restarts_schedule_with_warmup")
def warmup_restarts(
    lr: float,
    /,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: int = 1,
) -> Schedule:
    """Warm up linearly from 0 to lr, then decay num_cycles times along a cosine to 0.

    num_training_steps includes the warm-up; after it the learning rate is 0.
    """
    left = max(1, num_training_steps - num_warmup_steps)
    decay = Sequence((CosineRestarts(lr, left / num_cycles), Constant(0.0)), after=(left,))
    return WarmUp(num_warmup_steps, decay, start=0.0)


@row(f"{PREFIX}get_polynomial_decay_schedule_with_warmup")
def warmup_polynomial(
    lr: float,
    /,
    num_warmup_steps: int,
    num_training_steps: int,
    lr_end: float = 1e-7,
    power: float = 1.0,
) -> Schedule:
    """Warm up linearly from 0 to lr, then decay to lr_end.

    lr_end is a learning rate, not a fraction. num_training_steps includes the warm-up.
    """
    refuse_if(lr <= lr_end, f"transformers refuses lr_end = {lr_end} where lr = {lr}")
    decay = Polynomial(lr, num_training_steps - num_warmup_steps, lr_end, power)
    return WarmUp(num_warmup_steps, decay, start=0.0)


@row(f"{PREFIX}get_inverse_sqrt_schedule")
def inverse_sqrt(lr: float, /, num_warmup_steps: int, timescale: float | None = None) -> Schedule:
    """Warm up linearly from 0 to lr, then decay with the inverse square root of the step.

    timescale is num_warmup_steps by default, or 10,000 without a warm-up.
    """
    decay = InverseSqrt(lr, scale=timescale or num_warmup_steps or 10_000)
    return WarmUp(num_warmup_steps, decay, start=0.0)


def least(lr: float, min_lr: float | None, min_lr_rate: float | None) -> float:
    """Return the final learning rate, which is given by itself or as a fraction of the first."""
    refuse_if((min_lr is None) == (min_lr_rate is None), "give one of min_lr and min_lr_rate")
    return lr * (min_lr_rate or 0.0) if min_lr is None else min_lr


@row(f"{PREFIX}get_cosine_with_min_lr_schedule_with_warmup")
def warmup_cosine_min(
    lr: float,
    /,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
) -> Schedule:
    """Warm up linearly from 0 to lr, then follow a cosine whose minimum is min_lr.

    num_training_steps includes the warm-up. After it the cosine goes on, by default back up.
    """
    length = max(1, num_training_steps - num_warmup_steps) / (2 * num_cycles)
    decay = Cosine(lr, length, least(lr, min_lr, min_lr_rate), periodic=True)
    return WarmUp(num_warmup_steps, decay, start=0.0)


@row(f"{PREFIX}get_cosine_with_min_lr_schedule_with_warmup_lr_rate")
def warmup_cosine_min_rate(
    lr: float,
    /,
    num_warmup_steps: int,
    num_training_steps: int,
    num_cycles: float = 0.5,
    min_lr: float | None = None,
    min_lr_rate: float | None = None,
    warmup_lr_rate: float | None = None,
) -> Schedule:
    """Warm up from warmup_lr_rate * lr, by default lr / num_warmup_steps, then follow a cosine.

    The warm-up reaches lr in its last step, so that all comes one step earlier than in the other
    schedules.
    """
    shortest = 1 if warmup_lr_rate is None else 2
    refuse_if(num_warmup_steps < shortest, "the cosine then starts at its second value")
    length = max(1, num_training_steps - num_warmup_steps) / (2 * num_cycles)
    decay = Cosine(lr, length, least(lr, min_lr, min_lr_rate), periodic=True)
    start = None if warmup_lr_rate is None else warmup_lr_rate * lr
    return WarmUp(num_warmup_steps - 1, decay, start)


@row(f"{PREFIX}get_wsd_schedule")
def warmup_stable_decay(
    lr: float,
    /,
    num_warmup_steps: int,
    num_decay_steps: int,
    num_training_steps: int | None = None,
    num_stable_steps: int | None = None,
    warmup_type: str = "linear",
    decay_type: str = "cosine",
    min_lr_ratio: float = 0.0,
    num_cycles: float = 0.5,
) -> Schedule:
    """Warm up from min_lr_ratio * lr to lr, stay there, and decay back in num_decay_steps steps.

    The shape "1-sqrt" falls fast at first; in the warm-up it rises fast at the end.
    """
    shapes = {"linear": "linear", "cosine": "cosine", "1-sqrt": "sqrt"}
    checks.one_of("warmup_type", warmup_type, shapes)
    shape = shapes[checks.one_of("decay_type", decay_type, shapes)]
    if num_stable_steps is None:
        refuse_if(num_training_steps is None, "give num_training_steps or num_stable_steps")
        num_stable_steps = (num_training_steps or 0) - num_warmup_steps - num_decay_steps
    low = min_lr_ratio * lr
    ends = num_warmup_steps, num_warmup_steps + num_stable_steps
    if warmup_type == "1-sqrt":
        up: Schedule = Polynomial(low, max(num_warmup_steps, 1), lr, power=0.5)
    else:
        up = Interpolated((1, 1 + max(num_warmup_steps, 1)), (low, lr), warmup_type)
    down: Schedule = Interpolated((1, 1 + max(num_decay_steps, 1)), (lr, low), shape)
    if decay_type == "cosine":
        down = Cosine(lr, max(num_decay_steps, 1) / (2 * num_cycles), low, periodic=True)
    after = (*ends, ends[1] + num_decay_steps)
    return Sequence((up, Constant(lr), down, Constant(low)), after)


#: The names that ``get_scheduler`` and the argument ``lr_scheduler_type`` take.
NAMES = {
    "linear": "get_linear_schedule_with_warmup",
    "cosine": "get_cosine_schedule_with_warmup",
    "cosine_with_restarts": "get_cosine_with_hard_restarts_schedule_with_warmup",
    "polynomial": "get_polynomial_decay_schedule_with_warmup",
    "constant": "get_constant_schedule",
    "constant_with_warmup": "get_constant_schedule_with_warmup",
    "inverse_sqrt": "get_inverse_sqrt_schedule",
    "cosine_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup",
    "cosine_warmup_with_min_lr": "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "warmup_stable_decay": "get_wsd_schedule",
}


@row(f"{PREFIX}get_scheduler")
def get_scheduler(
    lr: float,
    /,
    name: str,
    num_warmup_steps: int | None = None,
    num_training_steps: int | None = None,
    scheduler_specific_kwargs: Any = None,
) -> Result:
    """Use the schedule of a name, as the argument lr_scheduler_type of the Trainer does.

    A number of steps that the schedule does not take is ignored.
    """
    peer = f"{PREFIX}{NAMES[checks.one_of('name', name, NAMES)]}"
    numbers = {"num_warmup_steps": num_warmup_steps, "num_training_steps": num_training_steps}
    known = {n: v for n, v in numbers.items() if v is not None and n in ROWS[peer].parameters}
    return schedule(peer, {**known, **(scheduler_specific_kwargs or {})}, lr=lr)


ABSENT |= {
    f"{PREFIX}get_reduce_on_plateau_schedule": "it depends on the losses",
    f"{PREFIX}get_greedy_schedule": "it depends on the losses",
    f"{PREFIX}get_adafactor_schedule": "it reports the rate that Adafactor chooses",
}
