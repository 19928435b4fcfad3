"""Matrix factorization."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.models.base import Gradient, Model, Params, row_indices, sum_rows


@dataclass(frozen=True)
class MatrixFactorization(Model):
    r"""Low-rank approximation of a matrix, fitted to its known entries.

    Parameters
    ----------
    shape : tuple of int
        Numbers of rows and columns of the matrix, each at least 1.
    rank : int, default 8
        Rank of the approximation, at least 1.
    sparse : bool, default True
        Whether the gradients of the factors and biases are `SparseRows` (see `Embedding`).

    Notes
    -----
    .. math::

        \ell = \frac{1}{2 N} \sum_{n=1}^N (U_{i_n} \cdot V_{j_n} + a_{i_n} + b_{j_n} + c - y_n)^2

    The inputs are pairs of a row index and a column index, shape (N, 2). Parameters: ``U``, ``V``,
    ``a``, ``b`` and ``c``. The factors are initialized from a normal distribution with standard
    deviation 0.1, the biases at zero.

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
            raise ValueError(f"shape must be a tuple of two integers, got {self.shape!r}")
        for size in self.shape:
            checks.integer("shape", size, minimum=1)
        checks.integer("rank", self.rank, minimum=1)

    def dims(self) -> tuple[int, int | None]:
        """Return 2, for a row index and a column index, and None (see `Model.dims`)."""
        return 2, None

    def init(self, seed: int = 0) -> Params:
        """Return small random factors and zero biases (see `Model.init`)."""
        rng = np.random.default_rng(checks.integer("seed", seed, minimum=0))
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
        sparse: Gradient = {
            "U": sum_rows(i, delta[:, None] * params["V"][j], self.shape[0]),
            "V": sum_rows(j, delta[:, None] * params["U"][i], self.shape[1]),
            "a": sum_rows(i, delta, self.shape[0]),
            "b": sum_rows(j, delta, self.shape[1]),
        }
        grad = sparse if self.sparse else {name: rows.dense() for name, rows in sparse.items()}
        return float((error**2).mean() / 2), {**grad, "c": np.asarray(delta.sum())}

    def predict(self, params: Params, x: Array) -> Array:
        """Return the predicted entries (see `Model.predict`)."""
        i, j = (row_indices(x[:, k], self.shape[k]) for k in (0, 1))
        product = (params["U"][i] * params["V"][j]).sum(axis=1)
        return np.asarray(product + params["a"][i] + params["b"][j] + params["c"])
