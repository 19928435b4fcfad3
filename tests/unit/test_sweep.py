"""Sweeps: what runs, what is written, what a kill leaves behind."""

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import joblib
import numpy as np
import pytest

from adamdoc import (
    LAMB,
    Adam,
    ClipByValue,
    Dataset,
    GradientDescent,
    Lookahead,
    Quadratic,
    Ravine,
    load,
    minimize,
    train,
)
from adamdoc.models import LinearRegression, SoftmaxRegression
from adamdoc.sweep import LogUniform, jobs, store, sweep
from adamdoc.tasks import TASKS, Task


def columns(records, *names):
    return [tuple(record[name] for name in names) for record in records]


def test_grid_is_that_of_single_runs():
    grid = {"lr": [0.01, 0.2], "beta1": [0.5, 0.9]}
    table = sweep(Adam, Ravine(), grid, steps=30, noise=0.5, seeds=(3, 4))
    assert columns(table, "seed", "lr", "beta1") == [
        (seed, lr, beta1) for seed in (3, 4) for lr in (0.01, 0.2) for beta1 in (0.5, 0.9)
    ]
    for record in table:
        adam = Adam(lr=record["lr"], beta1=record["beta1"])
        run = minimize(Ravine(), adam, steps=30, noise=0.5, seed=record["seed"])
        assert record["loss"] == pytest.approx(run.losses[-1], rel=1e-12)
        assert record["best"] == pytest.approx(run.losses.min(), rel=1e-12)
        assert record["steps"] == 30
        assert record["error"] is record["diverged_at"] is record["score"] is None


def test_random_search_is_drawn_with_its_seed():
    space = {"lr": LogUniform(1e-3, 1.0), "beta1": [0.0, 0.9]}
    one, again, other = (
        sweep(Adam, Ravine(), space, samples=20, steps=5, search_seed=seed) for seed in (1, 1, 2)
    )
    assert one == again
    assert columns(one, "lr") != columns(other, "lr")
    assert all(1e-3 <= record["lr"] <= 1.0 for record in one)
    assert {record["beta1"] for record in one} == {0.0, 0.9}
    both = sweep([Adam, GradientDescent], Ravine(), {"lr": LogUniform(1e-3, 1)}, samples=5, steps=1)
    assert columns(both[:5], "lr") == columns(both[5:], "lr")


def test_what_can_be_one_array_runs_as_one(monkeypatch):
    calls = []
    original = jobs.minimize
    monkeypatch.setattr(
        jobs, "minimize", lambda *a, **k: calls.append(original(*a, **k)) or calls[-1]
    )
    sweep(Adam, Ravine(), {"lr": np.linspace(0.01, 1, 300)}, steps=3)
    assert len(calls) == 1
    assert calls[0].path.shape == (4, 300, 2)
    monkeypatch.setattr(jobs, "BATCH", 100 * 4 * 2)
    sweep(Adam, Ravine(), {"lr": np.linspace(0.01, 1, 300)}, steps=3)
    assert len(calls) == 4
    # LAMB takes norms of all that it is given: its runs cannot be one array.
    sweep(LAMB, Ravine(), {"lr": [0.1, 0.2]}, steps=3)
    assert len(calls) == 6


def test_divergence_and_tasks():
    table = sweep(GradientDescent, [Ravine(), Quadratic([1.0])], {"lr": [0.05, 0.2]}, steps=550)
    assert columns(table, "task", "diverged_at", "steps") == [
        ("Ravine", None, 550),
        ("Ravine", 322, 322),
        ("Quadratic", None, 550),
        ("Quadratic", None, 550),
    ]
    assert table[1]["loss"] is None
    task = TASKS["softmax"]
    (record,) = sweep(Adam, {"digits": task}, {"lr": [0.01]}, epochs=2, seeds=[5])
    run = task.train(Adam(lr=0.01), epochs=2, seed=5)
    assert record["task"] == "digits"
    assert record["loss"] == run.losses[-1]
    assert record["score"] == run.test_scores[-1]
    assert record["steps"] == len(run.step_losses)


