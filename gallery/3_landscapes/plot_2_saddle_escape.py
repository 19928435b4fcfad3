"""
Leaving a saddle
================

Five methods start almost exactly on the ridge of a saddle. Which of them find the
way down, and when?
"""

# sphinx_gallery_course = "gradient-descent"
# sphinx_gallery_thumbnail_number = 2

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
optimizers = (
    GradientDescent(lr=0.05),
    HeavyBall(lr=0.01),
    AdaGrad(lr=0.2),
    RMSprop(lr=0.02),
    Adam(lr=0.05),
)
runs = [minimize(saddle, optimizer, steps=150) for optimizer in optimizers]

# %%
# The start is :math:`(1.5, 0.0001)`, a tiny step away from the ridge.

ax = plot_surface(saddle, runs)
ax.view_init(elev=50, azim=30)

# sphinx_gallery_start_ignore
# caption: The start is on the ridge; the ways down lead to the valleys on both
#   sides.
# alt: The saddle as a surface in three dimensions, with the paths of five methods
#   from its ridge down towards one of the two valleys.
# sphinx_gallery_end_ignore

# %%

plot_paths(saddle, runs)

# sphinx_gallery_start_ignore
# caption: The adaptive methods turn towards the valley at once. Gradient descent
#   and the heavy ball first go straight to the saddle point.
# alt: Contours of the saddle with five paths. Those of gradient descent and the
#   heavy ball run along the ridge to the saddle point; those of AdaGrad, RMSprop
#   and Adam bend towards the valley from the start.
# sphinx_gallery_end_ignore

# %%

plot_losses(runs, minimum=-1)
for run in runs:
    name = type(run.optimizer).__name__
    print(f"{name:16} steps to a loss of -0.9: {run.steps_to(-0.9)}")

# sphinx_gallery_start_ignore
# caption: The plateau is the time spent at the saddle point.
# alt: Loss above the minimum against the step, on a logarithmic axis. The curves of
#   the adaptive methods fall early; those of gradient descent and the heavy ball
#   stay level at the height of the saddle for many steps.
# sphinx_gallery_end_ignore

# %%
# The adaptive methods divide each coordinate by the size of its own gradients. A
# gradient of 0.0002 along y then counts as much as one of 3 along x, and they leave
# the ridge at full speed. Exactly on the ridge, where the gradient along y is zero,
# they would stay as well.
