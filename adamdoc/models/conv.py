"""A small convolutional network."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, cross_entropy, softmax


def convolve(x: Array, kernel: Array) -> Array:
    """Return the convolution of (N, h, w, C) images with a kernel, without padding."""
    k = len(kernel)
    h, w = x.shape[1] - k + 1, x.shape[2] - k + 1
    parts = [x[:, i : i + h, j : j + w] @ kernel[i, j] for i in range(k) for j in range(k)]
    return np.asarray(sum(parts[1:], parts[0]))


def unconvolve(x: Array, kernel: Array, delta: Array) -> tuple[Array, Array]:
    """Return the gradients of `convolve` with respect to the images and the kernel."""
    k = len(kernel)
    h, w = delta.shape[1:3]
    d_x, d_kernel = np.zeros_like(x), np.zeros_like(kernel)
    for i in range(k):
        for j in range(k):
            window = x[:, i : i + h, j : j + w]
            d_x[:, i : i + h, j : j + w] += delta @ kernel[i, j].T
            d_kernel[i, j] = window.reshape(-1, x.shape[-1]).T @ delta.reshape(-1, delta.shape[-1])
    return d_x, d_kernel


@dataclass(frozen=True)
class ConvNet(Model):
    r"""A convolutional network for square greyscale images.

    It has two convolutions, average pooling and one fully connected layer.

    Parameters
    ----------
    side : int
        Height and width of the images, even and at least 6; the inputs have ``side * side`` pixels.
    channels : int
        Number of channels of both convolutions, at least 1.
    classes : int
        Number of classes, at least 2.

    Notes
    -----
    .. math::

        a_1 = \max(x * K_1 + b_1, 0), \quad a_2 = \max(a_1 * K_2 + b_2, 0), \quad
        z = \mathrm{pool}(a_2) W + c

    with 3 by 3 convolutions without padding, 2 by 2 average pooling, and the softmax cross-entropy
    of `SoftmaxRegression` on :math:`z`. Parameters: ``K1``, shape (3, 3, 1, channels), ``b1``,
    ``K2``, shape (3, 3, channels, channels), ``b2``, ``W`` and ``c``. Weights are initialized from
    a normal distribution with variance 2 over the fan-in (K. He et al., ICCV 2015, equation 10),
    biases at zero.

    Examples
    --------
    >>> from adamdoc.models import ConvNet
    >>> sum(p.size for p in ConvNet(side=8, channels=8, classes=10).init().values())
    994
    """

    side: int
    channels: int
    classes: int

    def __post_init__(self) -> None:
        """Check the arguments."""
        checks.integer("side", self.side, minimum=6)
        if self.side % 2:
            raise ValueError(f"side must be even, got {self.side}")
        checks.integer("channels", self.channels, minimum=1)
        checks.integer("classes", self.classes, minimum=2)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of pixels and of classes (see `Model.dims`)."""
        return self.side**2, self.classes

    def init(self, seed: int = 0) -> Params:
        """Return random weights and zero biases (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
        c = self.channels
        pooled = ((self.side - 4) // 2) ** 2 * c
        return {
            "K1": rng.normal(scale=np.sqrt(2 / 9), size=(3, 3, 1, c)),
            "b1": np.zeros(c),
            "K2": rng.normal(scale=np.sqrt(2 / (9 * c)), size=(3, 3, c, c)),
            "b2": np.zeros(c),
            "W": rng.normal(scale=np.sqrt(2 / pooled), size=(pooled, self.classes)),
            "c": np.zeros(self.classes),
        }

    def _forward(self, params: Params, x: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return the images, the activations of each layer, and the logits."""
        image = x.reshape(-1, self.side, self.side, 1)
        a1 = np.maximum(convolve(image, params["K1"]) + params["b1"], 0)
        a2 = np.maximum(convolve(a1, params["K2"]) + params["b2"], 0)
        n, h, w, c = a2.shape
        pooled = a2.reshape(n, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4)).reshape(n, -1)
        return image, a1, a2, pooled, pooled @ params["W"] + params["c"]

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        image, a1, a2, pooled, z = self._forward(params, x)
        loss, delta = cross_entropy(z, y)
        n, h, w, c = a2.shape
        blocks = (delta @ params["W"].T).reshape(n, h // 2, 1, w // 2, 1, c) / 4
        d2 = np.broadcast_to(blocks, (n, h // 2, 2, w // 2, 2, c)).reshape(a2.shape) * (a2 > 0)
        d_a1, k2 = unconvolve(a1, params["K2"], d2)
        d1 = d_a1 * (a1 > 0)
        _, k1 = unconvolve(image, params["K1"], d1)
        return loss, {
            "K1": k1,
            "b1": d1.sum(axis=(0, 1, 2)),
            "K2": k2,
            "b2": d2.sum(axis=(0, 1, 2)),
            "W": pooled.T @ delta,
            "c": delta.sum(axis=0),
        }

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the class probabilities (see `Model.probabilities`)."""
        return softmax(self._forward(params, x)[-1])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted classes (see `Model.predict`)."""
        return self._forward(params, x)[-1].argmax(axis=1)
