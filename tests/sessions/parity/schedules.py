"""Hold adamdoc's schedules against those of the libraries, value by value.

Each is made in its library and given to an optimizer of it; the rate, or the momentum, of each of
its steps is held against that of `dialects.schedule` at steps 1, 2 and so on.
"""

import itertools
import math
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import libraries
import numpy as np

from adamdoc import dialects
from adamdoc.dialects.schedules import ROWS, ScheduleRow

STEPS = 400
#: The largest deviation, as a share of the largest value of a schedule.
LIMIT = 1e-12
#: The largest number of cases for each row.
CASES = 60

#: An argument that is left out of a call.
LEFT_OUT = object()
#: What the modules of schedules also have.
NO_SCHEDULES = {
    "torch.optim.lr_scheduler.LRScheduler",
    "optax.inject_stateful_hyperparams",
    "keras.optimizers.schedules.serialize",
    "keras.optimizers.schedules.deserialize",
}
#: What the libraries raise where they refuse a call.
REFUSALS = (ValueError, ZeroDivisionError, IndexError)
#: Reasons for which adamdoc refuses what the library accepts.
ADAMDOC_ONLY = (
    "PyTorch divides by the factor, which is 0",  # in a step that may never come
    "up * steps more than 1, with three_phases",
    "the cosine then starts at its second value",
)
#: Arguments that have no value of their own.
WITHOUT_VALUE = {"optimizer", "last_epoch", "name", "verbose"}
TORCH = "torch.optim.lr_scheduler."
KERAS = "keras.optimizers.schedules."
HUGGING = "transformers."
RATES = [0.1, 3e-4, 1.0]
LENGTHS = [1, 2, 7, 50, 100, 365, 1000]

