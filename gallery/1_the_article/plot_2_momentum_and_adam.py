"""
Momentum and Adam, as published
===============================

The second comparison of the article "Adam- The most famous ML optimizer from
Scratch": 100 steps at a learning rate of 0.1 on the ravine :math:`x^2 + 10 y^2`,
from (1.5, 1.5). Which method is better?
"""

# sphinx_gallery_course = "from-scratch"

from adamdoc import Adam, Momentum, Ravine, minimize
from adamdoc.plotting import plot_losses, plot_paths

ravine = Ravine()
runs = [minimize(ravine, method(lr=0.1), steps=100) for method in (Momentum, Adam)]

# %%
# The paths
# ---------
# Momentum swings across the ravine. Adam's path looks calmer.

ax = plot_paths(ravine, runs)
ax.figure.set_label(
    "Contours of the ravine. Momentum swings up and down across it; Adam goes "
    "along the diagonal and overshoots a little."
)

# %%
# The losses
# ----------
# The losses tell another story: the two end close together.

ax = plot_losses(runs)
ax.figure.set_label(
    "Losses of momentum and Adam over 100 steps. Both fall in waves and end close "
    "to each other."
)
for run in runs:
    print(run)

# %%
# The same number, 0.1, means two things here. For Adam it is the length of a
# typical step. For momentum it multiplies an average of the gradients. See
# :ref:`sphx_glr_auto_gallery_1_the_article_plot_4_fair_second_comparison.py`.
