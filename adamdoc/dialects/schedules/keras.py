"""Keras's schedules: functions of the optimizer's `iterations`, which is 0 in its first step.

They compute in Keras's default type, `keras.config.floatx()`. In float32 they agree with adamdoc's
to 5 or 6 digits, in float64 to the last ones.
"""

from typing import Any

from adamdoc.dialects.schedules.rows import ABSENT, refuse_if, row
from adamdoc.schedules import (
    Cosine,
    CosineRestarts,
    Exponential,
    InverseTime,
    PiecewiseConstant,
    Polynomial,
    Schedule,
    WarmUp,
)

PREFIX = "keras.optimizers.schedules."
COSINE = "with JAX, Keras computes the cosine in float32, even where all else is in float64"


@row(f"{PREFIX}ExponentialDecay")
def exponential_decay(
    initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Multiply by decay_rate in decay_steps steps."""
    return Exponential(initial_learning_rate, decay_rate, decay_steps, staircase)


@row(f"{PREFIX}PiecewiseConstantDecay")
def piecewise_constant_decay(boundaries: Any, values: Any) -> Schedule:
    """Use one value after the other.

    The count of a boundary still has the old value: the change comes one step later than with the
    same boundary in Optax, or milestone in PyTorch.
    """
    refuse_if(not boundaries, "Keras needs a boundary")
    return PiecewiseConstant(tuple(values), after=tuple(int(count) + 1 for count in boundaries))


@row(
    f"{PREFIX}PolynomialDecay",
    fault="With JAX and a power below 1, such as 0.5, the rate may be NaN from the end on in a "
    "compiled step, for example with decay_steps = 10 or 1000: the fraction of steps done is "
    "rounded to more than 1, and the power is that of a negative number.",
)
def polynomial_decay(
    initial_learning_rate: float,
    decay_steps: float,
    end_learning_rate: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Schedule:
    """Decay to end_learning_rate, by default 0.0001, in decay_steps steps."""
    return Polynomial(initial_learning_rate, decay_steps, end_learning_rate, power, cycle)


@row(f"{PREFIX}InverseTimeDecay")
def inverse_time_decay(
    initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False
) -> Schedule:
    """Divide by 1 + decay_rate * iterations / decay_steps.

    With decay_steps = 1 that is the argument decay of the optimizers before Keras 3.
    """
    return InverseTime(initial_learning_rate, decay_rate, decay_steps, staircase)


@row(f"{PREFIX}CosineDecay", deviates=COSINE)
def cosine_decay(
    initial_learning_rate: float,
    decay_steps: float,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> Schedule:
    """Warm up linearly to warmup_target, then follow a cosine to alpha * warmup_target.

    decay_steps does not include the warm-up; in Optax it does. Without warmup_target there is no
    warm-up, whatever warmup_steps is, and the cosine starts at initial_learning_rate.
    """
    if warmup_target is None:
        return Cosine(initial_learning_rate, decay_steps, alpha * initial_learning_rate)
    decay = Cosine(warmup_target, decay_steps, alpha * warmup_target)
    return WarmUp(warmup_steps, decay, start=initial_learning_rate)


@row(
    f"{PREFIX}CosineDecayRestarts",
    deviates=COSINE,
    fault="The number of restarts is a logarithm, rounded down. In float32, the default, it may "
    "lie just below the whole number it should be: then a restart comes one step late, and its "
    "count still has the lowest rate. With t_mul = 1.2 the second restart is late.",
)
def cosine_decay_restarts(
    initial_learning_rate: float,
    first_decay_steps: float,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Schedule:
    """Restart the cosine after first_decay_steps steps.

    Each period is t_mul times as long and, above alpha * initial_learning_rate, m_mul times as high
    as the one before.
    """
    refuse_if(t_mul < 1, f"with t_mul = {t_mul} below 1 the periods shrink, in the end to no step")
    return CosineRestarts(
        initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha * initial_learning_rate
    )


ABSENT |= {
    f"{PREFIX}LearningRateSchedule": "it is the base class: give the optimizer "
    "lr=lambda t: f(t - 1), with your schedule as f",
    "keras.callbacks.LearningRateScheduler": "it takes a function of the epoch",
    "keras.callbacks.ReduceLROnPlateau": "it depends on the losses, a schedule only on the step",
}
