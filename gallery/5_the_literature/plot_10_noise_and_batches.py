"""
Noise, its tails, and the size of a batch
=========================================

What does heavy-tailed noise do to SGD, and what does clipping do about it? And how
must the learning rate change with the batch?
"""

# sphinx_gallery_course = "stochastic-gradients"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, ClipByNorm, GradientDescent, Quadratic, minimize
from adamdoc.plotting import color
from adamdoc.schedules import InverseSqrt

# %%
# Tails
# -----
# Zhang and others: in language models the noise of the gradient is heavy-tailed.
# Here a quadratic of ten coordinates gets noise from Student's distribution, whose
# variance is infinite for an index up to 2.


def run(optimizer, tail, seed=0, steps=2000):
    """Return the losses."""
    rng = np.random.default_rng(seed)
    theta, losses = np.ones(10), []
    state = optimizer.init(theta)
    for _ in range(steps):
        g = theta + rng.standard_t(tail, 10)
        theta, state = optimizer.update(theta, g, state)
        losses.append(0.5 * theta @ theta)
    return np.array(losses)


falling = InverseSqrt(0.5)
methods = {
    "SGD": GradientDescent(lr=falling),
    "SGD, clipped": ClipByNorm(GradientDescent(lr=falling), 5.0),
    "Adam": Adam(lr=InverseSqrt(0.1)),
}
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), sharey=True)
for ax, tail in zip(axes, (1.1, 30.0), strict=True):
    for (name, optimizer), style in zip(
        methods.items(), ("-", "--", "-"), strict=True
    ):
        losses = run(optimizer, tail)
        ax.plot(losses, style, color=color(optimizer), label=name, lw=1.2)
        print(f"index {tail:<4} {name:13} last 500: {losses[-500:].mean():.3g}")
    ax.set(yscale="log", xlabel="step")
    ax.set_title(f"noise of index {tail:g}", fontsize=10)
axes[0].set_ylabel("loss")
axes[1].legend()
fig.set_label(
    "Two panels of losses against the step. Under heavy-tailed noise plain SGD is "
    "thrown up again and again, the clipped one falls and Adam stays near the "
    "start; under nearly normal noise plain and clipped SGD are the same curve."
)

# %%
# Batches
# -------
# Noise falls with the root of the batch. For each batch size the best of 60 rates
# is found, for one number of samples seen: a large batch takes fewer steps.

batches = 2 ** np.arange(0, 13, 2)
rates = np.geomspace(1e-5, 3, 60)
fig, ax = plt.subplots()
for method, mark in ((GradientDescent, "o"), (Adam, "^")):
    best = []
    for batch in batches:
        losses = minimize(
            Quadratic([1.0] * 16),
            method(lr=rates[:, None]),
            start=np.full(16, 10.0),
            steps=4096 // batch,
            batch=True,
            noise=100 / np.sqrt(batch),
        ).losses[-1]
        best.append(rates[np.nan_to_num(losses, nan=np.inf).argmin()])
    ax.plot(batches, best, marker=mark, color=color(method), label=method.__name__)
    power = np.polyfit(np.log(batches[:4]), np.log(best[:4]), 1)[0]
    print(f"{method.__name__:16} exponent for batches of 1 to 64: {power:.2f}")
ax.set(xscale="log", yscale="log", xlabel="batch size", ylabel="best learning rate")
ax.legend()
fig.set_label(
    "The best learning rate against the batch size, on logarithmic axes. For "
    "gradient descent it rises in proportion and then bends; for Adam it rises "
    "with the root."
)
