"""Behaviour of every optimizer with unexpected input: odd numbers, odd arrays, odd uses."""

import io
import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adamdoc import Adam, dialects, minimize

CLASSES = [cls for cls in dialects.ALL if cls.elementwise]
ODD = (0.0, -0.0, 1e300, -1e300, 1e-300, 5e-324, np.inf, -np.inf, np.nan)


def walk(optimizer, gradients, theta, state=None):
    """Return the parameters after each of the gradients, without a word about overflow."""
    state, thetas = optimizer.init(theta) if state is None else state, []
    with np.errstate(all="ignore"):
        for g in gradients:
            theta, state = optimizer.update(theta, g, state)
            thetas.append(theta)
    return np.array(thetas), state


@pytest.mark.parametrize("cls", CLASSES)
@given(
    odd=st.sampled_from(ODD),
    when=st.integers(0, 5),
    where=st.integers(0, 3),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 2**32 - 1),
)
@example(odd=np.nan, when=2, where=1, dtype=np.float64, seed=0)  # 30 draws may have no nan
@settings(deadline=None, max_examples=30)
def test_an_odd_gradient_touches_its_own_coordinate_alone(cls, odd, when, where, dtype, seed):
    gradients = np.random.default_rng(seed).standard_normal((6, 4)).astype(dtype)
    theta = np.arange(4, dtype=dtype)
    plain, _ = walk(cls(lr=0.1), gradients, theta)
    with np.errstate(over="ignore"):
        gradients[when, where] = odd  # a huge number is infinite in float32
    touched, state = walk(cls(lr=0.1), gradients, theta)
    others = np.arange(4) != where
    np.testing.assert_array_equal(touched[:, others], plain[:, others])
    np.testing.assert_array_equal(touched[:when], plain[:when])
    assert touched.dtype == dtype
    if np.isnan(odd):
        assert np.isnan(touched[when:, where]).all()
    assert state["t"] == 6


@pytest.mark.parametrize("cls", CLASSES)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
@settings(deadline=None, max_examples=20)
def test_layout_does_not_matter_and_nothing_given_is_changed(cls, seed, data):
    def laid(array):
        """Return the same numbers, lying otherwise in memory, not to be written."""
        kind = data.draw(st.sampled_from(["plain", "columns", "every other", "backwards"]))
        if kind == "columns":
            array = np.asfortranarray(array)
        elif kind == "every other":
            wide = np.full((array.shape[0], 2 * array.shape[1]), 7.0)
            wide[:, ::2] = array
            array = wide[:, ::2]
        elif kind == "backwards":
            array = array[::-1].copy()[::-1]
        array.flags.writeable = False
        return array

    rng = np.random.default_rng(seed)
    theta, gradients = rng.standard_normal((3, 5)), rng.standard_normal((3, 3, 5))
    plain, _ = walk(cls(lr=0.1), gradients, theta)
    other, _ = walk(cls(lr=0.1), [laid(g) for g in gradients], laid(theta.copy()))
    np.testing.assert_array_equal(other, plain)


@pytest.mark.parametrize("cls", CLASSES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=10)
def test_state_that_was_written_as_json_goes_on_bit_for_bit(cls, seed):
    gradients = np.random.default_rng(seed).standard_normal((8, 3))
    optimizer, theta = cls(lr=0.1), np.ones(3)
    whole, _ = walk(optimizer, gradients, theta)
    half, state = walk(optimizer, gradients[:4], theta)
    text = json.dumps({name: np.asarray(value).tolist() for name, value in state.items()})
    state = {
        name: value if name == "t" else np.array(value) for name, value in json.loads(text).items()
    }
    rest, _ = walk(optimizer, gradients[4:], half[-1], state)
    np.testing.assert_array_equal(rest[-1], whole[-1])


