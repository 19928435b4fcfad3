r"""
The two betas
=============

Which pairs of decay rates work well together, and are the defaults among them?

Each point of these maps is a run of its own; all 3,600 runs of a map are done as
one array.
"""

# sphinx_gallery_course = "adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, Ravine, Rosenbrock, minimize
from adamdoc.plotting import plot_map

# An average with decay rate beta remembers about 1 / (1 - beta) steps.
memory1 = np.geomspace(1, 100, 60)
memory2 = np.geomspace(1, 10_000, 60)
adam = Adam(
    lr=0.05,
    beta1=(1 - 1 / memory1)[:, None, None],
    beta2=(1 - 1 / memory2)[:, None],
)

# %%
# The ravine and Rosenbrock's valley
# ----------------------------------
# The colour is the largest loss in the last 20 of 400 steps. The axes show the
# memory of each moment, :math:`1 / (1 - \beta)` steps. The learning rate is 0.05
# throughout; at another one, another pair is best.

fig, axes = plt.subplots(2, 1, figsize=(6.2, 7.6), sharex=True)
for ax, problem in zip(axes, (Ravine(), Rosenbrock()), strict=True):
    run = minimize(problem, adam, steps=400, batch=True)
    ends = run.losses[-20:].max(axis=0)
    i, j = np.unravel_index(ends.argmin(), ends.shape)
    best = f"beta1 = {1 - 1 / memory1[i]:.3f}, beta2 = {1 - 1 / memory2[j]:.4f}"
    print(f"{type(problem).__name__:10} best: {best}")

    plot_map(
        np.log10(ends + 1e-16),
        memory2,
        memory1,
        ax,
        label=r"$\log_{10}$ loss",
        log="xy",
        ylabel=r"$1 / (1 - \beta_1)$",
        title=type(problem).__name__,
    )
    ax.plot(1000, 10, "o", color="white", mec="black", label="defaults")
    ax.legend(loc="upper left")
axes[1].set_xlabel(r"$1 / (1 - \beta_2)$")

# sphinx_gallery_start_ignore
# caption: Dark is good. The best region differs between the two surfaces, but the
#   upper left corner, a long memory of the gradient with a short one of its square,
#   is bad on both.
# alt: Two heat maps of the loss after 400 steps, for the ravine and for
#   Rosenbrock's valley, over the memory of the second moment (horizontal) and of
#   the first (vertical), both logarithmic. A dot marks the default decay rates.
# sphinx_gallery_end_ignore

# %%
# The best pair differs between the two surfaces, and so does the price of using the
# defaults. The maps share one feature: with a long memory of the first moment and a
# short one of the second, the steps do not settle. The convergence analysis in the
# Adam paper assumes :math:`\beta_1^2 < \sqrt{\beta_2}`, which excludes that corner.
