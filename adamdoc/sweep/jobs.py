"""The jobs of a sweep: how it is divided into jobs, and how a job is run."""

import functools
import hashlib
import inspect
import itertools
import math
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters
from adamdoc.problems import Problem
from adamdoc.run import Functions, minimize
from adamdoc.tasks import TASKS, Task

Record = dict[str, Any]
#: A class of optimizers, or a function that returns an optimizer with given hyperparameters.
Factory = Callable[..., Optimizer]
Runnable = Problem | Task | Functions

#: The result of a run, as it is recorded before it is known.
RESULT: Record = dict.fromkeys(("loss", "best", "score", "steps", "diverged_at", "error"))

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
    key : str
        The unique key of the job: a hash of everything that its results depend on, with the code
        of an optimizer, a task or functions of your own, and their data.
    names : tuple of str
        The names of the optimizer and of the task.
    optimizer : callable
        Returns the optimizer with given hyperparameters.
    task : Problem, Task or pair of callables
        The task.
    start : ndarray or None
        The starting point on a problem or functions; None for that of the problem.
    seed : int
        The seed of the noise, or of the initialization and shuffling.
    settings : tuple of dict
        The hyperparameters of each run.
    length : int
        The number of steps on a problem, or of epochs on a task.
    noise : float
        Standard deviation of the gradient noise on a problem.
    part : int
        The number of the first of the runs, which is not 0 only if a batch is repeated run by run.
    """

    key: str
    names: tuple[str, str]
    optimizer: Factory
    task: Runnable
    start: Array | None
    seed: int
    settings: tuple[dict[str, float], ...]
    length: int
    noise: float
    part: int = 0

    def run(self) -> list[Record]:
        """Return a record of each run, with the traceback if it failed."""
        try:
            results = self._results()
        except (Exception, SystemExit):
            results = None if len(self.settings) > 1 else [{"error": traceback.format_exc()}]
        if results is None:
            return [record for single in self._single_runs() for record in single.run()]
        return [
            {
                "job": self.key,
                "part": part,
                "optimizer": self.names[0],
                "task": self.names[1],
                "seed": self.seed,
                **{
                    f"setting_{name}" if name in RESULT else name: setting[name] for name in setting
                },
                **RESULT,
                **result,
            }
            for part, (setting, result) in enumerate(
                zip(self.settings, results, strict=True), self.part
            )
        ]

    def _single_runs(self) -> list["Job"]:
        return [
            replace(self, settings=(setting,), part=part)
            for part, setting in enumerate(self.settings, self.part)
        ]

    def _results(self) -> list[Record] | None:
        """Return the result of each run, or None if they cannot be computed as one array."""
        if isinstance(self.task, Task):
            return [self._train(self.task, setting) for setting in self.settings]
        results = self._minimize(self.settings)
        if len(results) > 1 and not (_is_adamdoc(self.optimizer) and _is_adamdoc(self.task)):
            # An optimizer or problem of one's own may mix the runs: compare with a run alone.
            (alone,) = self._minimize(self.settings[-1:])
            if not _agree(alone, results[-1]):
                return None
        return results

    def _train(self, task: Task, setting: dict[str, float]) -> Record:
        training = task.train(self.optimizer(**setting), self.length, self.seed)
        losses, scores, at = training.losses, training.test_scores, training.diverged_at
        return {
            "loss": _last(losses) if at is None else None,
            "best": _finite(losses.min()) if losses.size else None,
            "score": _last(scores) if at is None else None,
            "steps": len(training.step_losses),
            "diverged_at": at,
        }

    def _minimize(self, settings: Sequence[Mapping[str, float]]) -> list[Record]:
        problem: Any = self.task
        values: dict[str, Any] = dict(settings[0])
        if len(settings) > 1:
            values = {name: np.array([[s[name]] for s in settings]) for name in values}
        run = minimize(
            *(problem, self.optimizer(**values), self.start, self.length),
            batch=len(settings) > 1,
            noise=self.noise,
            seed=self.seed,
        )
        losses = run.losses.reshape(len(run.losses), len(settings))
        diverged = np.ravel(-1 if run.diverged_at is None else run.diverged_at)
        best = np.nanmin(losses, axis=0)
        return [
            {
                "loss": None if at >= 0 else float(losses[-1, column]),
                "best": float(best[column]),
                "steps": int(at) if at >= 0 else self.length,
                "diverged_at": int(at) if at >= 0 else None,
            }
            for column, at in enumerate(diverged)
        ]


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _last(values: Array) -> float | None:
    """Return the last value; None if there is none, or it is not finite."""
    return _finite(values[-1]) if values.size else None


def _is_adamdoc(value: Any) -> bool:
    """Return whether the class of a task, or of the optimizers that are made, is adamdoc's."""
    value = value.func if isinstance(value, functools.partial) else value
    cls = value if isinstance(value, type) else type(value)
    return cls.__module__.partition(".")[0] == "adamdoc"


