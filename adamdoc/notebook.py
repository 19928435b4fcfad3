"""Helpers for the notebooks of the site: figure style, values for the text, tables."""

from collections.abc import Iterable

try:
    import matplotlib.pyplot as plt
    from IPython.display import Markdown
    from matplotlib_inline.backend_inline import set_matplotlib_formats
except ImportError:
    raise ImportError(
        "adamdoc.notebook needs matplotlib and IPython: pip install 'adamdoc[notebooks]'"
    ) from None

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
    """Return a right-aligned table for display in a notebook.

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
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---:"] * len(lines[0]))
    return Markdown("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))
