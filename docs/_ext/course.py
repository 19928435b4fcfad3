"""The course: what each page leads to, its exercises, the table of pages, and what uses them.

``{about}`` comes after the title of a page: ``:afterwards:`` is what its reader will know,
``:builds-on:`` the pages to read before. The reading time is that of the words, at 200 a minute.
``{course}`` is the table of the pages in the toctrees beside it, whose captions are its parts.
``{exercise} By hand`` asks for a number: ``:answer:`` names the value, one that a cell has glued,
``:within:`` says how far off an answer may be. A script offers a field that checks it.

A gallery script names its page of the course in a comment, ``# sphinx_gallery_course = "adam"``.
These two link to each other, and so do a page and each class or function that its cells import.
"""

import math
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from dependencies import names_imported
from docutils import nodes
from docutils.parsers.rst import directives
from freshness import results
from reference import render
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from sphinx_gallery.py_source_parser import extract_file_config

WORDS_PER_MINUTE = 200
#: The kinds of exercise.
EXERCISES = ("By hand", "By code", "In the playground")
#: The words before the links to each kind of page, in this order.
LABELS = (
    ("theory/", "In the course"),
    ("family/", "In the family"),
    ("practice/", "In practice"),
    ("evidence/", "In the evidence"),
    ("auto_gallery/", "In the gallery"),
    ("reference/api/", "In the reference"),
)


class About(SphinxDirective):
    """List what a page leads to, what it builds on, and how long it takes."""

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
        parts = [*(self.parse_inline(line)[0] for line in lines), [nodes.inline(course="minutes")]]
        result += [nodes.list_item("", nodes.paragraph("", "", *part)) for part in parts]
        return [result]


class Exercise(SphinxDirective):
    """Ask for a number, of which a reader can check a guess."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "answer": directives.unchanged_required,
        "within": directives.unchanged_required,
        "unit": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return the question, and the answer behind a fold."""
        kind = self.arguments[0]
        if kind not in EXERCISES:
            raise self.error(f"an exercise must be one of {', '.join(EXERCISES)}, got {kind!r}")
        if "answer" not in self.options:
            raise self.error("an exercise must name the value of its answer, in :answer:")
        within = self.options.get("within", "1%")
        try:
            number = float(within.removesuffix("%")) / (100 if within.endswith("%") else 1)
        except ValueError:
            raise self.error(f"within must be a number such as 0 or 1%, got {within!r}") from None
        metadata = self.env.metadata[self.env.docname]
        metadata["exercises"] = count = metadata.get("exercises", 0) + 1
        title = nodes.paragraph(
            "", "", nodes.strong("", f"Exercise {count}"), nodes.Text(f" \u00b7 {kind}")
        )
        title["classes"] = ["exercise-title"]
        value = f"{{glue:text}}`{self.options['answer']}`"
        answer = nodes.paragraph("", "Answer: ")
        answer += nodes.inline("", "", *self.parse_inline(value)[0], classes=["answer-value"])
        if unit := self.options.get("unit"):
            answer += [nodes.Text(" "), *self.parse_inline(unit)[0]]
        fold = (
            f'<details class="answer" data-within="{number:g}"><summary>Show the answer</summary>'
        )
        begin, end = (nodes.raw("", text, format="html") for text in (fold, "</details>"))
        body = self.parse_content_to_nodes()
        return [nodes.container("", title, *body, begin, answer, end, classes=["exercise"])]


class Course(SphinxDirective):
    """List the pages of the course."""

    def run(self) -> list[nodes.Node]:
        """Return the place of the table, whose pages are not read yet."""
        return [nodes.inline(course="table")]


def relate(_app: Sphinx, env: BuildEnvironment) -> None:
    """Find the pages that link to each other."""
    related: dict[str, set[str]] = defaultdict(set)

    def join(one: str, other: str) -> None:
        related[one].add(other)
        related[other].add(one)

    for page in sorted(env.found_docs):
        if page.startswith("auto_gallery/") and "/plot_" in page:
            join(page, course_page(env, page))
    docs = Path(env.srcdir)
    for path, source in results(docs.parent):
        for module, name in names_imported(source) if path.is_relative_to(docs) else ():
            target = f"reference/api/{module}.{name}"
            if target in env.found_docs and module != "adamdoc.notebook":  # which sets up pages
                join(path.relative_to(docs).with_suffix("").as_posix(), target)
    env.adamdoc_related = related  # type: ignore[attr-defined]


def course_page(env: BuildEnvironment, page: str) -> str:
    """Return the page of the course to which a gallery script belongs."""
    script = Path(env.srcdir, f"{page}.py")
    name = extract_file_config(script.read_text("utf-8")).get("course")
    if (target := f"theory/{name}") not in env.found_docs:
        source = page.replace("auto_gallery", "gallery", 1)
        course = sorted(d.removeprefix("theory/") for d in env.found_docs if d[:7] == "theory/")
        raise ExtensionError(
            f"{source}.py must name its page of the course in a line such as "
            f'# sphinx_gallery_course = "adam", with one of {", ".join(course)}; got {name!r}'
        )
    return target


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put time, table and links in their places."""

    def link(page: str) -> dict[str, str]:
        title = app.env.titles[page].astext().removeprefix("adamdoc.")
        return {"href": app.builder.get_relative_uri(docname, page), "title": title}

    def html(template: str, **values: Any) -> nodes.raw:
        return nodes.raw("", render(template, docname, **values), format="html")

    places = {place.get("course"): place for place in doctree.findall(nodes.inline)}
    if place := places.get("minutes"):
        count = sum(len(p.astext().split()) for p in doctree.findall(nodes.paragraph))
        minutes = math.ceil(count / WORDS_PER_MINUTE)
        unit = "minute" if minutes == 1 else "minutes"
        place.replace_self(nodes.Text(f"{minutes} {unit} to read"))
    if place := places.get("table"):
        parts = {t["caption"]: t["includefiles"] for t in doctree.findall(addnodes.toctree)}
        said = {page: app.env.metadata[page].get("afterwards") for page in chain(*parts.values())}
        if missing := [page for page, words in said.items() if words is None]:
            raise ExtensionError(f"{missing[0]}.md must say what it leads to, in {{about}}")
        rows = {
            part: [{**link(page), "afterwards": said[page]} for page in pages]
            for part, pages in parts.items()
        }
        place.replace_self(html("course.html", parts=rows))
    related = sorted(app.env.adamdoc_related.get(docname, ()))  # type: ignore[attr-defined]
    section = doctree.next_node(nodes.section)
    if related and section is not None:
        groups = {
            label: [link(page) for page in related if page.startswith(prefix)]
            for prefix, label in LABELS
        }
        section += html("related.html", groups=groups)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives and the links."""
    app.add_directive("about", About)
    app.add_directive("exercise", Exercise)
    app.add_directive("course", Course)
    app.connect("env-updated", relate)
    app.connect("doctree-resolved", fill)
    return {"version": "3", "parallel_read_safe": True, "parallel_write_safe": True}
