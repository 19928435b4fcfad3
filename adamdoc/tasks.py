"""A small collection of training tasks: models with data sets and training lengths."""

import functools
from dataclasses import dataclass

from adamdoc import checks
from adamdoc.data import Dataset, load
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
        Its key in ``TASKS``.
    model : Model
        The model.
    data : str
        The name of the data set (see `load`).
    epochs : int
        The default number of epochs.
    batch_size : int
        The number of samples in a mini-batch.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> from adamdoc.tasks import TASKS
    >>> TASKS["softmax"].train(Adam(lr=0.01), epochs=2)
    Training(Adam(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-08), 2 epochs, loss 0.87)
    """

    name: str
    model: Model
    data: str
    epochs: int
    batch_size: int

    def load(self) -> Dataset:
        """Return the data set."""
        return _loaded(self.data)

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
