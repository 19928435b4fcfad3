"""
Adaptive methods and unseen samples
===================================

Can a method fit all its training data and learn nothing from them?

:cite:t:`wilson2017` construct data on which this happens to the adaptive
methods.
"""

# sphinx_gallery_course = "limits"

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
print(
    f"{x.shape[1]} features; unseen samples: {(y_new < 0).mean():.0%} negative"
)
line = LinearRegression(x.shape[1])
methods = (
    GradientDescent(lr=0.03),
    HeavyBall(lr=0.003),
    AdaGrad(lr=0.1),
    RMSprop(lr=Cosine(0.01, steps=500)),
    Adam(lr=Cosine(0.01, steps=500)),
)
errors = {}
print("                 training and test error, first three weights")
for optimizer in methods:
    run = train(line, (x, y), optimizer, epochs=500, batch_size=None)
    seen = (np.sign(line.predict(run.params, x)) != y).mean()
    unseen = (np.sign(line.predict(run.params, x_new)) != y_new).mean()
    name = type(optimizer).__name__
    errors[name] = unseen
    print(
        f"{name:16} {seen:4.0%} {unseen:4.0%}  ", run.params["w"][:3].round(3)
    )

# %%

# Draw the figure.
fig, ax = plt.subplots(figsize=(6.2, 3))
ax.barh(list(errors), errors.values(), color=[color(m) for m in methods])
ax.axvline((y_new < 0).mean(), color="#808894", ls="--", lw=1)
ax.invert_yaxis()
ax.set(xlabel="test error")

# sphinx_gallery_start_ignore
# caption: Gradient descent and the heavy ball make no error on unseen samples.
#   The adaptive methods get every negative one wrong (dashed line).
# alt: Horizontal bars of the test error of five methods. Those of gradient
#   descent and the heavy ball have no length; those of AdaGrad, RMSprop and
#   Adam reach the dashed line, the share of negative samples.
# sphinx_gallery_end_ignore

# %%
# The first steps of an adaptive method have the sign of the gradient, so all
# weights grow alike. An unseen sample shares only the first three features
# with the training data, and the two constant ones outvote the label. Gradient
# descent instead weights each feature by how often it helps.
