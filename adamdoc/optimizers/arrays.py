"""Arithmetic on named arrays, so that an update reads the same for a whole model."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from adamdoc import checks
from adamdoc.checks import Array

#: The functions that are no ufuncs and act on each coordinate by itself.
ELEMENTWISE = (np.clip, np.where, np.copy, np.zeros_like, np.ones_like)


class Arrays(dict[str, Array], NDArrayOperatorsMixin):
    """Named arrays with elementwise arithmetic.

    Operators, ufuncs, and functions such as `numpy.clip` act on each array. The other operands are
    mappings with the same names, or numbers. A reduction such as `numpy.sum` raises a TypeError:
    use `total` or `norm`.

    Examples
    --------
    >>> theta = Arrays(w=np.array([1.0, 2.0]), c=np.array(3.0))
    >>> dict(theta - 0.5 * theta)
    {'w': array([0.5, 1. ]), 'c': np.float64(1.5)}
    """

    __hash__ = None  # type: ignore[assignment]
    # By array, where a dict would refuse to compare.
    __lt__, __le__ = NDArrayOperatorsMixin.__lt__, NDArrayOperatorsMixin.__le__
    __gt__, __ge__ = NDArrayOperatorsMixin.__gt__, NDArrayOperatorsMixin.__ge__

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Apply a ufunc to each array."""
        if method != "__call__" or kwargs:
            return NotImplemented
        return each(ufunc, *inputs, names=self)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Apply an elementwise function to each array."""
        if function not in ELEMENTWISE:
            return NotImplemented
        return each(functools.partial(function, **kwargs), *args, names=self)


def each(function: Callable[..., Any], *values: Any, names: Mapping[str, Any] | None = None) -> Any:
    """Return the result of a function for each array of a mapping, or for a single array.

    Parameters
    ----------
    function : callable
        The function.
    *values : mapping, ndarray or float
        Its arguments. From a mapping, each call gets the array of one name; anything else is passed
        to all calls.
    names : mapping, optional
        The names; by default those of the first value. If that is no mapping, `function` is called
        once, with `values`.

    Returns
    -------
    Arrays or object
        The results by name, or the single result.

    Examples
    --------
    >>> each(np.add, {"w": 1, "c": 2}, 10)
    {'w': np.int64(11), 'c': np.int64(12)}
    >>> each(np.add, 1, 10)
    np.int64(11)
    """
    names = values[0] if names is None else names
    if not isinstance(names, Mapping):
        return function(*values)
    return Arrays(
        {
            name: function(*(v[name] if isinstance(v, Mapping) else v for v in values))
            for name in names
        }
    )


def total(values: Any) -> float:
    """Return the sum of all entries of an array, or of all arrays of a mapping.

    Examples
    --------
    >>> total({"w": np.ones(3), "c": np.array(2.0)})
    5.0
    """
    if isinstance(values, Mapping):
        return sum(total(array) for array in values.values())
    return float(np.sum(values))


def norm(values: Any) -> float:
    """Return the Euclidean norm of an array, or of all arrays of a mapping together.

    Examples
    --------
    >>> norm({"w": np.array([3.0]), "c": np.array(4.0)})
    5.0
    """
    if isinstance(values, Mapping):
        return float(np.linalg.norm([norm(array) for array in values.values()]))
    return float(np.linalg.norm(np.ravel(values)))


def largest(values: Any) -> float:
    """Return the largest size of an entry of an array, or of all arrays of a mapping.

    Examples
    --------
    >>> largest({"w": np.array([3.0, -5.0]), "c": np.array(4.0)})
    5.0
    """
    if isinstance(values, Mapping):
        return max(largest(array) for array in values.values())
    return float(np.max(np.abs(values), initial=0))


def scalar_type(theta: Any) -> Any:
    """Return the scalar type of an array, or that of all arrays of a mapping together.

    Examples
    --------
    >>> scalar_type({"w": np.zeros(2, np.float32), "c": np.zeros(3, np.float32)})
    <class 'numpy.float32'>
    """
    parts = theta.values() if isinstance(theta, Mapping) else [theta]
    return np.result_type(*parts).type


def normal(theta: Any, seed: int, t: int) -> Any:
    """Return standard normal noise of the shape of an array, or of each array of a mapping.

    Parameters
    ----------
    theta : ndarray or mapping of str to ndarray
        The parameters.
    seed : int
        The seed of the run.
    t : int
        The number of the step: each has noise of its own.

    Returns
    -------
    ndarray or Arrays
        The noise, in the dtype of `theta`.

    Examples
    --------
    >>> normal(np.zeros(3), seed=0, t=1).round(2)
    array([-1.1 , -0.05,  2.  ])
    """
    rng = np.random.default_rng([seed, t, 1])  # [seed, t] are the signs of curvature estimates
    return each(lambda x: np.asarray(rng.standard_normal(np.shape(x)), x.dtype), theta)


def read_only(values: Any) -> Any:
    """Return a view of an array that cannot be written to, or a dict of such views for a mapping.

    Functions of the user get these, so that one that changes its argument raises an error instead
    of changing the run.

    Examples
    --------
    >>> theta = np.ones(2)
    >>> view = read_only(theta)
    >>> view *= 2
    Traceback (most recent call last):
        ...
    ValueError: output array is read-only
    """
    if isinstance(values, Mapping):
        kind = Arrays if isinstance(values, Arrays) else dict
        return kind({name: read_only(value) for name, value in values.items()})
    if not isinstance(values, np.ndarray):
        return values
    view = values.view()
    view.flags.writeable = False
    return view


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the user that gets read-only views of its arguments.

    Parameters
    ----------
    name : str
        Its name, for the note that is added to the error if it writes to an argument.
    function : callable
        The function of arrays, or mappings of them.

    Returns
    -------
    callable
        The function.

    Examples
    --------
    >>> guarded("loss", np.sum)(np.ones(2))
    np.float64(2.0)
    """

    def call(*values: Any) -> Any:
        try:
            return function(*map(read_only, values))
        except ValueError as error:
            if "read-only" in str(error):
                error.add_note(
                    f"{name} must not change its arguments: let it change a copy of them"
                )
            raise

    return call


def floats(name: str, value: Any) -> Any:
    """Return parameters or a gradient as floats: an array, or `Arrays` for a mapping.

    Raises
    ------
    TypeError
        If an array contains anything but real numbers, or a name is not a string.
    ValueError
        If the mapping is empty, or an array is ragged.

    Examples
    --------
    >>> floats("theta", {"w": [1, 2]})
    {'w': array([1., 2.])}
    """
    if not isinstance(value, Mapping):
        return checks.floats(name, value)
    if not value:
        raise ValueError(f"{name} must contain at least one array, got an empty mapping")
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"the names of {name} must be strings, got {key!r}")
    return Arrays({key: checks.floats(f"{name}[{key!r}]", part) for key, part in value.items()})
