"""PyTorch's schedulers, with `scheduler.step()` after each `optimizer.step()`.

The first step of the optimizer then has count 0, `last_epoch = 0`. All but `OneCycleLR` and
`CyclicLR` multiply the learning rate that the optimizer was given, which is `lr` here.
"""

from typing import Any

from adamdoc import checks
from adamdoc.dialects.schedules.rows import (
    ABSENT,
    Result,
    lookup,
    member,
    refuse_if,
    row,
)
from adamdoc.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    Linear,
    OneCycle,
    PiecewiseConstant,
    Polynomial,
    Product,
    Schedule,
    Sequence,
    Step,
)

PREFIX = "torch.optim.lr_scheduler."


@row(f"{PREFIX}StepLR")
def step(lr: float, /, step_size: int, gamma: float = 0.1) -> Schedule:
    """Multiply lr by gamma after every step_size steps."""
    return Step(lr, every=step_size, factor=gamma)


@row(f"{PREFIX}MultiStepLR")
def multi_step(lr: float, /, milestones: Any, gamma: float = 0.1) -> Schedule:
    """Multiply lr by gamma after each number of steps in milestones."""
    ends = tuple(sorted(milestones))
    values = tuple(lr * gamma**k for k in range(len(ends) + 1))
    return PiecewiseConstant(values, after=ends)


@row(f"{PREFIX}ConstantLR")
def constant(lr: float, /, factor: float = 1 / 3, total_iters: int = 5) -> Schedule:
    """Multiply lr by factor in the first total_iters steps; the defaults are a third and 5 steps.

    With total_iters = 0 the factor stays forever, because PyTorch only removes it in the step
    after which the count equals total_iters.
    """
    refuse_if(not 0 <= factor <= 1, f"PyTorch refuses a factor of {factor}")
    refuse_if(factor == 0 < total_iters, "PyTorch divides by the factor, which is 0")
    if total_iters <= 0:
        return Constant(lr * factor)
    return PiecewiseConstant((lr * factor, lr), after=(total_iters,))


@row(f"{PREFIX}LinearLR")
def linear(
    lr: float,
    /,
    start_factor: float = 1 / 3,
    end_factor: float = 1.0,
    total_iters: int = 5,
) -> Schedule:
    """Change linearly from start_factor * lr to end_factor * lr, by default from a third to lr.

    start_factor applies to the first step and cannot be 0. With total_iters = 0 it stays forever.
    """
    refuse_if(not 0 < start_factor <= 1, f"PyTorch refuses a start_factor of {start_factor}")
    refuse_if(not 0 <= end_factor <= 1, f"PyTorch refuses an end_factor of {end_factor}")
    if total_iters <= 0:
        return Constant(lr * start_factor)
    return Linear(lr * start_factor, lr * end_factor, total_iters)


@row(f"{PREFIX}ExponentialLR")
def exponential(lr: float, /, gamma: float) -> Schedule:
    """Multiply lr by gamma after every step."""
    return Exponential(lr, gamma)


@row(f"{PREFIX}PolynomialLR")
def polynomial(lr: float, /, total_iters: int = 5, power: float = 1.0) -> Schedule:
    """Decay from lr to 0 in total_iters steps, by default linearly; with 0 steps stay at lr."""
    return Polynomial(lr, total_iters, power=power) if total_iters > 0 else Constant(lr)


@row(f"{PREFIX}CosineAnnealingLR")
def cosine(lr: float, /, T_max: int, eta_min: float = 0.0) -> Schedule:
    """Follow a cosine from lr to eta_min in T_max steps, and then back up.

    eta_min is a learning rate, not a fraction of one. Each value is computed from the last, so
    rounding errors grow after T_max, to about 1e-16 times the square of T_max.
    """
    return Cosine(lr, T_max, final=eta_min, periodic=True)


@row(f"{PREFIX}CosineAnnealingWarmRestarts")
def restarts(lr: float, /, T_0: int, T_mult: int = 1, eta_min: float = 0.0) -> Schedule:
    """Restart the cosine after T_0 steps; each period is T_mult times as long as the one before.

    eta_min is a learning rate, not a fraction of one. Each period starts at lr.
    """
    return CosineRestarts(lr, T_0, growth=T_mult, final=eta_min)


