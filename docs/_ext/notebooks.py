"""Offer each page that executes cells as the notebook that MyST-NB executed.

It runs wherever ``adamdoc[notebooks]`` is installed. A record that a page reads lies beside it.
"""

import shutil
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def offer(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Copy the notebook of a page into the site, and link it at the end of the page."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if doctree is None or not executed.exists():
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


def add_records(app: Sphinx, exception: Exception | None) -> None:
    """Copy the records that pages read to where the notebooks look for them."""
    if exception is None and app.builder.format == "html":
        for record in Path(app.srcdir).glob("[!_]*/*.json"):
            target = Path(app.outdir, "notebooks", record.relative_to(app.srcdir))
            if target.parent.exists():
                shutil.copy(record, target)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register both."""
    app.connect("html-page-context", offer, priority=900)
    app.connect("build-finished", add_records)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
