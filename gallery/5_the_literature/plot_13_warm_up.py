"""
The first steps, and warm-up
============================

Liu and others: in the first steps Adam's rate is a guess from few gradients. How
wrong is it, and what do warm-up and RAdam do about it?
"""

# sphinx_gallery_course = "adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, RAdam
from adamdoc.papers.liu2020 import adaptive_rates
from adamdoc.plotting import color
from adamdoc.schedules import Constant, WarmUp
from adamdoc.tasks import TASKS

# %%
# Normal gradients of variance 1: the rate 1 / sqrt(v_hat) should be 1.

rates = adaptive_rates(0.999, steps=200, runs=20_000)
steps = np.arange(1, 201)
low, middle, high = np.quantile(rates, (0.05, 0.5, 0.95), axis=1)
fig, ax = plt.subplots()
ax.fill_between(steps, low, high, color=color(Adam), alpha=0.25, lw=0)
ax.plot(steps, middle, color=color(Adam))
ax.axhline(1, color="#808894", lw=1, ls=":")
ax.axvline(5, color=color(RAdam), ls="--", lw=1.5)
ax.set(xscale="log", yscale="log", xlabel="step", ylabel="rate of a coordinate")
fig.set_label(
    "The middle 90 percent of the rates against the step, a funnel around 1: from "
    "about half to sixteen at the first step to near 1 after a hundred. A dashed "
    "line at step 5 marks where RAdam begins to divide."
)
for t in (1, 2, 4, 10, 100):
    print(
        f"step {t:3}: 90 percent lie between {low[t - 1]:.2f} and {high[t - 1]:.2f}"
    )

# %%
# What it does to training
# ------------------------
# The autoencoder on digits, three epochs, at more and more learning rates.

task = TASKS["autoencoder"]
grid = np.geomspace(1e-3, 0.3, 9)
forms = {
    "Adam": Adam,
    "Adam, warm-up of 60 steps": lambda lr: Adam(lr=WarmUp(60, Constant(lr))),
    "RAdam": RAdam,
}
fig, ax = plt.subplots()
for (name, make), style in zip(forms.items(), ("-", "--", ":"), strict=True):
    losses = np.array(
        [
            [task.train(make(lr=lr), epochs=3, seed=s).losses[-1] for s in range(3)]
            for lr in grid
        ]
    )
    shade = color(make(lr=0.1))
    ax.plot(grid, losses.mean(axis=1), style, marker="o", color=shade, label=name)
    ax.fill_between(
        grid, losses.min(axis=1), losses.max(axis=1), color=shade, alpha=0.15, lw=0
    )
    print(f"{name:26} lowest mean loss {losses.mean(axis=1).min():.3f}")
ax.set(
    xscale="log",
    yscale="log",
    xlabel="learning rate",
    ylabel="training loss after three epochs",
)
ax.legend()
fig.set_label(
    "Loss after three epochs against the learning rate, mean and range of three "
    "seeds. At small rates Adam alone is best; around 0.05 it is best with "
    "warm-up; at the highest rates warm-up only delays the failure, and RAdam is "
    "the lowest."
)

# %%
# A small rate needs no warm-up: the first steps do no harm. At a high one they do,
# and either cure helps, warm-up until the full rate is too high itself. RAdam steps
# by momentum alone until the estimate is good enough.
