"""Write the figures of the site with fewer bytes: coordinates relative, and no finer than is seen.

Matplotlib writes each point of a path by itself, to a millionth of a point of type. A long line
needs a tenth, which is a quarter of a pixel on a dense screen; axes and markers a hundredth.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

#: A line with more steps than this is long.
LONG = 20
#: A path as matplotlib writes it: on each line a command and its absolute coordinates.
PATH = re.compile(r'(?<= d=")(?:[MLCQ] [-.\d ]+\n|z\n)+(?=")')


def relative(match: re.Match[str]) -> str:
    """Return a path whose coordinates are counted from the point before."""
    digits = 1 if match[0].count("L") > LONG and not re.search("[CQ]", match[0]) else 2
    text, last = "", ""
    start = here = (0, 0)
    for line in match[0].splitlines():
        command, *words = line.split()
        values = [round(float(word) * 10**digits) for word in words]
        if command in "LCQ":
            steps = [value - here[k % 2] for k, value in enumerate(values)]
            command = command.lower()
        else:
            steps = values
        here = (values[-2], values[-1]) if values else start
        start = here if command == "M" else start
        numbers = "".join(number(step, digits) for step in steps)
        # A command that repeats is left out, but for M, after which numbers are a line.
        text += numbers if command == last != "M" else command + numbers.lstrip(" ")
        last = command
    return text


def number(value: int, digits: int) -> str:
    """Return an integer as a decimal fraction, after what parts it from a number before."""
    text = f"{abs(value) / 10**digits:.{digits}f}".rstrip("0").rstrip(".").removeprefix("0") or "0"
    return f"-{text}" if value < 0 else f" {text}"


def lean(svg: str) -> str:
    """Return a drawing of matplotlib with shorter paths; one that has them stays as it is."""
    return PATH.sub(relative, svg)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Shorten the drawings of the pages that were written."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir, "_images").glob("*.svg"):
        svg = path.read_text("utf-8")
        if (short := lean(svg)) != svg:
            path.write_text(short, "utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
