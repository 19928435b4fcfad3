r"""
Bias correction, on and off
===========================

Both of Adam's moving averages start at zero. What goes wrong if that is not
corrected?
"""

# sphinx_gallery_course = "adam"

from dataclasses import dataclass

import numpy as np

from adamdoc import Adam, Ravine, minimize
from adamdoc.plotting import color, plot_curves, plot_paths

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


ravine, start, lr = Ravine(), [1.5, 0.5], 0.1
runs = {
    "with correction": minimize(ravine, Adam(lr=lr), start, steps=60),
    "without correction": minimize(ravine, Uncorrected(lr=lr), start, steps=60),
}

# %%
# The first steps are too long
# ----------------------------
# Both averages start too small, but the second moment is missing more than the
# first. Their ratio, and with it the step, comes out too large.

lengths = {name: np.abs(np.diff(run.path[:, 0])) / lr for name, run in runs.items()}
for name, length in lengths.items():
    print(f"{name:18} first steps {length[:5].round(2)}")

plot_curves(
    lengths,
    range(1, 61),
    colors=[color(Adam)] * 2,
    xlabel="step",
    ylabel="step length in x / learning rate",
)

# sphinx_gallery_start_ignore
# caption: Without the correction the first steps are several learning rates long.
# alt: Length of each step in x, in units of the learning rate, for 60 steps. With
#   correction the first step has length one; without, the curve starts above three,
#   rises, and stays several times as high.
# sphinx_gallery_end_ignore

# %%

plot_paths(ravine, runs)

# sphinx_gallery_start_ignore
# caption: The long first steps carry the uncorrected run far past the minimum.
# alt: Contours of the ravine with two paths. With correction Adam overshoots the
#   minimum a little; without, it shoots far past it before it turns around.
# sphinx_gallery_end_ignore

# %%
# How long does it last? Without correction, step t is too long by the factor
# :math:`(1 - \beta_1^t) / \sqrt{1 - \beta_2^t}`, which tends to 1 once
# :math:`\beta_1^t` and :math:`\beta_2^t` have both died out:

t = np.array([1, 10, 100, 1000, 5000])
print("step:     ", t)
print("too long by", ((1 - 0.9**t) / np.sqrt(1 - 0.999**t)).round(3))
