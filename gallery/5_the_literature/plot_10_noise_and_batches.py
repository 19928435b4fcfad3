r"""
Noise, its tails, and the size of a batch
=========================================

What does heavy-tailed noise do to SGD, and how does the best learning rate depend
on the batch size?
"""

# sphinx_gallery_course = "stochastic-gradients"
# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, ClipByNorm, GradientDescent, Quadratic, minimize
from adamdoc.plotting import color, plot_curves
from adamdoc.schedules import InverseSqrt

# %%
# Heavy tails
# -----------
# :cite:t:`zhang2020` found that gradient noise in language models is heavy-tailed.
# Here a quadratic in ten coordinates gets noise from Student's t distribution,
# whose variance is infinite for up to two degrees of freedom. Every method runs
# with five seeds.


def noisy_losses(optimizer, freedom, steps=2000):
    """Return the losses of five seeds, one a row."""
    rows = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        theta, losses = np.ones(10), []
        state = optimizer.init(theta)
        for _ in range(steps):
            g = theta + rng.standard_t(freedom, 10)
            theta, state = optimizer.update(theta, g, state)
            losses.append(0.5 * theta @ theta)
        rows.append(losses)
    return np.array(rows)


lr = InverseSqrt(0.5)
methods = {
    "SGD": GradientDescent(lr=lr),
    "SGD, clipped": ClipByNorm(GradientDescent(lr=lr), 5.0),
    "Adam": Adam(lr=InverseSqrt(0.1)),
}
shades = [color(GradientDescent), "#0077bb", color(Adam)]
fig, axes = plt.subplots(2, 1, figsize=(6.2, 6), sharex=True, sharey=True)
for ax, freedom in zip(axes, (1.1, 30.0), strict=True):
    losses = {name: noisy_losses(m, freedom) for name, m in methods.items()}
    for name, loss in losses.items():
        ends = loss[:, -500:].mean(axis=1)
        print(f"{freedom:4} degrees of freedom, {name:12}", end=" ")
        print(f"median loss of the last 500 steps {np.median(ends):.3g}")
    plot_curves(losses, ax=ax, colors=shades, log="y", ylabel="loss")
    ax.set_title(f"noise with {freedom:g} degrees of freedom")
axes[1].get_legend().remove()
axes[1].set_xlabel("step")

# sphinx_gallery_start_ignore
# caption: Under heavy-tailed noise (top) SGD is thrown back again and again, and
#   clipping cures that. Under nearly normal noise (bottom) clipping changes
#   nothing.
# alt: Two panels of the median loss of five seeds against the step, with bands of
#   their range, on a logarithmic axis. In the upper one plain SGD stays high, the
#   clipped one falls, and Adam falls slowly; in the lower one plain and clipped SGD
#   are the same curve.
# sphinx_gallery_end_ignore

# %%
# Batch size
# ----------
# The standard deviation of the noise falls with the square root of the batch size.
# For each batch size we find the best of 60 learning rates for a fixed number of
# samples: a large batch takes fewer steps.

batches = 2 ** np.arange(0, 13, 2)
rates = np.geomspace(1e-5, 3, 60)
bowl, start = Quadratic([1.0] * 16), np.full(16, 10.0)


def best_rate(method, batch):
    """Return the learning rate with the lowest final loss."""
    run = minimize(
        bowl,
        method(lr=rates[:, None]),
        start,
        steps=4096 // batch,
        batch=True,
        noise=100 / np.sqrt(batch),
    )
    return rates[np.nan_to_num(run.losses[-1], nan=np.inf).argmin()]


best = {
    method: [best_rate(method, batch) for batch in batches]
    for method in (GradientDescent, Adam)
}
for method, values in best.items():
    power = np.polyfit(np.log(batches[:4]), np.log(values[:4]), 1)[0]
    print(f"{method.__name__:16} exponent for batches of 1 to 64: {power:.2f}")

plot_curves(
    best,
    batches,
    log="xy",
    marker="o",
    xlabel="batch size",
    ylabel="best learning rate",
)

# sphinx_gallery_start_ignore
# caption: For gradient descent the best learning rate grows in proportion to the
#   batch size, until curvature limits it; for Adam it grows with the square root.
# alt: Best learning rate against the batch size, on logarithmic axes. The curve of
#   gradient descent rises steeply, in proportion, and then bends; Adam's rises
#   about half as steeply.
# sphinx_gallery_end_ignore
