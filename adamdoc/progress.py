"""A progress bar for long work."""

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")

#: Number of steps from which a progress bar is shown (on a terminal, if tqdm is installed).
LONG = 2_000


def progress(steps: Iterable[Item], total: int) -> Iterable[Item]:
    """Return `steps`, with a progress bar if there are many.

    The bar appears after a second, on a terminal only, and if tqdm is installed.

    Parameters
    ----------
    steps : iterable
        What to iterate over.
    total : int
        The number of steps.

    Returns
    -------
    iterable
        The same items.

    Examples
    --------
    >>> list(progress(range(3), total=3))
    [0, 1, 2]
    """
    if total < LONG:
        return steps
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    # disable=None shows the bar only on a terminal, so that logs and notebooks stay clean.
    bar: Iterable[Item] = tqdm(steps, total=total, unit="step", disable=None, delay=1)
    return bar
