"""The algorithm box of an optimizer: inputs, start, the loop beside its source lines, result.

``.. algorithm:: Adam`` makes it from the equations in the docstring, the fields of the class and
the source of `update`. Each line links to its place in the source, which links back.
"""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from mathml import convert, scrolling
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import Ravine, dialects, equations, lineage, optimizers
from adamdoc.checks import RULES
from adamdoc.dialects import forms
from adamdoc.equations import System
from adamdoc.equations.system import STARTS_AT_THETA
from adamdoc.notation import HYPERPARAMETERS, SPELLINGS, TABLE
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.base import layers

LATEX = {symbol.name: symbol.latex for symbol in TABLE}
STEPS = 5


def render(template: str, place: str, **values: Any) -> str:
    """Return a template of docs/_templates with its values; `place` is told of a bad formula."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "_templates"),
        autoescape=template.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def python(text: str) -> Markup:
        code = highlight(text, PythonLexer(), HtmlFormatter(nowrap=True)).strip()
        return Markup(f'<code class="code docutils literal highlight">{code}</code>')

    def math(latex: str) -> Markup:
        formula = convert(latex, place, display=False)
        return Markup(f'<span class="math">{formula}</span>')

    environment.filters |= {
        "python": python,
        "math": math,
        "display": lambda latex: Markup(f'<div class="math">{scrolling(latex, place)}</div>'),
    }
    return environment.get_template(template).render(values)


@functools.cache
def source_lines(cls: type[Optimizer]) -> dict[str, tuple[int, str]]:
    """Return for each quantity the number of its line in `update`, and the statement there."""
    lines, first = inspect.getsourcelines(cls.update)
    text = textwrap.dedent("".join(lines))
    # Without the parser, which takes long: the left sides alone.
    left = (line.partition("=")[0].strip() for line in lineage.equations(cls))
    wanted = [SPELLINGS[latex] for latex in left]
    found = {}
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in wanted:
                segment = ast.get_source_segment(text, statement) or ""
                line = re.sub(r"(?<=\() | (?=\))", "", " ".join(segment.split()))
                found[name] = (first + statement.lineno - 1, line)
    if missing := set(wanted) - found.keys():
        raise ValueError(f"update of {cls.__name__} assigns no {', '.join(sorted(missing))}")
    return found


def with_general_form(cls: type[Optimizer]) -> set[str]:
    """Return the names of a class and of its general form."""
    own = cls.__name__
    return {own, *(name for name, form in forms.CLASSES.items() if form.builds_on == (own,))}


def search_words(cls: type[Optimizer]) -> list[str]:
    """Return the words under which readers of other libraries look for a class."""
    names = with_general_form(cls)
    if cls.__name__ in forms.CLASSES:
        names |= set(cls.builds_on)
    peers = [
        row.peer for row in dialects.ROWS if row.settings and dialects.class_name(row) in names
    ]
    words = {word for name in (*peers, *names) for word in re.findall(r"\w+", name.lower())}
    return sorted(words | {"true"})  # as in amsgrad=True


def public_name(cls: type[Optimizer]) -> str:
    """Return the name by which the reference lists a class."""
    own = cls.__name__
    return f"adamdoc.{own}" if own in optimizers.CLASSES else f"adamdoc.dialects.forms.{own}"


def with_index(latex: str, index: str) -> str:
    """Return the symbol of a quantity with another index than t."""
    return latex.replace("_t", f"_{index}")


class Algorithm(SphinxDirective):
    """Draw the box of one class."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the box, and the words that the search finds it by."""
        name = self.arguments[0]
        known = {cls.__name__: cls for cls in dialects.ALL}
        if name not in known:
            raise self.error(f"algorithm must name an optimizer, got {name!r}")
        cls = known[name]
        aliases = nodes.meta("", name="keywords", content=", ".join(search_words(cls)))
        if cls.elementwise:
            loop = parsed(cls, "../" * self.env.docname.count("/"))
        else:
            loop = {"unparsed": lineage.equations(cls)}
        box = {"name": name, "inputs": list(inputs(cls)), "defaults": defaults(cls), **loop}
        text = render("algorithm.html", self.get_location(), **box)
        return [aliases, nodes.raw("", text, format="html")]


