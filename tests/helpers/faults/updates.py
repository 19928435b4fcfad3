"""Wrong updates, from which faults are made."""

import numpy as np

from adamdoc.models import SoftmaxRegression


def adam(
    step,
    *,
    beta2_is_beta1=False,
    forgets=False,
    averages=True,
    rate=None,
    factor=1.0,
    fixed_beta2=None,
):
    """Return an update like Adam's, whose direction is `step` of m_hat and v_hat."""

    def update(self, theta, g, state):
        theta, g, t, lr, beta1, beta2, eps, *_ = self._operands(theta, g, state)
        decay = 0.0 if forgets else beta1 if beta2_is_beta1 else beta2
        decay = decay if fixed_beta2 is None else fixed_beta2
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


def corrected_m_only(self, theta, g, state):
    theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v}


def one_size(self, theta, g, state):
    theta, g, t, lr, beta, eps = self._operands(theta, g, state)
    v = beta * state["v"] + (1 - beta) * (g**2).mean(axis=-1, keepdims=True)
    return theta - lr * g / (np.sqrt(v) + eps), {"t": t, "v": v}


def shrinking(self, theta, g, state):
    theta, _, t, lr, *_ = self._operands(theta, g, state)
    return (1 - lr) * theta, {**state, "t": t}


def corrected_with_beta1(self, theta, g, state):
    theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g**2
    step = m / (np.sqrt(v / (1 - beta1**t)) + eps) / (1 - beta1**t)
    return theta - lr * step, {"t": t, "m": m, "v": v}


def started_at_first(self, theta, g, state):
    theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
    m = g if t == 1 else beta1 * state["m"] + (1 - beta1) * g
    v = g**2 if t == 1 else beta2 * state["v"] + (1 - beta2) * g**2
    return theta - lr * m / (np.sqrt(v) + eps), {"t": t, "m": m, "v": v}


def averaging(self, theta, g, state):
    theta, g, t, lr, momentum = self._operands(theta, g, state)
    b = momentum * state["b"] + (1 - momentum) * g
    return theta - lr * b, {"t": t, "b": b}


def looking_ahead(self, theta, g, state):
    theta, g, t, lr, momentum = self._operands(theta, g, state)
    b = momentum * state["b"] + g
    return theta - lr * (g + momentum * b), {"t": t, "b": b}


def stopping(self, theta, g, state):
    theta, g, t, lr, momentum = self._operands(theta, g, state)
    b = momentum * state["b"] + g
    moved = theta - lr * b
    return np.where(theta * moved < 0, 0.0, moved), {"t": t, "b": b}


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
