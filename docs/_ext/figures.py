"""Figures: save those of the gallery, with captions, thumbnails and a dark variant of each.

A block of a script that draws ends with a comment that sphinx-gallery hides. It holds, for each
figure of the block, the visible caption, which says what to see, and the description for assistive
technology, which says what is drawn::

    # sphinx_gallery_start_ignore
    # caption: The momentum run overshoots at every turn.
    # alt: Contours of the ravine with two paths ...
    # sphinx_gallery_end_ignore

The thumbnail of a script is its first figure, drawn again for the size of a card; the comments
``# sphinx_gallery_thumbnail_number`` and ``# sphinx_gallery_thumbnail_panel`` choose another
figure, or another of its panels. A script that warns is an error. The colours that dark variants
replace are those of adamdoc/style.mplstyle and adamdoc.plotting.
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
from sphinx_gallery.py_source_parser import IGNORE_BLOCK_PATTERN, Block

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
#: Inches of a thumbnail, whose cards are about as many CSS pixels wide as it has.
THUMBNAIL = (2.7, 1.7)
TEXTS = re.compile(r"caption: (.+?)\s+alt: (.+?)(?=\s+caption: |\Z)", re.DOTALL)
FIGURE = """
.. figure:: /{path}
   :alt: {alt}
   :class: {kind}

   {caption}

"""


def scrape(block: Block, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save what a block of a script drew, and return the reStructuredText that shows it."""
    animations = {
        a._fig.number: a  # type: ignore[attr-defined]
        for a in block_vars["example_globals"].values()
        if isinstance(a, Animation)
    }
    try:
        numbers, texts = plt.get_fignums(), figure_texts(block.content)
        if len(numbers) != len(texts):
            raise ValueError(
                f"each figure needs a caption and a description ('# caption:' and '# alt:' between "
                f"'# sphinx_gallery_start_ignore' and '# sphinx_gallery_end_ignore'): the block in "
                f"line {block.lineno} draws {len(numbers)} and has the texts of {len(texts)}"
            )
        return "".join(
            save(plt.figure(number), animations.get(number), pair, block_vars, gallery_conf)
            for number, pair in zip(numbers, texts, strict=True)
        )
    finally:
        # Also of a script that failed: its figures would fail the next one.
        plt.close("all")


def figure_texts(code: str) -> list[tuple[str, str]]:
    """Return the caption and the description of each figure of a block of code."""
    hidden = "\n".join(match[0] for match in IGNORE_BLOCK_PATTERN.finditer(code))
    lines = (line.strip().removeprefix("#").strip() for line in hidden.splitlines())
    text = " ".join(line for line in lines if not line.startswith("sphinx_gallery_"))
    return [(caption.strip(), alt.strip()) for caption, alt in TEXTS.findall(text)]


def save(
    figure: Figure,
    animation: Animation | None,
    texts: tuple[str, str],
    block_vars: dict[str, Any],
    gallery_conf: dict[str, Any],
) -> str:
    """Save a figure, and return the reStructuredText that shows it."""
    paths, settings = block_vars["image_path_iterator"], block_vars["file_conf"]
    path = Path(paths.next())
    if animation is not None:
        path = path.with_suffix(".webp")
        animation.save(path, writer="pillow", dpi=DPI)
        recolor_figure(figure, INKS)
        dark = path.with_name(f"{path.stem}-dark.webp")
        animation.save(dark, writer="pillow", dpi=DPI)
        recolor_figure(figure, {new: old for old, new in INKS.items()})
    else:
        path = path.with_suffix(".svg")
        figure.savefig(path, metadata={"Date": None})
    sources = gallery_conf["src_dir"]
    if len(paths) == settings.get("thumbnail_number", 1) and "thumbnail_path" not in settings:
        settings.pop("thumbnail_number", None)  # which would count for more than the path
        card = path.with_name(f"{path.stem}_card.svg")
        reduce_to_thumbnail(figure, settings.get("thumbnail_panel", 1))
        figure.savefig(card, metadata={"Date": None})
        settings["thumbnail_path"] = card.relative_to(sources).as_posix()
    caption, alt = texts
    return FIGURE.format(
        path=path.relative_to(sources).as_posix(),
        alt=alt,
        caption=caption,
        kind="animation" if animation else "figure",
    )


def reduce_to_thumbnail(figure: Figure, panel: int) -> None:
    """Leave of a figure what can be seen at the size of a card: thick lines in one panel."""
    figure.set_layout_engine("none")
    figure.set_size_inches(*THUMBNAIL)
    ax: Any = figure.axes[panel - 1]  # matplotlib's types do not know its 3-D axes
    for other in (*figure.legends, *figure.texts, *figure.axes):
        if other is not ax:
            other.remove()
    for text in (*ax.texts, *filter(None, [ax.get_legend()])):
        text.remove()
    ax.set(title="", xlabel="", ylabel="")
    ax.set_title("", loc="center")
    ax.grid(visible=False)
    ax.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
    ax.set_position((0.02, 0.03, 0.96, 0.94))
    if ax.name == "3d":
        ax.set_axis_off()
        ax.set_box_aspect((5, 5, 3), zoom=1.6)
    else:
        ax.set_aspect("auto")
    for spine in ax.spines.values():
        spine.set_linewidth(1.2)
    for line in ax.lines:
        line.set(linewidth=1.6 * line.get_linewidth(), markersize=1.4 * line.get_markersize())
        if line.get_path_effects():
            line.set_path_effects([])


def recolor_figure(figure: Figure, inks: dict[str, str]) -> None:
    """Exchange the inks of every part of a figure, as for dark pages."""
    boxes = [text.get_bbox_patch() for text in figure.findobj(Text)]  # findobj leaves them out
    for part in [*figure.findobj(), *filter(None, boxes)]:
        for kind in ("color", "facecolor", "edgecolor"):
            getter, setter = (getattr(part, f"{verb}_{kind}", None) for verb in ("get", "set"))
            if getter is None or setter is None:
                continue
            colors = [to_hex(color) for color in to_rgba_array(getter())]
            if any(color in inks for color in colors):
                if isinstance(part, ContourSet):
                    part.set_array(None)  # else its colour map would set the fills again
                new = [inks.get(color, color) for color in colors]
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


def by_number(path: str) -> list[int | str]:
    """Return the place of a script in its section: ``plot_10`` comes after ``plot_9``."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path)]


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
