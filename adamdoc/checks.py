"""Checks of what a caller passes in: each error names the argument, the rule and the value."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def number(name: str, value: object, rule: str = "finite") -> Any:
    """Return `value` as a float, or as an array of floats, if it keeps to `rule`.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : object
        What the caller passed.
    rule : str
        A key of ``RULES``: ``"finite"``, ``"positive"``, ``"nonnegative"``, ``"[0, 1)"``,
        ``"[0, 1]"``, ``"at least 1"``, ``"at least 4"`` or ``"positive integer"``.

    Returns
    -------
    float or ndarray
        The number, or the array, of the shape of `value`.

    Raises
    ------
    TypeError
        If `value` is neither a real number nor an array of real numbers.
    ValueError
        If `value`, or an entry of it, breaks the rule.

    Examples
    --------
    >>> number("beta1", 0.9, "[0, 1)")
    0.9
    >>> number("beta1", 1, "[0, 1)")
    Traceback (most recent call last):
        ...
    ValueError: beta1 must be at least 0 and less than 1, got 1
    """
    array = np.asarray(value) if isinstance(value, (int, float, list, tuple, np.generic)) else value
    if (
        isinstance(value, bool)
        or not isinstance(array, np.ndarray)
        or array.dtype.kind not in "fiu"
    ):
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}")
    test, words = RULES[rule]
    with np.errstate(invalid="ignore"):
        bad = ~(np.isfinite(array) & test(array))
    if bad.any():
        what = value if array.ndim == 0 else f"an array with {array[bad].flat[0]!s} in it"
        raise ValueError(f"{name} must be {words}, got {what}")
    if array.ndim == 0:
        return float(array)
    array = array.astype(array.dtype if array.dtype.kind == "f" else float)
    array.flags.writeable = False
    return array


RULES: dict[str, tuple[Callable[[Array], Any], str]] = {
    "finite": (np.isfinite, "finite"),
    "positive": (lambda a: a > 0, "finite and greater than 0"),
    "nonnegative": (lambda a: a >= 0, "finite and at least 0"),
    "[0, 1)": (lambda a: (a >= 0) & (a < 1), "at least 0 and less than 1"),
    "[0, 1]": (lambda a: (a >= 0) & (a <= 1), "at least 0 and at most 1"),
    "at least 4": (lambda a: a >= 4, "finite and at least 4"),
    "at least 1": (lambda a: a >= 1, "finite and at least 1"),
    "positive integer": (lambda a: (a >= 1) & (a == np.floor(a)), "a whole number of at least 1"),
}


def integer(name: str, value: object, least: int) -> int:
    """Return `value` as an int of at least `least`.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : object
        What the caller passed.
    least : int
        The smallest number that is allowed.

    Returns
    -------
    int
        The number.

    Raises
    ------
    TypeError
        If it is no whole number; a truth value is none.
    ValueError
        If it is too small.

    Examples
    --------
    >>> integer("steps", 2.5, least=0)
    Traceback (most recent call last):
        ...
    TypeError: steps must be a whole number, got 2.5
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def floats(name: str, value: object) -> Array:
    """Return `value` as an array of floats: integers become float64, a float type is kept.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : object
        What the caller passed.

    Returns
    -------
    ndarray
        The array, of the shape of `value`.

    Raises
    ------
    TypeError
        If it does not hold real numbers.
    ValueError
        If it is ragged.

    Examples
    --------
    >>> floats("theta", [1, 2])
    array([1., 2.])
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array of one shape, got {value!r}") from None
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers, got {value!r}")
    return array if array.dtype.kind == "f" else array.astype(float)


def one_of(name: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is one of the `known` names.

    Parameters
    ----------
    name : str
        The argument's name, for the error.
    value : object
        What the caller passed.
    known : iterable of str
        The names that are allowed.

    Returns
    -------
    str
        The name.

    Raises
    ------
    ValueError
        If it is none of them.

    Examples
    --------
    >>> one_of("activation", "swish", ["relu", "tanh"])
    Traceback (most recent call last):
        ...
    ValueError: activation must be one of 'relu', 'tanh', got 'swish'
    """
    names = list(known)
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, names))}, got {value!r}")
    return value
