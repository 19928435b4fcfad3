"""
Rosenbrock's valley
===================

The valley is easy to enter and hard to follow: its floor is curved and almost flat.
How far does each method come in 2,000 steps?
"""

# sphinx_gallery_course = "momentum"

import numpy as np

from adamdoc import (
    Adam,
    GradientDescent,
    HeavyBall,
    Nesterov,
    RMSprop,
    Rosenbrock,
    minimize,
)
from adamdoc.plotting import plot_losses, plot_paths, plot_surface

valley = Rosenbrock()
rates = np.geomspace(1e-5, 1, 200)

# %%
# Each method gets the best of 200 learning rates, judged by its worst loss in the
# last 50 steps. Momentum and betas stay at their defaults, and there is one start:
# a picture of how the methods move, and no contest.

best = {}
for method in (GradientDescent, HeavyBall, Nesterov, RMSprop, Adam):
    sweep = minimize(valley, method(lr=rates[:, None]), steps=2000, batch=True)
    worst = np.nan_to_num(sweep.losses[-50:], nan=np.inf).max(axis=0)
    best[method.__name__] = minimize(
        valley, method(lr=rates[worst.argmin()]), steps=2000
    )
    print(best[method.__name__])

# %%
ax = plot_losses(best)
ax.figure.set_label(
    "Losses in Rosenbrock's valley over 2,000 steps, each method at its best "
    "learning rate. The momentum methods and Adam reach far lower losses than "
    "gradient descent."
)

# %%
ax = plot_paths(valley, best)
ax.figure.set_label(
    "Contours of Rosenbrock's valley with the five paths along its curved floor."
)

# %%
ax = plot_surface(valley, {"Adam": best["Adam"]}, log=True)
ax.figure.set_label(
    "Rosenbrock's valley as a surface on a logarithmic scale, with Adam's path "
    "along the floor."
)
