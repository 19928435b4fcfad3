"""Momentum in its three usual forms."""

from dataclasses import dataclass
from typing import ClassVar

from adamdoc.optimizers.base import Hyperparameter, Optimizer, Params, State, zeros


@dataclass(frozen=True)
class Momentum(Optimizer):
    r"""Momentum as an exponential average of the gradients.

    This is the first moment of Adam, without bias correction. Under a constant gradient the average
    tends to that gradient, so learning rates are comparable with those of `GradientDescent`. Only
    the first steps are shorter, by a factor that starts at :math:`1 - \beta`.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. A common first try; no paper gives a default.
    beta : float or array_like, default 0.9
        Decay rate of the average, at least 0 and less than 1. 0 gives `GradientDescent`.

    See Also
    --------
    HeavyBall : The classical form. ``Momentum(lr, beta)`` takes the same steps as
        ``HeavyBall(lr * (1 - beta), beta)`` if both are constant.

    Notes
    -----
    .. math::

        m_t      &= \beta m_{t-1} + (1 - \beta) g_t \\
        \theta_t &= \theta_{t-1} - \eta m_t

    with :math:`m_0 = 0`. Many texts write :math:`v_t` for :math:`m_t`; here :math:`v_t` is kept for
    the second moment.

    References
    ----------
    .. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
       Computational Mathematics and Mathematical Physics 4(5), 1964, pp. 1-17.
    .. [2] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
       Algorithm 1 (the averaged form, as Adam's first moment).

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Momentum
    >>> optimizer = Momentum(lr=0.1, beta=0.9)
    >>> theta = np.array([1.0, -2.0])
    >>> theta, state = optimizer.update(theta, 2 * theta, optimizer.init(theta))
    >>> theta
    array([ 0.98, -1.96])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "polyak1964"

    lr: Hyperparameter = 0.01
    beta: Hyperparameter = 0.9

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "m": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, beta = self._operands(theta, g, state)
        m = beta * state["m"] + (1 - beta) * g
        theta = theta - lr * m
        return theta, {"t": t, "m": m}


@dataclass(frozen=True)
class HeavyBall(Optimizer):
    r"""Classical momentum: Polyak's heavy ball method.

    The buffer is a decaying sum, not an average: under a constant gradient it grows to
    :math:`1 / (1 - \mu)` gradients, and so do the steps.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. A common first try; no paper gives a default.
    momentum : float or array_like, default 0.9
        Decay rate of the buffer, at least 0 and less than 1. 0 gives `GradientDescent`.

    See Also
    --------
    Momentum : The averaged form: ``HeavyBall(lr, momentum)`` takes the same steps as
        ``Momentum(lr / (1 - momentum), momentum)`` if both are constant.
    Nesterov : The variant that looks ahead.

    Notes
    -----
    .. math::

        b_t      &= \mu b_{t-1} + g_t \\
        \theta_t &= \theta_{t-1} - \eta b_t

    with :math:`b_0 = 0`. For a constant learning rate this is Polyak's
    :math:`\theta_t = \theta_{t-1} - \eta g_t + \mu (\theta_{t-1} - \theta_{t-2})`. Under a schedule
    the two differ: here the learning rate multiplies the whole buffer, past gradients included.

    References
    ----------
    .. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
       Computational Mathematics and Mathematical Physics 4(5), 1964, pp. 1-17.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import HeavyBall
    >>> optimizer = HeavyBall(lr=0.1, momentum=0.9)
    >>> theta, state = np.array([1.0]), optimizer.init(np.array([1.0]))
    >>> for _ in range(2):
    ...     theta, state = optimizer.update(theta, np.array([1.0]), state)
    >>> theta
    array([0.71])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "polyak1964"

    lr: Hyperparameter = 0.01
    momentum: Hyperparameter = 0.9

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, momentum = self._operands(theta, g, state)
        b = momentum * state["b"] + g
        theta = theta - lr * b
        return theta, {"t": t, "b": b}


@dataclass(frozen=True)
class Nesterov(Optimizer):
    r"""Nesterov's accelerated gradient: momentum that looks one step ahead.

    Parameters
    ----------
    lr : float, array_like or callable, default 0.01
        Learning rate, greater than 0, or a schedule. A common first try; no paper gives a default.
    momentum : float or array_like, default 0.9
        Decay rate of the buffer, at least 0 and less than 1. 0 gives `GradientDescent`.

    See Also
    --------
    HeavyBall : The same buffer, without looking ahead.

    Notes
    -----
    .. math::

        b_t      &= \mu b_{t-1} + g_t \\
        \theta_t &= \theta_{t-1} - \eta (g_t + \mu b_t)

    with :math:`b_0 = 0`. Nesterov takes the gradient at a point ahead,
    :math:`\phi_{t-1} - \eta \mu b_{t-1}`, of a sequence :math:`\phi_t = \phi_{t-1} - \eta b_t`
    [2]_. Here :math:`\theta` is that point, so that the gradient is taken at the parameters
    as with every other optimizer [3]_. With a constant learning rate the two sequences give the
    same gradients.

    References
    ----------
    .. [1] Y. Nesterov, "A method of solving a convex programming problem with convergence rate
       O(1/k^2)", Soviet Mathematics Doklady 27(2), 1983, pp. 372-376.
    .. [2] I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and
       momentum in deep learning", ICML 2013, equations 3 and 4.
    .. [3] Y. Bengio, N. Boulanger-Lewandowski and R. Pascanu, "Advances in optimizing recurrent
       networks", ICASSP 2013, section 3.5.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import Nesterov
    >>> optimizer = Nesterov(lr=0.1, momentum=0.9)
    >>> theta = np.array([1.0])
    >>> optimizer.update(theta, np.array([1.0]), optimizer.init(theta))[0]
    array([0.81])
    """

    builds_on: ClassVar[tuple[str, ...]] = ("HeavyBall",)
    paper: ClassVar[str] = "nesterov1983"

    lr: Hyperparameter = 0.01
    momentum: Hyperparameter = 0.9

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return {"t": 0, "b": zeros(theta)}

    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, lr, momentum = self._operands(theta, g, state)
        b = momentum * state["b"] + g
        theta = theta - lr * (g + momentum * b)
        return theta, {"t": t, "b": b}
