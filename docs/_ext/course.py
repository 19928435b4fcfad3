"""What a page of the course leads to, and the table of all of them, made from what the pages say.

``{about}`` stands below the title of a page: ``:afterwards:`` is what its reader will know, and
``:builds-on:`` the pages to have read. The time is that of the words, at 200 in a minute; code and
figures take longer. ``{course}`` lists the pages that are its content.
"""

import math
from typing import Any, ClassVar

from algorithm import table_row
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

WORDS_IN_A_MINUTE = 200


class Minutes(nodes.General, nodes.Element):  # type: ignore[misc]
    """Stands for the time to read the page, which is known when all of it has been read."""


class Table(nodes.General, nodes.Element):  # type: ignore[misc]
    """Stands for the table of the course."""


class About(SphinxDirective):
    """Say what a page leads to, on what it builds, and how long it takes."""

    option_spec: ClassVar[dict[str, Any]] = {
        "afterwards": directives.unchanged_required,
        "builds-on": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return a list of two or three lines."""
        text = self.options["afterwards"].replace("'", "\u2019")
        self.env.metadata[self.env.docname]["afterwards"] = text
        lines = [f"**Afterwards you know** {text}."]
        if pages := self.options.get("builds-on"):
            lines.append(f"**Builds on** {pages}.")
        result = nodes.bullet_list(classes=["about-page"])
        for line in lines:
            parsed, _ = self.parse_inline(line)
            result += nodes.list_item("", nodes.paragraph("", "", *parsed))
        result += nodes.list_item("", nodes.paragraph("", "", Minutes()))
        return [result]


class Course(SphinxDirective):
    """List the pages of the course."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the place of the table; it is filled when all pages have been read."""
        folder = self.env.docname.rpartition("/")[0]
        pages = [f"{folder}/{name}" for name in self.content if name]
        for page in pages:
            if page not in self.env.found_docs:
                raise self.error(f"course lists pages of {folder}, got {page!r}")
            self.env.note_dependency(self.env.doc2path(page))
        return [Table(pages=pages)]


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the time and the table in their places."""
    for place in list(doctree.findall(Minutes)):
        count = sum(len(p.astext().split()) for p in doctree.findall(nodes.paragraph))
        minutes = math.ceil(count / WORDS_IN_A_MINUTE)
        place.replace_self(nodes.Text(f"{minutes} minutes to read"))
    for place in list(doctree.findall(Table)):
        place.replace_self(table(app, place["pages"], docname))


def table(app: Sphinx, pages: list[str], docname: str) -> nodes.table:
    """Return the table: title, and what its reader will know."""
    group = nodes.tgroup(cols=2)
    group += [nodes.colspec(colwidth=width) for width in (30, 70)]
    group += nodes.thead("", table_row([nodes.Text("Page"), nodes.Text("Afterwards you know")]))
    body = nodes.tbody()
    for page in pages:
        uri = app.builder.get_relative_uri(docname, page)
        title = app.env.titles[page].astext()
        link = nodes.reference("", title, refuri=uri, internal=True)
        text = app.env.metadata[page]["afterwards"]
        body += table_row([link, nodes.Text(text)])
    group += body
    return nodes.table("", group)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives."""
    app.add_node(Minutes)
    app.add_node(Table)
    app.add_directive("about", About)
    app.add_directive("course", Course)
    app.connect("doctree-resolved", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
