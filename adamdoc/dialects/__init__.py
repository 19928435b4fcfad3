"""What other libraries mean by the name of an optimizer, and how to say it in another.

`table` holds the rows; `settings` reads them in both directions.
"""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from adamdoc import checks
from adamdoc.dialects.settings import CLASSES, build, holds, parse, solve
from adamdoc.dialects.table import ABSENT, ROWS, Row
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.base import layers

__all__ = [
    "ABSENT",
    "ALL",
    "CLASSES",
    "ELEMENTWISE",
    "REQUIRED",
    "ROWS",
    "Call",
    "Row",
    "defaults",
    "reproduce",
    "translate",
]

#: Every optimizer and every general form.
ALL = tuple(CLASSES.values())
#: Those that step each coordinate by itself: their equations are parsed and compiled.
ELEMENTWISE = tuple(cls for cls in ALL if cls.elementwise)

#: Stands for the default of an argument that has none.
REQUIRED = "required"
LIBRARIES = ("torch.optim", "optax", "optax.contrib", "keras.optimizers", "pytorch_optimizer")


@dataclass(frozen=True)
class Call:
    """A call of a library's optimizer.

    Attributes
    ----------
    peer : str
        What to call.
    arguments : dict
        Those that differ from its defaults.
    matched : bool
        Whether it takes the same steps.
    reason : str
        If not, what cannot be matched.
    """

    peer: str
    arguments: dict[str, Any]
    matched: bool = True
    reason: str = ""

    def __str__(self) -> str:
        """Return the call as one would write it."""
        if not self.matched:
            return f"no call of {self.peer} takes the same steps: {self.reason}"
        words = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.peer}({words})"


@functools.cache
def row(peer: str) -> Row:
    """Return the row of a peer.

    Raises
    ------
    ValueError
        If there is none.
    """
    checks.one_of("peer", peer, (r.peer for r in ROWS))
    return next(r for r in ROWS if r.peer == peer)


def subject(known: Row) -> str:
    """Return the class that a row is about: the innermost call that its arguments reach.

    Examples
    --------
    >>> subject(row("torch.optim.AdamW")), subject(row("optax.lookahead"))
    ('AdamDialect', 'Lookahead')
    """
    found = ""
    for node in ast.walk(parse(known.settings)):  # from the outside in
        if not isinstance(node, ast.Call):
            continue
        parts = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
        if any(isinstance(part, ast.Name) for given in parts for part in ast.walk(given)):
            found = ast.unparse(node.func)
    return found


@functools.cache
def defaults(peer: str) -> dict[str, Any]:
    """Return the arguments of a library's optimizer with their defaults.

    Parameters
    ----------
    peer : str
        Its name, such as ``"torch.optim.Adam"``.

    Returns
    -------
    dict
        The defaults by name; ``REQUIRED`` where there is none.

    Raises
    ------
    ValueError
        If the table has no such name.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> dialects.defaults("optax.signum")
    {'learning_rate': 'required', 'beta': 0.9}
    """
    signature = ast.parse(f"def f({row(peer).arguments}): ...").body[0]
    assert isinstance(signature, ast.FunctionDef)
    names = [argument.arg for argument in signature.args.args]
    values = [ast.literal_eval(node) for node in signature.args.defaults]
    return dict(zip(names, [REQUIRED] * (len(names) - len(values)) + values, strict=True))


