"""Data sets made from what scikit-learn ships, or drawn, so that nothing is downloaded."""

import re
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array


@dataclass(frozen=True, repr=False)
class Dataset:
    """Training and test samples.

    Attributes
    ----------
    x, x_test : ndarray, shape (N, d) and (M, d)
        The inputs, scaled (see `load`).
    y, y_test : ndarray, shape (N,) and (M,)
        The class labels, counted from 0, or the target values of a regression.
    vocabulary : tuple of str
        The character or word that each index in a text encodes; empty if there is no text.

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
    vocabulary: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        """The number of features."""
        return int(self.x.shape[1])

    @property
    def classes(self) -> int:
        """The number of classes; 0 for a regression."""
        return int(max(self.y.max(), self.y_test.max())) + 1 if self.y.dtype.kind == "i" else 0

    def __repr__(self) -> str:
        return f"Dataset({len(self.y)} + {len(self.y_test)} samples, {self.features} features, " + (
            f"{self.classes} classes)" if self.classes else "targets are numbers)"
        )


#: Length of the context from which the next character is predicted.
WINDOW = 16
#: Number of words in a passage.
PASSAGE = 12
#: Vocabulary size of the word pairs: the most frequent words.
PAIR_VOCABULARY = 100
#: Largest distance between the two words of a pair.
PAIR_DISTANCE = 5
#: Number of points in each class of the data sets in the plane.
POINTS = 128


def _require_sklearn(caller: str) -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise ImportError(f"{caller} needs scikit-learn: pip install 'adamdoc[data]'") from None


def _images(name: str) -> tuple[Array, Array, tuple[str, ...]]:
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return (x / 16 if name == "digits" else x), y, ()


def texts() -> dict[str, str]:
    """Return scikit-learn's descriptions of its data sets, 40 kilobytes of English text.

    The text is lowercased, and everything but letters, full stops and commas becomes a space.

    Returns
    -------
    dict of str
        The texts by the name of the data set.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.

    Examples
    --------
    >>> from adamdoc import texts
    >>> sorted(set(texts()["iris"]))[:4]
    [' ', ',', '.', 'a']
    """
    _require_sklearn("texts")
    folder = files("sklearn.datasets.descr")
    paths = sorted((p for p in folder.iterdir() if p.name.endswith(".rst")), key=lambda p: p.name)
    descriptions = {}
    for path in paths:
        text = re.sub(r"[^a-z.,]+", " ", path.read_text(encoding="utf-8").lower())
        descriptions[path.name[:-4]] = re.sub(r"([.,])[., ]*", r"\1 ", text).strip()
    return descriptions


def _characters() -> tuple[Array, Array, tuple[str, ...]]:
    text = " ".join(texts().values())
    vocabulary = tuple(sorted(set(text)))
    numbers = np.array([vocabulary.index(c) for c in text])
    windows = np.lib.stride_tricks.sliding_window_view(numbers, WINDOW + 1)
    # Neighbouring windows are almost the same: every third keeps the data set small.
    windows = windows[::3]
    return windows[:, :-1].astype(float), windows[:, -1], vocabulary


def _tokens() -> dict[str, list[str]]:
    return {name: re.findall(r"[a-z]{2,}", text) for name, text in texts().items()}


def _words() -> tuple[Array, Array, tuple[str, ...]]:
    tokens = _tokens()
    vocabulary = tuple(sorted({word for words in tokens.values() for word in words}))
    number = {word: k for k, word in enumerate(vocabulary)}
    x, y = [], []
    for label, words in enumerate(tokens.values()):
        for first in range(0, len(words) - PASSAGE + 1, PASSAGE):
            x.append([number[word] for word in words[first : first + PASSAGE]])
            y.append(label)
    return np.array(x, float), np.array(y), vocabulary


def _pairs() -> tuple[Array, Array, tuple[str, ...]]:
    tokens = _tokens()
    counts = Counter(word for words in tokens.values() for word in words)
    vocabulary = tuple(sorted(sorted(counts), key=lambda word: -counts[word])[:PAIR_VOCABULARY])
    number = {word: k for k, word in enumerate(vocabulary)}
    table = np.zeros((PAIR_VOCABULARY, PAIR_VOCABULARY))
    for words in tokens.values():
        for k, word in enumerate(words):
            for other in words[k + 1 : k + 1 + PAIR_DISTANCE]:
                if word in number and other in number:
                    table[number[word], number[other]] += 1
    pairs = np.argwhere(table > 0)
    return pairs.astype(float), np.log(table[*pairs.T]), vocabulary


def _moons() -> tuple[Array, Array, tuple[str, ...]]:
    angle = np.linspace(0, np.pi, POINTS)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    return _noisy(upper, -upper, deviation=0.15)


def _spirals() -> tuple[Array, Array, tuple[str, ...]]:
    radius = np.linspace(0.2, 1.5, POINTS)
    angle = 1.2 * np.pi * radius
    arm = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _noisy(arm, -arm, deviation=0.05)


def _noisy(first: Array, second: Array, deviation: float) -> tuple[Array, Array, tuple[str, ...]]:
    """Return two classes of points, each moved by normal noise, as a data set."""
    x = np.concatenate([first, second])
    noise = np.random.default_rng(0).normal(scale=deviation, size=x.shape)
    return x + noise, np.repeat([0, 1], POINTS), ()


NAMES = ("digits", "breast_cancer", "moons", "spirals", "characters", "words", "pairs")


def load(name: str, test_share: float = 0.25, seed: int = 0) -> Dataset:
    """Load a data set, split it into training and test samples, and scale it.

    Parameters
    ----------
    name : {"digits", "breast_cancer", "moons", "spirals", "characters", "words", "pairs"}
        ``digits``: 1,797 greyscale images of 8 x 8 pixels in 10 classes; the pixels are scaled to
        [0, 1]. ``breast_cancer``: 569 samples of 30 measurements in 2 classes; each feature is
        standardized with its mean and standard deviation over the training samples.
        ``moons``, ``spirals``: 256 points in the plane in 2 classes, two interleaved half circles
        or spiral arms with normal noise; they do not need scikit-learn.
        The others are made from the descriptions of scikit-learn's data sets (see `texts`).
        ``characters``: predict the next character from the 16 before it. ``words``: predict which
        description a passage of 12 words comes from. ``pairs``: predict the logarithm of how often
        one of the 100 most frequent words follows another within 5 words, for the pairs that occur.
    test_share : float, default 0.25
        The share of the samples held out for testing, greater than 0 and less than 1.
    seed : int, default 0
        Seed of the random split.

    Returns
    -------
    Dataset
        The samples, in float64.

    Raises
    ------
    ImportError
        If the data set needs scikit-learn, which is not installed.
    ValueError
        If the name is unknown or `test_share` is out of range.

    Examples
    --------
    >>> from adamdoc.data import load
    >>> load("digits")
    Dataset(1347 + 450 samples, 64 features, 10 classes)
    """
    checks.one_of("name", name, NAMES)
    share = checks.number(
        "test_share", checks.number("test_share", test_share, "positive"), "[0, 1)"
    )
    drawn = {"moons": _moons, "spirals": _spirals}
    if name not in drawn:
        _require_sklearn("load")
    builders = {**drawn, "characters": _characters, "words": _words, "pairs": _pairs}
    x, y, vocabulary = builders[name]() if name in builders else _images(name)
    order = np.random.default_rng(checks.integer("seed", seed, minimum=0)).permutation(len(y))
    cut = len(y) - int(np.ceil(share * len(y)))
    train, test = order[:cut], order[cut:]
    if name == "breast_cancer":
        x = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    return Dataset(x[train], y[train], x[test], y[test], vocabulary)
