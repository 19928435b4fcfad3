"""The defaults that a docstring names, against those of the signature."""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

ENTRY = re.compile(
    r"^(?P<indent> *)[-*]?[ \t]*`{0,2}(?P<name>\*{0,2}\w+)`{0,2} ?(?:\([^\n]*\))?\s*:(?: |$)", re.M
)
NUMPYDOC = re.compile(r"^(?P<indent> *)(?P<name>\w+) : ", re.M)
DEFAULT = re.compile(
    r"\b[Dd]efault(?:s|ing)?(?:\s+value)?(?:\s+(?:to|is|of)\b|\s*[:=])?\s*:?\s*"
    r"(?P<value>``?[^`]+``?|\([^()]*\)|\[[^\[\]]*\]|\"[^\"]*\"|'[^']*'|[-+]?[\w.][-+\w.]*(?:/[\d.]+)?)"
)

#: What looks like an argument, and is the title of a section.
HEADINGS = frozenset(
    {"Args", "Arguments", "Default", "Parameters", "Returns", "Example", "Examples"}
)
#: An argument within a sentence, with its default behind it.
WITHIN = re.compile(r"`+(?P<name>\w+)`+ \(default:? (?P<value>[^()]+|\([^()]*\))\)")


def entries(doc: str) -> Iterator[tuple[str, str]]:
    """Yield the arguments that a docstring describes, each with its description."""
    found = [*ENTRY.finditer(doc), *NUMPYDOC.finditer(doc)]
    found.sort(key=lambda match: match.start())
    for match in found:
        indent = len(match["indent"])
        rest = doc[match.end() :]
        lines = [rest.partition("\n")[0]]
        for line in rest.split("\n")[1:]:
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            lines.append(line)
        yield match["name"], doc[match.start() : match.end()] + "\n".join(lines)


def documented(doc: str) -> dict[str, Any]:
    r"""Return the defaults that a docstring names, by argument.

    Examples
    --------
    >>> documented("lr (float, optional): the rate (default: 1e-2)\neps: small. Defaults to `0`.")
    {'lr': 0.01, 'eps': 0}
    """
    found: dict[str, Any] = {}
    for match in WITHIN.finditer(doc):
        if literal := value_of(match["value"]):
            found[match["name"]] = literal[0]
    for name, text in entries(doc):
        literals = (value_of(match["value"]) for match in DEFAULT.finditer(text))
        known = [literal[0] for literal in literals if literal is not None]
        if known:
            found[name] = known[-1]
    return found


def value_of(text: str) -> tuple[Any] | None:
    """Return the value of a literal or a fraction, in a tuple, or None if it is none.

    Examples
    --------
    >>> value_of("`1e-8`"), value_of("1./4."), value_of("zeros")
    ((1e-08,), (0.25,), None)
    """
    text = text.strip("`").rstrip(".,;")
    fraction = re.fullmatch(r"(\d[\d.]*)/(\d[\d.]*)", text)
    try:
        if fraction is not None:
            return (float(fraction[1]) / float(fraction[2]),)
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return (value,)


def same(a: Any, b: Any) -> bool:
    """Return whether two defaults are the same; a list is as good as a tuple."""
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def signature(target: Any) -> inspect.Signature:
    """Return the signature of a class or function, also of one that a decorator wraps unnamed.

    Such a decorator replaces a function by another one with ``*args, **kwargs``, whose closure has
    the first one.

    Examples
    --------
    >>> def counted(function):
    ...     return lambda *args, **kwargs: function(*args, **kwargs)
    >>> @counted
    ... def step(lr=0.1): ...
    >>> signature(step)
    <Signature (lr=0.1)>
    """
    found = inspect.signature(target)
    kinds = {p.kind for p in found.parameters.values() if p.name != "self"}
    if kinds == {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        function = target.__init__ if inspect.isclass(target) else target
        cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
        inside = [content for content in cells if inspect.isfunction(content)]
        if len(inside) == 1:
            found = signature(inside[0])
            own = [p for p in found.parameters.values() if p.name != "self"]
            found = found.replace(parameters=own)
    return found


def mismatches(doc: str, target: Any) -> dict[str, str]:
    r"""Return the arguments whose documented default is not that of the signature.

    Parameters
    ----------
    doc : str
        The docstring.
    target : callable
        The class or function.

    Returns
    -------
    dict of str to str
        By argument, a sentence with both defaults. Defaults that are no literals are left out.

    Examples
    --------
    >>> def step(lr=0.1): ...
    >>> mismatches("Args:\n    lr: rate. Default: 0.01", step)
    {'lr': 'the text says that lr is 0.01, the signature 0.1'}
    """
    parameters = signature(target).parameters
    takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    found = {}
    for name, value in documented(doc).items():
        if name in parameters and parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            continue  # the defaults of the arguments that it takes
        if name not in parameters:
            if not takes_more and name.title() not in HEADINGS:
                found[name] = f"the text describes the argument {name}, the signature has none"
            continue
        actual = parameters[name].default
        if actual is inspect.Parameter.empty:
            found[name] = f"the text gives {name} the default {value!r}, the signature none"
        elif isinstance(actual, int | float | str | tuple | list | None) and not same(
            value, actual
        ):
            found[name] = f"the text says that {name} is {value!r}, the signature {actual!r}"
    return found
