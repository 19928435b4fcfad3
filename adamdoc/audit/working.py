"""Worked examples: the first steps of a library, and the documented equations as plain Python.

A run of the equations for one coordinate writes down each assignment that it makes, with the arms
of conditions chosen and the symbols spelled as names of Python. The result is a script that needs
only the library.
"""

import ast
import contextlib
import keyword
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adamdoc.audit import libraries
from adamdoc.audit.bindings import GRADIENT, LOSS, PARAMETERS, UPDATE, Finding, Row, State
from adamdoc.audit.coding import BUILTINS, CodeRun
from adamdoc.audit.comparing import all_arguments, repaired, with_symbols
from adamdoc.audit.docstrings import Reading, evaluated, read
from adamdoc.audit.executing import Path, Problem, Run
from adamdoc.audit.reading import Assign
from adamdoc.equations.evaluate import value_of
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.tree import (
    At,
    Call,
    MatrixPower,
    MatrixProduct,
    Name,
    Node,
    Number,
    Power,
    Product,
    Series,
    Sum,
    names,
    rebuilt,
    show,
)
from adamdoc.equations.tree import Case as Either

#: The most steps and lines of an example.
STEPS, LINES = 5, 40
#: A difference that shows in the printed digits, as a share of the value.
VISIBLE = 1e-5
#: The start, gradients and losses of the examples.
THETA, GRADIENTS = 1.5, (0.5, -1.2, 0.8, 2.0, -0.4)
LOSSES = (1.0, 0.8, 0.9, 0.5, 0.4)
#: The functions of one coordinate: those of `math`, and those that leave it as it is.
MATH = {"sqrt", "exp", "log", "sin", "cos", "tanh"}
SAME = {"sum", "mean", "mean_columns", "mean_rows", "sum_columns", "sum_rows", "transpose"}
SAME |= {"max_columns", "max_rows"}
SIZE = {"abs", "rms", "norm", "norm1", "norminf"}


class UnwritableError(ValueError):
    """An expression that has no plain form for one coordinate."""


def identifier(latex: str) -> str:
    r"""Return a name of Python for a symbol, without its index.

    Examples
    --------
    >>> identifier(r"\widehat{m_t}"), identifier(r"v_{t+1}^{max}"), identifier(r"\lambda")
    ('m_hat', 'v_max', 'lambda_')
    """
    text = re.sub(r"_(?:\{t\s*(?:[-+]\s*1)?\}|t(?![A-Za-z]))|\^\{?\(?i\)?\}?", "", latex)
    while match := re.search(r"\\(?:wide)?(hat|tilde|bar|dot)\s*\{([^{}]*)\}", text):
        text = text.replace(match[0], f"{match[2]}_{match[1]}")
    text = re.sub(r"\\(?:text\w*|math\w+|operatorname|bm|boldsymbol)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)", r"\1 ", text)
    text = re.sub(r"\W+", "_", text.replace("\\_", "_"))
    name = re.sub(r"_+", "_", text).strip("_") or "x"
    if keyword.iskeyword(name):
        name += "_"
    return name if name[0].isalpha() else f"x_{name}"


