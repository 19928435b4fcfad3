"""Execution: the statements of a docstring over the steps of a run, exactly as they are written."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    LOSS,
    PARAMETERS,
    UPDATE,
    VALUE,
    Described,
    Found,
    Given,
    Operator,
    State,
)
from adamdoc.audit.docstrings import Quantity, Reading, evaluated
from adamdoc.audit.reading import Assign, Program, Reader, Statement, last_of
from adamdoc.audit.values import Constant, Entries, History, Schedule, Values, copied, merged
from adamdoc.checks import Array
from adamdoc.equations import tree
from adamdoc.equations.evaluate import value_of
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.tree import At, Name, Node


@dataclass(frozen=True)
class Problem:
    """What a run is given: the start, and the gradients and losses of its steps.

    And what the library finds in its steps: its states.
    """

    theta: Array
    gradients: tuple[Array, ...]
    losses: tuple[float, ...]
    found: tuple[Mapping[str, Array], ...] = ()


@dataclass(frozen=True)
class Path:
    """The parameters after each step of a run, or the values of a function, and the states.

    A value that a docstring does not give is an array without entries.
    """

    values: tuple[Array, ...]
    states: tuple[Mapping[str, Array], ...]


class Run:
    """One run of the statements of LaTeX blocks."""

    def __init__(self, reading: Reading, arguments: Mapping[str, Any], problem: Problem) -> None:
        self.bindings, self.problem, self.arguments = reading.bindings, problem, arguments
        self.quantities = {q.name: q for q in reading.quantities}
        self.values = Values()
        self.constants: dict[str, Any] = {"True": 1.0, "False": 0.0}
        self.described: dict[str, Schedule] = {}
        self.scheduled: dict[str, Schedule] = {}
        for letter, count in self.bindings.ranges.items():
            self.constants[last_of(letter)] = float(evaluated(count, arguments)) - 1
        for q in reading.quantities:
            if isinstance(q.meaning, Operator):
                function = q.meaning.function
                self.constants[q.name] = (
                    _timed(self, function, arguments)
                    if q.meaning.timed
                    else applied(function, arguments)
                )
            elif isinstance(q.meaning, Described):
                described = Schedule(applied(q.meaning.function, arguments), 0)
                self.described[q.name] = described
            elif isinstance(q.meaning, float | int):
                number = float(q.meaning)
                self.constants[q.name] = Constant(number) if q.template.indexed else number
            elif q.name.startswith("(") and isinstance(q.meaning, str):
                value = evaluated(q.meaning, arguments)
                timed = q.template.indexed
                if callable(value):
                    schedule = Schedule(value, self.bindings.first)
                    if timed:
                        self.constants[q.name] = schedule
                    else:
                        self.scheduled[q.name] = schedule
                elif timed and np.ndim(value):
                    self.constants[q.name] = Entries(np.asarray(value, dtype=float))
                else:
                    number = float(value) if isinstance(value, bool | int) else value
                    self.constants[q.name] = Constant(number) if timed else number
            elif q.template.indexed:
                first = f"{self.bindings.time} = {self.bindings.first}"
                history = History(q.latex, first, functools.partial(self.defined, q.name))
                self.values.setdefault(q.name, history)
        self.values |= self.constants
        self.starts: list[Assign] = []
        self.statements: list[Statement] = []
        self.only_first: list[Statement] = []
        for use, part in reading.used(arguments):
            assert isinstance(part, Program)
            if use.start:
                self.starts += [s for s in part.statements if isinstance(s, Assign)]
            elif use.first:
                self.only_first += part.statements
            elif use.replaces:
                self.statements = _replaced(self.statements, part.statements)
            else:
                self.statements += part.statements
            self.starts += part.starts
        self.reader = Reader([q.template for q in reading.quantities], self.bindings.time)
        self.given: dict[tuple[str, Any], Assign] = {}
        self.waiting: list[Assign] = []
        self.counts = any(
            isinstance(s, Assign) and s.target == Name(self.bindings.time) for s in self.statements
        )

    def before_first(self, q: Quantity) -> int:
        """Return the index of a quantity before the first step."""
        return self.bindings.first + q.offset - 1

    def begin(self) -> None:
        """Set what has a value before the first step."""
        time = self.bindings.time
        self.values[time] = float(self.bindings.first - 1)
        theta = self.quantities.get(PARAMETERS)
        if theta is not None:
            self.put(theta, self.problem.theta)
        if BEFORE in self.quantities:
            self.values[BEFORE] = self.problem.theta
        for start in self.starts:
            q = self.quantities.get(start.target.name)
            if q is not None and isinstance(q.meaning, State) and q.meaning.index:
                value = value_of(start.expr, self.values)
                self.values[q.name].start = self.filled(q.meaning, value)
                continue
            self.begin_with(start)
        for q in self.quantities.values():
            if not isinstance(q.meaning, State):
                continue
            index = self.before_first(q)
            history = self.values.get(q.name)
            if isinstance(history, History) and q.meaning.index:
                if history.start is None:
                    history.start = self.start(q.meaning)
                continue
            if isinstance(history, History):
                begun = any(start.target.name == q.name for start in self.starts)
                if index not in history and not begun and q.meaning.start:
                    history[index] = self.start(q.meaning)
            elif not q.template.indexed and q.name not in self.values and q.meaning.start:
                self.values[q.name] = self.start(q.meaning)
            if q.meaning.before:
                self.values[f"{q.name} before"] = self.values[q.name]

    def begin_with(self, start: Assign) -> None:
        """Set an initial value; one of a later step, or that needs a gradient, is kept for then."""
        q = self.quantities.get(start.target.name)
        index = self.index(start.target)
        if index is not None and np.min(index) >= self.bindings.first + (q.offset if q else 0):
            self.given[start.target.name, index] = start
            return
        try:
            self.assign(start)
        except EquationError:
            if index is None or GRADIENT not in self.quantities:
                raise
            self.waiting.append(start)
            return
        if q is not None and isinstance(q.meaning, State):
            held = self.values[q.name]
            if isinstance(held, History):
                held.update({k: self.filled(q.meaning, v) for k, v in held.items()})
            else:
                self.values[q.name] = self.filled(q.meaning, held)

    def index(self, target: Name | At) -> Any:
        """Return the index of a quantity that is assigned, now; None if it has none."""
        if isinstance(target, Name):
            return None
        found = tuple(value_of(index, self.values) for index in target.indices)
        return found if len(found) > 1 else found[0]

    def start(self, state: State) -> Any:
        """Return the initial value of a state."""
        value = value_of(self.reader.parse(state.start, f"start of {state.name}"), self.values)
        return self.filled(state, value)

    def filled(self, state: State, value: Any) -> Any:
        """Return an initial value with the shape of a state."""
        shape = np.shape(self.problem.theta)
        if state.shape == "number" or np.ndim(value):
            return value
        if state.shape and len(shape) > 1:
            shape = (*shape[:-1], 1) if state.shape == "rows" else (*shape[:-2], 1, shape[-1])
        return np.full(shape, float(value))

    def put(self, q: Quantity, value: Any) -> None:
        """Set the value of a quantity before the first step."""
        if q.template.indexed:
            self.values[q.name][self.before_first(q)] = value
        else:
            self.values[q.name] = value

    def path(self, steps: int) -> Path:
        """Return the values and states after each step."""
        with np.errstate(all="ignore"):
            self.begin()
            found = [self.step(k) for k in range(steps)]
        values, states = zip(*found, strict=True)
        return Path(values, states)

    def step(self, k: int) -> tuple[Array, Mapping[str, Array]]:
        """Take a step, and return the parameters (or the value) and the states after it."""
        t = self.bindings.first + k
        values = self.values
        lasting = {q.name for q in self.quantities.values() if isinstance(q.meaning, State)}
        lasting |= {f"{name} before" for name in lasting} | {PARAMETERS, BEFORE}
        lasting |= {start.target.name for start in self.starts}
        lasting |= {self.bindings.time} if self.counts else set()
        for name in [*values]:
            if not isinstance(values[name], History) and name not in lasting:
                del values[name]
        values |= self.constants
        values |= {name: schedule[t] for name, schedule in self.scheduled.items()}
        if not self.counts:
            values[self.bindings.time] = float(t)
        for name, described in self.described.items():
            indexed = self.quantities[name].template.indexed
            values[name] = described if indexed else float(described[t])
        for role, given in ((GRADIENT, self.problem.gradients), (LOSS, self.problem.losses)):
            if (q := self.quantities.get(role)) is not None:
                if q.template.indexed:
                    values[role][t + q.offset] = given[k]
                else:
                    values[role] = given[k]
        for q in self.quantities.values():
            if isinstance(q.meaning, Given):
                value = q.meaning.function(self.arguments, k)
                if q.template.indexed:
                    values[q.name][t + q.offset] = value
                else:
                    values[q.name] = value
        old = self.current(PARAMETERS, t - 1) if PARAMETERS in self.quantities else None
        if BEFORE in self.quantities or old is None:
            old = values.get(BEFORE, self.problem.theta)
        for q in self.quantities.values():
            if isinstance(q.meaning, Found):
                value = self.found(q.meaning.name, k)
                if q.template.indexed:
                    values[q.name][t + q.offset] = value
                else:
                    values[q.name] = value
        waiting, self.waiting = self.waiting, []
        for start in waiting:
            self.assign(start)
        first = self.only_first if not k else []
        self.run(_replaced(self.statements, first) if first else self.statements)
        new = self.result(t, old)
        states = {}
        for q in self.quantities.values():
            if isinstance(q.meaning, State) and q.meaning.name not in ("", VALUE):
                history = values[q.name]
                if not isinstance(history, History) or t + q.offset in history:
                    states[q.meaning.name] = np.asarray(self.current(q.name, t), dtype=float)
        if BEFORE in self.quantities or PARAMETERS not in self.quantities:
            values[BEFORE] = new
        for q in self.quantities.values():
            if isinstance(q.meaning, State) and q.meaning.before:
                values[f"{q.name} before"] = values[q.name]
        return np.asarray(new, dtype=float), states

    def found(self, name: str, k: int) -> Any:
        """Return what the library finds in a step."""
        if k >= len(self.problem.found) or name not in self.problem.found[k]:
            raise EquationError(f"what the library finds for {name} is not known")
        return self.problem.found[k][name]

    def result(self, t: int, old: Any) -> Any:
        """Return the parameters after a step, or the value of the function."""
        if VALUE in self.values:
            value = self.values[VALUE]
            return value[t] if isinstance(value, History) else value
        if UPDATE in self.quantities:
            new = old + self.current(UPDATE, t)
            theta = self.quantities.get(PARAMETERS)
            if theta is not None and theta.template.indexed:
                self.values[PARAMETERS][t + theta.offset] = new
            elif theta is not None:
                self.values[PARAMETERS] = new
            return new
        if PARAMETERS not in self.quantities:  # the states are all that it gives
            return np.empty(0)
        return self.current(PARAMETERS, t)

    def current(self, name: str, t: int) -> Any:
        """Return the value of a quantity after step `t`."""
        q = self.quantities[name]
        return self.values[name][t + q.offset] if q.template.indexed else self.values[name]

    def run(self, statements: Sequence[Statement]) -> None:
        """Do statements, one after the other."""
        for statement in statements:
            if isinstance(statement, Assign):
                self.assign(statement)
            else:
                self.branch(statement.arms)

    def defined(self, name: str, index: Any) -> bool:  # noqa: ARG002
        """Give a quantity a value at an index, if there is one (see `Definitions`)."""
        return False

    def assign_at(self, statement: Assign, known: Mapping[str, float]) -> None:
        """Assign with other values of the time and of an index."""
        outer = {name: self.values[name] for name in known if name in self.values}
        self.values |= known
        try:
            self.assign(statement)
        finally:
            for name in known:
                del self.values[name]
            self.values |= outer

    def assign(self, statement: Assign) -> None:
        """Do an assignment: one, or those for all values of its index."""
        if statement.over is not None and statement.over.index not in self.values:
            bounds = statement.over.first, statement.over.last
            first, last = (value_of(bound, self.values) for bound in bounds)
            for number in range(int(first), int(last) + 1):
                self.assign_at(statement, {statement.over.index: float(number)})
            return
        target, index = statement.target, self.index(statement.target)
        statement = self.given.get((target.name, index), statement)
        if self.bindings.in_place:
            self.in_place(statement)
        try:
            value = value_of(statement.expr, self.values)
        except EquationError as error:
            raise EquationError(f"{statement.latex!r}: {error}") from None
        except (TypeError, ValueError, ArithmeticError) as error:
            raise EquationError(f"{statement.latex!r} cannot be computed: {error}") from None
        if isinstance(target, Name):
            self.values[target.name] = value
            return
        history = self.values[target.name]
        if not isinstance(history, History):
            history = self.values[target.name] = History(target.name, "")
        history[index] = value

    def in_place(self, statement: Assign) -> None:
        r"""Give ``x_t`` in ``x_t \leftarrow f(x_t)`` the value before, if it has none yet."""
        target = statement.target
        if not (isinstance(target, At) and len(target.indices) == 1):
            return
        history = self.values.get(target.name)
        if not isinstance(history, History) or r"\leftarrow" not in statement.latex:
            return
        if target in tree.walk(statement.expr):
            index = value_of(target.indices[0], self.values)
            if index not in history and index - 1 in history:
                history[index] = history[index - 1]

    def branch(self, arms: Sequence[tuple[Node | None, Sequence[Statement]]]) -> None:
        """Run the arm whose condition holds; for arrays, each coordinate has its own."""
        if not arms:
            return
        (condition, body), *rest = arms
        holds = True if condition is None else value_of(condition, self.values)
        if np.ndim(holds) == 0:
            if holds:
                self.run(body)
            else:
                self.branch(rest)
            return
        before = copied(self.values)
        self.run(body)
        there = self.values
        self.values = before
        self.branch(rest)
        self.values = merged(np.asarray(holds), there, self.values)


def applied(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Callable[..., Any]:
    """Return a function that gets the arguments of the optimizer before its own."""
    return lambda *values: function(dict(arguments), *values)


def _timed(
    run: Run, function: Callable[..., Any], arguments: Mapping[str, Any]
) -> Callable[..., Any]:
    time = run.bindings.time
    return lambda *values: function(dict(arguments), int(run.values[time]), *values)


def _replaced(old: Sequence[Statement], new: Sequence[Statement]) -> list[Statement]:
    """Return statements in which assignments of the same quantities are replaced."""
    by_target = {s.target: s for s in new if isinstance(s, Assign)}
    unknown = set(by_target)
    result: list[Statement] = []
    for statement in old:
        if isinstance(statement, Assign):
            unknown.discard(statement.target)
            result.append(by_target.get(statement.target, statement))
        else:
            arms = tuple((c, tuple(_replaced(body, new))) for c, body in statement.arms)
            result.append(replace(statement, arms=arms))
    return result
