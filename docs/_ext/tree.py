"""The family tree of the optimizers, laid out by Graphviz when the site is built.

The content of ``{family-tree}`` is its legend: a line for each kind of idea, with the methods that
added one, as in ``momentum: HeavyBall, Nesterov``. A method that no line names has the colour of
its first parent. Everything else follows from `adamdoc.lineage`.

The wide drawing has a row for each year, and boxes with the names. The narrow one has a row for
each method, and the names beside the lines.
"""

import inspect
import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, ClassVar

from diagram import lay_out, lay_out_boxes, text_width
from docutils import nodes
from docutils.parsers.rst import directives
from reference import public_name, render
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import lineage
from adamdoc.optimizers import Optimizer

Method = type[Optimizer]
#: A dot of the narrow drawing with the room around it; the column of years, and that beside it.
DOT, YEARS, GAP = 13, 30, 8
#: The most boxes in a row of the wide drawing.
ROW = 4


class FamilyTree(SphinxDirective):
    """Draw the tree."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "caption": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the legend, and the tree in both forms."""
        methods = lineage.methods()
        legend = dict(self.entry(line) for line in self.content if line.strip())
        words, ideas = list(legend), kinds(methods, list(legend.values()))
        root = "../" * self.env.docname.count("/")
        described = {
            cls.__name__: {
                "label": cls.__name__,
                "length": text_width(cls.__name__),
                "ideas": ideas[cls],
                "parent": next(iter(cls.builds_on), ""),
                "year": lineage.year(cls),
                "title": title(cls, " and ".join(words[k] for k in ideas[cls])),
                "page": f"{root}reference/api/{public_name(cls)}.html",
            }
            for cls in methods
        }
        values = {
            "kind": "family-tree",
            "caption": self.options["caption"],
            "alt": self.options["alt"],
            "legend": words,
            "nodes": described,
            "drawings": {"wide": wide(methods), "narrow": narrow(methods)},
        }
        return [nodes.raw("", render("diagram.html", self.get_location(), **values), format="html")]

    def entry(self, line: str) -> tuple[str, list[str]]:
        """Return the words of a line of the legend, and its methods."""
        words, _, names = line.partition(":")
        found = re.findall(r"\w+", names)
        known = {cls.__name__ for cls in lineage.methods()}
        if unknown := [name for name in found if name not in known]:
            raise self.error(f"the legend of the family tree must name methods, got {unknown[0]!r}")
        return words.strip(), found


def kinds(methods: Sequence[Method], legend: Sequence[Sequence[str]]) -> dict[Method, list[int]]:
    """Return the lines of the legend that name each method, or else its first parent."""
    found: dict[Method, list[int]] = {}
    for cls in methods:
        own = [k for k, names in enumerate(legend) if cls.__name__ in names]
        found[cls] = own or found[lineage.parents(cls)[0]]
    return found


def title(cls: Method, idea: str) -> str:
    """Return the description of a method: year, idea, first line of its docstring, parents."""
    names = ", ".join(parent.__name__ for parent in lineage.parents(cls))
    first = (inspect.getdoc(cls) or "").partition("\n")[0]
    of = f" Builds on {names}." if names else ""
    return f"{lineage.year(cls)} {cls.__name__} ({idea}). {first}{of}"


def wide(methods: Sequence[Method]) -> dict[str, Any]:
    """Return the tree with a row for each year.

    Children of the same year have one more, and so has what does not fit beside the others: the
    methods on which no other builds come last.
    """
    generation: dict[Method, int] = {}
    for cls in methods:
        same = [p for p in lineage.parents(cls) if lineage.year(p) == lineage.year(cls)]
        generation[cls] = max((generation[p] + 1 for p in same), default=0)

    def row(cls: Method) -> tuple[int, int]:
        return lineage.year(cls), generation[cls]

    built_on = {parent for cls in methods for parent in cls.builds_on}
    rows = []
    for _, group in groupby(sorted(methods, key=row), row):
        year = sorted(group, key=lambda cls: cls.__name__ not in built_on)
        rows += [year[k : k + ROW] for k in range(0, len(year), ROW)]
    names = {cls.__name__: cls.__name__ for cls in methods}
    tree = lay_out_boxes(named(rows), lines(methods), names, trunks=True)
    left = YEARS + GAP
    return with_years(tree, rows) | {"left": left, "width": left + tree["width"]}


def narrow(methods: Sequence[Method]) -> dict[str, Any]:
    """Return the tree with a row for each method: a dot, to whose middle the lines lead."""
    rows = [[cls] for cls in methods]
    dots = {cls.__name__: DOT for cls in methods}
    tree = lay_out(
        named(rows), lines(methods), dots, DOT, between=2, below=19, clipped=False, trunks=True
    )
    years = tree["width"] + GAP
    names = years + YEARS + GAP
    width = names + max(map(text_width, dots))
    return with_years(tree, rows) | {"years": years, "names": names, "width": width}


def named(rows: Sequence[Sequence[Method]]) -> list[list[str]]:
    """Return the names of the methods in rows."""
    return [[cls.__name__ for cls in row] for row in rows]


def lines(methods: Sequence[Method]) -> list[tuple[str, str]]:
    """Return parent and child for each line of the tree."""
    return [(parent, cls.__name__) for cls in methods for parent in cls.builds_on]


def with_years(tree: dict[str, Any], rows: Sequence[Sequence[Method]]) -> dict[str, Any]:
    """Return a drawing with a band for each year, from the middle of a gap to that of the next."""
    levels = {node["name"]: node["y"] for node in tree["nodes"]}
    bands, half = [], tree["row"] / 2
    for year, group in groupby(rows, lambda row: lineage.year(row[0])):
        places = [levels[row[0].__name__] for row in group]
        bands.append({"year": year, "top": places[0] - half, "bottom": places[-1] + half})
    top, bottom = bands[0]["top"], bands[-1]["bottom"]
    return tree | {"bands": bands, "top": top, "height": bottom - top}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("family-tree", FamilyTree)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
