"""Values of a library's arguments as they are pasted: numbers, flags, tuples and schedules."""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc.schedules import Schedule


@dataclass(frozen=True)
class FromZero:
    """A function of a library's count of steps, which starts at 0, as a schedule of adamdoc.

    Parameters
    ----------
    function : callable
        The function. It may return a number of any library.

    Examples
    --------
    >>> schedule = FromZero(lambda count: 0.1 / (1 + count))
    >>> schedule(1), schedule(2)
    (0.1, 0.05)
    """

    function: Callable[[int], Any]

    def __call__(self, t: int) -> Any:
        """Return the value of step `t`, counted from 1."""
        return number(f"the value at count {t - 1}", self.function(t - 1))


@dataclass(frozen=True)
class Combined:
    """The sum, difference, product or quotient of two values, of which one is a schedule.

    Examples
    --------
    >>> import operator
    >>> Combined(operator.sub, 1.0, FromZero(lambda count: 0.5**count))(2)
    0.5
    """

    operation: Callable[[Any, Any], Any]
    left: Any
    right: Any

    def __call__(self, t: int) -> Any:
        """Return the value of step `t`, counted from 1."""
        left, right = (v(t) if callable(v) else v for v in (self.left, self.right))
        try:
            return self.operation(left, right)
        except ZeroDivisionError:
            raise ValueError(
                f"the learning rate must be greater than 0 at step {t}: the library does not "
                "multiply its decay by the rate, and adamdoc divides by it instead"
            ) from None


def given(value: Any) -> Any:
    """Return the value of an argument as it is given to a library, in its count of steps.

    Examples
    --------
    >>> given((0.9, FromZero(abs)))
    (0.9, <built-in function abs>)
    """
    if isinstance(value, tuple):
        return tuple(map(given, value))
    return value.function if isinstance(value, FromZero) else value


def converted(label: str, value: Any, default: Any, optional: bool = False) -> Any:
    """Return a pasted value in the type of an argument: a flag, a number, a tuple or None.

    Examples
    --------
    >>> converted("betas", [0.9, "0.95"], (0.9, 0.999))
    (0.9, 0.95)
    >>> converted("lr", "fast", 0.1)
    Traceback (most recent call last):
        ...
    TypeError: lr must be a number, got 'fast'
    """
    if isinstance(default, bool):
        return flag(label, value)
    if isinstance(default, tuple):
        return _entries(label, value, default)
    if value is None and (default is None or optional):
        return None
    return number(label, value)


def _entries(label: str, value: Any, default: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the entries of a list, a tuple, an array, or a string of one."""
    entries = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(entries, str):
        try:
            entries = ast.literal_eval(entries)
        except (SyntaxError, ValueError):
            raise TypeError(f"{label} must be a tuple of numbers, got {value!r}") from None
    if not isinstance(entries, (list, tuple)):
        raise TypeError(f"{label} must be a tuple of {len(default)} numbers, got {value!r}")
    if len(entries) != len(default):
        raise ValueError(f"{label} must have {len(default)} entries, got {value!r}")
    return tuple(
        converted(f"{label.partition(' ')[0]}[{k}] {label.partition(' ')[2]}".strip(), entry, start)
        for k, (entry, start) in enumerate(zip(entries, default, strict=True))
    )


def flag(label: str, value: Any) -> bool:
    """Return a flag as a bool: True and False, 1 and 0, or the words.

    Examples
    --------
    >>> flag("nesterov", "false"), flag("nesterov", 1)
    (False, True)
    """
    plain = _scalar(label, value)
    word = plain.lower() if isinstance(plain, str) else plain
    known = {"true": True, "false": False, True: True, False: False}
    if isinstance(word, (str, bool, int, float)) and word in known:
        return known[word]
    raise TypeError(f"{label} must be True or False, got {value!r}")


def number(label: str, value: Any) -> Any:
    """Return a number of any library as an int or a float, and a function as it is.

    Parameters
    ----------
    label : str
        The name of the argument, for the error message.
    value : object
        A number, a string of one, a tensor or array of one number, or a function: a schedule.

    Returns
    -------
    int, float or callable
        The number, or the schedule in adamdoc's count. A function counts steps from 0, as libraries
        do; a `Schedule` of adamdoc counts from 1.

    Raises
    ------
    TypeError
        If `value` is not a number.
    ValueError
        If it is not finite, or an array of more than one number.

    Examples
    --------
    >>> import numpy as np
    >>> number("lr", np.float64(0.1)), number("lr", "3e-4"), number("k", np.array([5]))
    (0.1, 0.0003, 5)
    """
    plain = _scalar(label, value)
    if isinstance(plain, str):
        try:
            plain = int(plain) if plain.strip().lstrip("+-").isdigit() else float(plain)
        except ValueError:
            raise TypeError(f"{label} must be a number, got {value!r}") from None
    if callable(plain) and not isinstance(plain, type):
        return plain if isinstance(plain, (FromZero, Combined, Schedule)) else FromZero(plain)
    if isinstance(plain, bool) or not isinstance(plain, (int, float)):
        raise TypeError(f"{label} must be a number, got {value!r}")
    if not math.isfinite(plain):
        raise ValueError(f"{label} must be a finite number, got {value!r}")
    return plain


def _scalar(label: str, value: Any) -> Any:
    """Return the only entry of an array or tensor of any library; other values as they are."""
    if isinstance(value, np.generic):
        return value.item()
    for method in ("item", "numpy"):  # of PyTorch, JAX and NumPy; of TensorFlow
        if hasattr(value, method) and not isinstance(value, type):
            try:
                return np.asarray(getattr(value, method)()).item()
            except (TypeError, ValueError, RuntimeError):
                shape = tuple(getattr(value, "shape", ()))
                raise ValueError(
                    f"{label} must be one number, got an array of shape {shape}"
                ) from None
    if hasattr(value, "__float__") and not isinstance(value, (int, float, type)):
        return float(value)
    return value
