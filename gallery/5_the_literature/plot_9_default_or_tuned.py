"""
Default or tuned?
=================

Schmidt and others compared fifteen optimizers, with default and with tuned rates.
Here are six on three tasks: how much does a good learning rate gain, and how much a
good optimizer? (The whole comparison is on the page :doc:`/evidence/benchmark`.)
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    NAdam,
    RMSprop,
)
from adamdoc.plotting import color
from adamdoc.tasks import TASKS

methods = (GradientDescent, HeavyBall, AdaGrad, RMSprop, Adam, NAdam)
tasks = ("softmax", "autoencoder", "factorization")
rates = np.geomspace(1e-3, 10, 5)
fig, axes = plt.subplots(3, 1, figsize=(6.2, 8))
for ax, name in zip(axes, tasks, strict=True):
    task = TASKS[name]
    defaults, tuned = [], []
    for method in methods:
        defaults.append(task.train(method()).losses[-1])
        ends = []
        for lr in rates:
            run = task.train(method(lr=lr))
            ends.append(np.inf if run.diverged_at is not None else run.losses[-1])
        tuned.append(min(ends))
    place = np.arange(len(methods))
    for k, method in enumerate(methods):
        ax.plot([defaults[k], tuned[k]], [k, k], color=color(method), lw=2)
        ax.plot(defaults[k], k, "o", color=color(method), mfc="none", ms=8)
        ax.plot(tuned[k], k, "o", color=color(method), ms=8)
    ax.set(xscale="log")
    ax.set_title(f"task {name}", fontsize=10)
    ax.set_yticks(place, [m.__name__ for m in methods])
    ax.invert_yaxis()
    gain = np.median(np.array(defaults) / tuned)
    spread = np.median(tuned) / min(tuned)
    print(
        f"{name:13} default over tuned, median {gain:8.1f}; "
        f"median tuned over best tuned {spread:6.1f}"
    )
axes[-1].set_xlabel("training loss: default (open) and tuned (filled)")
fig.set_label(
    "Three panels, one line for each optimizer from its loss at the default rate, "
    "an open circle, to that at the best of five rates, a filled one. The lines "
    "are long on the first task, where training has hardly begun at the default "
    "rates."
)

# %%
# In these short trainings the default rates are too small, for every optimizer. The
# paper finds, on longer ones, that several optimizers at their defaults do about as
# well as one that is tuned.
