"""
A network that reads digits
===========================

How well do five methods train a small network in five epochs, with every
hyperparameter tuned?

The data are 1,797 images of handwritten digits, the network has one hidden layer of
32 units, and a batch has 64 images.
"""

# sphinx_gallery_course = "why-adam"
# sphinx_gallery_thumbnail_number = 2

import matplotlib.pyplot as plt

from adamdoc import AdaGrad, Adam, GradientDescent, HeavyBall, RMSprop, load, train
from adamdoc.models import MLP
from adamdoc.plotting import plot_spread
from adamdoc.schedules import Cosine
from adamdoc.tuning import SPACES, studies

digits = load("digits")
net = MLP((64, 32, 10))
methods = (GradientDescent, HeavyBall, AdaGrad, RMSprop, Adam)
steps = 5 * 22  # batches of 64 in five epochs

# %%
# Each method gets five searches of twelve trials over all its hyperparameters; the
# learning rate decays along a cosine. The best setting of each search is then
# trained once more with a seed that no search has seen. Those five runs are shown.

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

guesses = net.predict(found[Adam].runs[0].params, digits.x_test[:16])
fig, axes = plt.subplots(2, 8, figsize=(6.2, 1.9))
for ax, image, guess in zip(axes.flat, digits.x_test, guesses, strict=False):
    ax.imshow(image.reshape(8, 8), cmap="viridis")
    ax.set_title(f"{guess}", loc="center", fontsize=10)
    ax.set_axis_off()

# sphinx_gallery_start_ignore
# caption: The network's reading is above each image.
# alt: Sixteen test images of handwritten digits in two rows, each with the digit
#   that the network reads in it.
# sphinx_gallery_end_ignore

# %%
# Loss and test error
# -------------------

fig, axes = plt.subplots(2, 1, figsize=(6.2, 5.6))
losses = {method: result.losses for method, result in found.items()}
errors = {method: result.errors for method, result in found.items()}
plot_spread(losses, axes[0], log="x", xlabel="training loss after five epochs")
plot_spread(errors, axes[1], log="x", xlabel="test error")
for method, result in found.items():
    print(f"{method.__name__:16} training loss", *result.losses.round(3))

# sphinx_gallery_start_ignore
# caption: Each dot is one of five runs, the bar their median. The test errors of
#   the heavy ball, RMSprop and Adam overlap.
# alt: Two panels with a row of five dots for each of five methods, on logarithmic
#   axes, above the training loss and below the test error. A bar marks the median
#   of each row.
# sphinx_gallery_end_ignore

# %%
# A difference smaller than the spread of the dots is no difference. The spread has
# two sources: the seed of the training, and the luck of a search with twelve
# trials.
