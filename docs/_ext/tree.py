"""The family tree of the optimizers, laid out by Graphviz when the site is built.

The content of ``{family-tree}`` is its legend: a line for each kind of idea, with the methods that
added one, as in ``momentum: HeavyBall, Nesterov``. A method that no line names has the colour of
its first parent. Everything else follows from `adamdoc.lineage`.

There are two drawings, and the style sheet shows the one that fits: a wide one, whose boxes hold
the names, and a narrow one, with a row for each method and the names beside the lines.
"""

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from fontTools.ttLib import TTFont
from npm import packages, run
from reference import public_name, render
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import lineage
from adamdoc.optimizers import Optimizer

Method = type[Optimizer]
SCRIPT = Path(__file__).with_name("graphviz.mjs")
#: Graphviz takes sizes in inches and answers in points; a point is a pixel here.
INCH = 72
#: The face and the size of the labels, as in tree.css.
FACE = "source-sans/WOFF2/TTF/SourceSans3-Regular.ttf.woff2"
TEXT = 14
#: A box of the wide tree, and the room before and behind its text; a dot of the narrow one, with
#: the room around it; the column of years, and the space beside it.
BOX, BEFORE, BEHIND, DOT, YEARS, GAP = 26, 13, 8, 13, 30, 8


class FamilyTree(SphinxDirective):
    """Draw the tree."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"caption": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the legend, and the tree in both forms."""
        methods = lineage.methods()
        legend = dict(self.entry(line) for line in self.content if line.strip())
        words, ideas = list(legend), kinds(methods, list(legend.values()))
        root = "../" * self.env.docname.count("/")
        described = {
            cls.__name__: {
                "ideas": ideas[cls],
                "parent": next(iter(cls.builds_on), ""),
                "year": lineage.year(cls),
                "title": title(cls, " and ".join(words[k] for k in ideas[cls])),
                "page": f"{root}reference/api/{public_name(cls)}.html",
            }
            for cls in methods
        }
        values = {
            "caption": self.options["caption"],
            "legend": words,
            "methods": described,
            "trees": [wide(methods), narrow(methods)],
        }
        return [nodes.raw("", render("tree.html", self.get_location(), **values), format="html")]

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
    return f"{cls.__name__}, {lineage.year(cls)} ({idea}). {first}{of}"


@cache
def text_width(text: str) -> float:
    """Return the width of a text in the face of labels."""
    font = TTFont(packages() / FACE)
    glyphs, widths = font.getBestCmap(), font["hmtx"]
    return sum(widths[glyphs[ord(c)]][0] for c in text) * TEXT / font["head"].unitsPerEm


def wide(methods: Sequence[Method]) -> dict[str, Any]:
    """Return the tree with a row for each year, and one more for children of the same year."""
    generation: dict[Method, int] = {}
    for cls in methods:
        same = [p for p in lineage.parents(cls) if lineage.year(p) == lineage.year(cls)]
        generation[cls] = max((generation[p] + 1 for p in same), default=0)

    def row(cls: Method) -> tuple[int, int]:
        return lineage.year(cls), generation[cls]

    rows = [list(group) for _, group in groupby(sorted(methods, key=row), row)]
    widths = {cls: BEFORE + text_width(cls.__name__) + BEHIND for cls in methods}
    tree = lay_out(rows, widths, BOX, between=5, below=24, clipped=True)
    left = YEARS + GAP
    return tree | {"kind": "wide", "left": left, "before": BEFORE, "width": left + tree["width"]}


def narrow(methods: Sequence[Method]) -> dict[str, Any]:
    """Return the tree with a row for each method: a dot, to whose middle the lines lead."""
    rows = [[cls] for cls in methods]
    tree = lay_out(rows, dict.fromkeys(methods, DOT), DOT, between=2, below=19, clipped=False)
    years = tree["width"] + GAP
    names = years + YEARS + GAP
    width = names + max(text_width(cls.__name__) for cls in methods)
    return tree | {"kind": "narrow", "left": 0, "years": years, "names": names, "width": width}


def lay_out(
    rows: Sequence[Sequence[Method]],
    widths: Mapping[Method, float],
    height: float,
    between: float,
    below: float,
    clipped: bool,
) -> dict[str, Any]:
    """Return the places of methods in rows, and the lines between their middles, or their edges.

    Invisible lines keep the rows in their order.
    """
    chain = pairwise(row[0].__name__ for row in rows)
    graph = {
        "graphAttributes": {
            "nodesep": between / INCH,
            "ranksep": below / INCH,
            "mclimit": 20,  # look longer for few crossings
            "searchsize": 200,
        },
        "nodeAttributes": {"shape": "box", "fixedsize": True, "height": height / INCH, "label": ""},
        "edgeAttributes": {"arrowhead": "none", "headclip": clipped, "tailclip": clipped},
        "subgraphs": [
            {
                "graphAttributes": {"rank": "same"},
                "nodes": [
                    {"name": cls.__name__, "attributes": {"width": widths[cls] / INCH}}
                    for cls in row
                ],
            }
            for row in rows
        ],
        "edges": [
            {"tail": parent, "head": cls.__name__} for cls in widths for parent in cls.builds_on
        ]
        + [
            {"tail": above, "head": name, "attributes": {"style": "invis", "weight": 0}}
            for above, name in chain
        ],
    }
    answer = json.loads(run(SCRIPT, json.dumps(graph)))
    _, _, width, bottom = map(float, answer["bb"].split(","))

    def point(text: str) -> tuple[float, float]:
        x, y = map(float, text.split(","))
        return x, bottom - y  # Graphviz measures from below

    names = {item["_gvid"]: item["name"] for item in answer["objects"]}
    places = {item["name"]: point(item["pos"]) for item in answer["objects"] if "pos" in item}
    lines = []
    for edge in answer["edges"]:
        if edge.get("style") != "invis":
            start, *curve = ("{:.1f} {:.1f}".format(*point(text)) for text in edge["pos"].split())
            line = {"tail": names[edge["tail"]], "head": names[edge["head"]]}
            lines.append(line | {"path": f"M{start}C{' '.join(curve)}"})
    boxes = []
    for cls in widths:
        x, y = places[cls.__name__]
        boxes.append({"name": cls.__name__, "width": widths[cls], "x": x, "y": y})
    bands = []
    for year, group in groupby(rows, lambda row: lineage.year(row[0])):
        levels = [places[row[0].__name__][1] for row in group]
        reach = (height + below) / 2
        bands.append({"year": year, "top": levels[0] - reach, "bottom": levels[-1] + reach})
    return {
        "lines": lines,
        "boxes": boxes,
        "bands": bands,
        "width": width,
        "top": bands[0]["top"],
        "height": bands[-1]["bottom"] - bands[0]["top"],
        "size": height,
        "row": height + below,
    }


def add_files(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Load script and style sheet where there is a tree."""
    if 'class="family-tree"' in context.get("body", ""):
        app.add_js_file("tree.js", loading_method="defer")
        app.add_css_file("tree.css")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("family-tree", FamilyTree)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
