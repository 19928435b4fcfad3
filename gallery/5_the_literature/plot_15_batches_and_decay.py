"""
The size of a batch, and the time scale of a decay
==================================================

How large may a batch be before samples are wasted? Does the root rule carry Adam
from one size to another? And what stays the same when the data set grows?
"""

# sphinx_gallery_course = "stochastic-gradients"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, load, train
from adamdoc.models import SoftmaxRegression
from adamdoc.papers.malladi2022 import scaled
from adamdoc.papers.mccandlish2018 import fit_tradeoff, steps_to_loss
from adamdoc.papers.wang2024 import BATCH, decayed_loss
from adamdoc.plotting import color

digits = load("digits")
data = digits.x, digits.y

# %%
# Steps against samples
# ---------------------
# McCandlish and others: to one loss, few steps with large batches and few samples
# with small ones trade off along one curve. Softmax regression on digits, to a loss
# of 0.3, each size at the best of 16 rates.

sizes = np.array([1, 4, 16, 64, 256])
rates = np.geomspace(0.1, 20, 16)
steps = np.array(
    [
        np.mean(
            [steps_to_loss(data, rates, size, 0.3, seed=s) for s in range(4)],
            axis=0,
        ).min()
        for size in sizes
    ]
)
fit = fit_tradeoff(sizes, steps)
fine = np.geomspace(1, 512, 100)
fig, ax = plt.subplots()
ax.plot(fit.steps(fine), fine * fit.steps(fine), color="#808894", label="the curve")
ax.plot(steps, sizes * steps, "o", color="#b4235a", label="measured")
for size, s in zip(sizes, steps, strict=True):
    ax.annotate(f"{size}", (s, size * s), xytext=(6, 4), textcoords="offset points")
ax.set(xscale="log", yscale="log", xlabel="steps", ylabel="samples")
ax.legend()
fig.set_label(
    "Samples against steps to one loss, on logarithmic axes, for five batch "
    "sizes. The points lie on a curve with the shape of an L: from many steps "
    "with few samples down to few steps, where larger batches only cost samples."
)
print(f"critical batch size: {fit.critical:.0f} samples")

# %%
# The root rule
# -------------
# Malladi and others: for k times the batch take the root of k times the rate, k
# times one minus each beta, and eps over the root of k. Loss against samples seen,
# from batches of 4.

base = Adam(lr=1e-3, beta1=0.975, beta2=0.9975)
model = SoftmaxRegression(64, 10)
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for ax, rule in zip(axes, ("all scaled", "nothing scaled"), strict=True):
    for size, style in ((4, "-"), (16, "--"), (64, ":")):
        adam = scaled(base, size / 4) if rule == "all scaled" else base
        run = train(model, digits, adam, epochs=5, batch_size=size)
        ax.plot(run.losses, style, color=color(base), label=f"batches of {size}")
        print(f"{rule:15} batches of {size:2}: loss {run.losses[-1]:.3f}")
    ax.set(xlabel="passes over the data", yscale="log")
    ax.set_title(rule, fontsize=10)
axes[0].set_ylabel("training loss")
axes[1].legend()
fig.set_label(
    "Two panels of losses against passes over the data, for batches of 4, 16 and "
    "64. With all scaled, the curve of 16 is a little above that of 4, and that "
    "of 64 further; with nothing scaled, larger batches are far above."
)

# %%
# The time scale of a decay
# -------------------------
# Wang and Aitchison: AdamW's parameters are an average of its updates over the last
# 1 / (lr decay) steps, and in epochs the best time scale does not change with the
# data. A net on digits of which 40 percent have a wrong label, 60 epochs, two
# seeds.

taus = np.geomspace(2, 500, 6)
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for samples, mark in ((100, "o"), (200, "s"), (800, "^")):
    losses = np.mean(
        [
            [decayed_loss(samples, 0.03, tau, seed) for tau in taus]
            for seed in (0, 1)
        ],
        axis=0,
    )
    per_epoch = samples / BATCH
    decays = 1 / (0.03 * taus * per_epoch)
    axes[0].plot(decays, losses, marker=mark, label=f"{samples} samples")
    axes[1].plot(taus, losses, marker=mark)
    best = losses.argmin()
    print(
        f"{samples} samples: best decay {decays[best]:.3g}, time scale "
        f"{taus[best]:.3g} epochs"
    )
axes[0].set(xscale="log", xlabel="weight decay", ylabel="test loss")
axes[1].set(xscale="log", xlabel="time scale in epochs")
axes[0].legend()
fig.set_label(
    "Two panels of the test loss for three sizes of data set. Against the weight "
    "decay the lowest points lie apart, with more data at weaker decay; against "
    "the time scale in epochs all lie at the same place, near twenty."
)
