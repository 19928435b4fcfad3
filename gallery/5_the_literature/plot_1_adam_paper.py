"""
Logistic regression and bags of words
=====================================

The first experiment of the Adam paper: how do Adam, AdaGrad and Nesterov's momentum
train a linear classifier, on dense images and on sparse texts?
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import AdaGrad, Adam, AdaMax, Nesterov, load, train
from adamdoc.models import SoftmaxRegression
from adamdoc.papers.kingma2015 import bag_of_words
from adamdoc.plotting import color
from adamdoc.schedules import InverseSqrt


def best(model, data, method, rates, epochs, schedule):
    """Return the run with the lowest last loss, and its rate."""
    runs = {
        lr: train(
            model, data, method(lr=schedule(lr)), epochs=epochs, batch_size=32
        )
        for lr in rates
    }
    lr = min(runs, key=lambda lr: runs[lr].losses[-1])
    return lr, runs[lr]


# %%
# Images
# ------
# The paper uses MNIST, batches of 128 and a rate that falls with 1/sqrt(t). Here it
# is the 1,347 smaller digits of scikit-learn, batches of 32, ten epochs.

digits = load("digits")
linear = SoftmaxRegression(64, 10)
grids = {
    Nesterov: (1.0, 3.0, 10.0, 30.0),
    AdaGrad: (1.0, 3.0, 10.0, 30.0),
    Adam: (0.3, 1.0, 3.0, 10.0),
    AdaMax: (0.3, 1.0, 3.0, 10.0),
}
fig, ax = plt.subplots()
for (method, rates), mark in zip(grids.items(), "o^sD", strict=True):
    # AdaGrad's rate falls by itself.
    schedule = (lambda lr: lr) if method is AdaGrad else InverseSqrt
    lr, run = best(linear, digits, method, rates, 10, schedule)
    ax.plot(run.losses, marker=mark, color=color(method), label=method.__name__)
    print(f"{method.__name__:9} lr {lr:<5g} training loss {run.losses[-1]:.4f}")
ax.set(yscale="log", xlabel="epoch", ylabel="training loss")
ax.legend()
fig.set_label(
    "Training loss on the digits against the epoch. Adam and AdaGrad end lowest, "
    "Nesterov's momentum above them."
)

# %%
# Texts
# -----
# The paper uses reviews of films as bags of words, of which half are dropped at
# each pass. Here it is passages of twelve words from fourteen texts. Most words are
# rare: most gradients are zero.

x, y = bag_of_words(copies=10, seed=0)
print(f"{x.shape[1]} words, {np.mean(x > 0):.2%} of the entries are not zero")
bags = SoftmaxRegression(x.shape[1], 14)
grids = {
    Nesterov: (0.1, 0.3, 1.0, 3.0),
    AdaGrad: (0.3, 1.0, 3.0, 10.0),
    Adam: (0.03, 0.1, 0.3, 1.0),
}
fig, ax = plt.subplots()
for method, rates in grids.items():
    lr, run = best(bags, (x, y), method, rates, 1, lambda lr: lr)
    smooth = np.convolve(run.step_losses, np.ones(20) / 20, "valid")
    ax.plot(smooth, color=color(method), label=method.__name__)
    print(f"{method.__name__:9} lr {lr:<5g} training loss {run.losses[-1]:.4f}")
ax.set(yscale="log", xlabel="step", ylabel="loss on the batch, mean of 20")
ax.legend()
fig.set_label(
    "Loss on the batches of sparse texts against the step. Adam and AdaGrad fall "
    "alike; Nesterov's momentum stays well above."
)

# %%
# The second picture is the paper's: on sparse features AdaGrad and Adam are far
# ahead. In the first, AdaGrad does better here than in the paper: its rate falls as
# fast as these ten epochs need.
