"""Adam whose rows without a gradient rest."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zero_matrix


@dataclass(frozen=True)
class SparseAdam(Optimizer):
    r"""Adam for embeddings: a row without a gradient rests, and so do its moments.

    In a mini-batch only a few words occur, so most rows of an embedding have no gradient. Adam
    moves these rows too, by the rest of their first moment, and lets their moments decay. This
    lazy variant leaves them alone, which saves time. For each gradient a row takes one step, and
    once it has had thousands, that is as long as the step of a frequent row. It is a method of its
    own: tune the learning rate for it.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.001
        Learning rate, greater than 0, or a schedule.
    beta1 : float, default 0.9
        Decay rate of the first moment, at least 0 and less than 1.
    beta2 : float, default 0.999
        Decay rate of the second moment, at least 0 and less than 1.
    eps_hat : float, default 1e-8
        Added to the root of the uncorrected second moment, at least 0.

    See Also
    --------
    Adam : Moves every row in every step.

    Notes
    -----
    .. math::

        a_t      &= \operatorname{sum}_\text{columns}(\lvert g_t \rvert) \\
        m_t      &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \text{ if } a_t > 0,
                    \text{ otherwise } m_{t-1} \\
        v_t      &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^{\odot 2} \text{ if } a_t > 0,
                    \text{ otherwise } v_{t-1} \\
        \eta_t   &= \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \\
        \theta_t &= \theta_{t-1} - \eta_t \frac{m_t}{\sqrt{v_t} + \hat{\varepsilon}}
                    \text{ if } a_t > 0, \text{ otherwise } \theta_{t-1}

    with :math:`m_0 = 0` and :math:`v_0 = 0`, for a matrix whose rows are, for example, the vectors
    of words. A row with :math:`a_t = 0` has no gradient. The bias correction counts all steps, also
    those in which the row rests, as in PyTorch; so the first step of a row that appears late has
    the length :math:`\eta (1 - \beta_1) / \sqrt{1 - \beta_2}`, at the defaults 3.2 times the
    learning rate. In PyTorch a row that is listed with a gradient of zero does not rest.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
       Algorithm 1. arXiv:1412.6980. The lazy variant is that of ``torch.optim.SparseAdam``.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import SparseAdam
    >>> optimizer, theta = SparseAdam(lr=0.1), np.ones((2, 2))
    >>> state = optimizer.init(theta)
    >>> for row in (0, 1):
    ...     g = np.zeros((2, 2))
    ...     g[row] = 3.0
    ...     theta, state = optimizer.update(theta, g, state)
    >>> theta.round(3)
    array([[0.9  , 0.9  ],
           [0.926, 0.926]])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"a_t", "sizes", "step", "1-norm of the gradient of each row", shape="rows"),
        Symbol(r"\eta_t", "rate", "step", "learning rate, corrected for the bias", shape="number"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Adam",)
    paper: ClassVar[str] = "kingma2015"
    scope: ClassVar[str] = "array"
    matrix_only: ClassVar[bool] = True

    lr: Hyperparameter = 0.001
    beta1: Hyperparameter = 0.9
    beta2: Hyperparameter = 0.999
    eps_hat: Hyperparameter = 1e-8

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zero_matrix(theta), "v": zero_matrix(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta1, beta2, eps_hat = self._operands(theta, g, state)
        sizes = np.abs(g).sum(axis=1)
        active = sizes[:, None] > 0
        m = np.where(active, beta1 * state["m"] + (1 - beta1) * g, state["m"])
        v = np.where(active, beta2 * state["v"] + (1 - beta2) * g**2, state["v"])
        rate = lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
        with np.errstate(divide="ignore", invalid="ignore"):  # of rows that rest
            theta = np.where(active, theta - rate * (m / (np.sqrt(v) + eps_hat)), theta)
        return theta, {"t": t, "m": m, "v": v}
