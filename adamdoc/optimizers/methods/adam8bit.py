"""Adam whose moments are kept in 8 bits."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros
from adamdoc.optimizers.quantizer import quantize


@dataclass(frozen=True)
class Adam8bit(Optimizer):
    r"""Adam that rounds its moments to 8 bits after each step.

    A large model's moments take twice the memory of its parameters. In 8 bits they take a quarter
    of that, and the steps are nearly those of `Adam`, because the rounding is relative to the size
    of each number, in blocks of 256. Use it if the state of the optimizer does not fit into memory.
    Here the rounded numbers are kept as floats, to show what the rounding does; nothing is saved.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps : float, default 1e-8
        Added to the root of the corrected second moment, at least 0. It also stands in for second
        moments that are rounded to 0: those below a few millionths of the largest in their block.

    See Also
    --------
    Adam : Without rounding.
    Adafactor : Saves memory by keeping sums of rows and columns only.

    Notes
    -----
    .. math::

        m_t       &= \beta_1 \bar{m}_{t-1} + (1 - \beta_1) g_t \\
        v_t       &= \beta_2 \bar{v}_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat{m}_t &= \frac{m_t}{1 - \beta_1^t} \\
        \hat{v}_t &= \frac{v_t}{1 - \beta_2^t} \\
        \theta_t  &= \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon} \\
        \bar{m}_t &= \mathrm{quantize}(m_t, 1) \\
        \bar{v}_t &= \mathrm{quantize}(v_t, 0)

    with :math:`\bar{m}_0 = 0` and :math:`\bar{v}_0 = 0`. The quantizer divides each block of 256
    numbers by its largest size, and takes the nearest of 256 values, with a sign or without; see
    ``adamdoc.optimizers.quantizer``. The paper has blocks of 2048; bitsandbytes now has 256, and
    keeps arrays of fewer than 4096 numbers in 32 bits. Its code for CPUs does not always take the
    nearest value of numbers far below the largest; in double precision it does.

    References
    ----------
    .. [1] T. Dettmers, M. Lewis, S. Shleifer and L. Zettlemoyer, "8-bit optimizers via block-wise
       quantization", ICLR 2022, section 2. arXiv:2110.02861.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Adam, Adam8bit
    >>> ends = []
    >>> for optimizer in (Adam(lr=0.1), Adam8bit(lr=0.1)):
    ...     theta = np.array([1.0, -2.0, 3.0])
    ...     state = optimizer.init(theta)
    ...     for _ in range(20):
    ...         theta, state = optimizer.update(theta, 2 * theta, state)
    ...     ends.append(theta)
    >>> 0 < np.abs(ends[0] - ends[1]).max() < 0.05
    np.True_
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"m_t", "m", "step", "first moment before it is rounded"),
        Symbol(r"v_t", "v", "step", "second moment before it is rounded", rule="nonnegative"),
        Symbol(r"\bar{m}_t", "m8", "state", "first moment in 8 bits"),
        Symbol(r"\bar{v}_t", "v8", "state", "second moment in 8 bits", rule="nonnegative"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "dettmers2022"
    functions: ClassVar[tuple[str, ...]] = ("quantize",)
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m8": zeros(theta), "v8": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m8"] + (1 - beta1) * g
        v = beta2 * state["v8"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        m8 = quantize(m, 1.0)
        v8 = quantize(v, 0.0)
        return theta, {"t": t, "m8": m8, "v8": v8}
