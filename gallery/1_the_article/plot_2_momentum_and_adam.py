r"""
Momentum and Adam, as published
===============================

Adam's path looks calmer than that of momentum. Does it also reach a lower loss?

This is the second comparison of "Adam- The most famous ML optimizer from Scratch":
100 steps at a learning rate of 0.1 on the ravine :math:`x^2 + 10 y^2`, starting at
:math:`(1.5, 1.5)`.
"""

# sphinx_gallery_course = "from-scratch"

from adamdoc import Adam, Momentum, Ravine, minimize
from adamdoc.plotting import plot_losses, plot_paths

ravine = Ravine()
runs = [minimize(ravine, method(lr=0.1), steps=100) for method in (Momentum, Adam)]

# %%
# The paths
# ---------

plot_paths(ravine, runs)

# sphinx_gallery_start_ignore
# caption: Momentum oscillates across the ravine. Adam follows the diagonal and
#   overshoots once.
# alt: Contours of the ravine with two paths from the same start. The path of
#   momentum swings up and down around the axis of the ravine; Adam's is a smooth
#   curve along the diagonal that ends in a small loop around the minimum.
# sphinx_gallery_end_ignore

# %%
# The losses
# ----------
# The losses tell another story: the two methods end close to each other.

plot_losses(runs)
for run in runs:
    print(run)

# sphinx_gallery_start_ignore
# caption: Neither method is clearly ahead: the curves cross several times.
# alt: Losses of momentum and Adam against the step on a logarithmic axis. Both fall
#   in waves over 100 steps and end close together.
# sphinx_gallery_end_ignore

# %%
# The same number, 0.1, means two different things here. For Adam it is the length
# of a typical step; for momentum it multiplies an average of the gradients. A fair
# comparison tunes each method separately:
# :ref:`sphx_glr_auto_gallery_1_the_article_plot_4_fair_second_comparison.py`.
