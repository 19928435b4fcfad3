r"""
Momentum, eigenvalue by eigenvalue
==================================

For which learning rates and momenta does the heavy ball converge fastest, and when
does it glide, oscillate or jump?

This is the picture of momentum in :cite:t:`goh2017`, measured.
"""

# sphinx_gallery_course = "momentum"

import numpy as np

from adamdoc import HeavyBall, Quadratic, minimize
from adamdoc.papers.polyak1964 import best_heavy_ball
from adamdoc.plotting import plot_curves, plot_map

# %%
# One curvature
# -------------
# On a single curvature :math:`\lambda`, the heavy ball with learning rate
# :math:`\eta` and momentum :math:`\mu` is a linear map of position and step. The
# larger absolute value of its two eigenvalues is the *convergence rate*: the factor
# by which the error shrinks per step. Here we measure it, in 150 steps of 40,000
# runs at once.
#
# The eigenvalues are complex where :math:`(1 - \sqrt\mu)^2 < \eta\lambda < (1 +
# \sqrt\mu)^2`: there the run oscillates. To the left they are real and positive,
# and the run glides to the minimum without crossing it. To the right they are real
# and negative, and it jumps across the minimum at every step, as gradient descent
# (:math:`\mu = 0`) does for :math:`\eta\lambda > 1`.

speeds, decays = np.linspace(0.01, 4.0, 200), np.linspace(0, 0.97, 200)
speed, momentum = np.meshgrid(speeds, decays)
settings = HeavyBall(lr=speed.ravel()[:, None], momentum=momentum.ravel()[:, None])
path = minimize(Quadratic([1.0]), settings, steps=150, batch=True).path[..., 0]
sizes = np.abs(path).reshape(151, *speed.shape)
# The largest of the last ten points, since an oscillation passes through zero.
rate = (sizes[-10:].max(axis=0) / sizes[0]) ** (1 / 145)
rate[np.isnan(rate)] = 2.0  # diverged

# %%

ax = plot_map(
    rate.clip(0, 1.2),
    speeds,
    decays,
    label="convergence rate (factor per step)",
    xlabel=r"$\eta\lambda$ (learning rate times curvature)",
    ylabel=r"momentum $\mu$",
)
ax.contour(speed, momentum, rate, levels=[1.0], colors="white", linewidths=1.5)
for sign, style in ((-1, "--"), (1, ":")):
    ax.plot((1 + sign * np.sqrt(decays)) ** 2, decays, style, color="white", lw=1.5)
ax.text(0.1, 0.06, "glides", color="white")
ax.text(1.1, 0.6, "oscillates", color="white")
ax.text(1.5, 0.02, "jumps", color="white")
ax.set(xlim=(0, 4))

# sphinx_gallery_start_ignore
# caption: The convergence rate is best (dark) along the dashed curve, where gliding
#   turns into oscillation. Right of the solid line the runs diverge.
# alt: Heat map of the measured convergence rate over the learning rate times the
#   curvature and the momentum. It is smallest along a curve from one on the
#   horizontal axis to high momentum on the left, and exceeds 1 to the right of a
#   straight line from 2 to 4. A dashed and a dotted curve separate three regions,
#   labelled glides, oscillates and jumps.
# sphinx_gallery_end_ignore

# %%
# The count of crossings confirms the regions: a run crosses the minimum never or at
# every step.

crosses = path[1:9] * path[:8] < 0
glides = speed.ravel() < (1 - np.sqrt(momentum.ravel())) ** 2
jumps = speed.ravel() > (1 + np.sqrt(momentum.ravel())) ** 2
print("share of steps that cross the minimum")
print("  where it should glide:", crosses[:, glides].mean())
print("  where it should jump: ", crosses[:, jumps].mean())

# %%
# Many curvatures at once
# -----------------------
# One learning rate must suit both the largest and the smallest curvature, whose
# ratio is the condition number :math:`\kappa`. With the best pair of
# hyperparameters the convergence rate is
#
# .. math:: \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1},
#
# while gradient descent reaches at best :math:`(\kappa - 1) / (\kappa + 1)`.

kappas = np.geomspace(3, 3000, 9)
measured = []
for kappa in kappas:
    path = minimize(Quadratic([1.0, kappa]), best_heavy_ball(kappa), steps=400).path
    sizes = np.linalg.norm(path, axis=1)
    last = min(400, int((sizes > 1e-300).sum()) - 1)
    first = last // 4
    measured.append((sizes[last] / sizes[first]) ** (1 / (last - first)))

root = np.sqrt(kappas)
theory = {
    "heavy ball, theory": 1 - (root - 1) / (root + 1),
    "gradient descent, theory": 1 - (kappas - 1) / (kappas + 1),
}
ax = plot_curves(
    theory,
    kappas,
    colors=["#808894"] * 2,
    log="xy",
    xlabel=r"condition number $\kappa$",
    ylabel="1 - convergence rate",
)
ax.plot(kappas, 1 - np.array(measured), "o", color="#b8860b", label="measured")
ax.legend()

# sphinx_gallery_start_ignore
# caption: The measured points follow the formula: with momentum the gap to 1
#   shrinks only with the root of the condition number.
# alt: One minus the convergence rate against the condition number, on logarithmic
#   axes. The measured points of the heavy ball lie on a line that falls with the
#   root of the condition number; the line of gradient descent falls twice as
#   steeply.
# sphinx_gallery_end_ignore
