"""Nothing stale: what is executed again, read again and written again after a change.

A page's cells, a script of the gallery and a claim are executed again when the code that they run
has changed (see `dependencies`); everything is read again when anything else than the text of a
page has changed; and all pages are written again when anything has changed at all.

A build that fails keeps its results and forgets its pages. While a build runs a file marks it as
unfinished: a build that finds the mark follows one that was killed, and drops all that it wrote.
"""

import hashlib
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC
from functools import cache
from pathlib import Path

from dependencies import OURS, closure, digest, imported, libraries
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

#: The files that draw: with another of them every figure is drawn again.
DRAWING = ("adamdoc/style.mplstyle", "docs/_ext/gallery_scraper.py")
#: Every other file on which pages depend, except their own texts.
SITE = (
    *("adamdoc/**/*.py", "docs/claims/*.py", "gallery/**/*.*", "docs/conf.py", "docs/*.bib"),
    *("docs/_ext/*.py", "docs/_static/**/*.*", "docs/_templates/**/*.*", "docs/**/*.json"),
)


#: Folders that the build makes.
MADE = {"_build", "auto_gallery", "api", "__pycache__"}


def hash_text(*texts: str) -> str:
    """Return the hash of some texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def hash_files(root: Path, patterns: tuple[str, ...]) -> str:
    """Return the hash of the names and contents of files."""
    found = hashlib.sha256()
    paths = {path for pattern in patterns for path in root.glob(pattern)}
    for path in sorted(paths):
        if path.is_file() and not MADE & set(path.parts):
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


@cache
def notebook(path: Path) -> NotebookNode | None:
    """Return a page as a notebook, if it has cells."""
    text = path.read_text("utf-8")
    return read_myst_markdown_notebook(text, path=path) if "file_format: mystnb" in text else None


def results(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each gallery script and each page with cells, and the code that it executes."""
    for path in sorted(root.glob("gallery/*/plot_*.py")):
        yield path, path.read_text("utf-8")
    for path in sorted(root.glob("docs/**/*.md")):
        if not MADE & set(path.parts) and (book := notebook(path)):
            yield path, "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")


def stamps(root: Path) -> dict[str, str]:
    """Return the hashes on which the site depends, and for each result, by its path, one more."""
    docs = root / "docs"
    ours = [
        ".".join(path.relative_to(place).with_suffix("").parts).removesuffix(".__init__")
        for name, place in zip(OURS, (root, docs), strict=True)
        for path in sorted(place.glob(f"{name}/**/*.py"))
    ]
    paths = (path.relative_to(docs) for path in sorted(docs.glob("**/*.md")))
    pages = [path.as_posix() for path in paths if not MADE & set(path.parts)]
    found = {
        "figures": libraries() + hash_files(root, DRAWING),
        "generated": digest(ours) + hash_files(root, ("docs/_ext/*.py",)),
        "site": hash_files(root, SITE) + hash_text(*pages),
    }
    for path, source in results(root):
        modules = closure(imported(source))
        parts = [digest(modules)]
        if "inspect" in source:  # it shows source code, comments included
            parts += [Path(str(sys.modules[name].__file__)).read_text("utf-8") for name in modules]
        if path.suffix == ".md":  # it may read the records beside it
            parts.append(hash_files(root, (f"{path.parent.relative_to(root)}/*.json",)))
        found[path.relative_to(root).as_posix()] = hash_text(*parts)
    return found


def clear(app: Sphinx) -> None:
    """Forget all pages that were read or written."""
    docs = Path(app.confdir)
    for folder in (Path(app.outdir), Path(app.doctreedir), docs / "reference" / "api"):
        shutil.rmtree(folder, ignore_errors=True)
    # Sphinx expects the second; the theme copies its logo to a file of the name of the first.
    for folder in (Path(app.outdir, "_static"), Path(app.doctreedir)):
        folder.mkdir(parents=True, exist_ok=True)


