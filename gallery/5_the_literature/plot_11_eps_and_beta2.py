"""
What eps and beta2 do
=====================

A large eps turns Adam into momentum. A beta2 next to 1 makes it forget slowly: what
does it do after a spike in the gradient, and what makes spikes in a loss?
"""

# sphinx_gallery_course = "adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, Momentum, Ravine, Rosenbrock, minimize
from adamdoc.plotting import color, plot_losses
from adamdoc.run import walk

# %%
# eps from small to large
# -----------------------
# lr and eps grow together, so that lr / eps stays the same once eps rules.

valley = Rosenbrock()
runs = {
    f"Adam, eps = {eps:g}": minimize(
        valley, Adam(lr=2e-3 * max(eps, 1), eps=eps), steps=400
    )
    for eps in (1e-8, 10, 1000)
}
runs["Momentum"] = minimize(valley, Momentum(lr=2e-3), steps=400)
ax = plot_losses(runs)
ax.figure.set_label(
    "Losses on Rosenbrock's valley. Adam with eps of 1000 follows momentum; with "
    "the default eps it goes another way."
)
last = runs["Adam, eps = 1000"].path[-1] - runs["Momentum"].path[-1]
print(f"distance of the ends, eps = 1000 and momentum: {np.linalg.norm(last):.3f}")

# %%
# After a spike
# -------------
# Constant gradients of 1, with one of 1,000. The rate, 1 / sqrt(v_hat), comes back
# when the square of the spike is forgotten.

fig, ax = plt.subplots()
for beta2, style in ((0.9, ":"), (0.99, "--"), (0.999, "-")):
    gradients = np.ones((8000, 1))
    gradients[1000] = 1000.0
    way = walk(Adam(lr=1.0, beta1=0.0, beta2=beta2), gradients)[:, 0]
    rate = -np.diff(way)
    ax.plot(rate, style, color=color(Adam), label=f"beta2 = {beta2}")
    back = np.argmax(rate[1000:] > 0.5) + 1
    print(f"beta2 = {beta2}: back at half after {back:,} steps")
ax.set(xlabel="step", ylabel="length of a step, in learning rates", ylim=(0, 1.1))
ax.legend()
fig.set_label(
    "The length of Adam's steps against the step, with a spike at step 1,000. It "
    "falls to nearly zero and comes back: at once for beta2 of 0.9, after "
    "thousands of steps for 0.999."
)

# %%
# Spikes in a loss
# ----------------
# Near a minimum the gradients shrink, v with them, and the rate grows until it is
# too high for the curvature: the loss leaps up, v grows, and all begins anew. The
# faster v forgets, the sooner.

runs = {
    f"Adam, beta2 = {beta2}": minimize(
        Ravine(), Adam(lr=0.1, beta2=beta2), steps=1500
    )
    for beta2 in (0.9, 0.99, 0.999)
}
ax = plot_losses(runs)
ax.figure.set_label(
    "Losses on the ravine over 1,500 steps. For beta2 of 0.9 the loss stays high "
    "and restless; for 0.99 it falls for a thousand steps, leaps back to the "
    "height of the start and falls again; for 0.999 it falls all the way."
)
for name, run in runs.items():
    low = np.minimum.accumulate(run.losses)
    print(
        f"{name}: lowest loss {low[-1]:.0e}, largest rise above the lowest so far "
        f"{(run.losses / low).max():.0e}"
    )
