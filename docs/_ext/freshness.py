"""Rebuild what is stale, and give the same bytes at every build.

Neither the notebooks' cache nor the gallery sees that the package has changed. So its sources, the
gallery's scraper and the versions of what draws are hashed: with another hash all results go.
"""

import hashlib
import shutil
import zipfile
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


def fingerprint(root: Path) -> str:
    """Return the hash of all that every result depends on."""
    digest = hashlib.sha256()
    sources = [*root.glob("adamdoc/**/*.py"), *root.glob("adamdoc/*.mplstyle")]
    for path in [
        *sorted(sources),
        root / "docs" / "_ext" / "algorithm.py",
        root / "docs" / "_ext" / "gallery_scraper.py",
        root / "docs" / "_ext" / "dark_figures.py",
        root / "docs" / "page.py",
        root / "docs" / "theory" / "bench.json",
        root / "docs" / "parity.json",
    ]:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    drawing = ("numpy", "matplotlib", "scikit-learn", "scipy", "myst-nb", "sphinx-gallery")
    for package in (*drawing, "sympy", "latex2sympy2-extended", "numba"):
        digest.update(version(package).encode())
    return digest.hexdigest()


def drop_stale(app: Sphinx, config: Config) -> None:
    """Delete every stored result if the package has changed since the last build."""
    docs = Path(app.confdir)
    stamp = docs / "_build" / "fingerprint"
    now = fingerprint(docs.parent)
    if stamp.exists() and stamp.read_text() == now:
        return
    if stamp.exists():
        logger.info("the package has changed: executing everything anew")
    for folder in (
        Path(app.outdir),  # else the page of an object that is gone would stay
        Path(app.doctreedir),
        Path(config.nb_execution_cache_path),
        docs / "auto_gallery",
        docs / "reference" / "api",
    ):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (stamp.parent, Path(app.outdir), Path(app.doctreedir)):
        folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now)


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
    """Register them: two before anything is read, one after the gallery has run."""
    app.connect("config-inited", drop_stale, priority=100)
    app.connect("config-inited", drop_orphans, priority=101)
    app.connect("builder-inited", settle_zips, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
