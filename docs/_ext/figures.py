"""Figures: save those of the gallery, and give each figure of the site a dark variant.

Scripts draw SVG, and WebP for animations. Every figure must carry a description for those who
cannot see it: ``fig.set_label("...")``. A script that warns is an error. The colours that dark
variants replace are those of adamdoc/style.mplstyle and adamdoc.plotting.
"""

import logging
import re
import warnings
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import progress
from docutils import nodes
from matplotlib.animation import Animation
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.text import Text
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
#: Of animations: two pixels for each that a page gives them (html_fixes), for dense screens.
DPI = 200
IMAGE = """
.. image:: /{path}
   :alt: {alt}
   :class: sphx-glr-single-img {kind}

"""


def scrape(_block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save what a block of a script drew, and return the reStructuredText that shows it."""
    animations = {
        a._fig.number: a  # type: ignore[attr-defined]
        for a in block_vars["example_globals"].values()
        if isinstance(a, Animation)
    }
    try:
        return "".join(
            save(plt.figure(number), animations.get(number), block_vars, gallery_conf)
            for number in plt.get_fignums()
        )
    finally:
        # Also of a script that failed: its figures would fail the next one.
        plt.close("all")


def save(
    figure: Figure,
    animation: Animation | None,
    block_vars: dict[str, Any],
    gallery_conf: dict[str, Any],
) -> str:
    """Save a figure, and return the reStructuredText that shows it."""
    path = Path(block_vars["image_path_iterator"].next())
    alt = " ".join(str(figure.get_label()).split())
    if not alt:
        raise ValueError(f"figure {figure.number} has no description: call fig.set_label('...')")
    if animation is not None:
        path = path.with_suffix(".webp")
        animation.save(path, writer="pillow", dpi=DPI)
        darken_figure(figure)
        dark = path.with_name(f"{path.stem}-dark.webp")
        animation.save(dark, writer="pillow", dpi=DPI)
    else:
        path = path.with_suffix(".svg")
        figure.savefig(path, metadata={"Date": None})
    relative = path.relative_to(gallery_conf["src_dir"]).as_posix()
    return IMAGE.format(path=relative, alt=alt, kind="animation" if animation else "figure")


def darken_figure(figure: Figure) -> None:
    """Exchange the inks of every part of a figure for those of dark pages."""
    boxes = [text.get_bbox_patch() for text in figure.findobj(Text)]  # findobj leaves them out
    for part in [*figure.findobj(), *filter(None, boxes)]:
        for kind in ("color", "facecolor", "edgecolor"):
            getter, setter = (getattr(part, f"{verb}_{kind}", None) for verb in ("get", "set"))
            if getter is None or setter is None:
                continue
            colors = [to_hex(color) for color in to_rgba_array(getter())]
            if any(color in INKS for color in colors):
                if isinstance(part, ContourSet):
                    part.set_array(None)  # else its colour map would set the fills again
                new = [INKS.get(color, color) for color in colors]
                setter(new if len(new) > 1 else new[0])


class Strict(logging.Handler):
    """Makes a warning of matplotlib an error, such as that of a font that is missing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Raise what is reported."""
        raise RuntimeError(record.getMessage())


STRICT = Strict(logging.WARNING)


def reset(_gallery_conf: dict[str, Any], fname: str, when: str) -> None:
    """Start every script from the style of these pages, with warnings as errors."""
    progress.script(when, fname)
    if when == "before":
        plt.style.use("adamdoc.style")
        warnings.simplefilter("error")
        logging.getLogger("matplotlib").addHandler(STRICT)


def darken_drawing(light: Path, dark: Path) -> None:
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
                darken_drawing(light, dark)
            if not dark.exists():
                continue
            variant = image.deepcopy()
            variant["uri"] = Path(image["uri"]).with_stem(dark.stem).as_posix()
            image["classes"] = [*image["classes"], "only-light"]
            variant["classes"] = [*variant["classes"], "only-dark"]
            image.parent.insert(image.parent.index(image) + 1, variant)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the dark variants."""
    app.add_transform(DarkVariants)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
