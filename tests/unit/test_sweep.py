"""Sweeps: what runs, what is written, what a kill leaves behind."""

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

from adamdoc import LAMB, Adam, GradientDescent, Quadratic, Ravine, minimize
from adamdoc.sweep import LogUniform, jobs, store, sweep
from adamdoc.tasks import TASKS


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
            "tasks must be Problem or Task objects, got 3",
        ),
        ((Adam, [Ravine(), Ravine()], {"lr": [1]}), ValueError, "tasks must have distinct names"),
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
        (([Adam, Adam], Ravine(), {"lr": [1]}), ValueError, "must not contain duplicates"),
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
