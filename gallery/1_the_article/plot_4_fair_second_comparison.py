"""
Momentum and Adam, each at its best
===================================

What becomes of the second comparison of the article "Adam- The most famous ML
optimizer from Scratch" when each method gets the hyperparameters that suit it?
"""

# sphinx_gallery_course = "from-scratch"

import numpy as np

from adamdoc import Adam, Momentum, Ravine, minimize
from adamdoc.plotting import plot_losses, plot_paths
from adamdoc.tuning import SPACES, tune

ravine = Ravine()

# %%
# Everything is tuned
# -------------------
# The learning rate and the decay rates: 2,000 trials for each method, as one array
# of runs. A trial counts with its worst loss in the last ten of 100 steps. Five
# searches show how much of the outcome is the luck of a search.


def tuned(problem, start):
    """Return the run of momentum and of Adam at the result of the first search."""
    best = {}
    for method in (Momentum, Adam):

        def worst_end(setting, method=method):
            run = minimize(problem, method(**setting), start, steps=100, batch=True)
            return run.losses[-10:].max(axis=0)

        found = [
            tune(worst_end, SPACES[method], count=2000, seed=seed, batch=True)
            for seed in range(5)
        ]
        optimizer = method(**found[0].setting)
        best[method.__name__] = minimize(problem, optimizer, start, steps=100)
        print(f"{method.__name__:8}", *(f"{search.loss:.0e}" for search in found))
        print("    the first search:", optimizer)
    return best


best = tuned(ravine, ravine.start)

# %%
ax = plot_losses(best)
ax.set(ylim=(1e-160, 1e3))
ax.figure.set_label(
    "Losses of momentum and Adam at their best hyperparameters over 100 steps. "
    "Both fall steeply; Adam ends the lowest by far."
)

# %%
ax = plot_paths(ravine, best)
ax.figure.set_label(
    "Contours of the ravine with both paths; both end at the minimum."
)

# %%
# Adam at its best hardly uses momentum here. Dividing each coordinate by the size
# of its gradients turns this ravine into a round bowl, and both coordinates start
# alike. What is left is a parabola in one variable, on which a setting can be found
# that lands almost exactly. Each search finds another one.
#
# The same ravine, turned
# -----------------------
# That is luck: the ravine lies along the axes. Turned by 30 degrees it is the same
# for momentum, but no longer for Adam, whose lead is gone.

angle = np.pi / 6
turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
turned = (lambda p: ravine.loss(p @ turn), lambda p: ravine.grad(p @ turn) @ turn.T)
best = tuned(turned, ravine.start @ turn.T)

# %%
ax = plot_losses(best)
ax.figure.set_label(
    "Losses on the turned ravine. Momentum falls as steeply as before; Adam no "
    "longer ends below it."
)
