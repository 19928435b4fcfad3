"""Faults for the claims about gradient descent."""

import numpy as np

from adamdoc import training
from adamdoc.optimizers import Adam, GradientDescent
from faults.updates import descent, heavy_ball, with_buffer


def batches_of_20(n, _size, epochs, seed, **_continued):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n, 20):
            yield start + 20 >= n, order[start : start + 20]


def halving(self, theta, g, state):
    theta, g, t, *_ = self._operands(theta, g, state)
    return theta / 2, {**state, "t": t}


FAULTS = {
    "train takes batches of 20": [(training, "_batches", batches_of_20)],
    "gradient descent takes double steps": [(GradientDescent, "update", descent(factor=2.0))],
    "gradient descent takes a quarter of a step": [
        (GradientDescent, "update", descent(factor=0.25))
    ],
    "gradient descent takes half steps": [(GradientDescent, "update", descent(factor=0.5))],
    "gradient descent takes 99 percent of a step": [
        (GradientDescent, "update", descent(factor=0.99))
    ],
    "gradient descent has momentum": [
        (GradientDescent, "init", with_buffer),
        (GradientDescent, "update", heavy_ball),
    ],
    "gradient descent drifts": [(GradientDescent, "update", descent(lambda g: g + 1e-3))],
    "gradient descent takes signs": [(GradientDescent, "update", descent(np.sign))],
    "gradient descent leaps": [(GradientDescent, "update", descent(factor=30.0))],
    "Adam halves the distance": [(Adam, "update", halving)],
}
