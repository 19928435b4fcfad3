"""
Conditioning
============

A bowl is stretched until it is a canyon. How many steps does each method need then,
at its best learning rate and with its other hyperparameters at their defaults?
"""

# sphinx_gallery_course = "gradient-descent"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import (
    Adam,
    GradientDescent,
    HeavyBall,
    Nesterov,
    Quadratic,
    RMSprop,
    minimize,
)
from adamdoc.plotting import color

kappas = np.geomspace(1, 1000, 10)
rates = np.geomspace(1e-4, 3, 60)[:, None]
methods = (GradientDescent, HeavyBall, Nesterov, RMSprop, Adam)
starts = np.random.default_rng(0).uniform(0.5, 1.5, (5, 1, 2))

# %%
# For each condition number and each method, 60 learning rates are run from five
# starts at once. A rate counts with the step after which the loss stays below a
# millionth of its first value, for the slowest of the five starts.

needed = {method: [] for method in methods}
for kappa in kappas:
    bowl = Quadratic([1, kappa])
    for method in methods:
        run = minimize(bowl, method(lr=rates), starts, steps=1500, batch=True)
        losses = run.losses
        above = ~(
            losses <= 1e-6 * losses[0]
        )  # nan, after a divergence, counts as above
        settled = np.where(above.any(axis=0), 1501 - above[::-1].argmax(axis=0), 0)
        needed[method].append(settled.max(axis=0).min())

fig, ax = plt.subplots()
for (method, steps), mark in zip(needed.items(), "osD^v", strict=True):
    ax.plot(kappas, steps, marker=mark, color=color(method), label=method.__name__)
ax.axhline(1501, color="#808894", linestyle=":", lw=1)
ax.set(
    xscale="log",
    yscale="log",
    xlabel="condition number",
    ylabel="steps to a millionth of the loss",
)
ax.legend()
fig.set_label(
    "Steps needed against the condition number. Gradient descent's grow in "
    "proportion and reach the limit of 1,500; Nesterov's grow more slowly; those "
    "of the heavy ball and Adam stay nearly level; RMSprop's are at the limit "
    "throughout."
)
print("steps at the largest condition number (1501: not reached)")
for method, steps in needed.items():
    print(f"{method.__name__:16}", steps[-1])

# %%
# Adam rescales each axis, and this bowl is stretched along an axis: for Adam all
# these bowls are the same. On a bowl that is stretched along a diagonal it loses
# this advantage. RMSprop sees one bowl too, but at a constant learning rate its
# steps keep their length and it does not settle. The heavy ball, with its momentum
# fixed at 0.9, is held to the pace at which that momentum dies out.
