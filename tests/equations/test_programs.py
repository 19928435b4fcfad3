"""Compiled steps of every class and of whole models: the same as `update`, in place, on disk."""

import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from adamdoc import (
    CAME,
    LAMB,
    LBFGS,
    SAM,
    SM3,
    SOAP,
    Adafactor,
    AdaLomo,
    Adam,
    Adam8bit,
    Backtracking,
    Cautious,
    ClipByNorm,
    ClipEachByNorm,
    DecoupledDecay,
    GradientDescent,
    Groups,
    HeavyBall,
    Lookahead,
    Mechanic,
    Momentum,
    Muon,
    Prodigy,
    Shampoo,
    Sophia,
    StrongWolfe,
    dialects,
    equations,
)
from adamdoc.dialects.forms import AdafactorDialect
from adamdoc.equations.kernel import Kernel
from adamdoc.equations.machine import cache_folder, machine_code
from adamdoc.equations.program import beyond_loops
from adamdoc.notation import Symbol
from adamdoc.optimizers import Optimizer, Wrapper, arrays
from adamdoc.optimizers.base import Hyperparameter
from adamdoc.optimizers.wrappers.wrapper import needs

#: Those whose loops would need a memory, a line search or rounding.
READABLE = [cls for cls in dialects.ALL if beyond_loops(cls)]
WRAPPERS = [
    cls
    for cls in dialects.ALL
    if issubclass(cls, Wrapper) and cls is not Groups and not beyond_loops(cls)
]
NESTED = [
    ClipByNorm(LAMB(lr=0.1)),
    ClipByNorm(Adafactor()),
    ClipByNorm(ClipEachByNorm(Adam(lr=0.1), max_norm=0.5)),
    SAM(SAM(Momentum(lr=0.1))),
    Lookahead(DecoupledDecay(Adam(lr=0.1)), steps=3),
    Lookahead(SAM(Prodigy(lr=0.5)), steps=4),
    Cautious(ClipByNorm(Prodigy(lr=0.5))),
    Cautious(Sophia(steps=3)),
    SAM(ClipByNorm(Muon())),
    Cautious(Shampoo(momentum=0.5)),
]
# With a rate of 0.1 for LAMB, AGC's gradients of a number would cancel in its first moment.
OPTIMIZERS = [
    *[cls() for cls in dialects.ALL if cls not in (*WRAPPERS, *READABLE)],
    *[
        wrapper(inner)
        for wrapper in WRAPPERS
        for inner in (GradientDescent(lr=0.1), HeavyBall(lr=0.1), Adam(lr=0.1), LAMB(lr=0.07))
    ],
    *NESTED,
    AdafactorDialect(weight_decay=0.1, relative=0.0, scaled=0.0),
    Prodigy(lr=lambda t: 1 / t),
    LAMB(lr=lambda t: 0.1 / t, beta1=0.5),
    SOAP(steps=3),
]
#: Square ones, because eigenvectors of a zero eigenvalue of SOAP's matrices are arbitrary.
MATRICES = [(4, 4), {"w": (3, 3), "u": (6, 6)}]
TALL = [(5, 3), (1, 4)]
SHAPES = [
    *((), (0,), (7,), (3, 5), (2, 3, 4), (0, 3)),
    {"w": (3, 5), "c": (), "kernel": (2, 3, 4, 2), "b": (4,), "none": (0,), "column": (5, 1)},
]


def drawn(shape, rng, dtype):
    if isinstance(shape, Mapping):
        return {name: drawn(part, rng, dtype) for name, part in shape.items()}
    return np.asarray(rng.standard_normal(shape), dtype)


def mapped(function, value):
    if isinstance(value, Mapping):
        return {name: mapped(function, part) for name, part in value.items()}
    return function(value)


def gradient(theta):
    return mapped(lambda x: np.asarray(1.7 * x - 0.3, x.dtype), theta)


