"""Give every figure a dark variant, with the colours of the style replaced.

Drawings get theirs here; the gallery's scraper saves animations in both variants. The colours are
those of adamdoc/style.mplstyle and adamdoc.plotting.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.typing import ExtensionMetadata

from adamdoc.plotting import SURFACE, SURFACE_DARK

#: Each colour of the light variant, and the one that replaces it. The first three are text, grid
#: and background; the playground uses them, too.
INKS = {
    "#22272e": "#d3d9e2",  # text, axes
    "#d5dae1": "#3d444e",  # grid, edge of legends
    "#fcfdfe": "#1a1f26",  # legends, casing of paths
    **dict(zip(SURFACE, SURFACE_DARK, strict=True)),
}
PATTERN = re.compile("|".join(INKS))


def darken(light: Path, dark: Path) -> None:
    """Write the dark variant of a drawing that uses the colours."""
    content = light.read_bytes()
    if not content.startswith(b"<?xml"):
        return  # sphinx-gallery's image of a broken script is a PNG, whatever its name
    svg = content.decode()
    text = PATTERN.sub(lambda match: INKS[match[0]], svg)
    # Sphinx reads a page again when one of its images is newer: leave an unchanged one alone.
    if text != svg and not (dark.exists() and dark.read_text("utf-8") == text):
        dark.write_text(text, "utf-8")


class DarkVariants(SphinxTransform):
    """Put the dark variant behind each image that has one, and show one of them at a time."""

    default_priority = 500

    def apply(self) -> None:
        """Visit the images of one document."""
        for image in list(self.document.findall(nodes.image)):
            if "://" in image["uri"]:
                continue
            light = Path(self.env.relfn2path(image["uri"], self.env.docname)[1])
            dark = light.with_stem(f"{light.stem}-dark")
            if light.suffix == ".svg":
                darken(light, dark)
            if not dark.exists():
                continue
            variant = image.deepcopy()
            variant["uri"] = Path(image["uri"]).with_stem(dark.stem).as_posix()
            image["classes"] = [*image["classes"], "only-light"]
            variant["classes"] = [*variant["classes"], "only-dark"]
            image.parent.insert(image.parent.index(image) + 1, variant)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the transform."""
    app.add_transform(DarkVariants)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
