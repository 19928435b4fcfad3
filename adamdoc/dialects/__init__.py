"""Translation of optimizer calls between libraries.

The same name means different things in different libraries. `table` says, for each library, which
adamdoc optimizer takes the same steps; `settings` evaluates these entries in both directions.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from adamdoc import checks, optimizers
from adamdoc.dialects import forms
from adamdoc.dialects.arguments import REQUIRED, bind, complete, defaults, effective, required
from adamdoc.dialects.peers import resolve
from adamdoc.dialects.settings import CLASSES, build, parse, satisfied, solve
from adamdoc.dialects.table import ABSENT, LIBRARIES, ROWS, Row
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.base import layers

__all__ = [
    "ABSENT",
    "ALL",
    "CLASSES",
    "ELEMENTWISE",
    "LIBRARIES",
    "REQUIRED",
    "ROWS",
    "Call",
    "Row",
    "bind",
    "defaults",
    "effective",
    "library_defaults",
    "reproduce",
    "required",
    "resolve",
    "translate",
    "with_general_form",
]

#: Every optimizer and every general form.
ALL = tuple(CLASSES.values())
#: Those that update each coordinate independently: their equations are parsed and compiled.
ELEMENTWISE = tuple(cls for cls in ALL if cls.elementwise)


@dataclass(frozen=True)
class Call:
    """A call of an optimizer of another library.

    Attributes
    ----------
    peer : str
        The qualified name of the optimizer.
    arguments : dict
        The arguments that differ from its defaults.
    matched : bool
        Whether the call takes the same steps.
    reason : str
        If it does not, what cannot be matched.
    """

    peer: str
    arguments: dict[str, Any]
    matched: bool = True
    reason: str = ""

    def __str__(self) -> str:
        """Return the call as a line of code."""
        if not self.matched:
            return f"no call of {self.peer} takes the same steps: {self.reason}"
        words = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.peer}({words})"


def class_name(row: Row) -> str:
    """Return the class that a row documents: the innermost call that depends on its arguments.

    Examples
    --------
    >>> class_name(resolve("torch.optim.AdamW")), class_name(resolve("optax.lookahead"))
    ('AdamDialect', 'Lookahead')
    """
    innermost = ""
    for node in ast.walk(parse(row.settings)):  # from the outside in
        if not isinstance(node, ast.Call):
            continue
        arguments = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
        if any(isinstance(part, ast.Name) for value in arguments for part in ast.walk(value)):
            innermost = ast.unparse(node.func)
    return innermost


def with_general_form(cls: type[Optimizer]) -> set[str]:
    """Return the names of a class and of its general form, if it has one.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    set of str
        The names.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> sorted(with_general_form(Adam))
    ['Adam', 'AdamDialect']
    """
    own = cls.__name__
    return {own, *(name for name, form in forms.CLASSES.items() if form.builds_on == (own,))}


def library_defaults(cls: type[Optimizer]) -> dict[str, dict[str, float]]:
    """Return the defaults of the libraries that have an optimizer, in the names of adamdoc.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    dict of dict of float
        For each peer, its defaults by the names of our hyperparameters, without those that depend
        on a required argument or that its form does not have.

    Examples
    --------
    >>> from adamdoc import RMSprop
    >>> library_defaults(RMSprop)["torch.optim.RMSprop"]["beta"]
    0.99
    """
    names = with_general_form(cls)
    found = {}
    for row in ROWS:
        if not row.settings or class_name(row) not in names:
            continue
        values: list[dict[str, float]] = []
        for number in (1.0, 2.0):  # a value that differs depends on a required argument
            given: dict[str, Any] = dict.fromkeys(required(row.peer), number)
            inner = {"inner": optimizers.GradientDescent()} if row.wraps else {}
            chain = layers(reproduce(row.peer, given | inner))
            layer = next(part for part in chain if type(part).__name__ in names)
            values.append(
                {f.name: getattr(layer, f.name) for f in fields(cls) if hasattr(layer, f.name)}
            )
        first, second = values
        found[row.peer] = {
            name: value
            for name, value in first.items()
            if name != "optimizer" and value == second[name]
        }
    return found


def reproduce(peer: str, arguments: dict[str, Any] | None = None) -> Optimizer:
    """Return the adamdoc optimizer that takes the same steps as one of another library.

    Parameters
    ----------
    peer : str
        The qualified name of the optimizer, such as ``"torch.optim.Adam"``.
    arguments : dict, optional
        The arguments of its call by name; omitted ones take the library's defaults.

    Returns
    -------
    Optimizer
        An optimizer that takes the same steps.

    Raises
    ------
    ValueError
        If the table has no optimizer of this name, or an argument is unknown, missing or cannot be
        reproduced. The message says which and why.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> dialects.reproduce("optax.lion", {"learning_rate": 0.1})
    Lion(lr=0.1, beta1=0.9, beta2=0.99, weight_decay=0.001)
    """
    row = resolve(peer)
    if not row.settings:
        raise ValueError(f"adamdoc cannot reproduce {row.peer}: {row.differs}")
    given = complete(row.peer, arguments or {})
    if satisfied(row.unsupported_when, given):
        raise ValueError(
            f"adamdoc cannot reproduce {row.peer} with {row.unsupported_when}: {row.differs}"
        )
    try:
        return build(row.settings, given)
    except (TypeError, ValueError) as error:  # of a hyperparameter that is out of range
        raise type(error)(_in_words_of(row, str(error))) from error


def _in_words_of(row: Row, message: str) -> str:
    """Return an error about a hyperparameter with the name that a library gives it."""
    name, _, rest = message.partition(" ")
    for node in ast.walk(parse(row.settings)):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            value = keyword.value
            value = value.values[0] if isinstance(value, ast.BoolOp) else value
            if keyword.arg == name and isinstance(value, (ast.Name, ast.Subscript)):
                return f"{ast.unparse(value)} of {row.peer} {rest}"
    return f"adamdoc cannot reproduce this call of {row.peer}: {message}"


def matching_calls(optimizer: Optimizer, library: str) -> Iterator[Call]:
    """Yield the calls of a library that take the same steps as an optimizer."""
    for row in _rows(library):
        if not row.settings or row.wraps:
            continue
        default = defaults(row.peer)
        for arguments in solve(row.settings, optimizer, default):
            if REQUIRED in arguments.values():
                continue
            if any(satisfied(c, arguments) for c in (row.rejected_when, row.unsupported_when)):
                continue
            yield Call(row.peer, {n: v for n, v in arguments.items() if v != default[n]})


def _rows(library: str) -> list[Row]:
    """Return the rows of a library, named by its top-level package, such as ``"torch"``."""
    package = library.split(".")[0]
    checks.one_of("to", package, sorted(LIBRARIES.values()))
    return [row for row in ROWS if row.library == package]


def translate(peer: str, arguments: dict[str, Any] | None = None, *, to: str) -> Call:
    """Return the call of another library that takes the same steps.

    Parameters
    ----------
    peer : str
        The qualified name of the optimizer, such as ``"torch.optim.RMSprop"``.
    arguments : dict, optional
        The arguments of its call by name; omitted ones take the library's defaults.
    to : str
        The target library: ``"torch"``, ``"optax"``, ``"keras"`` or ``"pytorch_optimizer"``.

    Returns
    -------
    Call
        The shortest matching call; ``str`` of it is a line of code. If no call takes the same
        steps, its `matched` is False and its `reason` says what cannot be matched.

    Raises
    ------
    ValueError
        If the table has no such optimizer or library, or an argument cannot be matched.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> print(dialects.translate("torch.optim.RMSprop", {"lr": 0.1}, to="optax"))
    optax.rmsprop(learning_rate=0.1, decay=0.99, eps_in_sqrt=False)
    >>> print(dialects.translate("torch.optim.Adam", {"amsgrad": True}, to="optax").matched)
    False
    """
    optimizer = reproduce(peer, arguments)
    matches = sorted(matching_calls(optimizer, to), key=lambda call: len(call.arguments))
    if matches:
        return matches[0]
    return Call(to, {}, matched=False, reason=_mismatch(optimizer, to))


def _mismatch(optimizer: Optimizer, library: str) -> str:
    """Return why no call of a library takes the same steps as an optimizer."""
    *outer, core = layers(optimizer)
    wrappers = [type(layer).__name__ for layer in outer]
    name = type(core).__name__
    values = {f.name: getattr(core, f.name) for f in fields(core)}
    non_default = [
        f"{f.name}={values[f.name]!r}" for f in fields(core) if values[f.name] != f.default
    ]
    similar = [row for row in _rows(library) if re.search(rf"\b{name}\(", row.settings)]
    peers = ", ".join(row.peer for row in similar)
    if not similar:
        return f"none of its optimizers is adamdoc's {name}"
    if not any(all(f"{w}(" in row.settings for w in wrappers) for row in similar):
        return f"{peers} has no {' and '.join(wrappers)}"
    conflicts = [
        f"{r.peer} {text}" for r in similar for text in _conflicts(r.settings, name, values)
    ]
    around = "".join(f" in {wrapper}" for wrapper in reversed(wrappers))
    return "; ".join(conflicts) or f"{peers} cannot be {name}({', '.join(non_default)}){around}"


def _conflicts(settings: str, name: str, values: dict[str, Any]) -> list[str]:
    """Return the hyperparameters that a row fixes at values other than those of an optimizer."""
    conflicts = []
    for node in ast.walk(parse(settings)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != name:
            continue
        keywords = {str(keyword.arg): keyword.value for keyword in node.keywords}
        for field in fields(CLASSES[name]):
            argument = keywords.get(field.name)
            fixed = field.default if argument is None else getattr(argument, "value", None)
            if isinstance(fixed, (int, float)) and fixed != values[field.name]:
                conflicts.append(f"has {field.name} = {fixed:g} instead of {values[field.name]:g}")
    return conflicts