@row(f"{PREFIX}OneCycleLR")
def one_cycle(
    max_lr: float,
    total_steps: int | None = None,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    pct_start: float = 0.3,
    anneal_strategy: str = "cos",
    cycle_momentum: bool = True,
    base_momentum: float = 0.85,
    max_momentum: float = 0.95,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    three_phase: bool = False,
) -> Result:
    """Rise to max_lr in the share pct_start of the steps, then fall.

    In adamdoc's count the peak is at step pct_start * total_steps and the end at step total_steps.
    The optimizer's own lr is not used: the first learning rate is max_lr / div_factor, the last
    that divided by final_div_factor. The momentum, or beta1, moves the other way. After total_steps
    adamdoc's is constant; PyTorch's continues the curve for one step, then scheduler.step() raises
    an error.
    """
    if total_steps is None:
        refuse_if(not epochs or not steps_per_epoch, "give total_steps, or epochs and their length")
        total_steps = (epochs or 0) * (steps_per_epoch or 0)
    shapes = {"cos": "cosine", "linear": "linear"}
    shape = shapes[checks.one_of("anneal_strategy", anneal_strategy, shapes)]
    refuse_if(pct_start * total_steps == 1, "PyTorch divides by pct_start * total_steps - 1 = 0")
    start, top = max_lr / div_factor, max_momentum
    common: dict[str, Any] = {"up": pct_start, "shape": shape, "three_phases": three_phase}
    rate = OneCycle(max_lr, total_steps, start, start / final_div_factor, **common)
    if not cycle_momentum:
        return rate
    return {"lr": rate, "momentum": OneCycle(base_momentum, total_steps, top, top, **common)}


@row(f"{PREFIX}CyclicLR")
def cyclic(
    base_lr: float,
    max_lr: float,
    step_size_up: float = 2000,
    step_size_down: float | None = None,
    mode: str = "triangular",
    gamma: float = 1.0,
    scale_fn: Any = None,
    scale_mode: str = "cycle",
    cycle_momentum: bool = True,
    base_momentum: float = 0.8,
    max_momentum: float = 0.9,
) -> Result:
    """Rise from base_lr to max_lr and fall back. The momentum, or beta1, moves the other way.

    The optimizer's own lr is not used. gamma acts at every step, and only in the mode "exp_range".
    scale_mode only matters with scale_fn, which adamdoc cannot match because it is a function.
    """
    refuse_if(scale_fn is not None, "scale_fn is a function: give the optimizer a function instead")
    checks.one_of("mode", mode, ("triangular", "triangular2", "exp_range"))
    checks.one_of("scale_mode", scale_mode, ("cycle", "iterations"))
    factor = 0.5 if mode == "triangular2" else 1.0
    decay = gamma if mode == "exp_range" else 1.0
    common = step_size_up, step_size_down, factor, decay
    rate = Cyclic(base_lr, max_lr, *common)
    if not cycle_momentum:
        return rate
    return {"lr": rate, "momentum": Cyclic(max_momentum, base_momentum, *common)}


#: The schedulers that multiply the last rate by a factor.
FACTORS = tuple(
    f"{PREFIX}{name}LR"
    for name in (
        *("Step", "MultiStep", "Constant", "Linear"),
        *("Exponential", "Polynomial", "CosineAnnealing"),
    )
)
#: Those that a SequentialLR can start at a milestone.
SINGLE = (*FACTORS, f"{PREFIX}CosineAnnealingWarmRestarts")


@row(f"{PREFIX}SequentialLR")
def sequential(lr: float, /, schedulers: Any, milestones: Any) -> Schedule:
    """Use one scheduler after the other, each counting from 0 after its milestone.

    Each starts from the optimizer's own lr, not from the value at which the last one ended.
    """
    parts = tuple(member(entry, lr) for entry in schedulers)
    for entry in schedulers:
        peer = "" if isinstance(entry, Schedule) else lookup(entry[0]).peer
        refuse_if(peer not in ("", *SINGLE), f"PyTorch does not start {peer} at a milestone")
    return Sequence(parts, after=tuple(milestones))


@row(f"{PREFIX}ChainedScheduler")
def chained(lr: float, /, schedulers: Any) -> Schedule:
    """Multiply the factors of schedulers that step together.

    Schedulers that set the learning rate itself are no factors. CosineAnnealingLR is one with
    eta_min = 0 up to T_max, and after it only if the others have ended at the full learning rate.
    """
    parts = [member(entry, 1.0) for entry in schedulers]
    for entry, part in zip(schedulers, parts, strict=True):
        refuse_if(entry is part, "give each scheduler as a pair of its name and its arguments")
        peer = lookup(entry[0]).peer
        refuse_if(peer not in FACTORS, f"{peer} sets the rate, it does not multiply it")
        if peer == f"{PREFIX}CosineAnnealingLR":
            end = int(entry[1]["T_max"]) + 1
            others = [other for other in parts if other is not part]
            ended = all(other(end) == other(10**9) == 1 for other in others)
            refuse_if(
                entry[1].get("eta_min", 0) != 0 or not ended,
                "CosineAnnealingLR is a factor only with eta_min = 0, and after T_max only if the "
                "others have ended at the full learning rate",
            )
    return Product((Constant(lr), *parts))


ABSENT |= {
    f"{PREFIX}LambdaLR": "it takes a function; give the optimizer lr=lambda t: lr * f(t - 1)",
    f"{PREFIX}MultiplicativeLR": "it multiplies the values of a function; give the "
    "optimizer a function of the step",
    f"{PREFIX}ReduceLROnPlateau": "it depends on the losses, a schedule only on the step",
    "torch.optim.swa_utils.SWALR": "it starts from the learning rate that it finds",
}
