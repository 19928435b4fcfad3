"""Nothing stale: what is executed again, read again and written again after a change.

A page's cells, a script of the gallery and a claim are executed again when the code that they run
has changed (see `dependencies`); everything is read again when anything else than the text of a
page has changed; and all pages are written again when anything has changed at all.

A build that fails keeps its results and forgets its pages. While a build runs a file marks it as
unfinished: a build that finds the mark follows one that was killed, and drops all that it wrote.
"""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC
from functools import cache
from pathlib import Path

from dependencies import OURS, digest, imported
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

#: The files that draw: with another of them every figure is drawn again.
DRAWING = ("adamdoc/style.mplstyle", "docs/_ext/figures.py")
#: The files that make what is generated.
MAKING = ("docs/_ext/*.*", "docs/package-lock.json")
#: Every other file on which pages depend, except their own texts.
SITE = (
    *("adamdoc/**/*.py", "docs/claims/*.*", "gallery/**/*.*", "docs/conf.py", "docs/*.bib"),
    *("docs/_converter/*.*", "docs/_ext/*.*", "docs/_static/**/*.*", "docs/_templates/**/*.*"),
    "docs/**/*.json",
)
#: A block of a page that shows claims.
CLAIMS = re.compile(r"^```\{claims\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A record that the cells of a page read.
RECORDS = re.compile(r'Path\("([\w./-]+\.json)"\)')
#: Folders that the build makes.
MADE = {"_build", "auto_gallery", "api", "__pycache__"}


def found(root: Path, *patterns: str) -> list[Path]:
    """Return the files that match, except those that the build makes."""
    paths = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in paths if not MADE & set(path.relative_to(root).parts))


def hash_texts(*texts: str) -> str:
    """Return the hash of some texts."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def hash_files(root: Path, *patterns: str) -> str:
    """Return the hash of the names and contents of files."""
    contents = (
        f"{path.relative_to(root)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in found(root, *patterns)
    )
    return hash_texts(*contents)


@cache
def notebook(path: Path) -> NotebookNode | None:
    """Return a page as a notebook, if it has cells."""
    text = path.read_text("utf-8")
    return read_myst_markdown_notebook(text, path=path) if "file_format: mystnb" in text else None


def results(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each gallery script and each page with cells, and the code that it executes."""
    for path in found(root, "gallery/*/plot_*.py"):
        yield path, path.read_text("utf-8")
    for path in found(root, "docs/**/*.md"):
        if book := notebook(path):
            yield path, "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")


def stamps(root: Path) -> dict[str, str]:
    """Return the hashes on which the site depends, and for each result, by its path, one more."""
    ours = [
        ".".join(path.relative_to(place).with_suffix("").parts).removesuffix(".__init__")
        for name, place in zip(OURS, (root, root / "docs"), strict=True)
        for path in found(place, f"{name}/**/*.py")
    ]
    pages = [  # the ledger links those that show claims
        f"{path.relative_to(root)} {CLAIMS.findall(path.read_text('utf-8'))}"
        for path in found(root, "docs/**/*.md")
    ]
    stamp = {
        "figures": digest() + hash_files(root, *DRAWING),
        "generated": digest(*ours) + hash_files(root, *MAKING),
        "site": hash_files(root, *SITE) + hash_texts(*pages),
    }
    for path, source in results(root):
        parts = [digest(*imported(source))]
        if path.suffix == ".md":
            parts.append(hash_files(path.parent, *RECORDS.findall(source)))
        else:  # a script that failed, and is put back as it was, runs again
            parts.append(source)
        stamp[path.relative_to(root).as_posix()] = hash_texts(*parts)
    return stamp


def clear(app: Sphinx) -> None:
    """Forget all pages that were read or written."""
    for folder in (app.outdir, app.doctreedir, Path(app.confdir, "reference", "api")):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (Path(app.outdir, "_static"), Path(app.doctreedir)):
        folder.mkdir(parents=True)


def drop_results(app: Sphinx, names: set[str], since: float = float("inf")) -> None:
    """Delete executed pages and scripts that have one of some names, or that are newer."""
    docs = Path(app.confdir)
    for script in docs.glob("auto_gallery/*/plot_*.py"):
        name = f"gallery/{script.parent.name}/{script.name}"
        checksum = script.with_suffix(".py.md5")
        if name in names or (checksum.exists() and checksum.stat().st_mtime >= since):
            checksum.unlink(missing_ok=True)
        if not (docs.parent / name).exists():
            images = script.parent.glob(f"images/**/sphx_glr_{script.stem}_*")
            for path in [*script.parent.glob(f"{script.stem}.*"), *images]:
                path.unlink()
    cache = get_cache(app.config.nb_execution_cache_path)
    for record in cache.list_cache_records():
        page = Path(record.uri)
        named = not page.is_relative_to(docs) or page.relative_to(docs.parent).as_posix() in names
        if named or record.created.replace(tzinfo=UTC).timestamp() >= since:
            NbCacheRecord.remove_record(record.pk, cache.db)  # first: alone it would be an error
            shutil.rmtree(cache.path / "executed" / record.hashkey, ignore_errors=True)


def begin(app: Sphinx, _config: Config) -> None:
    """Mark the build as unfinished, and drop what is stale."""
    build = Path(app.confdir, "_build")
    mark, stamp = build / "unfinished", build / "stamps.json"
    before = json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    now = stamps(Path(app.confdir).parent)
    changed = {name for name in now if now[name] != before.get(name)}
    killed = mark.stat().st_mtime if mark.exists() else float("inf")
    build.mkdir(exist_ok=True)
    mark.touch()
    for sheet in Path(app.outdir, "_static").glob("mystnb.*.css"):
        sheet.unlink()  # else its address has a checksum, which it lacks in a first build
    drop_results(app, set(now) if "figures" in changed else changed, killed)
    if killed < float("inf"):
        changed |= {"site", "generated"}
    if "site" in changed:
        clear(app)
    if "generated" in changed:
        shutil.rmtree(build / "playground", ignore_errors=True)
    part = stamp.with_suffix(".part")
    part.write_text(json.dumps(now, indent=1), "utf-8")
    part.replace(stamp)


def fix_zip_dates(app: Sphinx) -> None:
    """Give the entries of the gallery's archives one fixed date."""
    for path in Path(app.confdir).glob("auto_gallery/**/*.zip"):
        with zipfile.ZipFile(path) as archive:
            files = {info: archive.read(info) for info in archive.infolist()}
        if any(info.date_time[0] > 1980 for info in files):
            with zipfile.ZipFile(path, "w") as archive:
                for info, content in files.items():
                    archive.writestr(zipfile.ZipInfo(info.filename), content)


def note_changes(_app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Note whether any page is read again."""
    env.adamdoc_changed = bool(docnames)  # type: ignore[attr-defined]


def write_all(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if any was read: navigation and links depend on all."""
    if not env.adamdoc_changed:  # type: ignore[attr-defined]
        return []
    titles = {name: title.astext() for name, title in env.titles.items()}
    if titles != getattr(env, "adamdoc_titles", None):  # which the pages of source show, too
        shutil.rmtree(Path(app.outdir, "_modules"), ignore_errors=True)
    env.adamdoc_titles = titles  # type: ignore[attr-defined]
    return sorted(env.found_docs)


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
    app.connect("build-finished", end, priority=2000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
