"""Evaluation of the tree with NumPy."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial, reduce
from typing import Any

import numpy as np

from adamdoc.equations.tree import (
    NO_CASE,
    At,
    Call,
    Case,
    Compare,
    MatrixPower,
    MatrixProduct,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
)
from adamdoc.optimizers import arrays

#: A sum or product over more terms than this is refused.
MOST_TERMS = 10_000
#: The key in the values under which a sum finds how many terms it may have.
TERMS = "terms of a sum"

Values = Mapping[str, Any]


def value_of(node: Node, values: Values) -> Any:
    """Return the value of an expression.

    Parameters
    ----------
    node : Node
        The expression.
    values : mapping of str to float, ndarray or Arrays
        The values of its symbols. ``step`` and ``gradient`` are functions, if it uses them, and so
        are the functions that a docstring defines.

    Returns
    -------
    float, bool, ndarray or Arrays
        The value. A number is a Python float, so that it does not change the dtype of arrays.

    Raises
    ------
    KeyError
        If a symbol has no value.
    ValueError, ArithmeticError
        If a number is out of the domain of a function.

    Examples
    --------
    >>> from adamdoc.equations.tree import Name, Number, Power
    >>> value_of(Power(Name("g"), Number(2)), {"g": np.array([1.0, 3.0])})
    array([1., 9.])
    """
    return _RULES[type(node)](node, values)


def is_number(value: Any) -> bool:
    """Return whether a value is a Python number, not an array, nor a scalar of NumPy from one."""
    return isinstance(value, (float, int)) and not isinstance(value, np.generic)


def by_element(for_numbers: Callable[..., Any], for_arrays: Callable[..., Any]) -> Any:
    """Return a function that uses Python's arithmetic for numbers, and NumPy's for arrays."""

    def function(*values: Any) -> Any:
        return (for_numbers if all(map(is_number, values)) else for_arrays)(*values)

    return function


#: The comparisons of arrays.
RELATIONS: dict[str, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_OF_NUMBERS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    relation: by_element(of_numbers, of_arrays)
    for (relation, of_arrays), of_numbers in zip(RELATIONS.items(), _OF_NUMBERS, strict=True)
}


def _sign(number: float) -> float:
    return float((number > 0) - (number < 0))


def _extreme(function: Callable[..., float]) -> Callable[..., float]:
    """Return max or min as NumPy has it: a number that is none stays none, in whatever order."""
    return lambda *numbers: math.nan if any(map(math.isnan, numbers)) else function(*numbers)


def size_of(values: Any) -> int:
    """Return the number of entries of an array, or of all arrays of a mapping."""
    if isinstance(values, Mapping):
        return sum(size_of(value) for value in values.values())
    return int(np.size(values))


def mean(values: Any) -> float:
    """Return the mean of all entries of an array, or of all arrays of a mapping."""
    return arrays.total(values) / size_of(values) if size_of(values) else 0.0


def inverse_root(matrix: Any, exponent: float) -> Any:
    """Return a negative power of a symmetric positive definite matrix."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    # Rounding may flip the sign of the smallest eigenvalues.
    eigenvalues = np.maximum(np.abs(eigenvalues), np.finfo(matrix.dtype).tiny)
    return (vectors * eigenvalues**exponent) @ vectors.T


def sorting(matrix: Any) -> Any:
    """Return the permutation matrix that sorts the diagonal of a matrix in decreasing order."""
    order = np.argsort(-np.diagonal(matrix), kind="stable")
    return np.eye(len(matrix), dtype=matrix.dtype)[:, order]


def _axis(function: Callable[..., Any], axis: int) -> Callable[[Any], Any]:
    return lambda values: function(np.atleast_2d(values), axis=axis, keepdims=True)


CALLS: dict[str, Callable[..., Any]] = {
    "sqrt": by_element(math.sqrt, np.sqrt),
    "abs": by_element(abs, np.abs),
    "sign": by_element(_sign, np.sign),
    "exp": by_element(math.exp, np.exp),
    "log": by_element(math.log, np.log),
    "sin": by_element(math.sin, np.sin),
    "cos": by_element(math.cos, np.cos),
    "tanh": by_element(math.tanh, np.tanh),
    "max": by_element(_extreme(max), lambda *values: reduce(np.maximum, values)),
    "min": by_element(_extreme(min), lambda *values: reduce(np.minimum, values)),
    "mod": operator.mod,
    "and": lambda *conditions: reduce(np.logical_and, conditions),
    "sum": arrays.total,
    "mean": mean,
    "rms": lambda values: math.sqrt(mean(values * values)),
    "norm": arrays.norm,
    "norm1": lambda values: arrays.total(abs(values)),
    "norminf": arrays.largest,
    "inner": lambda left, right: arrays.total(left * right),
    "mean_columns": _axis(np.mean, -1),
    "mean_rows": _axis(np.mean, -2),
    "sum_columns": _axis(np.sum, -1),
    "sum_rows": _axis(np.sum, -2),
    "max_columns": _axis(partial(np.max, initial=-math.inf), -1),
    "max_rows": _axis(partial(np.max, initial=-math.inf), -2),
    "transpose": lambda matrix: np.swapaxes(matrix, -1, -2),
    "eig": lambda matrix: np.linalg.eigh(matrix)[1][:, ::-1],
    "orth": lambda matrix: np.linalg.qr(matrix)[0],
    "sort": sorting,
}


