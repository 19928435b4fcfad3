r"""
The worst point
===============

On which problem does Adam converge to the worst point there is?

:cite:t:`reddi2018` present three losses in turn, :math:`3x`, :math:`-x` and
:math:`-x`, on the interval from -1 to 1. The best point is -1.
"""

# sphinx_gallery_course = "limits"

import numpy as np

from adamdoc import Adam, AMSGrad, GradientDescent
from adamdoc.papers.reddi2018 import online, three_beat
from adamdoc.plotting import color, plot_curves
from adamdoc.schedules import InverseSqrt

lr = InverseSqrt(0.1)
players = {
    r"Adam, $\beta_2 = 0.1$": Adam(lr=lr, beta1=0.0, beta2=0.1),
    r"AMSGrad, $\beta_2 = 0.1$": AMSGrad(lr=lr, beta1=0.0, beta2=0.1),
    "Adam, default betas": Adam(lr=lr),
    "gradient descent": GradientDescent(lr=lr),
}
paths = {
    name: online(optimizer, three_beat(30_000))
    for name, optimizer in players.items()
}
for optimizer, path in zip(players.values(), paths.values(), strict=True):
    beta2 = getattr(optimizer, "beta2", None)
    name = type(optimizer).__name__
    print(f"{name:16} beta2 = {beta2!s:6} ends at {path[-1]:+.3f}")

plot_curves(
    paths,
    range(1, 30_001),
    colors=[color(optimizer) for optimizer in players.values()],
    log="x",
    xlabel="step",
    ylabel="position x",
)

# sphinx_gallery_start_ignore
# caption: With a short memory Adam moves to +1, the worst point; the others
#   reach -1.
# alt: Position against the step, on a logarithmic axis. Adam with beta 2 of
#   0.1 climbs to plus one; AMSGrad, Adam with its default betas and gradient
#   descent fall to minus one.
# sphinx_gallery_end_ignore

# %%
# The large gradient comes once in three steps. With :math:`\beta_2 = 0.1`,
# Adam has forgotten it by the next step: it is divided by its own size, and
# the two small gradients, whose steps are also of full length, outweigh it.
#
# The stochastic form
# -------------------
# In the paper's second example the loss is :math:`1010x` with a probability of
# 0.01 and :math:`-10x` otherwise. The best point is again -1. The paper takes
# ten million steps; we take 20,000 and show the mean of 400 runs.

rng = np.random.default_rng(0)
gradients = np.where(rng.random((20_000, 400)) < 0.01, 1010.0, -10.0)
means = {
    method: online(
        method(lr=InverseSqrt(2.0), beta1=0.9, beta2=0.99), gradients
    ).mean(axis=1)
    for method in (Adam, AMSGrad)
}
for method, mean in means.items():
    print(f"{method.__name__:8} mean at the end {mean[-2000:].mean():+.3f}")

plot_curves(
    means,
    range(1, 20_001),
    log="x",
    xlabel="step",
    ylabel="position x, mean of 400 runs",
    ylim=(-1.1, 1.1),
)

# sphinx_gallery_start_ignore
# caption: Both first move towards -1. Then Adam turns back towards the worst
#   point, and AMSGrad does not.
# alt: Mean position of 400 runs against the step, on a logarithmic axis. Both
#   curves fall from plus one to about zero; then Adam's climbs back to 0.8,
#   while that of AMSGrad stays below zero.
# sphinx_gallery_end_ignore
