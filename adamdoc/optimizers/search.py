r"""Line searches: how far to go along a step that goes downhill.

Along the step the loss is a function of one number, the length. In units of the step, with the loss
:math:`f_0` and the slope :math:`h_0 < 0` at the length 0, and :math:`f` and :math:`h` at the length
:math:`\alpha`, a search looks for a length at which

.. math::

    f &\le f_0 + c_1 \alpha h_0 \\
    \lvert h \rvert &\le -c_2 h_0

The first condition, Armijo's, asks for a part of the decrease that the slope promises, so that the
step is not too long. The second one asks the slope to have become flat, so that it is not too short
either; together they are the strong Wolfe conditions. Backtracking has the first one only.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

#: From a length to the loss and its slope along the step there.
Line = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Trial:
    """A length that was tried: the loss and its slope along the step there."""

    length: float
    loss: float
    slope: float


def armijo(trial: Trial, start: Trial, c1: float) -> bool:
    """Return whether the loss at a length is low enough: the first condition."""
    return trial.loss <= start.loss + c1 * trial.length * start.slope


def is_flat(trial: Trial, start: Trial, c2: float) -> bool:
    """Return whether the slope at a length is flat enough: the second condition."""
    return abs(trial.slope) <= -c2 * start.slope


def backtrack(
    loss_at: Callable[[float], float],
    start: Trial,
    first: float,
    factor: float,
    c1: float,
    most: int,
) -> float:
    """Return how often a length must be multiplied by a factor until the loss is low enough.

    Parameters
    ----------
    loss_at : callable
        The loss as a function of the length.
    start : Trial
        The loss and the slope at the length 0.
    first : float
        The length to try first.
    factor : float
        The factor, less than 1.
    c1 : float
        The constant of the first condition.
    most : int
        The largest number to return, if the condition is not met before.

    Returns
    -------
    float
        The number of times; infinity if the loss is not a finite number at the last length, so that
        the length becomes 0.

    Examples
    --------
    The slope of x**2 at 1 is -2 along the step -1; five times that step is too long:

    >>> backtrack(lambda a: (1 - a) ** 2, Trial(0.0, 1.0, -2.0), 5.0, 0.5, 1e-4, 20)
    2
    """
    for k in range(most + 1):
        length = first * factor**k
        trial = Trial(length, loss_at(length), math.nan)
        if armijo(trial, start, c1):
            return k
    return most if trial.loss < math.inf else math.inf


def strong_wolfe(
    line: Line,
    start: Trial,
    c1: float,
    c2: float,
    most: int,
    size: float = 1.0,
    tolerance: float = 1e-9,
) -> float:
    """Return a length that meets both conditions, by interpolation with cubics.

    First the length grows until an interval is known that contains one; then the interval shrinks.
    It takes the decisions that PyTorch's L-BFGS takes.

    Parameters
    ----------
    line : callable
        From a length to the loss and its slope there.
    start : Trial
        The loss and the slope at the length 0.
    c1, c2 : float
        The constants of the conditions.
    most : int
        The number of lengths to try after the first one. If none of them meets the conditions, the
        one with the lowest loss is returned, or 0 if none is lower than at the start.
    size : float, default 1.0
        The largest entry of the step, for the next argument.
    tolerance : float, default 1e-9
        The search ends when the ends of the interval differ by less than this, times the size.

    Returns
    -------
    float
        The length.

    Examples
    --------
    >>> line = lambda a: ((1 - a) ** 2, -2 * (1 - a))
    >>> strong_wolfe(line, Trial(0.0, 1.0, -2.0), 1e-4, 0.9, 25)
    1.0
    """
    ends, tries = _bracket(line, start, c1, c2, most)
    low = _lower(ends)
    stuck = False
    while len(ends) == 2 and tries < most:
        least, largest = sorted(trial.length for trial in ends)
        if (largest - least) * size < tolerance:
            break
        length, stuck = _inside(_minimum(ends[0], ends[1], least, largest), least, largest, stuck)
        trial = Trial(length, *line(length))
        tries += 1
        high = 1 - low
        if not armijo(trial, start, c1) or trial.loss >= ends[low].loss:
            ends[high] = trial
            low = _lower(ends)
            continue
        if is_flat(trial, start, c2):
            return length
        if trial.slope * (ends[high].length - ends[low].length) >= 0:
            ends[high] = ends[low]
        ends[low] = trial
    return ends[low].length


def _bracket(line: Line, start: Trial, c1: float, c2: float, most: int) -> tuple[list[Trial], int]:
    """Return the ends of an interval with a length that meets the conditions, and the tries.

    A single one meets them itself.
    """
    before, trial = start, Trial(1.0, *line(1.0))
    for tries in range(most):
        if not armijo(trial, start, c1) or (tries > 1 and trial.loss >= before.loss):
            return [before, trial], tries
        if is_flat(trial, start, c2):
            return [trial], tries
        if trial.slope >= 0:
            return [before, trial], tries
        least = trial.length + 0.01 * (trial.length - before.length)
        length = _minimum(before, trial, least, 10 * trial.length)
        before, trial = trial, Trial(length, *line(length))
    return [start, trial], most


def _lower(ends: list[Trial]) -> int:
    """Return which of the ends has the lower loss, the first one of two that are equal."""
    return int(ends[0].loss > ends[-1].loss)


def _minimum(a: Trial, b: Trial, least: float, most: float) -> float:
    """Return where the cubic through two lengths is lowest, between two bounds."""
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    square = d1**2 - a.slope * b.slope
    if not square >= 0:
        return (least + most) / 2
    d2 = math.sqrt(square)
    if a.length > b.length:
        a, b = b, a
    numerator, denominator = b.slope + d2 - d1, b.slope - a.slope + 2 * d2
    if denominator == 0:  # a line, which is lowest at an end
        return most if numerator < 0 else least
    return min(max(b.length - (b.length - a.length) * (numerator / denominator), least), most)


def _inside(length: float, least: float, most: float, stuck: bool) -> tuple[float, bool]:
    """Return a length that is not too near an end of the interval, twice in a row or at it."""
    margin = 0.1 * (most - least)
    if not min(most - length, length - least) < margin:
        return length, False
    if not (stuck or length >= most or length <= least):
        return length, True
    return (most - margin if most - length < length - least else least + margin), False


def zoom(
    line: Line,
    start: Trial,
    c1: float,
    c2: float,
    most: int,
    growth: float = 2.0,
    slack: float = 1e-6,
    width: float = 1e-5,
) -> float:
    """Return a length that meets both conditions, by doubling and zooming.

    The length grows by a factor until an interval is known that contains one; then the interval
    shrinks to where a cubic or a parabola through its ends is lowest, or to a half. Near a minimum
    rounding hides the decrease: where the loss has hardly changed, a slope that has risen far
    enough is taken in its place. It takes the decisions that Optax takes.

    Parameters
    ----------
    line : callable
        From a length to the loss and its slope there.
    start : Trial
        The loss and the slope at the length 0.
    c1, c2 : float
        The constants of the conditions.
    most : int
        The number of lengths to try. If none of them meets the conditions, the one with the lowest
        loss that meets the first is returned, or the last one if none does.
    growth : float, default 2.0
        The factor.
    slack : float, default 1e-6
        The loss has hardly changed if it is not above the first one by more than this share of it.
    width : float, default 1e-5
        The search ends when the interval is not wider than this and a length is known that meets
        the first condition.

    Returns
    -------
    float
        The length.

    Examples
    --------
    >>> line = lambda a: ((8 - a) ** 2, -2 * (8 - a))
    >>> zoom(line, Trial(0.0, 64.0, -16.0), 1e-4, 0.1, 20)
    8.0
    """
    best = before = trial = start
    for tries in range(most):
        length = growth * before.length if tries else 1.0
        trial = Trial(length, *line(length))
        excess = _excess(trial, start, c1, slack)
        if excess <= 0:
            best = trial
            if _is_level(trial, start, c2):
                return length
        if excess > 0 or (tries and trial.loss >= before.loss):
            low, high = before, trial
            break
        if trial.slope >= 0:
            low, high = trial, before
            break
        before = trial
    else:
        return best.length or trial.length
    third = low
    for _ in range(tries + 1, most):
        narrow = abs(high.length - low.length) <= width
        length = _between(low, high, third)
        trial = Trial(length, *line(length))
        excess = _excess(trial, start, c1, slack)
        if excess <= 0 and _is_level(trial, start, c2):
            return length
        if excess <= 0 and trial.loss < best.loss:
            best = trial
        if excess > 0 or trial.loss >= low.loss:
            third, high = high, trial
        elif trial.slope * (high.length - low.length) >= 0:
            third, high, low = high, low, trial
        else:
            third, low = low, trial
        if narrow and best.length > 0:
            break
    return best.length if best.length > 0 or excess == math.inf else trial.length


def _excess(trial: Trial, start: Trial, c1: float, slack: float) -> float:
    """Return by how much a length fails the first condition, and what may replace it."""
    exact = trial.loss - start.loss - c1 * trial.length * start.slope
    risen = trial.slope - (2 * c1 - 1.0) * start.slope
    near = trial.loss - start.loss - slack * abs(start.loss)
    if any(map(math.isnan, (exact, risen, near))):
        return math.inf
    return max(min(max(risen, near), exact), 0.0)


def _is_level(trial: Trial, start: Trial, c2: float) -> bool:
    """Return whether the slope is flat enough, whatever the sign of the first one."""
    return abs(trial.slope) - c2 * abs(start.slope) <= 0


def _between(low: Trial, high: Trial, third: Trial) -> float:
    """Return the next length to try: that of a cubic, of a parabola, or in the middle."""
    left, right = sorted((low.length, high.length))
    for found, margin in ((_cubic(low, high, third), 0.2), (_parabola(low, high), 0.1)):
        room = margin * (right - left)
        if left + room < found < right - room:
            return found
    return (low.length + high.length) / 2


def _cubic(low: Trial, high: Trial, third: Trial) -> float:
    """Return where the cubic with a slope and through two points is lowest, nan if nowhere."""
    b, c = high.length - low.length, third.length - low.length
    scale = (b * c) ** 2 * (b - c)
    if not scale:
        return math.nan
    y, z = high.loss - low.loss - low.slope * b, third.loss - low.loss - low.slope * c
    cubed = (c**2 * y - b**2 * z) / scale
    squared = (b**3 * z - c**3 * y) / scale
    radicand = squared * squared - 3.0 * cubed * low.slope
    if not (radicand >= 0 and cubed):
        return math.nan
    return low.length + (math.sqrt(radicand) - squared) / (3.0 * cubed)


def _parabola(low: Trial, high: Trial) -> float:
    """Return where the parabola with a slope and through another point is lowest."""
    b = high.length - low.length
    squared = (high.loss - low.loss - low.slope * b) / b**2 if b else 0.0
    return low.length - low.slope / (2.0 * squared) if squared else math.nan
