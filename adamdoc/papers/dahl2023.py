"""Dahl et al. (2023): comparisons of tuned trainings, by the rules of AlgoPerf at a small size."""

from collections.abc import Callable, Iterable, Mapping

from adamdoc.data import Dataset
from adamdoc.models import Model
from adamdoc.optimizers import Optimizer
from adamdoc.schedules import Cosine
from adamdoc.training import Training, train
from adamdoc.tuning import SPACES, Setting, Space, Studies, studies

#: The samples of a task, or a function that draws those of a seed.
Data = Dataset | Callable[[int], Dataset]


def trained(
    model: Model,
    data: Data,
    method: type[Optimizer],
    setting: Setting,
    seed: int,
    epochs: int,
    batch_size: int = 64,
) -> Training:
    """Train with a learning rate that falls to zero along a cosine.

    Parameters
    ----------
    model : Model
        The model.
    data : Dataset or callable
        The samples, or a function that returns those of a seed.
    method : type
        The class of the optimizer.
    setting : dict
        Its hyperparameters; ``setting["lr"]`` is the rate at the start.
    seed : int
        Seed of the samples, of the initialization and of the shuffling.
    epochs : int
        The number of passes over the samples.
    batch_size : int, default 64
        The number of samples in a mini-batch.

    Returns
    -------
    Training
        The history of the training.

    Examples
    --------
    >>> from adamdoc import Adam, load
    >>> from adamdoc.models import SoftmaxRegression
    >>> digits = load("digits")
    >>> run = trained(SoftmaxRegression(64, 10), digits, Adam, {"lr": 0.1}, seed=0, epochs=2)
    >>> [round(run.optimizer.at("lr", t), 3) for t in (1, 22, 44)]
    [0.1, 0.054, 0.0]
    """
    samples = data(seed) if callable(data) else data
    steps = epochs * -(-len(samples.y) // batch_size)
    optimizer = method(**{**setting, "lr": Cosine(setting["lr"], steps=steps)})
    return train(model, samples, optimizer, epochs, batch_size, seed)


def tuned(
    model: Model,
    data: Data,
    epochs: int,
    methods: Iterable[type[Optimizer]],
    spaces: Mapping[type[Optimizer], Space] | None = None,
    count: int = 12,
    batch_size: int = 64,
) -> dict[type[Optimizer], Studies]:
    """Tune several methods on a task, each in five searches of equally many trials.

    All hyperparameters are tuned, in ranges that were declared before. What each search finds is
    trained once more at a new seed, and only this training counts (see `adamdoc.tuning.studies`).

    Parameters
    ----------
    model : Model
        The model.
    data : Dataset or callable
        The samples, or a function that returns those of a seed.
    epochs : int
        The number of passes over the samples.
    methods : iterable of type
        The classes of the optimizers.
    spaces : mapping, optional
        The search space of each; by default that of ``adamdoc.tuning.SPACES``.
    count : int, default 12
        The number of trials in each search.
    batch_size : int, default 64
        The number of samples in a mini-batch.

    Returns
    -------
    dict of Studies
        The settings that were found and their trainings, by the class of the optimizer.

    References
    ----------
    .. [1] G. Dahl and others, "Benchmarking neural network training algorithms", 2023, section 4.
       arXiv:2306.07179.

    Examples
    --------
    >>> from adamdoc import Adam, GradientDescent, load
    >>> from adamdoc.models import SoftmaxRegression
    >>> digits = load("digits")
    >>> found = tuned(SoftmaxRegression(64, 10), digits, epochs=1, methods=[GradientDescent])
    >>> found[GradientDescent].losses.shape
    (5,)
    """
    spaces = SPACES if spaces is None else spaces
    return {
        method: studies(
            lambda setting, seed, method=method: trained(  # type: ignore[misc]
                model, data, method, setting, seed, epochs, batch_size
            ),
            spaces[method],
            count,
        )
        for method in methods
    }