def drop_results(app: Sphinx, names: set[str] | None = None, since: float = 0) -> None:
    """Delete executed pages and scripts: those with some names, or all that are newer."""
    docs = Path(app.confdir)
    for script in docs.glob("auto_gallery/*/*.py.md5"):
        source = f"gallery/{script.parent.name}/{script.stem}"
        if script.stat().st_mtime >= since if names is None else source in names:
            script.unlink()
    if not Path(app.config.nb_execution_cache_path).exists():
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    for record in cache.list_cache_records():
        page = Path(record.uri)
        written = record.created.replace(tzinfo=UTC).timestamp()
        inside = page.is_relative_to(docs.parent)
        named = not inside or page.relative_to(docs.parent).as_posix() in (names or ())
        if written >= since if names is None else named:
            # A record is written before its notebook: it may be alone.
            shutil.rmtree(cache.path / "executed" / record.hashkey, ignore_errors=True)
            NbCacheRecord.remove_record(record.pk, cache.db)


def begin(app: Sphinx, _config: Config) -> None:
    """Mark the build as unfinished, and drop what is stale."""
    docs = Path(app.confdir)
    mark, stamp = docs / "_build" / "unfinished", docs / "_build" / "stamps.json"
    before = json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    now = stamps(docs.parent)
    changed = {name for name in now if now[name] != before.get(name)}
    if mark.exists():  # the last build was killed
        drop_results(app, since=mark.stat().st_mtime)
        changed |= {"site", "generated"}
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    if "site" in changed:
        clear(app)
    if "generated" in changed:
        shutil.rmtree(docs / "_build" / "playground", ignore_errors=True)
    drop_results(app, changed if "figures" not in changed else set(now))
    drop_orphans(docs)
    part = stamp.with_suffix(".part")
    part.write_text(json.dumps(now, indent=1), "utf-8")
    part.replace(stamp)


def drop_orphans(docs: Path) -> None:
    """Delete what scripts left that are gone; run those again that failed or were killed."""
    for copy in docs.glob("auto_gallery/*/plot_*.py"):
        script = docs.parent / "gallery" / copy.relative_to(docs / "auto_gallery")
        if script.exists():
            # The copy is made before the script runs, the checksum after it has run well.
            if script.read_bytes() != copy.read_bytes():
                copy.with_suffix(".py.md5").unlink(missing_ok=True)
        else:
            images = copy.parent.glob(f"images/**/sphx_glr_{copy.stem}_*")
            for path in [*copy.parent.glob(f"{copy.stem}.*"), *images]:
                path.unlink()


def fix_zip_dates(app: Sphinx) -> None:
    """Give the entries of the gallery's archives one fixed date."""
    for path in sorted(Path(app.confdir).glob("auto_gallery/**/*.zip")):
        with zipfile.ZipFile(path) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist()}
            if all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in archive.infolist()):
                continue  # Sphinx reads a page again when what it links to is newer
        part = path.with_suffix(".part")
        with zipfile.ZipFile(part, "w") as archive:
            for name, content in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        part.replace(path)


def note_changes(_app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Note whether any page is read again."""
    env.adamdoc_changed = bool(docnames)  # type: ignore[attr-defined]


def write_all(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if any was read: navigation, links and search depend on all."""
    if not env.adamdoc_changed:  # type: ignore[attr-defined]
        return []
    shutil.rmtree(Path(app.outdir, "_modules"), ignore_errors=True)  # else they keep old titles
    return sorted(env.found_docs)


def sort_index(app: Sphinx) -> list[tuple[str, dict[str, object], str]]:
    """Sort the entries of the search index, which come in the order in which pages were written."""
    if isinstance(app.builder, StandaloneHTMLBuilder) and app.builder.indexer is not None:
        entries = app.builder.indexer._index_entries
        app.builder.indexer._index_entries = {name: entries[name] for name in sorted(entries)}
    return []


def end(app: Sphinx, error: Exception | None) -> None:
    """Unmark the build; one that failed forgets its pages, so that the next reports it again."""
    if error or app._warncount:
        shutil.rmtree(app.doctreedir, ignore_errors=True)
    Path(app.confdir, "_build", "unfinished").unlink(missing_ok=True)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them: before anything is read, after the gallery has run, and at the end."""
    app.connect("config-inited", begin, priority=99)
    app.connect("builder-inited", fix_zip_dates, priority=900)
    app.connect("env-before-read-docs", note_changes)
    app.connect("env-updated", write_all)
    app.connect("html-collect-pages", sort_index)
    app.connect("build-finished", end, priority=2000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
