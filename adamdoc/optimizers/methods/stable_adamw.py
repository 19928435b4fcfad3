"""StableAdamW."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.methods.adafactor import rms


@dataclass(frozen=True)
class StableAdamW(Optimizer):
    r"""AdamW that takes shorter steps where the second moment lags behind the gradient.

    If a gradient is much larger than its second moment knows, the root mean square of their ratio
    exceeds 1, and the learning rate of the array is divided by it. This is the clipping of
    `Adafactor`, and prevents loss spikes without clipping of gradients. Use it for large models
    with a large ``beta2``.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float or array_like, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float or array_like, default 0.99
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float or array_like, default 1e-08
        Added to the root of the second moment, greater than 0.
    weight_decay : float or array_like, default 0.01
        Weight decay coefficient, at least 0: a step shrinks the parameters by its own learning rate
        times this.

    Notes
    -----
    .. math::

        \mu_t    &= \beta_1 \frac{1 - \beta_1^{t-1}}{1 - \beta_1^t} \\
        \rho_t   &= \beta_2 \frac{1 - \beta_2^{t-1}}{1 - \beta_2^t} \\
        m_t      &= \mu_t m_{t-1} + (1 - \mu_t) g_t \\
        v_t      &= \rho_t v_{t-1} + (1 - \rho_t) g_t^2 \\
        r_t      &= \mathrm{rms}\left(\frac{g_t}{\sqrt{\max(v_t, \varepsilon^2)}}\right) \\
        \eta_t   &= \frac{\eta}{\max(1, r_t)} \\
        \theta_t &= \theta_{t-1} - \eta_t \left(\frac{m_t}{\sqrt{v_t} + \varepsilon}
                    + \lambda \theta_{t-1}\right)

    with :math:`m_0 = 0` and :math:`v_0 = 0`, and the root mean square of one array. The decay rates
    of a step do the work of Adam's bias correction. The paper writes v for the first moment and u
    for the second.

    References
    ----------
    .. [1] M. Wortsman and others, "Stable and low-precision training for large-scale
       vision-language models", NeurIPS 2023, Algorithm 2. arXiv:2304.13013.

    Examples
    --------
    A gradient that is suddenly a hundred times as large shortens the step, from 0.001 before, eight
    times as much as AdamW's:

    >>> import numpy as np
    >>> from adamdoc import AdamW, StableAdamW, walk
    >>> gradients = np.ones((101, 1))
    >>> gradients[-1] = 100.0
    >>> optimizers = [StableAdamW(weight_decay=0.0), AdamW(beta2=0.99, weight_decay=0.0)]
    >>> [round(float(abs(np.diff(walk(o, gradients), axis=0)[-1, 0])), 6) for o in optimizers]
    [0.000109, 0.000868]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\mu_t", "mu", "step", "decay rate of the first moment at this step"),
        Symbol(r"\rho_t", "decay", "step", "decay rate of the second moment at this step"),
        Symbol(
            r"r_t",
            "ratio",
            "step",
            "root mean square of the gradient over the root of its second moment",
            shape="number",
        ),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "small constant that keeps a denominator away from zero",
            "positive",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdamW", "Adafactor")
    paper: ClassVar[str] = "wortsman2023"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.99
    eps: Hyperparameter = 1e-8
    weight_decay: Hyperparameter = 0.01

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta), "v": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps, weight_decay = self._operands(theta, g, state)
        mu = beta1 * (1 - beta1 ** (t - 1)) / (1 - beta1**t)
        decay = beta2 * (1 - beta2 ** (t - 1)) / (1 - beta2**t)
        m = mu * state["m"] + (1 - mu) * g
        v = decay * state["v"] + (1 - decay) * g**2
        ratio = rms(g / np.sqrt(np.maximum(v, eps**2)))
        # A ratio that is nan stays nan, as the first argument of max.
        rate = lr / max(ratio, 1.0)
        theta = theta - rate * (m / (np.sqrt(v) + eps) + weight_decay * theta)
        return theta, {"t": t, "m": m, "v": v}
