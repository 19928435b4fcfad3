"""Transformations of the gradient: an average, and a fixed length."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State, zeros
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class GradientEMA(Wrapper):
    r"""Replaces the gradient by its exponential average before the optimizer sees it.

    This is ``optax.ema`` at the beginning of a chain. Around `GradientDescent` it is `Momentum`,
    with a bias correction that makes the first steps as long as the later ones. Around an adaptive
    method, the average also enters the second moment, in which Adam has the gradient itself.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    beta : float or array_like, default 0.9
        Decay rate of the average, at least 0 and less than 1.
    correction : float, default 1.0
        1 corrects the bias of the average towards 0, where it starts; 0 does not.

    Notes
    -----
    .. math::

        s_t       &= \beta s_{t-1} + (1 - \beta) g_t \\
        \bar{g}_t &= \frac{s_t}{1 - \phi \beta^t} \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    with :math:`s_0 = 0`.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, section
       3 (the bias correction). arXiv:1412.6980.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, GradientEMA
    >>> optimizer = GradientEMA(GradientDescent(lr=1.0), beta=0.5)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for g in (3.0, 0.0):
    ...     theta, state = optimizer.update(theta, np.array([g]), state)
    ...     print(theta)
    [-3.]
    [-4.]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"s_t", "smooth", "state", "exponential average of the gradients"),
        Symbol(r"\bar{g}_t", "smoothed", "step", "average, corrected"),
        Symbol(r"\phi", "correction", "hyperparameter", "1: bias is corrected, 0: not", "[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("Momentum",)
    paper: ClassVar[str] = "kingma2015"

    beta: Hyperparameter = 0.9
    correction: Hyperparameter = 1.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self._with(self.optimizer.init(theta), smooth=zeros(theta))

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, beta, correction = self._operands(theta, g, state)
        smooth, inside = self._parted(state, "smooth")
        smooth = beta * smooth + (1 - beta) * g
        smoothed = smooth / (1 - correction * beta**t)
        theta, inside = self.optimizer.update(theta, smoothed, inside, **extra)
        return theta, {**inside, "smooth": smooth}


@dataclass(frozen=True)
class NormalizedGradient(Wrapper):
    r"""Rescales the gradient to a fixed length, keeping its direction.

    The length of the step no longer depends on how steep the loss is, so gradient descent gets over
    plateaus and cliffs alike, but needs a learning rate that falls to settle. The norm is that of
    all arrays together.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    norm : float, default 1.0
        Length of the rescaled gradient, greater than 0.
    eps : float, default 1e-6
        Added to the norm, at least 0.

    Notes
    -----
    .. math::

        \bar{g}_t &= \frac{r}{\lVert g_t \rVert + \varepsilon} g_t
                     \text{ if } \lVert g_t \rVert + \varepsilon > 0, \text{ otherwise } g_t \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    References
    ----------
    .. [1] E. Hazan, K. Y. Levy and S. Shalev-Shwartz, "Beyond convexity: stochastic quasi-convex
       optimization", NeurIPS 2015, Algorithms 1 and 2. arXiv:1507.02030.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, NormalizedGradient
    >>> optimizer = NormalizedGradient(GradientDescent(lr=1.0), eps=0.0)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([30.0, 40.0]), optimizer.init(theta))[0]
    array([-0.6, -0.8])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "rescaled", "step", "gradient of a fixed length"),
        Symbol(r"r", "norm", "hyperparameter", "length of the rescaled gradient", "positive"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "hazan2015"
    scope: ClassVar[str] = "model"

    norm: Hyperparameter = 1.0
    eps: Hyperparameter = 1e-6

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, norm, eps = self._operands(theta, g, state)
        for name, value in (("norm", norm), ("eps", eps)):
            if not isinstance(value, float):
                raise ValueError(f"{name} must be one number, as a norm is, got {value!r}")
        length = arrays.norm(g) + eps
        rescaled = g * (norm / length) if length > 0 else g
        theta, state = self.optimizer.update(theta, rescaled, state, **extra)
        return theta, state
