"""Tuning of hyperparameters with a search that is declared beforehand.

A comparison of optimizers is fair if each gets the same number of trials to find *all* its
hyperparameters, in ranges that were written down before. The model is AlgoPerf (Dahl and others,
2023): a search space for each method, quasi-random trials, and a choice by other runs than those
that are reported. A best setting at the edge of its range says that the range was too small; it is
refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
)
from adamdoc.run import Run
from adamdoc.training import Training

#: The share of a range, at each end, that counts as its edge.
EDGE = 0.05


class EdgeError(ValueError):
    """The best setting lies at the edge of its range, so that a better one may lie outside."""


@dataclass(frozen=True)
class Range:
    """The range in which a hyperparameter is searched.

    Attributes
    ----------
    low, high : float
        Its ends, ``low < high``.
    scale : {"log", "linear", "decay"}, default "log"
        How trials are spread: evenly in the logarithm, in the value itself, or, for decay rates
        such as beta1 and momentum, in the logarithm of one minus the value.
    limits : tuple of {"low", "high"}, default ()
        The ends that are limits of the hyperparameter itself, such as 0 for momentum. A best
        setting there is not at an edge, because there is nothing beyond.

    Raises
    ------
    ValueError
        If the ends are not in order or not possible on the scale.

    Examples
    --------
    >>> Range(0.001, 1.0).at(0.5).round(6)
    np.float64(0.031623)
    >>> Range(0.0, 0.99, "decay", limits=("low",)).at(0.5).round(6)
    np.float64(0.9)
    """

    low: float
    high: float
    scale: str = "log"
    limits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the arguments."""
        checks.one_of("scale", self.scale, ("log", "linear", "decay"))
        for end in self.limits:
            checks.one_of("limits", end, ("low", "high"))
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, got {self.low} and {self.high}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"low must be greater than 0 on a log scale, got {self.low}")
        if self.scale == "decay" and self.high >= 1:
            raise ValueError(f"high must be less than 1 on a decay scale, got {self.high}")

    def at(self, share: Any) -> Any:
        """Return the values at shares of the range, from 0 at `low` to 1 at `high`."""
        share = np.asarray(share, dtype=float)
        if self.scale == "linear":
            return self.low + share * (self.high - self.low)
        if self.scale == "log":
            return self.low * (self.high / self.low) ** share
        return 1 - (1 - self.low) * ((1 - self.high) / (1 - self.low)) ** share

    def edges(self, shares: Array) -> Array:
        """Return which shares of the range lie at an edge that is not a limit."""
        low = (shares < EDGE) & ("low" not in self.limits)
        high = (shares > 1 - EDGE) & ("high" not in self.limits)
        return np.asarray(low | high)