def assert_same(found, expected, tolerance, place="theta"):
    if isinstance(expected, Mapping):
        assert found.keys() == expected.keys(), place
        for name, value in expected.items():
            assert_same(found[name], value, tolerance, f"{place}[{name!r}]")
        return
    assert np.asarray(found).dtype == np.asarray(expected).dtype, place
    scale = float(np.max(np.abs(expected), initial=0))
    np.testing.assert_allclose(found, expected, tolerance, tolerance * scale, err_msg=place)


def compare(optimizer, shape, dtype, backend="numba", steps=8, layout=np.copy):
    """Take the same steps with `update` and with the compiled step."""
    rng = np.random.default_rng(0)
    theta = drawn(shape, rng, dtype)
    state = optimizer.init(theta)
    found, kept = (
        mapped(lambda v: layout(v) if isinstance(v, np.ndarray) else v, value)
        for value in (theta, state)
    )
    step = equations.compile(optimizer, backend)
    for t in range(1, steps + 1):
        g, more = drawn(shape, rng, dtype), {}
        given = {"gradient": gradient, "loss": 1.5, "curvature": drawn(shape, rng, dtype)}
        given["noise"] = given["curvature"]
        given["objective"] = lambda x: arrays.total(arrays.each(np.square, x))
        more = {name: given[name] for name in needs(optimizer, t)}
        theta, state = optimizer.update(theta, g, state, **more)
        step(found, g, kept, **more)
    tolerance = 1e-11 if dtype is np.float64 else 3e-4
    assert_same(found, theta, tolerance)
    assert_same(kept, state, tolerance, "state")


def shapes_of(optimizer):
    matrices = [layer for layer in [optimizer, *inside(optimizer)] if layer.matrix_only]
    if not matrices:  # the readable Adafactor warns about means of nothing
        if isinstance(optimizer, SM3):  # its equations are for at most two axes
            return [(), (7,), (3, 5), {"w": (3, 5), "c": (), "b": (4,), "column": (5, 1)}]
        means = "Adafactor" in label(optimizer) or isinstance(optimizer, AdaLomo | CAME)
        return [s for s in SHAPES if s != (0, 3) or not means]
    return MATRICES if isinstance(matrices[0], SOAP) else MATRICES + TALL


def inside(optimizer):
    return (
        [optimizer.optimizer, *inside(optimizer.optimizer)]
        if isinstance(optimizer, Wrapper)
        else []
    )


def label(optimizer):
    return "-".join(type(layer).__name__ for layer in [optimizer, *inside(optimizer)])


@pytest.mark.no_cover
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=label)
def test_every_class_takes_the_steps_of_update(optimizer, dtype):
    for shape in shapes_of(optimizer):
        compare(optimizer, shape, dtype)


def test_the_numpy_backend_works_in_place_or_not_at_all():
    for optimizer in (LAMB(), Adam()):
        step, theta = equations.compile(optimizer, "numpy"), {"w": np.ones(3)}
        state = optimizer.init(theta)
        array = state["v"]["w"]
        array.flags.writeable = False
        with pytest.raises(ValueError, match=r"state\['v'\]\['w'\] must be writable"):
            step(theta, {"w": np.ones(3)}, state)
        assert (theta["w"] == 1).all()
        assert state["t"] == 0
        array.flags.writeable = True
        step(theta, {"w": np.ones(3)}, state)
        assert state["v"]["w"] is array
        assert array.all()


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (LBFGS(), "a memory of past steps"),
        (ClipByNorm(Backtracking()), "a line search"),
        (Adam8bit(), "rounded states"),
        (Mechanic(), "states that are vectors of numbers"),
    ],
)
def test_what_is_beyond_loops_is_refused(optimizer, reason):
    with pytest.raises(ValueError, match=rf"must not have {reason}, .* with backend='numpy'"):
        equations.compile(optimizer)


NUMPY = [
    *NESTED,
    LAMB(),
    Muon(),
    Prodigy(),
    Adam(),
    StrongWolfe(LBFGS()),
    Backtracking(Adam()),
    Adam8bit(),
    Mechanic(Adam()),
]


