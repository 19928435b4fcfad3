"""Typeset maths with KaTeX while the site is built: its script loads only where a reader types.

A formula is HTML for the eye and MathML for assistive technology, which carries the LaTeX. Its
lines break between KaTeX's unbreakable parts; a screen narrower than such a part shrinks it. The
fonts come with KaTeX, cut to the characters that the site uses.
"""

import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fonts
import npm
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

#: A whole formula in an environment for lines whose cells are aligned.
ALIGNED = re.compile(r"\s*\\begin\{(aligned|split|gathered)\}(.*)\\end\{\1\}\s*", re.DOTALL)
#: The parts of LaTeX at which a line or a cell may end, and those that open and close a group.
MARK = re.compile(r"\\\\(?:\[[^]]*\])?|\\begin\b|\\end\b|\\.|[&{}]", re.DOTALL)
#: Widths, in em of the text, that maths.css knows: a display wider than one gets its class.
WIDTHS = (20, 30, 40, 50)
#: Where a line may end, too: before words, and between two factors in parentheses.
BREAK = re.compile(r"\\text\{ |(?<=\))\s*\\left")
#: What lies between formulas on one line: on a narrow screen each may have a line of its own.
BETWEEN = re.compile(r"(?<=\\quad)|(?<=\\qquad)")
#: The size of a formula, relative to the text around it: --ratio-math of type.css.
SIZE = 1.09
#: What opens and closes a group.
PAIRS = (("{", "}"), (r"\left", r"\right"), (r"\begin", r"\end"))
#: What is before the cells of a line.
BEFORE = ("", *("{}", "") * 8)
#: What keeps to the formula before it, such as a comma and "-th", and to the one behind it.
AFTER = re.compile(r"(?:-\w+)?[.,;:!?%)\]\u2019\u201d]*")
AHEAD = re.compile(r"[(\[\u2018\u201c]*$")
#: What the playground fills formulas with: numbers as JavaScript writes them, pairs, and "none".
FILLED = "(), 0123456789.+-\u2212e\u221eInfinityNaNnone"
#: What readers type there besides what the pages have: capitals of Greek, and accents.
TYPED = "\u0398\u039e\u03a5\u03a6\u03a9\u02dc\u02d9"


class MathsError(ValueError):
    """A formula that KaTeX cannot read."""


@dataclass(frozen=True)
class Layout:
    """The HTML of a formula, and the widths of its unbreakable parts in em of the formula."""

    html: str
    widths: tuple[float, ...]


@functools.cache
def _process(_pid: int) -> "subprocess.Popen[str]":
    """Return the KaTeX of this process: those that write the pages side by side have their own."""
    return npm.start(Path(__file__).with_suffix(".cjs"))


@functools.cache
def _ask(latex: str, output: str, display: bool) -> str:
    """Return KaTeX's answer in JSON."""
    process = _process(os.getpid())
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"latex": latex, "output": output, "display": display}) + "\n")
    process.stdin.flush()
    return process.stdout.readline()


def _typeset(latex: str, output: str, *, display: bool = False) -> dict[str, object]:
    answer: dict[str, object] = json.loads(_ask(latex, output, display))
    if "error" in answer:
        raise MathsError(f"KaTeX cannot read {latex!r}: {answer['error']}")
    return answer


def mathml(latex: str, *, display: bool = False) -> str:
    """Return MathML for assistive technology, with the LaTeX as its annotation."""
    markup = str(_typeset(latex, "mathml", display=display)["markup"])
    return markup.removeprefix('<span class="katex">').removesuffix("</span>")


def layout(latex: str) -> Layout:
    """Return what is seen of a formula."""
    answer = _typeset(BREAK.sub(r"\\allowbreak\g<0>", latex), "html")
    return Layout(str(answer["markup"]), tuple(answer["widths"]))  # type: ignore[arg-type]


def without_latex(markup: str) -> str:
    """Return a formula whose MathML does not carry its LaTeX: that of a pattern to be filled."""
    return re.sub("(?s)<annotation.*?</annotation>", "", markup)


def inline(latex: str) -> str:
    """Return a formula within a line."""
    seen = layout(latex)
    return _katex(mathml(latex), seen.html, max(seen.widths, default=0))


def _katex(described: str, seen: str, widest: float) -> str:
    # Lines that go on are indented.
    style = f' style="--widest:{widest + 2:.1f}"' if widest > 8 else ""
    return (
        f'<span class="katex"{style}><span class="katex-mathml">{described}</span>'
        f'<span class="katex-html" aria-hidden="true">{seen}</span></span>'
    )


def _inside(latex: str) -> str:
    """Return the lines of an environment; if it is one of several it is a part of the formula."""
    whole = ALIGNED.fullmatch(latex)
    return whole[2] if whole and whole[0].count(rf"\begin{{{whole[1]}}}") == 1 else latex


def cells(latex: str) -> list[list[str]]:
    r"""Return the cells of the lines of a displayed formula.

    Examples
    --------
    >>> cells(r"a &= \{b\} \\ c &= \begin{cases} d & e \end{cases}")
    [['a ', '= \\{b\\} '], [' c ', '= \\begin{cases} d & e \\end{cases}']]
    """
    text = _inside(latex)
    rows, depth, start = [[""]], 0, 0
    for mark in MARK.finditer(text):
        if mark[0] in ("{", r"\begin"):
            depth += 1
        elif mark[0] in ("}", r"\end"):
            depth -= 1
        elif depth == 0 and (mark[0] == "&" or mark[0].startswith(r"\\")):
            rows[-1][-1] = text[start : mark.start()]
            start = mark.end()
            if mark[0] == "&":
                rows[-1].append("")
            else:
                rows.append([""])
    rows[-1][-1] = text[start:]
    return [row for row in rows if any(cell.strip() for cell in row)]


