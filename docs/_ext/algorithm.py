"""The algorithm box of an optimizer: inputs, start, the loop beside its source lines, result.

``.. algorithm:: Adam`` makes it from the equations in the docstring, the fields of the class and
the source of `update`. Each line links to its place in the source, which links back.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import Ravine, dialects, equations, lineage
from adamdoc.checks import RULES
from adamdoc.dialects import forms
from adamdoc.equations import System
from adamdoc.equations.system import STARTS_AT_THETA
from adamdoc.notation import HYPERPARAMETERS, SPELLINGS, TABLE
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.base import layers

LATEX = {symbol.name: symbol.latex for symbol in TABLE}
STEPS = 5


def source_lines(cls: type[Optimizer]) -> dict[str, tuple[int, str]]:
    """Return where `update` computes each quantity: the number of the line, and the statement."""
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


def named(cls: type[Optimizer]) -> set[str]:
    """Return the names of a class and of its general form."""
    own = cls.__name__
    return {own, *(name for name, form in forms.CLASSES.items() if form.builds_on == (own,))}


def search_words(cls: type[Optimizer]) -> list[str]:
    """Return what a reader may search for who has the name that a library gives it."""
    names = {*named(cls), *cls.builds_on} if cls.__name__ in forms.CLASSES else named(cls)
    rows = [row for row in dialects.ROWS if row.settings]
    peers = [row.peer for row in rows if dialects.class_name(row) in names]
    words = {word for name in (*peers, *names) for word in re.findall(r"\w+", name.lower())}
    return sorted(words | {"true"})  # as in amsgrad=True


def before(latex: str, index: str) -> str:
    """Return the symbol of a quantity with another index than t."""
    return latex.replace("_t", f"_{index}")


def paragraph(*parts: str | nodes.Node, classes: tuple[str, ...] = ()) -> nodes.paragraph:
    """Return a paragraph of texts and nodes."""
    children = [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    return nodes.paragraph("", "", *children, classes=list(classes))


def math(latex: str) -> nodes.math:
    """Return a formula within a line."""
    return nodes.math(latex, latex)


def code(text: str) -> nodes.literal:
    """Return highlighted Python within a line."""
    return nodes.literal(text, text, classes=["code"], language="python")


class Algorithm(SphinxDirective):
    """Draw the box of one class."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        name = self.arguments[0]
        known = {cls.__name__: cls for cls in dialects.ALL}
        if name not in known:
            raise self.error(f"algorithm must name an optimizer, got {name!r}")
        cls = known[name]
        aliases = nodes.meta("", name="keywords", content=", ".join(search_words(cls)))
        box = nodes.container(classes=["algorithm"])
        box += paragraph("Algorithm: ", code(name), classes=("algorithm-title",))
        box += paragraph("Input", classes=("algorithm-label",))
        box += self.inputs(cls)
        if table := defaults_table(cls):
            box += nodes.raw(
                "",
                "<details class='defaults'><summary>Defaults of the libraries</summary>",
                format="html",
            )
            box += table
            box += nodes.raw("", "</details>", format="html")
        if not cls.elementwise:
            box += paragraph("In one call of ", code("update"), classes=("algorithm-label",))
            box += self.steps(cls)
            self.set_source_info(box)
            return [aliases, box]
        system = equations.of(cls)
        box += paragraph("Start", classes=("algorithm-label",))
        start = ", ".join(
            before(LATEX[state], "0") + (r" = \theta_0" if state in STARTS_AT_THETA else " = 0")
            for state in system.states
        )
        box += paragraph(math(start)) if start else paragraph("no state")
        box += paragraph("For ", math(r"t = 1, 2, \dots"), classes=("algorithm-label",))
        box += paragraph("with the gradient ", math(r"g_t = \nabla f(\theta_{t-1})"))
        box += self.loop(cls, system)
        box += paragraph("Return", classes=("algorithm-label",))
        kept = ", ".join(LATEX[state] for state in system.states)
        end = [" and the state ", math(kept)] if kept else []
        box += paragraph(math(r"\theta_t"), *end)
        box += nodes.raw(
            "", "<details class='worked'><summary>The first steps, worked</summary>", format="html"
        )
        box += worked_table(cls, system)
        box += nodes.raw("", "</details>", format="html")
        self.set_source_info(box)
        return [aliases, box]

    def inputs(self, cls: type[Optimizer]) -> nodes.bullet_list:
        """Return the inputs: hyperparameters with their defaults and ranges."""
        result = nodes.bullet_list()
        result += nodes.list_item("", paragraph(math(r"\theta_0"), " the start"))
        for field in fields(cls):
            if field.name == "optimizer":
                inside = paragraph(code("optimizer"), " what is wrapped, here gradient descent")
                result += nodes.list_item("", inside)
                continue
            words = RULES[HYPERPARAMETERS[field.name].rule][1]
            schedule = ", or a schedule" if field.name == "lr" else ""
            result += nodes.list_item(
                "",
                paragraph(
                    math(LATEX[field.name]),
                    " ",
                    code(f"{field.name} = {field.default!r}"),
                    f" {HYPERPARAMETERS[field.name].meaning}; {words}{schedule}",
                ),
            )
        return result

    def steps(self, cls: type[Optimizer]) -> nodes.enumerated_list:
        """Return the equations as the docstring has them, where they are not parsed."""
        result = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
        for latex in lineage.equations(cls):
            item = nodes.list_item()
            item += nodes.math_block(latex, latex, number=None, nowrap=False, docname="")
            result += item
        return result

    def loop(self, cls: type[Optimizer], system: System) -> nodes.enumerated_list:
        """Return the equations, each beside its line of the source."""
        result = nodes.enumerated_list(enumtype="arabic", prefix="", suffix=".")
        lines = source_lines(cls)
        for assignment in system.assignments:
            number, statement = lines[assignment.name]
            latex = assignment.latex.replace("&=", "=")
            item = nodes.list_item(ids=[f"{cls.__name__}-{assignment.name}"])
            item += nodes.math_block(latex, latex, number=None, nowrap=False, docname="")
            link = nodes.reference("", "", code(statement))
            link["adamdoc_source"] = f"{cls.__module__}:{cls.__name__}.{assignment.name}"
            link["reftitle"] = f"Line {number} of the source"
            item += paragraph(link, classes=("algorithm-source",))
            result += item
        return result


