"""A small site with the project's own configuration, for tests of how a site is built."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Extensions that need the whole course, or all pages of the family.
LEFT_OUT = (
    "ledger",
    "dialects_pages",
    "audit_pages",
    "playground",
    "notfound.extension",
)
INDEX = """# Small

```{{toctree}}
{pages}
auto_gallery/index
reference/index
bibliography
```
"""
PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---

# {title}

```{{code-cell}}
---
mystnb:
  image:
    alt: A path.
---
import matplotlib.pyplot as plt
from adamdoc.notebook import say

from adamdoc import {optimizer}, Ravine, minimize
from adamdoc.plotting import plot_paths

run = minimize(Ravine(), {optimizer}(lr=0.05), steps={number})
say(loss=f"{{run.losses[-1]:.4g}}")
plot_paths(Ravine(), run)
plt.show()
```

The loss is {{glue:text}}`loss`. {{cite:t}}`{source}`
"""
SCRIPT = '''"""
Script {number}
===============

A short one.
"""

# sphinx_gallery_course = "page_0"
from adamdoc import {optimizer}, Ravine, minimize
from adamdoc.plotting import plot_losses

run = minimize(Ravine(), {optimizer}(lr=0.05), steps={number})
plot_losses(run)
print(run.losses[-1])

# sphinx_gallery_start_ignore
# caption: The loss falls.
# alt: Losses against the step.
# sphinx_gallery_end_ignore
'''
REFERENCE = """# Reference

```{{eval-rst}}
.. currentmodule:: adamdoc

.. autosummary::
   :toctree: api

{names}
```
"""
CONF = """
_left_out = {left_out!r}
extensions = [name for name in extensions if name not in _left_out]
nitpicky = False
html_sidebars = {{}}
exclude_patterns += ["reference/optimizers.rst", "reference/surfaces.rst"]
redirects = {{"theory/moved": "page_0.html"}}
"""
HEADER = "Small\n=====\n\n"


def make(folder: Path, pages: int = 2, scripts: int = 2) -> Path:
    """Write a small site into a folder: its own pages and scripts, the project's extensions.

    Parameters
    ----------
    folder : Path
        An empty folder.
    pages, scripts : int
        How many pages with cells, and how many scripts in the gallery.

    Returns
    -------
    Path
        The folder.
    """
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("adamdoc", "docs/_converter", "docs/_ext", "docs/_static", "docs/_templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    records = [*ROOT.glob("docs/[a-z]*/*.json"), *ROOT.glob("docs/package*.json")]
    files = [ROOT / "docs" / name for name in ("conf.py", "references.bib", "bibliography.md")]
    for path in (*files, *records, ROOT / "pyproject.toml", ROOT / "README.md"):
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    conf = folder / "docs" / "conf.py"
    conf.write_text(conf.read_text("utf-8") + CONF.format(left_out=LEFT_OUT), "utf-8")
    optimizers, sources = ("Momentum", "Adam"), ("polyak1964", "kingma2015")
    titles = [f"theory/page_{number}" for number in range(pages)]
    for number, title in enumerate(titles):
        text = PAGE.format(
            title=f"Page {number}",
            number=number + 10,
            optimizer=optimizers[number % 2],
            source=sources[number % 2],
        )
        (folder / "docs" / f"{title}.md").write_text(text, "utf-8")
    gallery = folder / "gallery"
    (gallery / "1_small").mkdir(parents=True)
    for place in (gallery, gallery / "1_small"):
        (place / "GALLERY_HEADER.rst").write_text(HEADER, "utf-8")
    for number in range(scripts):
        text = SCRIPT.format(number=number + 1, optimizer=optimizers[number % 2])
        (gallery / "1_small" / f"plot_{number}.py").write_text(text, "utf-8")
    (folder / "docs" / "index.md").write_text(INDEX.format(pages="\n".join(titles)), "utf-8")
    (folder / "docs" / "reference").mkdir()
    # Every module of theirs has a page of its own: viewcode forgets the others at the next build.
    listed = "\n".join(f"   {name}" for name in (*optimizers, "Optimizer", "minimize"))
    (folder / "docs/reference/index.md").write_text(REFERENCE.format(names=listed), "utf-8")
    return folder


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start to build a small site."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2", "-b", "html"]
    return subprocess.Popen(
        [*command, "-d", "docs/_build/doctrees", "docs", "docs/_build/html"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that it can be killed with all its processes
    )


def build(folder: Path, **environment: str) -> tuple[int, str]:
    """Build a small site; return the exit code and what was said."""
    process = start(folder, **environment)
    said, _ = process.communicate()
    return process.returncode, said


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of every file of a built site."""
    site = folder / "docs" / "_build" / "html"
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name not in (".buildinfo", "environment.pickle")
    }


def write_script(folder: Path, name: str, code: str) -> None:
    """Add a script of the gallery, with a title and some words."""
    text = f'"""\nA title\n=======\n\nWords.\n"""\n\n# sphinx_gallery_course = "page_0"\n{code}\n'
    (folder / "gallery/1_small" / name).write_text(text, "utf-8")


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must be there."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def executions(folder: Path) -> dict[str, int]:
    """Return when each page (by the name of its result) and each script was last executed."""
    cache = folder / "docs/_build/jupyter_cache/executed"
    times = {path.parent.name: path.stat().st_mtime_ns for path in cache.glob("*/base.ipynb")}
    scripts = folder.glob("docs/auto_gallery/*/*.py.md5")
    return times | {path.name: path.stat().st_mtime_ns for path in scripts}


def rebuilt(folder: Path) -> tuple[int, set[str], set[str]]:
    """Build; return how many pages and which scripts were executed, and which files changed."""
    executed, before = executions(folder), contents(folder)
    code, said = build(folder)
    assert code == 0, said
    again = {name for name, time in executions(folder).items() if executed.get(name) != time}
    scripts = {name.removesuffix(".py.md5") for name in again if name.endswith(".md5")}
    after = contents(folder)
    changed = {name for name in after if after[name] != before.get(name)}
    return len(again) - len(scripts), scripts, changed


def clean(folder: Path, other: Path) -> dict[str, str]:
    """Build the same sources in another folder, which does not exist, and return the contents."""
    made = shutil.ignore_patterns("_build", "auto_gallery", "api", "__pycache__")
    shutil.copytree(folder, other, ignore=made)
    code, said = build(other)
    assert code == 0, said
    return contents(other)
