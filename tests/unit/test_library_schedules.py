"""The schedules of other libraries: known values, traps, refusals. `nox -s parity` runs them."""

import math

import numpy as np
import pytest

from adamdoc import Adam, dialects
from adamdoc.dialects import ABSENT_SCHEDULES, SCHEDULES, schedule
from adamdoc.schedules import Constant, Cosine, OneCycle, Schedule

TORCH = "torch.optim.lr_scheduler."
KERAS = "keras.optimizers.schedules."


def values(peer, arguments, steps, **keywords):
    return [schedule(peer, arguments, **keywords)(t) for t in steps]


def test_every_library_schedule_of_the_field_is_there():
    names = {name.rpartition(".")[2] for name in SCHEDULES}
    assert names >= {
        *("StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR"),
        *("CosineAnnealingLR", "CosineAnnealingWarmRestarts", "OneCycleLR", "CyclicLR"),
        *("SequentialLR", "ChainedScheduler", "constant_schedule", "linear_schedule"),
        *("polynomial_schedule", "exponential_decay", "cosine_decay_schedule"),
        *("warmup_constant_schedule", "warmup_cosine_decay_schedule"),
        *("warmup_exponential_decay_schedule", "linear_onecycle_schedule"),
        *("cosine_onecycle_schedule", "piecewise_constant_schedule"),
        *("piecewise_interpolate_schedule", "sgdr_schedule", "join_schedules"),
        *("ExponentialDecay", "PiecewiseConstantDecay", "PolynomialDecay", "InverseTimeDecay"),
        *("CosineDecay", "CosineDecayRestarts", "get_linear_schedule_with_warmup"),
        *("get_cosine_schedule_with_warmup", "get_inverse_sqrt_schedule", "get_wsd_schedule"),
    }
    assert not names & {name.rpartition(".")[2] for name in ABSENT_SCHEDULES}
    for row in SCHEDULES.values():
        assert row.differs
        assert row.classes or row.peer.endswith("get_scheduler")
        assert row.needs_rate or not row.peer.startswith("transformers")


def test_a_row_says_what_it_is_made_of():
    row = SCHEDULES["optax.cosine_onecycle_schedule"]
    assert row.classes == ["Interpolated"]
    assert row.arguments.startswith("transition_steps, peak_value, pct_start=0.3, div_factor=25.0")
    assert SCHEDULES[f"{TORCH}SequentialLR"].classes == ["Sequence"]
    assert SCHEDULES[f"{TORCH}SequentialLR"].arguments == "schedulers, milestones"


def test_the_first_step_has_count_0():
    """The examples of the libraries' documentations, which count from 0."""
    # PyTorch: "lr = 0.05 if epoch < 30, 0.005 if 30 <= epoch < 60"
    assert values(f"{TORCH}StepLR", {"step_size": 30}, (30, 31, 61), lr=0.05) == pytest.approx(
        [0.05, 0.005, 0.0005]
    )
    # Optax: count 6 has 0.9803, count 105 has 0.0100
    polynomial = {
        "init_value": 1.0,
        "end_value": 0.01,
        "transition_steps": 100,
        "transition_begin": 5,
        "power": 2,
    }
    found = values("optax.polynomial_schedule", polynomial, (1, 6, 7, 105, 106, 111))
    assert found == pytest.approx([1, 1, 0.9803, 0.0101, 0.01, 0.01], abs=5e-5)
    # Keras: 1.0 for the first 100001 steps, 0.5 for the next 10000
    pieces = {"boundaries": [100000, 110000], "values": [1.0, 0.5, 0.1]}
    found = values(f"{KERAS}PiecewiseConstantDecay", pieces, (100001, 100002, 110001, 110002))
    assert found == [1.0, 0.5, 0.5, 0.1]
    # transformers: the first step of a warm-up has the rate 0
    warm = {"num_warmup_steps": 10, "num_training_steps": 110}
    found = values(
        "transformers.get_linear_schedule_with_warmup", warm, (1, 6, 11, 61, 111), lr=0.2
    )
    assert found == pytest.approx([0, 0.1, 0.2, 0.1, 0])


def test_the_same_boundary_is_a_step_later_in_keras():
    torch = values(f"{TORCH}MultiStepLR", {"milestones": [3]}, range(1, 7), lr=1.0)
    optax = values(
        "optax.piecewise_constant_schedule",
        {"init_value": 1.0, "boundaries_and_scales": {3: 0.1}},
        range(1, 7),
    )
    keras = values(
        f"{KERAS}PiecewiseConstantDecay", {"boundaries": [3], "values": [1.0, 0.1]}, range(1, 7)
    )
    assert torch == optax == [1, 1, 1, 0.1, 0.1, 0.1]
    assert keras == [1, 1, 1, 1, 0.1, 0.1]


