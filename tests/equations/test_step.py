"""A compiled step does what `update` does: on every layout, in place, with nan and inf."""

import sys
import threading
import tracemalloc
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from adamdoc import Adam, GradientDescent, Momentum, dialects, equations
from adamdoc.equations.machine import machine_code

CLASSES = [cls for cls in dialects.ALL if cls.elementwise]
BACKENDS = ["numba", "numpy"]


def contiguous(array):
    return array.copy()


def columns_first(array):
    return np.asfortranarray(array)


def strided(array):
    buffer = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    buffer[..., ::2] = array
    return buffer[..., ::2]


def reversed_(array):
    return array[::-1].copy()[::-1]


def unaligned(array):
    buffer = np.zeros(array.nbytes + 1, np.uint8)
    view = buffer[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


LAYOUTS = [contiguous, columns_first, strided, reversed_, unaligned]


def compare(optimizer, backend, dtype, shape=(3, 5), layout=contiguous, steps=3, seed=0):
    """Take some steps both ways; what is kept must agree to a few roundings of its operands."""
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal(shape).astype(dtype)
    expected, state = theta, optimizer.init(theta)
    found = layout(theta)
    kept = {k: v if k == "t" else layout(v) for k, v in state.items()}
    addresses = {k: v.ctypes.data for k, v in kept.items() if k != "t"}
    step = equations.compile(optimizer, backend)
    for _ in range(steps):
        g = rng.standard_normal(shape).astype(dtype)
        expected, state = optimizer.update(expected, g, state)
        g = layout(g)
        before = g.copy()
        step(found, g, kept)
        np.testing.assert_array_equal(g, before)
    tolerance = 0 if backend == "numpy" else 16 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    assert kept.keys() == state.keys()
    assert kept["t"] == steps
    for name, address in addresses.items():
        assert kept[name].ctypes.data == address, "the state must be changed in place"
        np.testing.assert_allclose(kept[name], state[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_optimizer_in_every_layout(cls, backend, dtype):
    for layout in LAYOUTS:
        compare(cls(lr=0.1), backend, dtype, layout=layout)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (7, 1, 4)])
@pytest.mark.parametrize("backend", BACKENDS)
def test_any_shape(backend, shape):
    layouts = [contiguous, columns_first] + ([strided] if shape else [])
    for layout in layouts:
        compare(Adam(lr=0.1), backend, np.float64, shape, layout)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("layout", [contiguous, strided])
def test_large_arrays_which_take_several_threads_and_blocks(backend, layout):
    compare(Adam(lr=0.1), backend, np.float64, (2, 150_001), layout)
    compare(Adam(lr=0.1), backend, np.float32, (300_001,), layout)


@pytest.mark.parametrize("backend", BACKENDS)
def test_array_hyperparameters_and_schedules(backend):
    rates = np.geomspace(1e-3, 1, 3)[:, None]
    compare(Adam(lr=rates, beta1=np.linspace(0, 0.9, 5), eps=1e-6), backend, np.float64)
    compare(Adam(lr=rates), backend, np.float32, layout=strided)
    compare(Momentum(lr=lambda t: 0.5 / t), backend, np.float64)
    compare(Momentum(lr=lambda t: rates * (t > 1)), backend, np.float64)
    big = np.linspace(0.1, 1, 200_000)
    compare(Momentum(lr=big), backend, np.float64, (200_000,))


def test_a_schedule_is_asked_once_for_each_step():
    asked = []
    optimizer = GradientDescent(lr=lambda t: asked.append(t) or 0.1)
    theta = np.zeros(400_000)
    state = optimizer.init(theta)
    for backend in BACKENDS:
        equations.compile(optimizer, backend)(theta, theta + 1, state)
    assert asked == [1, 2]


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [9, 90_000])
def test_nan_and_inf_as_in_update(cls, backend, size):
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e-300, 5e-324, 1.0]
    g = np.resize(special, size)
    theta = np.ones(size)
    optimizer = cls(lr=0.1, eps=0.0) if hasattr(cls, "eps") else cls(lr=0.1)
    state = optimizer.init(theta)
    found, kept = theta.copy(), optimizer.init(theta)
    with np.errstate(all="ignore"):
        step = equations.compile(optimizer, backend)
        for _ in range(2):
            theta, state = optimizer.update(theta, g, state)
            step(found, g, kept)
    np.testing.assert_allclose(found, theta, rtol=1e-15, atol=0)
    for name in kept:
        np.testing.assert_allclose(kept[name], state[name], rtol=1e-15, atol=0)


