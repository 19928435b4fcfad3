r"""
The first steps, and warm-up
============================

How unreliable is Adam's step length at first, and what do warm-up and RAdam do
about it?

In the first steps :math:`\hat v_t` is an average of few gradients. This
repeats experiments of :cite:t:`liu2020`.
"""

# sphinx_gallery_course = "schedules"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, RAdam
from adamdoc.papers.liu2020 import adaptive_rates
from adamdoc.plotting import color, plot_curves
from adamdoc.schedules import Constant, WarmUp
from adamdoc.tasks import TASKS

# %%
# For normal gradients with variance 1, the adaptive rate :math:`1 / \sqrt{\hat
# v_t}` should be 1.

rates = adaptive_rates(0.999, steps=200, runs=20_000)
low, middle, high = np.quantile(rates, (0.05, 0.5, 0.95), axis=1)
for t in (1, 2, 4, 10, 100):
    print(
        f"step {t:3}: 90 % lie between {low[t - 1]:.2f} and {high[t - 1]:.2f}"
    )

# %%

# Draw the figure.
fig, ax = plt.subplots()
steps = np.arange(1, 201)
ax.fill_between(steps, low, high, color=color(Adam), alpha=0.25, lw=0)
ax.plot(steps, middle, color=color(Adam))
ax.axhline(1, color="#808894", lw=1, ls=":")
ax.axvline(5, color=color(RAdam), ls="--", lw=1.5)
ax.set(xscale="log", yscale="log")
ax.set(xlabel="step t", ylabel=r"adaptive rate $1 / \sqrt{\hat v_t}$")

# sphinx_gallery_start_ignore
# caption: The band holds 90 percent of the rates. At the dashed line, the
#   fifth step, RAdam begins to divide by :math:`\sqrt{\hat v_t}`.
# alt: Median and a 90 percent band of the adaptive rate against the step, on
#   logarithmic axes: a funnel around 1, from about half to sixteen at the
#   first step to near 1 after a hundred steps. A vertical dashed line stands
#   at step 5.
# sphinx_gallery_end_ignore

# %%
# What it does to training
# ------------------------
# We train the autoencoder on digits for three epochs, with three seeds, at
# larger and larger learning rates.

task = TASKS["autoencoder"]
grid = np.geomspace(1e-3, 0.3, 9)
forms = {
    "Adam": Adam,
    "Adam, warm-up of 60 steps": lambda lr: Adam(lr=WarmUp(60, Constant(lr))),
    "RAdam": RAdam,
}
losses = {
    name: np.array(
        [
            [task.train(make(lr=lr), 3, seed).losses[-1] for lr in grid]
            for seed in range(3)
        ]
    )
    for name, make in forms.items()
}
for name, loss in losses.items():
    print(f"{name:26} lowest median loss {np.median(loss, axis=0).min():.3f}")

plot_curves(
    losses,
    grid,
    colors=[color(make(lr=0.1)) for make in forms.values()],
    log="xy",
    marker="o",
    xlabel="learning rate",
    ylabel="training loss after three epochs",
)

# sphinx_gallery_start_ignore
# caption: At small learning rates warm-up only costs time; at large ones
#   warm-up and RAdam both help.
# alt: Training loss after three epochs against the learning rate, median and
#   range of three seeds, on logarithmic axes. At small rates plain Adam is
#   best; around 0.05 Adam with warm-up is; at the largest rates RAdam is the
#   lowest.
# sphinx_gallery_end_ignore

# %%
# A small learning rate needs no warm-up, because the first steps do no harm.
# With a large one they do, and either remedy helps; warm-up helps until the
# full rate is itself too large. RAdam steps by momentum alone until its
# estimate of the variance is good enough.
