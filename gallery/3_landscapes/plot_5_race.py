"""
A race, animated
================

Seven methods start together in the ravine. How differently do they move?
"""

# sphinx_gallery_course = "adaptive-rates"

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
view = ((-1.0, 2.0), (-1.5, 1.7))
race = animate_paths(ravine, runs, domain=view, frames=61, interval=120)

# sphinx_gallery_start_ignore
# caption: Gradient descent jumps from wall to wall, the momentum methods swing, and
#   the adaptive methods take the diagonal.
# alt: An animation of 60 steps of seven methods over the contours of the ravine. A
#   dot marks the current position of each, a line the path behind it.
# sphinx_gallery_end_ignore

# %%
# Which method is the first to a loss of 0.01? The learning rates are chosen for the
# picture, so this is not a ranking.

for run in sorted(runs, key=lambda run: run.steps_to(0.01) or 1000):
    name = type(run.optimizer).__name__
    print(f"{name:16} {run.steps_to(0.01) or 'not in 60'} steps")