def test_several_processes_give_the_same_table():
    arguments = ([Adam, GradientDescent], Ravine(), {"lr": [0.01, 0.1]})
    assert sweep(*arguments, jobs=2) == sweep(*arguments)


def test_a_failure_is_recorded_and_the_rest_goes_on():
    table = sweep(Adam, Ravine(), {"lr": [0.1, -1.0, 0.2]}, steps=10)
    assert [record["error"] is None for record in table] == [True, False, True]
    assert "lr must be finite and greater than 0, got -1.0" in table[1]["error"]
    assert columns(table, "part", "lr") == [(0, 0.1), (1, -1.0), (2, 0.2)]
    assert table[2]["loss"] == pytest.approx(minimize(Ravine(), Adam(lr=0.2), steps=10).losses[-1])
    (lamb,) = sweep(LAMB, TASKS["embedding"], {"lr": [0.1]}, epochs=1)
    assert "optimizer must be elementwise" in lamb["error"]


def test_file_holds_the_table_and_is_not_run_again(tmp_path, monkeypatch):
    path = tmp_path / "runs.jsonl"
    arguments = (Adam, Ravine(), {"lr": [0.01, 0.1]})
    table = sweep(*arguments, to=path, seeds=(0, 1))
    assert [json.loads(line) for line in path.read_text().splitlines()] == table
    assert [p.name for p in tmp_path.iterdir()] == ["runs.jsonl"]
    more = sweep(*arguments, to=path, seeds=(0, 1, 2))
    assert more[:4] == table
    assert len(path.read_text().splitlines()) == 6
    monkeypatch.setattr(jobs.Job, "run", None)  # nothing may be run
    assert sweep(*arguments, to=path, seeds=(0, 1)) == table


@pytest.mark.parametrize("cut", [1, 40, 700])
def test_what_a_kill_left_half_is_dropped(tmp_path, cut):
    path, whole = tmp_path / "runs.jsonl", tmp_path / "whole.jsonl"
    arguments = (Adam, Ravine(), {"lr": [0.01, 0.1, 0.2]})
    table = sweep(*arguments, seeds=(0, 1), to=whole)
    path.write_text(whole.read_text()[:-cut])
    assert sweep(*arguments, seeds=(0, 1), to=path) == table
    assert path.read_text() == whole.read_text()


