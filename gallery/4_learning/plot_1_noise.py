"""
Noise
=====

The gradients of the ravine get normal noise with a standard deviation of 2, as
mini-batches would give them. Who comes close, and who stays close?
"""

# sphinx_gallery_course = "stochastic-gradients"

from adamdoc import Adam, GradientDescent, Momentum, Ravine, RMSprop, minimize
from adamdoc.plotting import plot_losses, plot_paths
from adamdoc.schedules import Cosine

ravine = Ravine()
runs = [
    minimize(ravine, optimizer, steps=400, noise=2.0)
    for optimizer in (
        GradientDescent(lr=0.05),
        Momentum(lr=0.05),
        RMSprop(lr=0.05),
        Adam(lr=0.05),
    )
]

# %%
ax = plot_paths(ravine, runs, domain=((-0.8, 1.8), (-0.9, 1.8)))
ax.figure.set_label(
    "Contours of the ravine with four noisy paths. All come to the neighbourhood "
    "of the minimum and wander about there."
)

# %%
# A constant learning rate ends at a floor
# ----------------------------------------
ax = plot_losses(runs)
ax.figure.set_label(
    "Losses of four noisy runs. All stop falling at a floor; Adam's is the lowest, "
    "that of gradient descent the highest."
)
for run in runs:
    name = type(run.optimizer).__name__
    print(f"{name:16} mean of the last 100: {run.losses[-100:].mean():.4f}")

# %%
# The same learning rate means different things to the four, so this is no contest:
# each floor moves with its learning rate.

# %%
# A falling learning rate does not
# --------------------------------
cosine = {
    "Adam, constant": minimize(ravine, Adam(lr=0.05), steps=400, noise=2.0),
    "Adam, cosine": minimize(
        ravine, Adam(lr=Cosine(0.05, steps=400)), steps=400, noise=2.0
    ),
}
ax = plot_losses(cosine)
ax.figure.set_label(
    "Losses of two noisy runs of Adam. With the constant rate the loss stays at "
    "its floor; with the cosine it falls further towards the end."
)
for name, run in cosine.items():
    ends = [
        minimize(ravine, run.optimizer, steps=400, noise=2.0, seed=seed)
        .losses[-20:]
        .mean()
        for seed in range(5)
    ]
    print(
        f"{name:16} mean of the last 20, five seeds:", *(f"{e:.4f}" for e in ends)
    )
