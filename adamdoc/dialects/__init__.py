"""Translation of optimizer calls between libraries.

The same name means different things in different libraries. `table` says, for each library, which
adamdoc optimizer takes the same steps; `settings` evaluates these entries in both directions.
"""

import ast
from collections.abc import Mapping
from types import NoneType
from typing import Any, overload

from adamdoc.dialects import forms
from adamdoc.dialects.arguments import (
    REQUIRED,
    bind,
    complete,
    defaults,
    effective,
    own_arguments,
    required,
)
from adamdoc.dialects.calls import Call, links
from adamdoc.dialects.chains import assemble
from adamdoc.dialects.matching import library_of, matching_calls
from adamdoc.dialects.nearest import nearest_call
from adamdoc.dialects.peers import resolve
from adamdoc.dialects.reading import read
from adamdoc.dialects.schedules import ABSENT as ABSENT_SCHEDULES
from adamdoc.dialects.schedules import ROWS as SCHEDULES
from adamdoc.dialects.schedules import ScheduleRow, schedule
from adamdoc.dialects.settings import CLASSES, INNER, build, parse, satisfied
from adamdoc.dialects.table import ABSENT, LIBRARIES, ROWS, Row
from adamdoc.optimizers import Optimizer

__all__ = [
    "ABSENT",
    "ABSENT_SCHEDULES",
    "ALL",
    "CLASSES",
    "LIBRARIES",
    "REQUIRED",
    "ROWS",
    "SCHEDULES",
    "Call",
    "Row",
    "ScheduleRow",
    "bind",
    "defaults",
    "effective",
    "library_rows",
    "matching_calls",
    "own_arguments",
    "read",
    "reproduce",
    "required",
    "resolve",
    "schedule",
    "translate",
    "with_general_form",
]

#: Every optimizer and every general form.
ALL = tuple(CLASSES.values())


def class_name(row: Row) -> str:
    """Return the class that a row documents: the innermost call that depends on its arguments.

    A row without settings has none: the empty string.

    Examples
    --------
    >>> class_name(resolve("torch.optim.AdamW")), class_name(resolve("optax.lookahead"))
    ('AdamDialect', 'Lookahead')
    """
    innermost = ""
    for node in ast.walk(parse(row.settings or "None")):  # from the outside in
        if not isinstance(node, ast.Call):
            continue
        arguments = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
        wraps = any(ast.unparse(part) == INNER for part in node.args)
        names = (part for value in arguments for part in ast.walk(value))
        if wraps or any(isinstance(part, ast.Name) for part in names):
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


def library_rows(cls: type[Optimizer]) -> list[Row]:
    """Return the rows of a class: those that have its name, and those that it reproduces.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    list of Row
        The rows whose last name is that of the class, whatever its capitals, and those whose
        settings use the class or its general form. A library may mean another method by the name.

    Examples
    --------
    >>> from adamdoc import NAdam
    >>> [(row.peer, class_name(row)) for row in library_rows(NAdam)]
    [('torch.optim.NAdam', 'NAdam'), ('optax.nadam', 'AdamDialect'), \
('keras.optimizers.Nadam', 'NAdam')]
    """
    names = with_general_form(cls)
    own = cls.__name__.lower()
    return [
        row
        for row in ROWS
        if row.peer.rpartition(".")[2].lower() == own or class_name(row) in names
    ]


def reproduce(
    peer: str | Call | Optimizer, arguments: Mapping[str, Any] | None = None
) -> Optimizer:
    """Return the adamdoc optimizer that takes the same steps as one of another library.

    Parameters
    ----------
    peer : str, Call or Optimizer
        The name of the optimizer, such as ``"torch.optim.Adam"``, or its call as pasted from a
        program, such as ``"torch.optim.Adam(model.parameters(), lr=3e-4)"``, with what changes the
        gradient before it: see `dialects.read`. The text is never run.
    arguments : dict, optional
        If `peer` is a name, the arguments of the call by name; omitted ones take the library's
        defaults.

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
    >>> dialects.reproduce("optax.chain(optax.clip(1.0), optax.lion(0.1, weight_decay=0))")
    ClipByValue(optimizer=Lion(lr=0.1, beta1=0.9, beta2=0.99, weight_decay=0.0), clip=1.0)
    """
    return _optimizer(as_call(peer, arguments))