SCRIPT = """
import sys, time
from dataclasses import dataclass
from adamdoc import Adam, Ravine
from adamdoc.sweep import sweep

@dataclass(frozen=True)
class Slow(Ravine):
    def loss(self, theta):
        time.sleep(0.004)
        return super().loss(theta)

if __name__ == "__main__":
    jobs = int(sys.argv[2])
    sweep(Adam, Slow(), {"lr": [0.01, 0.1]}, seeds=range(24), steps=20, to=sys.argv[1], jobs=jobs)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_sweep_goes_on(tmp_path, jobs):
    script, path = tmp_path / "script.py", tmp_path / "runs.jsonl"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(path), str(jobs)]
    first = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (path.exists() and path.read_bytes().count(b"\n") >= 8):
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    before = path.read_bytes().rpartition(b"\n")[0].splitlines()
    assert 8 <= len(before) < 48
    subprocess.run(command, check=True)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted(columns(records, "seed", "lr")) == [
        (s, lr) for s in range(24) for lr in (0.01, 0.1)
    ]
    kept = [json.loads(line) for line in before]
    assert all(record in records for record in kept)


def test_two_sweeps_cannot_share_a_file(tmp_path):
    path = tmp_path / "runs.jsonl"
    with (
        store.open_store(path),
        pytest.raises(ValueError, match="to must not be in use by another"),
    ):
        sweep(Adam, Ravine(), {"lr": [0.1]}, to=path)


@dataclass(frozen=True)
class Slow(Ravine):
    """A ravine on which each step takes a while."""

    def loss(self, theta):
        time.sleep(0.01)
        return super().loss(theta)


def test_a_worker_of_a_cluster_is_killed_midway(tmp_path):
    distributed = pytest.importorskip("distributed")
    path = tmp_path / "runs.jsonl"
    arguments = (Adam, Slow(), {"lr": [0.01, 0.1]})
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config(backend="dask"),
    ):
        pids = client.run(os.getpid)
        assert len(set(pids.values())) == 2

        def kill():
            while not (path.exists() and path.read_bytes().count(b"\n") >= 6):
                time.sleep(0.02)
            os.kill(next(iter(pids.values())), signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        table = sweep(*arguments, seeds=range(30), steps=20, to=path)
        thread.join()
        after = client.run(os.getpid)
    assert set(after.values()) != set(pids.values())
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 60
    assert sorted(columns(lines, "seed", "lr")) == columns(table, "seed", "lr")
    quick = sweep(Adam, Ravine(), {"lr": [0.01, 0.1]}, seeds=range(30), steps=20)
    names = [name for name in quick[0] if name not in ("job", "task")]
    assert columns(table, *names) == columns(quick, *names)


def test_pandas_takes_the_records():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(sweep(Adam, Ravine(), {"lr": [0.01, 0.1]}))
    assert list(frame["lr"]) == [0.01, 0.1]
    assert frame["loss"].dtype == float


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ([Adam()], Ravine(), {"lr": [1]}),
            TypeError,
            "optimizers must be subclasses of Optimizer",
        ),
        ((Adam, Ravine(), {"momentum": [1]}), TypeError, "Adam has lr, .*, got 'momentum'"),
        (
            (Adam, [Ravine(), 3], {"lr": [1]}),
            TypeError,
            r"tasks must be Problem or Task objects, or pairs of functions .*, got 3",
        ),
        (
            (Adam, [Ravine(), Ravine()], {"lr": [1]}),
            ValueError,
            "names: pass .* got Ravine, Ravine",
        ),
        (
            (Adam, Ravine(), {"lr": []}),
            ValueError,
            r"lr must be a non-empty list of numbers, got \[\]",
        ),
        (
            (Adam, Ravine(), {"lr": LogUniform(1, 2)}),
            ValueError,
            "samples is required because lr is a distribution",
        ),
        (([], Ravine(), {"lr": [1]}), ValueError, "must not be empty"),
        (([Adam, Adam], Ravine(), {"lr": [1]}), ValueError, "optimizers must have distinct"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        sweep(*arguments)


def test_other_wrong_arguments(tmp_path):
    with pytest.raises(ValueError, match=r"high must be greater than low, 2, got 1"):
        LogUniform(2, 1)
    with pytest.raises(ValueError, match="to must be in an existing directory"):
        sweep(Adam, Ravine(), {"lr": [1]}, to=tmp_path / "no" / "runs.jsonl")
    path = tmp_path / "notes.txt"
    path.write_text("hello\n")
    with pytest.raises(
        ValueError, match=r"to must be a file written by a sweep: .*notes.txt, line 1"
    ):
        sweep(Adam, Ravine(), {"lr": [1]}, to=path)
    assert path.read_text() == "hello\n"
    with pytest.raises(ValueError, match="samples must be at least 1, got 0"):
        sweep(Adam, Ravine(), {"lr": [1]}, samples=0)


def bowl(p):
    return ((p - 1) ** 2).sum()


def bowl_grad(p):
    return 2 * (p - 1)


def valley(p):
    return p[0] ** 2 + 100 * p[1] ** 2  # wrong for a batch


def valley_grad(p):
    return np.array([2 * p[0], 200 * p[1]])


def test_functions_are_tasks():
    tasks = {"bowl": (bowl, bowl_grad), "valley": (valley, valley_grad), "ravine": Ravine()}
    starts = {"bowl": [3.0, 4.0, 5.0], "valley": [1.0, 1.0]}
    rates = [1e-3, 5e-3]  # as many as there are coordinates
    table = sweep(GradientDescent, tasks, {"lr": rates}, start=starts, steps=9, noise=0.1)
    assert columns(table, "task", "lr", "error") == [(t, lr, None) for t in tasks for lr in rates]
    for record in table:
        task = tasks[record["task"]]
        optimizer, start = GradientDescent(lr=record["lr"]), starts.get(record["task"])
        run = minimize(task, optimizer, start, steps=9, noise=0.1)
        assert record["loss"] == pytest.approx(run.losses[-1], rel=1e-12)
    one = sweep(GradientDescent, (bowl, bowl_grad), {"lr": [0.5]}, start=[3.0, 4.0], jobs=2)
    assert columns(one, "task", "loss") == [("bowl", 0.0)]
    several = [(bowl, bowl_grad), Ravine()]
    table = sweep(GradientDescent, several, {"lr": [0.05]}, start=[3.0, 4.0])
    runs = [minimize(task, GradientDescent(lr=0.05), [3.0, 4.0]) for task in several]
    assert columns(table, "task", "loss") == [
        ("bowl", runs[0].losses[-1]),
        ("Ravine", runs[1].losses[-1]),
    ]


def test_own_data():
    x = np.linspace(-1, 1, 20)[:, None]
    y = 3 * x[:, 0] + 1
    digits = load("digits")
    tasks = [
        Task("line", LinearRegression(1), (x, y), epochs=3, batch_size=5),
        Task("lists", LinearRegression(1), (x.tolist(), y.tolist()), 2, None),
        Task("digits", SoftmaxRegression(64, 10), digits, epochs=1),
    ]
    table = sweep(Adam, tasks, {"lr": [0.1]}, seeds=[4])
    runs = [
        train(LinearRegression(1), (x, y), Adam(lr=0.1), 3, 5, seed=4),
        train(LinearRegression(1), (x, y), Adam(lr=0.1), 2, None, seed=4),
        train(SoftmaxRegression(64, 10), digits, Adam(lr=0.1), 1, seed=4),
    ]
    assert columns(table, "error", "loss") == [(None, run.losses[-1]) for run in runs]
    assert columns(table, "score") == [(None,), (None,), (runs[2].test_scores[-1],)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3, LinearRegression(1), "digits"), TypeError, "name must be a string, got 3"),
        (("a", "mlp", "digits"), TypeError, "model must be a Model, got 'mlp'"),
        (("a", LinearRegression(1), "digit"), ValueError, "got 'digit'; did you mean 'digits'"),
        (("a", LinearRegression(1), np.ones(2)), TypeError, r"a pair \(x, y\), got ndarray"),
        (("a", LinearRegression(1), "digits", 1.5), TypeError, "epochs must be an integer"),
        (("a", LinearRegression(1), "digits", 1, 0), ValueError, "batch_size must be at least 1"),
    ],
)
def test_wrong_tasks(arguments, error, message):
    with pytest.raises(error, match=message):
        Task(*arguments)


def test_a_run_without_a_finite_loss_or_score(tmp_path):
    x = np.linspace(-1, 1, 8)[:, None]
    constant = Dataset(x, x[:, 0], x, np.ones(8))  # no R squared: the targets do not vary
    model = LinearRegression(1)
    tasks = {
        "constant": Task("", model, constant, 1, 4),
        "infinite": Task("", model, (1e200 * x, 1e200 * x[:, 0]), 1, 4),
    }
    table = sweep(GradientDescent, tasks, {"lr": [0.1]}, to=tmp_path / "runs.jsonl")
    assert columns(table, "error", "score") == [(None, None)] * 2
    assert columns(table[1:], "loss", "best", "diverged_at") == [(None, None, 0)]
    diverging = Task("diverging", model, Dataset(x, x[:, 0], x, x[:, 0]), 400, 4)
    (record,) = sweep(GradientDescent, diverging, {"lr": [1e3]})
    assert record["loss"] is record["score"] is record["error"] is None
    assert record["diverged_at"] == record["steps"] > 0
    assert np.isfinite(record["best"])


def clipped(lr, max_value=1.0):
    return ClipByValue(Adam(lr=lr), max_value)


def test_functions_that_make_optimizers():
    makers = {
        "clipped": clipped,
        "slow": functools.partial(Adam, beta2=0.99),
        "any": lambda **values: GradientDescent(**values),
    }
    table = sweep(makers, Ravine(), {"lr": [0.01, 0.02]}, steps=20)
    for record in table:
        run = minimize(Ravine(), makers[record["optimizer"]](lr=record["lr"]), steps=20)
        assert record["loss"] == pytest.approx(run.losses[-1], rel=1e-12)
    unnamed = sweep([clipped, functools.partial(Adam, eps=1e-3)], Ravine(), {"lr": [0.1]})
    assert columns(unnamed, "optimizer") == [("clipped",), ("Adam",)]
    (record,) = sweep({"none": lambda lr: lr}, Ravine(), {"lr": [0.1]})
    assert "optimizer must be an Optimizer, got 0.1" in record["error"]


def test_a_hyperparameter_with_the_name_of_a_result_is_kept():
    maker = functools.partial(Lookahead, Adam(lr=0.1))
    table = sweep(maker, Ravine(), {"steps": [2, 5]}, steps=20)
    assert columns(table, "setting_steps", "steps") == [(2.0, 20), (5.0, 20)]
    losses = [minimize(Ravine(), maker(steps=k), steps=20).losses[-1] for k in (2, 5)]
    assert columns(table, "loss") == [(loss,) for loss in losses]


@dataclass(frozen=True)
class Normalized(GradientDescent):
    """An optimizer that is not elementwise, though it does not say so."""

    def update(self, theta, g, state):
        return super().update(theta, g / np.linalg.norm(g), state)


@dataclass(frozen=True)
class Unbatched(Ravine):
    """A problem that is wrong for a batch of two points, though it must not be."""

    def loss(self, theta):
        return valley(np.asarray(theta))

    def grad(self, theta):
        return valley_grad(np.asarray(theta))


def test_own_classes_that_would_mix_the_runs_of_a_batch():
    rates = [1e-3, 5e-3]
    for cls, problem in ((Normalized, Ravine()), (GradientDescent, Unbatched())):
        table = sweep(cls, problem, {"lr": rates}, steps=9)
        assert columns(table, "part", "error") == [(0, None), (1, None)]
        losses = [minimize(problem, cls(lr=lr), steps=9).losses[-1] for lr in rates]
        assert columns(table, "loss") == [(pytest.approx(loss),) for loss in losses]


def leave(_p):
    sys.exit(0)


def test_sys_exit_in_a_function_is_a_failed_run():
    tasks = {"exit": (leave, bowl_grad), "bowl": (bowl, bowl_grad)}
    table = sweep(GradientDescent, tasks, {"lr": [0.5]}, start=[2.0])
    assert "SystemExit: 0" in table[0]["error"]
    assert columns(table, "loss") == [(None,), (0.0,)]


CHANGING = """
import sys
from dataclasses import dataclass
import numpy as np
from adamdoc import Adam, GradientDescent, Ravine
from adamdoc.models import LinearRegression
from adamdoc.sweep import sweep
from adamdoc.tasks import Task

