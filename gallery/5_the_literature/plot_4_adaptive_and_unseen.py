"""
Adaptive methods and unseen samples
===================================

The construction of Wilson and others: data that every method fits, and of which the
adaptive ones learn nothing. What do they get wrong?
"""

# sphinx_gallery_course = "why-adam"

import matplotlib.pyplot as plt
import numpy as np

from adamdoc import AdaGrad, Adam, GradientDescent, HeavyBall, RMSprop, train
from adamdoc.models import LinearRegression
from adamdoc.papers.wilson2017 import separable
from adamdoc.plotting import color
from adamdoc.schedules import Cosine

# %%
# The first feature is the label itself. Two more are always 1. Every positive
# sample has one feature that no other sample has, every negative one five.

(x, y), (x_new, y_new) = separable(samples=60, share=0.7, seed=1)
print(f"{x.shape[1]} features; unseen samples: {(y_new < 0).mean():.0%} negative")
line = LinearRegression(x.shape[1])
methods = (
    GradientDescent(lr=0.03),
    HeavyBall(lr=0.003),
    AdaGrad(lr=0.1),
    RMSprop(lr=Cosine(0.01, steps=500)),
    Adam(lr=Cosine(0.01, steps=500)),
)
fig, ax = plt.subplots(figsize=(6.2, 3))
names, errors = [], []
for optimizer in methods:
    run = train(line, (x, y), optimizer, epochs=500, batch_size=None)
    seen = (np.sign(line.predict(run.params, x)) != y).mean()
    unseen = (np.sign(line.predict(run.params, x_new)) != y_new).mean()
    names.append(type(optimizer).__name__)
    errors.append(unseen)
    w = run.params["w"]
    print(
        f"{names[-1]:16} errors: seen {seen:.0%}, unseen {unseen:.0%}; "
        f"weights of the first three features {w[:3].round(3)}"
    )
ax.barh(names, errors, color=[color(m) for m in methods])
ax.axvline((y_new < 0).mean(), color="#808894", ls="--", lw=1)
ax.invert_yaxis()
ax.set(xlabel="share of unseen samples with the wrong label")
fig.set_label(
    "Bars of the errors on unseen samples. Gradient descent and the heavy ball "
    "make none; AdaGrad, RMSprop and Adam get every negative sample wrong, at the "
    "dashed line."
)

# %%
# The first steps of an adaptive method are the sign of the gradient, so that all
# weights grow alike. An unseen sample has only the first three features in common
# with the others; the two constant ones outvote the label. Gradient descent weighs
# features by how often they help.
