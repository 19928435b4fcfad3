r"""
A study of bias correction
==========================

At which hyperparameters does training go wrong if the bias correction is left out?

This repeats Figure 4 of the Adam paper, :cite:t:`kingma2015`.
"""

# sphinx_gallery_course = "adam"
# sphinx_gallery_thumbnail_panel = 3

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, load, train
from adamdoc.models import Autoencoder
from adamdoc.papers.kingma2015 import Uncorrected
from adamdoc.plotting import color

# %%
# The paper trains a variational autoencoder and looks at it after 10 and after 100
# epochs. We train a plain autoencoder on the digits, for one epoch and for eight.

digits, net = load("digits"), Autoencoder((64, 32, 8))
rates = np.geomspace(1e-4, 1e-1, 7)
decays = (0.99, 0.999, 0.9999)
epochs = (1, 8)
losses = {}
for kind in (Adam, Uncorrected):
    for beta1 in (0.0, 0.9):
        for beta2 in decays:
            for lr in rates:
                optimizer = kind(lr=lr, beta1=beta1, beta2=beta2)
                run = train(net, digits, optimizer, epochs=8, batch_size=64)
                losses[kind, beta1, beta2, lr] = [run.losses[e] for e in epochs]

# %%

fig, axes = plt.subplots(2, 3, figsize=(7.2, 5), sharex=True, sharey="row")
for row, column in np.ndindex(axes.shape):
    ax, beta2 = axes[row, column], decays[column]
    for kind, name, style in (
        (Adam, "corrected", "-"),
        (Uncorrected, "uncorrected", "--"),
    ):
        for beta1, mark in ((0.0, "o"), (0.9, "s")):
            curve = [losses[kind, beta1, beta2, lr][row] for lr in rates]
            shade = color(Adam) if kind is Adam else "#808894"
            label = rf"{name}, $\beta_1 = {beta1:g}$"
            ax.plot(
                rates, curve, style, marker=mark, ms=4, color=shade, label=label
            )
    ax.set(xscale="log", yscale="log")
    axes[0, column].set_title(rf"$\beta_2 = {beta2}$", fontsize=11)
    axes[row, 0].set_ylabel(f"loss after epoch {epochs[row]}")
axes[1, 1].set_xlabel("learning rate")
entries = axes[0, 0].get_legend_handles_labels()
fig.legend(*entries, loc="outside lower center", ncols=2)

# sphinx_gallery_start_ignore
# caption: The closer :math:`\beta_2` is to 1 (to the right), the more the dashed
#   curves, without the correction, lie above the solid ones.
# alt: Six panels of the loss against the learning rate, for three values of beta 2
#   and after one and eight epochs, on logarithmic axes. With the correction the
#   curves are valleys; without it, and with beta 2 close to 1, the loss is high at
#   all but the smallest learning rates.
# sphinx_gallery_end_ignore

# %%
# With :math:`\beta_2 = 0.99` the correction hardly matters. The closer
# :math:`\beta_2` is to 1, the higher the loss without it, because the first steps
# are up to :math:`1 / \sqrt{1 - \beta_2}` times too long. That is the paper's
# finding, and the reason for the correction.