def inputs(cls: type[Optimizer]) -> Iterator[dict[str, str]]:
    """Yield symbol, code and meaning of each hyperparameter."""
    for field in fields(cls):
        if field.name == "optimizer":
            yield {"code": "optimizer", "meaning": "what is wrapped, here gradient descent"}
            continue
        known = HYPERPARAMETERS[field.name]
        schedule = ", or a schedule" if field.name == "lr" else ""
        yield {
            "latex": LATEX[field.name],
            "code": f"{field.name} = {field.default!r}",
            "meaning": f"{known.meaning}; {RULES[known.rule][1]}{schedule}",
        }


def parsed(cls: type[Optimizer], root: str) -> dict[str, Any]:
    """Return the parts of the box that need parsed equations."""
    system, lines = equations.of(cls), source_lines(cls)
    page = f"{root}_modules/{cls.__module__.replace('.', '/')}.html"
    starts = [
        with_index(LATEX[state], "0") + (r" = \theta_0" if state in STARTS_AT_THETA else " = 0")
        for state in system.states
    ]
    loop = [
        {
            "id": f"{cls.__name__}-{assignment.name}",
            "latex": assignment.latex.replace("&=", "="),
            "link": f"{page}#{cls.__name__}.{assignment.name}",
            "line": lines[assignment.name][0],
            "code": lines[assignment.name][1],
        }
        for assignment in system.assignments
    ]
    return {
        "start": ", ".join(starts),
        "states": ", ".join(LATEX[state] for state in system.states),
        "loop": loop,
        "worked": list(worked(cls, system)),
        "columns": [r"\theta_{t-1}", "g_t", *(LATEX[a.name] for a in system.assignments)],
        "ravine": Ravine().start,
        "steps": STEPS,
    }


def defaults(cls: type[Optimizer]) -> dict[str, Any] | None:
    """Return the defaults of each library, in the names of adamdoc, or None where none has it."""
    names = with_general_form(cls)
    own = [field for field in fields(cls) if field.name != "optimizer"]
    rows = [["adamdoc", *(f"{field.default:g}" for field in own)]]
    for known in dialects.ROWS:
        if not known.settings or dialects.class_name(known) not in names:
            continue
        given = dialects.defaults(known.peer)
        texts = []
        for required in (1.0, 2.0):  # a value that depends on a required argument is no default
            rate = {n: required for n, value in given.items() if value == dialects.REQUIRED}
            chain = layers(dialects.reproduce(known.peer, rate))
            layer = next(part for part in chain if type(part).__name__ in names)
            texts.append(
                [f"{getattr(layer, f.name):g}" if hasattr(layer, f.name) else "" for f in own]
            )
        rows.append([known.peer, *(a if a == b else "" for a, b in zip(*texts, strict=True))])
    if len(rows) == 1:
        return None
    return {"names": [field.name for field in own], "rows": rows}


def worked(cls: type[Optimizer], system: System) -> Iterator[list[str]]:
    """Yield the first steps on the ravine, coordinate by coordinate: all from the equations."""
    ravine = Ravine()
    optimizer: Any = cls()
    values = {name: getattr(optimizer, name) for name in system.hyperparameters}
    theta = ravine.start
    states: dict[str, Any] = system.start(theta)
    for t in range(1, STEPS + 1):
        g = ravine.grad(theta)
        after = system.evaluate(theta, g, t, states, values)
        for k in range(theta.size):
            quantities = [np.broadcast_to(value, theta.shape) for value in after.values()]
            numbers = [theta[k], g[k], *(value[k] for value in quantities)]
            yield [str(t), "xy"[k], *(f"{number:.6g}" for number in numbers)]
        states, theta = after, after["theta"]


def link_from_source(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Mark the lines of `update` in a page of source, and link each to its equation."""
    module = pagename.removeprefix("_modules/").replace("/", ".")
    for cls in dialects.ELEMENTWISE:
        name = cls.__name__
        if cls.__module__ != module:
            continue
        page = app.builder.get_relative_uri(pagename, f"reference/api/{public_name(cls)}")
        for k, (quantity, (number, _)) in enumerate(source_lines(cls).items(), start=1):
            line = re.compile(rf'<span class="linenos">( *{number})</span>')
            link = f'<a class="viewcode-back" href="{page}#{name}-{quantity}">[equation {k}]</a>'
            context["body"], count = line.subn(
                rf'{link}<span class="linenos" id="{name}.{quantity}">\1</span>', context["body"]
            )
            if count != 1:
                raise ValueError(f"{pagename} has {count} lines numbered {number}")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("algorithm", Algorithm)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
