"""The jobs of a sweep: how it is divided into jobs, and how a job is run."""

import hashlib
import itertools
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import hyperparameters
from adamdoc.problems import Problem
from adamdoc.run import minimize
from adamdoc.tasks import Task

Record = dict[str, Any]

#: Largest number of float64 values in the paths of a vectorized batch of runs: 64 MiB.
BATCH = 2**23


@dataclass(frozen=True)
class LogUniform:
    """A log-uniform distribution of a hyperparameter, for a random search.

    Parameters
    ----------
    low, high : float
        The bounds; `low` is greater than 0 and less than `high`.

    Examples
    --------
    >>> import numpy as np
    >>> LogUniform(1e-4, 1.0).draw(np.random.default_rng(0), 2).round(5)
    array([0.03531, 0.0012 ])
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Check the bounds."""
        checks.number("low", self.low, "positive")
        if not checks.number("high", self.high, "positive") > self.low:
            raise ValueError(f"high must be greater than low, {self.low}, got {self.high}")

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Return `count` random samples."""
        return np.exp(rng.uniform(np.log(self.low), np.log(self.high), count))


@dataclass(frozen=True)
class Job:
    """A batch of runs of one optimizer on one task with one seed.

    Attributes
    ----------
    optimizer : class of Optimizer
        The optimizer.
    name : str
        The name of the task.
    task : Problem or Task
        The task.
    seed : int
        The seed of the noise, or of the initialization and shuffling.
    settings : tuple of dict
        The hyperparameters of each run.
    length : int
        The number of steps on a problem, or of epochs on a task.
    noise : float
        Standard deviation of the gradient noise on a problem.
    """

    optimizer: type[Optimizer]
    name: str
    task: Problem | Task
    seed: int
    settings: tuple[dict[str, float], ...]
    length: int
    noise: float

    @property
    def key(self) -> str:
        """The unique key of the job: a hash of everything that its results depend on."""
        parts = [
            version("adamdoc"),
            f"{self.optimizer.__module__}.{self.optimizer.__qualname__}",
            *map(repr, (self.name, self.task, self.seed, self.settings, self.length, self.noise)),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def run(self) -> list[Record]:
        """Return a record of each run, with the traceback if it failed."""
        try:
            results = list(self._results(self.settings))
        except Exception:
            if len(self.settings) > 1:  # run them one by one to find those that fail
                return [record for single in self._single_runs() for record in single.run()]
            results = [{"error": traceback.format_exc()}]
        key = self.key
        return [
            {
                "job": key,
                "part": part,
                "optimizer": self.optimizer.__name__,
                "task": self.name,
                "seed": self.seed,
                **setting,
                "loss": None,
                "best": None,
                "score": None,
                "steps": None,
                "diverged_at": None,
                "error": None,
                **result,
            }
            for part, (setting, result) in enumerate(zip(self.settings, results, strict=True))
        ]

    def _single_runs(self) -> Iterator["Job"]:
        for part, setting in enumerate(self.settings):
            yield _SingleRun(
                *(self.optimizer, self.name, self.task, self.seed, (setting,)),
                *(self.length, self.noise, self.key, part),
            )

    def _results(self, settings: Sequence[Mapping[str, float]]) -> Iterator[Record]:
        if isinstance(self.task, Task):
            for setting in settings:
                training = self.task.train(self.optimizer(**setting), self.length, self.seed)
                at = training.diverged_at
                yield {
                    "loss": None if at is not None else float(training.losses[-1]),
                    "best": float(training.losses.min()),
                    "score": float(training.test_scores[-1]),
                    "steps": len(training.step_losses),
                    "diverged_at": at,
                }
            return
        values: dict[str, Any] = dict(settings[0])
        if len(settings) > 1:
            values = {name: np.array([[s[name]] for s in settings]) for name in values}
        run = minimize(
            self.task,
            self.optimizer(**values),
            steps=self.length,
            batch=len(settings) > 1,
            noise=self.noise,
            seed=self.seed,
        )
        losses = run.losses.reshape(len(run.losses), len(settings))
        diverged = np.ravel(-1 if run.diverged_at is None else run.diverged_at)
        best = np.nanmin(losses, axis=0)
        for column, at in enumerate(diverged):
            yield {
                "loss": None if at >= 0 else float(losses[-1, column]),
                "best": float(best[column]),
                "steps": int(at) if at >= 0 else self.length,
                "diverged_at": int(at) if at >= 0 else None,
            }


@dataclass(frozen=True)
class _SingleRun(Job):
    """A single run of a job, repeated alone because a run of that job failed."""

    job_key: str
    part: int

    @property
    def key(self) -> str:
        return self.job_key

    def run(self) -> list[Record]:
        return [{**record, "part": self.part} for record in super().run()]


def plan(
    optimizers: Any,
    tasks: Any,
    settings: Mapping[str, Any],
    *,
    samples: int | None,
    seeds: Iterable[int],
    steps: int,
    epochs: int | None,
    noise: float,
    search_seed: int,
) -> list[Job]:
    """Return the jobs of a sweep; the arguments are those of `~adamdoc.sweep.sweep`."""
    several = isinstance(optimizers, Iterable)
    classes = list(optimizers) if several else [optimizers]
    for cls in classes:
        if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
            raise TypeError(
                f"optimizers must be subclasses of Optimizer, not instances, got {cls!r}"
            )
        for name in settings:
            if name not in hyperparameters(cls):
                raise TypeError(
                    f"settings must be hyperparameters of each optimizer; {cls.__name__} has "
                    f"{', '.join(hyperparameters(cls))}, got {name!r}"
                )
    steps = checks.integer("steps", steps, minimum=0)
    noise = checks.number("noise", noise, "nonnegative")
    named = _named(tasks)
    seeds = [checks.integer("seeds", seed, minimum=0) for seed in seeds]
    chosen = _settings(settings, samples, search_seed)
    if not (classes and named and seeds and chosen):
        raise ValueError("optimizers, tasks, settings and seeds must not be empty")
    jobs = []
    for cls, (name, task), seed in itertools.product(classes, named.items(), seeds):
        length, size = steps, 1
        if isinstance(task, Task):
            length = task.epochs if epochs is None else checks.integer("epochs", epochs, minimum=0)
        elif cls.elementwise:
            size = max(1, BATCH // ((steps + 1) * task.dim))
        for first in range(0, len(chosen), size):
            part = tuple(chosen[first : first + size])
            jobs.append(Job(cls, name, task, seed, part, length, noise))
    if len({job.key for job in jobs}) < len(jobs):
        raise ValueError("optimizers, tasks, settings and seeds must not contain duplicates")
    return jobs


def _named(tasks: Any) -> dict[str, Problem | Task]:
    if isinstance(tasks, Mapping):
        named = dict(tasks)
    else:
        several = [tasks] if isinstance(tasks, (Problem, Task)) else list(tasks)
        named = {getattr(task, "name", type(task).__name__): task for task in several}
        if len(named) < len(several):
            raise ValueError("tasks must have distinct names: pass a dict of tasks by name")
    for task in named.values():
        if not isinstance(task, (Problem, Task)):
            raise TypeError(f"tasks must be Problem or Task objects, got {task!r}")
    return named


def _settings(
    settings: Mapping[str, Any], samples: int | None, search_seed: int
) -> list[dict[str, float]]:
    """Return the settings of the runs: a full grid, or random samples."""
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, LogUniform):
            if samples is None:
                raise ValueError(f"samples is required because {name} is a distribution, got None")
            values[name] = value
        else:
            values[name] = np.atleast_1d(checks.number(name, value))
            if values[name].ndim != 1 or not values[name].size:
                raise ValueError(f"{name} must be a non-empty list of numbers, got {value!r}")
    if samples is None:
        names = list(values)
        return [
            dict(zip(names, map(float, combination), strict=True))
            for combination in itertools.product(*values.values())
        ]
    count = checks.integer("samples", samples, minimum=1)
    rng = np.random.default_rng(checks.integer("search_seed", search_seed, minimum=0))
    drawn = {
        name: v.draw(rng, count) if isinstance(v, LogUniform) else rng.choice(v, count)
        for name, v in values.items()
    }
    return [{name: float(v[k]) for name, v in drawn.items()} for k in range(count)]