@dataclass(frozen=True)
class Choice:
    """The options of a hyperparameter that is not a number, such as a kind of schedule.

    Attributes
    ----------
    options : tuple
        The options, at least two. Each gets the same share of the trials. None is an edge.

    Raises
    ------
    ValueError
        If there are fewer than two options.

    Examples
    --------
    >>> Choice(("constant", "cosine")).at([0.2, 0.7, 1.0])
    ['constant', 'cosine', 'cosine']
    """

    options: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Check the options."""
        if not isinstance(self.options, tuple) or len(self.options) < 2:
            raise ValueError(f"options must be a tuple of at least two, got {self.options!r}")

    def at(self, share: Any) -> list[Any]:
        """Return the options at shares from 0 to 1."""
        last = len(self.options) - 1
        places = np.minimum(np.asarray(share) * len(self.options), last).astype(int)
        return [self.options[place] for place in np.atleast_1d(places)]

    def edges(self, shares: Array) -> Array:
        """Return that no option lies at an edge."""
        return np.zeros(np.shape(shares), dtype=bool)


#: A search space: the range or the options of each hyperparameter that is tuned.
Space = Mapping[str, Range | Choice]
#: A setting: the value of each hyperparameter, or its option.
Setting = dict[str, Any]

_BETA = Range(0.0, 0.99, "decay", limits=("low",))
# Towards the high end all squares of a short run count alike, as in AdaGrad: nothing new is beyond.
_BETA_2 = Range(0.0, 0.99999, "decay", limits=("low", "high"))
#: The search spaces of the course's comparisons: three and a half decades of the learning rate
#: for each method, and all other hyperparameters except eps.
SPACES: Mapping[type[Optimizer], Space] = {
    GradientDescent: {"lr": Range(0.03, 100)},
    Momentum: {"lr": Range(0.03, 100), "beta": _BETA},
    HeavyBall: {"lr": Range(0.003, 10), "momentum": _BETA},
    Nesterov: {"lr": Range(0.003, 10), "momentum": _BETA},
    AdaGrad: {"lr": Range(0.01, 30)},
    RMSprop: {"lr": Range(0.001, 3), "beta": _BETA_2},
    Adam: {"lr": Range(0.001, 3), "beta1": _BETA, "beta2": _BETA_2},
}


@dataclass(frozen=True)
class Tuned:
    """The result of `tune`.

    Attributes
    ----------
    setting : dict
        The best setting inside the ranges.
    loss : float
        Its loss in the search.
    settings : tuple of dict
        All trials.
    losses : ndarray, shape (trials,)
        Their losses; infinite for a trial that diverged.
    """

    setting: Setting
    loss: float
    settings: tuple[Setting, ...]
    losses: Array


def trials(space: Space, count: int, seed: int = 0) -> tuple[Setting, ...]:
    """Return the settings that a search tries: evenly spread for one hyperparameter, else Halton's.

    Parameters
    ----------
    space : mapping of str to Range or Choice
        The search space.
    count : int
        The number of trials, at least 2.
    seed : int, default 0
        The seed of Halton's sequence.

    Returns
    -------
    tuple of dict
        The settings. The same arguments give the same settings.

    Raises
    ------
    ImportError
        If there is more than one hyperparameter and SciPy is not installed.

    Examples
    --------
    >>> [round(setting["lr"], 3) for setting in trials({"lr": Range(0.01, 1.0)}, 3)]
    [0.01, 0.1, 1.0]
    """
    return _settings(space, _shares(space, count, seed))


def _settings(space: Space, shares: Array) -> tuple[Setting, ...]:
    """Return the settings at shares of the ranges, shape (trials, hyperparameters)."""
    columns = [
        axis.at(column) if isinstance(axis, Choice) else axis.at(column).tolist()
        for axis, column in zip(space.values(), shares.T, strict=True)
    ]
    return tuple(dict(zip(space, row, strict=True)) for row in zip(*columns, strict=True))


def _shares(space: Space, count: int, seed: int) -> Array:
    """Return the trials as shares of the ranges, shape (trials, hyperparameters)."""
    if isinstance(space, Mapping) and len(space) == 1:
        _check(space, count, seed)
        return np.linspace(0, 1, count)[:, None]
    return _halton(space, count, seed)


def _halton(space: Space, count: int, seed: int) -> Array:
    """Return the points of Halton's sequence as shares of the ranges."""
    _check(space, count, seed)
    try:
        from scipy.stats.qmc import Halton
    except ImportError:
        raise ImportError(
            "a search over several hyperparameters needs SciPy: pip install 'adamdoc[data]'"
        ) from None
    return np.asarray(Halton(len(space), scramble=True, rng=seed).random(count))


def _check(space: Space, count: int, seed: int) -> None:
    """Check the arguments of a search."""
    if not space or not all(isinstance(axis, Range | Choice) for axis in space.values()):
        raise TypeError(f"space must be a mapping of names to Range or Choice, got {space!r}")
    checks.integer("count", count, minimum=2)
    checks.integer("seed", seed, minimum=0)


@dataclass(frozen=True)
class Studies:
    """The result of `studies`.

    Attributes
    ----------
    settings : tuple of dict
        The best setting of each search.
    runs : tuple of Training
        The training of each search's best setting at another seed.
    """

    settings: tuple[Setting, ...]
    runs: tuple[Training, ...]

    @property
    def losses(self) -> Array:
        """The last training losses of the runs; infinite for a run that diverged."""
        return np.array([final_loss(run) for run in self.runs])

    @property
    def errors(self) -> Array:
        """One minus the last test scores of the runs: for a classifier, the share misread."""
        return np.array([1 - run.test_scores[-1] for run in self.runs])

    @property
    def test_losses(self) -> Array:
        """The last losses of the runs on the test samples."""
        return np.array([run.test_losses[-1] for run in self.runs])


