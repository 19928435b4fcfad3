r"""
What eps and beta2 do
=====================

When does Adam turn into momentum, how long does it remember a spike in the
gradient, and what causes spikes in the loss?
"""

# sphinx_gallery_course = "adam"
# sphinx_gallery_thumbnail_number = 2

import numpy as np

from adamdoc import Adam, Momentum, Ravine, Rosenbrock, minimize
from adamdoc.plotting import color, plot_curves, plot_losses
from adamdoc.run import walk

# %%
# eps from small to large
# -----------------------
# The learning rate grows with :math:`\epsilon`, so that :math:`\eta / \epsilon`
# stays the same once :math:`\epsilon` dominates the denominator.

valley = Rosenbrock()
runs = {
    f"Adam, eps = {eps:g}": minimize(
        valley, Adam(lr=2e-3 * max(eps, 1), eps=eps), steps=400
    )
    for eps in (1e-8, 10, 1000)
}
runs["Momentum"] = minimize(valley, Momentum(lr=2e-3), steps=400)
plot_losses(runs)

last = runs["Adam, eps = 1000"].path[-1] - runs["Momentum"].path[-1]
print(f"distance between the ends at eps = 1000: {np.linalg.norm(last):.3f}")

# sphinx_gallery_start_ignore
# caption: With an eps of 1,000 Adam behaves like momentum; with the default it does
#   not.
# alt: Losses on Rosenbrock's valley against the step, on a logarithmic axis. The
#   curve of Adam with an eps of 1,000 swings and falls like that of momentum; with
#   the default eps it falls without swinging and then stays level.
# sphinx_gallery_end_ignore

# %%
# After a spike
# -------------
# All gradients are 1, except for one of 1,000. The effective learning rate,
# :math:`\eta / \sqrt{\hat v_t}`, recovers once the square of the spike has decayed.

gradients = np.ones((8000, 1))
gradients[1000] = 1000.0
lengths = {}
for beta2 in (0.9, 0.99, 0.999):
    path = walk(Adam(lr=1.0, beta1=0.0, beta2=beta2), gradients)[:, 0]
    length = lengths[rf"$\beta_2 = {beta2}$"] = -np.diff(path)
    half = np.argmax(length[1000:] > 0.5) + 1
    print(f"beta2 = {beta2}: half the step length again after {half:,} steps")

plot_curves(
    lengths,
    colors=[color(Adam)] * 3,
    xlabel="step",
    ylabel="step length / learning rate",
    ylim=(0, 1.1),
)

# sphinx_gallery_start_ignore
# caption: One spike, at step 1,000, stops Adam for thousands of steps if
#   :math:`\beta_2` is close to 1.
# alt: Length of Adam's steps against the step, for three values of beta 2. At step
#   1,000 all fall to nearly zero; for 0.9 the length recovers soon, for 0.99 within
#   hundreds of steps, for 0.999 within thousands.
# sphinx_gallery_end_ignore

# %%
# Spikes in the loss
# ------------------
# Near a minimum the gradients shrink and :math:`v_t` with them, so the effective
# learning rate grows until it is too large for the curvature. The loss leaps up,
# :math:`v_t` grows, and the cycle begins again. The faster :math:`v_t` forgets, the
# sooner.

runs = {
    rf"Adam, $\beta_2 = {beta2}$": minimize(
        Ravine(), Adam(lr=0.1, beta2=beta2), steps=1500
    )
    for beta2 in (0.9, 0.99, 0.999)
}
plot_losses(runs)
for run in runs.values():
    low = np.minimum.accumulate(run.losses)
    rise = (run.losses / low).max()
    print(f"beta2 = {run.optimizer.beta2:<5}: lowest loss {low[-1]:.0e}", end=", ")
    print(f"largest rise above the lowest so far {rise:.0e}")

# sphinx_gallery_start_ignore
# caption: A long memory (dotted) converges without spikes; a shorter one (dashed)
#   falls for a thousand steps and then leaps back to the height of the start.
# alt: Losses of Adam on the ravine over 1,500 steps, on a logarithmic axis. For
#   beta 2 of 0.9 the loss stays high and restless; for 0.99 it falls for a thousand
#   steps, leaps up and falls again; for 0.999 it falls all the way.
# sphinx_gallery_end_ignore
