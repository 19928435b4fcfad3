"""Settings as text: an expression that gives an optimizer for the arguments of a library.

The language is a small part of Python's expressions: calls of optimizers, names of arguments,
numbers, arithmetic, ``a if b else c``, ``or``, ``and``, ``not``. It is read with `ast`,
never run. In a call of a wrapper, an argument that is 0, None or False leaves the wrapper out.

`build` goes from arguments to an optimizer, `solve` from an optimizer back to the arguments.
"""

import ast
import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from adamdoc import optimizers
from adamdoc.dialects import forms
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters

Arguments = dict[str, Any]

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
#: What settings may call: the optimizers, and the general forms.
CLASSES = optimizers.CLASSES | forms.CLASSES
#: Two numbers that differ by no more than this share are the same setting.
CLOSE = 1e-14


@functools.cache
def parse(settings: str) -> ast.expr:
    """Return the tree of an expression."""
    return ast.parse(settings, mode="eval").body


def build(settings: str, arguments: Mapping[str, Any]) -> Optimizer:
    """Return the optimizer that settings give for the arguments of a library.

    Parameters
    ----------
    settings : str
        The expression.
    arguments : mapping
        The values of all arguments by name.

    Returns
    -------
    Optimizer
        What the expression stands for.

    Examples
    --------
    >>> build("CoupledDecay(Momentum(lr=lr, beta=m), w)", {"lr": 0.1, "m": 0.5, "w": 0})
    Momentum(lr=0.1, beta=0.5)
    """
    result: Optimizer = _value(parse(settings), arguments)
    return result


def holds(condition: str, arguments: Mapping[str, Any]) -> bool:
    """Return whether a condition on arguments holds.

    Examples
    --------
    >>> holds("nesterov and not momentum", {"nesterov": True, "momentum": 0})
    True
    """
    return bool(condition) and bool(_value(parse(condition), arguments))


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return the value of an expression."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Subscript):
        return known[ast.unparse(node.value)][_value(node.slice, known)]
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, known)
        return not value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_value(node.left, known), _value(node.right, known))
    if isinstance(node, ast.BoolOp):
        parts = [_value(part, known) for part in node.values]
        last = (p for p in parts if bool(p) == isinstance(node.op, ast.Or))
        return next(last, parts[-1])
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, known) else node.orelse, known)
    cls, inner, condition, given = _call(node)
    if inner is not None:
        if condition is not None and not _value(condition, known):
            return _value(inner, known)
        values = {name: _number(_value(part, known)) for name, part in given.items()}
        return cls(_value(inner, known), **values)  # type: ignore[call-arg]
    return cls(**{name: _number(_value(part, known)) for name, part in given.items()})


def _number(value: Any) -> Any:
    """Return a switch as the number that a hyperparameter is."""
    return float(value) if isinstance(value, bool) else value


def _call(
    node: ast.expr,
) -> tuple[type[Optimizer], ast.expr | None, ast.expr | None, dict[str, ast.expr]]:
    """Return the class of a call, what is wrapped, what leaves the wrapper out, and the rest."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise ValueError(f"settings must be made of calls, got {ast.unparse(node)!r}")
    cls: type[Optimizer] = CLASSES[node.func.id]
    given = {str(keyword.arg): keyword.value for keyword in node.keywords}
    if not issubclass(cls, Wrapper):
        return cls, None, None, given
    inner, condition = node.args
    if hyperparameters(cls):
        given = {hyperparameters(cls)[0]: condition, **given}
    return cls, inner, condition, given


def solve(
    settings: str, optimizer: Optimizer, defaults: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the arguments for which settings give an optimizer.

    Parameters
    ----------
    settings : str
        The expression.
    optimizer : Optimizer
        What it shall give.
    defaults : mapping
        The values of all arguments where the optimizer does not say them.

    Yields
    ------
    dict
        The values of all arguments by name.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> next(solve("CoupledDecay(Momentum(lr=lr, beta=1 - m), w)", Momentum(0.1, 0.75),
    ...            {"lr": 0.01, "m": 0.0, "w": 0}))
    {'lr': 0.1, 'm': 0.25, 'w': 0}
    """
    for bound in _match(parse(settings), optimizer, {}, defaults):
        result: Arguments = {}
        for name, default in defaults.items():
            if isinstance(default, tuple):
                result[name] = tuple(bound.get(f"{name}[{k}]", v) for k, v in enumerate(default))
            else:
                value = bound.get(name, default)
                result[name] = None if default is None and not value else value
        try:
            same = equal(build(settings, result), optimizer)
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        if same:
            yield result


