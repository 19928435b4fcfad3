r"""
Schedules
=========

A learning rate may be any function of the step. What do the usual schedules
look like, and what do they do for Adam on the digits?
"""

# sphinx_gallery_course = "schedules"

from adamdoc import Adam, load, train
from adamdoc.models import MLP
from adamdoc.plotting import plot_curves, plot_spread
from adamdoc.schedules import Constant, Cosine, InverseSqrt, Step, WarmUp
from adamdoc.tuning import Range, studies

steps = 22 * 5  # batches of 64 in five epochs
schedules = {
    "constant": Constant,
    "step decay": lambda lr: Step(lr, every=40, factor=0.3),
    "cosine": lambda lr: Cosine(lr, steps=steps),
    "inverse square root": InverseSqrt,
    "warm-up and cosine": lambda lr: WarmUp(15, Cosine(lr, steps=steps - 15)),
}

# %%

t = range(1, steps + 1)
plot_curves(
    {
        name: [make(0.03)(step) for step in t]
        for name, make in schedules.items()
    },
    t,
    xlabel="step t",
    ylabel="learning rate",
    ylim=(0, 0.04),
)

# sphinx_gallery_start_ignore
# caption: Five schedules with the same peak. Only the warm-up does not start
#   there.
# alt: Learning rate against the step for five schedules with a peak of 0.03.
#   The constant one is level, the step decay a staircase; the cosine falls
#   smoothly to zero, the inverse square root drops at once and then slowly;
#   warm-up rises first and then follows a cosine.
# sphinx_gallery_end_ignore

# %%
# The same training under each
# ----------------------------
# Each schedule gets a learning rate of its own, in five searches of twelve
# trials. The best rate of each search is trained once more with a seed that no
# search has seen.

digits, net = load("digits"), MLP((64, 32, 10))
losses = {}
for name, make in schedules.items():

    def run(setting, seed, make=make):
        """Train once at a setting and a seed."""
        optimizer = Adam(lr=make(setting["lr"]))
        return train(
            net, digits, optimizer, epochs=5, batch_size=64, seed=seed
        )

    found = studies(run, {"lr": Range(1e-3, 1)})
    losses[name] = found.losses
    rates = [setting["lr"] for setting in found.settings]
    print(f"{name:20} best lr {min(rates):.2f} to {max(rates):.2f}")

plot_spread(losses, log="x", xlabel="training loss after five epochs")

# sphinx_gallery_start_ignore
# caption: Each dot is one of five runs, the bar their median. Most rows
#   overlap; only the inverse square root ends clearly higher.
# alt: Five rows of five dots, one row for each schedule, showing the training
#   loss on a logarithmic axis, with a bar at the median of each row.
# sphinx_gallery_end_ignore

# %%
# Where the dots of two schedules overlap, this task cannot tell them apart.
# Decaying the learning rate pays off where noise has set a floor, as in
# :ref:`sphx_glr_auto_gallery_4_learning_plot_1_noise.py`.
