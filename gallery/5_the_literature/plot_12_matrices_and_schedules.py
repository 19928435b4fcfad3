"""
Matrices, and training without a schedule
=========================================

Shampoo, SOAP and Muon see a matrix as a matrix: what is that worth where it is
badly conditioned? And can an average of the points replace a falling rate?
"""

# sphinx_gallery_course = "family"

import matplotlib.pyplot as plt
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
from adamdoc.plotting import color
from adamdoc.schedules import Cosine

# %%
# Least squares over a 16 by 16 matrix between two badly conditioned ones. The
# condition number of the whole is 1.2 million. Each method at its best of eleven
# rates, with a cosine.

fig, ax = plt.subplots()
for method, style in (
    (GradientDescent, "-"),
    (Adam, "-"),
    (Shampoo, "--"),
    (SOAP, "-."),
    (Muon, ":"),
):
    runs = {
        lr: run_matrix(method(lr=Cosine(lr, steps=300)))
        for lr in np.geomspace(0.01, 1000, 11)
    }
    lr = min(runs, key=lambda lr: runs[lr][-1])
    ax.plot(runs[lr], style, color=color(method), label=method.__name__)
    print(f"{method.__name__:16} lr {lr:<6.2g} last loss {runs[lr][-1]:.1e}")
ax.set(yscale="log", xlabel="step", ylabel="loss")
ax.legend()
fig.set_label(
    "Losses on the matrix problem against the step. Gradient descent and Adam fall "
    "slowly; Shampoo, SOAP and Muon end tens of thousands of times lower than "
    "Adam."
)

# %%
# The problem is made for them: its curvature is a product of one factor for the
# rows and one for the columns, which is what Shampoo and SOAP estimate.

# %%
# Without a schedule
# ------------------
# Bowls with noisy gradients, 400 steps. Schedule-Free SGD gives the average x of
# its points; SGD is run at a constant rate and with a cosine, each at its best of
# 30.

bowls, start = Quadratic([1.0, 10.0] * 50), np.full(100, 1.5)
rates = np.geomspace(1e-2, 3, 30)
free = minimize(
    bowls,
    ScheduleFreeSGD(lr=rates[:, None]),
    start,
    400,
    batch=True,
    noise=1.0,
)
found = {"Schedule-Free": free.losses[:, np.nanargmin(free.losses[-1])]}
for name in ("constant rate", "cosine"):
    runs = [
        minimize(
            bowls,
            GradientDescent(lr=Cosine(lr, steps=400) if name == "cosine" else lr),
            start,
            400,
            noise=1.0,
        )
        for lr in rates
    ]
    found[f"SGD, {name}"] = min(
        (run.losses for run in runs if run.diverged_at is None),
        key=lambda ends: ends[-1],
    )
fig, ax = plt.subplots()
shades = (color(ScheduleFreeSGD), color(GradientDescent), color(GradientDescent))
for (name, losses), shade, style in zip(
    found.items(), shades, ("-", "--", ":"), strict=True
):
    ax.plot(losses, style, color=shade, label=name)
    print(f"{name:20} loss at the end {losses[-1]:.3f}")
ax.set(yscale="log", xlabel="step", ylabel="loss")
ax.legend()
fig.set_label(
    "Losses of three runs on noisy bowls. The constant rate ends highest; the "
    "cosine and Schedule-Free, which starts slowly, end at nearly the same loss."
)