def test_fast_maths_is_off():
    pytest.importorskip("numba")
    module = machine_code(equations.compile(Adam()).source)
    assert module.loop0.targetoptions["fastmath"] is False


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_allocates_nothing_that_grows_with_the_array(backend):
    peaks = []
    for size in (500_000, 2_000_000):
        theta = np.zeros(size)
        optimizer = Adam()
        state = optimizer.init(theta)
        step = equations.compile(optimizer, backend)
        step(theta, theta + 1, state)
        g = theta + 1
        tracemalloc.start()
        step(theta, g, state)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    limit = 100_000 if backend == "numba" else 16 << 20  # one MiB for each temporary of a block
    assert max(peaks) < limit
    assert abs(peaks[1] - peaks[0]) < 50_000


def test_two_threads_at_once():
    def work(results, k):
        theta = np.zeros(100_000)
        optimizer = Adam(lr=0.1)
        state = optimizer.init(theta)
        step = equations.compile(optimizer)
        for _ in range(20):
            step(theta, theta + 1, state)
        results[k] = theta[0]

    results = [None, None]
    threads = [threading.Thread(target=work, args=(results, k)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[0] == results[1] != 0


def test_the_source_can_be_read():
    step = equations.compile(Adam())
    assert "m_t = beta1*m[i] + c1*g[i]" in step.source
    assert "# c1 = 1 - beta1" in step.source
    assert "m_hat = m / (1 - beta1**t)" in equations.compile(Adam(), "numpy").source
    assert "numba" in repr(step)


@pytest.mark.parametrize("backend", BACKENDS)
def test_bad_operands_change_nothing(backend):
    step = equations.compile(Adam(), backend)
    theta, g = np.ones(3), np.ones(3)
    state = step.optimizer.init(theta)
    frozen = np.ones(3)
    frozen.flags.writeable = False
    bad = {**state, "m": np.zeros(4)}
    for arguments, error, message in [
        (([1.0], g, state), TypeError, "theta must be an array of float32 or float64, got"),
        ((np.ones(3, int), g, state), TypeError, "theta must be an array of float32 or float64"),
        ((frozen, g, state), ValueError, "theta must be writable, got a read-only array"),
        ((theta, np.ones(2), state), ValueError, "g must have the shape of theta"),
        ((theta, g, {"t": 0}), ValueError, "state must have the entries t, m, v, .* got t"),
        ((theta, g, {}), ValueError, "got none"),
        (
            (theta, g, bad),
            ValueError,
            r"state\['m'\] must have the shape and dtype that init gives for theta",
        ),
        ((theta, g, {**state, "m": 0.0}), TypeError, r"state\['m'\] must be an array"),
        ((theta, g, {**state, "v": frozen}), ValueError, r"state\['v'\] must be writable"),
    ]:
        with pytest.raises(error, match=message):
            step(*arguments)
    assert state["t"] == 0
    assert (theta == 1).all()
    assert not state["m"].any()


def test_what_cannot_be_compiled():
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, got"):
        equations.compile(Adam)
    with pytest.raises(ValueError, match="backend must be one of 'numba', 'numpy', got 'jax'"):
        equations.compile(Adam(), "jax")


def test_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r"pip install 'adamdoc\[fast\]'"):
        equations.compile(Adam())
    assert equations.compile(Adam(), "numpy").backend == "numpy"


@dataclass(frozen=True)
class Normalized(GradientDescent):
    """An optimizer that is not elementwise, though it does not say so."""

    def update(self, theta, g, state):
        return super().update(theta, g / np.linalg.norm(g), state)


@dataclass(frozen=True)
class Frank(Normalized):
    """One that says so."""

    scope: ClassVar[str] = "array"


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_own_optimizers_with_norms_are_not_compiled(backend):
    with pytest.raises(ValueError, match="the gradient of one coordinate changes the steps"):
        equations.compile(Normalized(), backend)
    if backend == "numba":
        with pytest.raises(ValueError, match="Frank: the docstring has no block of equations"):
            equations.compile(Frank(), backend)
    else:
        compare(Frank(), backend, np.float64)