def studies(
    run: Callable[[Setting, int], Training],
    space: Space,
    count: int = 12,
    searches: int = 5,
    tolerance: float = 0.1,
) -> Studies:
    """Tune a training in several searches, and train once with the result of each.

    A single search has luck: with other trials another method may win. Here each search has trials
    of its own, all at one seed, and its best setting is trained at a seed that no search has seen.
    The spread of the results then holds the chance of the search and that of the training.

    Parameters
    ----------
    run : callable
        ``run(setting, seed)`` returns a `~adamdoc.Training`.
    space : mapping of str to Range
        The search space, such as one of ``SPACES``.
    count : int, default 12
        The number of trials in each search.
    searches : int, default 5
        The number of searches.
    tolerance : float, default 0.1
        As in `tune`. The trials of all searches together decide whether the best one is at an edge.

    Returns
    -------
    Studies
        The best setting of each search, and the training that judges it.

    Raises
    ------
    EdgeError
        As from `tune`, or if all trials inside the ranges diverge in one of the searches.
    ImportError
        If SciPy is not installed.

    Examples
    --------
    >>> from adamdoc import GradientDescent, load, train
    >>> from adamdoc.models import SoftmaxRegression
    >>> digits, model = load("digits"), SoftmaxRegression(64, 10)
    >>> def run(setting, seed):
    ...     return train(model, digits, GradientDescent(**setting), epochs=2, seed=seed)
    >>> tuned = studies(run, SPACES[GradientDescent], searches=3)
    >>> len(tuned.runs), list(tuned.settings[0])
    (3, ['lr'])
    """
    checks.integer("searches", searches, minimum=1)
    shares = np.stack([_halton(space, count, seed) for seed in range(searches)])
    settings = [_settings(space, part) for part in shares]
    losses = np.array(
        [
            [final_loss(run(setting, 100 + seed)) for setting in group]
            for seed, group in enumerate(settings)
        ]
    )
    pooled = [setting for group in settings for setting in group]
    _best_inside(space, pooled, shares.reshape(-1, len(space)), losses.ravel(), tolerance)
    best = []
    for group, part, values in zip(settings, shares, losses, strict=True):
        inside = np.where(_at_edge(space, part).any(axis=1), np.inf, values)
        if not np.isfinite(inside).any():
            raise EdgeError(f"space must hold a setting that does not diverge, got {dict(space)}")
        best.append(group[int(inside.argmin())])
    return Studies(tuple(best), tuple(run(setting, seed) for seed, setting in enumerate(best)))


def final_loss(run: Run | Training) -> float:
    """Return the loss at the end of a single run or training, infinity for a divergence.

    Parameters
    ----------
    run : Run or Training
        The result of `~adamdoc.minimize` or `~adamdoc.train`.

    Returns
    -------
    float
        The loss, as a search compares it.

    Examples
    --------
    >>> from adamdoc import GradientDescent, Ravine, minimize
    >>> final_loss(minimize(Ravine(), GradientDescent(lr=0.2), steps=1000))
    inf
    """
    return np.inf if run.diverged_at is not None else float(run.losses[-1])


def compared(ours: Array, theirs: Array) -> str:
    """Return whether some losses are lower or higher than others, pair by pair, as words.

    Parameters
    ----------
    ours, theirs : array_like, shape (pairs,)
        The losses of two methods; each pair comes from the same search and seed, at least 5.

    Returns
    -------
    str
        "lower" or "higher" if all pairs agree, which five do by chance once in sixteen times; else
        "neither lower nor higher", because a difference within the spread is none.

    Raises
    ------
    ValueError
        If there are fewer than five pairs, or the shapes differ.

    Examples
    --------
    >>> compared([1, 2, 3, 2, 1], [4, 5, 4, 4, 3])
    'lower'
    >>> compared([1, 2, 3, 2, 1], [4, 5, 2, 4, 3])
    'neither lower nor higher'
    """
    one, other = checks.floats("ours", ours), checks.floats("theirs", theirs)
    if one.shape != other.shape or one.ndim != 1 or len(one) < 5:
        raise ValueError(
            "ours and theirs must be five or more losses each, in pairs, got the shapes "
            f"{one.shape} and {other.shape}"
        )
    if (one < other).all():
        return "lower"
    return "higher" if (one > other).all() else "neither lower nor higher"


