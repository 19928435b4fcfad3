"""Saved states of optimizers, from which a run continues."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adamdoc import checks
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State


def restore(state: Any, optimizer: Optimizer, theta: Any) -> State:
    """Return a saved state as `update` takes it, after checking that it fits.

    Parameters
    ----------
    state : mapping
        The state, as returned by `update` or read from a file: an ``.npz`` archive as `numpy.load`
        returns it, or JSON, where arrays are lists.
    optimizer : Optimizer
        The optimizer that continues.
    theta : ndarray or dict of ndarray
        The parameters from which it continues.

    Returns
    -------
    dict
        A copy with the shapes and dtypes of ``optimizer.init(theta)``.

    Raises
    ------
    TypeError
        If `state` is not a mapping, or an entry is not numeric.
    ValueError
        If the entries or their shapes are not those of this optimizer's state for `theta`.

    Examples
    --------
    >>> import json
    >>> from adamdoc import HeavyBall
    >>> text = json.dumps({"t": 3, "b": [0.5, 1.0]})
    >>> restore(json.loads(text), HeavyBall(), np.zeros(2))
    {'t': 3, 'b': array([0.5, 1. ])}
    """
    return _fitted("state", state, optimizer.init(theta), type(optimizer).__name__)


def _fitted(name: str, given: Any, expected: State, owner: str) -> State:
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{name} must be a mapping, as the state of a run is, got {type(given).__name__}"
        )
    if set(given) != set(expected):
        raise ValueError(
            f"{name} must have the entries of {owner}, {', '.join(sorted(expected))}, got "
            f"{', '.join(sorted(map(str, given))) or 'none'}: is it that of another optimizer?"
        )
    fitted: State = {}
    for key, pattern in expected.items():
        entry = f"{name}[{key!r}]"
        if isinstance(pattern, Mapping):
            fitted[key] = _fitted(entry, given[key], dict(pattern), owner)
            continue
        value = checks.floats(entry, given[key])
        if value.shape != np.shape(pattern):
            raise ValueError(
                f"{entry} must have the shape {np.shape(pattern)} for this start, got "
                f"{value.shape}: is it the state of a run with other parameters?"
            )
        if isinstance(pattern, int):
            fitted[key] = checks.integer(entry, _whole(value), minimum=0)
        elif isinstance(pattern, np.ndarray):
            fitted[key] = value.astype(pattern.dtype)
        else:
            fitted[key] = type(pattern)(value)
    return fitted


def _whole(value: Any) -> Any:
    """Return a whole number as an int, and any other as it is."""
    number = float(value)
    return int(number) if number.is_integer() else number
