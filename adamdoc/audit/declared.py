"""The check of bindings before they are used, so that an error names what is wrong in them."""

import ast
import builtins
import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from adamdoc.audit import bindings as roles
from adamdoc.audit.bindings import Bindings
from adamdoc.audit.defaults import signature

ROLES = frozenset(
    {
        roles.PARAMETERS,
        roles.BEFORE,
        roles.GRADIENT,
        roles.UPDATE,
        roles.VALUE,
        roles.STEP,
        roles.SCALAR,
        roles.IGNORED,
        roles.LOSS,
    }
)
RESULTS = (roles.PARAMETERS, roles.UPDATE, roles.VALUE)


def validate(target: Any, bindings: Bindings) -> None:
    r"""Reject bindings with a field or a symbol that cannot be used.

    Raises
    ------
    TypeError
        If a field, the key of a symbol or its meaning has the wrong type.
    ValueError
        If an expression is no Python or names an argument that the target does not have, or if no
        symbol means the parameters.

    Examples
    --------
    >>> def step(w, g, *, momentum=0.9): ...
    >>> validate(step, Bindings(symbols={"w_t": roles.PARAMETERS, r"\mu": "momentun"}))
    Traceback (most recent call last):
        ...
    ValueError: symbols['\\mu'] must use arguments of step, got 'momentun'; did you mean 'momentum'?
    """
    for field in ("symbols", "options", "arguments"):
        value = getattr(bindings, field)
        if not isinstance(value, Mapping):
            raise TypeError(f"{field} must be a dict, got {value!r}")
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"the keys of {field} must be strings, got {key!r}")
    for key, values in bindings.options.items():
        if not isinstance(values, tuple | list):
            raise TypeError(f"options[{key!r}] must be a tuple of values to try, got {values!r}")
    for field, least in (("first", None), ("steps", 1)):
        value = getattr(bindings, field)
        if not isinstance(value, int) or (least is not None and value < least):
            kind = "an integer" if least is None else f"an integer of at least {least}"
            raise ValueError(f"{field} must be {kind}, got {value!r}")
    if not bindings.tolerance > 0:
        raise ValueError(f"tolerance must be positive, got {bindings.tolerance!r}")
    for key, meaning in bindings.symbols.items():
        if not isinstance(meaning, roles.Meaning):
            raise TypeError(
                f"symbols[{key!r}] must be a role such as audit.PARAMETERS, an expression of "
                f"arguments, a number, or a State, Operator, Described, Found or Given, "
                f"got {meaning!r}"
            )
        if isinstance(meaning, str) and meaning not in ROLES and not meaning.startswith("="):
            _expression(f"symbols[{key!r}]", meaning, target, bindings)
    if bindings.valid:
        _expression("valid", bindings.valid, target, bindings)
    meanings = bindings.symbols.values()
    if not any(m in RESULTS or getattr(m, "name", "") == roles.VALUE for m in meanings):
        raise ValueError(
            "symbols must have one that means audit.PARAMETERS (or UPDATE or VALUE), "
            f"got {', '.join(map(repr, bindings.symbols)) or 'none'}"
        )


def _expression(where: str, text: str, target: Any, bindings: Bindings) -> None:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        raise ValueError(
            f"{where} must be a Python expression of arguments, got {text!r}"
        ) from None
    parameters = signature(target).parameters
    if bindings.run or any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return
    known = {*parameters, *bindings.arguments}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for name in names:
        if name not in known and not hasattr(builtins, name) and name not in ("np", "math"):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            called = getattr(target, "__name__", repr(target))
            raise ValueError(f"{where} must use arguments of {called}, got {name!r}{hint}")