def test_scales_of_optax_accumulate():
    given = {"init_value": 1.0, "boundaries_and_scales": {2: 0.5, 4: 0.5}}
    assert values("optax.piecewise_constant_schedule", given, (1, 3, 5)) == [1, 0.5, 0.25]
    linear = {**given, "interpolate_type": "linear"}
    assert values("optax.piecewise_interpolate_schedule", linear, (1, 2, 3, 4, 5, 9)) == [
        *(1, 0.75, 0.5, 0.375, 0.25, 0.25)
    ]


def test_decay_steps_count_the_warm_up_in_optax_only():
    optax = schedule(
        "optax.warmup_cosine_decay_schedule",
        {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 10, "decay_steps": 110},
    )
    keras = schedule(
        f"{KERAS}CosineDecay",
        {
            "initial_learning_rate": 0.0,
            "warmup_target": 1.0,
            "warmup_steps": 10,
            "decay_steps": 100,
        },
    )
    assert optax == keras
    assert [optax(t) for t in (1, 6, 11, 61, 111)] == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_a_warm_up_without_a_target_is_none_in_keras():
    cosine = {"initial_learning_rate": 1.0, "decay_steps": 10, "warmup_steps": 5}
    assert schedule(f"{KERAS}CosineDecay", cosine) == Cosine(1.0, 10)


def test_what_happens_past_the_end():
    past = range(11, 22)
    wave = values(f"{TORCH}CosineAnnealingLR", {"T_max": 10}, past, lr=1.0)
    assert wave == pytest.approx([(1 - math.cos(math.pi * k / 10)) / 2 for k in range(11)])
    held = values("optax.cosine_decay_schedule", {"init_value": 1.0, "decay_steps": 10}, past)
    assert held == [0.0] * 11
    again = values(f"{TORCH}CosineAnnealingWarmRestarts", {"T_0": 10}, past, lr=1.0)
    assert again[0] == again[10] == 1.0
    up = {"num_warmup_steps": 0, "num_training_steps": 10}
    assert values("transformers.get_cosine_schedule_with_warmup", up, past, lr=1.0) == wave


@pytest.mark.parametrize(
    ("peer", "arguments", "value"),
    [
        (f"{TORCH}LinearLR", {"total_iters": 0}, 1 / 3),
        (f"{TORCH}ConstantLR", {"total_iters": 0}, 1 / 3),
        (f"{TORCH}PolynomialLR", {"total_iters": 0}, 1.0),
        (
            "optax.linear_schedule",
            {"init_value": 0.5, "end_value": 1.0, "transition_steps": 0},
            0.5,
        ),
        (
            "optax.warmup_constant_schedule",
            {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 0},
            0.0,
        ),
        (
            "optax.exponential_decay",
            {"init_value": 1.0, "decay_rate": 0, "transition_steps": 5},
            1.0,
        ),
    ],
)
def test_a_schedule_of_0_steps_stays_where_it_starts(peer, arguments, value):
    lr = {"lr": 1.0} if SCHEDULES[peer].needs_rate else {}
    assert schedule(peer, arguments, **lr) == Constant(value)


def test_one_cycle_of_the_rate_and_of_the_momentum():
    given = {"max_lr": 1.0, "total_steps": 100}
    rate = schedule(f"{TORCH}OneCycleLR", given)
    momentum = schedule(f"{TORCH}OneCycleLR", given, of="momentum")
    assert rate == OneCycle(1.0, 100)
    assert [rate(t) for t in (1, 30, 100)] == pytest.approx([0.04, 1.0, 4e-6])
    assert [momentum(t) for t in (1, 30, 100)] == pytest.approx([0.95, 0.85, 0.95])
    parts = {"max_lr": 1.0, "epochs": 4, "steps_per_epoch": 25}
    assert schedule(f"{TORCH}OneCycleLR", parts) == rate
    optax = schedule("optax.cosine_onecycle_schedule", {"transition_steps": 100, "peak_value": 1.0})
    assert [optax(t) for t in (1, 31, 101)] == pytest.approx([0.04, 1.0, 4e-6])  # one step later
    triangle = {"base_lr": 0.0, "max_lr": 1.0, "step_size_up": 2}
    assert values(f"{TORCH}CyclicLR", triangle, range(1, 6)) == [0, 0.5, 1, 0.5, 0]
    assert values(f"{TORCH}CyclicLR", triangle, (1, 3), of="momentum") == pytest.approx([0.9, 0.8])
    with pytest.raises(ValueError, match="does not change the momentum"):
        schedule(f"{TORCH}OneCycleLR", {**given, "cycle_momentum": False}, of="momentum")
    with pytest.raises(ValueError, match="does not change the momentum"):
        schedule("optax.constant_schedule", {"value": 1.0}, of="momentum")


