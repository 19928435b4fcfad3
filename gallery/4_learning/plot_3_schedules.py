"""
Schedules
=========

A learning rate may be any function of the step. How do the usual ones look, and
what do they do for Adam on the digits?
"""

# sphinx_gallery_course = "stochastic-gradients"

import matplotlib.pyplot as plt

from adamdoc import Adam, load, train
from adamdoc.models import MLP
from adamdoc.schedules import Constant, Cosine, InverseSqrt, Step, WarmUp

steps = 22 * 15  # batches of 64 in 15 epochs
schedules = {
    "constant": Constant(0.03),
    "step": Step(0.03, every=110, factor=0.3),
    "cosine": Cosine(0.03, steps=steps),
    "1 / sqrt(t)": InverseSqrt(0.2),
    "warm-up, then cosine": WarmUp(40, Cosine(0.03, steps=steps - 40)),
}
styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

fig, ax = plt.subplots()
for (name, schedule), style in zip(schedules.items(), styles, strict=True):
    ax.plot(
        range(1, steps + 1),
        [schedule(t) for t in range(1, steps + 1)],
        ls=style,
        label=name,
    )
ax.set(xlabel="step", ylabel="learning rate", ylim=(0, 0.06))
ax.legend()
fig.set_label("Five schedules: the learning rate against the step.")

# %%
# The same training under each
# ----------------------------
digits = load("digits")
fig, ax = plt.subplots()
for (name, schedule), style in zip(schedules.items(), styles, strict=True):
    run = train(
        MLP((64, 32, 10)), digits, Adam(lr=schedule), epochs=15, batch_size=64
    )
    ax.plot(run.losses, ls=style, label=name)
    loss, score = run.losses[-1], run.test_scores[-1]
    print(f"{name:20} training loss {loss:.4f}, test score {score:.1%}")
ax.set(yscale="log", xlabel="epoch", ylabel="training loss")
ax.legend()
fig.set_label(
    "Training loss against the epoch under five schedules. Four of them end close "
    "together; the rate that falls with the root of the step ends the highest."
)

# %%
# On this easy task a constant rate does as well as any: the loss still falls when
# the training ends. A schedule that falls pays where noise has set a floor, as in
# :ref:`sphx_glr_auto_gallery_4_learning_plot_1_noise.py`.
