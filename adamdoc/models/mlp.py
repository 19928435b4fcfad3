"""Fully connected networks: a classifier and an autoencoder."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, cross_entropy, softmax

#: The activation functions, each with its derivative as a function of its value a.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
    "tanh": (np.tanh, lambda a: 1 - a**2),
}


def forward(params: Params, x: Array, activation: str) -> list[Array]:
    """Return the inputs of all fully connected layers, followed by the output of the last one."""
    phi, _ = ACTIVATIONS[activation]
    values = [x]
    layers = len(params) // 2
    for layer in range(1, layers + 1):
        z = values[-1] @ params[f"W{layer}"] + params[f"c{layer}"]
        values.append(phi(z) if layer < layers else z)
    return values


def backward(params: Params, values: list[Array], delta: Array, activation: str) -> Gradient:
    """Return the gradient, given the result of `forward` and the gradient of its last entry."""
    _, slope = ACTIVATIONS[activation]
    grad: Gradient = {}
    for layer in range(len(values) - 1, 0, -1):
        a = values[layer - 1]
        grad[f"W{layer}"], grad[f"c{layer}"] = a.T @ delta, delta.sum(axis=0)
        if layer > 1:
            delta = (delta @ params[f"W{layer}"].T) * slope(a)
    return {name: grad[name] for name in params}


@dataclass(frozen=True)
class MLP(Model):
    r"""A multilayer perceptron: a classifier with one or more hidden layers.

    Parameters
    ----------
    sizes : tuple of int
        Layer widths from input to output: ``(64, 32, 10)`` has one hidden layer of 32 units.
    activation : {"relu", "tanh"}, default "relu"
        Activation function of the hidden layers.

    Notes
    -----
    .. math::

        a_l = \phi(a_{l-1} W_l + c_l), \qquad z = a_{L-1} W_L + c_L

    with the softmax cross-entropy of `SoftmaxRegression` on :math:`z`. Parameters: ``W1``, ``c1``,
    ``W2``, ... Weights are initialized from a normal distribution with variance :math:`2 / d` for
    ReLU (K. He et al., ICCV 2015, equation 10) and :math:`1 / d` for tanh, where :math:`d` is the
    fan-in of the layer; biases are initialized at zero.

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
            raise ValueError(f"sizes must be a tuple of at least two integers, got {self.sizes!r}")
        sizes = tuple(checks.integer("sizes", size, minimum=1) for size in self.sizes)
        object.__setattr__(self, "sizes", sizes)
        checks.one_of("activation", self.activation, ACTIVATIONS)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of features and of classes (see `Model.dims`)."""
        return self.sizes[0], self.sizes[-1]

    def init(self, seed: int = 0) -> Params:
        """Return random weights and zero biases (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
        gain = 2 if self.activation == "relu" else 1
        params = {}
        for layer, (d, k) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), start=1):
            params[f"W{layer}"] = rng.normal(scale=np.sqrt(gain / d), size=(d, k))
            params[f"c{layer}"] = np.zeros(k)
        return params

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        values = forward(params, x, self.activation)
        loss, delta = cross_entropy(values[-1], y)
        return loss, backward(params, values, delta, self.activation)

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the class probabilities (see `Model.probabilities`)."""
        return softmax(forward(params, x, self.activation)[-1])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted classes (see `Model.predict`)."""
        return forward(params, x, self.activation)[-1].argmax(axis=1)


@dataclass(frozen=True)
class Autoencoder(Model):
    r"""An autoencoder: it compresses its input to a narrow layer and reconstructs it.

    Parameters
    ----------
    sizes : tuple of int
        Layer widths of the encoder, at least two: ``(64, 32, 8)``. The decoder mirrors them.
    activation : {"relu", "tanh"}, default "tanh"
        Activation function of all layers except the last.

    Notes
    -----
    .. math::

        \ell = \frac{1}{2 N} \sum_{i=1}^N \|z_i - x_i\|^2

    where :math:`z` is the output for :math:`x` of an `MLP` with these widths followed by their
    mirror image. The parameters and their initialization are those of that `MLP`. The targets ``y``
    are not used.

    Examples
    --------
    >>> from adamdoc.models import Autoencoder
    >>> list(Autoencoder((64, 8)).init())
    ['W1', 'c1', 'W2', 'c2']
    """

    sizes: tuple[int, ...]
    activation: str = "tanh"

    def __post_init__(self) -> None:
        """Check the arguments."""
        object.__setattr__(self, "sizes", MLP(self.sizes, self.activation).sizes)

    def dims(self) -> tuple[int, int | None]:
        """Return the number of features, and None (see `Model.dims`)."""
        return self.sizes[0], None

    def init(self, seed: int = 0) -> Params:
        """Return random weights and zero biases (see `Model.init`)."""
        return MLP((*self.sizes, *self.sizes[-2::-1]), self.activation).init(seed)

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:  # noqa: ARG002
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        values = forward(params, x, self.activation)
        error = values[-1] - x
        grad = backward(params, values, error / len(x), self.activation)
        return float((error**2).sum() / (2 * len(x))), grad

    def predict(self, params: Params, x: Array) -> Array:
        """Return the reconstructed inputs, shape (N, d)."""
        return forward(params, x, self.activation)[-1]

    def score(self, params: Params, x: Array, y: Array) -> float:  # noqa: ARG002
        """Return the share of the inputs' variance that the reconstruction explains."""
        error = ((self.predict(params, x) - x) ** 2).sum()
        return float(1 - error / ((x - x.mean(axis=0)) ** 2).sum())
