"""
Leaving a saddle
================

From a start almost on the ridge of a saddle: who finds the way down, and when?
"""

# sphinx_gallery_course = "gradient-descent"

from adamdoc import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    RMSprop,
    Saddle,
    minimize,
)
from adamdoc.plotting import plot_losses, plot_paths, plot_surface

saddle = Saddle()
runs = [
    minimize(saddle, optimizer, steps=150)
    for optimizer in (
        GradientDescent(lr=0.05),
        HeavyBall(lr=0.01),
        AdaGrad(lr=0.2),
        RMSprop(lr=0.02),
        Adam(lr=0.05),
    )
]

# %%
# The start is (1.5, 0.0001): one ten-thousandth beside the ridge.

ax = plot_surface(saddle, runs)
ax.figure.set_label(
    "The saddle as a surface in three dimensions, with the paths of five methods "
    "from its ridge down towards one of the two valleys."
)

# %%
ax = plot_paths(saddle, runs)
ax.figure.set_label(
    "Contours of the saddle with five paths. Gradient descent and the heavy ball "
    "go straight to the saddle; the adaptive methods turn towards the valley from "
    "the start."
)

# %%
ax = plot_losses(runs, minimum=-1)
ax.figure.set_label(
    "Losses above the minimum. The adaptive methods fall early; gradient descent "
    "and the heavy ball stay level at the saddle for long."
)
for run in runs:
    name = type(run.optimizer).__name__
    print(f"{name:16} steps to a loss of -0.9: {run.steps_to(-0.9)}")

# %%
# The adaptive methods divide each coordinate by the size of its own gradients. A
# gradient of 0.0002 along y then counts as much as one of 3 along x, and they leave
# the ridge at full pace. On the ridge itself, with a gradient of exactly zero, they
# stay too.
