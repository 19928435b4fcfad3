"""The schedules: values against their formulas, arrays, errors."""

import math

import numpy as np
import pytest

from adamdoc import SGD, Adam, minimize, schedules
from adamdoc.problems import Ravine
from adamdoc.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    Interpolated,
    InverseSqrt,
    InverseTime,
    Linear,
    OneCycle,
    PiecewiseConstant,
    Polynomial,
    Product,
    Schedule,
    Sequence,
    Step,
    WarmUp,
    WarmupStableDecay,
)

#: One of each class, with arrays where they may be.
LR = np.array([0.1, 0.2])
EXAMPLES = [
    Constant(LR),
    Step(LR, 2),
    PiecewiseConstant((LR, LR / 2), (2,)),
    Exponential(LR, 0.5, final=0.07),
    InverseTime(LR, 0.5),
    InverseSqrt(LR),
    Linear(LR, 0.0, 4),
    Polynomial(LR, 4, power=2),
    Cosine(LR, 4),
    CosineRestarts(LR, 2, 2.0, 0.5),
    OneCycle(LR, 10),
    Cyclic(LR, 2 * LR, 3),
    Interpolated((1, 4), (LR, 0.5)),
    WarmUp(4, Constant(LR)),
    WarmupStableDecay(LR, 1, 1, 3),
    Sequence((Constant(LR), Linear(LR, 0.0, 3)), (1,)),
    Product((Constant(LR), Linear(0.0, 1.0, 3))),
]


def values(schedule, steps):
    return [schedule(t) for t in range(1, steps + 1)]


def test_every_schedule_is_among_the_examples():
    named = {getattr(schedules, name) for name in schedules.__all__} - {Schedule}
    assert {type(example) for example in EXAMPLES} == named


@pytest.mark.parametrize("schedule", EXAMPLES, ids=lambda s: type(s).__name__)
def test_arrays_broadcast(schedule):
    """Each entry of an array is what a schedule of that entry gives."""
    for k in (0, 1):
        single = eval(
            repr(schedule).replace("array(", f"pick({k}, "),
            {**vars(schedules), "pick": lambda k, a: a[k]},
        )
        for t in (1, 2, 3, 4, 7, 20):
            assert np.broadcast_to(schedule(t), 2)[k] == pytest.approx(single(t), rel=1e-15)
            assert type(single(t)) is float


