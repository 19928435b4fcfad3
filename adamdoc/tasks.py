"""A small collection of training tasks: models with data sets and training lengths."""

import functools
from dataclasses import dataclass
from typing import Any

from adamdoc import checks
from adamdoc.data import NAMES, Dataset, load
from adamdoc.models import (
    MLP,
    Attention,
    Autoencoder,
    ConvNet,
    Embedding,
    LogisticRegression,
    MatrixFactorization,
    Model,
    SoftmaxRegression,
)
from adamdoc.optimizers import Optimizer
from adamdoc.training import Training, train


@dataclass(frozen=True)
class Task:
    """A training task: a model, a data set and the length of the training.

    Attributes
    ----------
    name : str
        Its key in ``TASKS``, or any name of your own.
    model : Model
        The model.
    data : str, Dataset or pair of array_like
        The name of a data set (see `load`), or the samples: a pair ``(x, y)`` has no test samples.
    epochs : int, default 10
        The default number of epochs.
    batch_size : int or None, default 32
        The number of samples in a mini-batch; None uses all of them.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the name of the data set is unknown, or a number is out of range.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> from adamdoc.tasks import TASKS
    >>> TASKS["softmax"].train(Adam(lr=0.01), epochs=2)
    Training(Adam(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-08), 2 epochs, loss 0.87)

    A task with data of your own:

    >>> from adamdoc import GradientDescent
    >>> from adamdoc.models import LinearRegression
    >>> from adamdoc.tasks import Task
    >>> data = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> line = Task("line", LinearRegression(1), data, epochs=200, batch_size=None)
    >>> line.train(GradientDescent(lr=0.5)).params["w"].round(3)
    array([2.])
    """

    name: str
    model: Model
    data: str | Dataset | tuple[Any, Any]
    epochs: int = 10
    batch_size: int | None = 32

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not isinstance(self.name, str):
            raise TypeError(f"name must be a string, got {self.name!r}")
        if not isinstance(self.model, Model):
            raise TypeError(f"model must be a Model, got {self.model!r}")
        if isinstance(self.data, str):
            checks.one_of("data", self.data, NAMES)
        elif not isinstance(self.data, Dataset) and not (
            isinstance(self.data, tuple) and len(self.data) == 2
        ):
            raise TypeError(
                "data must be the name of a data set, a Dataset or a pair (x, y), got "
                f"{type(self.data).__name__}"
            )
        checks.integer("epochs", self.epochs, minimum=0)
        if self.batch_size is not None:
            checks.integer("batch_size", self.batch_size, minimum=1)

    def load(self) -> Any:
        """Return the data: a `~adamdoc.Dataset`, or the pair of samples that was passed."""
        return _loaded(self.data) if isinstance(self.data, str) else self.data

    def train(self, optimizer: Optimizer, epochs: int | None = None, seed: int = 0) -> Training:
        """Train the model.

        Parameters
        ----------
        optimizer : Optimizer
            The optimizer.
        epochs : int, optional
            The number of epochs; by default that of the task.
        seed : int, default 0
            Seed of the initialization and of the shuffling.

        Returns
        -------
        Training
            The final parameters and the history.
        """
        epochs = self.epochs if epochs is None else checks.integer("epochs", epochs, minimum=0)
        return train(self.model, self.load(), optimizer, epochs, self.batch_size, seed)


_loaded = functools.cache(load)

#: The tasks by name.
TASKS = {
    task.name: task
    for task in (
        Task("logistic", LogisticRegression(30), "breast_cancer", epochs=20, batch_size=32),
        Task("softmax", SoftmaxRegression(64, 10), "digits", epochs=10, batch_size=64),
        Task("mlp", MLP((64, 32, 10)), "digits", epochs=10, batch_size=64),
        Task("conv", ConvNet(side=8, channels=8, classes=10), "digits", epochs=5, batch_size=64),
        Task("autoencoder", Autoencoder((64, 32, 8)), "digits", epochs=10, batch_size=64),
        Task("attention", Attention(16, 29, width=24), "characters", epochs=2, batch_size=64),
        Task("embedding", Embedding(12, 1427, classes=14), "words", epochs=10, batch_size=16),
        Task("factorization", MatrixFactorization((100, 100)), "pairs", epochs=10, batch_size=32),
    )
}