def defaults_table(cls: type[Optimizer]) -> nodes.container | None:
    """Return the defaults of each library, in the names of adamdoc, or None where none has it."""
    names = named(cls)
    own = [field for field in fields(cls) if field.name != "optimizer"]
    lines = [["adamdoc", *(f"{field.default:g}" for field in own)]]
    for known in dialects.ROWS:
        if not known.settings:
            continue
        if dialects.class_name(known) not in names:
            continue
        texts = []
        for required in (1.0, 2.0):  # what follows from an argument without default has none
            given = dialects.defaults(known.peer)
            rate = {n: required for n, value in given.items() if value == dialects.REQUIRED}
            whole = dialects.reproduce(known.peer, rate)
            layer = next(part for part in layers(whole) if type(part).__name__ in names)
            texts.append(
                [f"{getattr(layer, f.name):g}" if hasattr(layer, f.name) else "" for f in own]
            )
        same = [a if a == b else "" for a, b in zip(*texts, strict=True)]
        lines.append([known.peer, *same])
    if len(lines) == 1:
        return None
    head: list[nodes.Node] = [nodes.Text(""), *(code(field.name) for field in own)]
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", table_row(head))
    group += nodes.tbody("", *(table_row([nodes.Text(text) for text in line]) for line in lines))
    text = paragraph(
        "What the libraries call by this name, in the names of adamdoc. An empty cell has no "
        "default, or is no argument of this form: see the page on dialects."
    )
    scroll = nodes.container("", nodes.table("", group), classes=["table-scroll"])
    return nodes.container("", text, scroll)


def worked_rows(cls: type[Optimizer], system: System) -> Iterator[list[str]]:
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


def worked_table(cls: type[Optimizer], system: System) -> nodes.container:
    """Return the worked steps as a table."""
    names = [LATEX[assignment.name] for assignment in system.assignments]
    head: list[nodes.Node] = [math("t"), nodes.Text("coordinate")]
    head += [math(latex) for latex in (r"\theta_{t-1}", "g_t", *names)]
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", table_row(head))
    cells = worked_rows(cls, system)
    group += nodes.tbody("", *(table_row([nodes.Text(text) for text in texts]) for texts in cells))
    x, y = Ravine().start
    text = paragraph(
        f"The first {STEPS} steps on the ravine ",
        math(r"f(x, y) = x^2 + 10 y^2"),
        f" from ({x:g}, {y:g}) with the default hyperparameters, every quantity computed by the "
        "equations above.",
    )
    scroll = nodes.container("", nodes.table("", group), classes=["table-scroll"])
    return nodes.container("", text, scroll)


def table_row(cells: list[nodes.Node]) -> nodes.row:
    """Return a row of a table."""
    return nodes.row("", *(nodes.entry("", paragraph(cell)) for cell in cells))


def link_to_source(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Point the lines of the boxes at the pages of the source, which only the builder knows."""
    for link in doctree.findall(nodes.reference):
        if place := link.attributes.pop("adamdoc_source", None):
            module, anchor = place.split(":")
            page = f"_modules/{module.replace('.', '/')}"
            link["refuri"] = f"{app.builder.get_relative_uri(docname, page)}#{anchor}"


def link_from_source(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Mark the lines of `update` in a page of source, and link each to its equation."""
    module = pagename.removeprefix("_modules/").replace("/", ".")
    if module == pagename:
        return
    for cls in dialects.ELEMENTWISE:
        name = cls.__name__
        if cls.__module__ != module:
            continue
        page = app.builder.get_relative_uri(pagename, f"reference/api/adamdoc.{name}")
        for k, (quantity, (number, _)) in enumerate(source_lines(cls).items(), start=1):
            line = re.compile(rf'<span class="linenos">( *{number})</span>')
            link = f'<a class="viewcode-back" href="{page}#{name}-{quantity}">[equation {k}]</a>'
            context["body"], count = line.subn(
                rf'{link}<span class="linenos" id="{name}.{quantity}">\1</span>', context["body"]
            )
            if count != 1:
                raise ValueError(f"{pagename} has {count} lines numbered {number}")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, and the links in both directions."""
    app.add_directive("algorithm", Algorithm)
    app.connect("doctree-resolved", link_to_source)
    app.connect("html-page-context", link_from_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
