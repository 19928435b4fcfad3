"""A bag of words with an embedding, whose gradient is sparse."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import (
    Gradient,
    Model,
    Params,
    cross_entropy,
    numbers,
    softmax,
    sum_rows,
)


@dataclass(frozen=True)
class Embedding(Model):
    r"""A classifier of passages: the mean of the words' vectors, then one layer.

    Parameters
    ----------
    length : int
        Words in a passage, at least 1.
    vocabulary : int
        The number of different words, at least 1.
    classes : int
        The number of classes, at least 2.
    width : int, default 16
        Width of a word's vector, at least 1.
    sparse : bool, default True
        Whether the gradient by ``E`` is given as `SparseRows`: those of the words that occur.
        `train` then updates these rows alone; the others and their moments stay as they are. False
        gives all rows, most of them zero.

    Notes
    -----
    .. math::

        z = \left(\frac{1}{L} \sum_{i=1}^L E_{x_i}\right) W + c

    with the softmax cross-entropy of `SoftmaxRegression` on :math:`z`. The inputs are numbers of
    words, shape (N, L). Parameters: ``E``, shape (vocabulary, width), ``W`` and ``c``. ``E`` and
    ``W`` start normal with variance 1 over the width, ``c`` at zero.

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
        for name, least in (("length", 1), ("vocabulary", 1), ("classes", 2), ("width", 1)):
            checks.integer(name, getattr(self, name), least=least)

    def dims(self) -> tuple[int, int | None]:
        """Return the numbers of words and of classes (see `Model.dims`)."""
        return self.length, self.classes

    def init(self, seed: int = 0) -> Params:
        """Return random vectors and weights and zero offsets (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, least=0))
        scale = self.width**-0.5
        return {
            "E": rng.normal(scale=scale, size=(self.vocabulary, self.width)),
            "W": rng.normal(scale=scale, size=(self.width, self.classes)),
            "c": np.zeros(self.classes),
        }

    def _forward(self, params: Params, x: Array) -> tuple[Array, Array]:
        """Return the mean vectors and the logits."""
        mean = params["E"][numbers(x, self.vocabulary)].mean(axis=1)
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
        """Return the probabilities of the classes (see `Model.probabilities`)."""
        return softmax(self._forward(params, x)[1])

    def predict(self, params: Params, x: Array) -> Array:
        """Return the class numbers (see `Model.predict`)."""
        return self._forward(params, x)[1].argmax(axis=1)