def lay_out_cell(latex: str) -> Layout:
    """Return a cell of a display; formulas with space between them are kept apart."""
    parts = [""]
    for part in BETWEEN.split(latex):
        parts[-1] += part
        if all(parts[-1].count(a) == parts[-1].count(b) for a, b in PAIRS):
            parts.append("")
    found = [layout(rf"\displaystyle {part}") for part in parts if part]
    if len(found) == 1:
        return found[0]
    html = "".join(f'<span class="math-piece">{one.html}</span>' for one in found)
    return Layout(html, tuple(width for one in found for width in one.widths))


def display(latex: str, number: str = "") -> str:
    """Return a formula on lines of its own, with the markup of its number if it has one."""
    rows = cells(latex)
    columns = max(map(len, rows))
    # What is before a cell gives the relation that it begins with its space.
    laid = [
        [lay_out_cell(before + cell) for before, cell in zip(BEFORE, row, strict=False)]
        for row in rows
    ]
    seen = "".join(
        '<span class="math-line">'
        + "".join(f'<span class="math-cell">{cell.html}</span>' for cell in row)
        + "</span>"
        for row in laid
    )
    if columns > 1 or len(rows) > 1:
        described = mathml(rf"\begin{{aligned}}{_inside(latex)}\end{{aligned}}", display=True)
    else:
        described = mathml(latex, display=True)
    natural = SIZE * sum(
        max((sum(row[n].widths) for row in laid if n < len(row)), default=0) for n in range(columns)
    )
    widest = max((width for row in laid for cell in row for width in cell.widths), default=0)
    classes = ["katex-display", *(f"over-{width}" for width in WIDTHS if natural + 0.5 > width)]
    if columns > 1:
        classes.append("math-aligned")
    kinds = " ".join(classes)
    formula = _katex(described, f'<span class="math-lines">{seen}</span>', widest)
    return (
        f'<div class="math" style="--columns:{columns};--natural:{natural:.1f}">{number}'
        f'<div class="{kinds}">{formula}</div></div>'
    )


def checked(make: Callable[..., str], place: nodes.Node | str, *arguments: str) -> str:
    """Return a formula; one that cannot be read is a warning with its place."""
    try:
        return make(*arguments)
    except MathsError as error:
        logger.warning("%s", error, location=place)
        return ""


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    formula = checked(inline, node, node.astext())
    self.body.append(f"{self.starttag(node, 'span', '', CLASS='math')}{formula}</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    number = ""
    if node["number"]:
        outside, self.body = self.body, []
        self.add_permalink_ref(node, "Link to this equation")
        link, self.body = "".join(self.body), outside
        number = f'<span class="eqno">({get_node_equation_number(self, node)}){link}</span>'
    formula = checked(display, node, node.astext(), number)
    self.body.append(f"{self.starttag(node, 'div', CLASS='math-block')}{formula}</div>\n")
    raise nodes.SkipNode


class Glue(SphinxPostTransform):
    """Keep the punctuation around a formula on its line."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Visit the formulas of one document."""
        for formula in list(self.document.findall(nodes.math)):
            parent, place = formula.parent, formula.parent.index(formula)
            ahead, after = "", ""
            if place and isinstance(parent[place - 1], nodes.Text):
                text = parent[place - 1].astext()
                ahead = text[AHEAD.search(text).start() :]  # type: ignore[union-attr]
            if place + 1 < len(parent) and isinstance(parent[place + 1], nodes.Text):
                after = AFTER.match(parent[place + 1].astext())[0]  # type: ignore[index]
            if not ahead and not after:
                continue
            glued = nodes.inline("", "", classes=["math-glued"])
            if ahead:
                parent[place - 1] = nodes.Text(text.removesuffix(ahead))
                glued += nodes.Text(ahead)
            if after:
                parent[place + 1] = nodes.Text(parent[place + 1].astext().removeprefix(after))
            parent[place] = glued
            glued += formula
            if after:
                glued += nodes.Text(after)


def characters(site: Path) -> set[str]:
    """Return the characters of the pages and of the scripts, which have those of all formulas."""
    paths = (path for name in ("*.html", "*.js") for path in site.rglob(name))
    return set(FILLED + TYPED).union(*(path.read_text("utf-8") for path in paths))


def write_fonts(app: Sphinx) -> None:
    """Serve KaTeX's style sheet, and its fonts with the characters of the written pages."""
    source = npm.packages() / "katex" / "dist"
    target = Path(app.outdir, "_static", "katex")
    used = characters(Path(app.outdir))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(source / "contrib" / "copy-tex.min.js", target)
    styles = (source / "katex.min.css").read_text("utf-8")
    for path in sorted((source / "fonts").glob("*.woff2")):
        # All browsers read this format: the others are not served.
        for kind, name in (("woff", "woff"), ("ttf", "truetype")):
            other = f',url(fonts/{path.stem}.{kind}) format("{name}")'
            if other not in styles:
                raise ExtensionError(f"KaTeX's style sheet must have {other!r}, and has not")
            styles = styles.replace(other, "")
        # With its hints, so that every pixel is as KaTeX draws it.
        fonts.cut(path, target / "fonts" / path.name, used, hinting=True)
    (target / "katex.min.css").write_text(styles, "utf-8")


def write_script(app: Sphinx) -> None:
    """Serve KaTeX itself, for the formulas that readers type in the playground.

    It comes after all that reads the scripts of the site: it knows every character and class.
    """
    source = npm.packages() / "katex" / "dist" / "katex.min.js"
    shutil.copy(source, Path(app.outdir, "_static", "katex", source.name))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer as "katex"."""
    app.add_post_transform(Glue)
    app.add_html_math_renderer(
        "katex", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