def _call(node: Call, values: Values) -> Any:
    arguments = [value_of(argument, values) for argument in node.arguments]
    function = CALLS.get(node.function) or values[node.function]
    if not callable(function):  # a definition in the docstring
        return function.call(*arguments, values)
    return function(*arguments)


def _matrix_power(node: MatrixPower, values: Values) -> Any:
    base, exponent = value_of(node.base, values), value_of(node.exponent, values)
    if exponent < 0:
        return inverse_root(base, exponent)
    return np.linalg.matrix_power(base, whole(exponent))


def whole(exponent: float) -> int:
    """Return an exponent as an integer, or raise an error if it is none."""
    if not 1 <= exponent <= 64 or exponent != int(exponent):
        raise ValueError(f"a power of a matrix must be a whole number to 64, got {exponent}")
    return int(exponent)


def _case(node: Case, values: Values) -> Any:
    condition = value_of(node.condition, values)
    if isinstance(condition, (bool, np.bool_)):
        return value_of(node.value if condition else node.otherwise, values)
    found = [(condition, value_of(node.value, values))]
    last = node.otherwise
    while isinstance(last, Case):
        found.append((value_of(last.condition, values), value_of(last.value, values)))
        last = last.otherwise
    if last != Name(NO_CASE):
        result = value_of(last, values)
    elif np.all(reduce(np.logical_or, [condition for condition, _ in found])):
        result = np.nan
    else:
        raise ValueError(NO_CASE)
    for condition, value in reversed(found):
        result = np.where(condition, value, result)
    return result


class BoundsError(ValueError):
    """The bounds of a sum or product are not whole numbers, or too far apart."""


def indices(first: float, last: float, most: int) -> range:
    """Return the indices of a sum or product, or raise an error if there are too many."""
    if not (is_number(first) and is_number(last) and first == int(first) and last == int(last)):
        raise BoundsError(f"the bounds of a sum must be whole numbers, got {first} and {last}")
    if last - first >= most:
        raise BoundsError(
            f"a sum or product must have at most {most} terms, got {last - first + 1:g}"
        )
    return range(int(first), int(last) + 1)


def terms(node: Series, values: Values) -> Iterator[dict[str, Any]]:
    """Yield the values of the symbols in each term of a sum or product.

    A sum inside may have as many terms as leave the total below `MOST_TERMS`.
    """
    most = values.get(TERMS, MOST_TERMS)
    bounds = value_of(node.first, values), value_of(node.last, values)
    steps = indices(*bounds, most)
    for k in steps:
        yield {**values, node.index: float(k), TERMS: most // len(steps)}


#: What combines the terms over an index, and the value without a term.
SERIES: dict[str, tuple[Callable[..., Any], float]] = {
    "sum": (operator.add, 0.0),
    "prod": (operator.mul, 1.0),
    "max": (CALLS["max"], -math.inf),
    "min": (CALLS["min"], math.inf),
}


def _series(node: Series, values: Values) -> Any:
    found = (value_of(node.term, inside) for inside in terms(node, values))
    operation, start = SERIES[node.function]
    return reduce(operation, found, start)


def _at(node: At, values: Values) -> Any:
    """Return the value of a quantity at an index, from a mapping of indices to values."""
    found = tuple(value_of(index, values) for index in node.indices)
    if isinstance(values[node.name], (np.ndarray, arrays.Arrays)):  # a memory
        return arrays.each(lambda kept: kept[int(found[0]) - 1], values[node.name])
    return values[node.name][found if len(found) > 1 else found[0]]


def _reduced(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Values], Any]:
    def evaluate(node: Any, values: Values) -> Any:
        first, *rest = vars(node).values()
        parts = first if isinstance(first, tuple) else (first, *rest)
        return reduce(operation, (value_of(part, values) for part in parts))

    return evaluate


_RULES: dict[type, Callable[[Any, Values], Any]] = {
    Number: lambda node, _values: float(node.value),
    Name: lambda node, values: values[node.name],
    At: _at,
    Sum: _reduced(operator.add),
    Negative: lambda node, values: -value_of(node.term, values),
    Product: _reduced(operator.mul),
    Quotient: _reduced(operator.truediv),
    Power: _reduced(by_element(math.pow, operator.pow)),
    MatrixProduct: _reduced(operator.matmul),
    MatrixPower: _matrix_power,
    Call: _call,
    Compare: lambda node, values: COMPARISONS[node.relation](
        value_of(node.left, values), value_of(node.right, values)
    ),
    Case: _case,
    Series: _series,
}
