"""The study: all optimizers on all tasks, tuned alike; and what a sweep costs.

``nox -s study`` runs it and writes the record that the site shows. What is done is kept beside the
record, so that a study that was stopped goes on where it was.
"""

import datetime
import json
import os
import platform
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from adamdoc import Adam, Ravine, lineage
from adamdoc.models import Embedding, MatrixFactorization
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters
from adamdoc.sweep import LogUniform, Record, sweep
from adamdoc.tasks import TASKS, Task

#: Multiples of the default rate, the same for every optimizer.
FACTORS = LogUniform(0.1, 1000.0).draw(np.random.default_rng(0), 10)
#: The budgets, as shares of a task's usual epochs.
BUDGETS = {"short": 0.5, "usual": 1.0}
SEEDS = (1, 2, 3)


def entrants() -> list[type[Optimizer]]:
    """Return the optimizers that take part."""
    return [
        cls
        for cls in lineage.methods()
        if not issubclass(cls, Wrapper)
        and "lr" in hyperparameters(cls)
        and not cls.matrix_only  # a model has vectors too
    ]


def course() -> dict[str, Task]:
    """Return the tasks, the heavy ones shortened, with dense gradients for every optimizer."""
    found = {}
    for name, task in TASKS.items():
        model, epochs = task.model, task.epochs
        if isinstance(model, (Embedding, MatrixFactorization)):
            model = replace(model, sparse=False)
        epochs = {"conv": 2, "attention": 2}.get(name, epochs)
        found[name] = replace(task, model=model, epochs=epochs)
    return found


def default_rate(cls: type[Optimizer]) -> float:
    """Return the learning rate that an optimizer comes with."""
    return float(cls().lr)  # type: ignore[attr-defined]


def measure(kept: Path) -> list[Record]:
    """Return for each optimizer, task and budget the losses at the default rate and at the best."""
    rows = []
    for cls in entrants():
        default = default_rate(cls)
        for name, task in course().items():
            for budget, share in BUDGETS.items():
                epochs = max(1, round(share * task.epochs))
                common = {"epochs": epochs, "to": kept, "jobs": -1}
                search = sweep(cls, task, {"lr": default * FACTORS}, seeds=(0,), **common)
                losses = [np.inf if r["loss"] is None else r["loss"] for r in search]
                best = search[int(np.argmin(losses))]["lr"]
                for kind, lr in (("default", default), ("tuned", best)):
                    ends = sweep(cls, task, {"lr": [lr]}, seeds=SEEDS, **common)
                    rows.append(
                        {
                            "optimizer": cls.__name__,
                            "task": name,
                            "budget": budget,
                            "kind": kind,
                            "lr": lr,
                            "losses": [r["loss"] for r in ends],
                            "scores": [None if r["loss"] is None else r["score"] for r in ends],
                            "failed": sum(r["error"] is not None for r in [*search, *ends]),
                        }
                    )
        print(cls.__name__, flush=True)
    return rows


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


def main(path: str) -> None:
    """Run the study and write the record."""
    record = Path(path)
    kept = record.with_suffix(".jsonl")
    rows = measure(kept)
    content = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "scikit-learn", "joblib")},
        "cores": os.cpu_count(),
        "factors": FACTORS.tolist(),
        "seeds": SEEDS,
        "epochs": {name: task.epochs for name, task in course().items()},
        "rows": rows,
        "costs": costs(),
    }
    part = record.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")
    part.replace(record)
    kept.unlink()


if __name__ == "__main__":
    main(sys.argv[1])