def _complete(peer: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return all arguments of a call, checked."""
    known = defaults(peer)
    for name in arguments:
        if name in row(peer).unmatched:
            raise ValueError(
                f"{name} of {peer} must be left at its default: {row(peer).unmatched[name]}"
            )
        if name not in known:
            raise ValueError(f"arguments of {peer} must be among {', '.join(known)}, got {name!r}")
    complete = {**known, **arguments}
    for name, value in complete.items():
        if value == REQUIRED:
            raise ValueError(f"{name} of {peer} must be given")
        if isinstance(known[name], tuple) and len(value) != len(known[name]):
            raise ValueError(f"{name} of {peer} must have {len(known[name])} entries, got {value}")
    if holds(row(peer).rejected_when, complete):
        raise ValueError(
            f"{peer} refuses arguments with {row(peer).rejected_when}, got {arguments}"
        )
    return complete


def reproduce(peer: str, arguments: dict[str, Any] | None = None) -> Optimizer:
    """Return the optimizer that takes the steps of a library's.

    Parameters
    ----------
    peer : str
        Its name, such as ``"torch.optim.Adam"``.
    arguments : dict, optional
        The arguments of its call by name; those that are left out have the library's defaults.

    Returns
    -------
    Optimizer
        The settings in adamdoc.

    Raises
    ------
    ValueError
        If the table has no such name, or an argument is unknown, missing or one that adamdoc cannot
        match; the message says which and why.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> dialects.reproduce("optax.lion", {"learning_rate": 0.1})
    Lion(lr=0.1, beta1=0.9, beta2=0.99, weight_decay=0.001)
    """
    known = row(peer)
    complete = _complete(peer, arguments or {})
    if not known.settings:
        raise ValueError(f"{peer} has no settings: {known.differs}")
    if holds(known.unsupported_when, complete):
        raise ValueError(f"{peer} has no settings with {known.unsupported_when}: {known.differs}")
    return build(known.settings, complete)


def calls(optimizer: Optimizer, library: str) -> Iterator[Call]:
    """Yield the calls of a library that take the steps of an optimizer."""
    for known in ROWS:
        if known.peer.rpartition(".")[0] not in library_parts(library) or not known.settings:
            continue
        start = defaults(known.peer)
        for found in solve(known.settings, optimizer, start):
            if REQUIRED in found.values():
                continue
            if holds(known.rejected_when, found) or holds(known.unsupported_when, found):
                continue
            yield Call(known.peer, {n: v for n, v in found.items() if v != start[n]})


def library_parts(library: str) -> tuple[str, ...]:
    """Return the modules of a library, by a name of it such as ``"torch"`` or ``"optax"``."""
    parts = tuple(part for part in LIBRARIES if part.split(".")[0] == library.split(".")[0])
    if not parts:
        known = sorted({part.split(".")[0] for part in LIBRARIES})
        checks.one_of("to", library, known)
    return parts


def translate(peer: str, arguments: dict[str, Any] | None = None, *, to: str) -> Call:
    """Return the call of another library that takes the same steps.

    Parameters
    ----------
    peer : str
        The optimizer, such as ``"torch.optim.RMSprop"``.
    arguments : dict, optional
        The arguments of its call by name; those that are left out have the library's defaults.
    to : str
        The other library: ``"torch"``, ``"optax"``, ``"keras"`` or ``"pytorch_optimizer"``.

    Returns
    -------
    Call
        What to call; ``str`` of it is the line of code. If nothing takes the same steps, its
        `matched` is False and its `reason` says what is in the way.

    Raises
    ------
    ValueError
        If the table has no such name or library, or an argument cannot be matched.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> print(dialects.translate("torch.optim.RMSprop", {"lr": 0.1}, to="optax"))
    optax.rmsprop(learning_rate=0.1, decay=0.99, eps_in_sqrt=False)
    >>> print(dialects.translate("torch.optim.Adam", {"amsgrad": True}, to="optax").matched)
    False
    """
    optimizer = reproduce(peer, arguments)
    found = sorted(calls(optimizer, to), key=lambda call: len(call.arguments))
    if found:
        return found[0]
    return Call(to, {}, matched=False, reason=_reason(optimizer, to))


def _reason(optimizer: Optimizer, library: str) -> str:
    """Return what keeps a library from taking the steps of an optimizer."""
    *outer, core = layers(optimizer)
    wrappers = [type(layer).__name__ for layer in outer]
    name = type(core).__name__
    own = {f.name: getattr(core, f.name) for f in fields(core)}
    unusual = [f"{f.name}={own[f.name]!r}" for f in fields(core) if own[f.name] != f.default]
    rows = [r for r in ROWS if r.peer.rpartition(".")[0] in library_parts(library)]
    near = [r for r in rows if re.search(rf"\b{name}\(", r.settings)]
    if not near:
        return f"none of its optimizers is adamdoc's {name}"
    if not any(all(f"{w}(" in r.settings for w in wrappers) for r in near):
        return f"{', '.join(r.peer for r in near)} has no {' and '.join(wrappers)}"
    around = "".join(f" in {wrapper}" for wrapper in reversed(wrappers))
    faults = [f"{r.peer} {fault}" for r in near for fault in _fixed(r.settings, name, own)]
    return "; ".join(faults) or (
        f"{', '.join(r.peer for r in near)} cannot be {name}({', '.join(unusual)}){around}"
    )


def _fixed(settings: str, name: str, own: dict[str, Any]) -> list[str]:
    """Return what the settings of a row fix at other values than an optimizer has."""
    found = []
    for node in ast.walk(parse(settings)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != name:
            continue
        given = {str(keyword.arg): keyword.value for keyword in node.keywords}
        for field in fields(CLASSES[name]):
            part = given.get(field.name)
            fixed = field.default if part is None else getattr(part, "value", None)
            if isinstance(fixed, (int, float)) and fixed != own[field.name]:
                found.append(f"has {field.name} = {fixed:g}, needed is {own[field.name]:g}")
    return found
