"""
A study of bias correction
==========================

Figure 4 of the Adam paper: where does training go wrong if the bias correction is
left out?
"""

# sphinx_gallery_course = "adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, load, train
from adamdoc.models import Autoencoder
from adamdoc.papers.kingma2015 import Uncorrected
from adamdoc.plotting import color

# %%
# The paper trains a variational autoencoder for 10 and for 100 epochs. Here it is a
# plain autoencoder on the digits, after one epoch and after eight.

digits, net = load("digits"), Autoencoder((64, 32, 8))
rates = np.geomspace(1e-4, 1e-1, 7)
epochs = (1, 8)
fig, axes = plt.subplots(2, 3, figsize=(7.2, 5), sharex=True, sharey="row")
for column, beta2 in enumerate((0.99, 0.999, 0.9999)):
    for kind, style in ((Adam, "-"), (Uncorrected, "--")):
        for beta1, mark in ((0.0, "o"), (0.9, "s")):
            ends = []
            for lr in rates:
                method = kind(lr=lr, beta1=beta1, beta2=beta2)
                run = train(net, digits, method, epochs=epochs[-1], batch_size=64)
                ends.append([run.losses[e] for e in epochs])
            for row, losses in enumerate(np.transpose(ends)):
                axes[row, column].plot(
                    rates,
                    losses,
                    style,
                    marker=mark,
                    ms=4,
                    color=color(Adam) if kind is Adam else "#808894",
                    label=f"beta1 = {beta1}, {kind.__name__}",
                )
    axes[0, column].set_title(f"beta2 = {beta2}", fontsize=10)
for row in (0, 1):
    axes[row, 0].set(yscale="log", ylabel=f"loss, epoch {epochs[row]}")
axes[1, 1].set(xscale="log", xlabel="learning rate")
fig.legend(
    *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2
)
fig.set_label(
    "Six panels of the loss against the learning rate, for three beta2 and after "
    "one and eight epochs. With the correction the curves are valleys; without it, "
    "and beta2 next to 1, the loss is high at all but the smallest rates."
)

# %%
# With beta2 = 0.99 the two hardly differ. The nearer beta2 is to 1, the higher the
# loss without the correction: the first steps are up to 1 / sqrt(1 - beta2) times
# too long. That is the paper's finding, and the reason why the correction is there.
