"""Helpers for the notebooks of the site: figure style, values for the text, tables, spreads."""

import re
from collections.abc import Iterable, Sequence

import numpy as np

try:
    import matplotlib.pyplot as plt
    from IPython.display import Markdown
    from matplotlib_inline.backend_inline import set_matplotlib_formats
except ImportError:
    raise ImportError(
        "adamdoc.notebook needs matplotlib and IPython: pip install 'adamdoc[notebooks]'"
    ) from None

#: Matches a number, in spite of markup and signs.
NUMBER = re.compile(r"[\s$*_~≈<>±+−–-]*(\d|∞|nan|inf)")

plt.style.use("adamdoc.style")
set_matplotlib_formats("svg")


def say(**values: object) -> None:
    """Glue values, formatted with `str`, so that the text of a page can refer to them.

    If MyST-NB is not installed, as in a downloaded notebook, the values are printed.

    Parameters
    ----------
    **values : object
        The values by the names that ``{glue:text}`` uses.

    Examples
    --------
    >>> say(steps=550)  # doctest: +SKIP
    steps: 550
    """
    try:
        from myst_nb import glue
    except ImportError:
        for name, value in values.items():
            print(f"{name}: {value}")
        return
    for name, value in values.items():
        glue(name, str(value), display=False)


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> Markdown:
    """Return a table for display in a notebook: numbers to the right, text to the left.

    Parameters
    ----------
    head : iterable of object
        The column headers.
    rows : iterable of iterable of object
        The rows of cells, which may contain Markdown and maths.

    Returns
    -------
    IPython.display.Markdown
        The table.

    Examples
    --------
    >>> print(table(["lr", "loss"], [[0.1, 2.5]]).data)
    | lr | loss |
    | ---: | ---: |
    | 0.1 | 2.5 |
    """
    body = [[str(cell) for cell in row] for row in rows]
    names = [str(name) for name in head]
    columns = [[row[k] for row in body] for k in range(len(names))]
    rule = [":---" if _is_text(column) else "---:" for column in columns]
    lines = [names, rule, *body]
    return Markdown("\n".join("| " + " | ".join(line) + " |" for line in lines))


def spread(values: Iterable[float], form: str = ".3f") -> str:
    """Return the median of some values and their range as text, for a table or a sentence.

    Parameters
    ----------
    values : iterable of float
        The values, such as the losses at several seeds.
    form : str, default ".3f"
        The format of each number.

    Returns
    -------
    str
        The median with the smallest and the largest value.

    Examples
    --------
    >>> spread([0.1, 0.4, 0.2], ".1f")
    '0.2 (0.1 to 0.4)'
    """
    numbers = np.fromiter(values, float)
    middle, low, high = (
        format(value, form) for value in (np.median(numbers), numbers.min(), numbers.max())
    )
    return middle if low == high else f"{middle} ({low} to {high})"


def _is_text(column: Sequence[str]) -> bool:
    """Return whether most cells of a column are words and not numbers; dashes are neither."""
    told = [cell for cell in column if cell.strip(" –-")]
    numbers = sum(bool(NUMBER.match(cell)) for cell in told)
    return 2 * numbers < len(told)