def tune(
    objective: Callable[[Setting], Any],
    space: Space,
    count: int = 40,
    tolerance: float = 0.1,
    seed: int = 0,
    batch: bool = False,
) -> Tuned:
    """Search a space for the setting with the lowest loss, and refuse a best one at an edge.

    Parameters
    ----------
    objective : callable
        ``objective(setting)`` returns a loss of at least 0; nan and infinity are divergence.
    space : mapping of str to Range or Choice
        The search space.
    count : int, default 40
        The number of trials.
    tolerance : float, default 0.1
        With several hyperparameters, by what share a setting at an edge must be better than the
        best one inside to be missed: an insensitive one may be best at its edge by chance. A single
        one is tried evenly, and nothing is tolerated.
    seed : int, default 0
        The seed of the trials of several hyperparameters. The result of a search has chance too.
    batch : bool, default False
        Call `objective` once with all trials: arrays of shape ``(count, 1)``, as a batch of
        `~adamdoc.minimize` takes them. It then returns their losses, shape ``(count,)``.

    Returns
    -------
    Tuned
        The best setting inside the ranges, and all trials.

    Raises
    ------
    EdgeError
        If a setting at an edge of the space is better than the best one inside, or if all settings
        inside diverge: the ranges do not hold the best setting.

    Examples
    --------
    >>> def valley(setting):
    ...     return 1 + np.log10(setting["lr"] / 0.03) ** 2
    >>> round(tune(valley, {"lr": Range(0.001, 1.0)}, count=31).setting["lr"], 3)
    0.032
    >>> tune(valley, {"lr": Range(0.1, 1.0)})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    adamdoc.tuning.EdgeError: space must hold the best setting inside, got a best lr of 0.1 at ...
    """
    shares, settings = _shares(space, count, seed), trials(space, count, seed)
    if batch:
        arrays = {name: np.array([setting[name] for setting in settings]) for name in space}
        losses = np.asarray(objective({name: array[:, None] for name, array in arrays.items()}))
    else:
        losses = np.array([float(objective(setting)) for setting in settings])
    losses = np.where(np.isfinite(losses), losses, np.inf)
    chosen = _best_inside(space, settings, shares, losses, tolerance if len(space) > 1 else 0.0)
    return Tuned(settings[chosen], float(losses[chosen]), settings, losses)


def _at_edge(space: Space, shares: Array) -> Array:
    """Return which trials lie at the edge of which range, shape (trials, hyperparameters)."""
    edges = [axis.edges(column) for axis, column in zip(space.values(), shares.T, strict=True)]
    return np.stack(edges, axis=1)


def _best_inside(
    space: Space,
    settings: Sequence[Mapping[str, float]],
    shares: Array,
    losses: Array,
    tolerance: float,
) -> int:
    """Return the number of the best trial inside the ranges, unless one at an edge is better."""
    at_edge = _at_edge(space, shares)
    inside = np.where(at_edge.any(axis=1), np.inf, losses)
    best, chosen = int(losses.argmin()), int(inside.argmin())
    if not np.isfinite(inside[chosen]) or losses[best] * (1 + tolerance) < inside[chosen]:
        _refuse(space, settings[best], shares[best], at_edge[best], losses[best], inside[chosen])
    return chosen


def _refuse(
    space: Space,
    setting: Mapping[str, Any],
    shares: Sequence[float],
    at_edge: Sequence[bool],
    loss: float,
    inside: float,
) -> None:
    """Raise the error that names the hyperparameter, its range and what was found."""
    if not np.isfinite(loss):
        raise EdgeError(f"space must hold a setting that does not diverge, got {dict(space)}")
    name, share = next(
        (name, share) for name, share, edge in zip(space, shares, at_edge, strict=True) if edge
    )
    raise EdgeError(
        f"space must hold the best setting inside, got a best {name} of {setting[name]:.3g} at the "
        f"{'low' if share < EDGE else 'high'} edge of {space[name]}: loss {loss:.3g}, inside "
        f"{inside:.3g}"
    )