def equal(a: Any, b: Any) -> bool:
    """Return whether two optimizers, or two numbers, are the same up to rounding."""
    if isinstance(a, Optimizer) and type(a) is type(b):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b))
    return a is b


def _match(
    node: ast.expr, value: Any, bound: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Yield what the names of an expression must be for it to have a value."""
    if isinstance(node, ast.Call):
        yield from _match_call(node, value, bound, defaults)
    elif isinstance(node, (ast.Name, ast.Subscript)):
        name = ast.unparse(node)
        if isinstance(value, Optimizer):
            return
        if name not in bound:
            yield {**bound, name: _as_default(value, _default(name, defaults))}
        elif equal(_number(bound[name] or 0), value or 0):
            yield bound
    elif isinstance(node, ast.IfExp):
        name = ast.unparse(node.test)
        for truth, branch in ((True, node.body), (False, node.orelse)):
            if name in bound and bool(bound[name]) != truth:
                continue
            for found in _match(branch, value, bound, defaults):
                default = _default(name, defaults)
                if name not in found:
                    falsy = default if not default else False if default is True else 0
                    found = {**found, name: (default or True) if truth else falsy}
                if bool(found[name]) == truth:
                    yield found
    elif isinstance(node, ast.BoolOp):
        name = ast.unparse(node.values[0])
        default = _default(name, defaults)
        other = node.values[1]
        # Of two arguments the first will do.
        if not isinstance(other, ast.Constant) or not equal(value, other.value):
            yield from _match(node.values[0], value, bound, defaults)
        elif name not in bound or not bound[name]:
            yield {**bound, name: None if default else default}
    elif isinstance(value, (int, float)):
        yield from _match_number(node, value, bound, defaults)


def _match_call(
    node: ast.Call, value: Any, bound: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Match a call of an optimizer; what is simple goes first, so that the rest has its names."""
    cls, inner, condition, given = _call(node)
    if inner is not None and condition is not None and type(value) is not cls:
        for found in _match(inner, value, bound, defaults):
            yield from _match(condition, 0, found, defaults)
        return
    if type(value) is not cls:
        return
    pairs: list[tuple[ast.expr, Any]] = []
    if inner is not None:
        pairs.append((inner, value.optimizer))  # type: ignore[attr-defined]
        if condition is not None and not hyperparameters(cls):
            pairs.append((condition, 1.0))
    kinds = (ast.Call, ast.Name, ast.Subscript, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp)
    rest = sorted(
        given.items(), key=lambda p: kinds.index(type(p[1])) if type(p[1]) in kinds else 0
    )
    pairs += [(part, getattr(value, name)) for name, part in rest]
    for field in fields(cls):
        free = field.name not in given and field.name != "optimizer"
        if free and not equal(getattr(value, field.name), field.default):
            return
    yield from _match_all(pairs, bound, defaults)


def _match_all(
    pairs: list[tuple[ast.expr, Any]], bound: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    if not pairs:
        yield bound
        return
    (node, value), *rest = pairs
    for found in _match(node, value, bound, defaults):
        yield from _match_all(rest, found, defaults)


def _match_number(
    node: ast.expr, value: float, bound: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Solve arithmetic that is linear in the one name that is not bound."""
    names = [
        ast.unparse(part) for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Subscript))
    ]
    free = [n for n in names if n not in bound and not any(m.startswith(f"{n}[") for m in names)]

    def at(x: float) -> float:
        known: Arguments = {n: v for n, v in defaults.items() if n not in free}
        for name, inside in {**bound, **dict.fromkeys(free, x)}.items():
            if "[" in name:
                outer, index = name[:-1].split("[")
                parts = dict(enumerate(known[outer])) if outer in known else {}
                known[outer] = {**parts, int(index): inside}
            else:
                known[name] = inside
        return float(_value(node, known))

    try:
        if not free:
            if equal(at(0.0), value):
                yield bound
        elif len(set(free)) == 1:
            slope = at(1.0) - at(0.0)
            yield {**bound, free[0]: (value - at(0.0)) / slope}
    except (TypeError, ZeroDivisionError):
        return


def _default(name: str, defaults: Mapping[str, Any]) -> Any:
    """Return the default of an argument, or of an entry of one."""
    if "[" in name:
        outer, index = name[:-1].split("[")
        return defaults[outer][int(index)]
    return defaults[name]


def _as_default(value: Any, default: Any) -> Any:
    """Return a value in the kind of a default: a switch, a whole number, None for 0."""
    if isinstance(default, bool) and value in (0, 1):
        return bool(value)
    if default is None and not value:
        return None
    if isinstance(value, float) and isinstance(default, int) and value.is_integer():
        return int(value)
    return value