WARM_COSINE = {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 20, "decay_steps": 150}
SHORT_COSINE = {"init_value": 0.02, "peak_value": 0.05, "warmup_steps": 0, "decay_steps": 50}
#: The values of each argument, of which all combinations, or a sample of them, are tried.
VALUES: dict[str, dict[str, list[Any]]] = {
    f"{TORCH}StepLR": {
        "step_size": [1, 3, 30, 100],
        "gamma": [0.1, 0.5, 0.95, 1.0, 0.0, 1.01],
    },
    f"{TORCH}MultiStepLR": {
        "milestones": [[30, 80], [150, 50], [10, 10, 20], [0, 5], [], [1000]],
        "gamma": [0.1, 0.5, 1.5],
    },
    f"{TORCH}ConstantLR": {"factor": [1 / 3, 0.5, 1.0, 0.0], "total_iters": [5, 0, 1, 100, 1000]},
    f"{TORCH}LinearLR": {
        "start_factor": [1 / 3, 1e-3, 0.1, 1.0, 0.0],
        "end_factor": [1.0, 0.0, 0.5],
        "total_iters": [5, 0, 1, 100, 1000],
    },
    f"{TORCH}ExponentialLR": {"gamma": [0.1, 0.9, 0.99, 0.999, 1.0, 1.01, 0.0]},
    f"{TORCH}PolynomialLR": {"total_iters": [5, 0, 1, 100, 1000], "power": [1.0, 0.5, 2.0, 0.0]},
    f"{TORCH}CosineAnnealingLR": {
        "T_max": [1, 2, 3, 10, 50, 400, 1000],
        "eta_min": [0.0, 1e-5, 0.01, 0.5],
    },
    f"{TORCH}CosineAnnealingWarmRestarts": {
        "T_0": [1, 7, 10, 50, 1000],
        "T_mult": [1, 2, 3],
        "eta_min": [0.0, 1e-5, 0.2],
    },
    f"{TORCH}OneCycleLR": {
        "max_lr": [0.1, 1.0],
        "total_steps": [2, 10, 300, 399, 1000, None],
        "epochs": [None, 10],
        "steps_per_epoch": [None, 25],
        "pct_start": [0.3, 0.1, 0.5, 0.0, 0.25],
        "anneal_strategy": ["cos", "linear"],
        "cycle_momentum": [True, True, False],
        "base_momentum": [0.85, 0.8],
        "max_momentum": [0.95, 0.9],
        "div_factor": [25.0, 10.0, 1.0],
        "final_div_factor": [1e4, 100.0],
        "three_phase": [False, True],
    },
    f"{TORCH}CyclicLR": {
        "base_lr": [0.001, 0.1],
        "max_lr": [0.1, 0.02],
        "step_size_up": [2000, 50, 7, 1, 2.5],
        "step_size_down": [None, 20, 3.5],
        "mode": ["triangular", "triangular2", "exp_range"],
        "gamma": [1.0, 0.99],
        "cycle_momentum": [True, True, False],
        "base_momentum": [0.8, 0.5],
        "max_momentum": [0.9, 0.95],
    },
    f"{TORCH}SequentialLR": {
        "schedulers": [
            [
                ("LinearLR", {"start_factor": 0.01, "total_iters": 50}),
                ("CosineAnnealingLR", {"T_max": 100}),
                ("ExponentialLR", {"gamma": 0.9}),
            ],
            [
                ("ConstantLR", {"factor": 0.1, "total_iters": 20}),
                ("CosineAnnealingWarmRestarts", {"T_0": 30, "T_mult": 2}),
                ("StepLR", {"step_size": 10, "gamma": 0.5}),
            ],
            [
                ("PolynomialLR", {"total_iters": 40, "power": 2.0}),
                ("MultiStepLR", {"milestones": [5, 15]}),
                ("LinearLR", {"total_iters": 30}),
            ],
            [
                ("CosineAnnealingWarmRestarts", {"T_0": 30}),
                ("ConstantLR", {}),
                ("PolynomialLR", {}),
            ],
        ],
        "milestones": [[50, 200], [20, 20], [0, 100], [399, 1000]],
    },
    f"{TORCH}ChainedScheduler": {
        "schedulers": [
            [("ConstantLR", {"total_iters": 10}), ("ExponentialLR", {"gamma": 0.99})],
            [("LinearLR", {"total_iters": 20}), ("CosineAnnealingLR", {"T_max": 60})],
            [("CosineAnnealingLR", {"T_max": 30}), ("LinearLR", {"total_iters": 30})],
            [("StepLR", {"step_size": 50}), ("PolynomialLR", {"total_iters": 300})],
            [("MultiStepLR", {"milestones": [9]}), ("StepLR", {"step_size": 4, "gamma": 0.9})],
            [("LinearLR", {"start_factor": 0.1}), ("LinearLR", {"end_factor": 0.5})],
        ],
    },
    "optax.constant_schedule": {"value": [0.1, 0.0, 3e-4, 1]},
    "optax.linear_schedule": {
        "init_value": [0.0, 0.1],
        "end_value": [1.0, 0.0, 1e-5],
        "transition_steps": [0, 1, 100, 1000, 62.5],
        "transition_begin": [0, 30, -5],
    },
    "optax.polynomial_schedule": {
        "init_value": [0.0, 0.1],
        "end_value": [1.0, 0.0, 1e-5],
        "power": [1, 0.5, 2.0, 0],
        "transition_steps": [0, 1, 100, 1000, 62.5],
        "transition_begin": [0, 30, -5],
    },
    "optax.exponential_decay": {
        "init_value": [0.1, 1.0],
        "transition_steps": [0, 1, 10, 100, 62.5],
        "decay_rate": [0.96, 0.1, 0.5, 0, 1.0, 1.01],
        "transition_begin": [0, 30, -5],
        "staircase": [False, True],
        "end_value": [None, 0.05, 0.5],
    },
    "optax.cosine_decay_schedule": {
        "init_value": RATES,
        "decay_steps": [*LENGTHS, 62.5, 0],
        "alpha": [0.0, 0.1],
        "exponent": [1.0, 2.0, 0.5],
    },
    "optax.piecewise_constant_schedule": {
        "init_value": RATES,
        "boundaries_and_scales": [
            None,
            {},
            {100: 0.1, 200: 0.01},
            {200: 0.5, 50: 2.0},
            {0: 0.5, 10: 0.0},
            {30.5: 0.1},
        ],
    },
    "optax.piecewise_interpolate_schedule": {
        "interpolate_type": ["linear", "cosine"],
        "init_value": RATES,
        "boundaries_and_scales": [
            None,
            {},
            {100: 0.1, 200: 0.01},
            {200: 0.5, 50: 2.0},
            {0: 0.5, 10: 0.0},
            {300: 0.25, 301: 4.0, 1000: 0.1},
        ],
    },
    "optax.linear_onecycle_schedule": {
        "transition_steps": [1, 2, 10, 300, 1000, 0],
        "peak_value": RATES,
        "pct_start": [0.3, 0.0, 0.5],
        "pct_final": [0.85, 0.6, 1.0],
        "div_factor": [25.0, 10.0],
        "final_div_factor": [1e4, 100.0],
    },
    "optax.cosine_onecycle_schedule": {
        "transition_steps": [1, 2, 10, 300, 1000, 0],
        "peak_value": RATES,
        "pct_start": [0.3, 0.0, 0.5, 1.0],
        "div_factor": [25.0, 10.0],
        "final_div_factor": [1e4, 100.0],
    },
    "optax.warmup_constant_schedule": {
        "init_value": [0.0, 1e-3],
        "peak_value": RATES,
        "warmup_steps": [0, 1, 10, 1000],
    },
    "optax.warmup_cosine_decay_schedule": {
        "init_value": [0.0, 1e-3, 0.5],
        "peak_value": [0.1, 3e-4, 0.0],
        "warmup_steps": [0, 1, 20, 100],
        "decay_steps": [100, 300, 1000],
        "end_value": [0.0, 1e-5, 0.01],
        "exponent": [1.0, 2.0],
    },
    "optax.warmup_exponential_decay_schedule": {
        "init_value": [0.0, 1e-3],
        "peak_value": [0.1, 1.0],
        "warmup_steps": [0, 1, 20],
        "transition_steps": [0, 1, 50],
        "decay_rate": [0.96, 0.5, 0, 1.01],
        "transition_begin": [0, 30],
        "staircase": [False, True],
        "end_value": [None, 0.05, 0.5],
    },
    "optax.sgdr_schedule": {
        "cosine_kwargs": [
            [WARM_COSINE],
            [WARM_COSINE, SHORT_COSINE],
            [
                SHORT_COSINE,
                {**WARM_COSINE, "peak_value": 0.05},
                {**SHORT_COSINE, "end_value": 0.01},
            ],
        ],
    },
    "optax.join_schedules": {
        "schedules": [
            [
                (
                    "optax.linear_schedule",
                    {"init_value": 0.0, "end_value": 1.0, "transition_steps": 9},
                ),
                ("optax.cosine_decay_schedule", {"init_value": 1.0, "decay_steps": 100}),
                ("optax.constant_schedule", {"value": 0.01}),
            ],
            [
                ("optax.constant_schedule", {"value": 0.1}),
                ("optax.warmup_cosine_decay_schedule", WARM_COSINE),
                (
                    "optax.exponential_decay",
                    {"init_value": 1.0, "transition_steps": 5, "decay_rate": 0.5},
                ),
            ],
        ],
        "boundaries": [[9, 120], [100, 100], [0, 50], [300, 1000]],
    },
    f"{KERAS}ExponentialDecay": {
        "initial_learning_rate": RATES,
        "decay_steps": [1, 10, 100, 62.5, 0],
        "decay_rate": [0.96, 0.1, 1.01, 0.0],
        "staircase": [False, True],
    },
    f"{KERAS}PiecewiseConstantDecay": {
        "boundaries": [[100, 200], [1, 2], [0, 300], [50, 50], [10.0, 20.5], [7]],
        "values": [[1.0, 0.5, 0.1], [0.1, 0.0, 3.0]],
    },
    f"{KERAS}PolynomialDecay": {
        "initial_learning_rate": RATES,
        "decay_steps": [1, 10, 100, 1000, 62.5],
        "end_learning_rate": [1e-4, 0.0, 0.5],
        "power": [1.0, 0.5, 2.0],
        "cycle": [False, True],
    },
    f"{KERAS}InverseTimeDecay": {
        "initial_learning_rate": RATES,
        "decay_steps": [1.0, 10, 62.5, 1000],
        "decay_rate": [1e-6, 0.5, 1, 0.0],
        "staircase": [False, True],
    },
    f"{KERAS}CosineDecay": {
        "initial_learning_rate": [0.0, 0.1, 1e-3],
        "decay_steps": [1, 10, 100, 1000, 62.5],
        "alpha": [0.0, 0.1],
        "warmup_target": [None, 0.1, 0.5],
        "warmup_steps": [0, 1, 20, 200],
    },
    f"{KERAS}CosineDecayRestarts": {
        "initial_learning_rate": RATES,
        "first_decay_steps": [1, 10, 30, 1000, 62.5],
        "t_mul": [2.0, 1.0, 1.2, 1.5, 3.0],
        "m_mul": [1.0, 0.9, 0.5],
        "alpha": [0.0, 0.1],
    },
    f"{HUGGING}get_constant_schedule": {},
    f"{HUGGING}get_constant_schedule_with_warmup": {"num_warmup_steps": [0, 1, 10, 500]},
    f"{HUGGING}get_linear_schedule_with_warmup": {
        "num_warmup_steps": [0, 1, 10, 100, 500],
        "num_training_steps": [1, 10, 100, 300, 1000],
    },
    f"{HUGGING}get_cosine_schedule_with_warmup": {
        "num_warmup_steps": [0, 1, 10, 100, 500],
        "num_training_steps": [10, 100, 300, 1000],
        "num_cycles": [0.5, 1.0, 0.25],
    },
    f"{HUGGING}get_cosine_with_hard_restarts_schedule_with_warmup": {
        "num_warmup_steps": [0, 1, 10, 100],
        "num_training_steps": [10, 100, 300, 1000],
        "num_cycles": [1, 2, 4],
    },
    f"{HUGGING}get_polynomial_decay_schedule_with_warmup": {
        "num_warmup_steps": [0, 1, 10, 100],
        "num_training_steps": [101, 300, 1000],
        "lr_end": [1e-7, 0.0, 1e-3],
        "power": [1.0, 0.5, 2.0],
    },
    f"{HUGGING}get_inverse_sqrt_schedule": {
        "num_warmup_steps": [0, 1, 10, 100, 500],
        "timescale": [None, 1, 50, 5000],
    },
    f"{HUGGING}get_cosine_with_min_lr_schedule_with_warmup": {
        "num_warmup_steps": [0, 10, 100],
        "num_training_steps": [10, 100, 300, 1000],
        "num_cycles": [0.5, 1.0],
        "min_lr": [None, 1e-5],
        "min_lr_rate": [None, 0.1],
    },
    f"{HUGGING}get_cosine_with_min_lr_schedule_with_warmup_lr_rate": {
        "num_warmup_steps": [1, 2, 10, 100],
        "num_training_steps": [10, 100, 300, 1000],
        "num_cycles": [0.5, 1.0],
        "min_lr": [None, 1e-5],
        "min_lr_rate": [None, 0.1],
        "warmup_lr_rate": [None, 0.01, 0.5],
    },
    f"{HUGGING}get_wsd_schedule": {
        "num_warmup_steps": [0, 1, 10, 50],
        "num_decay_steps": [0, 1, 50, 100],
        "num_training_steps": [None, 200, 500],
        "num_stable_steps": [None, 0, 100],
        "warmup_type": ["linear", "cosine", "1-sqrt"],
        "decay_type": ["cosine", "linear", "1-sqrt"],
        "min_lr_ratio": [0, 0.1],
        "num_cycles": [0.5, 1.0],
    },
    f"{HUGGING}get_scheduler": {
        "name": [
            "linear",
            "cosine",
            "constant",
            "constant_with_warmup",
            "inverse_sqrt",
            "polynomial",
        ],
        "num_warmup_steps": [0, 20],
        "num_training_steps": [200, 500],
    },
}


