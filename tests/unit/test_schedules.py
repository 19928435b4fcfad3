"""The schedules: values against their formulas, arrays, errors."""

import numpy as np
import pytest

from adamdoc.schedules import Constant, Cosine, InverseSqrt, Step, WarmUp


def test_values():
    assert [Constant(0.3)(t) for t in (1, 99)] == [0.3, 0.3]
    assert [Step(1.0, 3, 0.5)(t) for t in range(1, 8)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert InverseSqrt(2.0)(16) == 0.5
    cosine = Cosine(1.0, 10, final=0.2)
    assert cosine(1) == 1.0
    assert cosine(6) == pytest.approx(0.6)
    assert cosine(11) == cosine(500) == pytest.approx(0.2)
    values = [cosine(t) for t in range(1, 12)]
    assert (np.diff(values) < 0).all()


def test_warm_up_composes_with_any_schedule():
    inner = Cosine(1.0, 5)
    warm = WarmUp(4, inner)
    np.testing.assert_allclose([warm(t) for t in range(1, 5)], [0.2, 0.4, 0.6, 0.8])
    assert [warm(t + 4) for t in range(1, 9)] == [inner(t) for t in range(1, 9)]
    assert WarmUp(1, lambda t: 1 / t)(2) == 1.0
    assert WarmUp(2, WarmUp(2, Constant(0.9)))(1) == pytest.approx(0.1)


def test_arrays_broadcast():
    lr = np.array([0.1, 0.2])
    for schedule in (Constant(lr), Step(lr, 2), Cosine(lr, 4), InverseSqrt(lr)):
        single = [type(schedule)(float(x), *list(vars(schedule).values())[1:])(3) for x in lr]
        np.testing.assert_allclose(schedule(3), single)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Constant(0), ValueError, "lr must be finite and greater than 0, got 0"),
        (lambda: Step(0.1, 0), ValueError, "every must be at least 1, got 0"),
        (lambda: Step(0.1, 2, 1.0), ValueError, "factor must be at least 0 and less than 1"),
        (lambda: Cosine(0.1, 2.5), TypeError, "steps must be an integer, got 2.5"),
        (lambda: Cosine(0.1, 5, -1), ValueError, "final must be finite and at least 0, got -1"),
        (lambda: InverseSqrt("x"), TypeError, "lr must be a number"),
        (lambda: WarmUp(0, Constant(1)), ValueError, "steps must be at least 1, got 0"),
        (lambda: WarmUp(3, 0.1), TypeError, "then must be a schedule"),
        (lambda: Constant(0.1)(0), ValueError, "t must be at least 1, got 0"),
        (lambda: WarmUp(3, Constant(1))(0), ValueError, "t must be at least 1, got 0"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
