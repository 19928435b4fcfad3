"""
The worst point
===============

The counterexample of Reddi, Kale and Kumar: three losses in turn, 3 x, -x and -x,
on the range from -1 to 1. The best point is -1. Where does Adam go?
"""

# sphinx_gallery_course = "family"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, AMSGrad, GradientDescent
from adamdoc.papers.reddi2018 import online, three_beat
from adamdoc.plotting import color
from adamdoc.schedules import InverseSqrt

rate = InverseSqrt(0.1)
players = {
    "Adam, beta2 = 0.1": Adam(lr=rate, beta1=0.0, beta2=0.1),
    "AMSGrad, beta2 = 0.1": AMSGrad(lr=rate, beta1=0.0, beta2=0.1),
    "Adam, default betas": Adam(lr=rate),
    "gradient descent": GradientDescent(lr=rate),
}
fig, ax = plt.subplots()
for (name, optimizer), style in zip(
    players.items(), ("-", "-", "--", ":"), strict=True
):
    path = online(optimizer, three_beat(30_000))
    steps = np.arange(1, len(path) + 1)
    ax.plot(steps, path, style, color=color(optimizer), label=name)
    print(f"{name:22} ends at {path[-1]:+.3f}")
ax.set(xscale="log", xlabel="step", ylabel="x", ylim=(-1.1, 1.1))
ax.legend()
fig.set_label(
    "The point x against the step. Adam with a short memory goes to plus one, the "
    "worst point; AMSGrad, Adam with its default betas and gradient descent go to "
    "minus one, the best."
)

# %%
# The large gradient comes once in three steps. With beta2 = 0.1 it is forgotten by
# the next: its own step is divided by its own size, and the two small ones, each of
# full length, undo it.

# %%
# The stochastic form
# -------------------
# The paper's second example: 1010 x with a probability of 0.01, else -10 x. The
# best point is -1 again. The paper takes ten million steps; here are 20,000, and
# the mean of 400 runs.

rng = np.random.default_rng(0)
gradients = np.where(rng.random((20_000, 400)) < 0.01, 1010.0, -10.0)
fig, ax = plt.subplots()
for method in (Adam, AMSGrad):
    optimizer = method(lr=InverseSqrt(2.0), beta1=0.9, beta2=0.99)
    path = online(optimizer, gradients).mean(axis=1)
    ax.plot(
        np.arange(1, len(path) + 1),
        path,
        color=color(method),
        label=method.__name__,
    )
    print(f"{method.__name__:8} mean of the last 2,000: {path[-2000:].mean():+.3f}")
ax.set(xscale="log", xlabel="step", ylabel="x, mean of 400 runs", ylim=(-1.1, 1.1))
ax.legend()
fig.set_label(
    "The mean of x over 400 runs against the step. Both fall from plus one to "
    "about zero; then Adam climbs back to 0.8, while AMSGrad stays below zero."
)