def cases(peer: str) -> Iterator[dict[str, Any]]:
    """Yield the arguments to try: combinations of the values, required ones always."""
    values = VALUES[peer]
    known = ROWS[peer].parameters
    # An argument with a default is left out of some calls.
    options = [
        v if known[n].default is known[n].empty else [*v, LEFT_OUT] for n, v in values.items()
    ]
    draw = random.Random(peer)
    if math.prod(map(len, options)) <= CASES:
        chosen = list(itertools.product(*options))
    else:
        chosen = [tuple(draw.choice(option) for option in options) for _ in range(CASES)]
    for combination in chosen:
        yield {n: v for n, v in zip(values, combination, strict=True) if v is not LEFT_OUT}


def make(peer: str, arguments: dict[str, Any], optimizer: Any = None) -> Any:
    """Return a schedule of a library, with those in its lists made first."""
    name = dialects.schedules.lookup(peer).peer
    first = (optimizer,) if name.startswith((TORCH, HUGGING)) else ()
    if name == f"{HUGGING}get_scheduler":
        return libraries.load(name)(optimizer=optimizer, **arguments)
    arguments = {
        key: [make(*entry, optimizer) for entry in value] if key.startswith("schedule") else value
        for key, value in arguments.items()
    }
    if name == f"{TORCH}ChainedScheduler":
        return libraries.load(name)(arguments["schedulers"], optimizer)
    return libraries.load(name)(*first, **arguments)


