"""Matrix factorisation."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, numbers, sum_rows


@dataclass(frozen=True)
class MatrixFactorization(Model):
    r"""A matrix as a product of two narrow ones, fitted to the entries that are known.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the matrix, each at least 1.
    rank : int, default 8
        Width of the two factors, at least 1.
    sparse : bool, default True
        Whether the gradients by the factors are given as `SparseRows` (see `Embedding`).

    Notes
    -----
    .. math::

        \ell = \frac{1}{2 N} \sum_{n=1}^N (U_{i_n} \cdot V_{j_n} + a_{i_n} + b_{j_n} + c - y_n)^2

    The inputs are pairs of numbers of a row and a column, shape (N, 2). Parameters: ``U``, ``V``,
    ``a``, ``b`` and ``c``. The factors start normal with standard deviation 0.1, the rest at zero.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc.models import MatrixFactorization
    >>> model = MatrixFactorization((3, 4), rank=2)
    >>> model.grad(model.init(), np.array([[1, 2]]), np.array([1.0]))["U"].index
    array([1])
    """

    shape: tuple[int, int]
    rank: int = 8
    sparse: bool = True

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not isinstance(self.shape, tuple) or len(self.shape) != 2:
            raise ValueError(f"shape must be two whole numbers, got {self.shape!r}")
        for size in self.shape:
            checks.integer("shape", size, least=1)
        checks.integer("rank", self.rank, least=1)

    def dims(self) -> tuple[int, int | None]:
        """Return 2, the number of a row and that of a column, and no classes."""
        return 2, None

    def init(self, seed: int = 0) -> Params:
        """Return small random factors and zero offsets (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, least=0))
        rows, columns = self.shape
        return {
            "U": rng.normal(scale=0.1, size=(rows, self.rank)),
            "V": rng.normal(scale=0.1, size=(columns, self.rank)),
            "a": np.zeros(rows),
            "b": np.zeros(columns),
            "c": np.zeros(()),
        }

    def loss_and_grad(self, params: Params, x: Array, y: Array) -> tuple[float, Gradient]:
        """Return loss and gradient (see `Model.loss_and_grad`)."""
        error = self.predict(params, x) - y
        i, j = x.astype(int).T
        delta = error / len(y)
        found: Gradient = {
            "U": sum_rows(i, delta[:, None] * params["V"][j], self.shape[0]),
            "V": sum_rows(j, delta[:, None] * params["U"][i], self.shape[1]),
            "a": sum_rows(i, delta, self.shape[0]),
            "b": sum_rows(j, delta, self.shape[1]),
        }
        grad = found if self.sparse else {name: rows.dense() for name, rows in found.items()}
        return float((error**2).mean() / 2), {**grad, "c": np.asarray(delta.sum())}

    def predict(self, params: Params, x: Array) -> Array:
        """Return the entries (see `Model.predict`)."""
        i, j = (numbers(x[:, k], self.shape[k]) for k in (0, 1))
        product = (params["U"][i] * params["V"][j]).sum(axis=1)
        return np.asarray(product + params["a"][i] + params["b"][j] + params["c"])

    def score(self, params: Params, x: Array, y: Array) -> float:
        """Return R squared: 1 minus the squared error over the spread of the targets."""
        error = ((self.predict(params, x) - y) ** 2).sum()
        return float(1 - error / ((y - y.mean()) ** 2).sum())
