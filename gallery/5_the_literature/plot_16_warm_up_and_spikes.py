r"""
Why warm-up, and what beta2 does to spikes
==========================================

What does warm-up do to the curvature, and how far does one bad batch throw
Adam?
"""

# sphinx_gallery_course = "schedules"

import numpy as np

from adamdoc import Adam, GradientDescent, load
from adamdoc.models import MLP, Autoencoder
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.papers.kalra2024 import fails
from adamdoc.papers.molybog2023 import after_bad_batch
from adamdoc.plotting import color, plot_curves
from adamdoc.schedules import Constant, WarmUp

digits = load("digits")
x, y = digits.x[:100], digits.y[:100]

# %%
# The sharpness under warm-up
# ---------------------------
# :cite:t:`kalra2024` found that warm-up gradually lowers the sharpness to the
# stability limit of the full learning rate, :math:`2 / \eta`. We train an
# autoencoder on 100 digits, all in one batch, with a learning rate of 0.05.

coder = Autoencoder((64, 16, 4))
schedules = {
    "warm-up of 80 steps": WarmUp(80, Constant(0.05)),
    "no warm-up": 0.05,
    "learning rate 0.0005": 0.0005,
}
sharpness = {}
for name, lr in schedules.items():
    trace = follow_sharpness(coder, x, x[:, 0], GradientDescent(lr=lr), 120, 2)
    sharpness[name] = trace.sharpness
    print(f"{name:20} sharpness {trace.sharpness[-1]:.0f}", end=", ")
    print(f"loss {trace.losses[-1]:.2f}")

ax = plot_curves(
    sharpness, trace.steps, log="y", xlabel="step", ylabel="sharpness"
)
ax.axhline(2 / 0.05, color="#808894", lw=1, ls="-.")

# sphinx_gallery_start_ignore
# caption: With warm-up the sharpness falls to the limit (grey line) in leaps;
#   without, the first steps throw it down there.
# alt: Sharpness against the step, on a logarithmic axis. At the small learning
#   rate it rises a little; with warm-up it falls in several leaps to the
#   horizontal line; without warm-up it falls there within a few steps.
# sphinx_gallery_end_ignore

# %%
# The largest learning rate that trains
# -------------------------------------
# We train a classifier on the same digits with Adam, from five
# initializations.

net = MLP((64, 32, 32, 10), "tanh")
rates = 0.06 * 2 ** np.arange(6)
shares = {
    f"warm-up of {warm} steps": [
        np.mean(
            [
                fails(
                    net, x, y, Adam(lr=WarmUp(warm, Constant(lr))), 160, seed
                )
                for seed in range(5)
            ]
        )
        for lr in rates
    ]
    for warm in (0, 20, 80)
}
plot_curves(
    shares,
    rates,
    log="x",
    marker="o",
    xlabel="learning rate",
    ylabel="share of trainings that fail",
)

# sphinx_gallery_start_ignore
# caption: The longer the warm-up, the larger the learning rate at which
#   training still succeeds.
# alt: Share of five trainings that fail against the learning rate, on a
#   logarithmic axis, for a warm-up of 0, 20 and 80 steps. Each curve rises
#   from zero to one; the longer the warm-up, the further to the right.
# sphinx_gallery_end_ignore

# %%
# One bad batch
# -------------
# After 800 batches of 64 digits comes one with wrong labels and inputs that
# are ten times too large, as in :cite:t:`molybog2023`. With a long memory
# :math:`v_t` hardly changes, so the step is many times too long.

rise = {}
for beta2 in (0.9, 0.95, 0.99, 0.999):
    losses = after_bad_batch(
        MLP((64, 32, 10)), (digits.x, digits.y), Adam(lr=0.003, beta2=beta2)
    )
    rise[rf"$\beta_2 = {beta2}$"] = losses / losses[0]
    print(
        f"beta2 = {beta2:<5}: loss up to {losses.max() / losses[0]:.2f} times"
    )

plot_curves(
    rise,
    colors=[color(Adam)] * 4,
    xlabel="steps after the bad batch",
    ylabel="loss / loss before",
)

# sphinx_gallery_start_ignore
# caption: The closer :math:`\beta_2` is to 1, the further one bad batch throws
#   the loss up.
# alt: Loss after a bad batch against the step, relative to the loss before it,
#   for four values of beta 2. It rises by a tenth for 0.9 and 0.95, by a third
#   for 0.99, and to twice its value for 0.999, within some fifteen steps, and
#   falls again.
# sphinx_gallery_end_ignore
