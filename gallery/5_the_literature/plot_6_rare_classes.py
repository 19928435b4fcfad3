"""
Rare classes
============

Most words of a language are rare. Why does that slow down gradient descent,
and why not Adam?

This repeats an experiment of :cite:t:`kunstner2024`.
"""

# sphinx_gallery_course = "where-adam-wins"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, GradientDescent, SignSGD
from adamdoc.models import SoftmaxRegression
from adamdoc.papers.kunstner2024 import long_tail
from adamdoc.plotting import plot_curves

# %%
# There are six groups of classes, all with the same number of samples: one
# class of 32 samples, two of 16, and so on to 32 of one. Each class has an
# input of its own. Every step uses all samples, so there is no noise.

x, y = long_tail(groups=6)
model = SoftmaxRegression(x.shape[1], x.shape[1])


def group_losses(optimizer, steps=300):
    """Return the loss of each group, one a row, at each step."""
    params = model.init()
    state = optimizer.init(params)
    losses = []
    for _ in range(steps):
        p = model.probabilities(params, x)[np.arange(len(y)), y]
        losses.append(-np.log(p).reshape(6, 32).mean(axis=1))
        params, state = optimizer.update(
            params, model.grad(params, x, y), state
        )
    return np.transpose(losses)


optimizers = (GradientDescent(lr=30.0), Adam(lr=0.1), SignSGD(lr=0.03))
losses = {type(opt).__name__: group_losses(opt) for opt in optimizers}
for name, curves in losses.items():
    print(f"{name:16}", " ".join(f"{loss:.4f}" for loss in curves[:, -1]))

# %%

# Draw the figure.
shades = [
    tuple(s) for s in plt.colormaps["viridis"](np.linspace(0.05, 0.85, 6))
]
fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.4), sharey=True)
for ax, (name, curves) in zip(axes, losses.items(), strict=True):
    sizes = {str(2 ** (5 - k)): curves[k] for k in range(6)}
    plot_curves(
        sizes, ax=ax, colors=shades, log="y", xlabel="step", title=name
    )
    ax.set_ylim(1e-3, 10)
    ax.get_legend().remove()
axes[0].set_ylabel("loss of the group")
entries = axes[0].get_legend_handles_labels()
fig.legend(
    *entries, loc="outside lower center", ncols=6, title="samples per class"
)

# sphinx_gallery_start_ignore
# caption: Under gradient descent, the rarer the class, the slower it is
#   learnt. Under Adam and sign descent all classes are learnt together.
# alt: Three panels of the losses of six groups of classes against the step, on
#   a logarithmic axis. Under gradient descent the curves fan out, with the
#   rarest classes on top; under Adam and sign descent they fall together.
# sphinx_gallery_end_ignore

# %%
# The gradient of a class is proportional to its frequency, and so is the step
# of gradient descent. Adam divides by the size of the gradient, and sign
# descent keeps only the sign: for both, rare classes are as fast as the
# others.