FACTOR = 1.0

def helper(g):
    return 1.0 * g

@dataclass(frozen=True)
class Own(GradientDescent):
    def update(self, theta, g, state):
        return super().update(theta, helper(g), state)

class Bowl(Ravine):
    def loss(self, theta):
        return 1.0 * super().loss(theta)

class Line(LinearRegression):
    def loss_and_grad(self, params, x, y):
        loss, grad = super().loss_and_grad(params, x, y)
        return 1.0 * loss, grad

def loss(p):
    return FACTOR * (p**2).sum()

def grad(p):
    return FACTOR * 2 * p

x = np.linspace(-1, 1, 3000)[:, None]
x[1500] = 0.25
y = np.linspace(-1, 1, 3000)
tasks = {
    "Bowl": Bowl(),
    "functions": (loss, grad),
    "line": Task("line", Line(1), (x, y), 1),
}
if __name__ == "__main__":
    table = sweep(
        Own, tasks, {"lr": [0.01]}, start=[1.0, 1.0], steps=3, to=sys.argv[1], jobs=int(sys.argv[2])
    )
    print(*(record["loss"] for record in table))
"""


def test_a_changed_class_function_constant_or_array_is_run_again(tmp_path):
    path, script = tmp_path / "runs.jsonl", tmp_path / "script.py"

    def losses(text=CHANGING, jobs="1"):
        script.write_text(text)
        done = subprocess.run(
            [sys.executable, "-W", "error", str(script), str(path), jobs],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split(), len(path.read_text().splitlines())

    first, lines = losses()
    assert lines == 3
    assert losses("# a comment\n" + CHANGING, jobs="2") == (first, 3)
    for change, differs in [
        (("return 1.0 * g", "return 2.0 * g"), [True, True, True]),
        (("return 1.0 * super", "return 2.0 * super"), [True, False, False]),
        (("FACTOR = 1.0", "FACTOR = 2.0"), [False, True, False]),
        (("x[1500] = 0.25", "x[1500] = 0.5"), [False, False, True]),
        (("1.0 * loss, grad", "2.0 * loss, grad"), [False, False, True]),
    ]:
        changed, more = losses(CHANGING.replace(*change))
        assert [a != b for a, b in zip(changed, first, strict=True)] == differs
        assert more == lines + sum(differs)
        lines = more
    assert losses() == (first, lines)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda line: line[:50] + b"\n", id="cut"),
        pytest.param(lambda line: line.replace(b'"seed"', b'"sed"'), id="without a key"),
        pytest.param(lambda line: b"\x00" * 20 + line[20:], id="zeros"),
        pytest.param(lambda line: line[:-40] + b"\xff\xfe\n", id="no text"),
        pytest.param(lambda _: b"[1, 2]\n", id="a list"),
        pytest.param(lambda _: b"[" * 100_000 + b"\n", id="nested"),
        pytest.param(lambda line: line.replace(b'"part": 1', b'"part": "one"'), id="wrong type"),
    ],
)
def test_a_corrupt_line_is_named_and_run_again(tmp_path, damage):
    path = tmp_path / "runs.jsonl"
    arguments = (Adam, Ravine(), {"lr": [0.01, 0.1]})
    table = sweep(*arguments, to=path, seeds=range(4))
    lines = path.read_bytes().splitlines(keepends=True)
    bad = damage(lines[3])
    assert bad != lines[3]
    path.write_bytes(b"".join([*lines[:3], bad, b"\n", *lines[4:]]))
    with pytest.warns(UserWarning, match=r"runs.jsonl, line 4, is not a record: '.*'; ") as warned:
        assert sweep(*arguments, to=path, seeds=range(4)) == table
    assert [w.filename for w in warned] == [__file__]
    after = path.read_bytes().splitlines(keepends=True)
    assert sorted(after) == sorted(lines)
    kept = lines[:2] + lines[4:]
    assert [line for line in after if line in kept] == kept
    assert (tmp_path / "runs.jsonl.corrupt").read_bytes() == bad
    assert sweep(*arguments, to=path, seeds=range(4)) == table  # without a warning


def test_a_corrupt_line_leaves_other_sweeps_alone(tmp_path):
    path = tmp_path / "runs.jsonl"
    arguments = (Adam, Ravine(), {"lr": [0.01]})
    old = sweep(*arguments, to=path)
    more = sweep(*arguments, to=path, seeds=[1, 2])
    path.write_text(path.read_text() * 2 + "oops\n")  # two copies of a file, put together
    with pytest.warns(UserWarning, match="line 7, is not a record: 'oops'"):
        assert sweep(*arguments, to=path, seeds=[1, 2]) == more
    assert [json.loads(line) for line in path.read_text().splitlines()] == [*old, *more]


@pytest.mark.parametrize(
    "content",
    [
        "lr,loss\n0.1,2.0\n",
        '{"job": "plumber", "name": "x"}\n',
        '{"job": "plumber"}',
        '{"a": 1}',
        "[1, 2]\n[3, 4]\n",
        '{\n  "runs": []\n}\n',
        "{\n",
        '{"job": "0123456789abcdefg"}\n',
    ],
)
def test_another_file_is_not_touched(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"table.csv, line 1, is not a record: '"):
        sweep(Adam, Ravine(), {"lr": [0.1]}, to=path)
    assert path.read_text() == content
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("content", ["", "\n", '{"job": "01', '{"job": "0123456789abcdef", "par'])
def test_an_empty_or_just_begun_file_is_filled(tmp_path, content):
    path = tmp_path / "runs.jsonl"
    path.write_text(content)
    table = sweep(Adam, Ravine(), {"lr": [0.1]}, to=path)
    assert [json.loads(line) for line in path.read_text().splitlines()] == table


@pytest.mark.parametrize(
    ("arguments", "start", "error", "message"),
    [
        ((Adam, (bowl, bowl_grad)), None, ValueError, "start of bowl is required"),
        ((Adam, Ravine()), [1.0], ValueError, r"start of Ravine must have shape \(2,\), got \(1,"),
        ((Adam, Ravine()), {"ravine": [1.0, 2.0]}, ValueError, "did you mean 'Ravine'"),
        ((Adam, Ravine()), "x", TypeError, "start of Ravine must be an array of real numbers"),
        ((Adam, (bowl, 3)), None, TypeError, "tasks must be Problem or Task objects, or pairs of"),
        ((Adam, bowl), None, TypeError, "tasks must be Problem or Task objects, or pairs of"),
        ((Adam, {"x": 3}), None, TypeError, "tasks must be Problem or Task objects, .* got 3"),
        (({"x": Adam()}, Ravine()), None, TypeError, "optimizers must be subclasses of Optimizer"),
        ((Ravine, Ravine()), None, TypeError, "optimizers must be subclasses of Optimizer"),
        ((functools.partial(Ravine), Ravine()), None, TypeError, "optimizers must be subclasses"),
        ((lambda max_norm: max_norm, Ravine()), None, TypeError, "has max_norm, got 'lr'"),
        (
            (ClipByValue, Ravine()),
            None,
            TypeError,
            "got 'lr': vary it with a function, lambda lr: C",
        ),
        ((Adam, TASKS["mlp"]), {"mlp": [1.0]}, ValueError, "start must not contain mlp"),
        ((Adam, "mlp"), None, TypeError, r"got 'mlp'; did you mean TASKS\['mlp'\]"),
    ],
)
def test_wrong_tasks_and_starts(arguments, start, error, message):
    with pytest.raises(error, match=message):
        sweep(*arguments, {"lr": [0.1]}, start=start)


def test_seeds_and_settings_must_be_several():
    with pytest.raises(TypeError, match=r"seeds must be several integers, such as \[3\], got 3"):
        sweep(Adam, Ravine(), {"lr": [0.1]}, seeds=3)
    with pytest.raises(TypeError, match=r"settings must be a dict of hyperparameters, got \[0.1\]"):
        sweep(Adam, Ravine(), [0.1])


def test_another_version_of_a_data_set_is_run_again(tmp_path, monkeypatch):
    path = tmp_path / "runs.jsonl"
    arguments = (Adam, TASKS["logistic"], {"lr": [0.1]})
    first = sweep(*arguments, epochs=1, to=path)
    data = load("breast_cancer")
    x = data.x.copy()
    x[200, 3] += 1.0
    monkeypatch.setattr(Task, "load", lambda _: Dataset(x, data.y, data.x_test, data.y_test))
    assert sweep(*arguments, epochs=1, to=path)[0]["loss"] != first[0]["loss"]
    assert len(path.read_text().splitlines()) == 2


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(ValueError, match="to must be a file, got the directory"):
        sweep(Adam, Ravine(), {"lr": [0.1]}, to=tmp_path)
