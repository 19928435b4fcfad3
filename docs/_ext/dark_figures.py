"""Give every figure a twin for dark pages, with the style's inks exchanged.

Drawings get theirs here; animations were saved with one by the gallery's scraper.

The inks are those of adamdoc/style.mplstyle and adamdoc.plotting.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.typing import ExtensionMetadata

from adamdoc.plotting import SURFACE, SURFACE_DARK

INKS = {
    "#22272e": "#d3d9e2",  # text, axes
    "#d5dae1": "#3d444e",  # grid, edge of legends
    "#fcfdfe": "#1a1f26",  # legends, casing of paths
    **dict(zip(SURFACE, SURFACE_DARK, strict=True)),
}
PATTERN = re.compile("|".join(INKS))


def recolour(light: Path, dark: Path) -> None:
    """Write the dark twin of a drawing that uses the inks."""
    content = light.read_bytes()
    if not content.startswith(b"<?xml"):
        return  # the gallery's sign for a script that failed: a bitmap, whatever its name
    svg = content.decode()
    text = PATTERN.sub(lambda match: INKS[match[0]], svg)
    # Sphinx rebuilds the pages whose images are newer: leave what has not changed.
    if text != svg and not (dark.exists() and dark.read_text("utf-8") == text):
        dark.write_text(text, "utf-8")


class DarkTwins(SphinxTransform):
    """Put the dark twin behind each image that has one, and show one of them at a time."""

    default_priority = 500

    def apply(self) -> None:
        """Visit the images of one document."""
        for node in list(self.document.findall(nodes.image)):
            uri = node["uri"]
            if "://" in uri:
                continue
            light = Path(self.env.relfn2path(uri, self.env.docname)[1])
            dark = light.with_stem(f"{light.stem}-dark")
            if light.suffix == ".svg":
                recolour(light, dark)
            if not dark.exists():
                continue
            twin = node.deepcopy()
            twin["uri"] = str(Path(uri).with_stem(dark.stem).as_posix())
            node["classes"] = [*node["classes"], "only-light"]
            twin["classes"] = [*twin["classes"], "only-dark"]
            node.parent.insert(node.parent.index(node) + 1, twin)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the transform."""
    app.add_transform(DarkTwins)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
