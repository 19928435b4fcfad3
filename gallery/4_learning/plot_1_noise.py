r"""
Noise
=====

Mini-batches make gradients noisy. How close to the minimum do four methods get, and
what brings them closer?

We add normal noise with a standard deviation of 2 to the gradients of the ravine.
Every method runs with ten seeds.
"""

# sphinx_gallery_course = "stochastic-gradients"

import numpy as np

from adamdoc import Adam, GradientDescent, Momentum, Ravine, RMSprop, minimize
from adamdoc.plotting import color, plot_curves, plot_paths, plot_spread
from adamdoc.schedules import Cosine

ravine, steps, noise = Ravine(), 400, 2.0
methods = (GradientDescent, Momentum, RMSprop, Adam)


def noisy_losses(optimizer):
    """Return the losses of ten runs, one a row."""
    return np.array(
        [
            minimize(ravine, optimizer, steps=steps, noise=noise, seed=seed).losses
            for seed in range(10)
        ]
    )


# %%
# One run of each method shows how they move:

runs = [
    minimize(ravine, method(lr=0.05), steps=steps, noise=noise)
    for method in methods
]
plot_paths(ravine, runs, domain=((-0.8, 1.8), (-0.9, 1.8)))

# sphinx_gallery_start_ignore
# caption: Every run reaches the neighbourhood of the minimum and then wanders
#   around in it.
# alt: Contours of the ravine with four noisy paths. All come from the start on the
#   upper right to the neighbourhood of the minimum and form a tangle there.
# sphinx_gallery_end_ignore

# %%
# A constant learning rate ends at a floor
# ----------------------------------------

losses = {method: noisy_losses(method(lr=0.05)) for method in methods}
plot_curves(losses, log="y", xlabel="step", ylabel="loss")

# sphinx_gallery_start_ignore
# caption: The median loss of each method stops falling at a floor. The bands, the
#   range of ten seeds, are wide: a single run says little.
# alt: Median loss of four methods over 400 steps, on a logarithmic axis, with bands
#   from the smallest to the largest of ten seeds. All curves fall and then stay
#   level; the bands overlap and each spans several powers of ten.
# sphinx_gallery_end_ignore

# %%
# The mean over the last 100 steps is a steadier measure of the floor than the loss
# at one step:

floors = {method: loss[:, -100:].mean(axis=1) for method, loss in losses.items()}
for method, floor in floors.items():
    low, middle, high = np.quantile(floor, (0, 0.5, 1))
    name = method.__name__
    print(f"{name:16} median floor {middle:.3f} ({low:.3f} to {high:.3f})")
plot_spread(floors, log="x", xlabel="mean loss of the last 100 steps")

# sphinx_gallery_start_ignore
# caption: At the same learning rate the floor of gradient descent is the highest.
#   Where the dots of two methods overlap, the noise decides which of them ends
#   lower.
# alt: Rows of ten dots each, the mean losses of the last 100 steps of four methods,
#   on a logarithmic axis, with a bar at the median of each row.
# sphinx_gallery_end_ignore

# %%
# The same learning rate means something different to each of the four, so this is
# not a ranking: every floor moves with its learning rate.
#
# A decaying learning rate does not
# ---------------------------------

cosine = {
    "constant": noisy_losses(Adam(lr=0.05)),
    "cosine": noisy_losses(Adam(lr=Cosine(0.05, steps=steps))),
}
for name, loss in cosine.items():
    low, middle, high = np.quantile(loss[:, -20:].mean(axis=1), (0, 0.5, 1))
    print(f"{name:8} median of the last 20 {middle:.4f} ({low:.4f} to {high:.4f})")
plot_curves(
    cosine,
    colors=[color(Adam), color(RMSprop)],
    log="y",
    xlabel="step",
    ylabel="loss of Adam",
)

# sphinx_gallery_start_ignore
# caption: With a constant learning rate Adam stays at its floor; with a cosine
#   decay the loss falls further as the steps shrink.
# alt: Median loss of Adam over 400 steps with bands of ten seeds, on a logarithmic
#   axis. The curves of the constant rate and of the cosine fall together; in the
#   second half the constant one stays level and the cosine one keeps falling.
# sphinx_gallery_end_ignore
