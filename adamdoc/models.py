"""Models from scratch, with analytic gradients.

A model is a frozen description; its parameters are a dict of arrays. Shapes: ``N`` samples, ``d``
features, ``K`` classes. All losses are means over the samples, so that a learning rate means the
same for every batch size.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array

Params = dict[str, Array]


@dataclass(frozen=True)
class Model(ABC):
    """Base of the models.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import LogisticRegression
    >>> model = LogisticRegression(features=2)
    >>> params = model.init(seed=0)
    >>> x, y = np.array([[1.0, 2.0], [-1.0, 0.5]]), np.array([1, 0])
    >>> round(model.loss(params, x, y), 4)
    0.6931
    """

    @abstractmethod
    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes; None for the classes of a regression."""

    @abstractmethod
    def init(self, seed: int = 0) -> Params:
        """Return the first parameters, drawn with `seed`."""

    @abstractmethod
    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Params]:
        """Return the mean loss over the samples and its gradient.

        Parameters
        ----------
        params : dict of ndarray
            The parameters.
        x : ndarray, shape (N, d)
            The inputs.
        y : ndarray, shape (N,)
            The targets: numbers for a regression, class numbers from 0 for a classifier.

        Returns
        -------
        loss : float
            The mean loss; natural logarithms.
        grad : dict of ndarray
            Its gradient, with the names and shapes of `params`.
        """

    @abstractmethod
    def predict(self, params: Params, x: Array) -> Array:
        """Return a prediction for each of the (N, d) inputs, shape (N,)."""

    def probabilities(self, params: Params, x: Array) -> Array:  # noqa: ARG002 - for classifiers
        """Return a classifier's probabilities of the classes, shape (N, K).

        Raises
        ------
        TypeError
            If the model is no classifier.
        """
        raise TypeError(f"model must be a classifier, got {self!r}")

    def loss(self, params: Params, x: Array, y: Array) -> float:
        """Return the mean loss over the samples (see `loss_and_grad`)."""
        return self.loss_and_grad(params, x, y)[0]

    def grad(self, params: Params, x: Array, y: Array) -> Params:
        """Return the gradient of the mean loss (see `loss_and_grad`)."""
        return self.loss_and_grad(params, x, y)[1]

    def score(self, params: Params, x: Array, y: Array) -> float:
        """Return the share of right predictions (for a regression: R squared)."""
        return float((self.predict(params, x) == y).mean())


@dataclass(frozen=True)
class LinearRegression(Model):
    r"""Linear regression with half the mean squared error.

    Parameters
    ----------
    features : int
        The number of features, at least 1.

    Notes
    -----
    .. math::

        \ell(w, c) = \frac{1}{2 N} \sum_{i=1}^N (x_i \cdot w + c - y_i)^2

    Parameters: ``w``, shape (d,), and ``c``, shape (). Both start at zero.

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
        checks.whole("features", self.features, least=1)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.features, None

    def init(self, seed: int = 0) -> Params:  # noqa: ARG002 - nothing is drawn
        """Return zeros (see `Model.init`)."""
        return {"w": np.zeros(self.features), "c": np.zeros(())}

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Params]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        residual = self.predict(params, x) - y
        grad = {"w": x.T @ residual / len(y), "c": np.asarray(residual.mean())}
        return float((residual**2).mean() / 2), grad

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted numbers (see `Model.predict`)."""
        return x @ params["w"] + params["c"]

    def score(self, params: Params, x: Array, y: Array) -> float:
        """Return R squared: 1 minus the squared error over the spread of the targets."""
        error = ((self.predict(params, x) - y) ** 2).sum()
        return float(1 - error / ((y - y.mean()) ** 2).sum())


@dataclass(frozen=True)
class LogisticRegression(Model):
    r"""Logistic regression for two classes.

    Parameters
    ----------
    features : int
        The number of features, at least 1.
    l2 : float, default 0
        Weight of the penalty on the squared weights, at least 0.

    Notes
    -----
    .. math::

        \ell(w, c) = \frac{1}{N} \sum_{i=1}^N \left(\log(1 + e^{z_i}) - y_i z_i\right)
            + \frac{\alpha}{2} \|w\|^2,
        \qquad z_i = x_i \cdot w + c

    with :math:`\alpha` for ``l2``. Parameters: ``w``, shape (d,), and ``c``, shape (). Both start
    at zero.

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
        checks.whole("features", self.features, least=1)
        checks.number("l2", self.l2, "nonnegative")

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.features, 2

    def init(self, seed: int = 0) -> Params:  # noqa: ARG002 - nothing is drawn
        """Return zeros (see `Model.init`)."""
        return {"w": np.zeros(self.features), "c": np.zeros(())}

    def _logits(self, params: Params, x: Array) -> Array:
        return x @ params["w"] + params["c"]

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Params]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        z, w = self._logits(params, x), params["w"]
        loss = (np.logaddexp(0, z) - y * z).mean() + self.l2 / 2 * (w**2).sum()
        # The hyperbolic tangent gives the logistic function without an overflow.
        residual = (1 + np.tanh(z / 2)) / 2 - y
        grad = {"w": x.T @ residual / len(y) + self.l2 * w, "c": np.asarray(residual.mean())}
        return float(loss), grad

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the probabilities of both classes (see `Model.probabilities`)."""
        one = (1 + np.tanh(self._logits(params, x) / 2)) / 2
        return np.stack([1 - one, one], axis=1)

    def predict(self, params: Params, x: Array) -> Array:
        """Return the class numbers (see `Model.predict`)."""
        return (self._logits(params, x) > 0).astype(int)


