"""Gradient descent with Polyak's step size."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, loss_of


@dataclass(frozen=True)
class PolyakSGD(Optimizer):
    r"""Gradient descent whose learning rate comes from the height of the loss.

    The step would reach the lower bound of the loss if the loss were linear: the rate is the gap to
    that bound over the squared norm of the gradient, up to a limit. Use it if the smallest loss is
    known, as 0 is for a model that can fit every example; with a bound that is too low the steps
    are too long.

    Parameters
    ----------
    lr : float or callable, default 1.0
        Upper bound of the learning rate, greater than 0, or a schedule.
    factor : float, default 1.0
        Factor of the squared norm, greater than 0. Less than 1 takes longer steps than Polyak's;
        the paper's theory asks for at least 1/2.
    lower_bound : float, default 0.0
        Smallest value that the loss can have.
    eps : float, default 0.0
        Added to the squared norm, at least 0.
    positive_part : float, default 0.0
        1 takes no step where the loss is below its bound, 0 takes a step uphill there.
    least : float, default 0.0
        No step is taken if the denominator is at most this; at least 0.

    Notes
    -----
    .. math::

        q_t      &= \max(f_t - f_{*}, 0) \text{ if } h_p > 0, \text{ otherwise } f_t - f_{*} \\
        n_t      &= c \lVert g_t \rVert^2 + \varepsilon \\
        \eta_t   &= \min\left(\eta, \frac{q_t}{n_t}\right) \text{ if } n_t > \epsilon,
                    \text{ otherwise } 0 \\
        \theta_t &= \theta_{t-1} - \eta_t g_t

    with the loss :math:`f_t` of step t at :math:`\theta_{t-1}`, and the norm of all parameters
    together. This is the stochastic step of the paper, which writes :math:`\gamma_b` for the bound;
    Polyak's own has neither a factor nor a bound.

    References
    ----------
    .. [1] N. Loizou, S. Vaswani, I. Laradji and S. Lacoste-Julien, "Stochastic Polyak step-size for
       SGD: an adaptive learning rate for fast convergence", AISTATS 2021, equation SPS_max.
       arXiv:2002.10542.
    .. [2] \B. T. Polyak, "Introduction to optimization", Optimization Software, 1987, section 5.3.

    Examples
    --------
    Half of the way to the minimum of a parabola, whatever its curvature:

    >>> import numpy as np
    >>> from adamdoc import PolyakSGD
    >>> optimizer = PolyakSGD(lr=10.0)
    >>> theta = np.array([8.0])
    >>> loss, g = 0.25 * theta[0] ** 2, 0.5 * theta
    >>> optimizer.update(theta, g, optimizer.init(theta), loss=loss)[0]
    array([4.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"f_t",
            "loss",
            "input",
            "loss at the parameters before step t, on its mini-batch",
            shape="number",
        ),
        Symbol(r"q_t", "gap", "step", "gap between the loss and its lower bound", shape="number"),
        Symbol(
            r"n_t",
            "length",
            "step",
            "squared norm of the gradient, with its factor",
            shape="number",
        ),
        Symbol(r"c", "factor", "hyperparameter", "factor of the squared norm", "positive"),
        Symbol(r"\eta_t", "rate", "step", "learning rate of this step", shape="number"),
        Symbol(r"f_{*}", "lower_bound", "hyperparameter", "lower bound of the loss", "finite"),
        Symbol(
            r"h_p",
            "positive_part",
            "hyperparameter",
            "1: no step below the bound, 0: one",
            "[0, 1]",
        ),
        Symbol(
            r"\epsilon",
            "least",
            "hyperparameter",
            "largest denominator that counts as zero",
            "nonnegative",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "loizou2021"
    scope: ClassVar[str] = "model"
    takes_loss: ClassVar[bool] = True

    lr: Hyperparameter = 1.0
    factor: Hyperparameter = 1.0
    lower_bound: Hyperparameter = 0.0
    eps: Hyperparameter = 0.0
    positive_part: Hyperparameter = 0.0
    least: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:  # noqa: ARG002
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0}

    def update(
        self, theta: Params, g: Params, state: State, loss: float | None = None
    ) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`).

        Parameters
        ----------
        theta : array_like or mapping of str to array_like
            The parameters.
        g : array_like or mapping of str to array_like
            The gradient at `theta`, of the same shape.
        state : dict
            The state returned by `init` or by the previous `update`.
        loss : float
            The loss at `theta`, on the mini-batch of the gradient.

        Returns
        -------
        theta : ndarray or dict of ndarray
            The new parameters.
        state : dict
            The new state.

        Raises
        ------
        TypeError
            If `loss` is not a number.
        """
        theta, g, t, *values = self._operands(theta, g, state)
        lr, factor, lower_bound, eps, positive_part, least = values
        loss = loss_of(loss)
        gap = max(loss - lower_bound, 0.0) if positive_part > 0 else loss - lower_bound
        length = factor * arrays.norm(g) ** 2 + eps
        rate = min(lr, gap / length) if length > least else 0.0
        theta = theta - rate * g
        return theta, {"t": t}
