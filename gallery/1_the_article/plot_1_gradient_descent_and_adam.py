r"""
Gradient descent and Adam, as published
=======================================

The article gives both methods the same learning rate. What does that comparison
show?

This is the first comparison of "Adam- The most famous ML optimizer from Scratch":
550 steps at a learning rate of 0.2 on the ravine :math:`x^2 + 10 y^2`, starting at
:math:`(1.5, 1.5)`.
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
# Adam moves along the diagonal, overshoots the minimum and comes back. Gradient
# descent jumps across the ravine, farther each time.

plot_paths(ravine, runs)

# sphinx_gallery_start_ignore
# caption: Adam passes the minimum and returns to it, while each jump of gradient
#   descent is longer than the one before.
# alt: Contours of the ravine with two paths. Adam's runs along the diagonal through
#   the minimum and back; that of gradient descent jumps up and down until it is
#   outside the plot.
# sphinx_gallery_end_ignore

# %%
# The losses
# ----------

plot_losses(runs)

# sphinx_gallery_start_ignore
# caption: Adam converges in waves. The loss of gradient descent is off the scale
#   after a few steps.
# alt: Losses against the step on a logarithmic axis. Adam's falls in waves over 550
#   steps; that of gradient descent rises steeply from the start and is soon off the
#   scale.
# sphinx_gallery_end_ignore

# %%
# Why --- In the direction of y the curvature is 20, so each step of gradient
# descent with learning rate :math:`\eta` multiplies y by :math:`1 - 20\eta`. The
# method is stable only while this factor is between -1 and 1, that is, up to
# :math:`\eta = 0.1`. At twice that rate y triples in size at every step, and the
# loss grows ninefold until it overflows:

for run in runs:
    print(run)
print("factor per step in y:", 1 - 20 * 0.2)

# %%
# So the comparison shows that gradient descent has a stability limit, not that Adam
# is faster. A fair one tunes each method separately:
# :ref:`sphx_glr_auto_gallery_1_the_article_plot_3_fair_first_comparison.py`.
