"""
The learning rate, swept
========================

How does the loss after 200 steps depend on the learning rate, for each method? Each
curve is 800 runs, done as one array; all other hyperparameters are at their
defaults.
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Momentum,
    Nesterov,
    Ravine,
    RMSprop,
    minimize,
)
from adamdoc.plotting import color

ravine = Ravine()
rates = np.geomspace(1e-4, 10, 800)
methods = (GradientDescent, Momentum, HeavyBall, Nesterov, AdaGrad, RMSprop, Adam)

fig, ax = plt.subplots(figsize=(6.2, 4.6))
for method, style in zip(
    methods, ("-", "-", "--", ":", "-", "-", "-"), strict=True
):
    run = minimize(ravine, method(lr=rates[:, None]), steps=200, batch=True)
    ends = run.losses[-20:].max(axis=0)  # nan where a run diverged: no line there
    ax.plot(
        rates, ends.clip(max=1e6), style, color=color(method), label=method.__name__
    )
    best, bad = rates[np.nanargmin(ends)], (run.diverged_at >= 0).sum()
    print(f"{method.__name__:16} best lr {best:.3g}, {bad} of 800 diverged")
ax.set(xscale="log", yscale="log", ylim=(1e-32, 1e4))
ax.set(xlabel="learning rate", ylabel="largest loss in steps 181 to 200")
ax.legend(ncols=2)
fig.set_label(
    "Loss after 200 steps against the learning rate for seven methods. The curves "
    "of gradient descent and the momentum methods fall and then end where they "
    "diverge; those of AdaGrad, RMSprop and Adam go on to the largest rates, "
    "AdaGrad's after a deep valley near one."
)

# %%
# Three things to read off
# ------------------------
# * The methods with one rate for all coordinates fall off a cliff: beyond 2 / L, or
#   its like for momentum, they diverge.
# * The adaptive methods never diverge here. Too large a rate leaves them bouncing.
# * The valleys of `~adamdoc.Momentum` and `~adamdoc.HeavyBall` have the same shape,
#   shifted by the factor of ten between the two conventions.