@pytest.mark.parametrize("optimizer", NUMPY, ids=label)
def test_the_numpy_backend_takes_all_of_them(optimizer):
    for shape in shapes_of(optimizer):
        compare(optimizer, shape, np.float64, "numpy")


def test_groups_step_each_with_its_own_loops():
    rules = ((lambda _, shape: len(shape) == 2, Muon()), ("c", SAM(Lookahead(Sophia(steps=2)))))
    shape = {"w": (3, 5), "u": (4, 4), "b": (3,), "c": ()}
    for optimizer in (Groups(ClipByNorm(Adam()), rules), Groups(Prodigy(), (("b", LAMB()),))):
        compare(optimizer, shape, np.float64)
        compare(optimizer, shape, np.float64, "numpy")
    compare(Groups(Adam()), (3,), np.float32)


def strided(array):
    buffer = np.zeros((*array.shape, 2), array.dtype)
    buffer[..., 0] = array
    return buffer[..., 0]


@pytest.mark.parametrize("layout", [strided, np.asfortranarray])
@pytest.mark.parametrize(
    "optimizer",
    [LAMB(), Adafactor(), Prodigy(), SAM(Adam()), ClipByNorm(Momentum()), Muon()],
    ids=label,
)
def test_layouts_that_are_not_contiguous(optimizer, layout):
    for shape in [(4, 6)] if isinstance(optimizer, Muon) else [(4, 6), (2, 3, 4), {"w": (3, 2)}]:
        compare(optimizer, shape, np.float64, layout=layout)


@pytest.mark.parametrize(
    "optimizer", [LAMB(), ClipByNorm(Adam()), Prodigy(), SAM(Adam()), Adafactor()], ids=label
)
def test_large_arrays_which_take_several_threads(optimizer):
    compare(optimizer, (2, 100_001), np.float64, steps=2)
    compare(optimizer, {"w": (300_000,), "c": (3,)}, np.float64, steps=2)


@pytest.mark.parametrize(
    "optimizer",
    [LAMB(), Adafactor(), ClipByNorm(Adam()), Prodigy(), SAM(Adam()), Muon(), SOAP()],
    ids=label,
)
def test_a_step_allocates_nothing_that_grows_with_the_model(optimizer):
    peaks = []
    for rows in (400, 1200) if optimizer.matrix_only else (400, 4000):
        theta = np.ones((rows, 400)) + np.eye(rows, 400)
        state, g = optimizer.init(theta), theta + 1
        more = {"gradient": gradient_in_place(theta)} if "gradient" in needs(optimizer) else {}
        step = equations.compile(optimizer)
        for _ in range(2):
            step(theta, g, state, **more)
        gc.collect()
        tracemalloc.start()
        step(theta, g, state, **more)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Adafactor's sums of the rows, and LAPACK's work for SOAP, are smaller than the parameters.
    limit = 100_000 if not isinstance(optimizer, (Adafactor, SOAP)) else 8 * 4000 * 400 // 2
    if not isinstance(optimizer, SOAP):
        assert max(peaks) < limit, peaks


def test_groups_allocate_nothing_that_grows_with_the_model():
    optimizer = Groups(Adam(), (("w", ClipByNorm(Adam())),))
    theta = {"w": np.ones(200_000), "c": np.ones(200_000)}
    state, step = optimizer.init(theta), equations.compile(optimizer)
    g = mapped(np.copy, theta)
    step(theta, g, state)
    tracemalloc.start()
    step(theta, g, state)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000
    with pytest.raises(ValueError, match=r"state\['groups'\] must have the entries 0, rest"):
        step(theta, g, {"t": 0, "groups": {"0": state["groups"]["0"]}})


def gradient_in_place(theta):
    target = np.empty_like(theta)
    return lambda x: np.multiply(x, 1.7, out=target)


