"""The values of symbols in a run: by name, and by the index of the step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.tree import NO_CASE


class History(dict[Any, Any]):
    """The values of a quantity by its index; `defined` finds a value that a definition gives."""

    def __init__(
        self, latex: str, first: str, defined: Callable[[Any], bool] = lambda _: False
    ) -> None:
        super().__init__()
        self.latex, self.first, self.defined = latex, first, defined
        self.start: Any = None  # of a table

    def __missing__(self, index: Any) -> Any:
        """Return what all entries start with or a definition gives, or raise an error."""
        if self.start is not None:
            return self.start
        if self.defined(index):
            return self[index]
        shown = ", ".join(f"{k:g}" for k in (index if isinstance(index, tuple) else (index,)))
        raise EquationError(f"{self.latex} has no value at the index {shown}")


class Values(dict[str, Any]):
    """The values of the symbols by name."""

    def __missing__(self, name: str) -> Any:
        """Raise an error that names the symbol."""
        if name == NO_CASE:
            raise EquationError(NO_CASE)
        raise EquationError(f"{name} is used before it has a value")


class Constant:
    """An argument that is written with an index: it has the same value at all of them."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __getitem__(self, index: Any) -> Any:
        return self.value


class Entries:
    """An argument that is an array: its entries by their indices."""

    def __init__(self, values: Array) -> None:
        self.values = values

    def __getitem__(self, index: Any) -> float:
        found = index if isinstance(index, tuple) else (index,)
        return float(self.values[tuple(map(int, found))])


class Schedule:
    """An argument that is a function of the step, which the library counts from 0."""

    def __init__(self, function: Callable[[int], Any], first: int) -> None:
        self.function, self.first = function, first

    def __getitem__(self, index: Any) -> Any:
        return self.function(int(index) - self.first)


def copied(values: Values) -> Values:
    """Return a copy of values, whose histories can be changed by themselves."""
    copy = Values(values)
    for name, value in values.items():
        if isinstance(value, History):
            copy[name] = History(value.latex, value.first, value.defined)
            copy[name].update(value)
            copy[name].start = value.start
    return copy


def merged(mask: Array, there: Values, otherwise: Values) -> Values:
    """Return values of which some are those of one branch where a mask holds."""
    result = copied(otherwise)
    for name, value in there.items():
        if isinstance(value, History):
            own = result.setdefault(name, History(value.latex, value.first, value.defined))
            for index, entry in value.items():
                if own.get(index) is not entry:
                    own[index] = np.where(mask, entry, own.get(index, np.nan))
            for index, entry in [*own.items()]:
                if index not in value:
                    own[index] = np.where(mask, np.nan, entry)
        elif result.get(name) is not value:
            result[name] = np.where(mask, value, result.get(name, np.nan))
    return result
