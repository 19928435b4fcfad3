"""Save the figures of gallery scripts: SVG for figures, WebP for animations.

Every figure must carry a description for those who cannot see it: ``fig.set_label("...")``. An
animation is saved twice, for light and for dark pages.

A script that warns or that draws nothing is an error.
"""

import logging
import warnings
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import progress
from figures import INKS
from matplotlib.animation import Animation
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.text import Text
from sphinx.application import Sphinx
from sphinx.util import logging as sphinx_logging
from sphinx.util.typing import ExtensionMetadata

logger = sphinx_logging.getLogger(__name__)

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
        darken(figure)
        dark = path.with_name(f"{path.stem}-dark.webp")
        animation.save(dark, writer="pillow", dpi=DPI)
    else:
        path = path.with_suffix(".svg")
        figure.savefig(path, metadata={"Date": None})
    relative = path.relative_to(gallery_conf["src_dir"]).as_posix()
    return IMAGE.format(path=relative, alt=alt, kind="animation" if animation else "figure")


def darken(figure: Figure) -> None:
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


def check(app: Sphinx) -> None:
    """Warn of scripts that draw nothing."""
    docs = Path(app.confdir)
    for script in sorted(docs.parent.glob("gallery/*/plot_*.py")):
        page = docs / "auto_gallery" / script.parent.name / f"{script.stem}.rst"
        if page.exists() and f"/images/sphx_glr_{script.stem}_" not in page.read_text("utf-8"):
            logger.warning("the gallery script %s draws nothing", script.name)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the check, to come after the gallery has run."""
    app.connect("builder-inited", check, priority=901)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
