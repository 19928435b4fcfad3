"""A run of equations that are definitions: they are evaluated in whatever order they need."""

from collections.abc import Mapping, Sequence
from typing import Any

from adamdoc.audit.docstrings import Reading
from adamdoc.audit.executing import Problem, Run
from adamdoc.audit.reading import Assign, Statement
from adamdoc.audit.values import History
from adamdoc.equations.evaluate import value_of
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.tree import At, Name, names


class Definitions(Run):
    """A run in which each equation is evaluated when what it needs has a value."""

    def __init__(self, reading: Reading, arguments: Mapping[str, Any], problem: Problem) -> None:
        super().__init__(reading, arguments, problem)
        self.late: list[tuple[Assign, int]] = []
        self.reason: EquationError | None = None

    def result(self, t: int, old: Any) -> Any:
        """Return the parameters after a step; an error says why they have no value."""
        try:
            return super().result(t, old)
        except EquationError as error:
            raise self.reason or error from None

    def run(self, statements: Sequence[Statement]) -> None:
        """Evaluate definitions, each when what it needs has a value.

        What needs values of the next step is evaluated there.
        """
        self.reason = None
        waiting = [s for s in statements if isinstance(s, Assign) and s.over is None]
        while waiting:
            later: list[Assign] = []
            for statement in waiting:
                try:
                    self.assign(statement)
                except EquationError as error:
                    later.append(statement)
                    self.reason = error
            if len(later) == len(waiting):
                assert self.reason is not None
                if any(isinstance(statement.target, Name) for statement in later):
                    raise self.reason
                self.late = [(s, int(self.values[self.bindings.time])) for s in later]
                return
            waiting = later
        self.reason = None

    def defined(self, name: str, index: Any) -> bool:
        """Evaluate what defines a quantity at an index, if the equations are definitions."""
        if not self.bindings.unordered:
            return False
        wanted = index if isinstance(index, tuple) else (index,)
        for statement in self.statements:
            if not (isinstance(statement, Assign) and isinstance(statement.target, At)):
                continue
            target = statement.target
            if target.name == name and len(target.indices) == len(wanted):
                known = self.matched(statement, target, wanted)
                if known is not None:
                    self.assign_at(statement, known)
                    return True
        return False

    def matched(self, statement: Assign, target: At, wanted: Any) -> dict[str, float] | None:
        """Return the values of time and index at which a definition gives what is wanted."""
        time = self.bindings.time
        unknown = {time} if statement.over is None else {time, statement.over.index}
        known: dict[str, float] = {}
        for expr, value in zip(target.indices, wanted, strict=True):
            open_names = [n for n in names(expr) if n in unknown and n not in known]
            if not open_names:
                if value_of(expr, {**self.values, **known}) != value:
                    return None
                continue
            (name,) = open_names
            at = [value_of(expr, {**self.values, **known, name: float(n)}) for n in (0, 1)]
            known[name] = (value - at[0]) / (at[1] - at[0])
        now = self.values[time]
        if not self.bindings.first <= known.setdefault(time, now) <= now:
            return None
        if known[time] != now and not all(map(self.is_kept, names(statement.expr))):
            return None
        if statement.over is not None:
            bounds = statement.over.first, statement.over.last
            first, last = (value_of(bound, {**self.values, **known}) for bound in bounds)
            if not first <= known[statement.over.index] <= last:
                return None
        return known

    def is_kept(self, name: str) -> bool:
        """Return whether a quantity has its values of earlier steps."""
        held = self.values.get(name)
        return name in self.constants or isinstance(held, History) or name not in self.quantities

