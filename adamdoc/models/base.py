"""The base class of all models, and helpers that they share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc.checks import Array

Params = dict[str, Array]
#: A gradient: for each parameter a dense array, or `SparseRows` if most of its rows are zero.
Gradient = dict[str, Any]


@dataclass(frozen=True)
class SparseRows:
    """A row-sparse array, such as the gradient of an embedding: all other rows are zero.

    Attributes
    ----------
    index : ndarray of int, shape (k,)
        The unique indices of the stored rows, in increasing order.
    values : ndarray, shape (k, ...)
        The stored rows.
    length : int
        The number of rows of the dense array.

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
        """Return the dense array."""
        array = np.zeros((self.length, *self.values.shape[1:]), self.values.dtype)
        array[self.index] = self.values
        return array


def sum_rows(index: Array, values: Array, length: int) -> SparseRows:
    """Return the sum of n values, each added to the row with its index, as `SparseRows`.

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


def row_indices(x: Array, rows: int) -> Array:
    """Return inputs that are row indices as integers, after checking that they are in range.

    Examples
    --------
    >>> import numpy as np
    >>> row_indices(np.array([[0.0, 7.0]]), rows=5)
    Traceback (most recent call last):
        ...
    ValueError: x must contain integers from 0 to 4, got 7.0
    """
    invalid = (x < 0) | (x >= rows) | (x != np.floor(x))
    if invalid.any():
        raise ValueError(f"x must contain integers from 0 to {rows - 1}, got {x[invalid].flat[0]}")
    return x.astype(int)


@dataclass(frozen=True)
class Model(ABC):
    """Base class of the models.

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
        """Return the numbers of features and of classes; the latter is None for a regression."""

    @abstractmethod
    def init(self, seed: int = 0) -> Params:
        """Return the initial parameters; `seed` seeds the random ones."""

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
            The targets: values for a regression, class labels from 0 for a classifier.

        Returns
        -------
        loss : float
            The mean loss, with natural logarithms.
        grad : dict of ndarray
            Its gradient, with the names and shapes of `params`. Models with sparse gradients return
            `SparseRows` for some parameters.
        """

    @abstractmethod
    def predict(self, params: Params, x: Array) -> Array:
        """Return a prediction for each of the (N, d) inputs, shape (N,)."""

    def probabilities(self, params: Params, x: Array) -> Array:  # noqa: ARG002 - for classifiers
        """Return the class probabilities of a classifier, shape (N, K).

        Raises
        ------
        TypeError
            If the model is not a classifier.
        """
        raise TypeError(f"model must be a classifier, got {self!r}")

    def loss(self, params: Params, x: Array, y: Array) -> float:
        """Return the mean loss over the samples (see `loss_and_grad`)."""
        return self.loss_and_grad(params, x, y)[0]

    def grad(self, params: Params, x: Array, y: Array) -> Gradient:
        """Return the gradient of the mean loss (see `loss_and_grad`)."""
        return self.loss_and_grad(params, x, y)[1]

    def score(self, params: Params, x: Array, y: Array) -> float:
        """Return the accuracy of a classifier, or R squared of a regression.

        R squared is 1 minus the squared error over the squared deviation of the targets from their
        mean.
        """
        predictions = self.predict(params, x)
        if self.dims()[1] is not None:
            return float((predictions == y).mean())
        return float(1 - ((predictions - y) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def softmax(z: Array) -> Array:
    """Return the class probabilities for logits of shape (N, K)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def cross_entropy(z: Array, y: Array) -> tuple[float, Array]:
    """Return the mean cross-entropy of (N, K) logits, and its gradient with respect to them."""
    rows = np.arange(len(y))
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    return float(-log_p[rows, y].mean()), delta / len(y)
