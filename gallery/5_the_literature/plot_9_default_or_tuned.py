"""
Default or tuned?
=================

Schmidt and others compared fifteen optimizers, with default and with tuned
settings. Here are six on three tasks: how much does a good learning rate gain, and
how much a good optimizer? Only the rate is tuned here; on the page
:doc:`/evidence/benchmark`, all hyperparameters of all methods are.
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
from adamdoc.tuning import Range, final_loss, tune

methods = (GradientDescent, HeavyBall, AdaGrad, RMSprop, Adam, NAdam)
epochs = {"logistic": 20, "softmax": 10, "embedding": 4}
seeds = range(5)


def end(task, optimizer, seed):
    """Return the last loss of a training, infinity for a divergence."""
    return final_loss(task.train(optimizer, epochs[task.name], seed))


fig, axes = plt.subplots(3, 1, figsize=(6.2, 8))
for ax, name in zip(axes, epochs, strict=True):
    task = TASKS[name]
    defaults, tuned = [], []
    for k, method in enumerate(methods):
        # The rate is chosen with a seed that does not judge.
        found = tune(
            lambda setting, task=task, method=method: end(
                task, method(**setting), 100
            ),
            {"lr": Range(1e-3, 100)},
            count=11,
        )
        for optimizer, ends in (
            (method(), defaults),
            (method(**found.setting), tuned),
        ):
            ends.append([end(task, optimizer, seed) for seed in seeds])
        for ends, fill in ((defaults[k], "none"), (tuned[k], color(method))):
            ax.plot(
                ends, [k] * len(seeds), "o", color=color(method), mfc=fill, ms=6
            )
    ax.set(xscale="log")
    ax.set_title(f"task {name}", fontsize=10)
    ax.set_yticks(range(len(methods)), [m.__name__ for m in methods])
    ax.invert_yaxis()
    before, after = np.median(defaults, axis=1), np.median(tuned, axis=1)
    print(
        f"{name:10} default over tuned, median {np.median(before / after):6.1f}; "
        f"worst tuned over best tuned {max(after) / min(after):6.1f}"
    )
axes[-1].set_xlabel(
    "training loss of five seeds: default (open) and tuned (filled)"
)
fig.set_label(
    "Three panels, one row for each optimizer with the losses of five seeds at the "
    "default rate, open circles, and at a tuned one, filled. Nearly all of these "
    "lie far to the left of the open ones; within some rows they differ tenfold."
)

# %%
# In these short trainings the default rates are too small, for every optimizer, and
# seeds of one tuned optimizer can differ as much as the optimizers do. The
# paper finds, on longer ones, that several optimizers at their defaults do about as
# well as one that is tuned.
