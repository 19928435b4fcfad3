"""Rebuild what is stale, and give the same bytes at every build.

Neither the notebooks' cache nor the gallery sees that the package has changed. So for each page and
script the modules that it depends on are hashed: with another hash its results go, and only they.
Where what draws every figure has changed, all results go. The pages themselves are written anew
whenever anything of the package has changed; that is quick.

A build that was killed may leave half of anything that it was writing. While a build runs, a file
says so; the next build that finds it keeps only results that are older.
"""

import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

from dependencies import closure, digest, imported
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

#: What a build may need on the disk, in bytes.
ROOM = 300e6
#: A code cell of a page: its options, then the code.
CELL = re.compile(
    r"^```\{code-cell\}.*\n(?:---\n(?s:.*?)\n---\n|(?::[\w-]+:.*\n)*)((?s:.*?))^```$",
    re.MULTILINE,
)


def hashed(root: Path, paths: list[Path]) -> str:
    """Return the hash of some files and of the packages that draw."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    drawing = ("numpy", "matplotlib", "scikit-learn", "scipy", "myst-nb", "sphinx-gallery")
    for package in (*drawing, "sympy", "latex2sympy2-extended", "numba"):
        found.update(version(package).encode())
    return found.hexdigest()


def stamps(root: Path) -> dict[str, str]:
    """Return the hashes of what is shared, of the package, and of what each result depends on."""
    docs, style = root / "docs", root / "adamdoc" / "style.mplstyle"
    records = [
        docs / "theory/bench.json",
        docs / "family/parity.json",
        docs / "evidence/study.json",
    ]
    drawing = [docs / "_ext/gallery_scraper.py", docs / "_ext/figures.py"]
    written = [
        *sorted(root.glob("adamdoc/**/*.py")),
        *sorted(docs.glob("claims/*.py")),
        *sorted(docs.glob("_ext/*.py")),
    ]
    found = {
        "shared": hashed(root, [style, *drawing, *records]),
        "package": hashed(root, written),
    }
    for path, source in results(root):
        modules = closure(imported(source))
        found[path.relative_to(root).as_posix()] = digest(modules)
    return found


def results(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each gallery script and each page with cells, and the code that it executes."""
    for path in sorted(root.glob("gallery/*/plot_*.py")):
        yield path, path.read_text("utf-8")
    for path in sorted(root.glob("docs/**/*.md")):
        if "_build" not in path.parts and (cells := CELL.findall(path.read_text("utf-8"))):
            yield path, "\n".join(cells)


def made(app: Sphinx) -> list[Path]:
    """Return the folders that are made anew from the results."""
    docs = Path(app.confdir)
    return [
        *(Path(app.outdir), Path(app.doctreedir), docs / "reference" / "api"),
        docs / "_build" / "playground",
    ]


def clear(app: Sphinx, folders: list[Path]) -> None:
    """Delete folders; Sphinx expects two of them."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    # Without the folder of static files the theme, at the end of a build that fails, copies its
    # logo to a file of that name, and the next build fails, too.
    for folder in (Path(app.outdir, "_static"), Path(app.doctreedir)):
        folder.mkdir(parents=True, exist_ok=True)


def check_room(folder: Path) -> None:
    """Stop where there is no room for a build."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ExtensionError(
            f"{folder} must be a folder that can be written to, got: {error.strerror}"
        ) from None
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise ExtensionError(
            f"{folder} must have {ROOM / 1e6:.0f} MB free, got {free / 1e6:.0f} MB"
        )


def begin(app: Sphinx, config: Config) -> None:
    """Say that a build runs; if the last one did not end, drop what it was writing."""
    docs = Path(app.confdir)
    for folder in (docs / "_build", Path(app.outdir)):
        check_room(folder)
    mark = docs / "_build" / "unfinished"
    if mark.exists():
        since = mark.stat().st_mtime
        logger.info("the last build did not end: what it wrote is made anew")
        clear(app, [*made(app), Path(mark.read_text("utf-8") or app.outdir)])
        for path in docs.glob("auto_gallery/*/*.py.md5"):
            if path.stat().st_mtime >= since:
                path.unlink()
        if Path(config.nb_execution_cache_path).exists():
            drop_notebooks(Path(config.nb_execution_cache_path), since)
    mark.write_text(str(app.outdir), "utf-8")