class Worked(Run):
    """A run of equations for one coordinate that writes down what it computes."""

    def __init__(self, reading: Reading, arguments: Mapping[str, Any], problem: Problem) -> None:
        self.code: list[tuple[str, set[str], str]] = []
        self.spelled: dict[str, str] = {}
        self.known: dict[str, Any] = {}
        super().__init__(reading, arguments, problem)

    def variable(self, name: str, index: Sequence[float] = ()) -> str:
        """Return the name in Python of a quantity."""
        if name not in self.spelled:
            q = self.quantities.get(name)
            own = identifier(q.latex if q else name)
            if name == GRADIENT and "nabla" in own:
                own = "gradient"
            while own in self.spelled.values():
                own += "_"
            self.spelled[name] = own
        return "_".join([self.spelled[name], *(f"{int(k)}" for k in index)]).replace("-", "m")

    def write(self, target: str, expression: str, uses: set[str], value: Any) -> None:
        """Write down an assignment."""
        self.code.append((target, uses, f"{target} = {expression}"))
        self.known[target] = value

    def refer(self, target: str, value: Any) -> Name:
        """Return a quantity; write down its value if nothing has assigned it."""
        if callable(value):
            raise UnwritableError
        if target not in self.known or self.known[target] is not value:
            same = [n for n, v in self.known.items() if v is value and isinstance(v, np.ndarray)]
            if same:
                self.write(target, same[-1], {same[-1]}, value)
            elif target not in self.known or not np.array_equal(self.known[target], value):
                self.write(target, repr(number_of(value)), set(), value)
        return Name(target)

    def plain(self, node: Node) -> Node:
        """Return an expression for one coordinate in terms of the names that are written down."""
        match node:
            case Name("pi"):
                return Number(np.pi)
            case Name(name):
                if name == self.bindings.time:
                    return Number(int(self.values[name]))
                own = name.startswith("(") and isinstance(self.values[name], float)
                value = self.values[name]
                return self.refer(self.variable(name), float(value) if own else value)
            case At(name, indices):
                index = [value_of(part, self.values) for part in indices]
                value = value_of(node, self.values)
                if name.startswith("("):
                    return self.refer(self.variable(name), value)
                return self.refer(self.variable(name, index), value)
            case Either(value, condition, otherwise):
                holds = bool(np.all(value_of(condition, self.values)))
                return self.plain(value if holds else otherwise)
            case Series("sum", index, first, last, term):
                bounds = [int(value_of(end, self.values)) for end in (first, last)]
                if bounds[1] - bounds[0] > STEPS or bounds[1] < bounds[0]:
                    raise UnwritableError
                before = self.values.get(index)
                terms = []
                for k in range(bounds[0], bounds[1] + 1):
                    self.values[index] = float(k)
                    self.spelled.setdefault(index, index)
                    terms.append(self.plain(term))
                if before is None:
                    del self.values[index]
                else:
                    self.values[index] = before
                return Sum(tuple(terms)) if len(terms) > 1 else terms[0]
            case Call(function, arguments):
                found = tuple(map(self.plain, arguments))
                if function in SAME:
                    return found[0]
                if function in SIZE:
                    return Call("abs", found)
                if function in MATH:
                    return Call(f"math.{function}", found)
                if function == "inner":
                    return Product(found)
                if function in ("max", "min", "mod", "sign"):
                    return Call(function, found)
                raise UnwritableError
            case MatrixProduct(factors):
                return Product(tuple(map(self.plain, factors)))
            case MatrixPower(base, exponent):
                return Power(self.plain(base), self.plain(exponent))
        if isinstance(node, Series):
            raise UnwritableError
        return rebuilt(node, self.plain)

    def assign(self, statement: Assign) -> None:
        """Write down an assignment, and do it."""
        try:
            node = self.plain(statement.expr)
            text, uses = show(node), set(names(node))
        except (UnwritableError, KeyError, EquationError):
            text, uses = "", set()
        super().assign(statement)
        target = statement.target
        index = [value_of(k, self.values) for k in target.indices] if isinstance(target, At) else []
        value = self.values[target.name]
        if index:
            value = value[tuple(index) if len(index) > 1 else index[0]]
        if not text:
            text = f"{number_of(value)!r}  # {statement.latex}"
        self.write(self.variable(target.name, index), text, uses, value)

    def branch(self, arms: Any) -> None:
        """Run the arm whose condition holds for the coordinate."""
        for condition, body in arms:
            if condition is None or np.all(value_of(condition, self.values)):
                self.run(body)
                return

    def result(self, t: int, old: Any) -> Any:
        """Return the parameters after a step, and note the name that has them."""
        new = super().result(t, old)
        quantity = self.quantities.get(PARAMETERS)
        if UPDATE in self.quantities:
            update = self.quantities[UPDATE]
            index = [t + update.offset] if update.template.indexed else []
            node = self.refer(self.variable(UPDATE, index), self.current(UPDATE, t))
            if quantity is None:
                before, after = self.refer("parameter", old).name, "parameter"
            elif quantity.template.indexed:
                places = (t + quantity.offset - 1, t + quantity.offset)
                before, after = (self.variable(PARAMETERS, [k]) for k in places)
                self.refer(before, old)
            else:
                before = after = self.variable(PARAMETERS)
                self.refer(before, old)
            self.write(after, f"{before} + {node.name}", {before, node.name}, new)
            self.last = after
            return new
        self.last = next((n for n, v in reversed(self.known.items()) if v is new), "")
        if not self.last:
            raise UnwritableError
        return new

    def lines(self) -> list[str]:
        """Return the lines on which the last result depends."""
        needed, kept = {self.last}, []
        for target, uses, line in reversed(self.code):
            if target in needed:
                needed = (needed - {target}) | uses
                kept.append(line)
        return kept[::-1]


