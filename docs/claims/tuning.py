"""Tuned trainings, which several claims look at: one search space for each method, equal trials."""

import functools
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Lion,
    NAdam,
    Nesterov,
    Optimizer,
    RMSprop,
    SignSGD,
)
from adamdoc.problems import Problem
from adamdoc.run import Functions, minimize
from adamdoc.schedules import Cosine
from adamdoc.tasks import TASKS, Task
from adamdoc.training import Training
from adamdoc.tuning import Range, Space, Tuned, final_loss, trials, tune

#: The hyperparameters of a method by name.
Setting = dict[str, float]

#: The number of trials in each search, the same for every method.
TRIALS = 40
#: The seeds of a search, and those at which the result is judged.
SEARCH, JUDGED = (100, 101, 102), (0, 1, 2, 3, 4)

#: The tasks that all are trained on, and the budget in epochs: so short that no tuned method fits
#: all samples exactly, because ratios of losses that are almost nothing say little.
NAMES = ("logistic", "softmax", "mlp", "autoencoder", "embedding")
EPOCHS = 4
#: A second budget, for the two tasks that are convex and so never fitted exactly.
LONG = 4 * EPOCHS
BUDGETS = (*((name, EPOCHS) for name in NAMES), ("logistic", LONG), ("softmax", LONG))
#: A trial this many times as bad as the best one so far at the first seeds is not trained at the
#: others. It cannot be chosen, and is further from the best than the tolerance of `tune`.
HOPELESS = 1.25

MOMENTUM = Range(0.0, 0.995, "decay", limits=("low",))
#: The search spaces, declared for all tasks; every hyperparameter except eps is searched.
SPACES: dict[type[Optimizer], Space] = {
    GradientDescent: {"lr": Range(3e-3, 300)},
    HeavyBall: {"lr": Range(1e-4, 100), "momentum": MOMENTUM},
    Nesterov: {"lr": Range(1e-4, 100), "momentum": MOMENTUM},
    AdaGrad: {"lr": Range(3e-4, 30)},
    RMSprop: {"lr": Range(1e-5, 10), "beta": Range(0.5, 0.9999, "decay")},
    Adam: {
        "lr": Range(1e-4, 10),
        "beta1": Range(0.0, 0.99, "decay", limits=("low",)),
        "beta2": Range(0.5, 0.9999, "decay"),
    },
    NAdam: {
        "lr": Range(1e-4, 10),
        "beta1": Range(0.0, 0.99, "decay", limits=("low",)),
        "beta2": Range(0.5, 0.9999, "decay"),
    },
    Lion: {
        "lr": Range(1e-5, 1),
        "beta1": Range(0.0, 0.99, "decay", limits=("low",)),
        "beta2": Range(0.0, 0.999, "decay", limits=("low",)),
    },
    SignSGD: {"lr": Range(1e-5, 1)},
}
#: Only the learning rate is searched, for claims about it.
RATES: dict[type[Optimizer], Space] = {
    method: {"lr": space["lr"]} for method, space in SPACES.items()
}


#: The settings that searches have found, by name: the record of ``nox -s study``, and all that were
#: asked for.
RECORD = Path(__file__).with_name("searches.json")
_content = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
RECORDED: dict[str, Setting] = _content.get("settings", {})
#: The day on which they were found.
DATE: str = _content.get("date", "")
FOUND: dict[str, Setting] = {}


def default_rate(method: type[Optimizer]) -> float:
    """Return the learning rate that a method comes with."""
    return float(method().lr)  # type: ignore[attr-defined]


def falling(method: type[Optimizer], setting: Setting, steps: int) -> Optimizer:
    """Return a method whose learning rate falls from that of a setting to zero along a cosine."""
    return method(**{**setting, "lr": Cosine(setting["lr"], steps=steps)})