def test_intermediate_arrays_are_computed_again_instead_of_stored():
    (lamb,) = equations.inline(LAMB)
    kernel = Kernel(lamb.system)
    assert [stage.operands for stage in kernel.stages] == [
        ["theta", "g", "m", "v"],
        ["theta", "m", "v"],
    ]
    assert [stage.writes for stage in kernel.stages] == [["m", "v"], ["theta"]]
    assert not kernel.stored


def test_a_state_is_written_late_where_its_old_value_is_needed():
    (cautious,) = equations.inline(Cautious(HeavyBall()))
    kernel = Kernel(cautious.system)
    assert sorted(n for stage in kernel.stages for n in stage.writes) == ["b", "theta"]
    compare(Cautious(HeavyBall(lr=0.1)), (50,), np.float64, steps=20)


def test_hyperparameters_that_are_arrays():
    rates = np.geomspace(1e-3, 1, 3)[:, None]
    for optimizer in (
        LAMB(lr=rates),
        ClipByNorm(Adam(lr=rates, beta1=np.linspace(0, 0.9, 5))),
        Lookahead(DecoupledDecay(Adam(lr=lambda t: rates / t), rates)),
        SAM(Momentum(lr=rates)),
        Muon(lr=rates),
    ):
        for dtype in (np.float64, np.float32):
            compare(optimizer, (3, 5), dtype)
            compare(optimizer, {"w": (3, 5), "u": (3, 1 if rates is optimizer.lr else 5)}, dtype)
        compare(optimizer, (3, 5), np.float64, layout=np.asfortranarray)
    theta = np.ones((2, 2))
    lamb = equations.compile(LAMB(lr=rates))
    with pytest.raises(ValueError, match="lr must broadcast to the shape of theta"):
        lamb(theta, theta.copy(), lamb.optimizer.init(theta))


def test_arrays_of_different_precision():
    for optimizer in (ClipByNorm(Adam()), Prodigy(), Adafactor()):
        theta = {"w": np.ones((2, 3), np.float32), "c": np.ones(4)}
        state, found = optimizer.init(theta), mapped(np.copy, theta)
        kept = mapped(np.copy, {n: v for n, v in state.items() if isinstance(v, dict)})
        kept = {n: kept.get(n, v) for n, v in state.items()}
        step = equations.compile(optimizer)
        for _ in range(4):
            g = mapped(lambda x: 2 * x, theta)
            step(found, g, kept)
            theta, state = optimizer.update(theta, g, state)
        assert_same(found, theta, 1e-5)
        assert_same(kept, state, 1e-5)


def test_prodigy_finds_its_rate_when_compiled():
    optimizer = Prodigy()
    theta = {"w": np.full((3, 2), 50.0), "c": np.array(-20.0)}
    state, step = optimizer.init(theta), equations.compile(optimizer)
    for _ in range(300):
        step(theta, mapped(lambda x: 2 * x, theta), state)
    assert state["d"] > 1
    assert max(np.abs(theta["w"]).max(), abs(theta["c"])) < 5


def test_a_step_can_be_pickled():
    theta, other = np.ones(3), np.ones(3)
    optimizer = ClipByNorm(Adam(lr=0.1))
    step = equations.compile(optimizer)
    state, same = optimizer.init(theta), optimizer.init(other)
    step(theta, theta.copy(), state)
    again = pickle.loads(pickle.dumps(step))
    again(other, other.copy(), same)
    assert (again.optimizer, again.backend, again.source) == (optimizer, "numba", step.source)
    np.testing.assert_array_equal(theta, other)


