r"""
Why Adam leads on transformers
==============================

What makes Adam so much better than SGD on transformers: noise, rare tokens, or
blocks that need different learning rates?

This follows :cite:t:`kunstner2023`, :cite:t:`kunstner2024` and
:cite:t:`zhang2024`.
"""

# sphinx_gallery_course = "where-adam-wins"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, HeavyBall, Signum, load
from adamdoc.models import MLP, Attention, ConvNet
from adamdoc.papers.kunstner2023 import train_steps, windows
from adamdoc.papers.kunstner2024 import frequency_groups, group_losses
from adamdoc.papers.zhang2024 import block_spectra, js_distance
from adamdoc.plotting import plot_curves
from adamdoc.schedules import Cosine

# %%
# Is it the noise?
# ----------------
# The smallest transformer, one block with one head, predicts the next
# character of a text from the six before it. We train it once with all samples
# in each step, so that there is no noise, and once in batches of 16. The
# settings are the best of 40 for each method, those of the ledger, rounded.

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


def trained(batch, method):
    """Return the parameters and the losses of five seeds."""
    setting = settings[batch][method]
    optimizer = method(**{**setting, "lr": Cosine(setting["lr"], steps=steps)})
    runs = [
        train_steps(model, data, optimizer, steps, batch, k) for k in range(5)
    ]
    return [params for params, _ in runs], np.array(
        [losses for _, losses in runs]
    )


params, losses = {}, {}
for batch, methods in settings.items():
    for method in methods:
        params[method, batch], losses[method, batch] = trained(batch, method)
        final = np.median(losses[method, batch][:, -1])
        print(
            f"batch {batch!s:5} {method.__name__:10} median loss {final:.3f}"
        )

# %%

# Draw the figure.
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.6), sharey=True)
for ax, (batch, methods) in zip(axes, settings.items(), strict=True):
    curves = {
        method: np.minimum(losses[method, batch], 10) for method in methods
    }
    plot_curves(curves, ax=ax, log="y", ylim=(0.03, 10), xlabel="step")
    ax.set_title("all samples" if batch is None else f"batches of {batch}")
axes[0].set_ylabel("training loss")
axes[1].get_legend().remove()

# sphinx_gallery_start_ignore
# caption: Without noise (left) Adam's lead over the heavy ball is larger than
#   with it (right). Signs with momentum, in Signum, do almost as well as Adam.
# alt: Training loss against the step, median and range of five seeds, in two
#   panels with a logarithmic axis. With all samples in each step Adam and
#   Signum end close together, and the heavy ball several times higher. In
#   batches of 16 all three fall little and stay close; the range of the heavy
#   ball leaves the panel, because one run diverges.
# sphinx_gallery_end_ignore

# %%
# Is it the rare characters?
# --------------------------
# We divide the characters into four groups with about as many samples each,
# from the most frequent one, the space, to the rarest, and look at the losses
# at the end of the left panel.

group = frequency_groups(data.y, 4)
ends = {
    method: [
        group_losses(model, p, data.x, data.y, group)
        for p in params[method, None]
    ]
    for method in settings[None]
}
ax = plot_curves(ends, log="y", marker="o", ylabel="loss of the group")
ax.set_xticks(range(4), ("most frequent", "frequent", "rare", "rarest"))

# sphinx_gallery_start_ignore
# caption: On the most frequent characters the methods are closest. On the
#   three rarer groups the heavy ball falls behind.
# alt: Final loss of four groups of characters under three methods, median and
#   range of five seeds, on a logarithmic axis. Each curve rises from the most
#   frequent characters to the rarest; on the three rarer groups the heavy ball
#   is several times as high as Adam and Signum.
# sphinx_gallery_end_ignore

# %%
# Is it the Hessians of the blocks?
# ---------------------------------
# The last figure shows every eigenvalue of the Hessian of each weight matrix,
# at the start of training.

digits = load("digits")
networks = {
    "attention": (model, data),
    "MLP": (MLP((64, 8, 8, 8, 10)), digits),
    "convolutional": (ConvNet(8, 4, 10), digits),
}
spectra = {
    name: block_spectra(net, net.init(0), samples.x[:64], samples.y[:64])
    for name, (net, samples) in networks.items()
}
for name, blocks in spectra.items():
    print(f"{name:14} mean distance of spectra {js_distance(blocks):.2f} bits")

# %%

# Draw the figure.
heights = [len(blocks) for blocks in spectra.values()]
fig, axes = plt.subplots(
    3, 1, figsize=(6.2, 5.6), sharex=True, height_ratios=heights
)
for ax, (name, blocks) in zip(axes, spectra.items(), strict=True):
    for row, values in enumerate(blocks.values()):
        sizes = np.maximum(np.abs(values), 1e-7)
        rows = np.full(len(sizes), row)
        ax.plot(sizes, rows, "|", ms=9, alpha=0.5, color="#0077bb")
    ax.set_yticks(range(len(blocks)), list(blocks))
    ax.set(xscale="log", ylim=(len(blocks) - 0.4, -0.6), title=name)
axes[-1].set_xlabel(r"absolute eigenvalue ($10^{-7}$: that or less)")

# sphinx_gallery_start_ignore
# caption: Each tick is an eigenvalue, each row a weight matrix. In the
#   attention model the rows differ more in shape, but their largest
#   eigenvalues are no further apart than in the other two networks.
# alt: Rows of ticks, one for each eigenvalue of each weight matrix of three
#   networks, on a logarithmic axis. In the attention model the ticks of Q and
#   K lie about a decade below those of U; in the MLP and the convolutional
#   network the rows overlap more, but their largest eigenvalues are as far
#   apart.
# sphinx_gallery_end_ignore

# %%
# So noise does not explain Adam's lead, which is larger without it. Signs with
# momentum are almost enough. The rare characters do lag behind under SGD, and
# Adam is ahead on them. The spectra of the blocks differ in shape, but at this
# size they do not differ more in the learning rates that they allow. All of
# this concerns the training samples: so few teach a model nothing about other
# texts.
