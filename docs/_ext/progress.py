"""Say what a build executes, of how much, and what failed: once, with its file and line.

A page whose cell fails is reported here and not by MyST-NB, whose message names no line and is
followed by a warning for every number that the page then lacks.
"""

import json
import logging
import os
import re
import time
from pathlib import Path
from typing import Any, ClassVar

import freshness
import nbformat
from jupyter_cache import get_cache
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging as sphinx_logging
from sphinx.util.typing import ExtensionMetadata
from sphinx_gallery.utils import get_md5sum

logger = sphinx_logging.getLogger(__name__)

#: Variables of the environment with the paths that are executed, for the processes that do it.
PAGES, SCRIPTS = "ADAMDOC_PAGES", "ADAMDOC_SCRIPTS"
#: When a script of the gallery began.
BEGAN: dict[str, float] = {}


def say(variable: str, name: str, words: str) -> None:
    """Print one line about a page or a script that is executed, known by the end of its path."""
    paths = json.loads(os.environ.get(variable, "[]"))
    for number, path in enumerate(paths, start=1):
        if path.endswith(f"/{name}"):
            print(f"[{number:>2}/{len(paths)}] {path} {words}", flush=True)


def list_scripts(app: Sphinx) -> None:
    """List the scripts that the gallery is about to execute."""
    root, waiting = Path(app.confdir).parent, []
    for path in freshness.found(root, "gallery/*/plot_*.py"):
        done = Path(app.confdir, "auto_gallery", path.parent.name, f"{path.name}.md5")
        if not done.exists() or done.read_text("utf-8") != get_md5sum(path, mode="t"):
            waiting.append(path.relative_to(root).as_posix())
    os.environ[SCRIPTS] = json.dumps(waiting)


def script(when: str, name: str) -> None:
    """Say that a script begins or has ended; called where it runs."""
    if when == "before":
        BEGAN[name] = time.perf_counter()
        say(SCRIPTS, name, "...")
    else:
        say(SCRIPTS, name, f"{time.perf_counter() - BEGAN[name]:.1f} s")


def stop_at_failures(app: Sphinx) -> None:
    """Stop after the gallery has run if scripts failed or drew nothing, with their tracebacks."""
    root = Path(app.confdir).parent
    failed: dict[str, str] = app.config.sphinx_gallery_conf["failing_examples"]
    texts = [f"{Path(p).relative_to(root)} fails\n{text}" for p, text in sorted(failed.items())]
    for path in freshness.found(root, "gallery/*/plot_*.py"):
        page = Path(app.confdir, "auto_gallery", path.parent.name, f"{path.stem}.rst")
        if str(path) not in failed and f"/images/sphx_glr_{path.stem}_" not in page.read_text():
            texts.append(f"{path.relative_to(root)} draws nothing")
    if texts:
        freshness.end(app, RuntimeError("scripts of the gallery failed"))
        raise SystemExit("\n".join(texts))  # without Sphinx's report, which is for its own faults


def list_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """List the pages whose cells are about to be executed."""
    cache, waiting = get_cache(app.config.nb_execution_cache_path), []
    for docname in sorted(docnames):
        path = env.doc2path(docname)
        if path.suffix == ".md" and (book := freshness.notebook(path)):
            try:
                cache.match_cache_notebook(book)
            except KeyError:
                waiting.append(f"docs/{docname}.md")
    os.environ[PAGES] = json.dumps(waiting)


def page_begins(_app: Sphinx, docname: str, _source: list[str]) -> None:
    """Say that the cells of a page are about to run."""
    say(PAGES, f"{docname}.md", "...")


def page_ends(app: Sphinx, _doctree: Any) -> None:
    """Say how long the cells of a page took, or which of them failed, and at which line."""
    docname = app.env.docname
    execution = NbMetadataCollector.get_doc_data(app.env).get(docname, {}).get("exec_data")
    if execution is None:
        return
    if execution["succeeded"]:
        say(PAGES, f"{docname}.md", f"{execution['runtime'] or 0:.1f} s")
        return
    book = nbformat.read(Path(app.outdir).parent / "jupyter_execute" / f"{docname}.ipynb", 4)
    lines = app.env.doc2path(docname).read_text("utf-8").splitlines()
    for cell, line in zip(book.cells, book.metadata.source_map, strict=True):
        source = cell.source.splitlines()
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                text = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output.traceback))
                while lines[line : line + len(source)] != source:  # the options of the cell
                    line += 1
                within = re.search(r"Cell In\[\d+\], line (\d+)", text)
                place = line + int(within[1] if within else 1)
                logger.warning("a cell fails\n%s", text, location=(docname, place))
                return
    logger.warning("a cell fails: %s", execution["error"], location=docname)


class Once(logging.Filter):
    """Drops what MyST-NB and sphinx-gallery report of a failure that is reported here."""

    failed: ClassVar[set[str]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a message passes."""
        kind, subtype = getattr(record, "type", None), str(getattr(record, "subtype", None))
        if kind != "mystnb":
            return (kind, subtype) != ("sphinx_gallery", "example_error")
        place = getattr(record, "location", None)
        page = str(place[0] if isinstance(place, tuple) else place).partition(":")[0]
        if subtype == "exec":
            self.failed.add(page)
        return subtype != "exec" and not (subtype.startswith("glue") and page in self.failed)


ONCE = Once()
logging.getLogger("sphinx.sphinx-gallery").addFilter(ONCE)  # also where scripts run, in parallel


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them."""
    for handler in logging.getLogger(sphinx_logging.NAMESPACE).handlers:
        handler.filters.insert(0, ONCE)  # before the one that counts warnings
    app.connect("builder-inited", list_scripts, priority=100)
    app.connect("builder-inited", stop_at_failures, priority=900)
    app.connect("env-before-read-docs", list_pages)
    app.connect("source-read", page_begins)
    app.connect("doctree-read", page_ends)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
