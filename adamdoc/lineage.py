"""How the optimizers grew from each other, and what each is invariant to: all from the classes."""

import inspect
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import adamdoc
from adamdoc import optimizers
from adamdoc.checks import Array
from adamdoc.notation import HYPERPARAMETERS
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import BLOCK, hyperparameters

#: Two runs are the same if they differ by no more than this share of the way that they went.
SAME = 1e-5


def year(cls: type[Optimizer]) -> int:
    """Return the year of the paper, by its key in the bibliography.

    Parameters
    ----------
    cls : class of Optimizer
        The method.

    Returns
    -------
    int
        The year.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> year(Adam)
    2015
    """
    return int(cls.paper[-4:])


def is_dialect(cls: type[Optimizer]) -> bool:
    """Return whether a class is a general form for the libraries, not a method of its own.

    Parameters
    ----------
    cls : class of Optimizer
        The method.

    Returns
    -------
    bool
        True for `SGD` and the classes whose names end in Dialect.

    Examples
    --------
    >>> from adamdoc import SGD, Adam
    >>> is_dialect(SGD), is_dialect(Adam)
    (True, False)
    """
    return cls.__name__.endswith("Dialect") or cls is adamdoc.SGD


def parents(cls: type[Optimizer]) -> tuple[type[Optimizer], ...]:
    """Return the classes from which a method grew.

    Parameters
    ----------
    cls : class of Optimizer
        The method.

    Returns
    -------
    tuple of class of Optimizer
        The classes, none for `GradientDescent`.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> [cls.__name__ for cls in parents(Adam)]
    ['Momentum', 'RMSprop']
    """
    return tuple(getattr(optimizers, name) for name in cls.builds_on)


def methods() -> tuple[type[Optimizer], ...]:
    """Return the methods, parents first, in the order of their years.

    Returns
    -------
    tuple of class of Optimizer
        All but the general forms for the libraries.

    Examples
    --------
    >>> [cls.__name__ for cls in methods()[:3]]
    ['GradientDescent', 'Maximize', 'HeavyBall']
    """
    found: list[type[Optimizer]] = []
    waiting = [cls for cls in optimizers.ALL if not is_dialect(cls)]
    waiting.sort(key=lambda cls: (year(cls), cls.__name__))
    while waiting:
        ready = next(c for c in waiting if all(p in found for p in parents(c)))
        waiting.remove(ready)
        found.append(ready)
    return tuple(found)


def equations(cls: type[Optimizer]) -> list[str]:
    r"""Return the equations of a docstring as LaTeX, each in one line.

    Parameters
    ----------
    cls : class of Optimizer
        The method.

    Returns
    -------
    list of str
        The equations, without the marks at which they are aligned.

    Raises
    ------
    ValueError
        If the docstring has none.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> equations(Momentum)[1]
    '\\theta_t = \\theta_{t-1} - \\eta m_t'
    """
    block = BLOCK.search(inspect.getdoc(cls) or "")
    if block is None:
        raise ValueError(f"the docstring of {cls.__name__} has no block of equations")
    lines = re.split(r"\\\\\s", block[1].strip() + " ")
    return [" ".join(line.replace("&", "").split()) for line in lines if line.strip()]


def news(cls: type[Optimizer]) -> list[str]:
    """Return the equations of a method that none of its parents has.

    Parameters
    ----------
    cls : class of Optimizer
        The method.

    Returns
    -------
    list of str
        The equations. Decay rates count as the same whatever their numbers.

    Examples
    --------
    >>> from adamdoc import AMSGrad
    >>> len(news(AMSGrad)), len(equations(AMSGrad))
    (2, 4)
    """
    known = {_unnumbered(line) for parent in parents(cls) for line in equations(parent)}
    return [line for line in equations(cls) if _unnumbered(line) not in known]


def _unnumbered(line: str) -> str:
    r"""Return an equation with one name for all decay rates, which methods number differently."""
    return re.sub(r"\\beta_\d|\\rho(?![a-z])", r"\\beta", line)


@dataclass(frozen=True)
class Properties:
    """What was measured of an optimizer.

    Attributes
    ----------
    bytes_per_parameter : float
        Size of the state for each parameter of a matrix of 64 by 64 float32, in bytes.
    gradient_scale : bool
        Whether the steps stay the same if all gradients are multiplied by one number.
    coordinate_scale : bool
        Whether they stay the same if each coordinate's gradients are multiplied by a number of its
        own.
    rotation : bool
        Whether they turn with the axes.
    bounded : float
        The longest step of a coordinate found, in units of the learning rate; infinite if it grows
        with the gradient, or without a limit that is seen.
    decoupled : bool
        Whether decay takes the same share of each coordinate, whatever its gradients are.
    """

    bytes_per_parameter: float
    gradient_scale: bool
    coordinate_scale: bool
    rotation: bool
    bounded: float
    decoupled: bool


def properties(cls: type[Optimizer]) -> Properties:
    """Measure an optimizer.

    It takes forty steps along random gradients of a matrix, once more with the gradients scaled,
    scaled by coordinate, or turned from both sides, and the ways are compared. Every small number
    that keeps a denominator from zero is taken away, as far as its range allows; clipping is left
    as it is.

    Parameters
    ----------
    cls : class of Optimizer
        What to measure. A wrapper is measured around `GradientDescent`.

    Returns
    -------
    Properties
        What was found.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> found = properties(Adam)
    >>> found.coordinate_scale, found.rotation, found.decoupled
    (True, False, False)
    """
    optimizer = _bare(cls)
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((40, 4, 4)) + 0.5
    plain = _way(optimizer, gradients)
    each = 10.0 ** rng.uniform(-1, 1, (4, 4))
    left, right = (np.linalg.qr(rng.standard_normal((4, 4)))[0] for _ in range(2))
    turned = _way(optimizer, left @ gradients @ right, left @ START @ right)
    return Properties(
        bytes_per_parameter=_state_size(cls),
        gradient_scale=all(_same(_way(optimizer, k * gradients), plain) for k in (7, 1e-3)),
        coordinate_scale=_same(_way(optimizer, each * gradients), plain),
        rotation=_same(left.T @ turned @ right.T, plain),
        bounded=_longest(cls),
        decoupled=_decays(cls),
    )