def stepped(queue):
    theta = np.ones(200_000)
    optimizer = Adam(lr=0.1)
    state = optimizer.init(theta)
    equations.compile(optimizer)(theta, theta.copy(), state)
    queue.put(float(theta.sum()))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_steps_after_its_parent_has():
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    stepped(queue)
    expected = queue.get(timeout=60)
    child = context.Process(target=stepped, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == expected
    child.join(60)
    assert child.exitcode == 0


SCRIPT = """
import numpy as np
from adamdoc import Adam, equations
optimizer, theta = Adam(lr=0.1), np.ones(10)
equations.compile(optimizer)(theta, np.ones(10), optimizer.init(theta))
print(theta.sum())
"""


def in_a_process(folder):
    environment = {**os.environ, "ADAMDOC_CACHE": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process):
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert not errors
    assert float(output) == pytest.approx(9)


def test_compiled_code_is_kept_for_the_next_process(tmp_path):
    cache = tmp_path / "cache"
    together = [in_a_process(cache) for _ in range(2)]  # both compile
    for process in together:
        finished(process)
    (source,) = cache.glob("adamdoc_*.py")
    assert "def loop0" in source.read_text("utf-8")
    written = machine_files(cache)
    finished(in_a_process(cache))
    assert written
    assert machine_files(cache) == written  # it compiled nothing


def machine_files(cache):
    """Return when each file of machine code was written."""
    return {file.name: file.stat().st_mtime_ns for file in cache.glob("__pycache__/*.nb[ic]")}


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_damaged_machine_code_is_compiled_again(tmp_path, ending):
    finished(in_a_process(tmp_path))
    for file in tmp_path.glob(f"__pycache__/*.{ending}"):
        file.write_bytes(file.read_bytes()[:20])
    finished(in_a_process(tmp_path))


def test_without_a_writable_folder_code_is_compiled_in_memory(tmp_path):
    (tmp_path / "file").write_text("")
    finished(in_a_process(tmp_path / "file" / "cache"))


def test_the_cache_folder_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("ADAMDOC_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("ADAMDOC_CACHE")
    for platform, part in [("linux", ".cache"), ("darwin", "Caches"), ("win32", "Local")]:
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.delenv("LOCALAPPDATA", raising=False)
        folder = cache_folder()
        assert folder.is_absolute()
        assert part in str(folder)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "adamdoc"


def test_a_damaged_file_in_the_cache_is_replaced(monkeypatch, tmp_path):
    monkeypatch.setenv("ADAMDOC_CACHE", str(tmp_path))
    source = "def loop0(theta):\n    for i in range(theta.size):\n        theta[i] = 7.0\n"
    machine_code.cache_clear()
    machine_code(source)
    (path,) = tmp_path.glob("*.py")
    path.write_text("broken(")
    machine_code.cache_clear()
    theta = np.zeros(2)
    machine_code(source).loop0(theta)
    assert (theta == 7).all()


def test_one_step_in_two_threads():
    optimizer = SAM(Muon(lr=0.1))
    step = equations.compile(optimizer)
    results = [None, None]

    def work(k):
        theta = np.eye(20)
        state = optimizer.init(theta)
        for _ in range(20):
            step(theta, theta + 1, state, gradient=lambda x: 2 * x)
        results[k] = theta

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(*results)


def test_bad_operands_change_nothing():
    optimizer = ClipByNorm(Adam())
    step = equations.compile(optimizer)
    theta = {"w": np.ones(3), "c": np.ones(())}
    g, state = mapped(np.copy, theta), optimizer.init(theta)
    frozen = np.ones(3)
    frozen.flags.writeable = False
    for arguments, error, message in [
        (({}, g, state), ValueError, "theta must contain at least one array, got an empty mapping"),
        (({**theta, "w": [1.0]}, g, state), TypeError, r"theta\['w'\] must be an array of float32"),
        (({**theta, "w": frozen}, g, state), ValueError, r"theta\['w'\] must be writable"),
        ((theta, {"w": g["w"]}, state), ValueError, "g must be a mapping with the names w, c"),
        (
            (theta, np.ones(3), state),
            ValueError,
            "g must be a mapping with the names w, c, as theta",
        ),
        ((theta["w"], g, optimizer.init(theta["w"])), ValueError, "g must be an array, as theta"),
        (
            (theta, {**g, "w": np.ones(4)}, state),
            ValueError,
            r"g\['w'\] must have the shape of theta",
        ),
        ((theta, g, {"t": 0}), ValueError, "state must have the entries t, m, v"),
        (
            (theta, g, {**state, "m": {"w": np.ones(3)}}),
            ValueError,
            r"state\['m'\] must have the entries w, c",
        ),
        (
            (theta, g, {**state, "m": {**state["m"], "w": np.ones(4)}}),
            ValueError,
            r"state\['m'\]\['w'\]",
        ),
        ((theta, g, [1]), ValueError, r"state must have the entries t, m, v.* got \[1\]"),
    ]:
        with pytest.raises(error, match=message):
            step(*arguments)
    assert state["t"] == 0
    assert not any(array.any() for array in state["m"].values())
    assert all((array == 1).all() for array in theta.values())


def test_further_arguments_are_checked():
    theta, g = np.ones(2), np.ones(2)
    sophia, sam, adam = (equations.compile(o) for o in (Sophia(steps=2), SAM(Adam()), Adam()))
    state = sophia.optimizer.init(theta)
    with pytest.raises(TypeError, match=r"curvature must be an estimate .* at step 1, got None"):
        sophia(theta, g, state)
    sophia(theta, g, state, curvature=g)
    with pytest.raises(TypeError, match=r"curvature must be None .* at step 2, got array"):
        sophia(theta, g, state, curvature=g)
    with pytest.raises(TypeError, match="gradient must be a function of the parameters for SAM"):
        sam(theta, g, sam.optimizer.init(theta))
    with pytest.raises(TypeError, match="gradient must be None for Adam"):
        adam(theta, g, adam.optimizer.init(theta), gradient=gradient)
    with pytest.raises(ValueError, match="read-only"):
        sam(theta, g, sam.optimizer.init(theta), gradient=lambda x: np.negative(x, out=x))


def test_what_cannot_be_compiled_is_refused_with_a_reason():
    with pytest.raises(ValueError, match="optimizer must not have Groups inside another wrapper"):
        equations.compile(ClipByNorm(Groups(Adam())))
    prodigy, theta = equations.compile(Prodigy(lr=np.ones(2))), np.ones(2)
    with pytest.raises(ValueError, match="lr must be a number, because the state of Prodigy"):
        prodigy(theta, theta.copy(), prodigy.optimizer.init(theta))
    shampoo, vector = Shampoo(), np.ones(2)
    with pytest.raises(
        ValueError, match="theta must be a matrix, because the equations of Shampoo"
    ):
        equations.compile(shampoo)(vector, vector.copy(), shampoo.init(vector))


@dataclass(frozen=True)
class Confusing(Optimizer):
    r"""Names that generated code uses itself.

    .. math::

        a_t      &= \beta a_{t-1} + \lambda g_t \\
        b_t      &= \lVert a_t \rVert \\
        \theta_t &= \theta_{t-1} - \eta \frac{a_t}{1 + b_t} - x \max(g_t, x) - y
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol("a_t", "i", "state", "a state"),
        Symbol("b_t", "i_t", "step", "a norm"),
        Symbol(r"\lambda", "sqrt", "hyperparameter", "a factor", "positive"),
        Symbol("x", "c1", "hyperparameter", "a threshold", "positive"),
        Symbol("y", "norm_1", "hyperparameter", "a shift", "positive"),
    )
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.1
    beta: Hyperparameter = 0.5
    sqrt: Hyperparameter = 2.0
    c1: Hyperparameter = 0.1
    norm_1: Hyperparameter = 0.01

    def init(self, theta):
        return {"t": 0, "i": np.zeros_like(theta)}

    def update(self, theta, g, state):
        theta, g, t, lr, beta, sqrt, c1, norm_1 = self._operands(theta, g, state)
        i = beta * state["i"] + sqrt * g
        i_t = float(np.linalg.norm(i))
        theta = theta - lr * i / (1 + i_t) - c1 * np.maximum(g, c1) - norm_1
        return theta, {"t": t, "i": i}


def test_any_names_can_be_compiled():
    assert equations.check(Confusing) < 4
    compare(Confusing(), (6,), np.float64)
    compare(Confusing(), {"w": (2, 2), "c": ()}, np.float32)
