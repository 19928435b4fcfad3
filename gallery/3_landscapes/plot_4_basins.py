"""
Basins of attraction
====================

Himmelblau's function has four equal minima. Which start leads to which? Each pixel
is a start.
"""

# sphinx_gallery_course = "gradient-descent"

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from adamdoc import Adam, GradientDescent, HeavyBall, Himmelblau, minimize

problem = Himmelblau()
side = np.linspace(-5, 5, 120)
grid = np.stack(np.meshgrid(side, side), axis=-1)
basins = ListedColormap(["#808894", "#0077bb", "#56a5d9", "#cc79a7", "#b8860b"])

# %%
# 14,400 starts are run at once. The first colour marks starts that have not come to
# a minimum.

for optimizer in (GradientDescent(lr=0.01), HeavyBall(lr=0.005), Adam(lr=0.3)):
    run = minimize(problem, optimizer, start=grid, steps=500, batch=True)
    distances = np.linalg.norm(run.path[-1][..., None, :] - problem.minima, axis=-1)
    distances = np.nan_to_num(distances, nan=np.inf)
    which = np.where(distances.min(axis=-1) < 0.1, 1 + distances.argmin(axis=-1), 0)
    name = type(optimizer).__name__
    fig, ax = plt.subplots(figsize=(5, 4.6))
    ax.pcolormesh(side, side, which, cmap=basins, vmin=0, vmax=4, rasterized=True)
    ax.plot(*problem.minima.T, "*", color="white", mec="black", ms=14)
    ax.set(xlabel="x of the start", ylabel="y of the start", title=name)
    ax.grid(visible=False)
    fig.set_label(
        f"The starts of {name}, coloured by the minimum of Himmelblau's function "
        "that they reach."
    )
    print(f"{name:16} no minimum from {np.mean(which == 0):.1%} of the starts")

# %%
# Gradient descent divides the plane along almost smooth borders. Momentum carries a
# run over hills, which frays the borders.
