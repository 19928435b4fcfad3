"""What the pages of the course share: the look of figures, and numbers for the text."""

from collections.abc import Iterable

import matplotlib.pyplot as plt
from IPython.display import Markdown
from matplotlib_inline.backend_inline import set_matplotlib_formats
from myst_nb import glue

plt.style.use("adamdoc.style")
set_matplotlib_formats("svg")


def say(**values: object) -> None:
    """Make each value available to the text under its name, as it prints."""
    for name, value in values.items():
        glue(name, str(value), display=False)


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> Markdown:
    """Return a table; its cells may hold Markdown and maths."""
    lines = [list(head), *rows]
    lines.insert(1, ["---:"] * len(lines[0]))
    return Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))
