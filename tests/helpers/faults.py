"""Faults that turn claims: what is put in the place of what."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from adamdoc import training
from adamdoc.models import SoftmaxRegression
from adamdoc.optimizers import (
    SOAP,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    ClipByNorm,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    HeavyBall,
    Lion,
    Momentum,
    Muon,
    Nesterov,
    Prodigy,
    RAdam,
    RMSprop,
    ScheduleFreeSGD,
    Shampoo,
    SignSGD,
)
from adamdoc.optimizers.base import _init_of_mappings, _update_of_mappings
from adamdoc.papers.kingma2015 import Uncorrected


def adam(step, *, beta2_is_beta1=False, forgets=False, averages=True, rate=None, factor=1.0):
    """Return an update like Adam's, whose direction is `step` of m_hat and v_hat."""

    def update(self, theta, g, state):
        theta, g, t, lr, beta1, beta2, eps, *_ = self._operands(theta, g, state)
        decay = 0.0 if forgets else beta1 if beta2_is_beta1 else beta2
        m = beta1 * state["m"] + (1 - beta1) * g
        v = decay * state["v"] + (1 - decay) * g**2
        v_hat = v / (1 - decay**t)
        lr = factor * (lr if rate is None else rate)
        m_hat = m / (1 - beta1**t) if averages else g
        return theta - lr * step(m_hat, v_hat, eps), {"t": t, "m": m, "v": v}

    return update


def divided(m_hat, v_hat, eps):
    return m_hat / (np.sqrt(v_hat) + eps)


def undivided(m_hat, _v_hat, _eps):
    return m_hat


def descent(step=lambda g: g, factor=1.0, rate=None):
    """Return an update like gradient descent's, for any class."""

    def update(self, theta, g, state, **_extra):
        theta, g, t, lr, *_ = self._operands(theta, g, state)
        lr = factor * (lr if rate is None else rate)
        return theta - lr * step(g), {**state, "t": t}

    return update


def heavy_ball(self, theta, g, state):
    theta, g, t, lr, *_ = self._operands(theta, g, state)
    b = 0.9 * state["b"] + g
    return theta - lr * b, {"t": t, "b": b}


def with_buffer(_self, theta):
    return {"t": 0, "b": np.zeros_like(theta)}


def summing(self, theta, g, state):
    theta, g, t, lr, beta = self._operands(theta, g, state)
    m = beta * state["m"] + g
    return theta - lr * m, {"t": t, "m": m}


def as_heavy_ball(self, theta, g, state):
    theta, g, t, lr, momentum = self._operands(theta, g, state)
    name = next(key for key in state if key != "t")
    b = momentum * state[name] + g
    return theta - lr * b, {"t": t, name: b}


def forgetting_adagrad(self, theta, g, state):
    theta, g, t, lr, eps, *_ = self._operands(theta, g, state)
    name = next(key for key in state if key != "t")
    v = 0.9 * state[name] + g**2
    return theta - lr * g / (np.sqrt(v) + eps), {"t": t, name: v}


def amsgrad_without_max(self, theta, g, state):
    theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    return theta - lr * m / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v, "v_max": v}


def forgetting_adamax(self, theta, g, state):
    theta, g, t, lr, beta1, _, eps = self._operands(theta, g, state)
    m = beta1 * state["m"] + (1 - beta1) * g
    return theta - lr * m / (1 - beta1**t) / (np.abs(g) + eps), {"t": t, "m": m, "u": np.abs(g)}


def lion_without_sign(self, theta, g, state):
    theta, g, t, lr, beta1, beta2, _ = self._operands(theta, g, state)
    c = beta1 * state["m"] + (1 - beta1) * g
    return theta - lr * c, {"t": t, "m": beta2 * state["m"] + (1 - beta2) * g}


def adamw_coupled(self, theta, g, state):
    theta, g, *_, weight_decay = self._operands(theta, g, state)
    g = g + weight_decay * theta
    inside = Adam(self.lr, self.beta1, self.beta2, self.eps)
    return inside.update(theta, g, state)


def coupled_hundredfold(self, theta, g, state, **extra):
    theta, g, _, weight_decay = self._operands(theta, g, state)
    return self.optimizer.update(theta, g + 100 * weight_decay * theta, state, **extra)


def unrectified(self, theta, g, state):
    return Adam(self.lr, self.beta1, self.beta2, self.eps).update(theta, g, state)


def without_average(self, theta, g, state):
    theta, g, t, lr, *_ = self._operands(theta, g, state)
    z = state["z"] - lr * g
    return z, {**state, "t": t, "z": z, "x": z}


