"""Faults for the claims about recipes."""

from dataclasses import replace

import numpy as np

from adamdoc.optimizers import Adam, AdamW, GradientDescent
from adamdoc.papers import malladi2022, mccandlish2018
from adamdoc.schedules import WarmUp
from faults.updates import adam, descent, divided


def inverted_batch(rng, n, size):
    return rng.integers(0, n, max(1, 1024 // size))


def single_sample(rng, n, _size):
    return rng.integers(0, n, 1)


def linearly_scaled(optimizer, k, original=malladi2022.scaled):
    return replace(original(optimizer, k), lr=optimizer.lr * k)


def without_warm_up(self, t):
    return self.then(max(1, t - self.steps))


def hardly_warmed_up(self, _t):
    return self.then(1) / 100


def decayed(share):
    """Return an update like AdamW's, which takes off a share of theta, a function of all three."""

    def update(self, theta, g, state):
        theta, g, t, lr, *_, weight_decay = self._operands(theta, g, state)
        inside = Adam(self.lr, self.beta1, self.beta2, self.eps)
        after, state = inside.update(theta, g, state)
        return after - share(lr, weight_decay, t) * theta, state

    return update


def at_random(self, theta, g, state):
    theta, _, t, lr, *_ = self._operands(theta, g, state)
    steps = np.random.default_rng([t, theta.size]).standard_normal(theta.shape)
    return theta - lr * steps, {**state, "t": t}


FAULTS = {
    "large batches are small": [(mccandlish2018, "_batch", inverted_batch)],
    "every batch is one sample": [(mccandlish2018, "_batch", single_sample)],
    "gradient descent stands still": [(GradientDescent, "update", descent(rate=0.0))],
    "Adam's rate is scaled by k": [(malladi2022, "scaled", linearly_scaled)],
    "there is no warm-up": [(WarmUp, "value", without_warm_up)],
    "warm-up rises to a hundredth": [(WarmUp, "value", hardly_warmed_up)],
    "AdamW's decay ignores the rate": [
        (AdamW, "update", decayed(lambda _lr, weight_decay, _t: weight_decay))
    ],
    "AdamW's decay grows with the steps": [
        (AdamW, "update", decayed(lambda lr, weight_decay, t: lr * weight_decay * (t / 60) ** 3))
    ],
    "Adam steps by the last gradient": [(Adam, "update", adam(divided, averages=False))],
    "beta2 is 0.999 whatever it is set to": [(Adam, "update", adam(divided, fixed_beta2=0.999))],
    "Adam steps at random": [(Adam, "update", at_random)],
}
