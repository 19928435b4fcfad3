"""
Basins of attraction
====================

Himmelblau's function has four equally good minima. Which of them does a run reach
from each start?

Each pixel is a start; 14,400 starts run at once.
"""

# sphinx_gallery_course = "gradient-descent"
# sphinx_gallery_thumbnail_panel = 2

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from adamdoc import Adam, GradientDescent, HeavyBall, Himmelblau, minimize

problem = Himmelblau()
side = np.linspace(-5, 5, 120)
starts = np.stack(np.meshgrid(side, side), axis=-1)


def reached(optimizer):
    """Return for each start the minimum that is reached, 1 to 4, or 0 for none."""
    run = minimize(problem, optimizer, start=starts, steps=500, batch=True)
    offsets = run.path[-1][..., None, :] - problem.minima
    distances = np.nan_to_num(np.linalg.norm(offsets, axis=-1), nan=np.inf)
    return np.where(distances.min(axis=-1) < 0.1, 1 + distances.argmin(axis=-1), 0)


# %%

basins = ListedColormap(["#808894", "#0077bb", "#56a5d9", "#cc79a7", "#b8860b"])
optimizers = (GradientDescent(lr=0.01), HeavyBall(lr=0.005), Adam(lr=0.3))
fig, axes = plt.subplots(1, 3, figsize=(7.6, 2.9), sharey=True)
for ax, optimizer in zip(axes, optimizers, strict=True):
    which = reached(optimizer)
    name = type(optimizer).__name__
    print(f"{name:16} no minimum from {np.mean(which == 0):.1%} of the starts")
    ax.pcolormesh(side, side, which, cmap=basins, vmin=0, vmax=4, rasterized=True)
    ax.plot(*problem.minima.T, "*", color="white", mec="black", ms=11)
    ax.set(xlabel="initial x", title=name, aspect="equal")
    ax.grid(visible=False)
axes[0].set_ylabel("initial y")

# sphinx_gallery_start_ignore
# caption: The colour of a start is that of the minimum (star) that its run reaches.
#   Gradient descent divides the plane along smooth borders; momentum frays them.
# alt: Three square maps of the plane of starts, for gradient descent, the heavy
#   ball and Adam, each in the colours of the four minima of Himmelblau's function.
# sphinx_gallery_end_ignore

# %%
# Gradient descent divides the plane along almost smooth borders. Momentum carries a
# run over hills, which frays the borders.
