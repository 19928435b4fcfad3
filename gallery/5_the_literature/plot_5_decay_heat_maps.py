"""
Weight decay: coupled and decoupled
===================================

The heat maps of Loshchilov and Hutter: the test loss over learning rate and decay.
Does the decoupled form find better points, and are the two easier to tune?
"""

# sphinx_gallery_course = "family"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc.papers.loshchilov2019 import decay_map

# %%
# The paper trains residual networks on CIFAR-10 for up to 1,800 epochs. Here a net
# with one hidden layer of 64 learns 300 digits, of which 40 percent have a random
# label, for 30 epochs, with a cosine.

rates = np.array([0.001, 0.003, 0.01, 0.03])
forms = {
    "penalty inside Adam": (False, np.array([3e-4, 1e-3, 3e-3, 1e-2, 3e-2])),
    "AdamW": (True, np.array([0.03, 0.1, 0.3, 1.0, 3.0])),
}
maps = {
    name: decay_map(decoupled, rates, decays, seed=0)
    for name, (decoupled, decays) in forms.items()
}
low = min(m.min() for m in maps.values())
fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
for ax, (name, losses) in zip(axes, maps.items(), strict=True):
    decays = forms[name][1]
    image = ax.imshow(losses, cmap="viridis_r", vmin=low, vmax=1.3, origin="lower")
    best = np.unravel_index(losses.argmin(), losses.shape)
    ax.plot(best[1], best[0], "*", color="white", mec="black", ms=14)
    ax.set_xticks(range(len(decays)), [f"{d:g}" for d in decays])
    ax.set_yticks(range(len(rates)), [f"{lr:g}" for lr in rates])
    ax.set_xlabel("weight decay")
    ax.set_title(name, fontsize=10)
    ax.grid(visible=False)
    print(
        f"{name:20} best test loss {losses.min():.3f} at lr {rates[best[0]]:g}, "
        f"decay {decays[best[1]]:g}"
    )
axes[0].set_ylabel("learning rate")
fig.colorbar(image, ax=axes, label="test loss")
fig.set_label(
    "Two heat maps of the test loss over learning rate and decay. Both have their "
    "best points, marked by stars, at weak decay and a rate near 0.01, at nearly "
    "the same loss."
)

# %%
# Our nets do not repeat the paper's 15 percent: the best decay is so weak that it
# matters little where it enters. What does show is that the two scales differ: good
# decays are smaller inside Adam, which divides the penalty by the root of v.
