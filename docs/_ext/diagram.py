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
#: The width of a joint, where a trunk passes a row.
JOINT = 2


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
    *,
    trunks: bool = False,
) -> dict[str, Any]:
    """Return a drawing of boxes as wide as their labels."""
    widths = {name: BEFORE + text_width(label) + BEHIND for name, label in labels.items()}
    drawing = lay_out(rows, lines, widths, BOX, between=between, below=24, trunks=trunks)
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
    trunks: bool = False,
) -> dict[str, Any]:
    """Return the places of named boxes in rows, and the lines between their edges or middles.

    Invisible lines keep the rows in their order. With trunks, the lines that come from a box are
    one line down to the row above that of each head: otherwise each of them needs room of its own
    in all rows that it passes.
    """
    lines = list(lines)
    chains = by_trunks(rows, lines) if trunks else {line: [*line] for line in lines}
    joints: dict[str, int] = {}
    for (tail, _), chain in chains.items():
        above = next(k for k, row in enumerate(rows) if tail in row)
        joints |= {name: above + k for k, name in enumerate(chain[1:-1], 1)}
    parts = dict.fromkeys(part for chain in chains.values() for part in pairwise(chain))

    def ends(tail: str, head: str) -> dict[str, Any]:
        at = {"tailport": "s"} if tail in joints else {}
        return at | ({"headport": "n", "weight": 4} if head in joints else {})

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
                ]
                + [
                    {"name": name, "attributes": {"width": JOINT / INCH}}
                    for name, place in joints.items()
                    if place == k
                ],
            }
            for k, row in enumerate(rows)
        ],
        "edges": [
            {"tail": tail, "head": head, "attributes": ends(tail, head)} for tail, head in parts
        ]
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
    curves = {}
    for edge in answer["edges"]:
        if edge.get("style") != "invis":
            start, *curve = ("{:.1f} {:.1f}".format(*point(text)) for text in edge["pos"].split())
            curves[names[edge["tail"]], names[edge["head"]]] = f"{start}C{' '.join(curve)}"
    paths = [
        {"tail": tail, "head": head, "path": "M" + "L".join(curves[part] for part in pairwise(way))}
        for (tail, head), way in chains.items()
    ]
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


def by_trunks(
    rows: Sequence[Sequence[str]], lines: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[str]]:
    """Return what each line passes: its tail, a joint of the tail in each row between, its head."""
    level = {name: k for k, row in enumerate(rows) for name in row}
    return {
        (tail, head): [tail, *(f"{tail} {k}" for k in range(level[tail] + 1, level[head])), head]
        for tail, head in lines
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