def _agree(one: Record, other: Record) -> bool:
    """Return whether two results differ by no more than rounding."""
    return all(
        one[name] == other[name]
        or (None not in (one[name], other[name]) and math.isclose(one[name], other[name]))
        for name in one
    )


def plan(
    optimizers: Any,
    tasks: Any,
    settings: Mapping[str, Any],
    *,
    start: Any,
    samples: int | None,
    seeds: Iterable[int],
    steps: int,
    epochs: int | None,
    noise: float,
    search_seed: int,
) -> list[Job]:
    """Return the jobs of a sweep; the arguments are those of `~adamdoc.sweep.sweep`."""
    from adamdoc.sweep.fingerprint import fingerprint, package  # needs joblib

    if not isinstance(settings, Mapping):
        raise TypeError(f"settings must be a dict of hyperparameters, got {settings!r}")
    factories = _named("optimizers", optimizers, _factory)
    for name, factory in factories.items():
        _check_names(name, factory, settings)
    steps = checks.integer("steps", steps, minimum=0)
    noise = checks.number("noise", noise, "nonnegative")
    named = _named("tasks", tasks, _task)
    starts = _starts(start, named)
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds must be several integers, such as [{seeds!r}], got {seeds!r}")
    seeds = [checks.integer("seeds", seed, minimum=0) for seed in seeds]
    chosen = _settings(settings, samples, search_seed)
    if not (factories and named and seeds and chosen):
        raise ValueError("optimizers, tasks, settings and seeds must not be empty")
    code = {name: fingerprint(factory) for name, factory in factories.items()}
    data = {
        name: fingerprint((task, starts[name], task.load() if isinstance(task, Task) else None))
        for name, task in named.items()
    }
    jobs = []
    for (maker, factory), (name, task), seed in itertools.product(
        factories.items(), named.items(), seeds
    ):
        length, size = steps, 1
        if isinstance(task, Task):
            length = task.epochs if epochs is None else checks.integer("epochs", epochs, minimum=0)
        elif isinstance(task, Problem) and task.start.ndim == 1 and _elementwise(factory):
            size = max(1, BATCH // ((steps + 1) * task.dim))
        for first in range(0, len(chosen), size):
            part = tuple(chosen[first : first + size])
            key = [package(), maker, code[maker], name, data[name], seed, part, length, noise]
            digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
            jobs.append(
                Job(
                    *(digest, (maker, name), factory, task, starts[name]),
                    *(seed, part, length, noise),
                )
            )
    if len({job.key for job in jobs}) < len(jobs):
        raise ValueError("optimizers, tasks, settings and seeds must not contain duplicates")
    return jobs


def _named(argument: str, values: Any, check: Callable[[Any], str]) -> dict[str, Any]:
    """Return optimizers or tasks by name; `check` returns the name of one, or raises an error."""
    if isinstance(values, Mapping):
        for value in values.values():
            check(value)
        return {str(name): value for name, value in values.items()}
    iterable = isinstance(values, Iterable) and not isinstance(values, str)
    several = list(values) if iterable and not (check is _task and _is_pair(values)) else [values]
    named = {check(value): value for value in several}
    if len(named) < len(several):
        raise ValueError(
            f"{argument} must have distinct names: pass a dict of {argument} by name, got "
            f"{', '.join(map(check, several))}"
        )
    return named


def _factory(value: Any) -> str:
    """Return the name of an optimizer's class, or of a function that makes an optimizer."""
    made = value.func if isinstance(value, functools.partial) else value
    if isinstance(made, type) and issubclass(made, Optimizer):
        return made.__name__
    if isinstance(made, (type, Optimizer)) or not callable(made):
        raise TypeError(
            "optimizers must be subclasses of Optimizer, or functions of the hyperparameters that "
            f"return an optimizer, not instances, got {value!r}"
        )
    return _name_of(made)


def _task(value: Any) -> str:
    """Return the name of a task."""
    if isinstance(value, Task):
        return value.name
    if isinstance(value, Problem):
        return type(value).__name__
    if _is_pair(value):
        return _name_of(value[0])
    known = isinstance(value, str) and value in TASKS
    hint = f"; did you mean TASKS[{value!r}] of adamdoc.tasks?" if known else ""
    raise TypeError(
        "tasks must be Problem or Task objects, or pairs of functions (loss, grad), got "
        f"{value!r}{hint}"
    )


def _is_pair(value: Any) -> bool:
    """Return whether a value is a pair of functions."""
    pair = isinstance(value, tuple) and len(value) == 2
    return pair and all(callable(part) and not isinstance(part, type) for part in value)


def _name_of(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _check_names(name: str, factory: Factory, settings: Mapping[str, Any]) -> None:
    """Raise an error if an optimizer does not have the hyperparameters that are to be varied."""
    cls = factory.func if isinstance(factory, functools.partial) else factory
    if isinstance(cls, type):
        valid = hyperparameters(cls)
    else:
        parameters = inspect.signature(factory).parameters.values()
        if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            return
        valid = tuple(p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY)
    for setting in settings:
        if setting not in valid:
            inside = isinstance(cls, type) and issubclass(cls, Wrapper)
            hint = f": vary it with a function, lambda {setting}: {name}(...)" if inside else ""
            raise TypeError(
                f"settings must be hyperparameters of each optimizer; {name} has "
                f"{', '.join(valid)}, got {setting!r}{hint}"
            )


def _elementwise(factory: Factory) -> bool:
    """Return whether runs with the optimizers that are made can be computed as one array."""
    cls: Any = factory.func if isinstance(factory, functools.partial) else factory
    # A function has neither attribute: it may do anything with an array of hyperparameters.
    return getattr(cls, "elementwise", False) and getattr(cls, "scope", "") == "element"


def _starts(start: Any, named: Mapping[str, Any]) -> dict[str, Array | None]:
    """Return the starting point for each task, None where it is that of the problem."""
    given = start if isinstance(start, Mapping) else dict.fromkeys(named, start)
    for name in given:
        checks.one_of("start", name, named)
    starts: dict[str, Array | None] = dict.fromkeys(named)
    for name, task in named.items():
        value = given.get(name)
        if value is None and isinstance(task, tuple):
            raise ValueError(
                f"start of {name} is required because it is a pair of functions: pass "
                f"start={{{name!r}: [...]}}"
            )
        if isinstance(task, Task) and isinstance(start, Mapping) and value is not None:
            raise ValueError(
                f"start must not contain {name}: a task starts from the parameters of its model"
            )
        if value is None or isinstance(task, Task):
            continue
        starts[name] = array = checks.floats(f"start of {name}", value)
        if isinstance(task, Problem) and array.shape != np.shape(task.start):
            raise ValueError(
                f"start of {name} must have shape {np.shape(task.start)}, got {array.shape}: a "
                "sweep runs each setting from one point"
            )
    return starts


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
