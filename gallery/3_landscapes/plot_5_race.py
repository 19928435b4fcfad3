"""
A race, animated
================

Seven methods start together in the ravine. Watch how differently they move.
"""

# sphinx_gallery_course = "adaptive-rates"

import matplotlib.pyplot as plt

from adamdoc import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Momentum,
    Nesterov,
    Ravine,
    RMSprop,
    minimize,
)
from adamdoc.plotting import animate_paths

ravine = Ravine()
racers = [
    GradientDescent(lr=0.085),
    Momentum(lr=0.1),
    HeavyBall(lr=0.03, momentum=0.7),
    Nesterov(lr=0.03, momentum=0.7),
    AdaGrad(lr=0.5),
    RMSprop(lr=0.03),
    Adam(lr=0.1),
]
runs = [minimize(ravine, racer, steps=60) for racer in racers]
race = animate_paths(
    ravine, runs, domain=((-1.0, 2.0), (-1.5, 1.7)), frames=61, interval=120
)
plt.gcf().set_label(
    "An animation of seven paths in the ravine. Gradient descent jumps from wall "
    "to wall, momentum swings, the adaptive methods take the diagonal."
)

# %%
# Who is the first within a loss of 0.01? (The learning rates are chosen for the
# picture, not for the race.)

for run in sorted(runs, key=lambda run: run.steps_to(0.01) or 1000):
    name = type(run.optimizer).__name__
    print(f"{name:16} {run.steps_to(0.01) or 'not in 60'} steps")
