r"""
Logistic regression and bags of words
=====================================

How do Adam, AdaGrad and Nesterov's momentum train a linear classifier, on dense
images and on sparse texts?

This repeats the first experiment of the Adam paper, :cite:t:`kingma2015`, on
smaller data.
"""

# sphinx_gallery_course = "why-adam"
# sphinx_gallery_thumbnail_number = 2

import numpy as np

from adamdoc import AdaGrad, Adam, AdaMax, Nesterov, load, train
from adamdoc.models import SoftmaxRegression
from adamdoc.papers.kingma2015 import bag_of_words
from adamdoc.plotting import plot_curves
from adamdoc.schedules import Constant, InverseSqrt


def best_run(model, data, method, rates, epochs, schedule):
    """Return the run with the lowest final loss over some learning rates."""
    runs = {
        lr: train(
            model, data, method(lr=schedule(lr)), epochs=epochs, batch_size=32
        )
        for lr in rates
    }
    lr = min(runs, key=lambda lr: runs[lr].losses[-1])
    name = method.__name__
    print(f"{name:9} lr {lr:<5g} training loss {runs[lr].losses[-1]:.4f}")
    return runs[lr]


# %%
# Images
# ------
# The paper uses MNIST, batches of 128 and a learning rate that decays as :math:`1 /
# \sqrt{t}`. We use the 1,347 smaller digits of scikit-learn, batches of 32 and ten
# epochs. AdaGrad's rate stays constant, because AdaGrad decays by itself.

digits = load("digits")
linear = SoftmaxRegression(64, 10)
grids = {
    Nesterov: (1.0, 3.0, 10.0, 30.0),
    AdaGrad: (1.0, 3.0, 10.0, 30.0),
    Adam: (0.3, 1.0, 3.0, 10.0),
    AdaMax: (0.3, 1.0, 3.0, 10.0),
}
losses = {}
for method, rates in grids.items():
    schedule = Constant if method is AdaGrad else InverseSqrt
    losses[method] = best_run(linear, digits, method, rates, 10, schedule).losses

plot_curves(losses, log="y", marker="o", xlabel="epoch", ylabel="training loss")

# sphinx_gallery_start_ignore
# caption: On dense images AdaGrad and Adam end lowest, but Nesterov's momentum is
#   close.
# alt: Training loss on the digits against the epoch for four methods, on a
#   logarithmic axis. All curves fall together at first; those of Adam and AdaGrad
#   end lowest, that of Nesterov's momentum above them.
# sphinx_gallery_end_ignore

# %%
# Texts
# -----
# The paper classifies film reviews as bags of words and drops half of the words at
# each pass. We classify passages of twelve words from fourteen texts. Most words
# are rare, so most gradients are zero.

x, y = bag_of_words(copies=10, seed=0)
print(f"{x.shape[1]} words, {np.mean(x > 0):.2%} of the entries are not zero")
bags = SoftmaxRegression(x.shape[1], 14)
grids = {
    Nesterov: (0.1, 0.3, 1.0, 3.0),
    AdaGrad: (0.3, 1.0, 3.0, 10.0),
    Adam: (0.03, 0.1, 0.3, 1.0),
}
smooth = {}
for method, rates in grids.items():
    run = best_run(bags, (x, y), method, rates, 1, Constant)
    smooth[method] = np.convolve(run.step_losses, np.ones(20) / 20, "valid")

plot_curves(smooth, log="y", xlabel="step", ylabel="batch loss, moving average")

# sphinx_gallery_start_ignore
# caption: On sparse texts Adam and AdaGrad learn far faster than Nesterov's
#   momentum.
# alt: Loss on the batches of texts against the step for three methods, on a
#   logarithmic axis. The curves of Adam and AdaGrad fall alike; that of Nesterov's
#   momentum stays well above them.
# sphinx_gallery_end_ignore

# %%
# The second figure confirms the paper: on sparse features AdaGrad and Adam are far
# ahead. In the first, AdaGrad does better than in the paper, because its learning
# rate decays at the right pace for these ten epochs.