def number_of(value: Any) -> float:
    """Return the value of one coordinate."""
    if np.size(value) != 1:
        raise UnwritableError
    return float(np.ravel(value)[0])


def example(row: Row, finding: Finding, arguments: Mapping[str, Any], shape: Any) -> str | None:
    """Return a script that shows a finding with the library alone, None if there is none.

    Parameters
    ----------
    row : Row
        The row, whose library is installed.
    finding : Finding
        One of its findings, which has a repair.
    arguments : mapping
        The arguments of the case that shows it.
    shape : tuple of int
        The shape of the parameters in that case.

    Returns
    -------
    str or None
        The script.
    """
    target = libraries.load(row.name)
    kind = kind_of(target, row)
    try:
        given = ast.literal_eval(repr(dict(arguments)))
    except (ValueError, SyntaxError):
        return None
    if not kind or LOSS in row.symbols.values():
        return None
    doc = libraries.with_references(libraries.documentation(target), row)
    others = [other for other in row.findings if other is not finding]
    for axes in dict.fromkeys((1, len(shape))):
        start = np.full((1,) * axes, THETA)
        problem = Problem(start, tuple(np.full_like(start, g) for g in GRADIENTS), LOSSES)
        try:
            theirs = libraries.run(target, row, given, problem)
        except Exception:  # whatever a library raises of another shape
            continue
        whole = all_arguments(target, given)
        found = []
        for repairs in ([], others):  # as it is written, if the other repairs do not matter
            with contextlib.suppress(EquationError, UnwritableError, KeyError, RecursionError):
                reading = read(repaired(doc, repairs), with_symbols(row, repairs))
                found.append(_worked(reading, whole, problem, theirs))
        if not found or found[-1] is None:
            continue
        shown = found[-1] if found[0] is None or found[0][:2] != found[-1][:2] else found[0]
        steps, _, code, last = shown
        if len(code) <= LINES:
            return script(row.name, kind, given, axes, steps, code, last)
    return None


def _worked(
    reading: Reading, arguments: Mapping[str, Any], problem: Problem, theirs: Path
) -> tuple[int, float, list[str], str] | None:
    """Return the first step that differs, its result, the lines that compute it, and its name."""
    python = any(isinstance(part, str) for _, part in reading.used(arguments))
    for steps in range(1, STEPS + 1):
        run = (CodeRun if python else Worked)(reading, arguments, problem)
        ours = number_of(run.path(steps).values[-1])
        known = number_of(theirs.values[steps - 1])
        if not abs(ours - known) <= VISIBLE * max(abs(known), 1e-3):
            break
    else:
        return None
    if isinstance(run, Worked):
        return steps, ours, run.lines(), run.last
    return steps, ours, *code_lines(run)


def code_lines(run: CodeRun) -> tuple[list[str], str]:
    """Return the lines that execute the code of a docstring, and the name of the result."""
    symbols = run.bindings.symbols
    named = {m: n for n, m in symbols.items() if isinstance(m, str)}
    if run.bindings.whole or any(use.result for use, _ in run.used) or PARAMETERS not in named:
        raise UnwritableError
    theta = named[PARAMETERS]
    begin = [f"{theta} = {THETA}"]
    body: list[str] = []
    texts = [part for _, part in run.used if isinstance(part, str)]
    words = set(re.findall(r"[A-Za-z_]\w*", "\n".join(texts)))
    for name, meaning in symbols.items():
        if name not in words:
            continue
        if isinstance(meaning, State):
            begin.append(f"{name} = {evaluated(meaning.start, dict(run.arguments))!r}")
        elif isinstance(meaning, float | int):
            begin.append(f"{name} = {meaning!r}")
        elif isinstance(meaning, str) and meaning not in (GRADIENT, LOSS, PARAMETERS):
            begin.append(f"{name} = {evaluated(meaning, run.arguments)!r}")
    used = sorted(words & BUILTINS.keys() - {"abs", "max", "min", "pow", "float", "int", "sum"})
    used = [name for name in used if hasattr(math, name)]
    if used:
        begin.insert(0, f"from math import {', '.join(used)}")
    for use, part in run.used:
        (begin if use.start else body).extend(str(part).splitlines())
    time = run.bindings.time
    loop = f"for {time}, {named[GRADIENT]} in enumerate(gradients, start={run.bindings.first}):"
    return [*begin, loop, *(f"    {line}" for line in body)], theta


