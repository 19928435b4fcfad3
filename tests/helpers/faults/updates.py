"""Wrong updates, from which faults are made."""

import numpy as np

from adamdoc.models import SoftmaxRegression
from adamdoc.optimizers import Adam


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


def divided_by_square(m_hat, v_hat, eps):
    return m_hat / (v_hat + eps)


def divided_alike(m_hat, v_hat, eps):
    return m_hat / (np.sqrt(v_hat.mean()) + eps)


def signs(m_hat, _v_hat, _eps):
    return np.sign(m_hat)


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


def backwards(self, theta, g, state):
    theta, g, t, lr, momentum = self._operands(theta, g, state)
    name = next(key for key in state if key != "t")
    b = -momentum * state[name] + g
    return theta - lr * b, {"t": t, name: b}


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
