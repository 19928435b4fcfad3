"""Execution: the statements of a docstring over the steps of a run, exactly as they are written."""

import ast
import copy
import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    IGNORED,
    LOSS,
    PARAMETERS,
    SCALAR,
    STEP,
    UPDATE,
    VALUE,
    Bindings,
    Described,
    Found,
    Given,
    Meaning,
    Operator,
    State,
    Use,
)
from adamdoc.audit.reading import (
    Assign,
    Block,
    Branch,
    Program,
    Reader,
    Row,
    Statement,
    blocks,
    last_of,
)
from adamdoc.checks import Array
from adamdoc.equations import tree
from adamdoc.equations.evaluate import value_of
from adamdoc.equations.grammar import EquationError, Template, template
from adamdoc.equations.tree import NO_CASE, At, Name, Node, names

ROLES = (PARAMETERS, BEFORE, GRADIENT, UPDATE, LOSS, VALUE)
WITHIN = (STEP, SCALAR, IGNORED)


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


@dataclass(frozen=True)
class Quantity:
    """A symbol: its name, its LaTeX, its meaning, and the index at which it is assigned."""

    name: str
    latex: str
    meaning: Meaning
    template: Template
    offset: int


def evaluated(expression: str, arguments: Mapping[str, Any]) -> Any:
    """Return the value of a Python expression of the arguments.

    Examples
    --------
    >>> evaluated("betas[0]", {"betas": (0.9, 0.99)})
    0.9
    """
    return eval(expression, {"math": math, "np": np}, dict(arguments))


def quantities(bindings: Bindings) -> list[Quantity]:
    """Return the symbols of bindings."""
    found = []
    for latex, given in bindings.symbols.items():
        meaning, written = given, latex
        if isinstance(given, str) and given.startswith("= "):
            written = given.removeprefix("= ")
            meaning = bindings.symbols[written]
        letter = (given.index if isinstance(given, State) else "") or bindings.time
        timed = template("", latex, letter, letters=bindings.ranges).indexed
        if timed and not template("", written, letter, letters=bindings.ranges).indexed:
            timed, letter = False, ""  # another way to write a symbol without an index
        if isinstance(meaning, State):
            name = meaning.name or written
        elif isinstance(meaning, str) and meaning in ROLES:
            name = meaning
        elif isinstance(meaning, str) and meaning not in WITHIN:
            name = f"({meaning}){'[t]' * timed}"
        else:
            name = written
        function = isinstance(meaning, Operator)
        made = template(name, latex, letter, function=function, letters=bindings.ranges)
        offset = 0
        if timed and letter == bindings.time and template("", latex, bindings.time).indexed:
            node = Reader([made], bindings.time).parse(latex, latex)
            assert isinstance(node, At)
            offset = int(value_of(node.indices[-1], {bindings.time: 0.0})) if _counts(node) else 0
        found.append(Quantity(name, latex, meaning, made, offset))
        if isinstance(meaning, State) and meaning.before:
            before = template(f"{name} before", meaning.before, bindings.time)
            found.append(Quantity(f"{name} before", meaning.before, STEP, before, 0))
    return found


def _counts(node: At) -> bool:
    return len(node.indices) == 1


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


@dataclass(frozen=True)
class Reading:
    """A docstring that is read: the programs and code of its blocks, and its symbols."""

    bindings: Bindings
    quantities: tuple[Quantity, ...]
    parts: tuple[tuple[Use, Program | str], ...]

    def used(self, arguments: Mapping[str, Any]) -> list[tuple[Use, Program | str]]:
        """Return the blocks that apply to arguments."""
        return [
            (use, part)
            for use, part in self.parts
            if not use.when or evaluated(use.when, arguments)
        ]