#: A step that is longer than this many learning rates has no limit.
LIMIT = 1000
#: The learning rate of all measurements.
RATE = 0.01
#: Where the runs start, with some distance from zero for methods that look at the parameters.
START = np.arange(1.0, 17.0).reshape(4, 4) / 8


def _bare(cls: type[Optimizer], **more: Any) -> Optimizer:
    """Return an optimizer without decay and without small numbers in denominators."""
    values: dict[str, Any] = {"lr": RATE} if "lr" in hyperparameters(cls) else {}
    for name in hyperparameters(cls):
        if name in ("eps", "eps_root", "eps_hat", "initial", "weight_decay", "least"):
            values[name] = 0.0
        if name == "d0":
            values |= {"lr": 1.0, name: RATE}  # it finds its rate itself
    if cls.__name__ in ("Shampoo", "AdaDelta", "ADOPT", "ADOPTDialect", "Sophia"):
        values["eps"] = 1e-30  # 0 would be divided by
    if issubclass(cls, Wrapper):
        values["optimizer"] = adamdoc.GradientDescent(lr=RATE)
    return cls(**{**values, **more})


def _way(optimizer: Optimizer, gradients: Array, start: Array = START) -> Array:
    """Return the parameters after each step, less the start."""
    theta, state = start, optimizer.init(start)
    path = [theta]
    with np.errstate(all="ignore"):
        for g in gradients:
            theta, state = optimizer.update(theta, g, state)
            path.append(theta)
    return np.array(path[1:]) - start


def _same(a: Array, b: Array) -> bool:
    """Return whether two ways are the same, up to rounding."""
    return bool(np.abs(a - b).max() <= SAME * np.abs(b).max())


def _state_size(cls: type[Optimizer]) -> float:
    theta = np.ones((64, 64), np.float32)
    optimizer = cls()
    state = optimizer.init(theta)
    for _ in range(2):
        theta, state = optimizer.update(theta, theta, state)
    sizes = [np.asarray(value).nbytes for name, value in state.items() if name != "t"]
    return round(sum(sizes) / theta.size, 2)


def _longest(cls: type[Optimizer]) -> float:
    """Return the longest step, in units of the learning rate, over gradients made to lengthen it.

    The gradients are constant; or all but nothing for long and then large; or they grow by the
    factor that lengthens Adam's steps most, up to Cauchy and Schwarz's bound.
    """
    values: dict[str, Any] = {"lr": RATE} if "lr" in hyperparameters(cls) else {}
    if issubclass(cls, Wrapper):
        values["optimizer"] = adamdoc.GradientDescent(lr=RATE)
    optimizer = cls(**values)
    sudden = np.full((2000, 2, 2), 1e-9)
    sudden[-1] = 1.0
    growing = np.multiply.outer((0.999 / 0.9) ** np.arange(400), np.ones((2, 2)))
    longest = []
    for gradients in (np.ones((50, 2, 2)), sudden, growing):
        lengths = []
        for size in (1.0, 1e6):
            way = _way(optimizer, size * gradients, np.full((2, 2), 0.5))
            steps = [np.abs(b - a).max() for a, b in pairwise([0 * way[0], *way])]
            lengths.append(max(steps) / RATE)
        if not lengths[1] < 100 * max(lengths[0], 1.0):
            return float("inf")
        longest.append(max(lengths))
    return float(max(longest)) if max(longest) < LIMIT else float("inf")


def _decays(cls: type[Optimizer]) -> bool:
    """Return whether decay shrinks all coordinates alike, whatever their gradients were."""
    if "weight_decay" not in hyperparameters(cls):
        return False
    with_decay = _bare(cls, weight_decay=0.5)
    # Far apart, and of full rank: a matrix method would enlarge the rounding of what has none.
    rng = np.random.default_rng(0)
    g = 10.0 ** rng.uniform(-2, 2, (4, 4))
    gradients = np.stack([g * sign for sign in (1, -1, 1, -1, 1)])
    if issubclass(cls, Wrapper):
        inside = adamdoc.Adam(lr=RATE, eps=0.0)
        with_decay = _bare(cls, weight_decay=0.5, optimizer=inside)
        without: Optimizer = inside
    else:
        without = _bare(cls)
    plain = _way(without, gradients)
    more = _way(with_decay, gradients) - plain
    first = int(np.argmax(np.abs(more).reshape(len(more), -1).max(axis=1) > 0))
    for shares in (more[first] / START, more[first] / (START + plain[first])):
        if shares.mean() < 0 and shares.std() < 1e-6 * abs(shares.mean()):
            return True
    return False


def symbols(cls: type[Optimizer]) -> str:
    r"""Return the names of the hyperparameters, as LaTeX.

    Parameters
    ----------
    cls : class of Optimizer
        The method.

    Returns
    -------
    str
        Each in dollar signs, with commas between.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> symbols(Momentum)
    '$\\eta$, $\\beta$'
    """
    return ", ".join(f"${HYPERPARAMETERS[name].latex}$" for name in hyperparameters(cls))