@pytest.mark.parametrize("schedule", EXAMPLES, ids=lambda s: type(s).__name__)
def test_every_schedule_is_checked_and_frozen(schedule):
    assert isinstance(schedule, Schedule)
    for t, error in ((0, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="t must be"):
            schedule(t)
    with pytest.raises(AttributeError):
        schedule.lr = 1.0


def test_decays():
    assert values(Constant(0.3), 2) == [0.3, 0.3]
    assert values(Step(1.0, 3, 0.5), 7) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert values(PiecewiseConstant((3, 2, 1), (2, 2)), 3) == [3, 3, 1]
    assert values(PiecewiseConstant((3, 2), (0,)), 1) == [2]
    assert values(Exponential(8.0, 0.5), 4) == [8, 4, 2, 1]
    assert values(Exponential(8.0, 0.25, steps=2), 3) == [8, 4, 2]
    assert values(Exponential(8.0, 0.5, steps=1.5, staircase=True), 5) == [8, 8, 4, 2, 2]
    assert values(Exponential(8.0, 0.5, final=3), 4) == [8, 4, 3, 3]
    assert values(Exponential(1.0, 2.0, final=3), 4) == [1, 2, 3, 3]
    assert values(Exponential(1.0, 0.0), 3) == [1, 0, 0]
    assert Exponential(1.0, 2.0)(5000) == np.inf
    assert values(InverseTime(1.0, 1.0), 4) == [1, 1 / 2, 1 / 3, 1 / 4]
    assert values(InverseTime(1.0, 1.0, steps=2, staircase=True), 5) == [1, 1, 1 / 2, 1 / 2, 1 / 3]
    assert InverseSqrt(2.0)(16) == 0.5
    assert InverseSqrt(2.0, scale=5)(16) == 1.0


def test_curves():
    assert values(Linear(1.0, 0.0, 4), 6) == [1, 0.75, 0.5, 0.25, 0, 0]
    assert values(Linear(0.0, 1.0, 2.5), 4) == pytest.approx([0, 0.4, 0.8, 1])
    assert values(Polynomial(1.0, 4, 0.5, power=2), 6) == [1, 0.78125, 0.625, 0.53125, 0.5, 0.5]
    # With cycle the horizon is 2, from step 4 on 4, from step 6 on 6.
    assert values(Polynomial(1.0, 2, cycle=True), 6) == pytest.approx(
        [1, 1 / 2, 0, 1 / 4, 0, 1 / 6]
    )
    cosine = Cosine(1.0, 10, final=0.2)
    assert cosine(1) == 1.0
    assert cosine(6) == pytest.approx(0.6)
    assert cosine(11) == cosine(500) == pytest.approx(0.2)
    assert (np.diff(values(cosine, 11)) < 0).all()
    wave = Cosine(1.0, 10, final=0.2, periodic=True)
    assert values(wave, 11) == values(cosine, 11)
    assert values(wave, 21)[::-1] == pytest.approx(values(wave, 21))
    assert wave(21) == 1.0
    assert Cosine(1.0, 4, power=2)(3) == pytest.approx(0.25)
    curve = Interpolated((0.5, 2, 4), (0.0, 3.0, 1.0))
    assert values(curve, 5) == [1, 3, 2, 1, 1]
    smooth = Interpolated((1, 5), (0.0, 1.0), "cosine")
    assert values(smooth, 3) == pytest.approx([0, (1 - math.sqrt(0.5)) / 2, 0.5])
    assert Interpolated((1, 5), (1.0, 0.0), "sqrt")(2) == 0.5


def test_cycles():
    restarts = CosineRestarts(1.0, 4, final=0.5)
    assert values(restarts, 9) == pytest.approx([*values(Cosine(1.0, 4, 0.5), 4)] * 2 + [1.0])
    growing = CosineRestarts(1.0, 2, growth=3, factor=0.5)
    assert [growing(t) for t in (1, 3, 9)] == [1.0, 0.5, 0.25]  # periods of 2 and 6 steps
    assert growing(6) == pytest.approx(0.25)
    rate = OneCycle(1.0, 10, up=0.5, start=0.0, final=0.2, shape="linear")
    assert values(rate, 11) == pytest.approx(
        [0, 0.25, 0.5, 0.75, 1, 0.84, 0.68, 0.52, 0.36, 0.2, 0.2]
    )
    assert OneCycle(1.0, 10)(1) == 1 / 25
    assert OneCycle(1.0, 10)(10) == pytest.approx(4e-6)
    three = OneCycle(1.0, 10, start=0.2, final=0.0, up=0.4, shape="linear", three_phases=True)
    assert [three(t) for t in (1, 4, 7, 10)] == [0.2, 1.0, 0.2, 0.0]
    assert OneCycle(1.0, 4, start=0.0, up=1.0)(4) == 1.0
    assert OneCycle(1.0, 4, start=0.0, final=0.0, up=0.0, shape="linear")(1) == 0.75
    triangles = Cyclic(0.0, 1.0, up=2, down=1, factor=0.5)
    assert values(triangles, 7) == [0, 0.5, 1, 0, 0.25, 0.5, 0]
    assert values(Cyclic(0.9, 0.8, up=1), 3) == pytest.approx([0.9, 0.8, 0.9])
    assert values(Cyclic(0.0, 1.0, up=1, decay=0.5), 4) == [0, 0.5, 0, 0.125]


def test_warm_up_composes_with_any_schedule():
    inner = Cosine(1.0, 5)
    warm = WarmUp(4, inner)
    np.testing.assert_allclose(values(warm, 4), [0.2, 0.4, 0.6, 0.8])
    assert [warm(t + 4) for t in range(1, 9)] == values(inner, 8)
    assert WarmUp(1, lambda t: 1 / t)(2) == 1.0
    assert WarmUp(2, WarmUp(2, Constant(0.9)))(1) == pytest.approx(0.1)
    assert values(WarmUp(0, inner), 5) == values(inner, 5)
    assert values(WarmUp(2, Constant(1.0), start=0.5), 4) == [0.5, 0.75, 1, 1]


def test_the_transformers_schedule():
    width, warm_up = 512, 40
    schedule = WarmUp(warm_up - 1, InverseSqrt((width * warm_up) ** -0.5, scale=warm_up))
    for t in range(1, 200):
        paper = width**-0.5 * min(t**-0.5, t * warm_up**-1.5)
        assert schedule(t) == pytest.approx(paper, rel=1e-14)


def test_combinations():
    joined = Sequence((Constant(1.0), lambda t: t / 10, Constant(0.0)), (2, 4))
    assert values(joined, 6) == [1, 1, 0.1, 0.2, 0, 0]
    assert values(Product((Linear(0.0, 1.0, 2), Step(8.0, 1, 0.5))), 4) == [0, 2, 2, 1]
    trapezoid = WarmupStableDecay(1.0, 3, 2, 4, final=0.2)
    assert values(trapezoid, 11) == pytest.approx(
        [0.25, 0.5, 0.75, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2]
    )
    cooled = WarmupStableDecay(1.0, 0, 0, 4, shape="sqrt", start=0.0)
    assert values(cooled, 3) == [1, 0.5, 1 - math.sqrt(0.5)]


def test_an_optimizer_follows_a_schedule_to_0():
    schedule = WarmUp(2, Linear(0.01, 0.0, 3), start=0.0)
    run = minimize(Ravine(), SGD(lr=schedule), steps=8)
    moved = np.abs(np.diff(run.path, axis=0)).max(axis=1) > 0
    assert moved.tolist() == [False, True, True, True, True, False, False, False]
    assert Adam(lr=schedule).lr_at(2) == 0.005


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Constant(-1), ValueError, "lr must be finite and at least 0, got -1"),
        (lambda: Step(0.1, 0), ValueError, "every must be at least 1, got 0"),
        (lambda: Step(0.1, 2, -1.0), ValueError, "factor must be finite and at least 0"),
        (lambda: Cosine(0.1, 0), ValueError, "steps must be finite and greater than 0, got 0"),
        (lambda: Cosine(0.1, "9"), TypeError, "steps must be a number"),
        (lambda: Cosine(0.1, LR), TypeError, "steps must be one number"),
        (lambda: Cosine(0.1, 5, -1), ValueError, "final must be finite and at least 0, got -1"),
        (lambda: InverseSqrt("x"), TypeError, "lr must be a number"),
        (lambda: PiecewiseConstant((1, 2), (3, 4)), ValueError, "one entry less than the 2 pieces"),
        (lambda: PiecewiseConstant((1, 2, 3), (4, 3)), ValueError, "after must not decrease"),
        (lambda: PiecewiseConstant((1, 2), (2.5,)), TypeError, "after must be an integer"),
        (lambda: Interpolated((1, 2), (1.0,)), ValueError, "same number of entries"),
        (lambda: Interpolated((2, 2), (1.0, 2.0)), ValueError, "at must increase"),
        (lambda: Interpolated((1, 2), (1.0, 2.0), "cos"), ValueError, "did you mean 'cosine'"),
        (lambda: CosineRestarts(0.1, 5, 0.5), ValueError, "growth must be finite and at least 1"),
        (lambda: OneCycle(0.1, 10, up=1.5), ValueError, "up must be at least 0 and at most 1"),
        (
            lambda: OneCycle(0.1, 10, up=0.6, three_phases=True),
            ValueError,
            "up must be at most 0.5",
        ),
        (lambda: Cyclic(0.1, 0.2, 0), ValueError, "up must be finite and greater than 0"),
        (lambda: WarmUp(-1, Constant(1)), ValueError, "steps must be at least 0, got -1"),
        (lambda: WarmUp(3, 0.1), TypeError, "then must be a schedule"),
        (lambda: Sequence((0.1,), ()), TypeError, "schedules must be a schedule"),
        (lambda: Sequence((Constant(1),), (3,)), ValueError, "one entry less than the 1 pieces"),
        (lambda: Product((Constant(1), 2)), TypeError, "schedules must be a schedule"),
        (lambda: WarmupStableDecay(1, 1, -1, 1), ValueError, "stable must be at least 0"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
