"""
A network that reads digits
===========================

1,797 images of handwritten digits, a network with one hidden layer of 32, batches
of 64. How do the methods train it?
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt

from adamdoc import AdaGrad, Adam, GradientDescent, HeavyBall, RMSprop, load, train
from adamdoc.models import MLP
from adamdoc.plotting import color

digits = load("digits")
net = MLP((64, 32, 10))
optimizers = (
    GradientDescent(lr=0.2),
    HeavyBall(lr=0.1),
    AdaGrad(lr=0.1),
    RMSprop(lr=0.01),
    Adam(lr=0.01),
)
runs = [
    train(net, digits, optimizer, epochs=15, batch_size=64)
    for optimizer in optimizers
]

# %%
# What the network sees
# ---------------------
fig, axes = plt.subplots(2, 8, figsize=(6.2, 1.9))
guesses = net.predict(runs[-1].params, digits.x_test[:16])
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
fig, axes = plt.subplots(2, 1, figsize=(6.2, 6.4), sharex=True)
for run, mark in zip(runs, "osD^v", strict=True):
    name = type(run.optimizer).__name__
    axes[0].plot(run.losses, marker=mark, color=color(run.optimizer), label=name)
    axes[1].plot(
        1 - run.test_scores, marker=mark, color=color(run.optimizer), label=name
    )
    loss, score = run.losses[-1], run.test_scores[-1]
    print(f"{name:16} training loss {loss:.4f}, test score {score:.1%}")
axes[0].set(yscale="log", ylabel="training loss")
axes[1].set(yscale="log", ylabel="share of test images misread", xlabel="epoch")
axes[0].legend()
fig.set_label(
    "Training loss and share of misread test images against the epoch for five "
    "methods. All five learn; plain gradient descent is the slowest."
)

# %%
# The training losses differ more than the scores on new images.
