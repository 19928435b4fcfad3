"""
A network that reads digits
===========================

1,797 images of handwritten digits, a network with one hidden layer of 32, batches
of 64. How well do five methods train it in five epochs, each with everything tuned?
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import AdaGrad, Adam, GradientDescent, HeavyBall, RMSprop, load, train
from adamdoc.models import MLP
from adamdoc.plotting import color
from adamdoc.schedules import Cosine
from adamdoc.tuning import SPACES, studies

digits = load("digits")
net = MLP((64, 32, 10))
methods = (GradientDescent, HeavyBall, AdaGrad, RMSprop, Adam)
steps = 5 * 22  # batches of 64 in five epochs

# %%
# Each method gets five searches of twelve trials for all its hyperparameters. The
# learning rate falls along a cosine. What each search finds is trained once more at
# a seed of its own: the runs that are shown.

found = {}
for method in methods:

    def run(setting, seed, method=method):
        """Train once at a setting and a seed."""
        optimizer = method(**{**setting, "lr": Cosine(setting["lr"], steps=steps)})
        return train(net, digits, optimizer, epochs=5, batch_size=64, seed=seed)

    found[method] = studies(run, SPACES[method])

# %%
# What the network sees
# ---------------------
fig, axes = plt.subplots(2, 8, figsize=(6.2, 1.9))
guesses = net.predict(found[Adam].runs[0].params, digits.x_test[:16])
for ax, image, guess in zip(axes.flat, digits.x_test, guesses, strict=False):
    ax.imshow(image.reshape(8, 8), cmap="viridis")
    ax.set_title(f"{guess}", loc="center", fontsize=10)
    ax.set_axis_off()
fig.set_label(
    "Sixteen test images of digits, each with the digit that the network reads in "
    "it."
)

# %%
# Losses and scores
# -----------------
# Each dot is one of the five runs, the bar their median.

fig, axes = plt.subplots(2, 1, figsize=(6.2, 6.4), sharex=True)
names = [method.__name__ for method in methods]
for k, (method, result) in enumerate(found.items()):
    for ax, values in zip(axes, (result.losses, result.errors), strict=True):
        ax.plot(np.full(5, k), values, "o", color=color(method), alpha=0.6)
        ax.plot(k, np.median(values), "_", color=color(method), ms=30, mew=2)
    loss, error = np.median(result.losses), np.median(result.errors)
    print(f"{names[k]:16} median training loss {loss:.3f}, misread {error:.1%}")
axes[0].set(yscale="log", ylabel="training loss after five epochs")
axes[1].set(yscale="log", ylabel="share of test images misread")
axes[1].set_xticks(range(5), names)
fig.set_label(
    "Training loss and share of misread test images of five runs of each method, "
    "with their medians."
)

# %%
# A difference that is smaller than the spread of the dots is none. The spread has
# two sources: the seed, and the luck of a search with twelve trials.
