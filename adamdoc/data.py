"""Real data that a package ships: nothing is downloaded."""

from dataclasses import dataclass

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array


@dataclass(frozen=True, repr=False)
class Dataset:
    """Samples for training and for testing.

    Attributes
    ----------
    x, x_test : ndarray, shape (N, d) and (M, d)
        The inputs, scaled (see `load`).
    y, y_test : ndarray, shape (N,) and (M,)
        The class numbers, from 0.

    Examples
    --------
    >>> from adamdoc.data import load
    >>> load("breast_cancer")
    Dataset(426 + 143 samples, 30 features, 2 classes)
    """

    x: Array
    y: Array
    x_test: Array
    y_test: Array

    @property
    def features(self) -> int:
        """The number of features."""
        return int(self.x.shape[1])

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(self.y.max()) + 1

    def __repr__(self) -> str:
        return (
            f"Dataset({len(self.y)} + {len(self.y_test)} samples, {self.features} features, "
            f"{self.classes} classes)"
        )


NAMES = ("digits", "breast_cancer")


def load(name: str, test_share: float = 0.25, seed: int = 0) -> Dataset:
    """Load one of scikit-learn's data sets, split it and scale it.

    Parameters
    ----------
    name : {"digits", "breast_cancer"}
        ``digits``: 1,797 grey images of 8 x 8 pixels, 10 classes; pixels are scaled to 0 to 1.
        ``breast_cancer``: 569 samples of 30 measurements, 2 classes; each feature is scaled to mean
        0 and standard deviation 1 over the training samples.
    test_share : float, default 0.25
        The share kept for testing, greater than 0 and less than 1.
    seed : int, default 0
        Seed of the split.

    Returns
    -------
    Dataset
        The samples, in float64.

    Raises
    ------
    ImportError
        If scikit-learn is missing.
    ValueError
        If the name is unknown or the share out of its range.

    Examples
    --------
    >>> from adamdoc.data import load
    >>> load("digits")
    Dataset(1347 + 450 samples, 64 features, 10 classes)
    """
    checks.one_of("name", name, NAMES)
    share = checks.number(
        "test_share", checks.number("test_share", test_share, "positive"), "fraction"
    )
    try:
        from sklearn import datasets
    except ImportError:
        raise ImportError("load needs scikit-learn: pip install 'adamdoc[data]'") from None
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(checks.whole("seed", seed, least=0)).permutation(len(y))
    cut = len(y) - int(np.ceil(share * len(y)))
    train, test = order[:cut], order[cut:]
    x = x / 16 if name == "digits" else (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    return Dataset(x[train], y[train], x[test], y[test])
