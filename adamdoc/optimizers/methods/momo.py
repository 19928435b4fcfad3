"""MoMo and MoMo-Adam: momentum with a learning rate from a model of the loss."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.arrays import total
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, loss_of, zeros

_SYMBOLS = (
    Symbol(
        r"f_t",
        "loss",
        "input",
        "loss at the parameters before step t, on its mini-batch",
        shape="number",
    ),
    Symbol(r"\bar{f}_t", "loss_mean", "state", "average of the losses", shape="number"),
    Symbol(
        r"\gamma_t",
        "inner_mean",
        "state",
        "average of the inner products of gradients and parameters",
        shape="number",
    ),
    Symbol(r"c_t", "decayed", "step", "1 plus learning rate times weight decay", shape="number"),
    Symbol(r"p_t", "product", "step", "inner product of momentum and parameters", shape="number"),
    Symbol(r"n_t", "length", "step", "squared norm of the momentum", shape="number"),
    Symbol(
        r"q_t", "gap", "step", "gap between the model of the loss and its bound", shape="number"
    ),
    Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
    Symbol(r"f_{*}", "lower_bound", "hyperparameter", "lower bound of the loss", "finite"),
    Symbol(
        r"\epsilon",
        "least",
        "hyperparameter",
        "largest squared norm that counts as zero",
        "nonnegative",
        negligible=True,
    ),
)


@dataclass(frozen=True)
class MoMo(Optimizer):
    r"""Momentum whose learning rate comes from a model of the loss.

    The losses and gradients of the last steps give a linear model of the loss; a step goes no
    further than to where the model reaches the lower bound of the loss. So ``lr`` is only an upper
    limit, and may be large. It is `PolyakSGD` with momentum. Use it if a lower bound of the loss is
    known, as 0 for cross-entropy, and the learning rate is hard to tune.

    Parameters
    ----------
    lr : float or callable, default 1.0
        Upper bound of the learning rate, greater than 0, or a schedule.
    beta : float, default 0.9
        Decay rate of the momentum and of the averages, at least 0 and less than 1.
    lower_bound : float, default 0.0
        Smallest value that the loss can have.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0. It divides by 1 plus its product with ``lr``, as a
        proximal step does.
    least : float, default 0.0
        No step is taken if the squared norm of the momentum is at most this; at least 0.

    Notes
    -----
    .. math::

        \bar{f}_t &= f_t \text{ if } t = 1,
                     \text{ otherwise } \beta \bar{f}_{t-1} + (1 - \beta) f_t \\
        m_t       &= g_t \text{ if } t = 1,
                     \text{ otherwise } \beta m_{t-1} + (1 - \beta) g_t \\
        \gamma_t  &= \langle g_t, \theta_{t-1} \rangle \text{ if } t = 1,
                     \text{ otherwise } \beta \gamma_{t-1}
                     + (1 - \beta) \langle g_t, \theta_{t-1} \rangle \\
        n_t       &= \lVert m_t \rVert^2 \\
        p_t       &= \langle m_t, \theta_{t-1} \rangle \\
        c_t       &= 1 + \eta \lambda \\
        q_t       &= \max(c_t (\bar{f}_t - f_{*} - \gamma_t) + p_t, 0) \\
        \eta_t    &= \min\left(\eta, \frac{q_t}{n_t}\right) \text{ if } n_t > \epsilon,
                     \text{ otherwise } 0 \\
        \theta_t  &= \frac{\theta_{t-1}}{c_t} - \eta_t m_t

    with the loss :math:`f_t` of step t at :math:`\theta_{t-1}` and all states 0 at the start. The
    inner products and the norm are those of all parameters together. The paper writes d for the
    momentum. It can also estimate the lower bound, which this class does not.

    References
    ----------
    .. [1] F. Schaipp, R. Ohana, M. Eickenberg, A. Defazio and R. M. Gower, "MoMo: momentum models
       for adaptive learning rates", ICML 2024, Algorithm 1. arXiv:2305.07583.

    Examples
    --------
    The first step is Polyak's: half of the way to the minimum of a parabola.

    >>> import numpy as np
    >>> from adamdoc import MoMo
    >>> optimizer = MoMo(lr=10.0)
    >>> theta = np.array([8.0])
    >>> loss, g = 0.25 * theta[0] ** 2, 0.5 * theta
    >>> optimizer.update(theta, g, optimizer.init(theta), loss=loss)[0]
    array([4.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = _SYMBOLS
    builds_on: ClassVar[tuple[str, ...]] = ("PolyakSGD", "Momentum")
    paper: ClassVar[str] = "schaipp2024"
    scope: ClassVar[str] = "model"
    takes_loss: ClassVar[bool] = True

    lr: Hyperparameter = 1.0
    beta: Hyperparameter = 0.9
    lower_bound: Hyperparameter = 0.0
    weight_decay: Hyperparameter = 0.0
    least: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        m = zeros(theta)
        number = arrays.scalar_type(m)
        return {
            "t": 0,
            "m": m,
            "loss_mean": number(0),
            "inner_mean": number(0),
        }

    def update(
        self, theta: Params, g: Params, state: State, loss: float | None = None
    ) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `PolyakSGD.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta, lower_bound, weight_decay, least = values
        number, loss = arrays.scalar_type(theta), loss_of(loss)
        decay = beta if t > 1 else 0.0
        loss_mean = decay * float(state["loss_mean"]) + (1 - decay) * loss
        m = decay * state["m"] + (1 - decay) * g
        inner_mean = decay * float(state["inner_mean"]) + (1 - decay) * total(g * theta)
        length = arrays.norm(m) ** 2
        product = total(m * theta)
        decayed = 1 + lr * weight_decay
        gap = max(decayed * (loss_mean - lower_bound - inner_mean) + product, 0.0)
        rate = min(lr, gap / length) if length > least else 0.0
        theta = theta / decayed - rate * m
        means = {"loss_mean": number(loss_mean), "inner_mean": number(inner_mean)}
        return theta, {"t": t, "m": m, **means}


@dataclass(frozen=True)
class MoMoAdam(Optimizer):
    r"""Adam whose learning rate comes from a model of the loss.

    As `MoMo`, with the norm in which Adam steps: ``lr`` is an upper limit, which the gap between
    the model of the loss and its lower bound can undercut. Use it if a lower bound of the loss is
    known and the best learning rate of Adam is not.

    Parameters
    ----------
    lr : float or callable, default 0.01
        Upper bound of the learning rate, greater than 0, or a schedule.
    beta1 : float, default 0.9
        Decay rate of the first moment and of the averages, at least 0 and less than 1.
    beta2 : float, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float, default 1e-08
        Added to the root of the second moment, greater than 0.
    lower_bound : float, default 0.0
        Smallest value that the loss can have.
    weight_decay : float, default 0.0
        Weight decay coefficient, at least 0. It divides by 1 plus its product with ``lr``, as a
        proximal step does.
    least : float, default 0.0
        No step is taken if the squared norm of the momentum is at most this; at least 0.

    Notes
    -----
    .. math::

        \bar{f}_t &= \beta_1 \bar{f}_{t-1} + (1 - \beta_1) f_t \\
        m_t       &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        D_t       &= \varepsilon + \sqrt{\frac{v_t}{1 - \beta_2^t}} \\
        \gamma_t  &= \beta_1 \gamma_{t-1}
                     + (1 - \beta_1) \langle g_t, \theta_{t-1} \rangle \\
        n_t       &= \left\langle m_t, \frac{m_t}{D_t} \right\rangle \\
        p_t       &= \langle m_t, \theta_{t-1} \rangle \\
        c_t       &= 1 + \eta \lambda \\
        a_t       &= 1 - \beta_1^t \\
        q_t       &= \max(c_t (\bar{f}_t - a_t f_{*} - \gamma_t) + p_t, 0) \\
        \eta_t    &= \min\left(\frac{\eta}{a_t}, \frac{q_t}{n_t}\right)
                     \text{ if } n_t > \epsilon, \text{ otherwise } 0 \\
        \theta_t  &= \frac{\theta_{t-1}}{c_t} - \eta_t \frac{m_t}{D_t}

    with the loss :math:`f_t` of step t at :math:`\theta_{t-1}` and all states 0 at the start. The
    inner products are those of all parameters together. The paper writes d for the first moment. It
    can also estimate the lower bound, which this class does not.

    References
    ----------
    .. [1] F. Schaipp, R. Ohana, M. Eickenberg, A. Defazio and R. M. Gower, "MoMo: momentum models
       for adaptive learning rates", ICML 2024, Algorithm 2. arXiv:2305.07583.

    Examples
    --------
    A learning rate a hundred times too large does no harm where the lower bound is right:

    >>> import numpy as np
    >>> from adamdoc import MoMoAdam, Ravine, minimize
    >>> run = minimize(Ravine(), MoMoAdam(lr=100.0), steps=100)
    >>> bool(run.losses.max() == run.losses[0] and run.losses[-1] < 0.01)
    True
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        *(symbol for symbol in _SYMBOLS if symbol.name != "length"),
        Symbol(r"D_t", "scale", "step", "preconditioner: root of the corrected second moment"),
        Symbol(r"n_t", "length", "step", "squared norm of the momentum, rescaled", shape="number"),
        Symbol(r"a_t", "correction1", "step", "bias correction of the averages", shape="number"),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "small constant that keeps a denominator away from zero",
            "positive",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("MoMo", "AdamW")
    paper: ClassVar[str] = "schaipp2024"
    scope: ClassVar[str] = "model"
    takes_loss: ClassVar[bool] = True

    lr: Hyperparameter = 0.01
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8
    lower_bound: Hyperparameter = 0.0
    weight_decay: Hyperparameter = 0.0
    least: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        m = zeros(theta)
        number = arrays.scalar_type(m)
        return {
            "t": 0,
            "m": m,
            "v": zeros(theta),
            "loss_mean": number(0),
            "inner_mean": number(0),
        }

    def update(
        self, theta: Params, g: Params, state: State, loss: float | None = None
    ) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `PolyakSGD.update`)."""
        theta, g, t, *values = self._operands(theta, g, state)
        lr, beta1, beta2, eps, lower_bound, weight_decay, least = values
        number, loss = arrays.scalar_type(theta), loss_of(loss)
        loss_mean = beta1 * float(state["loss_mean"]) + (1 - beta1) * loss
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        scale = eps + np.sqrt(v / (1 - beta2**t))
        inner_mean = beta1 * float(state["inner_mean"]) + (1 - beta1) * total(g * theta)
        length = total(m * (m / scale))
        product = total(m * theta)
        decayed = 1 + lr * weight_decay
        correction1 = 1 - beta1**t
        gap = max(decayed * (loss_mean - correction1 * lower_bound - inner_mean) + product, 0.0)
        rate = min(lr / correction1, gap / length) if length > least else 0.0
        theta = theta / decayed - rate * (m / scale)
        means = {"loss_mean": number(loss_mean), "inner_mean": number(inner_mean)}
        return theta, {"t": t, "m": m, "v": v, **means}
