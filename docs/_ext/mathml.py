"""Render maths to MathML while the site is built: no script runs in the reader's browser.

The formulas carry their LaTeX as an annotation. The font is STIX Two Math (SIL Open Font License),
taken from the package ziamath and cut to the characters that maths needs.
"""

import re
from pathlib import Path

from docutils import nodes
from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

CONVERTER = LatexToMathML(annotation=True, fancy_error=False)

#: What formulas are written with. A reader loads no other; a test holds the pages against it.
CHARACTERS = [
    *range(0x20, 0x7F),
    *range(0x391, 0x3D7),  # Greek
    *map(
        ord,
        "ϱϵ·×÷±−∗∘∙√∞∂∇∑∏∫∈∉∝∥∣⋅⋯…⋮⋱′″‖≤≥≠≈≡∼≪≫⊂⊆⊙⊗⊕∧∨∩∪→←↔⇒⇔↦⌈⌉⌊⌋⟨⟩ℓℝℕℤ∀∃¬†ˆ¯ˇ˜ˉ˙¨⊤⊥∅∖\u2009\u2061\u2062",
    ),
    *range(0x302, 0x305),  # accents
    *range(0x1D434, 0x1D468),  # italic Latin, with its h
    0x210E,
    *range(0x1D6E2, 0x1D71C),  # italic Greek
    0x1D5B3,  # the sign of a transposed matrix
]


def convert(latex: str, node: nodes.Node, *, display: bool) -> str:
    """Return MathML; a formula that cannot be read is a warning with its place."""
    try:
        return CONVERTER.convert_with_local_state(latex, displaystyle=display)
    except LatexError as error:
        logger.warning("cannot read the formula %r: %s", latex, error, location=node)
        return ""


def bare(latex: str, *, display: bool = False) -> str:
    """Return MathML that does not carry its LaTeX."""
    return re.sub(
        r"<annotation.*?</annotation>",
        "",
        CONVERTER.convert_with_local_state(latex, displaystyle=display),
        flags=re.DOTALL,
    )


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(self.starttag(node, "span", "", CLASS="math"))
    self.body.append(convert(node.astext(), node, display=False) + "</span>")
    raise nodes.SkipNode


def visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    latex = node.astext()
    if "&" in latex and r"\begin{" not in latex:
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    # A wide formula scrolls by itself, by keyboard too, and leaves the page its width.
    self.body.append('<div class="math-scroll" tabindex="0">')
    self.body.append(convert(latex, node, display=True) + "</div></div>\n")
    raise nodes.SkipNode


def build_font(target: Path) -> None:
    """Write the web font.

    Chromium reserves for every root the width of the widest radical sign that the font has, which
    leaves a gap behind it. So the tall radicals are narrowed to the width of the common one.
    """
    import ziamath

    source = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    font = TTFont(source, recalcTimestamp=False)
    variants = font["MATH"].table.MathVariants
    radical = font.getBestCmap()[ord("√")]
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
        layout_features=["ccmp", "mark", "mkmk", "flac", "dtls"],
        hinting=False,
        name_IDs=["*"],
        recalc_timestamp=False,
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    font.flavor = "woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    font.save(part)
    part.replace(target)


def add_font(app: Sphinx, config: Config) -> None:
    """Make the font if it is not there yet, and serve it with the static files."""
    folder = Path("_build", "fonts")  # relative: the build must not depend on where it is
    target = Path(app.confdir) / folder / "fonts" / "stix-two-math.woff2"
    if not target.exists():
        build_font(target)
    config.html_static_path.append(str(folder))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer as "mathml"."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(visit_inline, None), block_renderers=(visit_display, None)
    )
    app.connect("config-inited", add_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