@pytest.mark.parametrize("cls", CLASSES)
def test_one_optimizer_in_many_threads(cls):
    gradients = np.random.default_rng(8).standard_normal((16, 20, 50))
    optimizer = cls(lr=0.1)
    alone = [walk(optimizer, g, np.zeros(50))[0] for g in gradients]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda g: walk(optimizer, g, np.zeros(50))[0], gradients))
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e300])
def test_minimize_reports_an_odd_gradient(cls, odd):
    """Nothing warns; what is no longer finite is reported, at the step at which it is so."""
    calls = 0

    def grad(p):
        nonlocal calls
        calls += 1
        return np.where(np.arange(2) == 1, odd, p) if calls == 3 else p

    run = minimize((lambda p: (p**2).sum(-1), grad), cls(lr=0.1), start=(1.0, 1.0), steps=8)
    finite = np.isfinite(run.path).all(axis=1) & np.isfinite(run.losses)
    if run.diverged_at is None:
        assert finite.all()
        assert len(run.path) == 9
    else:
        assert finite[: run.diverged_at].all()
        assert run.diverged_at >= 3
    if np.isnan(odd):
        assert run.diverged_at == 3


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 0, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_number_and_nothing_at_all(cls, shape, dtype):
    theta, g = np.ones(shape, dtype), np.full(shape, 0.5, dtype)
    thetas, state = walk(cls(lr=0.1), [g, g], theta)
    assert thetas.shape == (2, *shape)
    assert thetas.dtype == dtype
    assert all(np.shape(value) == shape for name, value in state.items() if name != "t")


@pytest.mark.parametrize("cls", CLASSES)
def test_pickled_and_saved_as_npz_it_goes_on_bit_for_bit(cls):
    gradients = np.random.default_rng(9).standard_normal((8, 3))
    optimizer = cls(lr=0.1)
    whole, _ = walk(optimizer, gradients, np.ones(3))
    half, state = walk(optimizer, gradients[:4], np.ones(3))
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file) as kept:
        state = {name: int(kept[name]) if name == "t" else kept[name] for name in kept.files}
    again = pickle.loads(pickle.dumps(optimizer))
    assert again == optimizer
    rest, _ = walk(again, gradients[4:], half[-1], state)
    np.testing.assert_array_equal(rest[-1], whole[-1])


class Mixing(Adam):
    """A fault: what one coordinate has moves the others."""

    def update(self, theta, g, state):
        return super().update(theta, g + 1e-9 * np.max(g), state)


class Hiding(Adam):
    """A fault: nan is taken for zero."""

    def update(self, theta, g, state):
        return super().update(theta, np.nan_to_num(g), state)


class Writing(Adam):
    """A fault: the gradient is changed."""

    def update(self, theta, g, state):
        g = np.asarray(g)
        g *= 1
        return super().update(theta, g, state)


class Remembering(Adam):
    """A fault: something is kept outside the state."""

    seen = 0

    def update(self, theta, g, state):
        type(self).seen += 1
        theta, state = super().update(theta, g, state)
        return theta + 1e-9 * type(self).seen, state


class Widening(Adam):
    """A fault: single precision becomes double."""

    def update(self, theta, g, state):
        theta, state = super().update(theta, g, state)
        return np.float64(theta), state


@pytest.mark.parametrize(
    ("fault", "properties"),
    [
        (Mixing, [test_an_odd_gradient_touches_its_own_coordinate_alone]),
        (
            Hiding,
            [
                test_an_odd_gradient_touches_its_own_coordinate_alone,
                lambda cls: test_minimize_reports_an_odd_gradient(cls, np.nan),
            ],
        ),
        (Writing, [test_layout_does_not_matter_and_nothing_given_is_changed]),
        (
            Remembering,
            [
                test_state_that_was_written_as_json_goes_on_bit_for_bit,
                test_one_optimizer_in_many_threads,
                test_pickled_and_saved_as_npz_it_goes_on_bit_for_bit,
            ],
        ),
        (Widening, [lambda cls: test_a_number_and_nothing_at_all(cls, (1,), np.float32)]),
    ],
)
def test_a_fault_is_noticed(fault, properties):
    for holds in properties:
        with pytest.raises((AssertionError, ValueError, ExceptionGroup)):
            holds(fault)
