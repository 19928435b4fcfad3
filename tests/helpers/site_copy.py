"""A small site with the project's own configuration, for tests of how a site is built."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: What needs the whole course, or all pages of the family.
LEFT_OUT = (
    "family",
    "ledger",
    "course",
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

from adamdoc import {optimizer}, Ravine, minimize
from adamdoc.plotting import plot_losses

run = minimize(Ravine(), {optimizer}(lr=0.05), steps={number})
plot_losses(run).figure.set_label("Losses.")
print(run.losses[-1])
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
redirects = {{"theory/moved": "page_0.html"}}
"""
HEADER = "Small\n=====\n\n"


def make(folder: Path, pages: int = 2, scripts: int = 2, classes: int = 0) -> Path:
    """Write a small site into a folder: its own pages and scripts, the project's extensions.

    Parameters
    ----------
    folder : Path
        An empty folder.
    pages, scripts : int
        How many pages with cells, and how many scripts in the gallery.
    classes : int
        How many optimizers are added to the package.

    Returns
    -------
    Path
        The folder.
    """
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("adamdoc", "docs/_ext", "docs/_static", "docs/_templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    names = ("conf.py", "references.bib", "bibliography.md")
    records = ("parity.json", "evidence/study.json", "theory/bench.json")
    for name in (*names, *records):
        (folder / "docs" / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "docs" / name, folder / "docs" / name)
    for path in (ROOT / "pyproject.toml", ROOT / "README.md"):
        shutil.copy(path, folder)
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
    related = folder / "docs" / "_ext" / "related.py"
    course = "".join(f'    "1_small/plot_{number}": "page_0",\n' for number in range(scripts))
    text = re.sub(
        r"(?<=^COURSE = \{\n)(?:    .*\n)*", course, related.read_text("utf-8"), flags=re.M
    )
    related.write_text(text, "utf-8")
    added = [add_class(folder, number) for number in range(classes)]
    (folder / "docs" / "index.md").write_text(INDEX.format(pages="\n".join(titles)), "utf-8")
    (folder / "docs" / "reference").mkdir()
    # Every module of theirs has a page of its own: viewcode forgets the others at the next build.
    listed = "\n".join(f"   {name}" for name in (*optimizers, "Optimizer", "minimize", *added))
    (folder / "docs/reference/index.md").write_text(REFERENCE.format(names=listed), "utf-8")
    return folder


def add_class(folder: Path, number: int) -> str:
    """Add an optimizer to the package of a folder: a copy of Adam under another name."""
    name = f"Synthetic{number}"
    package = folder / "adamdoc" / "optimizers"
    source = (package / "adam.py").read_text("utf-8")
    head, _, body = source.partition("class Adam(")
    body = body.partition("\n\n\n")[0]
    text = f"{head}class {name}({body}\n".replace("import Adam\n", f"import {name}\n")
    (package / f"synthetic_{number}.py").write_text(text.replace("Adam(lr", f"{name}(lr"), "utf-8")
    registry = package / "__init__.py"
    line = f"from adamdoc.optimizers.synthetic_{number} import {name} as {name}\n"
    registered = registry.read_text("utf-8").replace(
        "\n#: All classes", f"{line}\n#: All classes", 1
    )
    registry.write_text(registered, "utf-8")
    return name


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
