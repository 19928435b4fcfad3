r"""
The edge of stability
=====================

While a network trains, the largest curvature of its loss rises. At which value does
it stop, under gradient descent and under Adam?

:cite:t:`cohen2021` found that the sharpness, the largest eigenvalue of the Hessian,
rises until it reaches the stability limit of the learning rate.
"""

# sphinx_gallery_course = "gradient-descent"
# sphinx_gallery_thumbnail_panel = 2

import matplotlib.pyplot as plt

from adamdoc import Adam, GradientDescent, load
from adamdoc.models import Autoencoder
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.plotting import color, plot_curves

# %%
# We train an autoencoder with five layers on 200 digits, all in one batch. Lanczos'
# method finds the sharpness from products of the Hessian with vectors. For Adam it
# is that of the preconditioned Hessian, divided by what Adam divides by.

x = load("digits").x[:200]
net = Autoencoder((64, 32, 8))
# The limit of the learning rate times the sharpness, by method.
runs = {2: (GradientDescent, 0.1, 0.05), 38: (Adam, 0.003, 0.005)}
fig, axes = plt.subplots(2, 1, figsize=(6.2, 6))
for ax, (limit, (method, *rates)) in zip(axes, runs.items(), strict=True):
    products = {}
    for lr in rates:
        trace = follow_sharpness(net, x, x[:, 0], method(lr=lr), 2000, every=100)
        product = products[rf"{method.__name__}, $\eta = {lr:g}$"] = (
            lr * trace.sharpness
        )
        print(f"{method.__name__:16} lr {lr:<6g}", end=" ")
        print(f"lr * sharpness {product[-5:].mean():.2f}, limit {limit}")
    shades = [color(method)] * len(rates)
    plot_curves(products, trace.steps, ax, colors=shades, ylim=(0, 1.25 * limit))
    ax.axhline(limit, color="#808894", ls=":", lw=1.5)
axes[0].set_ylabel(r"$\eta\,\lambda_{\max}$ (sharpness)")
axes[1].set_ylabel(r"$\eta\,\lambda_{\max}$ (preconditioned)")
axes[1].set_xlabel("step")

# sphinx_gallery_start_ignore
# caption: The learning rate times the sharpness settles at the stability limit
#   (dotted) of each method.
# alt: Two panels of the learning rate times the sharpness against the step. Under
#   gradient descent both curves stay just above the dotted line at 2; under Adam
#   those of the preconditioned Hessian rise to the line at 38 and stay near it.
# sphinx_gallery_end_ignore

# %%
# On a quadratic, gradient descent diverges when the sharpness exceeds :math:`2 /
# \eta`. A network does not diverge: it is pushed back and continues to train at the
# edge. For Adam the limit is :math:`(2 + 2\beta_1) / \bigl((1 -
# \beta_1)\,\eta\bigr)`, which is :math:`38 / \eta` at the default :math:`\beta_1`.
