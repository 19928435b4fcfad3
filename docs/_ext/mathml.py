"""Render maths to MathML while the site is built: no script runs in the reader's browser.

The formulas carry their LaTeX as an annotation. The font is STIX Two Math (SIL Open Font License),
taken from the package ziamath and cut to the characters that the formulas have.
"""

import html
import re
import unicodedata
from pathlib import Path

from docutils import nodes
from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

#: An environment, in which an ampersand has its place.
ENVIRONMENT = re.compile(r"\\begin\{(\w+)\}.*?\\end\{\1\}", re.DOTALL)
CONVERTER = LatexToMathML(annotation=True, fancy_error=False)

#: What the playground fills formulas with: numbers as JavaScript writes them, pairs, and "none".
FILLED = "(), 0123456789.+\u2212e\u221eInfinityNaNnone"
#: The sign of a root, which no formula holds: a browser draws it.
ROOT = 0x221A
#: Italic letters: a browser draws these where a formula has a name of one plain letter.
ITALIC = [0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]


def convert(latex: str, place: nodes.Node | str, *, display: bool) -> str:
    """Return MathML; a formula that cannot be read is a warning with its place."""
    try:
        return CONVERTER.convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        logger.warning("cannot read the formula %r: %s", latex, error, location=place)
        return ""


def without_latex(latex: str, *, display: bool = False) -> str:
    """Return MathML that does not carry its LaTeX."""
    text = CONVERTER.convert_with_local_state(latex, displaystyle=display)
    return re.sub("(?s)<annotation.*?</annotation>", "", text)


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(self.starttag(node, "span", "", CLASS="math"))
    self.body.append(convert(node.astext(), node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(scrolling(node.astext(), node) + "</div>\n")
    raise nodes.SkipNode


def scrolling(latex: str, place: nodes.Node | str) -> str:
    """Return a displayed formula: a wide one scrolls by itself, by keyboard too."""
    if "&" in ENVIRONMENT.sub("", latex):
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    formula = convert(latex, place, display=True)
    return f'<div class="math-scroll" tabindex="0">{formula}</div>'


def characters(site: Path) -> set[int]:
    """Return what the formulas of the pages and of the scripts are written with."""
    used = set(FILLED)
    for pattern in ("**/*.html", "_static/**/*.js"):
        for path in site.glob(pattern):
            for text in re.findall(r"<m(?:i|n|o|text)\b[^>]*>([^<]*)", path.read_text("utf-8")):
                used.update(html.unescape(text))
    plain = {unicodedata.normalize("NFKC", character) for character in used}
    italic = [code for code in ITALIC if unicodedata.normalize("NFKC", chr(code)) in plain]
    return {*map(ord, used), *italic, ROOT}


def build_font(target: Path, codes: set[int]) -> None:
    """Write the web font, with the characters that are asked for.

    Chromium reserves for every root the width of the widest radical sign that the font has, which
    leaves a gap behind it. So the tall radicals are narrowed to the width of the common one.
    """
    import ziamath

    source = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    font = TTFont(source, recalcTimestamp=False)
    variants = font["MATH"].table.MathVariants
    radical = font.getBestCmap()[ROOT]
    form = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(radical)]
    names = {v.VariantGlyph for v in form.MathGlyphVariantRecord}
    names |= {p.glyph for p in form.GlyphAssembly.PartRecords}
    glyphs = font.getGlyphSet()
    width = font["hmtx"][radical][0]
    narrow = {}
    for name in sorted(names):
        advance, bearing = font["hmtx"][name]
        pen = TTGlyphPen(None)
        glyphs[name].draw(TransformPen(pen, (width / advance, 0, 0, 1, 0, 0)))
        narrow[name] = pen.glyph(), (width, round(bearing * width / advance))
    for name, (glyph, metrics) in narrow.items():
        font["glyf"][name] = glyph
        font["hmtx"][name] = metrics
    # Without the features for small sizes and without hints it is a third as large.
    options = subset.Options(
        layout_features=["dtls"],
        hinting=False,
        name_IDs=[0, 1, 2, 4, 6, 13, 14],  # what the licence asks for, and the name
        recalc_timestamp=False,
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    font.flavor = "woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


def write_font(app: Sphinx) -> None:
    """Write the font with the characters of the written pages."""
    target = Path(app.outdir, "_static", "fonts", "stix-two-math.woff2")
    codes = characters(Path(app.outdir))
    if not target.exists() or TTFont(target).getBestCmap().keys() != codes:
        build_font(target, codes)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer as "mathml"."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