def kind_of(target: Any, row: Row) -> str:
    """Return the name of the usual interface of a target; nothing for a run of its own."""
    if row.run is not None:
        return row.run.__name__ if row.run.__name__ in SCRIPTS else ""
    bases = {f"{base.__module__}.{base.__qualname__}" for base in getattr(target, "__mro__", ())}
    for base, runner in libraries.CLASSES.items():
        if base in bases:
            return runner.__name__ if runner.__name__ in SCRIPTS else ""
    return "run_optax" if row.name.startswith("optax.") else ""


#: What runs an optimizer of a library, by the function of `adamdoc.audit.libraries` that does.
SCRIPTS = {
    "run_torch": """\
import torch

theta = torch.nn.Parameter(torch.tensor({theta}, dtype=torch.float64))
optimizer = {name}([theta], {arguments})
for g in gradients:
    theta.grad = torch.full_like(theta, g)
    optimizer.step()
print("library:   ", theta.item())
""",
    "run_optax": """\
import jax
import jax.numpy as jnp
import optax

theta = jnp.array({theta})
optimizer = {name}({arguments})
state = optimizer.init(theta)
for g in gradients:
    updates, state = optimizer.update(jnp.full_like(theta, g), state, theta)
    theta = optax.apply_updates(theta, updates)
print("library:   ", theta.item())
""",
    "run_keras": """\
import keras

theta = keras.Variable({theta})
optimizer = {name}({arguments})
for g in gradients:
    optimizer.apply([keras.ops.full({shape}, g)], [theta])
print("library:   ", keras.ops.convert_to_numpy(theta).item())
""",
    "run_mlx": """\
import mlx.core as mx
import mlx.optimizers

theta = {{"w": mx.array({theta})}}
optimizer = {name}({arguments})
optimizer.init(theta)
for g in gradients:
    theta = optimizer.apply_gradients({{"w": mx.full(theta["w"].shape, g)}}, theta)
print("library:   ", theta["w"].item())
""",
    "run_paddle": """\
import paddle

start = paddle.nn.initializer.Constant({start})
theta = paddle.create_parameter({shape}, "float32", default_initializer=start)
optimizer = {name}(parameters=[theta], {arguments})
for g in gradients:
    theta.grad = paddle.full_like(theta, g)
    optimizer.step()
    optimizer.clear_grad()
print("library:   ", theta.item())
""",
}


def script(
    name: str,
    kind: str,
    arguments: Mapping[str, Any],
    axes: int,
    steps: int,
    code: Sequence[str],
    last: str,
) -> str:
    """Return the script of an example."""
    theta: Any = THETA
    for _ in range(axes):
        theta = [theta]
    listed = ", ".join(f"{n}={v!r}" for n, v in arguments.items())
    library = SCRIPTS[kind].format(
        theta=theta, start=THETA, shape=[1] * axes, name=name, arguments=listed
    )
    library = library.replace(", )", ")")
    text = "\n".join(code)
    imported = "import math\n\n" * ("math." in text)
    signs = dict.fromkeys(re.findall(r"\b(?:sign|sgn)(?=\()", text))
    helper = "".join(f"def {sign}(x):\n    return (x > 0) - (x < 0)\n\n\n" for sign in signs)
    return (
        f"{imported}{helper}gradients = {list(GRADIENTS[:steps])}\n\n"
        f"# {steps} step{'s' * (steps > 1)} of the library\n{library}\n"
        f"# The documented equations, worked out\n{text}\n"
        f'print("documented:", {last})\n'
    )
