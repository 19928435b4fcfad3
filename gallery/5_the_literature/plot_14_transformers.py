"""
Why Adam leads on transformers
==============================

Kunstner and others, Zhang and others: what makes Adam so much better than SGD on
transformers? Noise, rare tokens, or blocks that need different learning rates?
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, HeavyBall, Signum, load
from adamdoc.models import MLP, Attention, ConvNet
from adamdoc.papers.kunstner2023 import train_steps, windows
from adamdoc.papers.kunstner2024 import frequency_groups, group_losses
from adamdoc.papers.zhang2024 import block_spectra, js_distance
from adamdoc.plotting import color
from adamdoc.schedules import Cosine

# %%
# The smallest transformer, one block with one head, predicts the next character of
# a text from the six before it. The settings are the best of 40 for each method,
# those of the ledger, rounded. On the left every step takes all samples, and has no
# noise.

data, model, steps = windows(192, length=6), Attention(6, 29, width=8), 100
settings = {
    None: {
        HeavyBall: {"lr": 0.3114, "momentum": 0.9743},
        Signum: {"lr": 0.03437, "beta": 0.8847},
        Adam: {"lr": 0.06808, "beta1": 0.8971, "beta2": 0.999},
    },
    16: {
        HeavyBall: {"lr": 0.7385, "momentum": 0.7296},
        Signum: {"lr": 0.01673, "beta": 0.6792},
        Adam: {"lr": 0.1168, "beta1": 0.6195, "beta2": 0.9967},
    },
}
trained = {}
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.6), sharey=True)
for ax, (batch, methods) in zip(axes, settings.items(), strict=True):
    for (method, setting), style in zip(
        methods.items(), ("-", "--", "-"), strict=True
    ):
        schedule = Cosine(setting["lr"], steps=steps)
        optimizer = method(**{**setting, "lr": schedule})
        runs = [
            train_steps(model, data, optimizer, steps, batch, k) for k in range(5)
        ]
        losses = np.array([losses for _, losses in runs])
        trained[method, batch] = [params for params, _ in runs]
        middle = np.median(losses, axis=0)
        ax.plot(middle, style, color=color(method), label=method.__name__)
        low, high = losses.min(axis=0), losses.max(axis=0)
        ax.fill_between(
            np.arange(steps + 1),
            low,
            np.minimum(high, 10),
            color=color(method),
            alpha=0.15,
            lw=0,
        )
        name = "all samples" if batch is None else f"batches of {batch}"
        print(f"{name:14} {method.__name__:10} median loss {middle[-1]:.3f}")
    ax.set(yscale="log", ylim=(0.03, 10), xlabel="step")
    ax.set_title(
        "all samples" if batch is None else f"batches of {batch}", fontsize=10
    )
axes[0].set_ylabel("training loss")
axes[0].legend(loc="lower left")
fig.set_label(
    "Training loss against the step, median and range of five seeds, in two "
    "panels. With all samples in each step Adam and Signum end close together, "
    "and the heavy ball several times higher. In batches of 16 all fall little "
    "and the three stay close; the range of the heavy ball leaves the panel, "
    "because one run diverges."
)

# %%
# Rare characters
# ---------------
# The characters in four groups of about as many samples, from the most frequent,
# the space, to the rarest: the losses at the end of the left panel.

group = frequency_groups(data.y, 4)
names = ("most frequent", "frequent", "rare", "rarest")
shades = plt.colormaps["viridis"](np.linspace(0.05, 0.85, 4))
fig, ax = plt.subplots(figsize=(6.2, 3.4))
for place, method in enumerate(settings[None]):
    ends = [
        group_losses(model, params, data.x, data.y, group)
        for params in trained[method, None]
    ]
    for k, (name, values) in enumerate(zip(names, np.transpose(ends), strict=True)):
        at = place + 0.2 * (k - 1.5)
        label = name if place == 0 else None
        ax.plot(
            at, np.median(values), "_", ms=18, mew=3, color=shades[k], label=label
        )
        ax.plot(np.full(5, at), values, "o", ms=3, color=shades[k])
ax.set(yscale="log", ylabel="loss of the group")
ax.set_xticks(range(3), [method.__name__ for method in settings[None]])
ax.grid(visible=False, axis="x")
fig.legend(loc="outside upper center", ncols=4, fontsize=9)
fig.set_label(
    "Final losses of four groups of characters under three methods, a dot for "
    "each of five seeds and a bar at their median. Under each method the loss "
    "rises from the most frequent characters to the rarest. Under the heavy "
    "ball the three rarer groups are several times as high as under Adam and "
    "Signum."
)

# %%
# The Hessians of the blocks
# --------------------------
# The size of every eigenvalue of the Hessian of each weight matrix, at the start.

digits = load("digits")
networks = {
    "attention": (model, data),
    "MLP": (MLP((64, 8, 8, 8, 10)), digits),
    "convolutional": (ConvNet(8, 4, 10), digits),
}
fig, axes = plt.subplots(
    3, 1, figsize=(6.2, 5.6), sharex=True, height_ratios=(8, 4, 3)
)
for ax, (name, (net, samples)) in zip(axes, networks.items(), strict=True):
    spectra = block_spectra(net, net.init(0), samples.x[:64], samples.y[:64])
    for row, values in enumerate(spectra.values()):
        sizes = np.maximum(np.abs(values), 1e-7)
        ax.plot(
            sizes, np.full(len(sizes), row), "|", ms=9, alpha=0.5, color="#0077bb"
        )
    ax.set_yticks(range(len(spectra)), list(spectra))
    ax.set(xscale="log", ylim=(len(spectra) - 0.4, -0.6))
    ax.set_title(name, fontsize=10)
    print(f"{name:14} mean distance of two spectra {js_distance(spectra):.2f} bits")
axes[-1].set_xlabel("size of the eigenvalue (1e-7: that or less)")
fig.set_label(
    "Rows of ticks, one for each eigenvalue of each weight matrix of three "
    "networks, on a logarithmic axis. In the attention model the ticks of Q and "
    "K lie about a decade below those of U; in the MLP and the convolutional "
    "network the rows overlap more, but their largest eigenvalues are as far "
    "apart."
)

# %%
# Noise is not what Adam is good at: without it, its lead is larger. Signs with
# momentum are almost enough. The rare characters lag under SGD, and Adam is ahead
# on them. The spectra of the blocks differ in shape, but at this size they do not
# differ more in the learning rates that they allow. All of that is about the
# samples of the training: so few teach a model nothing about other texts.
