"""
The learning rate, swept
========================

How sensitive is each method to its learning rate, and what happens when the
rate is too large?

Each curve is 800 runs, done as one array; all other hyperparameters keep their
defaults.
"""

# sphinx_gallery_course = "limits"

import numpy as np

from adamdoc import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Momentum,
    Nesterov,
    Ravine,
    RMSprop,
    minimize,
)
from adamdoc.plotting import plot_curves

rates = np.geomspace(1e-4, 10, 800)
methods = (
    GradientDescent,
    Momentum,
    HeavyBall,
    Nesterov,
    AdaGrad,
    RMSprop,
    Adam,
)
ends = {}
for method in methods:
    run = minimize(Ravine(), method(lr=rates[:, None]), steps=200, batch=True)
    ends[method] = run.losses[-20:].max(
        axis=0
    )  # nan if the run diverged: no line
    best, diverged = (
        rates[np.nanargmin(ends[method])],
        (run.diverged_at >= 0).sum(),
    )
    print(
        f"{method.__name__:16} best lr {best:.3g}, {diverged} of 800 diverged"
    )

ax = plot_curves(
    {method: loss.clip(max=1e6) for method, loss in ends.items()},
    rates,
    log="xy",
    ylim=(1e-32, 1e4),
    xlabel="learning rate",
    ylabel="largest loss in steps 181 to 200",
)
ax.legend(ncols=2)

# sphinx_gallery_start_ignore
# caption: The methods with one rate for all coordinates end at a cliff, beyond
#   which they diverge. The adaptive methods continue to the largest rates.
# alt: Loss after 200 steps against the learning rate for seven methods, on
#   logarithmic axes. The curves of gradient descent and of the momentum
#   methods fall and then stop where the runs diverge; those of AdaGrad,
#   RMSprop and Adam go on to the right edge, AdaGrad's after a deep valley
#   near one.
# sphinx_gallery_end_ignore

# %%
# Three things to see
# -------------------
# * Methods with one rate for all coordinates have a stability limit: gradient
#   descent diverges beyond :math:`2 / L`, where :math:`L` is the largest
#   curvature, and each momentum method beyond a limit of its own.
# * The adaptive methods never diverge here. If the rate is too large, they
#   bounce around the minimum.
# * The curves of `~adamdoc.Momentum` and `~adamdoc.HeavyBall` have the same
#   shape, shifted by the factor of ten between the two conventions.