@overload
def as_call(peer: str | Call, arguments: Mapping[str, Any] | None = None) -> Call: ...
@overload
def as_call(
    peer: str | Call | Optimizer, arguments: Mapping[str, Any] | None = None
) -> Call | Optimizer: ...
def as_call(
    peer: str | Call | Optimizer, arguments: Mapping[str, Any] | None = None
) -> Call | Optimizer:
    """Return what was given to `reproduce` as a call; an optimizer of adamdoc as it is."""
    is_text = isinstance(peer, str) and "(" in peer
    if arguments is not None and (is_text or not isinstance(peer, str)):
        raise ValueError(
            f"arguments must be left out if peer is a whole call, got {arguments!r} for {peer!r}"
        )
    if not isinstance(arguments, (Mapping, NoneType)):
        raise TypeError(
            f"arguments must be a dictionary, such as {{'lr': 0.1}}, got {arguments!r}; a whole "
            "call as text needs none"
        )
    if isinstance(peer, (Call, Optimizer)):
        return peer
    return read(peer) if is_text else Call(resolve(peer).peer, dict(arguments or {}))


def _optimizer(call: Call | Optimizer) -> Optimizer:
    """Return the optimizer of a call, with what comes before it."""
    if isinstance(call, Optimizer):
        return call
    if not call.matched:
        raise ValueError(str(call))
    if call.peer.startswith("optax."):
        return assemble(links(call), _wrapped)
    optimizer = _wrapped(call, None)
    for outer in reversed(call.before):
        optimizer = _wrapped(outer, optimizer)
    return optimizer


def _wrapped(call: Call, optimizer: Optimizer | None) -> Optimizer:
    """Return the optimizer of one call, around another one if it is a wrapper."""
    row = resolve(call.peer)
    if not row.settings:
        raise ValueError(f"adamdoc cannot reproduce {row.peer}: {row.differs}")
    if call.inner is not None:
        optimizer = _optimizer(call.inner)
    inner = {} if optimizer is None else {INNER: optimizer}
    given = complete(row.peer, {**call.arguments, **inner})
    if satisfied(row.unsupported_when, given):
        raise ValueError(
            f"adamdoc cannot reproduce {row.peer} with {row.unsupported_when}: "
            f"{row.unsupported_because or row.differs}"
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


def translate(
    peer: str | Call | Optimizer, arguments: Mapping[str, Any] | None = None, *, to: str
) -> Call:
    """Return the call of another library that takes the same steps, or the nearest one.

    Parameters
    ----------
    peer : str, Call or Optimizer
        The name of an optimizer, a call as text, or an optimizer of adamdoc: see `reproduce`.
    arguments : dict, optional
        If `peer` is a name, the arguments of the call by name; omitted ones take the library's
        defaults.
    to : str
        The target library: ``"torch"``, ``"optax"``, ``"keras"`` or ``"pytorch_optimizer"``.

    Returns
    -------
    Call
        The plainest matching call; ``str`` of it is code. If no call takes the same steps, its
        ``matched`` is False, its ``reason`` says what cannot be matched, and its ``nearest`` is the
        call that comes nearest.

    Raises
    ------
    ValueError
        If the table has no such optimizer or library, or an argument cannot be reproduced.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> print(dialects.translate("torch.optim.RMSprop", {"lr": 0.1}, to="optax"))
    optax.rmsprop(learning_rate=0.1, decay=0.99, eps_in_sqrt=False)
    >>> print(dialects.translate("optax.chain(optax.clip(1.0), optax.sgd(0.1))", to="keras"))
    keras.optimizers.SGD(learning_rate=0.1, clipvalue=1.0)
    >>> print(dialects.translate("torch.optim.Adam", {"amsgrad": True}, to="optax").matched)
    False
    """
    source = as_call(peer, arguments)
    optimizer = _optimizer(source)
    library = library_of(to)
    matches = matching_calls(optimizer, library)
    return matches[0] if matches else nearest_call(source, optimizer, library)
