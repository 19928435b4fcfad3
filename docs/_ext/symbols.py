"""What a symbol means, on pointing at it: the table for the script, made from the notation.

A symbol is known by its letters as the browser has them. Outside the boxes of algorithms a letter
may stand for something else, so there only the symbols that have one meaning everywhere are told.
"""

import json
import re
from pathlib import Path

from algorithm import before
from mathml import bare
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from adamdoc.notation import TABLE

EVERYWHERE = {"theta", "g", "m", "v", "m_hat", "v_hat", "beta1", "beta2", "eps", "lr"}


def letters(latex: str) -> str:
    """Return the letters of a formula, in the order of its MathML."""
    return re.sub(r"<[^>]*>|\s", "", bare(latex))


def table() -> dict[str, dict[str, str | bool]]:
    """Return for each symbol its name in code, what it means, and whether it does so everywhere."""
    found: dict[str, dict[str, str | bool]] = {}
    for symbol in TABLE:
        told: dict[str, str | bool] = {
            "name": symbol.name,
            "meaning": symbol.meaning,
            "everywhere": symbol.name in EVERYWHERE,
        }
        found[letters(symbol.latex)] = told
        if symbol.latex.endswith("_t"):
            for index, words in (("{t-1}", " (one step before)"), ("0", " (at the start)")):
                found[letters(before(symbol.latex, index))] = {
                    **told,
                    "meaning": symbol.meaning + words,
                }
    return found


def write(app: Sphinx, config: Config) -> None:
    """Write the table as a module."""
    folder = Path("_build", "symbols")
    path = Path(app.confdir, folder, "symbols", "table.js")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"export default {json.dumps(table(), ensure_ascii=False, indent=1)};\n", "utf-8"
    )
    config.html_static_path.append(str(folder))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("config-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