def test_schedules_one_after_the_other_and_together():
    warm = ("LinearLR", {"start_factor": 0.5, "total_iters": 2})
    sequence = {"schedulers": [warm, ("ExponentialLR", {"gamma": 0.5})], "milestones": [2]}
    assert values(f"{TORCH}SequentialLR", sequence, range(1, 6), lr=1.0) == [
        0.5,
        0.75,
        1,
        0.5,
        0.25,
    ]
    chain = {"schedulers": [warm, ("ExponentialLR", {"gamma": 0.5})]}
    assert values(f"{TORCH}ChainedScheduler", chain, range(1, 5), lr=1.0) == [
        0.5,
        0.375,
        0.25,
        0.125,
    ]
    parts = [
        schedule("optax.constant_schedule", {"value": 1.0}),
        ("optax.constant_schedule", {"value": 2.0}),
    ]
    joined = {"schedules": parts, "boundaries": [3]}
    assert values("optax.join_schedules", joined, (3, 4)) == [1.0, 2.0]
    cycle = {"init_value": 0.0, "peak_value": 1.0, "warmup_steps": 1, "decay_steps": 3}
    assert values("optax.sgdr_schedule", {"cosine_kwargs": [cycle, cycle]}, range(1, 7)) == (
        pytest.approx([0, 1, 0.5, 0, 1, 0.5])
    )


def test_old_keras_decay_is_inverse_time():
    given = {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 1e-2}
    assert values(f"{KERAS}InverseTimeDecay", given, (1, 101)) == [0.1, 0.05]


def test_a_scheduler_by_its_name():
    steps = {"num_warmup_steps": 5, "num_training_steps": 50}
    for name in ("linear", "cosine", "constant_with_warmup", "inverse_sqrt", "constant"):
        found = schedule("transformers.get_scheduler", {"name": name, **steps}, lr=0.1)
        assert isinstance(found, Schedule)
        assert found(6) == pytest.approx(0.1)
    least = {"name": "cosine_with_min_lr", **steps, "scheduler_specific_kwargs": {"min_lr": 0.01}}
    assert schedule("transformers.get_scheduler", least, lr=0.1)(51) == pytest.approx(0.01)


@pytest.mark.parametrize(
    "alias",
    [
        "StepLR",
        "lr_scheduler.StepLR",
        "optim.lr_scheduler.StepLR",
        "torch.optim.lr_scheduler.StepLR",
    ],
)
def test_usual_names(alias):
    assert schedule(alias, {"step_size": 2}, lr=0.1)(3) == pytest.approx(0.01)


def test_other_names():
    given = {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}
    for name in ("tf.keras.optimizers.schedules.", "tensorflow.keras.optimizers.schedules.", KERAS):
        assert schedule(f"{name}ExponentialDecay", given)(3) == 0.05
    assert schedule("optax.schedules.constant_schedule", {"value": 1})(3) == 1.0
    assert schedule("transformers.optimization.get_constant_schedule", lr=1)(3) == 1.0


def test_pasted_arguments():
    given = {"step_size": np.int64(2), "gamma": np.array(0.5), "last_epoch": -1, "verbose": False}
    assert schedule(f"{TORCH}StepLR", given, lr=np.float32(1.0))(3) == 0.5
    given = {"initial_learning_rate": 1, "decay_steps": 2.0, "decay_rate": 0.5, "name": "mine"}
    assert schedule(f"{KERAS}ExponentialDecay", given)(3) == 0.5
    assert schedule(f"{TORCH}CosineAnnealingLR", {"T_max": 10.0}, lr=1.0) == schedule(
        f"{TORCH}CosineAnnealingLR", {"T_max": 10}, lr=1.0
    )


