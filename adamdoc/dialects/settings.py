"""Settings: expressions that map the arguments of a library's optimizer to one of adamdoc.

The language is a subset of Python expressions: calls of optimizers, names of arguments, numbers,
arithmetic, ``a if b else c``, ``or``, ``and``, ``not``. Expressions are parsed with `ast` and
interpreted here; they are never executed as Python. In a call of a wrapper, the wrapper is left out
if its second argument is 0, None or False. In the settings of a wrapper, the name ``inner`` is the
optimizer that it wraps. ``lr.varies`` is whether an argument is a
schedule.

`build` evaluates settings: from arguments to an optimizer. `solve` inverts them: from an optimizer
to the arguments.
"""

import ast
import functools
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from adamdoc import optimizers
from adamdoc.dialects import forms
from adamdoc.dialects.values import Combined, given
from adamdoc.notation import rule_of
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters

Arguments = dict[str, Any]

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
#: The classes that settings may call: the optimizers and the general forms.
CLASSES = optimizers.CLASSES | forms.CLASSES
#: Relative tolerance within which two values are the same setting.
TOLERANCE = 1e-14
#: The name, in settings, of the optimizer that a wrapper of a library wraps.
INNER = "inner"


@functools.cache
def parse(settings: str) -> ast.expr:
    """Return the syntax tree of an expression."""
    return ast.parse(settings, mode="eval").body


def build(settings: str, arguments: Mapping[str, Any]) -> Optimizer:
    """Return the optimizer to which settings evaluate for the arguments of a library.

    Parameters
    ----------
    settings : str
        The expression.
    arguments : mapping
        The values of all arguments by name.

    Returns
    -------
    Optimizer
        The value of the expression.

    Examples
    --------
    >>> build("CoupledDecay(Momentum(lr=lr, beta=m), w)", {"lr": 0.1, "m": 0.5, "w": 0})
    Momentum(lr=0.1, beta=0.5)
    >>> from adamdoc import Momentum
    >>> build("ClipByNorm(inner, max_norm)", {"inner": Momentum(0.1, 0.5), "max_norm": 2})
    ClipByNorm(optimizer=Momentum(lr=0.1, beta=0.5), max_norm=2.0, eps=0.0)
    """
    result: Optimizer = _value(parse(settings), arguments)
    return result


def evaluate(expression: str, arguments: Mapping[str, Any]) -> Any:
    """Return the value of an expression in the language of settings.

    Examples
    --------
    >>> evaluate("1 - beta2", {"beta2": 0.75})
    0.25
    """
    return _value(parse(expression), arguments)


def satisfied(condition: str, arguments: Mapping[str, Any]) -> bool:
    """Return whether arguments satisfy a condition; the empty condition is never satisfied.

    Examples
    --------
    >>> satisfied("nesterov and not momentum", {"nesterov": True, "momentum": 0})
    True
    """
    return bool(condition) and bool(_value(parse(condition), arguments))


def _value(node: ast.expr, arguments: Mapping[str, Any]) -> Any:
    """Return the value of an expression for the given arguments."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return arguments[node.id]
    if isinstance(node, ast.Attribute) and node.attr == "varies":
        return callable(_value(node.value, arguments))
    if isinstance(node, ast.Subscript):
        return arguments[ast.unparse(node.value)][_value(node.slice, arguments)]
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, arguments)
        if isinstance(node.op, ast.Not):
            return not value
        return Combined(operator.sub, 0.0, value) if callable(value) else -value
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, arguments), _value(node.right, arguments)
        operation = OPERATORS[type(node.op)]
        if callable(left) or callable(right):
            product = isinstance(node.op, (ast.Mult, ast.Div))
            return left if product and left == 0 else Combined(operation, left, right)
        return operation(left, right)
    if isinstance(node, ast.BoolOp):
        operands = [_value(operand, arguments) for operand in node.values]
        deciding = (v for v in operands if bool(v) == isinstance(node.op, ast.Or))
        return next(deciding, operands[-1])
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, arguments) else node.orelse, arguments)
    cls, inner, condition, keywords = _call(node)
    values = {name: _number(_value(part, arguments)) for name, part in keywords.items()}
    if inner is None:
        return cls(**values)
    if condition is not None and not _value(condition, arguments):
        return _value(inner, arguments)
    return cls(_value(inner, arguments), **values)  # type: ignore[call-arg]


def _number(value: Any) -> Any:
    """Return a bool as a float, because every hyperparameter is a number."""
    return float(value) if isinstance(value, bool) else value


def _call(
    node: ast.expr,
) -> tuple[type[Optimizer], ast.expr | None, ast.expr | None, dict[str, ast.expr]]:
    """Return the parts of a call: class, wrapped expression, condition, keyword arguments.

    The condition is the second argument of a wrapper, which is left out if that is false.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise ValueError(f"settings must be made of calls, got {ast.unparse(node)!r}")
    cls: type[Optimizer] = CLASSES[node.func.id]
    keywords = {str(keyword.arg): keyword.value for keyword in node.keywords}
    if not issubclass(cls, Wrapper):
        return cls, None, None, keywords
    inner, condition = node.args
    if hyperparameters(cls):
        keywords = {hyperparameters(cls)[0]: condition, **keywords}
    return cls, inner, condition, keywords


