"""The reference: the lists of optimizers and surfaces, algorithm boxes, and the test vectors.

All follow from the classes. ``.. algorithm:: Adam`` draws a box with inputs, start, the loop beside
its source lines and the result; each line links to its place in the source, which links back.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from mathml import convert, scrolling
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import Ravine, dialects, equations, lineage, optimizers, problems, vectors
from adamdoc.checks import RULES
from adamdoc.dialects import forms
from adamdoc.equations.tree import Name
from adamdoc.notation import HYPERPARAMETERS, TABLE
from adamdoc.optimizers import Optimizer, Wrapper

LATEX = {symbol.name: symbol.latex for symbol in TABLE}
STEPS = 5
#: The fields that are no hyperparameters.
INSIDE = {
    "optimizer": "the wrapped optimizer, here gradient descent",
    "groups": "rules, and the optimizers of the arrays to which they apply",
}


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


def search_words(cls: type[Optimizer]) -> list[str]:
    """Return the words under which readers of other libraries look for a class."""
    names = dialects.with_general_form(cls)
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
        if field.name in INSIDE:
            yield {"code": field.name, "meaning": INSIDE[field.name]}
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
    system, lines, ravine = equations.of(cls), equations.source_lines(cls), Ravine()
    page = f"{root}_modules/{cls.__module__.replace('.', '/')}.html"
    starts = [
        with_index(LATEX[state], "0") + (r" = \theta_0" if start == Name("theta_0") else " = 0")
        for state, start in system.starts.items()
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
        "worked": [
            [str(t), "xy"[k], *(f"{value:.6g}" for value in values)]
            for t, k, values in equations.worked_steps(cls, ravine, STEPS)
        ],
        "columns": [r"\theta_{t-1}", "g_t", *(LATEX[a.name] for a in system.assignments)],
        "ravine": ravine.start,
        "steps": STEPS,
    }


def defaults(cls: type[Optimizer]) -> dict[str, Any] | None:
    """Return the table of the libraries' defaults, or None where no library has the optimizer."""
    own = {field.name: field.default for field in fields(cls) if field.name not in INSIDE}
    rows = {"adamdoc": own} | dialects.library_defaults(cls)
    texts = [
        [peer, *(f"{values[name]:g}" if name in values else "" for name in own)]
        for peer, values in rows.items()
    ]
    return {"names": list(own), "rows": texts} if len(rows) > 1 else None


def link_from_source(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Mark the lines of `update` in a page of source, and link each to its equation."""
    module = pagename.removeprefix("_modules/").replace("/", ".")
    for cls in dialects.ELEMENTWISE:
        name = cls.__name__
        if cls.__module__ != module:
            continue
        lines = equations.source_lines(cls)
        page = app.builder.get_relative_uri(pagename, f"reference/api/{public_name(cls)}")
        for k, (quantity, (number, _)) in enumerate(lines.items(), start=1):
            line = re.compile(rf'<span class="linenos">( *{number})</span>')
            link = f'<a class="viewcode-back" href="{page}#{name}-{quantity}">[equation {k}]</a>'
            context["body"], count = line.subn(
                rf'{link}<span class="linenos" id="{name}.{quantity}">\1</span>', context["body"]
            )
            if count != 1:
                raise ValueError(f"{pagename} has {count} lines numbered {number}")


def write_lists(app: Sphinx, _config: Config) -> None:
    """Write the pages that list optimizers and surfaces, before Sphinx looks for pages."""
    order = lineage.methods()
    lists = {
        "optimizers": {
            "methods": [public_name(cls) for cls in order if not issubclass(cls, Wrapper)],
            "wrappers": [public_name(cls) for cls in order if issubclass(cls, Wrapper)],
            "forms": [public_name(cls) for cls in dialects.ALL if cls.general_form],
        },
        "surfaces": {"surfaces": [f"adamdoc.{name}" for name in problems.surfaces()]},
    }
    for name, values in lists.items():
        text = render(f"{name}.rst", f"reference/{name}", **values)
        page = Path(app.srcdir, "reference", f"{name}.rst")
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def write_vectors(app: Sphinx) -> None:
    """Put the test vectors beside the pages, once: the folder goes when the package changes."""
    if not (folder := Path(app.outdir, "vectors")).exists():
        vectors.write(folder)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive and the lists."""
    app.add_directive("algorithm", Algorithm)
    app.connect("config-inited", write_lists)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
