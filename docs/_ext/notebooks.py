"""Offer each page that executes cells as the notebook that MyST-NB executed.

It runs wherever ``adamdoc[notebooks]`` is installed, with the records that pages read beside it.
Both functions are called by steps.py.
"""

import shutil
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx


def offer(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Copy the notebook of a page into the site, and link it at the end of the page."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if not executed.exists():
        return
    book = nbformat.read(executed, 4)
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # MyST-NB draws them at random
    target = Path(app.outdir, "notebooks", f"{pagename}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(book, version=4) + "\n", "utf-8")
    link = "../" * pagename.count("/") + f"notebooks/{pagename}.ipynb"
    text = "Download this page as a notebook"
    context["body"] += f'<p class="notebook-of-page"><a href="{link}" download>{text}</a></p>'


def add_records(app: Sphinx) -> None:
    """Copy the records that pages read to where the notebooks look for them."""
    for record in Path(app.srcdir).glob("[!_]*/*.json"):
        target = Path(app.outdir, "notebooks", record.relative_to(app.srcdir))
        if target.parent.exists():
            shutil.copy(record, target)