def run_torch(peer: str, arguments: dict[str, Any], lr: float, of: str) -> tuple[int, list[float]]:
    """Return the count of the first step, and the rate or momentum of each step of an optimizer."""
    import torch

    theta = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    if len(arguments) % 2:
        optimizer: Any = torch.optim.Adam([theta], lr=lr)
    else:
        optimizer = torch.optim.SGD([theta], lr=lr, momentum=0.5)
    scheduler = make(peer, arguments, optimizer)
    inner = scheduler if hasattr(scheduler, "last_epoch") else scheduler._schedulers[0]
    first = inner.last_epoch
    values = []
    steps = getattr(scheduler, "total_steps", STEPS)  # after them OneCycleLR is another curve
    for _ in range(min(steps, STEPS)):
        group = optimizer.param_groups[0]
        momentum = group["betas"][0] if "betas" in group else group["momentum"]
        values.append(group["lr"] if of == "lr" else momentum)
        theta.grad = torch.zeros_like(theta)
        optimizer.step()
        scheduler.step()
    return first, values


def run_optax(peer: str, arguments: dict[str, Any]) -> tuple[int, list[float]]:
    """Return the count of the first step, and the values of a schedule of Optax from there on.

    An optimizer counts in int32, for which most schedules compute in float32. So three steps of one
    show the counts and the rates to 6 digits, and the values come from a count in int64.
    """
    import jax
    import jax.numpy as jnp
    import optax

    made = make(peer, arguments)
    counts: list[int] = []

    def counted(count: Any) -> Any:
        counts.append(int(count))
        return made(count)

    transform = optax.sgd(counted)
    g, state = jnp.ones(()), transform.init(jnp.zeros(()))
    used = []
    for _ in range(3):
        update, state = transform.update(g, state)
        used.append(-float(update))
    return finish(counts, used, jax.vmap(made)(counts[0] + jnp.arange(STEPS, dtype=jnp.int64)))


