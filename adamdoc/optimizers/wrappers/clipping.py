"""Gradient clipping: by value, by the norm of all arrays, of each array, or of each unit."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.checks import Array
from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class ClipByValue(Wrapper):
    r"""Clips each coordinate of the gradient to a range.

    Use it against outliers in a few coordinates. It changes the direction of the gradient, which
    `ClipByNorm` does not.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    clip : float or array_like, default 1.0
        Upper bound of the absolute value of a coordinate, greater than 0.

    Notes
    -----
    .. math::

        \bar{g}_t &= \max(-c, \min(c, g_t)) \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    References
    ----------
    .. [1] T. Mikolov, "Statistical language models based on neural networks", PhD thesis, Brno
       University of Technology, 2012, section 3.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ClipByValue, GradientDescent
    >>> optimizer = ClipByValue(GradientDescent(lr=1.0), clip=1.0)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([3.0, -0.5]), optimizer.init(theta))[0]
    array([-1. ,  0.5])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "clipped", "step", "clipped gradient"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "mikolov2012"

    clip: Hyperparameter = 1.0

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, clip = self._operands(theta, g, state)
        clipped = np.maximum(-clip, np.minimum(clip, g))
        theta, state = self.optimizer.update(theta, clipped, state, **extra)
        return theta, state


@dataclass(frozen=True)
class ClipByNorm(Wrapper):
    r"""Rescales a gradient whose norm exceeds a limit, keeping its direction.

    Use it where the loss has cliffs, as in recurrent networks. The norm is that of the whole
    gradient: for a model, of all its arrays together, as in PyTorch's ``clip_grad_norm_`` and
    Keras's ``global_clipnorm``. `ClipEachByNorm` clips each array by its own norm.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    max_norm : float, default 1.0
        Upper bound of the Euclidean norm, greater than 0.
    eps : float, default 0.0
        Added to the norm, at least 0. The paper has none; PyTorch adds 1e-6.

    Notes
    -----
    .. math::

        \bar{g}_t &= \frac{\bar{c}}{\lVert g_t \rVert + \varepsilon} g_t
                     \text{ if } \lVert g_t \rVert + \varepsilon > \bar{c},
                     \text{ otherwise } g_t \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013, Algorithm 1. arXiv:1211.5063.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ClipByNorm, GradientDescent
    >>> optimizer = ClipByNorm(GradientDescent(lr=1.0), max_norm=1.0)
    >>> theta = np.zeros(2)
    >>> optimizer.update(theta, np.array([3.0, 4.0]), optimizer.init(theta))[0]
    array([-0.6, -0.8])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "clipped", "step", "clipped gradient"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("ClipByValue",)
    paper: ClassVar[str] = "pascanu2013"
    scope: ClassVar[str] = "model"

    max_norm: Hyperparameter = 1.0
    eps: Hyperparameter = 0.0

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, max_norm, eps = self._operands(theta, g, state)
        clipped = _clipped(g, max_norm, eps)
        theta, state = self.optimizer.update(theta, clipped, state, **extra)
        return theta, state


@dataclass(frozen=True)
class ClipEachByNorm(Wrapper):
    r"""Rescales each array of a gradient whose own norm exceeds a limit.

    This is Keras's ``clipnorm``. An array with a large gradient does not shrink the steps of the
    others, but the direction of the whole gradient changes, which `ClipByNorm` keeps. For a single
    array both are the same.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    max_norm : float, default 1.0
        Upper bound of the Euclidean norm of an array, greater than 0.
    eps : float, default 0.0
        Added to the norm, at least 0.

    Notes
    -----
    For each array :math:`i` of the parameters:

    .. math::

        \bar{g}_t^{(i)} &= \frac{\bar{c}}{\lVert g_t^{(i)} \rVert + \varepsilon} g_t^{(i)}
                           \text{ if } \lVert g_t^{(i)} \rVert + \varepsilon > \bar{c},
                           \text{ otherwise } g_t^{(i)} \\
        \theta_t^{(i)}  &= \mathrm{step}(\theta_{t-1}^{(i)}, \bar{g}_t^{(i)})

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training recurrent neural
       networks", ICML 2013, Algorithm 1 (there for the whole gradient). arXiv:1211.5063.

    Examples
    --------
    >>> from adamdoc import ClipEachByNorm, GradientDescent
    >>> optimizer = ClipEachByNorm(GradientDescent(lr=1.0), max_norm=1.0)
    >>> theta = {"w": [0.0, 0.0], "c": [0.0]}
    >>> optimizer.update(theta, {"w": [3.0, 4.0], "c": [0.5]}, optimizer.init(theta))[0]
    {'w': array([-0.6, -0.8]), 'c': array([-0.5])}
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "clipped", "step", "clipped gradient"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("ClipByNorm",)
    paper: ClassVar[str] = "pascanu2013"
    scope: ClassVar[str] = "array"

    max_norm: Hyperparameter = 1.0
    eps: Hyperparameter = 0.0

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, max_norm, eps = self._operands(theta, g, state)
        clipped = arrays.each(_clipped, g, max_norm, eps)
        theta, state = self.optimizer.update(theta, clipped, state, **extra)
        return theta, state


def _clipped(g: Params, max_norm: float, eps: float) -> Any:
    """Return an array, or all arrays together, rescaled if the norm exceeds a limit."""
    for name, value in (("max_norm", max_norm), ("eps", eps)):
        if not isinstance(value, float):
            raise ValueError(f"{name} must be one number, as a norm is, got {value!r}")
    norm = arrays.norm(g) + eps
    return g * (max_norm / norm) if norm > max_norm else g