def read(doc: str, bindings: Bindings) -> Reading:
    """Return a docstring that is read with bindings.

    Raises
    ------
    EquationError
        If a block cannot be read.
    """
    found = quantities(bindings)
    for q in found:
        if isinstance(q.meaning, Described):
            _block(Use(q.meaning.words), (), doc)
    named = {
        q.name
        for q in found
        if (isinstance(q.meaning, State | Found) and q.meaning.shape != "number")
        or isinstance(q.meaning, Given)
        or (isinstance(q.meaning, str) and (q.meaning in (*ROLES, STEP) or "np." in q.meaning))
    }
    operators = {q.name: q.meaning.arguments for q in found if isinstance(q.meaning, Operator)}
    reader = Reader(
        [q.template for q in found],
        bindings.time,
        bindings.first,
        sorted(named) if bindings.matrices else (),
        operators,
        [q.name for q in found if q.meaning == IGNORED],
        bindings.ranges,
        [q.name for q in found if isinstance(q.meaning, Operator) and q.meaning.number],
    )
    own = blocks(doc)
    uses = bindings.blocks or [Use(number) for number in range(len(own))]
    parts: list[tuple[Use, Program | str]] = []
    for use in uses:
        block = _block(use, own, doc)
        if not (block.text or use.result):
            continue
        latex = block.kind == "latex"
        text = _inverses(block.text, bindings.symbols) if latex else block.text
        part = reader.program(text, use.result) if latex else text
        if use.where and isinstance(part, Program):
            row = Row("if", 0, rf"\text{{if }} {use.where}", "")
            arm = (reader.condition(row), part.statements)
            part = replace(part, statements=(Branch((arm,), row.latex),))
        parts.append((use, part))
    return Reading(bindings, tuple(found), tuple(parts))


def _block(use: Use, own: Sequence[Block], doc: str) -> Block:
    if isinstance(use.block, Mapping):
        for sentence, code in use.block.items():
            if " ".join(sentence.split()) in " ".join(doc.split()):
                return Block("python" if is_python(code) else "latex", code)
        raise EquationError(f"the docstring does not have the text {next(iter(use.block))!r}")
    if isinstance(use.block, str):
        words = use.words or use.block
        if " ".join(words.split()) not in " ".join(doc.split()):
            raise EquationError(f"the docstring does not have the text {words!r}")
        return Block(use.kind, use.block)
    if use.block >= len(own):
        raise EquationError(
            f"the docstring has {len(own)} blocks of equations, not {use.block + 1}"
        )
    return own[use.block]


def _inverses(text: str, symbols: Mapping[str, Meaning]) -> str:
    r"""Return LaTeX with the exponent of an inverse after the arguments of a symbol.

    Examples
    --------
    >>> _inverses(r"A^{-1}(x_t) b", {r"A(x_t)": "within a step"})
    'A(x_t)^{-1} b'
    """
    for latex in symbols:
        head, bracket, arguments = latex.partition("(")
        if bracket and arguments.endswith(")"):
            text = text.replace(f"{head}^{{-1}}({arguments}", f"{latex}^{{-1}}")
    return text


def execute(reading: Reading, arguments: Mapping[str, Any], problem: Problem, steps: int) -> Path:
    """Return the path of a docstring for some arguments.

    Raises
    ------
    EquationError
        If a quantity has no value where it is used.
    """
    used = reading.used(arguments)
    if any(isinstance(part, str) for _, part in used):
        with np.errstate(all="ignore"):
            return _CodeRun(reading, arguments, problem).path(steps)
    return _Run(reading, arguments, problem).path(steps)


