"""Let readers run a page in their browser: JupyterLite, with Python compiled for it.

Off unless ``run_pages`` is set in conf.py: the notebooks and JupyterLite are served from the site,
but the browser fetches Python, NumPy and matplotlib from a network, which an offline site has not.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from notebooks import FOLDER
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

#: There is no numba for the browser.
LEFT_OUT = ("theory/kernel",)
INSTALL = '%pip install -q "adamdoc[plot,data]"'


def source(app: Sphinx, page: str) -> Path | None:
    """Return the notebook of a page that can be run, or of a script of the gallery."""
    for root in (Path(app.outdir, FOLDER), Path(app.srcdir)):
        path = root / f"{page}.ipynb"
        if path.exists() and page not in LEFT_OUT:
            return path
    return None


def link(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _: Any) -> None:
    """Link a page to the place where it runs."""
    if app.config.run_pages and source(app, pagename):
        up = "../" * pagename.count("/")
        context["body"] += (
            f'<p class="run-page"><a href="{up}lite/notebooks/index.html?path={pagename}.ipynb">'
            "Run this page in the browser</a> (it fetches Python from cdn.jsdelivr.net)</p>"
        )


def prepared(path: Path) -> nbformat.NotebookNode:
    """Return a notebook that installs the package before anything else."""
    book = nbformat.read(path, 4)
    book.cells.insert(0, nbformat.v4.new_code_cell(INSTALL))
    book.nbformat_minor = 5
    book.metadata["kernelspec"] = {"name": "python", "display_name": "Python (Pyodide)"}
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":  # the outputs are made when it runs
            cell.outputs, cell.execution_count = [], None
    return book


def build(app: Sphinx, exception: Exception | None) -> None:
    """Put JupyterLite with all notebooks and this package into the site."""
    if exception or not app.config.run_pages or app.builder.format != "html":
        return
    target = Path(app.outdir, "lite")
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for page in sorted(app.env.found_docs):
            if not (path := source(app, page)):
                continue
            copy = work / "files" / f"{page}.ipynb"
            copy.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(prepared(path), copy)
        pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(work)]
        call([*pip, str(Path(app.srcdir).parent)], work)
        (wheel,) = work.glob("adamdoc-*.whl")
        call(
            [
                *(sys.executable, "-m", "jupyterlite_core", "build"),
                *("--lite-dir", str(work), "--contents", str(work / "files")),
                *("--output-dir", str(target), "--apps", "notebooks", "--apps", "tree"),
                *("--piplite-wheels", str(wheel)),
            ],
            work,
        )


def call(command: list[str], folder: Path) -> None:
    """Run a command in a folder, where it may leave what it likes; where it fails, say why."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(
            f"run_pages needs pip install 'adamdoc[run]': {' '.join(command[2:4])} failed\n"
            + (done.stdout + done.stderr)[-2000:]
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it, to come after the notebooks are written."""
    app.add_config_value("run_pages", False, "html", types=bool)
    app.connect("html-page-context", link, priority=950)
    app.connect("build-finished", build, priority=1100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
