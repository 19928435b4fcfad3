"""What all models share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc.checks import Array

Params = dict[str, Array]
#: A gradient: an array for each parameter, or the `SparseRows` of it that are not zero.
Gradient = dict[str, Any]


@dataclass(frozen=True)
class SparseRows:
    """Some rows of an array whose other rows are zero: the gradient of an embedding.

    Attributes
    ----------
    index : ndarray of int, shape (k,)
        The numbers of the rows, each once, in increasing order.
    values : ndarray, shape (k, ...)
        The rows.
    length : int
        The number of rows of the whole array.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import SparseRows
    >>> SparseRows(np.array([0, 2]), np.array([[1.0, 2.0], [3.0, 4.0]]), length=3).dense()
    array([[1., 2.],
           [0., 0.],
           [3., 4.]])
    """

    index: Array
    values: Array
    length: int

    def dense(self) -> Array:
        """Return the whole array."""
        whole = np.zeros((self.length, *self.values.shape[1:]), self.values.dtype)
        whole[self.index] = self.values
        return whole


def sum_rows(index: Array, values: Array, length: int) -> SparseRows:
    """Return the `SparseRows` that arise if each of the (n, ...) values is added to its row.

    Examples
    --------
    >>> import numpy as np
    >>> sum_rows(np.array([2, 0, 2]), np.ones((3, 1)), 4).dense().ravel()
    array([1., 0., 2., 0.])
    """
    rows, where = np.unique(index, return_inverse=True)
    total = np.zeros((len(rows), *values.shape[1:]), values.dtype)
    np.add.at(total, where, values)
    return SparseRows(rows, total, length)


def numbers(x: Array, below: int) -> Array:
    """Return inputs that number the rows of a table, as integers.

    Examples
    --------
    >>> import numpy as np
    >>> numbers(np.array([[0.0, 7.0]]), below=5)
    Traceback (most recent call last):
        ...
    ValueError: x must hold whole numbers from 0 to 4, got 7.0
    """
    bad = (x < 0) | (x >= below) | (x != np.floor(x))
    if bad.any():
        raise ValueError(f"x must hold whole numbers from 0 to {below - 1}, got {x[bad].flat[0]}")
    return x.astype(int)


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
    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
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
            Its gradient, with the names and shapes of `params`; of a model with sparse gradients
            some are `SparseRows`.
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

    def grad(self, params: Params, x: Array, y: Array) -> Gradient:
        """Return the gradient of the mean loss (see `loss_and_grad`)."""
        return self.loss_and_grad(params, x, y)[1]

    def score(self, params: Params, x: Array, y: Array) -> float:
        """Return the share of right predictions (for a regression: R squared)."""
        return float((self.predict(params, x) == y).mean())


def softmax(z: Array) -> Array:
    """Return the probabilities of logits, shape (N, K)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def cross_entropy(z: Array, y: Array) -> tuple[float, Array]:
    """Return the mean cross-entropy of logits, shape (N, K), and its gradient by the logits."""
    rows = np.arange(len(y))
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    return float(-log_p[rows, y].mean()), delta / len(y)