@dataclass(frozen=True)
class ClipByRMS(Wrapper):
    r"""Rescales each array of a gradient whose root mean square exceeds a limit.

    Unlike the norm, the root mean square does not grow with the size of the array, so that one
    limit fits all. `Adafactor` clips its steps in this way.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    clip : float, default 1.0
        Upper bound of the root mean square of an array, greater than 0.

    Notes
    -----
    For each array :math:`i` of the parameters:

    .. math::

        \bar{g}_t^{(i)} &= \frac{g_t^{(i)}}{\max(1, \mathrm{rms}(g_t^{(i)}) / c)} \\
        \theta_t^{(i)}  &= \mathrm{step}(\theta_{t-1}^{(i)}, \bar{g}_t^{(i)})

    References
    ----------
    .. [1] N. Shazeer and M. Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
       ICML 2018, section 6 (there for the step). arXiv:1804.04235.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import ClipByRMS, GradientDescent
    >>> optimizer = ClipByRMS(GradientDescent(lr=1.0), clip=1.0)
    >>> theta = np.zeros(4)
    >>> optimizer.update(theta, np.array([4.0, 4.0, 4.0, 4.0]), optimizer.init(theta))[0]
    array([-1., -1., -1., -1.])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{g}_t", "clipped", "step", "clipped gradient"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("ClipByNorm",)
    paper: ClassVar[str] = "shazeer2018"
    scope: ClassVar[str] = "array"

    clip: Hyperparameter = 1.0

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, clip = self._operands(theta, g, state)
        clipped = arrays.each(_within_rms, g, clip)
        theta, state = self.optimizer.update(theta, clipped, state, **extra)
        return theta, state


def _within_rms(g: Any, clip: float) -> Any:
    """Return an array, rescaled if its root mean square exceeds a limit."""
    if not isinstance(clip, float):
        raise ValueError(f"clip must be one number, as a root mean square is, got {clip!r}")
    return g / max(1.0, (arrays.norm(g) / max(g.size, 1) ** 0.5) / clip)


@dataclass(frozen=True)
class AGC(Wrapper):
    r"""Rescales the gradient of each unit whose norm is large beside that of its weights.

    Adaptive gradient clipping: a step should not change the weights of a unit by more than a share
    of their size, so the bound of the gradient grows with the weights, and one number fits layers
    of all sizes. It made large networks without batch normalization trainable. Keep it off the last
    layer, with `Groups`.

    A unit is a column of a matrix, as in Keras and Flax; in PyTorch it is a row: transpose. A
    vector, such as the biases of a layer, is treated as one unit. Of an array with more axes, each
    matrix of the last two is treated by itself: reshape the kernels of a convolution to a matrix
    with a filter in each column.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    clip : float, default 0.01
        Upper bound of the norm of a gradient over that of the weights, greater than 0. The larger
        the batch, the smaller it should be. The paper calls it lambda.
    least : float, default 0.001
        Lower bound of the norm of the weights, greater than 0, without which weights that start at
        0 would never move. The paper calls it epsilon.

    See Also
    --------
    ClipByNorm : One bound for the whole gradient, whatever the weights are.
    LARS : Makes the step of each array proportional to its weights.

    Notes
    -----
    For a matrix:

    .. math::

        n_t       &= \sqrt{\mathrm{sum}_{\text{rows}}(g_t^2)} \\
        r_t       &= c \max\left(\epsilon,
                     \sqrt{\mathrm{sum}_{\text{rows}}(\theta_{t-1}^2)}\right) \\
        \bar{g}_t &= \frac{g_t}{\max(1, n_t / r_t)} \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    where :math:`n_t` and :math:`r_t` are rows with an entry for each column. For a vector or a
    number:

    .. math::

        n_t       &= \lVert g_t \rVert \\
        r_t       &= c \max(\epsilon, \lVert \theta_{t-1} \rVert) \\
        \bar{g}_t &= \frac{g_t}{\max(1, n_t / r_t)} \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    References
    ----------
    .. [1] A. Brock, S. De, S. L. Smith and K. Simonyan, "High-performance large-scale image
       recognition without normalization", ICML 2021, equation 3. arXiv:2102.06171.

    Examples
    --------
    The unit with large weights keeps its gradient, the other's is clipped to a tenth of its norm:

    >>> import numpy as np
    >>> from adamdoc import AGC, GradientDescent
    >>> optimizer = AGC(GradientDescent(lr=1.0), clip=0.1)
    >>> theta, g = np.array([[30.0, 3.0], [40.0, 4.0]]), np.array([[3.0, 3.0], [4.0, 4.0]])
    >>> theta - optimizer.update(theta, g, optimizer.init(theta))[0]
    array([[3. , 0.3],
           [4. , 0.4]])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"n_t", "length", "step", "norm of the gradient of each unit"),
        Symbol(r"r_t", "bound", "step", "upper bound of that norm"),
        Symbol(r"\bar{g}_t", "clipped", "step", "clipped gradient"),
        Symbol(
            r"\epsilon",
            "least",
            "hyperparameter",
            "lower bound of the norm of the weights",
            "positive",
            negligible=True,
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("ClipByNorm", "LARS")
    paper: ClassVar[str] = "brock2021"
    scope: ClassVar[str] = "array"

    clip: Hyperparameter = 0.01
    least: Hyperparameter = 1e-3

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, clip, least = self._operands(theta, g, state)
        length = arrays.each(_unit_norms, g)
        bound = clip * np.maximum(least, arrays.each(_unit_norms, theta))
        clipped = g / np.maximum(1, length / bound)
        theta, state = self.optimizer.update(theta, clipped, state, **extra)
        return theta, state


def _unit_norms(array: Array) -> Any:
    """Return the norm of each column of a matrix, or that of a vector."""
    if array.ndim < 2:
        return array.dtype.type(arrays.norm(array))
    return np.sqrt(np.sum(array**2, axis=-2, keepdims=True))
