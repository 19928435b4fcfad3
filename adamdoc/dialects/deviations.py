"""By how much two optimizers differ, measured on a stated problem."""

import functools
from typing import Any

import numpy as np

from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.wrapper import needs

#: The numbers of steps after which optimizers are compared.
STEPS = (1, 10, 1000)
#: The problem, as it is described to users.
PROBLEM = (
    "two 4 x 3 matrices with given random gradients, whose sizes are spread evenly from 1e-6 to 1 "
    "on a logarithmic scale"
)


def deviations(a: Optimizer, b: Optimizer) -> dict[int, float]:
    """Return how far apart two optimizers are after 1, 10 and 1000 steps.

    Both start at the same parameters and are given the same gradients, those of `PROBLEM`. Small
    gradients are among them because that is where eps matters.

    Parameters
    ----------
    a, b : Optimizer
        The optimizers.

    Returns
    -------
    dict of int to float
        For each number of steps, the distance between the parameters as a share of the distance
        that those of `a` have moved. Empty if one of the two needs more than a gradient.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> found = deviations(Adam(eps=1e-8), Adam(eps=1e-7))
    >>> {t: round(share, 4) for t, share in found.items()}
    {1: 0.0846, 10: 0.0093, 1000: 0.0137}
    """
    if any(_needs_more(optimizer) for optimizer in (a, b)):
        return {}
    theta, gradients = problem()
    start, shares = _matrices(theta), {}
    paths = [(start, optimizer.init(start)) for optimizer in (a, b)]
    with np.errstate(all="ignore"):
        for t in range(1, max(STEPS) + 1):
            g = _matrices(gradients[t - 1])
            paths = [
                optimizer.update(now, g, state)
                for optimizer, (now, state) in zip((a, b), paths, strict=True)
            ]
            if t in STEPS:
                ours, theirs = (_vector(now) for now, _ in paths)
                moved, apart = np.linalg.norm(ours - theta), np.linalg.norm(ours - theirs)
                shares[t] = float(apart / moved if moved else np.inf if apart else 0.0)
    return shares


@functools.cache
def problem() -> tuple[Any, Any]:
    """Return the first parameters of `PROBLEM`, and the gradients of each step.

    The gradients are rounded to float32, so that browsers can be sent them in half the space.
    """
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.permutation(np.linspace(-6, 0, 24))
    means, theta = 0.5 * rng.standard_normal(24), rng.standard_normal(24)
    gradients = sizes * (means + rng.standard_normal((max(STEPS), 24)))
    rounded: Any = [array.astype(np.float32).astype(float) for array in (theta, gradients)]
    return rounded[0], rounded[1]


def _matrices(vector: Any) -> dict[str, Any]:
    first, second = vector.reshape(2, 4, 3)
    return {"U": first, "V": second}


def _vector(theta: Any) -> Any:
    return np.concatenate([theta["U"], theta["V"]]).ravel()


def _needs_more(optimizer: Optimizer) -> bool:
    """Return whether `update` takes more than the gradient."""
    return bool(needs(optimizer))