def without_growth(self, theta, g, state):
    theta, g, t, *_ = self._operands(theta, g, state)
    return theta - 1e-6 * np.sign(g), {**state, "t": t}


def without_clipping(self, theta, g, state, **extra):
    return self.optimizer.update(theta, g, state, **extra)


def doubled_state(_self, theta):
    return {"t": 0, "m": np.zeros(np.shape(theta)), "v": np.zeros(np.shape(theta))}


def whole_batches(n, _size, epochs, seed, **_continued):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        yield True, rng.permutation(n)


def summed_loss(self, params, x, y, original=SoftmaxRegression.loss_and_grad):
    loss, grad = original(self, params, x, y)
    return loss, {name: len(y) * g for name, g in grad.items()}


Patch = tuple[Any, str, Any]
#: What the base class does with the methods of a subclass.
FOR_MAPPINGS = {"init": _init_of_mappings, "update": _update_of_mappings}
SIGN = descent(np.sign)

#: Each fault: what is put in place of what.
FAULTS: dict[str, list[Patch]] = {
    "Adam without bias correction": [(Adam, "update", Uncorrected.__dict__["update"])],
    "Adam's beta2 acts as beta1": [(Adam, "update", adam(divided, beta2_is_beta1=True))],
    "Adam's v is the last square": [(Adam, "update", adam(divided, forgets=True))],
    "Adam does not divide": [(Adam, "update", adam(undivided))],
    "Adam does not average": [(Adam, "update", adam(divided, averages=False))],
    "Adam ignores its rate": [(Adam, "update", adam(divided, rate=0.01))],
    "Adam takes half steps": [(Adam, "update", adam(divided, factor=0.5))],
    "Adam keeps its state in float64": [(Adam, "init", doubled_state)],
    "AdamW's decay is coupled": [(AdamW, "update", adamw_coupled)],
    "decoupled decay is coupled": [
        (DecoupledDecay, "update", CoupledDecay.__dict__["update"]),
    ],
    "coupled decay is a hundredfold": [(CoupledDecay, "update", coupled_hundredfold)],
    "AMSGrad without maximum": [(AMSGrad, "update", amsgrad_without_max)],
    "AdaMax forgets": [(AdaMax, "update", forgetting_adamax)],
    "AdaGrad forgets": [(AdaGrad, "update", forgetting_adagrad)],
    "AdaGrad does not divide": [(AdaGrad, "update", descent())],
    "RMSprop does not divide": [(RMSprop, "update", descent())],
    "gradient descent takes double steps": [(GradientDescent, "update", descent(factor=2.0))],
    "gradient descent takes half steps": [(GradientDescent, "update", descent(factor=0.5))],
    "gradient descent leaps": [(GradientDescent, "update", descent(factor=30.0))],
    "gradient descent ignores its rate": [(GradientDescent, "update", descent(rate=0.01))],
    "gradient descent drifts": [(GradientDescent, "update", descent(lambda g: g + 1e-3))],
    "gradient descent takes signs": [(GradientDescent, "update", SIGN)],
    "gradient descent has momentum": [
        (GradientDescent, "init", with_buffer),
        (GradientDescent, "update", heavy_ball),
    ],
    "heavy ball without momentum": [(HeavyBall, "update", descent())],
    "momentum is summed": [(Momentum, "update", summing)],
    "Nesterov does not look ahead": [(Nesterov, "update", as_heavy_ball)],
    "SignSGD without sign": [(SignSGD, "update", descent(factor=1000.0))],
    "Lion without sign": [(Lion, "update", lion_without_sign)],
    "RAdam is Adam": [(RAdam, "update", unrectified)],
    "matrix methods do gradient descent": [
        (cls, "update", descent()) for cls in (Muon, Shampoo, SOAP)
    ],
    "Schedule-Free does not average": [(ScheduleFreeSGD, "update", without_average)],
    "Prodigy does not grow": [(Prodigy, "update", without_growth)],
    "ClipByNorm does not clip": [(ClipByNorm, "update", without_clipping)],
    "train takes all samples": [(training, "_batches", whole_batches)],
    "the loss is a sum": [(SoftmaxRegression, "loss_and_grad", summed_loss)],
}


@contextmanager
def broken(name: str) -> Iterator[None]:
    """Break what a fault says, for the time of a with statement."""
    kept = [(owner, attribute, getattr(owner, attribute)) for owner, attribute, _ in FAULTS[name]]
    for owner, attribute, value in FAULTS[name]:
        setattr(owner, attribute, FOR_MAPPINGS.get(attribute, lambda same: same)(value))
    try:
        yield
    finally:
        for owner, attribute, value in kept:
            setattr(owner, attribute, value)
