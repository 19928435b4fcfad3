"""Validation of arguments, with errors that name the argument, what is valid and what was given."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def number(name: str, value: object, rule: str = "finite") -> Any:
    """Return `value` as a float or an array of floats, after checking it against `rule`.

    Parameters
    ----------
    name : str
        The name of the argument, for the error message.
    value : object
        The value to check.
    rule : str
        A key of ``RULES``: ``"finite"``, ``"positive"``, ``"nonnegative"``, ``"[0, 1)"``,
        ``"[0, 1]"``, ``"at least 1"``, ``"at least 4"`` or ``"positive integer"``.

    Returns
    -------
    float or ndarray
        The number, or a read-only array of the same shape as `value`.

    Raises
    ------
    TypeError
        If `value` is neither a real number nor an array of real numbers.
    ValueError
        If `value`, or one of its entries, violates the rule.

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
    valid, description = RULES[rule]
    with np.errstate(invalid="ignore"):
        invalid = ~(np.isfinite(array) & valid(array))
    if invalid.any():
        given = value if array.ndim == 0 else f"an array that contains {array[invalid].flat[0]!s}"
        raise ValueError(f"{name} must be {description}, got {given}")
    if array.ndim == 0:
        return float(array)
    array = array.astype(array.dtype if array.dtype.kind == "f" else float)
    array.flags.writeable = False
    return array


#: For each rule, a test of finite numbers and its description in error messages.
RULES: dict[str, tuple[Callable[[Array], Any], str]] = {
    "finite": (np.isfinite, "finite"),
    "positive": (lambda a: a > 0, "finite and greater than 0"),
    "nonnegative": (lambda a: a >= 0, "finite and at least 0"),
    "[0, 1)": (lambda a: (a >= 0) & (a < 1), "at least 0 and less than 1"),
    "[0, 1]": (lambda a: (a >= 0) & (a <= 1), "at least 0 and at most 1"),
    "at least 4": (lambda a: a >= 4, "finite and at least 4"),
    "at least 1": (lambda a: a >= 1, "finite and at least 1"),
    "positive integer": (lambda a: (a >= 1) & (a == np.floor(a)), "a positive integer"),
}


def integer(name: str, value: object, minimum: int) -> int:
    """Return `value` as an int, after checking that it is at least `minimum`.

    Parameters
    ----------
    name : str
        The name of the argument, for the error message.
    value : object
        The value to check.
    minimum : int
        The smallest valid value.

    Returns
    -------
    int
        The integer.

    Raises
    ------
    TypeError
        If `value` is not an integer. A bool does not count as one.
    ValueError
        If `value` is less than `minimum`.

    Examples
    --------
    >>> integer("steps", 2.5, minimum=0)
    Traceback (most recent call last):
        ...
    TypeError: steps must be an integer, got 2.5
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")
    return int(value)


def floats(name: str, value: object) -> Array:
    """Return `value` as an array of floats: integers become float64, float dtypes are kept.

    Parameters
    ----------
    name : str
        The name of the argument, for the error message.
    value : object
        The value to check.

    Returns
    -------
    ndarray
        The array.

    Raises
    ------
    TypeError
        If `value` contains anything but real numbers.
    ValueError
        If `value` is ragged.

    Examples
    --------
    >>> floats("theta", [1, 2])
    array([1., 2.])
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name} must not be ragged: its rows must have equal lengths, got {value!r}"
        ) from None
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be an array of real numbers, got {value!r}")
    return array if array.dtype.kind == "f" else array.astype(float)


def stops(answer: object) -> bool:
    """Return whether the answer of a callback ends a run.

    Parameters
    ----------
    answer : bool or None
        The value that the callback returned.

    Returns
    -------
    bool
        The answer; False for None.

    Raises
    ------
    TypeError
        If it is anything else, such as a loss, which would end the run by accident.

    Examples
    --------
    >>> stops(None), stops(np.True_)
    (False, True)
    """
    if answer is None or isinstance(answer, (bool, np.bool_)):
        return bool(answer)
    raise TypeError(
        f"callback must return True to end the run, or False or None to go on, got {answer!r}"
    )


def one_of(name: str, value: object, choices: Iterable[str]) -> str:
    """Return `value`, after checking that it is one of `choices`.

    Parameters
    ----------
    name : str
        The name of the argument, for the error message.
    value : object
        The value to check.
    choices : iterable of str
        The valid values.

    Returns
    -------
    str
        The value.

    Raises
    ------
    ValueError
        If `value` is not among them. The message suggests the most similar one.

    Examples
    --------
    >>> one_of("activation", "swish", ["relu", "tanh"])
    Traceback (most recent call last):
        ...
    ValueError: activation must be one of 'relu', 'tanh', got 'swish'
    """
    names = list(choices)
    if not isinstance(value, str) or value not in names:
        valid, hint = ", ".join(map(repr, names)), did_you_mean(str(value), names)
        raise ValueError(f"{name} must be one of {valid}, got {value!r}{hint}")
    return value


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return a question for the choice that is most similar to a word; empty if none is.

    Parameters
    ----------
    word : str
        The word.
    choices : iterable of str
        The valid words.

    Returns
    -------
    str
        The question, to be appended to an error message.

    Examples
    --------
    >>> did_you_mean("softmx", ["relu", "softmax"])
    "; did you mean 'softmax'?"
    """
    similar = difflib.get_close_matches(word, list(choices), n=1)
    return f"; did you mean {similar[0]!r}?" if similar else ""
