"""Optax's schedules: functions of the count, which is 0 in the first step of the optimizer.

The count of an optimizer is an int32, for which most schedules compute in float32, even with 64
bits enabled. Given a count in int64, they agree with adamdoc's to the last digits; in an optimizer,
to 5 or 6 digits.
"""

from itertools import accumulate
from math import ceil
from typing import Any

from adamdoc import checks
from adamdoc.dialects.schedules.rows import ABSENT, member, refuse_if, row, schedule
from adamdoc.schedules import (
    Constant,
    Cosine,
    Exponential,
    Interpolated,
    Linear,
    PiecewiseConstant,
    Polynomial,
    Schedule,
    Sequence,
    WarmUp,
)


def delayed(begin: int, then: Schedule) -> Schedule:
    """Return a schedule after a number of steps with its first value."""
    return Sequence((Constant(then(1)), then), after=(begin,)) if begin > 0 else then


def scaled(init_value: float, boundaries_and_scales: Any) -> dict[float, float]:
    """Return the values that begin at each boundary; a scale multiplies all that come after."""
    values, value = {0.0: init_value}, init_value
    for boundary, scale in sorted((boundaries_and_scales or {}).items()):
        refuse_if(boundary < 0, f"a boundary must be at least 0, got {boundary}")
        value *= checks.number("a scale", scale, "nonnegative")
        values[boundary] = value
    return values


@row("optax.constant_schedule")
def constant_schedule(value: float) -> Schedule:
    """Stay constant."""
    return Constant(value)


@row("optax.linear_schedule")
def linear_schedule(
    init_value: float, end_value: float, transition_steps: float, transition_begin: int = 0
) -> Schedule:
    """Change linearly in transition_steps steps, after transition_begin steps at init_value.

    With transition_steps = 0 it stays at init_value, not at end_value.
    """
    if transition_steps <= 0:
        return Constant(init_value)
    return delayed(transition_begin, Linear(init_value, end_value, transition_steps))


@row("optax.polynomial_schedule")
def polynomial_schedule(
    init_value: float,
    end_value: float,
    power: float,
    transition_steps: float,
    transition_begin: int = 0,
) -> Schedule:
    """Decay in transition_steps steps, after transition_begin steps at init_value.

    With transition_steps = 0 it stays at init_value, not at end_value.
    """
    if transition_steps <= 0:
        return Constant(init_value)
    return delayed(transition_begin, Polynomial(init_value, transition_steps, end_value, power))


