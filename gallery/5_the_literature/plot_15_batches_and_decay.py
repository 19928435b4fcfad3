r"""
The size of a batch, and the time scale of a decay
==================================================

How large may a batch be before samples are wasted, how does Adam carry over to
another batch size, and what stays the same when the data set grows?
"""

# sphinx_gallery_course = "stochastic-gradients"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, load, train
from adamdoc.models import SoftmaxRegression
from adamdoc.papers.malladi2022 import scaled
from adamdoc.papers.mccandlish2018 import fit_tradeoff, steps_to_loss
from adamdoc.papers.wang2024 import BATCH, decayed_loss
from adamdoc.plotting import color, plot_curves

digits = load("digits")
data = digits.x, digits.y

# %%
# Steps against samples
# ---------------------
# To reach a given loss, one can take few steps with large batches or use few
# samples in small ones: :cite:t:`mccandlish2018` found that the two trade off along
# one curve. We train softmax regression on digits to a loss of 0.3, with the best
# of 16 learning rates for each batch size.

sizes = np.array([1, 4, 16, 64, 256])
rates = np.geomspace(0.1, 20, 16)
needed = [
    [steps_to_loss(data, rates, size, 0.3, seed=seed) for seed in range(4)]
    for size in sizes
]
steps = np.mean(needed, axis=1).min(axis=1)
fit = fit_tradeoff(sizes, steps)
print(f"critical batch size: {fit.critical:.0f} samples")

# %%

fine = np.geomspace(1, 512, 100)
ax = plot_curves(
    {"fit": fine * fit.steps(fine)},
    fit.steps(fine),
    colors=["#808894"],
    log="xy",
    xlabel="steps",
    ylabel="samples",
)
ax.plot(steps, sizes * steps, "o", color="#b4235a", label="measured")
for size, s in zip(sizes, steps, strict=True):
    ax.annotate(f"{size}", (s, size * s), xytext=(6, 4), textcoords="offset points")
ax.legend()

# sphinx_gallery_start_ignore
# caption: Batch sizes are beside the points. Up to the bend of the curve a larger
#   batch saves steps at no cost; beyond it, it only costs samples.
# alt: Samples against steps to one loss, on logarithmic axes, for five batch sizes.
#   The points lie on a curve shaped like an L, from many steps with few samples
#   down to few steps with many samples.
# sphinx_gallery_end_ignore

# %%
# The square-root rule
# --------------------
# For a batch :math:`k` times as large, :cite:t:`malladi2022` multiply the learning
# rate by :math:`\sqrt k`, each :math:`1 - \beta` by :math:`k`, and divide
# :math:`\epsilon` by :math:`\sqrt k`. We start from batches of 4.

base = Adam(lr=1e-3, beta1=0.975, beta2=0.9975)
model = SoftmaxRegression(64, 10)
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for ax, rule in zip(axes, ("square-root rule", "unchanged"), strict=True):
    losses = {}
    for size in (4, 16, 64):
        adam = base if rule == "unchanged" else scaled(base, size / 4)
        run = train(model, digits, adam, epochs=5, batch_size=size)
        losses[f"batches of {size}"] = run.losses
        print(f"{rule:16} batches of {size:2}: final loss {run.losses[-1]:.3f}")
    shades = [color(Adam)] * 3
    plot_curves(losses, ax=ax, colors=shades, log="y", xlabel="epoch", title=rule)
axes[0].set_ylabel("training loss")
axes[0].get_legend().remove()

# sphinx_gallery_start_ignore
# caption: With the square-root rule the curves of different batch sizes stay closer
#   together (left) than with unchanged hyperparameters (right).
# alt: Two panels of the training loss against the epoch for batches of 4, 16 and
#   64, on a logarithmic axis. Under the rule the curve of 16 is a little above that
#   of 4, and that of 64 further; unchanged, larger batches are far above.
# sphinx_gallery_end_ignore

# %%
# The time scale of a decay
# -------------------------
# The parameters of AdamW are an average of its updates over the last :math:`1 /
# (\eta\lambda)` steps, where :math:`\lambda` is the weight decay.
# :cite:t:`wang2024` found that the best time scale, measured in epochs, does not
# change with the amount of data. We train a network on digits, 40 percent of which
# have a wrong label, for 60 epochs and with two seeds.

taus = np.geomspace(2, 500, 6)
losses, decays = {}, {}
for samples in (100, 200, 800):
    name = f"{samples} samples"
    losses[name] = np.array(
        [
            [decayed_loss(samples, 0.03, tau, seed) for tau in taus]
            for seed in (0, 1)
        ]
    )
    decays[name] = 1 / (0.03 * taus * samples / BATCH)
    best = losses[name].mean(axis=0).argmin()
    print(f"{name}: best decay {decays[name][best]:.3g}", end=", ")
    print(f"time scale {taus[best]:.3g} epochs")

# %%

fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for k, (name, loss) in enumerate(losses.items()):
    for ax, x in zip(axes, (decays[name], taus), strict=True):
        plot_curves({name: loss}, x, ax, colors=[f"C{k}"], log="x", marker="o")
axes[0].set(xlabel="weight decay", ylabel="test loss")
axes[1].set(xlabel="time scale in epochs")
axes[1].get_legend().remove()

# sphinx_gallery_start_ignore
# caption: The best weight decay depends on the amount of data (left); the best time
#   scale in epochs does not (right).
# alt: Two panels of the test loss for three sizes of data set, on logarithmic
#   horizontal axes. Against the weight decay the lowest points lie apart, at weaker
#   decay for more data; against the time scale in epochs all lie at the same place,
#   near twenty.
# sphinx_gallery_end_ignore