def _softmax(z: Array) -> Array:
    """Return the probabilities of logits, shape (N, K)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def _cross_entropy(z: Array, y: Array) -> tuple[float, Array]:
    """Return the mean cross-entropy of logits, shape (N, K), and its gradient by the logits."""
    rows = np.arange(len(y))
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    return float(-log_p[rows, y].mean()), delta / len(y)


@dataclass(frozen=True)
class SoftmaxRegression(Model):
    r"""Softmax (multinomial logistic) regression.

    Parameters
    ----------
    features : int
        The number of features, at least 1.
    classes : int
        The number of classes, at least 2.

    Notes
    -----
    .. math::

        \ell(W, c) = -\frac{1}{N} \sum_{i=1}^N \log
            \frac{e^{z_{i, y_i}}}{\sum_{k=1}^K e^{z_{i, k}}},
        \qquad z_i = x_i W + c

    Parameters: ``W``, shape (d, K), and ``c``, shape (K,). Both start at zero.

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
        checks.whole("features", self.features, least=1)
        checks.whole("classes", self.classes, least=2)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.features, self.classes

    def init(self, seed: int = 0) -> Params:  # noqa: ARG002 - nothing is drawn
        """Return zeros (see `Model.init`)."""
        return {"W": np.zeros((self.features, self.classes)), "c": np.zeros(self.classes)}

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Params]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        loss, delta = _cross_entropy(x @ params["W"] + params["c"], y)
        return loss, {"W": x.T @ delta, "c": delta.sum(axis=0)}

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the probabilities of the classes (see `Model.probabilities`)."""
        return _softmax(x @ params["W"] + params["c"])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the class numbers (see `Model.predict`)."""
        return (x @ params["W"] + params["c"]).argmax(axis=1)


#: Each activation, and its derivative written with the activation's value a.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
}


@dataclass(frozen=True)
class MLP(Model):
    r"""A multilayer perceptron: a classifier with one or more hidden layers.

    Parameters
    ----------
    sizes : tuple of int
        Widths from input to output, at least two: ``(64, 32, 10)`` has one hidden layer of 32.
    activation : {"relu", "tanh"}, default "relu"
        What each hidden layer applies.

    Notes
    -----
    .. math::

        a_l = \phi(a_{l-1} W_l + c_l), \qquad z = a_{L-1} W_L + c_L

    with the softmax cross-entropy of `SoftmaxRegression` on :math:`z`. Parameters: ``W1``, ``c1``,
    ``W2``, ... Weights start normal with variance :math:`2 / d` for ReLU (K. He et al., ICCV 2015,
    equation 10) and :math:`1 / d` for tanh, where :math:`d` is the width of the layer's input; the
    rest starts at zero.

    Examples
    --------
    >>> from adamdoc.models import MLP
    >>> {name: p.shape for name, p in MLP((64, 32, 10)).init().items()}
    {'W1': (64, 32), 'c1': (32,), 'W2': (32, 10), 'c2': (10,)}
    """

    sizes: tuple[int, ...]
    activation: str = "relu"

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not isinstance(self.sizes, (tuple, list)) or len(self.sizes) < 2:
            raise ValueError(f"sizes must be at least two whole numbers, got {self.sizes!r}")
        sizes = tuple(checks.whole("sizes", size, least=1) for size in self.sizes)
        object.__setattr__(self, "sizes", sizes)
        checks.one_of("activation", self.activation, ACTIVATIONS)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.sizes[0], self.sizes[-1]

    def init(self, seed: int = 0) -> Params:
        """Return random weights and zero offsets (see `Model.init`)."""
        rng = np.random.default_rng(checks.whole("seed", seed, least=0))
        gain = 2 if self.activation == "relu" else 1
        params = {}
        for layer, (d, k) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), start=1):
            params[f"W{layer}"] = rng.normal(scale=np.sqrt(gain / d), size=(d, k))
            params[f"c{layer}"] = np.zeros(k)
        return params

    def _forward(self, params: Params, x: Array) -> list[Array]:
        """Return the input of each layer and, last, the logits."""
        phi, _ = ACTIVATIONS[self.activation]
        values = [x]
        layers = len(self.sizes) - 1
        for layer in range(1, layers + 1):
            z = values[-1] @ params[f"W{layer}"] + params[f"c{layer}"]
            values.append(phi(z) if layer < layers else z)
        return values

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Params]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        *inputs, z = self._forward(params, x)
        _, slope = ACTIVATIONS[self.activation]
        loss, delta = _cross_entropy(z, y)
        grad: dict[str, Any] = {}
        for layer in range(len(inputs), 0, -1):
            a = inputs[layer - 1]
            grad[f"W{layer}"], grad[f"c{layer}"] = a.T @ delta, delta.sum(axis=0)
            if layer > 1:
                delta = (delta @ params[f"W{layer}"].T) * slope(a)
        return loss, {name: grad[name] for name in params}

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the probabilities of the classes (see `Model.probabilities`)."""
        return _softmax(self._forward(params, x)[-1])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the class numbers (see `Model.predict`)."""
        return self._forward(params, x)[-1].argmax(axis=1)
