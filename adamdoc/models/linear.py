"""Linear models: regression, logistic regression and softmax regression."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, cross_entropy, softmax


@dataclass(frozen=True)
class LinearRegression(Model):
    r"""Linear regression with half the mean squared error.

    Parameters
    ----------
    features : int
        Number of features, at least 1.

    Notes
    -----
    .. math::

        \ell(w, c) = \frac{1}{2 N} \sum_{i=1}^N (x_i \cdot w + c - y_i)^2

    Parameters: ``w``, shape (d,), and ``c``, shape (). Both are initialized at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import LinearRegression
    >>> model = LinearRegression(features=1)
    >>> model.grad(model.init(), np.array([[1.0], [2.0]]), np.array([2.0, 4.0]))
    {'w': array([-5.]), 'c': array(-3.)}
    """

    features: int

    def __post_init__(self) -> None:
        """Check the number of features."""
        checks.integer("features", self.features, minimum=1)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.features, None

    def init(self, seed: int = 0) -> Params:  # noqa: ARG002 - nothing is drawn
        """Return zeros (see `Model.init`)."""
        return {"w": np.zeros(self.features), "c": np.zeros(())}

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        residual = self.predict(params, x) - y
        grad = {"w": x.T @ residual / len(y), "c": np.asarray(residual.mean())}
        return float((residual**2).mean() / 2), grad

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted values (see `Model.predict`)."""
        return x @ params["w"] + params["c"]


@dataclass(frozen=True)
class LogisticRegression(Model):
    r"""Logistic regression for two classes.

    Parameters
    ----------
    features : int
        Number of features, at least 1.
    l2 : float, default 0
        Weight of the L2 penalty on ``w``, at least 0.

    Notes
    -----
    .. math::

        \ell(w, c) = \frac{1}{N} \sum_{i=1}^N \left(\log(1 + e^{z_i}) - y_i z_i\right)
            + \frac{\alpha}{2} \|w\|^2,
        \qquad z_i = x_i \cdot w + c

    with :math:`\alpha` for ``l2``. Parameters: ``w``, shape (d,), and ``c``, shape (). Both
    are initialized at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import LogisticRegression
    >>> model = LogisticRegression(features=1)
    >>> model.grad(model.init(), np.array([[1.0], [3.0]]), np.array([0, 1]))
    {'w': array([-0.5]), 'c': array(0.)}
    """

    features: int
    l2: float = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        checks.integer("features", self.features, minimum=1)
        checks.number("l2", self.l2, "nonnegative")

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.features, 2

    def init(self, seed: int = 0) -> Params:  # noqa: ARG002 - nothing is drawn
        """Return zeros (see `Model.init`)."""
        return {"w": np.zeros(self.features), "c": np.zeros(())}

    def _logits(self, params: Params, x: Array) -> Array:
        return x @ params["w"] + params["c"]

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        z, w = self._logits(params, x), params["w"]
        loss = (np.logaddexp(0, z) - y * z).mean() + self.l2 / 2 * (w**2).sum()
        # The logistic function by tanh, which does not overflow.
        residual = (1 + np.tanh(z / 2)) / 2 - y
        grad = {"w": x.T @ residual / len(y) + self.l2 * w, "c": np.asarray(residual.mean())}
        return float(loss), grad

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the class probabilities (see `Model.probabilities`)."""
        one = (1 + np.tanh(self._logits(params, x) / 2)) / 2
        return np.stack([1 - one, one], axis=1)

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted classes (see `Model.predict`)."""
        return (self._logits(params, x) > 0).astype(int)


@dataclass(frozen=True)
class SoftmaxRegression(Model):
    r"""Softmax (multinomial logistic) regression.

    Parameters
    ----------
    features : int
        Number of features, at least 1.
    classes : int
        Number of classes, at least 2.

    Notes
    -----
    .. math::

        \ell(W, c) = -\frac{1}{N} \sum_{i=1}^N \log
            \frac{e^{z_{i, y_i}}}{\sum_{k=1}^K e^{z_{i, k}}},
        \qquad z_i = x_i W + c

    Parameters: ``W``, shape (d, K), and ``c``, shape (K,). Both are initialized at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import SoftmaxRegression
    >>> model = SoftmaxRegression(features=1, classes=2)
    >>> model.grad(model.init(), np.array([[1.0]]), np.array([1]))
    {'W': array([[ 0.5, -0.5]]), 'c': array([ 0.5, -0.5])}
    """

    features: int
    classes: int

    def __post_init__(self) -> None:
        """Check the arguments."""
        checks.integer("features", self.features, minimum=1)
        checks.integer("classes", self.classes, minimum=2)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.features, self.classes

    def init(self, seed: int = 0) -> Params:  # noqa: ARG002 - nothing is drawn
        """Return zeros (see `Model.init`)."""
        return {"W": np.zeros((self.features, self.classes)), "c": np.zeros(self.classes)}

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        loss, delta = cross_entropy(x @ params["W"] + params["c"], y)
        return loss, {"W": x.T @ delta, "c": delta.sum(axis=0)}

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the class probabilities (see `Model.probabilities`)."""
        return softmax(x @ params["W"] + params["c"])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted classes (see `Model.predict`)."""
        return (x @ params["W"] + params["c"]).argmax(axis=1)
