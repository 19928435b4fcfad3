"""Tuned trainings, which several claims look at: one search space for each method, equal trials."""

import functools
from collections.abc import Callable

import numpy as np

from adamdoc.checks import Array
from adamdoc.data import Dataset
from adamdoc.models import Model
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
from adamdoc.tasks import TASKS
from adamdoc.training import Training, train
from adamdoc.tuning import Range, Space, Tuned, trials, tune

#: The number of trials in each search, the same for every method.
TRIALS = 40
#: The seeds of a search, and those at which the result is judged.
SEARCH, JUDGED = (100, 101, 102), (0, 1, 2, 3, 4)

#: The budget of each task in epochs; fewer where a tuned method fits all samples exactly.
EPOCHS = {"logistic": 20, "softmax": 10, "mlp": 10, "autoencoder": 10, "embedding": 4}

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


def loss_of(run: Training) -> float:
    """Return the training loss at the end of a run, infinity for a divergence."""
    return np.inf if run.diverged_at is not None else float(run.losses[-1])


def trained(
    name: str,
    method: type[Optimizer],
    setting: dict[str, float],
    epochs: int | None = None,
    seed: int = 0,
) -> Training:
    """Return a training at a setting; the learning rate falls to zero along a cosine."""
    task = TASKS[name]
    epochs = EPOCHS.get(name, task.epochs) if epochs is None else epochs
    steps = epochs * -(-len(task.load().y) // (task.batch_size or len(task.load().y)))
    lr = Cosine(setting["lr"], steps=steps)
    return task.train(method(**{**setting, "lr": lr}), epochs, seed)


@functools.cache
def _searched(
    name: str, method: type[Optimizer], rates_only: bool, epochs: int | None, _update: object
) -> tuple[tuple[str, float], ...]:
    def objective(setting: dict[str, float]) -> float:
        return max(loss_of(trained(name, method, setting, epochs, seed)) for seed in SEARCH)

    space = (RATES if rates_only else SPACES)[method]
    return tuple(tune(objective, space, TRIALS).setting.items())


def setting_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int | None = None
) -> dict[str, float]:
    """Return the best setting of a method on a task, by its training loss at the search's seeds.

    It is kept for as long as the method's update is the same function.
    """
    return dict(_searched(name, method, rates_only, epochs, method.update))


@functools.cache
def _judged(
    name: str,
    method: type[Optimizer],
    setting: tuple[tuple[str, float], ...],
    epochs: int | None,
    _update: object,
) -> tuple[Training, ...]:
    return tuple(trained(name, method, dict(setting), epochs, seed) for seed in JUDGED)


def runs_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int | None = None
) -> tuple[Training, ...]:
    """Return the trainings of a tuned method on a task, one for each of the seeds that judge."""
    setting = setting_of(name, method, rates_only=rates_only, epochs=epochs)
    return _judged(name, method, tuple(setting.items()), epochs, method.update)


def losses_of(
    name: str, method: type[Optimizer], *, rates_only: bool = False, epochs: int | None = None
) -> Array:
    """Return the last training losses of `runs_of`, shape (seeds,)."""
    runs = runs_of(name, method, rates_only=rates_only, epochs=epochs)
    return np.array([loss_of(run) for run in runs])


def errors_of(name: str, method: type[Optimizer]) -> Array:
    """Return one minus the last test scores of `runs_of`, shape (seeds,)."""
    return np.array([1 - run.test_scores[-1] for run in runs_of(name, method)])


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
    count = TRIALS * len(space)
    settings = trials(space, count, seed)
    batch = {name: np.array([one[name] for one in settings])[:, None, None] for name in space}
    run = minimize(problem, method(**batch), start=starts, steps=steps, batch=True)
    found = measure(run.losses).max(axis=-1)
    losses = dict(zip((tuple(one.values()) for one in settings), found, strict=True))
    return tune(lambda one: float(losses[tuple(one.values())]), space, count, seed=seed)


def last_loss(model: Model, data: Dataset, optimizer: Optimizer, epochs: int, seed: int) -> float:
    """Return the training loss after some epochs with batches of 32, infinity for a divergence."""
    return loss_of(train(model, data, optimizer, epochs=epochs, batch_size=32, seed=seed))


def curve(name: str, method: type[Optimizer], seed: int) -> Array:
    """Raise: to be replaced by `losses_of`."""
    raise NotImplementedError((name, method, seed))
