"""Trainings at several learning rates, which several claims look at."""

import functools

import numpy as np

from adamdoc.checks import Array
from adamdoc.data import Dataset
from adamdoc.models import Model
from adamdoc.optimizers import Adam, GradientDescent, HeavyBall, Optimizer
from adamdoc.tasks import TASKS
from adamdoc.training import train

#: Learning rates in half decades, so wide that the best of each method on each task lies inside.
RATES: dict[type[Optimizer], tuple[float, ...]] = {
    GradientDescent: (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
    HeavyBall: (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    Adam: (0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
}


@functools.cache
def _curve(name: str, method: type[Optimizer], seed: int, _update: object) -> tuple[float, ...]:
    losses = []
    for lr in RATES[method]:
        run = TASKS[name].train(method(lr=lr), seed=seed)  # type: ignore[call-arg]
        losses.append(np.inf if run.diverged_at is not None else float(run.losses[-1]))
    return tuple(losses)


def curve(name: str, method: type[Optimizer], seed: int) -> Array:
    """Return the training losses of a task at each of the method's `RATES`.

    They are kept for as long as the method's update is the same function.
    """
    return np.array(_curve(name, method, seed, method.update))


def last_loss(model: Model, data: Dataset, optimizer: Optimizer, epochs: int, seed: int) -> float:
    """Return the training loss after some epochs with batches of 32, infinity for a divergence."""
    run = train(model, data, optimizer, epochs=epochs, batch_size=32, seed=seed)
    return np.inf if run.diverged_at is not None else float(run.losses[-1])
