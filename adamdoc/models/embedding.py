"""A bag-of-words classifier with an embedding, whose gradient is sparse."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import (
    Gradient,
    Model,
    Params,
    cross_entropy,
    row_indices,
    softmax,
    sum_rows,
)


@dataclass(frozen=True)
class Embedding(Model):
    r"""A text classifier: the mean of the word vectors, then one linear layer.

    Parameters
    ----------
    length : int
        Number of words in a passage, at least 1.
    vocabulary : int
        Number of distinct words, at least 1.
    classes : int
        Number of classes, at least 2.
    width : int, default 16
        Embedding dimension, at least 1.
    sparse : bool, default True
        Whether the gradient of ``E`` is `SparseRows`: only the rows of words that occur. `train`
        then updates these rows alone, and leaves the others and their moments unchanged. False
        gives a dense gradient, in which most rows are zero.

    Notes
    -----
    .. math::

        z = \left(\frac{1}{L} \sum_{i=1}^L E_{x_i}\right) W + c

    with the softmax cross-entropy of `SoftmaxRegression` on :math:`z`. The inputs are word
    indices, shape (N, L). Parameters: ``E``, shape (vocabulary, width), ``W`` and ``c``. ``E`` and
    ``W`` are initialized from a normal distribution with variance 1 over the width, ``c`` at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import Embedding
    >>> model = Embedding(length=2, vocabulary=1000, classes=2)
    >>> model.grad(model.init(), np.array([[3, 999]]), np.array([0]))["E"].index
    array([  3, 999])
    """

    length: int
    vocabulary: int
    classes: int
    width: int = 16
    sparse: bool = True

    def __post_init__(self) -> None:
        """Check the arguments."""
        for name, minimum in (("length", 1), ("vocabulary", 1), ("classes", 2), ("width", 1)):
            checks.integer(name, getattr(self, name), minimum=minimum)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of words and of classes (see `Model.dims`)."""
        return self.length, self.classes

    def init(self, seed: int = 0) -> Params:
        """Return random word vectors and weights, and zero biases (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
        scale = self.width**-0.5
        return {
            "E": rng.normal(scale=scale, size=(self.vocabulary, self.width)),
            "W": rng.normal(scale=scale, size=(self.width, self.classes)),
            "c": np.zeros(self.classes),
        }

    def _forward(self, params: Params, x: Array) -> tuple[Array, Array]:
        """Return the mean word vectors and the logits."""
        mean = params["E"][row_indices(x, self.vocabulary)].mean(axis=1)
        return mean, mean @ params["W"] + params["c"]

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        mean, z = self._forward(params, x)
        loss, delta = cross_entropy(z, y)
        each = np.repeat(delta @ params["W"].T / self.length, self.length, axis=0)
        rows = sum_rows(x.astype(int).ravel(), each, self.vocabulary)
        return loss, {
            "E": rows if self.sparse else rows.dense(),
            "W": mean.T @ delta,
            "c": delta.sum(axis=0),
        }

    def probabilities(self, params: Params, x: Array) -> Array:
        """Return the class probabilities (see `Model.probabilities`)."""
        return softmax(self._forward(params, x)[1])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted classes (see `Model.predict`)."""
        return self._forward(params, x)[1].argmax(axis=1)
