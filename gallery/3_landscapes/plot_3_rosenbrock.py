"""
Rosenbrock's valley
===================

The valley is easy to enter and hard to follow, because its floor is curved and
almost flat. How far does each method get in 2,000 steps?
"""

# sphinx_gallery_course = "momentum"
# sphinx_gallery_thumbnail_number = 2

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
# Each method gets the best of 200 learning rates, scored by its worst loss in the
# last 50 steps. Momentum and betas keep their defaults and there is only one start,
# so this shows how the methods move; it is not a ranking.

best = {}
for method in (GradientDescent, HeavyBall, Nesterov, RMSprop, Adam):
    sweep = minimize(valley, method(lr=rates[:, None]), steps=2000, batch=True)
    worst = np.nan_to_num(sweep.losses[-50:], nan=np.inf).max(axis=0)
    lr = rates[worst.argmin()]
    best[method.__name__] = minimize(valley, method(lr=lr), steps=2000)
    print(best[method.__name__])

# %%

plot_losses(best)

# sphinx_gallery_start_ignore
# caption: The momentum methods and Adam reach far lower losses than gradient
#   descent.
# alt: Losses in Rosenbrock's valley over 2,000 steps, on a logarithmic axis, each
#   method at its best learning rate. Gradient descent and RMSprop flatten out; the
#   heavy ball, Nesterov's method and Adam keep falling.
# sphinx_gallery_end_ignore

# %%

plot_paths(valley, best)

# sphinx_gallery_start_ignore
# caption: All methods soon enter the valley. The difference lies in how far they
#   follow its floor to the minimum.
# alt: Contours of Rosenbrock's valley with five paths along its curved floor, from
#   the start on the left to the minimum on the right.
# sphinx_gallery_end_ignore

# %%

plot_surface(valley, {"Adam": best["Adam"]}, log=True)

# sphinx_gallery_start_ignore
# caption: The floor of the valley falls so gently that only the logarithm of the
#   loss shows its slope.
# alt: Rosenbrock's valley as a surface in three dimensions on a logarithmic scale,
#   with Adam's path along its floor.
# sphinx_gallery_end_ignore
