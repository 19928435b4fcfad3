"""Save the figures of gallery scripts: SVG for figures, WebP for animations.

Every figure must carry a description for those who cannot see it: ``fig.set_label("...")``. An
animation is saved twice, for light and for dark pages.
"""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from dark_figures import INKS
from matplotlib.animation import Animation
from matplotlib.colors import to_hex, to_rgba_array
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.text import Text

#: Of animations: two pixels for each that a page gives them (page_head), for dense screens.
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
    text = ""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        path = Path(block_vars["image_path_iterator"].next())
        alt = " ".join(str(figure.get_label()).split())
        if not alt:
            raise ValueError(f"figure {number} has no description: call fig.set_label('...')")
        if number in animations:
            path = path.with_suffix(".webp")
            animations[number].save(path, writer="pillow", dpi=DPI)
            darken(figure)
            dark = path.with_name(f"{path.stem}-dark.webp")
            animations[number].save(dark, writer="pillow", dpi=DPI)
        else:
            path = path.with_suffix(".svg")
            figure.savefig(path, metadata={"Date": None})
        relative = path.relative_to(gallery_conf["src_dir"]).as_posix()
        text += IMAGE.format(
            path=relative, alt=alt, kind="animation" if number in animations else "figure"
        )
    plt.close("all")
    return text


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


def reset(gallery_conf: dict[str, Any], fname: str) -> None:  # noqa: ARG001 - the hook's form
    """Start every script from the style of these pages."""
    plt.style.use("adamdoc.style")
