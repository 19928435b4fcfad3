"""Calls of other libraries, as data and as code."""

import textwrap
from dataclasses import dataclass, field, replace
from typing import Any

from adamdoc.schedules import Schedule

#: Wrappers of other libraries that take the wrapped optimizer as their first argument.
AROUND = (
    "optax.lookahead",
    "optax.MultiSteps",
    "optax.contrib.mechanize",
    "pytorch_optimizer.Lookahead",
)
#: Transformations of Optax that wrap what comes before them in a chain.
LAST = ("optax.keep_params_nonnegative",)
#: Wrappers that take the class of the wrapped optimizer, and its arguments among their own.
AROUND_CLASS = ("pytorch_optimizer.SAM",)
#: The width at which printed calls are broken.
WIDTH = 88


@dataclass(frozen=True)
class Call:
    """A call of an optimizer of another library.

    ``str`` of it is code to paste, or, if no call takes the same steps, an explanation that ends
    with the nearest call.

    Attributes
    ----------
    peer : str
        The qualified name of the optimizer; if nothing matches, that of the library.
    arguments : dict
        The arguments that differ from its defaults.
    matched : bool
        Whether the call takes the same steps.
    reason : str
        If it does not, what cannot be matched.
    before : tuple of Call
        What changes the gradient before the optimizer sees it, first things first: the other links
        of an ``optax.chain``, or PyTorch's clipping before ``optimizer.step()``.
    inner : Call, optional
        The optimizer that this one wraps, as Lookahead does.
    nearest : Call, optional
        If nothing matches, the nearest call.
    differences : tuple of str
        How the nearest call differs, in the words of the two libraries.
    deviations : dict of int to float
        For 1, 10 and 1000 steps, the distance between the parameters of the two, as a share of the
        distance that those of the original have moved.

    Examples
    --------
    >>> clip = Call("optax.clip_by_global_norm", {"max_norm": 1.0})
    >>> print(Call("optax.sgd", {"learning_rate": 0.1}, before=(clip,)))
    optax.chain(optax.clip_by_global_norm(max_norm=1.0), optax.sgd(learning_rate=0.1))
    """

    peer: str
    arguments: dict[str, Any]
    matched: bool = True
    reason: str = ""
    before: tuple["Call", ...] = ()
    inner: "Call | None" = None
    nearest: "Call | None" = field(default=None, repr=False)
    differences: tuple[str, ...] = field(default=(), repr=False)
    deviations: dict[int, float] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        """Return the call as code, or say that there is none and what comes nearest."""
        return _code(self) + _schedules(self) if self.matched else _explanation(self)


def links(call: Call) -> tuple[Call, ...]:
    """Return what acts on the gradient, in order: the calls before, then the optimizer itself."""
    return (*call.before, replace(call, before=()))


def _code(call: Call) -> str:
    """Return a call as code, broken into lines where it is long."""
    if not call.before:
        return _single(call)
    if call.peer.startswith("optax."):
        inside = [_single(link) for link in links(call)]
        short = f"optax.chain({', '.join(inside)})"
        if len(short) <= WIDTH:
            return short
        return _broken("optax.chain", inside)
    optimizer = _single(replace(call, before=()), "model.parameters()")
    clips = [_single(clip, "model.parameters()") for clip in call.before]
    return "\n".join(
        [f"optimizer = {optimizer}", "# before each optimizer.step():", *clips],
    )


def _single(call: Call, parameters: str = "") -> str:
    """Return a call without what comes before it; `parameters` go in front of the arguments."""
    words = [f"{name}={_value(value)}" for name, value in call.arguments.items()]
    if call.inner is None:
        return f"{call.peer}({', '.join([*filter(None, [parameters]), *words])})"
    if call.peer in AROUND_CLASS:
        words += [f"{name}={_value(value)}" for name, value in call.inner.arguments.items()]
        return f"{call.peer}({', '.join([*filter(None, [parameters]), call.inner.peer, *words])})"
    inner = _single(call.inner, parameters) if not call.inner.before else _code(call.inner)
    if "\n" in inner:
        return _broken(call.peer, [inner, *words])
    return f"{call.peer}({', '.join([inner, *words])})"


def _broken(function: str, arguments: list[str]) -> str:
    """Return a call with one argument on each line."""
    lines = ",\n".join(arguments)
    return f"{function}(\n{textwrap.indent(lines, '    ')},\n)"


def _value(value: Any) -> str:
    """Return the value of an argument as code."""
    if isinstance(value, tuple):
        entries = [_value(entry) for entry in value]
        return f"({', '.join(entries)}{',' if len(entries) == 1 else ''})"
    return "schedule" if callable(value) else repr(value)


def _schedules(call: Call) -> str:
    """Return a comment on the arguments that are schedules, which have no code in the library."""
    lines = []
    parts = [*call.before, call, *([call.inner, *call.inner.before] if call.inner else [])]
    for part in parts:
        for name, value in part.arguments.items():
            for entry in value if isinstance(value, tuple) else [value]:
                if callable(entry):
                    lines.append(f"\n# the schedule of {name} is {_described(entry)}")
    return "".join(lines)


def _described(schedule: Any) -> str:
    """Return a schedule of adamdoc as code, and another function by its name."""
    if isinstance(schedule, Schedule):
        return f"adamdoc's {schedule!r}"
    return f"the function {getattr(schedule, '__name__', repr(schedule))}"


def _explanation(call: Call) -> str:
    """Return why nothing matches, and what comes nearest."""
    if call.nearest is None:
        return _sentence(f"no call of {call.peer} takes the same steps: {call.reason}")
    lines = [f"no call of {call.peer} takes the same steps; the nearest is"]
    lines.append(textwrap.indent(str(call.nearest), "    "))
    lines += [_sentence(f"- {difference}") for difference in call.differences]
    if call.deviations:
        *first, last = map(str, call.deviations)
        shares = ", ".join(f"{share:.2g}" for share in call.deviations.values())
        lines.append(
            _sentence(
                f"The distance between the two after {', '.join(first)} and {last} steps, relative "
                f"to the distance covered: {shares}"
            )
        )
    return "\n".join(lines)


def _sentence(text: str) -> str:
    """Return text broken into lines."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
