"""
Gradient descent and Adam, as published
=======================================

The first comparison of the article "Adam- The most famous ML optimizer from
Scratch": 550 steps at a learning rate of 0.2 on the ravine :math:`x^2 + 10 y^2`,
from (1.5, 1.5). What happens?
"""

# sphinx_gallery_course = "from-scratch"

from adamdoc import Adam, GradientDescent, Ravine, minimize
from adamdoc.plotting import plot_losses, plot_paths

ravine = Ravine()
runs = [
    minimize(ravine, method(lr=0.2), steps=550)
    for method in (GradientDescent, Adam)
]

# %%
# The paths
# ---------
# Adam takes the diagonal, overshoots the minimum and comes back. Gradient descent
# leaves the picture.

ax = plot_paths(ravine, runs)
ax.figure.set_label(
    "Contours of the ravine. Adam's path runs through the minimum and returns to "
    "it; the path of gradient descent jumps up and down out of the picture."
)

# %%
# The losses
# ----------

ax = plot_losses(runs)
ax.figure.set_label(
    "Losses against the step. Adam's falls in waves over 550 steps; that of "
    "gradient descent leaves the picture upwards after a few steps."
)

# %%
# Why
# ---
# Along y the curvature is 20. Gradient descent multiplies y by 1 - 20 lr in each
# step, so 0.1 is the largest learning rate that does not diverge. At 0.2 the factor
# is -3, and the loss grows ninefold with each step until it overflows:

for run in runs:
    print(run)
print("factor in y:", 1 - 20 * 0.2)

# %%
# The comparison shows that gradient descent has a limit, not that Adam is faster.
# The fair version gives each method a learning rate of its own:
# :ref:`sphx_glr_auto_gallery_1_the_article_plot_3_fair_first_comparison.py`.