@row("optax.exponential_decay")
def exponential_decay(
    init_value: float,
    transition_steps: float,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Schedule:
    """Multiply by decay_rate in transition_steps steps, after transition_begin steps at init_value.

    end_value is a lower bound for a decay_rate below 1, otherwise an upper bound. With decay_rate =
    0 or transition_steps = 0 it stays at init_value.
    """
    if transition_steps <= 0 or decay_rate == 0:
        return Constant(init_value)
    decay = Exponential(init_value, decay_rate, transition_steps, staircase, end_value)
    return delayed(transition_begin, decay)


@row("optax.cosine_decay_schedule")
def cosine_decay_schedule(
    init_value: float, decay_steps: float, alpha: float = 0.0, exponent: float = 1.0
) -> Schedule:
    """Follow a cosine to alpha * init_value, and stay there."""
    return Cosine(init_value, decay_steps, final=alpha * init_value, power=exponent)


@row("optax.piecewise_constant_schedule")
def piecewise_constant_schedule(
    init_value: float,
    boundaries_and_scales: Any = None,
) -> Schedule:
    """Multiply by a scale after each number of steps. Scales accumulate; they are not values."""
    values = scaled(init_value, boundaries_and_scales)
    first = values.pop(0.0)
    return PiecewiseConstant((first, *values.values()), after=tuple(ceil(b) for b in values))


@row("optax.piecewise_interpolate_schedule")
def piecewise_interpolate_schedule(
    interpolate_type: str, init_value: float, boundaries_and_scales: Any = None
) -> Schedule:
    """Interpolate between values at boundaries. Scales accumulate; they are not values."""
    checks.one_of("interpolate_type", interpolate_type, ("linear", "cosine"))
    values = scaled(init_value, boundaries_and_scales)
    return Interpolated(
        tuple(count + 1 for count in values), tuple(values.values()), interpolate_type
    )


@row(
    "optax.linear_onecycle_schedule",
    fault="According to its documentation phase 3 ends at peak_value / final_div_factor; it ends "
    "at that divided by div_factor.",
)
def linear_onecycle_schedule(
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Schedule:
    """Change linearly to peak_value, back to peak_value / div_factor, and further down.

    The final value, peak_value / div_factor / final_div_factor, comes at count transition_steps;
    in PyTorch's OneCycleLR it comes one step earlier.
    """
    refuse_if(transition_steps <= 0, f"Optax refuses transition_steps = {transition_steps}")
    scales = {
        int(pct_start * transition_steps): div_factor,
        int(pct_final * transition_steps): 1 / div_factor,
        transition_steps: 1 / final_div_factor,
    }
    return piecewise_interpolate_schedule("linear", peak_value / div_factor, scales)


@row("optax.cosine_onecycle_schedule")
def cosine_onecycle_schedule(
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Schedule:
    """Follow a cosine up to peak_value, and one down to peak_value / div_factor / final_div_factor.

    The peak is at count pct_start * transition_steps, rounded down, and the end at count
    transition_steps; in PyTorch's OneCycleLR both come one step earlier.
    """
    refuse_if(transition_steps <= 0, f"Optax refuses transition_steps = {transition_steps}")
    scales = {
        int(pct_start * transition_steps): div_factor,
        transition_steps: 1 / (div_factor * final_div_factor),
    }
    return piecewise_interpolate_schedule("cosine", peak_value / div_factor, scales)


@row("optax.warmup_constant_schedule")
def warmup_constant_schedule(init_value: float, peak_value: float, warmup_steps: int) -> Schedule:
    """Warm up linearly to peak_value. With warmup_steps = 0 it stays at init_value instead."""
    if warmup_steps <= 0:
        return Constant(init_value)
    return WarmUp(warmup_steps, Constant(peak_value), start=init_value)


@row("optax.warmup_cosine_decay_schedule")
def warmup_cosine_decay_schedule(
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    decay_steps: float,
    end_value: float = 0.0,
    exponent: float = 1.0,
) -> Schedule:
    """Warm up linearly to peak_value, then follow a cosine to end_value.

    decay_steps includes the warm-up; in Keras it does not. end_value is a value, whereas alpha in
    cosine_decay_schedule is a fraction.
    """
    final = end_value if peak_value else 0.0
    decay = Cosine(peak_value, decay_steps - warmup_steps, final, power=exponent)
    return WarmUp(warmup_steps, decay, start=init_value)


@row("optax.warmup_exponential_decay_schedule")
def warmup_exponential_decay_schedule(
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    transition_steps: float,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Schedule:
    """Warm up linearly to peak_value, then decay as exponential_decay, counted from there.

    With decay_rate = 0 or transition_steps = 0 it stays at peak_value.
    """
    decay = exponential_decay(
        peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value
    )
    if warmup_steps == 0:
        return decay
    return Sequence((Linear(init_value, peak_value, warmup_steps), decay), after=(warmup_steps,))


@row("optax.sgdr_schedule")
def sgdr_schedule(cosine_kwargs: Any) -> Schedule:
    """Use one warmup_cosine_decay_schedule after the other, each for its decay_steps."""
    parts = tuple(schedule("optax.warmup_cosine_decay_schedule", kw) for kw in cosine_kwargs)
    lengths = [kw["decay_steps"] for kw in cosine_kwargs]
    return Sequence(parts, after=tuple(accumulate(lengths[:-1])))


@row("optax.join_schedules")
def join_schedules(schedules: Any, boundaries: Any) -> Schedule:
    """Use one schedule after the other, each counting from 0 after its boundary."""
    return Sequence(tuple(member(entry) for entry in schedules), after=tuple(boundaries))


ABSENT |= {
    "optax.inject_hyperparams": "it passes schedules on to an optimizer: give each hyperparameter "
    "of the adamdoc optimizer its schedule",
    "optax.contrib.reduce_on_plateau": "it depends on the losses, a schedule only on the step",
}
