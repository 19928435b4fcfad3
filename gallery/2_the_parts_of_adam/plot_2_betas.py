"""
The two betas
=============

How do the decay rates of the two moments work together? Each point of these maps is
a run of its own; all runs of a map are done as one array.
"""

# sphinx_gallery_course = "adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import Adam, Ravine, Rosenbrock, minimize

memory1 = np.geomspace(
    1, 100, 60
)  # 1 / (1 - beta1): the length of the memory in steps
memory2 = np.geomspace(1, 10_000, 60)
adam = Adam(
    lr=0.05,
    beta1=(1 - 1 / memory1)[:, None, None],
    beta2=(1 - 1 / memory2)[:, None],
)

# %%
# The ravine and Rosenbrock's valley
# ----------------------------------
# The colour is the largest loss in the last 20 of 400 steps: dark is good. The
# learning rate is 0.05 throughout; at another one the best pair is another.

fig, axes = plt.subplots(2, 1, figsize=(6.2, 7.6), sharex=True)
for ax, problem in zip(axes, (Ravine(), Rosenbrock()), strict=True):
    run = minimize(problem, adam, steps=400, batch=True)
    ends = run.losses[-20:].max(axis=0)
    image = ax.pcolormesh(memory2, memory1, np.log10(ends + 1e-16), rasterized=True)
    ax.plot(
        1000,
        10,
        "o",
        color="white",
        mec="black",
        label="the defaults, 0.999 and 0.9",
    )
    ax.set(
        xscale="log",
        yscale="log",
        ylabel="1 / (1 - beta1)",
        title=type(problem).__name__,
    )
    ax.grid(visible=False)
    ax.legend(loc="upper left")
    fig.colorbar(image, ax=ax, label="log10 of the loss")
    i, j = np.unravel_index(ends.argmin(), ends.shape)
    best = f"beta1 = {1 - 1 / memory1[i]:.3f}, beta2 = {1 - 1 / memory2[j]:.4f}"
    print(f"{type(problem).__name__:10} best: {best}")
axes[1].set_xlabel("1 / (1 - beta2)")
fig.set_label(
    "Two maps of the loss after 400 steps over the memories of both moments, for "
    "the ravine and for Rosenbrock's valley, with the default betas marked."
)

# %%
# The best pair differs between the two surfaces, and so does the price of the
# defaults. What the maps share: where the memory of the first moment is long and
# that of the second is short, the steps do not settle. The paper's analysis asks
# for :math:`\beta_1^2 < \sqrt{\beta_2}`, which rules that corner out.