@pytest.mark.parametrize(
    ("peer", "arguments", "keywords", "error", "message"),
    [
        (f"{TORCH}StepLr", {}, {}, ValueError, "did you mean 'torch.optim.lr_scheduler.StepLR'"),
        ("optax.StepLR", {}, {}, ValueError, "got 'optax.StepLR'"),
        ("warmup_cosine_schedule", {}, {}, ValueError, "did you mean 'optax.warmup_co"),
        (3, {}, {}, ValueError, "got 3"),
        ("LambdaLR", {}, {}, ValueError, r"give the optimizer lr=lambda t: lr \* f\(t - 1\)"),
        ("ReduceLROnPlateau", {}, {}, ValueError, "depends on the losses"),
        (f"{TORCH}StepLR", {"step_size": 3}, {}, ValueError, "lr is required"),
        (f"{TORCH}StepLR", {}, {"lr": 1}, ValueError, "step_size of .*StepLR is required"),
        (f"{TORCH}StepLR", {"stepsize": 3}, {"lr": 1}, ValueError, "did you mean 'step_size'"),
        (
            f"{TORCH}StepLR",
            {"step_size": 2.5},
            {"lr": 1},
            ValueError,
            "step_size of .* whole number",
        ),
        (f"{TORCH}StepLR", {"step_size": "30"}, {"lr": 1}, TypeError, "step_size of .* a number"),
        (f"{TORCH}StepLR", {"step_size": 0}, {"lr": 1}, ValueError, "StepLR with .*'step_size': 0"),
        (f"{TORCH}StepLR", {"step_size": 3, "last_epoch": 9}, {"lr": 1}, ValueError, "last_epoch"),
        (
            f"{TORCH}OneCycleLR",
            {"max_lr": [0.1, 0.2], "total_steps": 9},
            {},
            TypeError,
            "one number",
        ),
        (f"{TORCH}OneCycleLR", {"max_lr": 0.1}, {}, ValueError, "give total_steps, or epochs"),
        (
            f"{TORCH}OneCycleLR",
            {"max_lr": 1, "total_steps": 10, "pct_start": 0.1},
            {},
            ValueError,
            "divides",
        ),
        (
            f"{TORCH}CyclicLR",
            {"base_lr": 0, "max_lr": 1, "scale_fn": abs},
            {},
            ValueError,
            "scale_fn",
        ),
        (f"{TORCH}LinearLR", {"start_factor": 0}, {"lr": 1}, ValueError, "start_factor of 0"),
        (
            f"{TORCH}SequentialLR",
            {"schedulers": [("OneCycleLR", {"max_lr": 1, "total_steps": 9})], "milestones": []},
            {"lr": 1},
            ValueError,
            "does not start .*OneCycleLR at a milestone",
        ),
        (
            f"{TORCH}SequentialLR",
            {"schedulers": [3], "milestones": []},
            {"lr": 1},
            TypeError,
            "a pair of",
        ),
        (
            f"{TORCH}ChainedScheduler",
            {
                "schedulers": [
                    ("CosineAnnealingLR", {"T_max": 9}),
                    ("ExponentialLR", {"gamma": 0.9}),
                ]
            },
            {"lr": 1},
            ValueError,
            "only if the others have ended",
        ),
        ("optax.constant_schedule", {"value": 1}, {"lr": 0.1}, ValueError, "lr must be left out"),
        ("optax.constant_schedule", {"value": -1}, {}, ValueError, "at least 0, got -1"),
        (
            f"{KERAS}ExponentialDecay",
            {"staircase": 1},
            {},
            TypeError,
            "staircase of .* True or False",
        ),
        (
            f"{KERAS}CosineDecayRestarts",
            {"initial_learning_rate": 1, "first_decay_steps": 9, "t_mul": 0.5},
            {},
            ValueError,
            "t_mul",
        ),
        (
            "transformers.get_scheduler",
            {"name": "cosin"},
            {"lr": 1},
            ValueError,
            "did you mean 'cosine'",
        ),
    ],
)
def test_refusals_say_why(peer, arguments, keywords, error, message):
    with pytest.raises(error, match=message):
        schedule(peer, arguments, **keywords)


def test_an_optimizer_takes_it():
    rate = schedule(f"{TORCH}StepLR", {"step_size": 1}, lr=0.5)
    optimizer = dialects.reproduce("torch.optim.SGD", {"lr": 0.5})
    optimizer = type(optimizer)(lr=rate)
    theta, state = np.array([1.0]), optimizer.init(np.array([1.0]))
    theta, state = optimizer.update(theta, np.array([1.0]), state)
    theta, state = optimizer.update(theta, np.array([1.0]), state)
    assert theta == pytest.approx([1 - 0.5 - 0.05])


def test_adam_under_one_cycle_of_the_rate_and_of_beta1():
    cycle = {"max_lr": 0.1, "total_steps": 10}
    rate = schedule(f"{TORCH}OneCycleLR", cycle)
    beta1 = schedule(f"{TORCH}OneCycleLR", cycle, of="momentum")
    optimizer = Adam(lr=rate, beta1=beta1)
    theta, state = np.array([1.0]), optimizer.init(np.array([1.0]))
    m = v = 0.0
    for t in range(1, 11):
        g = 2 * theta
        m = beta1(t) * m + (1 - beta1(t)) * g
        v = 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - beta1(t) ** t), v / (1 - 0.999**t)
        by_hand = theta - rate(t) * m_hat / (np.sqrt(v_hat) + 1e-8)
        theta, state = optimizer.update(theta, g, state)
        assert theta == pytest.approx(by_hand, rel=1e-14)
