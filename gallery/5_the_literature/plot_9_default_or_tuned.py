r"""
Default or tuned?
=================

Which gains more: a tuned learning rate or another optimizer?

:cite:t:`schmidt2021` compared fifteen optimizers with default and with tuned
settings. We take six of them and three tasks, and tune only the learning rate; on
the page :doc:`/evidence/benchmark`, all hyperparameters of all methods are tuned.
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import AdaGrad, Adam, GradientDescent, HeavyBall, NAdam, RMSprop
from adamdoc.plotting import plot_spread
from adamdoc.tasks import TASKS
from adamdoc.tuning import Range, final_loss, tune

methods = (GradientDescent, HeavyBall, AdaGrad, RMSprop, Adam, NAdam)
epochs = {"logistic": 20, "softmax": 10, "embedding": 4}


def final(task, optimizer, seed):
    """Return the last loss of a training, infinity for a divergence."""
    return final_loss(task.train(optimizer, epochs[task.name], seed))


def tuned(task, method):
    """Return a method at its best learning rate, by a seed that is not judged."""
    found = tune(
        lambda setting: final(task, method(**setting), seed=100),
        {"lr": Range(1e-3, 100)},
        count=11,
    )
    return method(**found.setting)


# %%

fig, axes = plt.subplots(3, 1, figsize=(6.2, 8))
for ax, name in zip(axes, epochs, strict=True):
    task, before, after = TASKS[name], {}, {}
    for method in methods:
        best = tuned(task, method)
        before[method] = [final(task, method(), seed) for seed in range(5)]
        after[method] = [final(task, best, seed) for seed in range(5)]
    plot_spread(before, ax, filled=False)
    plot_spread(after, ax, log="x", title=f"task {name}")

    gains = np.median(list(before.values()), 1) / np.median(list(after.values()), 1)
    print(f"{name:10} median loss, default over tuned: {np.median(gains):.1f}")
axes[-1].set_xlabel("training loss of five seeds")

# sphinx_gallery_start_ignore
# caption: Default learning rates (open dots) against tuned ones (filled, with their
#   median). On most rows tuning gains more than any change of method.
# alt: Three panels, one for each task, with a row for each of six optimizers and
#   the losses of five seeds on a logarithmic axis, open at the default learning
#   rate and filled at a tuned one. Nearly all filled dots lie far to the left of
#   the open ones; within some rows the dots differ tenfold.
# sphinx_gallery_end_ignore

# %%
# In these short trainings the default learning rates are too small for every
# optimizer, and two seeds of one tuned optimizer can differ as much as two
# optimizers do. The paper finds that, in longer trainings, several optimizers at
# their defaults do about as well as one that is tuned.
