r"""
Matrices, and training without a schedule
=========================================

What do Shampoo, SOAP and Muon gain from treating a matrix as a matrix? And can
an average of the points replace a decaying learning rate?
"""

# sphinx_gallery_course = "matrices"

import numpy as np

from adamdoc import (
    SOAP,
    Adam,
    GradientDescent,
    Muon,
    Quadratic,
    ScheduleFreeSGD,
    Shampoo,
    minimize,
)
from adamdoc.papers.gupta2018 import run_matrix
from adamdoc.plotting import color, plot_curves
from adamdoc.schedules import Cosine

# %%
# Matrices
# --------
# The problem is least squares over a :math:`16 \times 16` matrix between two
# badly conditioned ones; its condition number is 1.2 million. Each method gets
# the best of fifteen learning rates, with a cosine schedule.

losses = {}
for method in (GradientDescent, Adam, Shampoo, SOAP, Muon):
    runs = {
        lr: run_matrix(method(lr=Cosine(lr, steps=300)))
        for lr in np.geomspace(0.01, 1e5, 15)
    }
    lr = min(runs, key=lambda lr: runs[lr][-1])
    losses[method] = runs[lr]
    print(f"{method.__name__:16} lr {lr:<6.2g} final loss {runs[lr][-1]:.1e}")

plot_curves(losses, log="y", xlabel="step", ylabel="loss")

# sphinx_gallery_start_ignore
# caption: The three matrix methods end far below Adam and gradient descent.
# alt: Losses of five methods on the matrix problem against the step, on a
#   logarithmic axis. Gradient descent and Adam fall slowly; Shampoo, SOAP and
#   Muon fall far below them.
# sphinx_gallery_end_ignore

# %%
# The problem is made for them: its curvature is the product of a factor for
# the rows and one for the columns, which is exactly what Shampoo and SOAP
# estimate.
#
# Without a schedule
# ------------------
# Now the problem is a quadratic in 100 coordinates with noisy gradients, for
# 400 steps. Schedule-Free SGD returns the average of its points. SGD runs with
# a constant learning rate and with a cosine schedule. Each gets the best of 30
# learning rates.

bowls, start, steps = Quadratic([1.0, 10.0] * 50), np.full(100, 1.5), 400
forms = {
    "Schedule-Free SGD": lambda lr: ScheduleFreeSGD(lr=lr),
    "SGD, constant": lambda lr: GradientDescent(lr=lr),
    "SGD, cosine": lambda lr: GradientDescent(lr=Cosine(lr, steps=steps)),
}
best = {}
for name, make in forms.items():
    runs = [
        minimize(bowls, make(lr), start, steps, noise=1.0)
        for lr in np.geomspace(1e-2, 3, 30)
    ]
    best[name] = min(
        (run.losses for run in runs if run.diverged_at is None),
        key=lambda losses: losses[-1],
    )
    print(f"{name:18} final loss {best[name][-1]:.3f}")

plot_curves(
    best,
    colors=[color(make(0.1)) for make in forms.values()],
    log="y",
    xlabel="step",
    ylabel="loss",
)

# sphinx_gallery_start_ignore
# caption: Averaging ends at nearly the same loss as a cosine schedule, but
#   needs no number of steps in advance. A constant learning rate ends higher.
# alt: Losses of three runs on a noisy quadratic against the step, on a
#   logarithmic axis. SGD with a constant learning rate ends highest; SGD with
#   a cosine and Schedule-Free SGD, which starts slowly, end close together.
# sphinx_gallery_end_ignore
