"""
Bias correction, on and off
===========================

Both of Adam's averages start at zero. What happens without the correction?
"""

# sphinx_gallery_course = "adam"

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, Ravine, minimize
from adamdoc.plotting import color, plot_paths

# %%
# Adam without its two corrections is the same class with another update:


@dataclass(frozen=True)
class Uncorrected(Adam):
    """Adam with m and v in place of m_hat and v_hat."""

    def update(self, theta, g, state):
        """Return the parameters and the state after one step."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        return theta - lr * m / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v}


ravine = Ravine()
runs = {
    "with correction": minimize(ravine, Adam(lr=0.1), [1.5, 0.5], steps=60),
    "without correction": minimize(
        ravine, Uncorrected(lr=0.1), [1.5, 0.5], steps=60
    ),
}

# %%
# The first steps are too long
# ----------------------------
# The second moment is missing more than the first, so the ratio is too large.

fig, ax = plt.subplots()
for (name, run), style in zip(runs.items(), ("-", "--"), strict=True):
    lengths = np.abs(np.diff(run.path[:, 0])) / 0.1
    ax.plot(range(1, 61), lengths, style, color=color(Adam), label=name)
    print(f"{name:19}: first steps {lengths[:5].round(2)}")
ax.set(xlabel="step", ylabel="length of the step in x / learning rate")
ax.legend()
fig.set_label(
    "Length of each step in x, in learning rates. With correction it starts at "
    "one; without, it starts above three and stays several times too long."
)

# %%
ax = plot_paths(ravine, runs)
ax.figure.set_label(
    "Contours of the ravine. With correction Adam overshoots a little; without, it "
    "shoots far past the minimum."
)

# %%
# How long does it last? The error of the ratio fades when both :math:`\beta_1^t`
# and :math:`\beta_2^t` have died out:

t = np.array([1, 10, 100, 1000, 5000])
print("steps:        ", t)
print("times too long:", ((1 - 0.9**t) / np.sqrt(1 - 0.999**t)).round(3))
