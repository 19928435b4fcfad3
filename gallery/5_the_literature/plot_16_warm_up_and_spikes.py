"""
Why warm-up, and what beta2 does to spikes
==========================================

What does warm-up do to the curvature? And how far is Adam thrown by one bad batch?
"""

# sphinx_gallery_course = "adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, GradientDescent, load
from adamdoc.models import MLP, Autoencoder
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.papers.kalra2024 import fails
from adamdoc.papers.molybog2023 import after_bad_batch
from adamdoc.plotting import color
from adamdoc.schedules import Constant, WarmUp

digits = load("digits")
x, y = digits.x[:100], digits.y[:100]

# %%
# The sharpness under warm-up
# ---------------------------
# Kalra and Barkeshli: warm-up brings the sharpness down, slowly, to the limit of
# the rate. An autoencoder on 100 digits, all at once, to a rate of 0.05.

coder = Autoencoder((64, 16, 4))
fig, ax = plt.subplots()
for name, lr, style in (
    ("warm-up of 80 steps", WarmUp(80, Constant(0.05)), "-"),
    ("no warm-up", 0.05, "--"),
    ("a small rate, 0.0005", 0.0005, ":"),
):
    trace = follow_sharpness(coder, x, x[:, 0], GradientDescent(lr=lr), 120, 2)
    ax.plot(
        trace.steps,
        trace.sharpness,
        style,
        color=color(GradientDescent),
        label=name,
    )
    print(
        f"{name:22} sharpness {trace.sharpness[-1]:.0f}, "
        f"loss {trace.losses[-1]:.2f}"
    )
ax.axhline(2 / 0.05, color="#808894", lw=1, ls="-.")
ax.set(yscale="log", xlabel="step", ylabel="sharpness")
ax.legend()
fig.set_label(
    "The sharpness against the step. At a small rate it rises a little; with "
    "warm-up it falls in several leaps to the limit, a dashed and dotted line; "
    "without, it is thrown down there within a few steps."
)

# %%
# The largest rate that trains
# ----------------------------
# A classifier on the same digits with Adam: the share of five starts that fail.

net = MLP((64, 32, 32, 10), "tanh")
rates = 0.06 * 2 ** np.arange(6)
fig, ax = plt.subplots()
for warm, style in ((0, "--"), (20, "-."), (80, "-")):
    shares = [
        np.mean(
            [
                fails(net, x, y, Adam(lr=WarmUp(warm, Constant(lr))), 160, seed)
                for seed in range(5)
            ]
        )
        for lr in rates
    ]
    ax.plot(
        rates,
        shares,
        style,
        marker="o",
        color=color(Adam),
        label=f"warm-up of {warm}",
    )
    print(f"warm-up of {warm:2} steps: shares {np.array(shares)}")
ax.set(xscale="log", xlabel="learning rate", ylabel="share of starts that fail")
ax.legend()
fig.set_label(
    "The share of starts that fail against the learning rate, for warm-up of "
    "none, 20 and 80 steps. The longer the warm-up, the further to the right the "
    "share rises."
)

# %%
# One bad batch
# -------------
# After 800 batches of 64 digits comes one with wrong labels and inputs ten times
# too large. With a long memory v does not notice, and the step is many times as
# long.

fig, ax = plt.subplots()
for beta2, style in ((0.9, ":"), (0.95, "-."), (0.99, "--"), (0.999, "-")):
    losses = after_bad_batch(
        MLP((64, 32, 10)), (digits.x, digits.y), Adam(lr=0.003, beta2=beta2)
    )
    ax.plot(losses / losses[0], style, color=color(Adam), label=f"beta2 = {beta2}")
    print(
        f"beta2 = {beta2:<5}: the loss rises to "
        f"{losses.max() / losses[0]:.2f} times that before"
    )
ax.set(xlabel="steps after the bad batch", ylabel="loss over that before")
ax.legend()
fig.set_label(
    "The loss after a bad batch against the step. The larger beta2, the higher it "
    "rises: by a tenth for 0.9 and 0.95, by a third for 0.99, to twice its value "
    "for 0.999, within some fifteen steps."
)
