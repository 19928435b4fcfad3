"""
Rare classes
============

Kunstner and others: most words of a language are rare. What does that do to
gradient descent, and why not to Adam?
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, GradientDescent, SignSGD
from adamdoc.models import SoftmaxRegression
from adamdoc.papers.kunstner2024 import long_tail

# %%
# Six groups of classes, each with as many samples as any other: one class of 32
# samples, two of 16, and so on to 32 of one. Each class has an input of its own.
# All samples are used at each step: there is no noise.

x, y = long_tail(groups=6)
model = SoftmaxRegression(x.shape[1], x.shape[1])
methods = (GradientDescent(lr=30.0), Adam(lr=0.1), SignSGD(lr=0.03))
shades = plt.colormaps["viridis"](np.linspace(0.05, 0.85, 6))
fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.4), sharey=True)
for ax, optimizer in zip(axes, methods, strict=True):
    params = model.init()
    state = optimizer.init(params)
    losses = []
    for _ in range(300):
        p = model.probabilities(params, x)[np.arange(len(y)), y]
        losses.append(-np.log(p).reshape(6, 32).mean(axis=1))
        params, state = optimizer.update(params, model.grad(params, x, y), state)
    for group, curve in enumerate(np.transpose(losses)):
        ax.plot(curve, color=shades[group], label=f"{2 ** (5 - group)}")
    name = type(optimizer).__name__
    ax.set(yscale="log", ylim=(1e-3, 10), xlabel="step")
    ax.set_title(name, fontsize=10)
    print(f"{name:16} after 300 steps: " + " ".join(f"{v:.4f}" for v in losses[-1]))
axes[0].set_ylabel("loss of the group")
fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=6,
    title="samples of each class",
)
fig.set_label(
    "Three panels of the losses of six groups of classes against the step. Under "
    "gradient descent the curves fan out: the rarer, the slower. Under Adam and "
    "sign descent they fall together."
)

# %%
# The gradient of a class is as small as the class is rare, and so is its step. Adam
# divides by the size of the gradient, and sign descent leaves only the sign: for
# both the rare classes are as fast as the others.
