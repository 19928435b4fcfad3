"""
Schedules
=========

A learning rate may be any function of the step. How do the usual ones look, and
what do they do for Adam on the digits?
"""

# sphinx_gallery_course = "stochastic-gradients"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, load, train
from adamdoc.models import MLP
from adamdoc.schedules import Constant, Cosine, InverseSqrt, Step, WarmUp
from adamdoc.tuning import Range, studies

steps = 22 * 5  # batches of 64 in five epochs
schedules = {
    "constant": Constant,
    "step": lambda lr: Step(lr, every=40, factor=0.3),
    "cosine": lambda lr: Cosine(lr, steps=steps),
    "1 / sqrt(t)": InverseSqrt,
    "warm-up, then cosine": lambda lr: WarmUp(15, Cosine(lr, steps=steps - 15)),
}
styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

fig, ax = plt.subplots()
for (name, make), style in zip(schedules.items(), styles, strict=True):
    schedule = make(0.03)
    ax.plot(
        range(1, steps + 1),
        [schedule(t) for t in range(1, steps + 1)],
        ls=style,
        label=name,
    )
ax.set(xlabel="step", ylabel="learning rate", ylim=(0, 0.04))
ax.legend()
fig.set_label("Five schedules of 0.03: the learning rate against the step.")

# %%
# The same training under each
# ----------------------------
# Each schedule gets a rate of its own, in five searches of twelve trials. What each
# search finds is trained once more at a seed of its own.

digits, net = load("digits"), MLP((64, 32, 10))
fig, ax = plt.subplots()
for k, (name, make) in enumerate(schedules.items()):

    def run(setting, seed, make=make):
        """Train once at a setting and a seed."""
        optimizer = Adam(lr=make(setting["lr"]))
        return train(net, digits, optimizer, epochs=5, batch_size=64, seed=seed)

    found = studies(run, {"lr": Range(1e-3, 1)})
    rates = [setting["lr"] for setting in found.settings]
    ax.plot(found.losses, np.full(5, k), "o", color="#0077bb", alpha=0.6)
    ax.plot(np.median(found.losses), k, "|", color="#0077bb", ms=24, mew=2)
    loss, error = np.median(found.losses), np.median(found.errors)
    print(f"{name:20} best lr {min(rates):.2f} to {max(rates):.2f}", end=", ")
    print(f"median training loss {loss:.3f}, misread {error:.1%}")
ax.set(xscale="log", xlabel="training loss after five epochs")
ax.set_yticks(range(5), schedules)
fig.set_label(
    "Training loss of five runs under each of five schedules, with the medians."
)

# %%
# Where the dots of two schedules overlap, this task does not tell them apart. A
# schedule that falls pays where noise has set a floor, as in
# :ref:`sphx_glr_auto_gallery_4_learning_plot_1_noise.py`.
