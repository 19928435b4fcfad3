"""A run of the Python code of a docstring, executed as it is."""

import ast
import copy
import functools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import GRADIENT, LOSS, PARAMETERS, VALUE, Operator, State
from adamdoc.audit.docstrings import ROLES, WITHIN, Reading, evaluated
from adamdoc.audit.executing import Path, Problem, applied
from adamdoc.checks import Array
from adamdoc.equations.grammar import EquationError


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


class CodeRun:
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
        """Return the values and states after each step."""
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
        """Return the value and the states after each step, of one coordinate or of all."""
        known: dict[str, Any] = {}
        for name, meaning in self.bindings.symbols.items():
            if isinstance(meaning, Operator):
                known[name] = applied(meaning.function, self.arguments)
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