class _Run:
    """One run of the statements of LaTeX blocks."""

    def __init__(self, reading: Reading, arguments: Mapping[str, Any], problem: Problem) -> None:
        self.bindings, self.problem, self.arguments = reading.bindings, problem, arguments
        self.quantities = {q.name: q for q in reading.quantities}
        self.values = Values()
        self.constants: dict[str, Any] = {"True": 1.0, "False": 0.0}
        self.described: dict[str, _Schedule] = {}
        self.scheduled: dict[str, _Schedule] = {}
        for letter, count in self.bindings.ranges.items():
            self.constants[last_of(letter)] = float(evaluated(count, arguments)) - 1
        for q in reading.quantities:
            if isinstance(q.meaning, Operator):
                function = q.meaning.function
                self.constants[q.name] = (
                    _timed(self, function, arguments)
                    if q.meaning.timed
                    else _applied(function, arguments)
                )
            elif isinstance(q.meaning, Described):
                described = _Schedule(_applied(q.meaning.function, arguments), 0)
                self.described[q.name] = described
            elif isinstance(q.meaning, float | int):
                number = float(q.meaning)
                self.constants[q.name] = _Constant(number) if q.template.indexed else number
            elif q.name.startswith("(") and isinstance(q.meaning, str):
                value = evaluated(q.meaning, arguments)
                timed = q.template.indexed
                if callable(value):
                    schedule = _Schedule(value, self.bindings.first)
                    if timed:
                        self.constants[q.name] = schedule
                    else:
                        self.scheduled[q.name] = schedule
                elif timed and np.ndim(value):
                    self.constants[q.name] = _Entries(np.asarray(value, dtype=float))
                else:
                    number = float(value) if isinstance(value, bool | int) else value
                    self.constants[q.name] = _Constant(number) if timed else number
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
        self.late: list[tuple[Assign, int]] = []
        self.reason: EquationError | None = None
        self.counts = any(
            isinstance(s, Assign) and s.target == Name(self.bindings.time) for s in self.statements
        )

    def before_first(self, q: Quantity) -> int:
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
        if q.template.indexed:
            self.values[q.name][self.before_first(q)] = value
        else:
            self.values[q.name] = value

    def path(self, steps: int) -> Path:
        with np.errstate(all="ignore"):
            self.begin()
            found = [self.step(k) for k in range(steps)]
        values, states = zip(*found, strict=True)
        return Path(values, states)

    def step(self, k: int) -> tuple[Array, Mapping[str, Array]]:
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
        late, self.late = self.late, []
        for statement, earlier in late:
            self.assign_at(statement, {self.bindings.time: float(earlier)})
        first = self.only_first if not k else []
        self.run(_replaced(self.statements, first) if first else self.statements)
        try:
            new = self.result(t, old)
        except EquationError as error:
            raise self.reason or error from None
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
        if self.bindings.unordered:
            self.run_unordered(statements)
            return
        for statement in statements:
            if isinstance(statement, Assign):
                self.assign(statement)
            else:
                self.branch(statement.arms)

    def run_unordered(self, statements: Sequence[Statement]) -> None:
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
        if statement.over is not None and statement.over.index not in self.values:
            bounds = statement.over.first, statement.over.last
            first, last = (value_of(bound, self.values) for bound in bounds)
            for number in range(int(first), int(last) + 1):
                self.assign_at(statement, {statement.over.index: float(number)})
            return
        target, index = statement.target, self.index(statement.target)
        statement = self.given.get((target.name, index), statement)
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
        before = _copied(self.values)
        self.run(body)
        there = self.values
        self.values = before
        self.branch(rest)
        self.values = _merged(np.asarray(holds), there, self.values)


