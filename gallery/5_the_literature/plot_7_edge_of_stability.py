"""
The edge of stability
=====================

Cohen and others: on a network the sharpness, the largest eigenvalue of the Hessian,
rises until it stands at the limit of the learning rate. Where is that limit for
gradient descent, and where for Adam?
"""

# sphinx_gallery_course = "gradient-descent"

import matplotlib.pyplot as plt

from adamdoc import Adam, GradientDescent, load
from adamdoc.models import Autoencoder
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.plotting import color

# %%
# An autoencoder of five layers on 200 digits, all at once. The sharpness is found
# by Lanczos' method from products of the Hessian with vectors. For Adam it is that
# of the Hessian divided by what Adam divides by.

x = load("digits").x[:200]
net = Autoencoder((64, 32, 8))
runs = {
    GradientDescent(lr=0.1): (2, 2000),
    GradientDescent(lr=0.05): (2, 2000),
    Adam(lr=0.003): (38, 2000),
    Adam(lr=0.005): (38, 2000),
}
fig, axes = plt.subplots(2, 1, figsize=(6.2, 6))
for k, (optimizer, (limit, steps)) in enumerate(runs.items()):
    trace = follow_sharpness(net, x, x[:, 0], optimizer, steps, every=100)
    ax = axes[0 if limit == 2 else 1]
    product = optimizer.lr * trace.sharpness
    ax.plot(
        trace.steps,
        product,
        ls="-" if k % 2 == 0 else "--",
        color=color(optimizer),
        label=f"{type(optimizer).__name__}, lr = {optimizer.lr:g}",
    )
    print(
        f"{type(optimizer).__name__:16} lr {optimizer.lr:<6g} lr * sharpness "
        f"{product[-5:].mean():.2f} (limit {limit}), loss {trace.losses[-1]:.3f}"
    )
for ax, limit in zip(axes, (2, 38), strict=True):
    ax.axhline(limit, color="#808894", ls=":", lw=1.5)
    ax.set(ylabel="lr times sharpness")
    ax.legend()
axes[1].set(xlabel="step", ylabel="lr times preconditioned sharpness")
fig.set_label(
    "Two panels of the learning rate times the sharpness against the step. For "
    "gradient descent it comes to 2 and stays just above it; for Adam that of the "
    "preconditioned Hessian rises to 38 and stays just below."
)

# %%
# On a quadratic gradient descent diverges above a sharpness of 2 / lr. A network
# does not diverge: it is pushed back, and trains on at the edge. For Adam the limit
# is (2 + 2 beta1) / ((1 - beta1) lr), 38 / lr at the default beta1.