def run_keras(peer: str, arguments: dict[str, Any]) -> tuple[int, list[float]]:
    """Return the count of the first step, and the values of a schedule of Keras from there on."""
    import jax
    import jax.numpy as jnp
    import keras

    keras.config.set_floatx("float64")
    made = make(peer, arguments)
    counts: list[int] = []

    class Counted(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            counts.append(int(step))
            return made(step)

    optimizer = keras.optimizers.SGD(Counted())
    theta = keras.Variable(0.0, dtype="float64")
    used = []
    for _ in range(3):
        theta.assign(0.0)
        optimizer.apply([keras.ops.ones((), dtype="float64")], [theta])
        used.append(-float(theta.value))
    return finish(counts, used, jax.vmap(made)(counts[0] + jnp.arange(STEPS, dtype=jnp.int32)))


def finish(counts: list[int], used: list[float], values: Any) -> tuple[int, list[float]]:
    """Return the first count and the values, after a look at the rates of three steps."""
    first, found = counts[0], np.asarray(values, dtype=float)
    np.testing.assert_allclose(used, found[: len(used)], rtol=1e-6, atol=1e-6 * found.max())
    assert list(dict.fromkeys(counts)) == [first, first + 1, first + 2]
    return first, list(found)


def run_peer(peer: str, arguments: dict[str, Any], lr: float, of: str) -> tuple[int, list[float]]:
    """Return the count of the first step of a library, and the values of its steps."""
    runs: dict[str, Callable[..., tuple[int, list[float]]]] = {
        "optax": run_optax,
        "keras": run_keras,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if peer.startswith((TORCH, HUGGING)):
            return run_torch(peer, arguments, lr, of)
        return runs[peer.split(".")[0]](peer, arguments)


def refuses(peer: str, arguments: dict[str, Any], lr: float, of: str) -> bool:
    """Return whether a library raises an error for a call, or in its steps."""
    try:
        run_peer(peer, arguments, lr, of)
    except REFUSALS:
        return True
    return False


def compare_signature(row: ScheduleRow) -> list[str]:
    """Return how the arguments of a library differ from those of its row."""
    actual = {n: d for n, _, d in libraries.signature(row.peer) if n not in WITHOUT_VALUE}
    known = {n: p.default for n, p in row.parameters.items() if n not in WITHOUT_VALUE}
    return [
        f"{name} of {row.peer} is {actual.get(name)!r}, in the row {known.get(name)!r}"
        for name in actual.keys() | known.keys()
        if name not in actual or name not in known or actual[name] != known[name]
    ]


def check_row(row: ScheduleRow) -> dict[str, Any]:
    """Return what was found for one row."""
    faults = compare_signature(row)
    worst, at, count, refused = 0.0, {}, 0, 0
    for k, arguments in enumerate(cases(row.peer)):
        lr = RATES[k % len(RATES)]
        ofs = ["lr"]
        if row.peer.endswith(("OneCycleLR", "CyclicLR")) and arguments.get("cycle_momentum", True):
            ofs.append("momentum")
        for of in ofs:
            where = f"{row.peer} {arguments} with lr {lr}, {of}"
            given = {"lr": lr} if row.needs_rate else {}
            try:
                ours = dialects.schedule(row.peer, arguments, **given, of=of)
            except ValueError as error:
                refused += 1
                known = any(reason in str(error) for reason in ADAMDOC_ONLY)
                if not known and not refuses(row.peer, arguments, lr, of):
                    faults.append(f"{where} is refused by adamdoc alone: {error}")
                continue
            try:
                first, theirs = run_peer(row.peer, arguments, lr, of)
            except REFUSALS as error:
                faults.append(f"{where} is refused by the library: {error!r}")
                continue
            if first != row.first:
                faults.append(f"{where} counts from {first}")
            off = np.abs(np.subtract([ours(t) for t in range(1, len(theirs) + 1)], theirs))
            deviation = float(off.max() / max(np.abs(theirs).max(), 1e-300))
            count += 1
            if not deviation <= worst:
                worst, at = deviation, {**arguments, "of": of}
            if not deviation <= (1e-6 if row.deviates else LIMIT):
                step = int(off.argmax()) + 1
                faults.append(f"{where}: off by {deviation:.1e} at step {step}")
    return {
        "peer": row.peer,
        "version": libraries.version(row.peer),
        "cases": count,
        "refused": refused,
        "deviation": worst,
        "at": at,
        "first": row.first,
        "faults": faults,
    }


def without_row() -> list[str]:
    """Return the schedules of the libraries that neither have a row nor a reason for its lack."""
    import keras
    import optax
    import torch
    import transformers.optimization

    found = [f"{TORCH}{name}" for name in torch.optim.lr_scheduler.__all__]
    found += [f"optax.{name}" for name in dir(optax.schedules) if name.islower()]
    found += [f"{KERAS}{name}" for name in dir(keras.optimizers.schedules)]
    found += [f"{HUGGING}{n}" for n in dir(transformers.optimization) if n.startswith("get_")]
    public = [name for name in found if not name.rpartition(".")[2].startswith("_")]
    known = {*ROWS, *dialects.ABSENT_SCHEDULES, *NO_SCHEDULES}
    return [name for name in public if name not in known]


def check_schedules(peers: list[str] | None = None) -> list[dict[str, Any]]:
    """Return what was found for each row, or for those that are named."""
    results = [check_row(row) for name, row in ROWS.items() if not peers or name in peers]
    if not peers:
        results[0]["faults"] += [f"{name} has no row" for name in without_row()]
    return results


def main() -> int:
    """Print what was found; fail if there is a fault."""
    results = []
    for name in sys.argv[1:] or ROWS:
        results += check_schedules([name])
        found = results[-1]
        print(
            f"{name:70} {found['cases']:4} {found['refused']:3} {found['deviation']:.1e}",
            flush=True,
        )
        for fault in found["faults"]:
            print("   ", fault)
    print(sum(r["cases"] for r in results), "cases,", max(r["deviation"] for r in results))
    return any(result["faults"] for result in results)


if __name__ == "__main__":
    sys.exit(main())
