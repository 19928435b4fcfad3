"""The study: every method on every task, tuned alike, by the time to a target; and a sweep's costs.

``nox -s study`` runs it and writes the record that the site shows. The rules are those of AlgoPerf
(Dahl and others, 2023) at our size; what is declared beforehand is in ``spaces.py``. What is done
is kept beside the record, so that a study that was stopped goes on where it was.
"""

import datetime
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import spaces

from adamdoc import Adam, Ravine
from adamdoc.schedules import Constant, Cosine, WarmUp
from adamdoc.sweep import LogUniform, Record, sweep
from adamdoc.sweep.fingerprint import package
from adamdoc.tasks import Task
from adamdoc.training import Training, train
from adamdoc.tuning import EdgeError, Setting, final_loss, tune

#: A setting whose first seed is worse than the best so far by more than this cannot win, nor change
#: what is refused: it must exceed the tolerance of `tune` for settings at an edge.
HOPELESS = 1.01 * (1 + spaces.TOLERANCE)


def steps_of(task: Task) -> int:
    """Return the number of steps in an epoch."""
    return -(-len(task.load().y) // (task.batch_size or len(task.load().y)))


def run(
    name: str, task: Task, setting: Setting, epochs: int, seed: int, target: float = -1.0
) -> Training:
    """Train with a setting of a method, until the end of its schedule or until a target."""
    setting = dict(setting)
    schedule = setting.pop("schedule", "constant")
    horizon = setting.pop("horizon", 1.0)
    if schedule != "constant":
        epochs = max(1, round(horizon * epochs))
    steps = epochs * steps_of(task)
    for rate in {"lr", "vector_lr"} & set(setting):
        setting[rate] = scheduled(schedule, setting[rate], steps)
    shapes = {key: np.shape(value) for key, value in task.model.init().items()}
    return train(
        *(task.model, task.load(), spaces.build(name, setting, shapes)),
        *(epochs, task.batch_size, seed),
        callback=lambda _epoch, _params, loss: loss <= target,
    )


def scheduled(schedule: str, lr: float, steps: int) -> Callable[[int], Any]:
    """Return a schedule by the name of its kind."""
    if schedule == "constant":
        return Constant(lr)
    if schedule == "cosine":
        return Cosine(lr, steps=steps)
    warm = round(0.1 * steps)
    return WarmUp(warm, Cosine(lr, steps=steps - warm))


def time_to(target: float, losses: Iterable[float]) -> float | None:
    """Return after how many epochs a loss reaches a target, interpolated; None if it does not."""
    losses = list(losses)
    for epoch, loss in enumerate(losses[1:], 1):
        if loss <= target:
            before, after = (np.log(max(value, 1e-300)) for value in losses[epoch - 1 : epoch + 1])
            return float(epoch - (np.log(target) - after) / (before - after))
    return None


def raced(measure: Callable[[Setting, int], float]) -> Callable[[Setting], float]:
    """Return the worst of a measure over the search seeds, or its first if that is hopeless."""
    best = np.inf

    def objective(setting: Setting) -> float:
        nonlocal best
        worst = measure(setting, spaces.SEARCH[0])
        if worst <= HOPELESS * best and np.isfinite(worst):
            worst = max(worst, *(measure(setting, seed) for seed in spaces.SEARCH[1:]))
            best = min(best, worst)
        return worst

    return objective


def reference(name: str, task_name: str) -> Record:
    """Return the losses that a reference method reaches in its share of the budget."""
    task = spaces.course()[task_name]
    epochs = round(spaces.TARGET_SHARE * task.epochs)
    space = {key: axis for key, axis in spaces.space_of(name).items() if key != "horizon"}

    def loss(setting: Setting, seed: int) -> float:
        return final_loss(run(name, task, setting, epochs, seed))

    found = tune(raced(loss), space, spaces.TARGET_TRIALS, spaces.TOLERANCE)
    ends = [loss(found.setting, seed) for seed in spaces.TARGET_SEEDS]
    losses = [end if np.isfinite(end) else None for end in ends]
    return {"optimizer": name, "task": task_name, "setting": found.setting, "losses": losses}


def contest(name: str, task_name: str, target: float) -> Record:
    """Return the result of a method on a task: by its search, and by its defaults."""
    task = spaces.course()[task_name]
    firsts: list[float | None] = []

    def cost(setting: Setting, seed: int) -> float:
        """Return the epochs to the target; beyond the budget, the loss orders the settings."""
        training = run(name, task, setting, task.epochs, seed, target)
        needed = None
        if training.diverged_at is None:
            needed = time_to(target, training.losses)
        if seed == spaces.SEARCH[0]:
            firsts.append(needed)
        return task.epochs * final_loss(training) / target if needed is None else needed

    found = tune(raced(cost), spaces.space_of(name), spaces.TRIALS, spaces.TOLERANCE)
    return {
        "optimizer": name,
        "task": task_name,
        "setting": found.setting,
        "trials": firsts,
        "tuned": judged(name, task, found.setting, target),
        "default": judged(name, task, {}, target),
    }


def judged(name: str, task: Task, setting: Setting, target: float) -> Record:
    """Return times, losses and test scores at the end, for the seeds that judge."""
    runs = [run(name, task, setting, task.epochs, seed) for seed in spaces.JUDGED]
    whole = [training.diverged_at is None for training in runs]
    return {
        "times": [
            time_to(target, t.losses) if ok else None for t, ok in zip(runs, whole, strict=True)
        ],
        "losses": [float(t.losses[-1]) if ok else None for t, ok in zip(runs, whole, strict=True)],
        "scores": [
            float(t.test_scores[-1]) if ok else None for t, ok in zip(runs, whole, strict=True)
        ],
    }


class Kept:
    """Results in a JSON Lines file, by a hash of everything that they depend on."""

    def __init__(self, path: Path, jobs: int = -1) -> None:
        self.path, self.jobs = path, jobs
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        self.found = dict(json.loads(line) for line in lines)

    def all_of(self, function: Callable[..., Record], work: list[tuple[Any, ...]]) -> list[Record]:
        """Return the results of a function, computing those that are not there.

        A best setting at an edge is refused, but not before all the others are done.
        """
        keys = [self.key(function, *arguments) for arguments in work]
        missing = [(key, a) for key, a in zip(keys, work, strict=True) if key not in self.found]
        pool = joblib.Parallel(n_jobs=self.jobs, return_as="generator_unordered")
        refused = []
        for key, result in pool(joblib.delayed(_one)(function, *item) for item in missing):
            if isinstance(result, str):
                refused.append(result)
                print(result, flush=True)
                continue
            self.found[key] = result
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, result], allow_nan=False) + "\n")
            print(result["optimizer"], result["task"], flush=True)
        if refused:
            raise SystemExit("widen in spaces.py, and say so in CHANGED:\n" + "\n".join(refused))
        return [self.found[key] for key in keys]

    @staticmethod
    def key(function: Callable[..., Record], name: str, task: str, *rest: float) -> str:
        """Return the hash of a result's method, task, space and rules, and of adamdoc's code."""
        rules = (spaces.TRIALS, spaces.SEARCH, spaces.JUDGED, spaces.TARGET_TRIALS)
        rules += (spaces.TARGET_SHARE, spaces.TARGET_SEEDS, spaces.LARGEST, HOPELESS)
        space, done = spaces.space_of(name), spaces.course()[task]
        text = repr((function.__name__, name, space, task, done, rest, rules, package()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _one(function: Callable[..., Record], key: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return key, function(*arguments)
    except EdgeError as error:
        return key, f"{arguments[0]} on {arguments[1]}: {error}"


def targets(kept: Kept) -> dict[str, Record]:
    """Return the target of each task: the loss that every reference method reaches."""
    tasks = spaces.course()
    found = kept.all_of(reference, [(name, task) for task in tasks for name in spaces.REFERENCES])
    aims: dict[str, Record] = {}
    for row in found:
        losses = [np.inf if loss is None else loss for loss in row["losses"]]
        own = aims.setdefault(row["task"], {"target": 0.0, "references": {}})
        own["references"][row["optimizer"]] = float(np.median(losses))
        own["target"] = max(own["references"].values())
    return aims


def costs() -> list[Record]:
    """Return what sweeps of more and more runs on the ravine cost, in seconds."""
    found = []
    for exponent in range(7):
        runs = 10**exponent
        settings = {"lr": LogUniform(1e-4, 1.0), "beta1": LogUniform(0.1, 0.99)}
        for jobs in (1, 2):
            sweep(Adam, Ravine(), settings, samples=10, jobs=jobs)  # the workers are there
            start = time.perf_counter()
            sweep(Adam, Ravine(), settings, samples=runs, jobs=jobs)
            found.append({"runs": runs, "jobs": jobs, "seconds": time.perf_counter() - start})
    return found


def declared() -> Record:
    """Return what was written down before anything was run, for the site."""
    return {
        "trials": spaces.TRIALS,
        "tolerance": spaces.TOLERANCE,
        "search_seeds": spaces.SEARCH,
        "seeds": spaces.JUDGED,
        "references": spaces.REFERENCES,
        "target_trials": spaces.TARGET_TRIALS,
        "target_share": spaces.TARGET_SHARE,
        "target_seeds": spaces.TARGET_SEEDS,
        "largest": spaces.LARGEST,
        "matrix_methods": spaces.MATRIX_METHODS,
        "left_out": spaces.LEFT_OUT,
        "schedule": {key: spoken(axis) for key, axis in spaces.SCHEDULE.items()},
        "spaces": {
            name: {key: spoken(axis) for key, axis in space.items()}
            for name, space in spaces.SPACES.items()
        },
        "changed": spaces.CHANGED,
    }


def spoken(axis: Any) -> Any:
    """Return a range as its ends and scale, and a choice as its options."""
    if isinstance(axis, spaces.Choice):
        return list(axis.options)
    return [axis.low, axis.high, axis.scale]


def main(path: str, jobs: str = "-1") -> None:
    """Run the study in so many processes, and write the record."""
    record = Path(path)
    kept = Kept(record.with_suffix(".jsonl"), int(jobs))
    tasks = spaces.course()
    aims = targets(kept)
    work = [(name, task, aims[task]["target"]) for task in tasks for name in spaces.SPACES]
    rows = kept.all_of(contest, work)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    content = {
        "date": today,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "joblib")},
        "cores": os.cpu_count(),
        "declared": declared(),
        "tasks": {
            name: {
                "model": repr(task.model),
                "samples": len(task.load().y),
                "test_samples": len(task.load().y_test),
                "epochs": task.epochs,
                "steps": task.epochs * steps_of(task),
                **aims[name],
            }
            for name, task in tasks.items()
        },
        "rows": rows,
        "costs_date": today,
        "costs": costs(),
    }
    part = record.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")
    part.replace(record)
    kept.path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
