r"""
Conditioning
============

A round bowl is stretched into a canyon. How does the number of steps that each
method needs grow?

Every method runs at its best learning rate, with its other hyperparameters at their
defaults.
"""

# sphinx_gallery_course = "gradient-descent"

import numpy as np

from adamdoc import (
    Adam,
    GradientDescent,
    HeavyBall,
    Nesterov,
    Quadratic,
    RMSprop,
    minimize,
)
from adamdoc.plotting import plot_curves

kappas = np.geomspace(1, 1000, 10)
rates = np.geomspace(1e-4, 3, 60)[:, None]
methods = (GradientDescent, HeavyBall, Nesterov, RMSprop, Adam)
starts = np.random.default_rng(0).uniform(0.5, 1.5, (5, 1, 2))

# %%
# For each condition number :math:`\kappa` and each method, 60 learning rates run
# from five starts at once. A rate is scored by the step after which the loss stays
# below a millionth of its initial value, at the slowest of the five starts.

needed = {method: [] for method in methods}
for kappa in kappas:
    bowl = Quadratic([1, kappa])
    for method in methods:
        losses = minimize(bowl, method(lr=rates), starts, 1500, batch=True).losses
        above = ~(losses <= 1e-6 * losses[0])  # True for nan, after a divergence
        settled = np.where(above.any(axis=0), 1501 - above[::-1].argmax(axis=0), 0)
        needed[method].append(settled.max(axis=0).min())

print("steps at the largest condition number (1501: not reached)")
for method, steps in needed.items():
    print(f"{method.__name__:16}", steps[-1])

ax = plot_curves(
    needed,
    kappas,
    log="xy",
    marker="o",
    xlabel=r"condition number $\kappa$",
    ylabel=r"steps to reduce the loss by $10^6$",
)
ax.axhline(1501, color="#808894", linestyle=":", lw=1)

# sphinx_gallery_start_ignore
# caption: Gradient descent needs steps in proportion to the condition number; Adam
#   needs the same number for every bowl, because this one is stretched along an
#   axis.
# alt: Steps needed against the condition number, on logarithmic axes. The curve of
#   gradient descent rises in proportion and reaches the limit of 1,500; Nesterov's
#   rises more slowly; those of the heavy ball and Adam stay nearly level; RMSprop's
#   is at the limit throughout.
# sphinx_gallery_end_ignore

# %%
# Adam rescales each coordinate, and this bowl is stretched along a coordinate axis:
# to Adam all these bowls are the same. On a bowl stretched along a diagonal it
# loses this advantage. RMSprop, too, sees only one bowl, but at a constant learning
# rate its steps never shrink, so it does not settle. The heavy ball, with its
# momentum fixed at 0.9, is limited by the rate at which that momentum decays.