def solve(
    settings: str, optimizer: Optimizer, defaults: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the arguments for which settings evaluate to an optimizer.

    Parameters
    ----------
    settings : str
        The expression.
    optimizer : Optimizer
        The value that the expression must have.
    defaults : mapping
        The values of the arguments that the optimizer does not determine.

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
    for bindings in _match(parse(settings), optimizer, {}, defaults):
        result: Arguments = {}
        for name, default in defaults.items():
            if isinstance(default, tuple):
                entries = (bindings.get(f"{name}[{k}]", v) for k, v in enumerate(default))
                result[name] = tuple(tidy(entry) for entry in entries)
            else:
                value = bindings.get(name, default)
                result[name] = None if default is None and not value else tidy(value)
        if INNER in bindings:
            if bindings[INNER] is optimizer:  # the wrapper itself was left out
                continue
            result[INNER] = bindings[INNER]
        try:
            same = equal(build(settings, result), optimizer)
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        if same:
            yield {name: given(value) for name, value in result.items()}


def equal(a: Any, b: Any) -> bool:
    """Return whether two optimizers, or two numbers, are equal up to rounding."""
    if isinstance(a, Optimizer) and type(a) is type(b):
        return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or abs(a - b) <= TOLERANCE * max(abs(a), abs(b))
    return a is b or (callable(a) and type(a) is type(b) and bool(a == b))


def tidy(value: Any) -> Any:
    """Return a number as one would write it, without the rounding of a computation.

    Examples
    --------
    >>> tidy(0.1 + 0.2), tidy(1 - 0.92), tidy(1 / 3)
    (0.3, 0.08, 0.3333333333333333)
    """
    if isinstance(value, float):
        short = float(f"{value:.13g}")
        return short if equal(short, value) else value
    return value


def _match(
    node: ast.expr, value: Any, bindings: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Yield extensions of `bindings` with which an expression has a value."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):  # of arguments bound before
        if equal(_number(_value(node, {**defaults, **bindings})), value):
            yield bindings
    elif isinstance(node, ast.Call):
        yield from _match_call(node, value, bindings, defaults)
    elif isinstance(node, (ast.Name, ast.Subscript)):
        name = ast.unparse(node)
        if isinstance(value, Optimizer) != (name == INNER) or isinstance(value, Combined):
            return  # a schedule computed from two arguments is not the value of one
        if name == INNER:
            yield {**bindings, name: value}
        elif name not in bindings:
            yield {**bindings, name: _coerce(value, _default(name, defaults))}
        elif equal(_number(bindings[name] or 0), value or 0):
            yield bindings
    elif isinstance(node, ast.IfExp):
        name = ast.unparse(node.test)
        for truth, branch in ((True, node.body), (False, node.orelse)):
            if name in bindings and bool(bindings[name]) != truth:
                continue
            for extended in _match(branch, value, bindings, defaults):
                default = _default(name, defaults)
                if name not in extended:
                    falsy = default if not default else False if default is True else 0
                    extended = {**extended, name: (default or True) if truth else falsy}
                if bool(extended[name]) == truth:
                    yield extended
    elif isinstance(node, ast.BoolOp):
        name = ast.unparse(node.values[0])
        default = _default(name, defaults)
        other = node.values[1]
        # In ``a or b`` with two arguments it suffices to set the first.
        if not isinstance(other, ast.Constant) or not equal(value, other.value):
            yield from _match(node.values[0], value, bindings, defaults)
        elif name not in bindings or not bindings[name]:
            yield {**bindings, name: None if default else default}
    elif isinstance(value, (int, float)):
        yield from _match_number(node, value, bindings, defaults)


def _match_call(
    node: ast.Call, value: Any, bindings: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Match a call of an optimizer, simple arguments first so that they bind the names."""
    cls, inner, condition, keywords = _call(node)
    if inner is not None and condition is not None and type(value) is not cls:
        for extended in _match(inner, value, bindings, defaults):
            yield from _match(condition, 0, extended, defaults)
        return
    if type(value) is not cls:
        return
    pairs: list[tuple[ast.expr, Any]] = []
    if inner is not None:
        pairs.append((inner, value.optimizer))  # type: ignore[attr-defined]
        if condition is not None and not keywords:  # the condition is only a switch
            pairs.append((condition, 1.0))
    order = (ast.Call, ast.Name, ast.Subscript, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.IfExp)
    ordered = sorted(
        keywords.items(), key=lambda p: order.index(type(p[1])) if type(p[1]) in order else 0
    )
    pairs += [(part, _plain(cls, name, getattr(value, name))) for name, part in ordered]
    for field in fields(cls):
        omitted = field.name not in keywords and field.name != "optimizer"
        if omitted and not equal(getattr(value, field.name), field.default):
            return
    yield from _match_all(pairs, bindings, defaults)


def _plain(cls: type[Optimizer], name: str, value: Any) -> Any:
    """Return the value of a hyperparameter, a count as an int."""
    count = rule_of(cls, name) == "positive integer"
    return int(value) if count and isinstance(value, float) else value


def _match_all(
    pairs: list[tuple[ast.expr, Any]], bindings: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Yield extensions of `bindings` with which each expression has its value."""
    if not pairs:
        yield bindings
        return
    (node, value), *rest = pairs
    for extended in _match(node, value, bindings, defaults):
        yield from _match_all(rest, extended, defaults)


def _match_number(
    node: ast.expr, value: float, bindings: Arguments, defaults: Mapping[str, Any]
) -> Iterator[Arguments]:
    """Solve an arithmetic expression that is linear in its first unbound name, or in its inverse.

    Other unbound names have their defaults.
    """
    names = [
        ast.unparse(part) for part in ast.walk(node) if isinstance(part, (ast.Name, ast.Subscript))
    ]
    free = [n for n in names if n not in bindings and not any(m.startswith(f"{n}[") for m in names)]
    if others := set(free[1:]) - {*free[:1]}:
        bindings = {**bindings, **{n: _default(n, defaults) for n in others}}
        free = free[:1]

    def evaluate(x: float) -> float:
        arguments: Arguments = {n: v for n, v in defaults.items() if n not in free}
        for name, argument in {**bindings, **dict.fromkeys(free, x)}.items():
            if "[" in name:
                outer, index = name[:-1].split("[")
                entries = dict(enumerate(arguments[outer])) if outer in arguments else {}
                arguments[outer] = {**entries, int(index): argument}
            else:
                arguments[name] = argument
        return float(_value(node, arguments))

    try:
        if not free:
            if equal(evaluate(0.0), value):
                yield bindings
        else:
            try:
                solution = (value - evaluate(0.0)) / (evaluate(1.0) - evaluate(0.0))
            except ZeroDivisionError:  # as in 1 / x, or not in it at all
                one, half = evaluate(1.0), evaluate(0.5)
                solution = 1 / (1 + (value - one) / (half - one))
            yield {**bindings, free[0]: solution}
    except (TypeError, ZeroDivisionError):
        return


def _default(name: str, defaults: Mapping[str, Any]) -> Any:
    """Return the default of an argument such as ``lr``, or of an entry such as ``betas[0]``."""
    if "[" in name:
        outer, index = name[:-1].split("[")
        return defaults[outer][int(index)]
    return defaults[name]


def _coerce(value: Any, default: Any) -> Any:
    """Return a value in the type of a default: a bool, an int, or None in place of 0."""
    if isinstance(default, bool) and value in (0, 1):
        return bool(value)
    if default is None and not value:
        return None
    if isinstance(value, float) and isinstance(default, int) and value.is_integer():
        return int(value)
    return value