def trained_on(
    task: Task, method: type[Optimizer], setting: Setting, epochs: int, seed: int
) -> Training:
    """Return a training on any task; the learning rate falls to zero along a cosine."""
    data = task.load()
    samples = len(data[1] if isinstance(data, tuple) else data.y)
    steps = epochs * -(-samples // (task.batch_size or samples))
    return task.train(falling(method, setting, steps), epochs, seed)


def trained(
    name: str,
    method: type[Optimizer],
    setting: Setting,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> Training:
    """Return a training at a setting; the learning rate falls to zero along a cosine."""
    return trained_on(TASKS[name], method, setting, epochs, seed)


def recorded(name: str, space: Space, run: Callable[[], Tuned], count: int = TRIALS) -> Setting:
    """Return the setting that a search has found: from the record, or by searching again.

    The searches take longer than a build may, so that ``nox -s study`` makes them and records the
    settings. A search that the record does not hold, such as one with other trials, is made.
    """
    declared = repr((dict(space), count, SEARCH))
    key = f"{name} [{hashlib.sha256(declared.encode()).hexdigest()[:8]}]"
    FOUND[key] = RECORDED[key] if key in RECORDED else run().setting
    return FOUND[key]


def search(
    name: str,
    loss: Callable[[Setting, int], float],
    space: Space,
    seeds: tuple[int, ...] = SEARCH,
) -> Setting:
    """Return the setting whose ``loss(setting, seed)`` is lowest at the worst of the seeds.

    The trials are made in a random order, so that good ones come early and bad ones are dropped.
    """
    return recorded(name, space, lambda: _search(loss, space, seeds))


def _search(loss: Callable[[Setting, int], float], space: Space, seeds: tuple[int, ...]) -> Tuned:
    settings = trials(space, TRIALS)
    found: dict[tuple[float, ...], float] = {}
    best = np.inf
    for index in np.random.default_rng(0).permutation(TRIALS):
        setting, worst = settings[index], 0.0
        for seed in seeds:
            worst = float(np.maximum(worst, loss(setting, seed)))
            if not worst <= HOPELESS * best:  # nan is hopeless too
                break
        else:
            best = min(best, worst)
        found[tuple(setting.values())] = worst
    return tune(lambda setting: found[tuple(setting.values())], space, TRIALS)


def judged(
    name: str, run: Callable[[Setting, int], Training], space: Space
) -> tuple[Training, ...]:
    """Return ``run(setting, seed)`` at the best setting in a space, for the seeds that judge."""
    setting = search(name, lambda trial, seed: final_loss(run(trial, seed)), space)
    return tuple(run(setting, seed) for seed in JUDGED)


def losses(runs: Sequence[Training]) -> Array:
    """Return the last training losses of some runs."""
    return np.array([final_loss(run) for run in runs])


def errors(runs: Sequence[Training]) -> Array:
    """Return the test errors at the end of some runs: one minus the score."""
    return np.array([1 - run.test_scores[-1] for run in runs])


def _kind(method: type[Optimizer]) -> object:
    return method.update, method.__init__.__defaults__


@functools.cache
def _searched(
    name: str, method: type[Optimizer], rates_only: bool, epochs: int, _kind: object
) -> tuple[tuple[str, float], ...]:
    def loss(setting: Setting, seed: int) -> float:
        return final_loss(trained(name, method, setting, epochs, seed))

    what = f"{name}, {epochs} epochs, {method.__name__}"
    return tuple(search(what, loss, (RATES if rates_only else SPACES)[method]).items())


def setting_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int = EPOCHS
) -> Setting:
    """Return the best setting of a method on a task, by its training loss at the search's seeds.

    It is kept for as long as the method's update and its defaults are the same.
    """
    rates_only = rates_only and RATES[method] != SPACES[method]
    return dict(_searched(name, method, rates_only, epochs, _kind(method)))


@functools.cache
def _judged(
    name: str,
    method: type[Optimizer],
    setting: tuple[tuple[str, float], ...],
    epochs: int,
    _kind: object,
) -> tuple[Training, ...]:
    return tuple(trained(name, method, dict(setting), epochs, seed) for seed in JUDGED)


def runs_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int = EPOCHS
) -> tuple[Training, ...]:
    """Return the trainings of a tuned method on a task, one for each of the seeds that judge."""
    setting = setting_of(name, method, rates_only=rates_only, epochs=epochs)
    return _judged(name, method, tuple(setting.items()), epochs, _kind(method))


def losses_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int = EPOCHS
) -> Array:
    """Return the last training losses of `runs_of`, shape (seeds,)."""
    return losses(runs_of(name, method, rates_only=rates_only, epochs=epochs))


def errors_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int = EPOCHS
) -> Array:
    """Return the test errors of `runs_of`, shape (seeds,)."""
    return errors(runs_of(name, method, rates_only=rates_only, epochs=epochs))


def tuned_on(
    problem: Problem | Functions,
    method: type[Optimizer],
    space: Space,
    measure: Callable[[Array], Array],
    *,
    starts: Array,
    steps: int,
    seed: int = 0,
) -> Tuned:
    """Return the result of a search on a surface, with all trials in one batch of runs.

    The loss of a trial is the largest that `measure` makes of its losses, over the starting points:
    ``measure(losses)`` turns shape (steps + 1, trials, starts) into (trials, starts).
    """

    def worst(settings: dict[str, Array]) -> Array:
        optimizer = method(**{name: values[..., None] for name, values in settings.items()})
        run = minimize(problem, optimizer, start=starts, steps=steps, batch=True)
        return measure(run.losses).max(axis=-1)

    return tune(worst, space, TRIALS * len(space), seed=seed, batch=True)
