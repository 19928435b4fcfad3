"""Diagrams laid out by Graphviz, which runs as WebAssembly in Node when the site is built.

A diagram has two drawings, and the style sheet shows the one that fits: a wide one, and one for
phones. Both are SVG in the page: their text is text, and their colours follow the theme.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from npm import packages, run
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

SCRIPT = Path(__file__).with_name("graphviz.mjs")
#: Graphviz takes sizes in inches and answers in points; a point is a pixel here.
INCH = 72
#: The face and the size of the labels, as in diagram.css.
FACE = "source-sans/WOFF2/TTF/SourceSans3-Regular.ttf.woff2"
TEXT = 14
#: The height of a box, and the room before and behind its text.
BOX, BEFORE, BEHIND = 28, 13, 8


@cache
def face() -> TTFont:
    """Return the face of labels."""
    return TTFont(packages() / FACE)


def text_width(text: str) -> float:
    """Return the width of a text in the face of labels; another face is fitted to it."""
    font = face()
    glyphs, widths = font.getBestCmap(), font["hmtx"]
    return sum(widths[glyphs[ord(c)]][0] for c in text) * TEXT / font["head"].unitsPerEm


def lay_out_boxes(
    rows: Sequence[Sequence[str]],
    lines: Iterable[tuple[str, str]],
    labels: Mapping[str, str],
    between: float = 5,
) -> dict[str, Any]:
    """Return a drawing of boxes as wide as their labels."""
    widths = {name: BEFORE + text_width(label) + BEHIND for name, label in labels.items()}
    drawing = lay_out(rows, lines, widths, BOX, between=between, below=24)
    return drawing | {"boxes": True, "before": BEFORE}


def lay_out(
    rows: Sequence[Sequence[str]],
    lines: Iterable[tuple[str, str]],
    widths: Mapping[str, float],
    height: float,
    *,
    between: float,
    below: float,
    clipped: bool = True,
) -> dict[str, Any]:
    """Return the places of named boxes in rows, and the lines between their edges or middles.

    Invisible lines keep the rows in their order.
    """
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
                    {"name": name, "attributes": {"width": widths[name] / INCH}} for name in row
                ],
            }
            for row in rows
        ],
        "edges": [{"tail": tail, "head": head} for tail, head in lines]
        + [
            {"tail": above[0], "head": row[0], "attributes": {"style": "invis", "weight": 0}}
            for above, row in pairwise(rows)
        ],
    }
    answer = json.loads(run(SCRIPT, json.dumps(graph)))
    _, _, width, bottom = map(float, answer["bb"].split(","))

    def point(text: str) -> tuple[float, float]:
        x, y = map(float, text.split(","))
        return x, bottom - y  # Graphviz measures from below

    names = {item["_gvid"]: item["name"] for item in answer["objects"]}
    places = {item["name"]: point(item["pos"]) for item in answer["objects"] if "pos" in item}
    paths = []
    for edge in answer["edges"]:
        if edge.get("style") != "invis":
            start, *curve = ("{:.1f} {:.1f}".format(*point(text)) for text in edge["pos"].split())
            line = {"tail": names[edge["tail"]], "head": names[edge["head"]]}
            paths.append(line | {"path": f"M{start}C{' '.join(curve)}"})
    return {
        "lines": paths,
        "nodes": [
            {"name": name, "width": widths[name], "x": places[name][0], "y": places[name][1]}
            for row in rows
            for name in row
        ],
        "boxes": False,
        "bands": [],
        "left": 0,
        "width": width,
        "top": 0,
        "height": bottom,
        "size": height,
        "row": height + below,
    }


def add_files(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Load script and style sheet where there is a diagram."""
    if '<figure class="diagram' in context.get("body", ""):
        app.add_js_file("diagram.js", loading_method="defer")
        app.add_css_file("diagram.css")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the files."""
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