def _applied(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Callable[..., Any]:
    return lambda *values: function(dict(arguments), *values)


def _timed(
    run: _Run, function: Callable[..., Any], arguments: Mapping[str, Any]
) -> Callable[..., Any]:
    time = run.bindings.time
    return lambda *values: function(dict(arguments), int(run.values[time]), *values)


class _Constant:
    """An argument that is written with an index: it has the same value at all of them."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __getitem__(self, index: Any) -> Any:
        return self.value


class _Entries:
    """An argument that is an array: its entries by their indices."""

    def __init__(self, values: Array) -> None:
        self.values = values

    def __getitem__(self, index: Any) -> float:
        found = index if isinstance(index, tuple) else (index,)
        return float(self.values[tuple(map(int, found))])


class _Schedule:
    """An argument that is a function of the step, which the library counts from 0."""

    def __init__(self, function: Callable[[int], Any], first: int) -> None:
        self.function, self.first = function, first

    def __getitem__(self, index: Any) -> Any:
        return self.function(int(index) - self.first)


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


def _copied(values: Values) -> Values:
    copy = Values(values)
    for name, value in values.items():
        if isinstance(value, History):
            copy[name] = History(value.latex, value.first, value.defined)
            copy[name].update(value)
            copy[name].start = value.start
    return copy


def _merged(mask: Array, there: Values, otherwise: Values) -> Values:
    """Return values of which some are those of one branch where a mask holds."""
    result = _copied(otherwise)
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


# Python code


def _sign(number: float) -> float:
    return math.copysign(1.0, number) if number else 0.0


#: What code may call without naming where it comes from.
BUILTINS: dict[str, Any] = {
    f.__name__: f
    for f in (math.sqrt, math.exp, math.log, math.cos, math.sin, math.ceil, math.floor)
}
BUILTINS |= {f.__name__: f for f in (abs, max, min, pow, float, int, sum, range, len)}
BUILTINS |= {"sign": _sign, "sgn": _sign, "math": math, "pi": math.pi}
#: The same for whole arrays.
ARRAYS: dict[str, Any] = {
    name: getattr(np, name) for name in ("sqrt", "exp", "log", "cos", "sin", "ceil", "floor")
}
ARRAYS |= {"abs": np.abs, "sign": np.sign, "sgn": np.sign, "sum": np.sum, "norm": np.linalg.norm}
ARRAYS |= {"reduce_sum": np.sum, "square": np.square, "mean": np.mean}
ARRAYS |= {
    "max": lambda *values: functools.reduce(np.maximum, values),
    "min": lambda *values: functools.reduce(np.minimum, values),
}


class _CodeRun:
    """One run of Python code, executed as it is, for each coordinate by itself."""

    def __init__(self, reading: Reading, arguments: Mapping[str, Any], problem: Problem) -> None:
        self.reading, self.arguments, self.problem = reading, arguments, problem
        self.bindings = reading.bindings
        self.used = reading.used(arguments)
        self.value = next((n for n, m in self.bindings.symbols.items() if m == VALUE), "")
        symbols = self.bindings.symbols
        self.same = {
            name: meaning.removeprefix("= ")
            for name, meaning in symbols.items()
            if isinstance(meaning, str) and meaning.startswith("= ")
        }
        self.assigned = {
            name for _, part in self.used if isinstance(part, str) for name in _assigned(part)
        }

    def path(self, steps: int) -> Path:
        theta = np.asarray(self.problem.theta, dtype=float)
        if self.bindings.whole:
            with np.errstate(all="ignore"):
                run = self.coordinate(..., steps)
            return Path(
                tuple(np.empty(0) if value is None else value for value, _ in run),
                tuple(kept for _, kept in run),
            )
        runs = [self.coordinate(index, steps) for index in np.ndindex(theta.shape)]
        values, states = [], []
        for k in range(steps):
            found = [run[k][0] for run in runs]
            known = all(value is not None for value in found)
            values.append(np.array(found).reshape(theta.shape) if known else np.empty(0))
            names = runs[0][k][1]
            states.append(
                {n: np.array([run[k][1][n] for run in runs]).reshape(theta.shape) for n in names}
            )
        return Path(tuple(values), tuple(states))

    def part(self, values: Any, index: Any) -> Any:
        """Return the coordinate of an array, or all of it."""
        return np.array(values, dtype=float) if index is ... else float(values[index])

    def coordinate(self, index: Any, steps: int) -> list[tuple[Array | None, dict[str, Array]]]:
        known: dict[str, Any] = {}
        for name, meaning in self.bindings.symbols.items():
            if isinstance(meaning, Operator):
                known[name] = _applied(meaning.function, self.arguments)
            elif isinstance(meaning, float | int):
                known[name] = meaning
            elif (
                isinstance(meaning, str)
                and meaning not in (*ROLES, *WITHIN)
                and name not in self.same
            ):
                known[name] = evaluated(meaning, self.arguments)
        names = {m: n for n, m in self.bindings.symbols.items() if isinstance(m, str)}
        lasting: dict[str, Any] = {}
        if PARAMETERS in names:
            lasting[names[PARAMETERS]] = self.part(self.problem.theta, index)
        begin = {**self.arguments, **lasting}
        for name, meaning in self.bindings.symbols.items():
            if isinstance(meaning, State):
                lasting[name] = evaluated(meaning.start, begin)
        time = self.bindings.time
        namespace = self.run(True, {**known, **lasting, time: self.bindings.first - 1})
        lasting |= {name: namespace[name] for name in lasting if name in namespace}
        found = []
        for k in range(steps):
            given: dict[str, Any] = {**known, **lasting}
            given |= {
                m.before: copy.copy(lasting[n])
                for n, m in self.bindings.symbols.items()
                if isinstance(m, State) and m.before
            }
            given.setdefault(time, self.bindings.first + k)
            if GRADIENT in names:
                given[names[GRADIENT]] = self.part(self.problem.gradients[k], index)
            if LOSS in names:
                given[names[LOSS]] = self.problem.losses[k]
            namespace = self.run(False, given)
            lasting = {name: namespace[name] for name in lasting}
            states = {
                m.name: np.array(namespace[n], dtype=float)
                for n, m in self.bindings.symbols.items()
                if isinstance(m, State) and m.name and n in self.assigned
            }
            result = namespace.get(VALUE)
            if PARAMETERS in names and VALUE not in namespace:
                result = namespace[names[PARAMETERS]]
            found.append((None if result is None else np.array(result, dtype=float), states))
        return found

    def run(self, start: bool, given: Mapping[str, Any]) -> dict[str, Any]:
        """Execute the blocks, and return the names that they leave."""
        own = ARRAYS if self.bindings.whole else {}
        space: dict[str, Any] = {"__builtins__": {}, **BUILTINS, **own, **given}
        for number, (use, part) in enumerate(self.used):
            if use.start != start:
                continue
            if not isinstance(part, str):
                raise EquationError("blocks of LaTeX and of Python cannot be mixed")
            space |= {name: space[other] for name, other in self.same.items() if other in space}
            try:
                exec(_compiled(part, number), space)
                if use.result:
                    space[VALUE] = eval(use.result, space)
                elif self.value in space:
                    space[VALUE] = space[self.value]
            except SyntaxError as error:
                raise EquationError(f"line {error.lineno} is no Python: {error.msg}") from None
            except Exception as error:  # whatever the code of a docstring raises
                raise EquationError(f"{self.line(error)}{error}") from None
        return space

    def line(self, error: Exception) -> str:
        """Return the line of code that raised an error, to begin a message with."""
        files = {f"<block {k}>": part for k, (_, part) in enumerate(self.used)}
        trace, found = error.__traceback__, ""
        while trace is not None:
            code = files.get(trace.tb_frame.f_code.co_filename)
            if isinstance(code, str):
                found = f"{code.splitlines()[trace.tb_lineno - 1].strip()!r}: "
            trace = trace.tb_next
        return found


@functools.lru_cache(maxsize=64)
def _compiled(code: str, number: int) -> Any:
    """Return the compiled code of a block, whose number is for messages."""
    return compile(code, f"<block {number}>", "exec")


def _assigned(code: str) -> set[str]:
    """Return the names that code assigns."""
    try:
        nodes = ast.walk(ast.parse(code))
    except SyntaxError:
        return set()
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def is_python(code: str) -> bool:
    """Return whether a text is Python code."""
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True
