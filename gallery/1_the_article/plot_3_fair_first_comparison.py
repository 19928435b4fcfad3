"""
Gradient descent and Adam, each at its best
===========================================

What becomes of the first comparison of the article "Adam- The most famous ML
optimizer from Scratch" when each method gets the learning rate that suits it?
"""

# sphinx_gallery_course = "from-scratch"

import numpy as np

from adamdoc import Adam, GradientDescent, Ravine, minimize
from adamdoc.plotting import plot_losses, plot_paths

ravine = Ravine()
rates = np.geomspace(1e-3, 10, 1000)

# %%
# A sweep in one run
# ------------------
# Learning rates broadcast: a column of 1,000 rates makes 1,000 runs of 550 steps. A
# rate is judged by its worst loss in the last ten steps, so that no lucky dip wins.
# A run that has diverged counts as infinite.

best = {}
for method in (GradientDescent, Adam):
    sweep = minimize(ravine, method(lr=rates[:, None]), steps=550, batch=True)
    worst = np.nan_to_num(sweep.losses[-10:], nan=np.inf).max(axis=0)
    lr = rates[worst.argmin()]
    run = best[method.__name__] = minimize(ravine, method(lr=lr), steps=550)
    print(f"{method.__name__:16} best lr {lr:.4f}")
    print(
        f"    steps to 1e-6: {run.steps_to(1e-6)}, to 1e-20: {run.steps_to(1e-20)}"
    )

# %%
# Gradient descent finds its best rate near 2 / (2 + 20) = 0.0909, as theory says.
# To a loss of a millionth the two take about as long; from there on gradient
# descent leaves Adam behind.

ax = plot_losses(best)
ax.set(xlim=(0, 300), ylim=(1e-40, 1e3))
ax.figure.set_label(
    "Losses of both methods at their best learning rates. Gradient descent falls "
    "along a steep straight line; Adam falls as fast at first, then in waves and "
    "more slowly."
)

# %%

ax = plot_paths(ravine, best)
ax.figure.set_label(
    "Contours of the ravine with both paths. Gradient descent jumps from wall to "
    "wall with shrinking jumps; Adam comes along the diagonal. Both end at the "
    "minimum."
)
