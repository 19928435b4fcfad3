"""
Momentum and Adam, each at its best
===================================

What becomes of the second comparison of the article "Adam- The most famous ML
optimizer from Scratch" when each method gets the learning rate and the decay rate
that suit it?
"""

# sphinx_gallery_course = "from-scratch"

import numpy as np

from adamdoc import Adam, Momentum, Ravine, minimize
from adamdoc.plotting import plot_losses, plot_paths

ravine = Ravine()

# %%
# A sweep over two hyperparameters
# --------------------------------
# 120 learning rates by 40 decay rates, as one array of 4,800 runs. The worst loss
# of the last ten steps counts.

rates = np.geomspace(1e-2, 3, 120)[:, None, None]
decays = np.linspace(0, 0.95, 40)[:, None]


def tuned(problem, start):
    """Return the best run of momentum and of Adam."""
    best = {}
    for make in (
        lambda lr, b: Momentum(lr=lr, beta=b),
        lambda lr, b: Adam(lr=lr, beta1=b),
    ):
        sweep = minimize(problem, make(rates, decays), start, steps=100, batch=True)
        worst = np.nan_to_num(sweep.losses[-10:], nan=np.inf).max(axis=0)
        i, j = np.unravel_index(worst.argmin(), worst.shape)
        optimizer = make(
            float(rates[i, 0, 0].round(4)), float(decays[j, 0].round(4))
        )
        run = best[type(optimizer).__name__] = minimize(
            problem, optimizer, start, steps=100
        )
        print(run)
    return best


best = tuned(ravine, ravine.start)

# %%
ax = plot_losses(best)
ax.figure.set_label(
    "Losses of momentum and Adam at their best hyperparameters over 100 steps. "
    "Both fall steeply; Adam without momentum ends the lowest."
)

# %%
ax = plot_paths(ravine, best)
ax.figure.set_label(
    "Contours of the ravine with both paths; both end at the minimum."
)

# %%
# Adam at its best has ``beta1 = 0`` here: no momentum at all. Dividing each
# coordinate by the size of its gradients turns this ravine into a round bowl, and
# both coordinates start alike. What is left is a parabola in one variable, on which
# a rate can be found that lands almost exactly.
#
# The same ravine, turned
# -----------------------
# That is luck: the ravine lies along the axes. Turned by 30 degrees it is the same
# for momentum, but no longer for Adam.

angle = np.pi / 6
turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
turned = (lambda p: ravine.loss(p @ turn), lambda p: ravine.grad(p @ turn) @ turn.T)
best = tuned(turned, ravine.start @ turn.T)

# %%
ax = plot_losses(best)
ax.figure.set_label(
    "Losses on the turned ravine. Momentum falls as steeply as before; Adam ends "
    "far higher."
)