def drop_notebooks(folder: Path, since: float) -> None:
    """Delete the executed notebooks of a cache that were written after a time, whole or not."""
    cache = get_cache(folder)
    for record in cache.list_cache_records():
        if record.created.replace(tzinfo=UTC).timestamp() >= since:
            # The record is written before the notebook: it may stand alone.
            shutil.rmtree(folder / "executed" / record.hashkey, ignore_errors=True)
            NbCacheRecord.remove_record(record.pk, cache.db)


def end(app: Sphinx, error: Exception | None) -> None:
    """Say that the build has ended."""
    if error is None:
        Path(app.confdir, "_build", "unfinished").unlink(missing_ok=True)


def drop_stale(app: Sphinx, config: Config) -> None:
    """Delete the results that depend on something that has changed since the last build."""
    docs = Path(app.confdir)
    root, cache = docs.parent, Path(config.nb_execution_cache_path)
    stamp = docs / "_build" / "stamps.json"
    now, before = stamps(root), json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    if now == before:
        return
    changed = {name for name in now if now[name] != before.get(name)}
    results = [cache, docs / "auto_gallery"] if "shared" in changed else []
    if {"shared", "package"} & changed:
        clear(app, [*made(app), *results])
    stale = [name for name in sorted(changed) if name in before and "/" in name]
    if stale and "shared" not in changed:
        logger.info("executing anew: %s", ", ".join(stale))
    for name in changed:
        if name.startswith("gallery/"):
            done = docs / "auto_gallery" / Path(name).relative_to("gallery")
            done.with_suffix(".py.md5").unlink(missing_ok=True)
    if cache.exists():
        notebooks = get_cache(cache)
        for record in notebooks.list_cache_records():
            path = Path(record.uri)
            if not path.is_relative_to(root) or path.relative_to(root).as_posix() in changed:
                notebooks.remove_cache(record.pk)
    part = stamp.with_suffix(".part")
    part.write_text(json.dumps(now, indent=1), "utf-8")
    part.replace(stamp)


def drop_orphans(app: Sphinx, config: Config) -> None:  # noqa: ARG001 - the event's form
    """Delete what a gallery script left behind that no longer exists, or that failed last time."""
    docs = Path(app.confdir)
    for copy in docs.glob("auto_gallery/*/plot_*.py"):
        script = docs.parent / "gallery" / copy.relative_to(docs / "auto_gallery")
        if script.exists():
            # The copy is made before the script runs, the checksum after it has run well. When a
            # script that failed is put back as it was, the old checksum would hide the failed run.
            if script.read_bytes() != copy.read_bytes():
                copy.with_suffix(".py.md5").unlink(missing_ok=True)
        else:
            images = copy.parent.glob(f"images/**/sphx_glr_{copy.stem}_*")
            for path in [*copy.parent.glob(f"{copy.stem}.*"), *images]:
                path.unlink()


def settle_zips(app: Sphinx) -> None:
    """Give the entries of the gallery's zip files one fixed date."""
    for path in sorted(Path(app.confdir).glob("auto_gallery/**/*.zip")):
        with zipfile.ZipFile(path) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist()}
            if all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in archive.infolist()):
                continue
        part = path.with_suffix(".part")
        with zipfile.ZipFile(part, "w") as archive:
            for name, content in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        part.replace(path)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them: before anything is read, after the gallery has run, and at the end."""
    app.connect("config-inited", begin, priority=99)
    app.connect("config-inited", drop_stale, priority=100)
    app.connect("config-inited", drop_orphans, priority=101)
    app.connect("builder-inited", settle_zips, priority=900)
    app.connect("build-finished", end, priority=2000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
