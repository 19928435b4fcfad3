"""SM3."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class SM3(Optimizer):
    r"""AdaGrad with one accumulator for each row and each column, which saves memory.

    The sum of squares of an entry is bounded by the accumulators of its row and of its column; the
    smaller bound takes its place. For n rows and m columns that is n + m numbers instead of n m. An
    array with more axes has an accumulator for each slice along each axis, and a vector, whose
    slices are its entries, is treated as by `AdaGrad`. Unlike the second moment of `Adafactor`, the
    accumulators only grow. Use it for large embeddings, whose gradients are sparse.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.1
        Learning rate, greater than 0, or a schedule.
    beta : float or array_like, default 0.9
        Decay rate of the average of the steps, at least 0 and less than 1.
    eps_root : float or array_like, default 0.0
        Added to the bound under the root, at least 0. The paper has none, and takes 0 / 0 as 0.

    Notes
    -----
    For a matrix:

    .. math::

        \hat{v}_t &= \min(R_{t-1}, C_{t-1}) + g_t^2 \\
        R_t       &= \max_{\text{columns}}(\hat{v}_t) \\
        C_t       &= \max_{\text{rows}}(\hat{v}_t) \\
        \Delta_t  &= \frac{g_t}{\sqrt{\hat{v}_t + \delta}} \text{ if } \hat{v}_t > 0,
                     \text{ otherwise } 0 \\
        m_t       &= \beta m_{t-1} + (1 - \beta) \Delta_t \\
        \theta_t  &= \theta_{t-1} - \eta m_t

    with :math:`R_0 = 0`, :math:`C_0 = 0` and :math:`m_0 = 0`, where :math:`R_t` is a column with
    the largest bound of each row and :math:`C_t` a row with that of each column. This is SM3-II of
    the paper with the slices along each axis as its cover, and with the momentum of its
    experiments. For a vector or a number:

    .. math::

        v_t       &= v_{t-1} + g_t^2 \\
        \Delta_t  &= \frac{g_t}{\sqrt{v_t + \delta}} \text{ if } v_t > 0, \text{ otherwise } 0 \\
        m_t       &= \beta m_{t-1} + (1 - \beta) \Delta_t \\
        \theta_t  &= \theta_{t-1} - \eta m_t

    with :math:`v_0 = 0`.

    References
    ----------
    .. [1] R. Anil, V. Gupta, T. Koren and Y. Singer, "Memory-efficient adaptive optimization",
       NeurIPS 2019, algorithm SM3-II and section 4. arXiv:1901.11150.

    Examples
    --------
    The bound of the last entry is exact, because no other entry of its row or column is larger:

    >>> import numpy as np
    >>> from adamdoc import SM3
    >>> optimizer = SM3(lr=1.0, beta=0.0)
    >>> theta, g = np.zeros((2, 2)), np.array([[1.0, 2.0], [1.0, 3.0]])
    >>> state = optimizer.init(theta)
    >>> for _ in range(2):
    ...     theta, state = optimizer.update(theta, g, state)
    >>> state["s0"], state["s1"]
    (array([ 8., 18.]), array([ 2., 18.]))
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"R_t", "s0", "state", "largest bound in each row", rule="nonnegative", shape="rows"
        ),
        Symbol(
            r"C_t",
            "s1",
            "state",
            "largest bound in each column",
            rule="nonnegative",
            shape="columns",
        ),
        Symbol(r"\hat{v}_t", "v_hat", "step", "bound of the sum of the squared gradients"),
        Symbol(r"v_t", "v", "state", "sum of the squared gradients", rule="nonnegative"),
        Symbol(r"m_t", "m", "state", "exponential average of the steps"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("AdaGrad", "Adafactor")
    paper: ClassVar[str] = "anil2019"
    scope: ClassVar[str] = "array"

    lr: Hyperparameter = 0.1
    beta: Hyperparameter = 0.9
    eps_root: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        m = zeros(theta)
        if m.ndim < 2:
            return {"t": 0, "v": m, "m": m.copy()}
        slices = {f"s{axis}": np.zeros(n, m.dtype) for axis, n in enumerate(m.shape)}
        return {"t": 0, **slices, "m": m}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta, eps_root = self._operands(theta, g, state)
        after: State = {"t": t}
        if "v" in state:
            v = after["v"] = state["v"] + g**2
            bound = v
        else:
            axes = range(g.ndim)
            bounds = [along(state[f"s{axis}"], axis, g.ndim) for axis in axes]
            least = np.minimum.reduce(np.broadcast_arrays(*bounds))
            v_hat = least + g**2
            bound = v_hat
            for axis in axes:
                others = tuple(k for k in axes if k != axis)
                after[f"s{axis}"] = v_hat.max(axis=others, initial=0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            delta = np.where(bound > 0, g / np.sqrt(bound + eps_root), 0.0)
        m = after["m"] = beta * state["m"] + (1 - beta) * delta
        theta = theta - lr * m
        return theta, after


def along(slices: np.ndarray, axis: int, axes: int) -> np.ndarray:
    """Return one number for each slice along an axis, in an array with that many axes."""
    return slices.reshape([-1 if k == axis else 1 for k in range(axes)])
