"""
Momentum, eigenvalue by eigenvalue
==================================

Goh's picture of momentum: for each curvature, how fast does the heavy ball converge
at each rate and momentum, and where does it glide, swing or jump?
"""

# sphinx_gallery_course = "momentum"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import HeavyBall, Quadratic, minimize
from adamdoc.papers.polyak1964 import best_heavy_ball

# %%
# On one curvature the heavy ball is a linear map of position and step. Its
# eigenvalues tell all: the larger of their absolute values is the factor of the
# error in a step. Here that factor is measured: 150 steps of 40,000 runs at once.
#
# The eigenvalues are complex between (1 - sqrt(momentum))^2 and
# (1 + sqrt(momentum))^2: there the run swings. To the left they are real and
# positive, and it glides to the minimum without crossing it. To the right they are
# real and negative, and it jumps to the other side at every step, as gradient
# descent (momentum 0) does beyond 1.

speed, momentum = np.meshgrid(
    np.linspace(0.01, 4.0, 200), np.linspace(0, 0.99, 200)
)
settings = HeavyBall(lr=speed.ravel()[:, None], momentum=momentum.ravel()[:, None])
path = minimize(Quadratic([1.0]), settings, steps=150, batch=True).path[..., 0]
sizes = np.abs(path).reshape(151, *speed.shape)
# The largest of the last ten points, since a swing passes through zero.
factor = (sizes[-10:].max(axis=0) / sizes[0]) ** (1 / 145)
factor[np.isnan(factor)] = 2.0

fig, ax = plt.subplots()
mesh = ax.pcolormesh(
    speed, momentum, factor.clip(0, 1.2), cmap="viridis", rasterized=True
)
ax.contour(speed, momentum, factor, levels=[1.0], colors="white", linewidths=1.5)
decays = np.linspace(0, 0.99, 200)
for sign, style in ((-1, "--"), (1, ":")):
    ax.plot((1 + sign * np.sqrt(decays)) ** 2, decays, style, color="white", lw=1.5)
for x, y, regime in (
    (0.1, 0.06, "glides"),
    (1.1, 0.6, "swings"),
    (1.5, 0.02, "jumps"),
):
    ax.text(x, y, regime, color="white")
ax.set(xlim=(0, 4))
fig.colorbar(mesh, ax=ax, label="factor of the error in a step")
ax.set(xlabel="lr times curvature", ylabel="momentum")
ax.grid(visible=False)
fig.set_label(
    "The measured factor of the error over rate and momentum. It is smallest along "
    "a curve from one on the axis to high momentum, and above 1 to the right of a "
    "straight line from 2 to 4. To the left of a dashed curve the run glides, to "
    "the right of a dotted one it jumps from side to side, and between them it "
    "swings."
)

# %%
# Measured: a run crosses the minimum never, at every step, or now and then.

crosses = path[1:9] * path[:8] < 0
glides = speed.ravel() < (1 - np.sqrt(momentum.ravel())) ** 2
jumps = speed.ravel() > (1 + np.sqrt(momentum.ravel())) ** 2
print(
    "glides, where it should: crosses in", crosses[:, glides].mean(), "of the steps"
)
print(
    "jumps, where it should: crosses in", crosses[:, jumps].mean(), "of the steps"
)

# %%
# Many curvatures at once
# -----------------------
# The rate must suit the steepest and the flattest curvature. The best pair makes
# the error fall by (sqrt(kappa) - 1) / (sqrt(kappa) + 1).

kappas = np.geomspace(3, 3000, 9)
measured = []
for kappa in kappas:
    path = minimize(Quadratic([1.0, kappa]), best_heavy_ball(kappa), steps=400).path
    sizes = np.linalg.norm(path, axis=1)
    good = sizes > 1e-300
    last = min(400, int(good.sum()) - 1)
    measured.append((sizes[last] / sizes[last // 4]) ** (1 / (last - last // 4)))
root = np.sqrt(kappas)
fig, ax = plt.subplots()
ax.plot(kappas, 1 - (root - 1) / (root + 1), color="#808894", label="formula")
ax.plot(kappas, 1 - np.array(measured), "o", color="#b8860b", label="measured")
ax.plot(
    kappas, 2 / (kappas + 1), color="#808894", ls="--", label="gradient descent"
)
ax.set(
    xscale="log",
    yscale="log",
    xlabel="condition number",
    ylabel="1 - factor of the error",
)
ax.legend()
fig.set_label(
    "One minus the factor of the error against the condition number, on "
    "logarithmic axes. The measured points of the heavy ball lie on the formula, "
    "which falls with the root; that of gradient descent falls twice as steeply."
)
