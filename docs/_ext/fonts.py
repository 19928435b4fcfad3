"""The faces of text and code, cut to the characters of the site.

Source Serif 4 is the face of text, Source Sans 3 that of navigation, tables and captions, Source
Code Pro that of code: one family, under the SIL Open Font License, from the packages of its foundry
on npm. ``docs/_static/type.css`` says what each file is used for.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from npm import packages
from sphinx.application import Sphinx

logging.getLogger("fontTools").setLevel(logging.WARNING)

#: Each file of the site, and the font that it is cut from.
FACES = {
    "serif": "source-serif/WOFF2/TTF/SourceSerif4-Regular.ttf.woff2",
    "serif-italic": "source-serif/WOFF2/TTF/SourceSerif4-It.ttf.woff2",
    "serif-bold": "source-serif/WOFF2/TTF/SourceSerif4-Semibold.ttf.woff2",
    "sans": "source-sans/WOFF2/TTF/SourceSans3-Regular.ttf.woff2",
    "sans-italic": "source-sans/WOFF2/TTF/SourceSans3-It.ttf.woff2",
    "sans-bold": "source-sans/WOFF2/TTF/SourceSans3-Semibold.ttf.woff2",
    "code": "source-code-pro/WOFF2/TTF/SourceCodePro-Regular.ttf.woff2",
}
#: What text and code are written with; tests/site/test_look.py finds what is missing.
CHARACTERS = {
    *map(chr, range(0x20, 0x7F)),
    *"\u00a0\u2003\u2009\u202f©±²³·×÷°µ½–—‘’“”…†•−√∞≈≠≤≥←↑→↓✓✗",
    *"áàâäåãçéèêíïñòóôöøúüšžčćÁÄÅÉÖØÜŠŽβεηθ",
}


def cut(source: Path, target: Path, characters: Iterable[str], *, hinting: bool = False) -> None:
    """Write the part of a font that draws some characters, as a rule without hints."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        hinting=hinting,
        recalc_timestamp=False,
        layout_features=["kern", "liga", "mark", "tnum"],
        name_IDs=[0, 1, 2, 4, 6, 13, 14],  # what the licence asks for, and the name
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(set(characters))))
    subsetter.subset(font)
    font.flavor = "woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)


def write_text_fonts(app: Sphinx) -> None:
    """Write the faces of text and code, once: the folder goes when this file changes."""
    for name, source in FACES.items():
        target = Path(app.outdir, "_static", "fonts", f"{name}.woff2")
        if not target.exists():
            cut(packages() / source, target, CHARACTERS)
