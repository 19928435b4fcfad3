"""`nox -s new`: what it begins works as it is, and all tests stay green."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import site_copy

ROOT = Path(__file__).parents[2]
#: One of each kind; the names have digits where they may.
NEW = {
    "optimizer": ("QHM2",),
    "problem": ("Canyon3",),
    "claim": ("gd-falls-in-20-steps", "theory/gradient-descent"),
    "script": ("4_learning/plot_4_gradient_clipping", "why-adam"),
    "page": ("theory/line-search",),
}
FOLLOWS = """
import adamdoc
from adamdoc import QHM2, Canyon3, equations, invariances, lineage, vectors
from adamdoc.plotting import color
import claims
import playground

assert adamdoc.__file__.startswith({folder!r})
assert {{"QHM2", "Canyon3"}} <= set(adamdoc.__all__)
assert equations.check(QHM2) < 16 and not equations.tally(QHM2).missed
assert "export function update" in equations.javascript(QHM2)
assert QHM2 in lineage.methods()
assert invariances.measure(QHM2).rotation
assert vectors.make(QHM2)["cases"]
assert color(QHM2).startswith("#")
written = dict(playground.files())
assert "playground/surfaces/Canyon3.js" in written and "playground/optimizers/QHM2.js" in written
assert claims.measure("gd-falls-in-20-steps").verdict == "holds"
"""


COURSE = """# Course

```{toctree}
```
"""


def run(folder, *command):
    """Run Python in a folder, whose modules go before those that are installed."""
    places = (str(folder), str(folder / "docs"), str(folder / "docs" / "_ext"))
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
    )


def begin(folder, kind, *names):
    """Begin something new in a copy of the tree."""
    done = run(folder, "docs/_new/new.py", kind, *names)
    assert done.returncode == 0, done.stderr


def copied(folder):
    """Return a copy of the tree, without what builds make."""
    made = ("_build", "auto_gallery", "api", "__pycache__", ".git", ".nox", ".*_cache")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*made))
    return folder


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy in which one of each kind has been begun."""
    folder = copied(tmp_path_factory.mktemp("new") / "copy")
    for kind, names in NEW.items():
        begin(folder, kind, *names)
    return folder


def test_everything_follows(copy):
    done = run(copy, "-c", FOLLOWS.format(folder=str(copy)))
    assert done.returncode == 0, done.stderr


def test_all_tests_stay_green(copy):
    options = ("-q", "-n", "logical", "-p", "no:cacheprovider", "-W", "error", "--doctest-modules")
    tests = ("tests/unit", "tests/equations", "tests/claims", "adamdoc", "docs/claims")
    done = run(copy, "-m", "pytest", *options, *tests)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_a_script_and_a_page_are_built(tmp_path):
    """In a small site, where warnings are errors."""
    folder = site_copy.make(tmp_path, pages=1, scripts=1)
    shutil.copytree(ROOT / "docs" / "_new", folder / "docs" / "_new")
    (folder / "docs" / "theory" / "index.md").write_text(COURSE, "utf-8")
    begin(folder, "script", "1_small/plot_4_gradient_clipping", "page_0")
    begin(folder, "page", "theory/line-search")
    # It builds on a page that the small site has under another name.
    page = folder / "docs" / "theory" / "line-search.md"
    page.write_text(page.read_text("utf-8").replace("gradient-descent.md", "page_0.md"), "utf-8")
    site_copy.edit(folder / "docs" / "index.md", "auto_", "theory/index\nauto_")
    code, said = site_copy.build(folder)
    assert code == 0, said
    site = folder / "docs" / "_build" / "html"
    script = site / "auto_gallery" / "1_small" / "plot_4_gradient_clipping.html"
    assert "page_0" in script.read_text("utf-8")
    assert "After 50 steps the loss is" in (site / "theory/line-search.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("optimizer", "qhm"), "qhm"),
        (("optimizer", "QHM", "x"), "x"),
        (("optimizer", "Adam"), "Adam"),
        (("optimizer", "AdamW"), "AdamW"),
        (("problem", "Ravine"), "Ravine"),
        (("claim", "gd-falls"), "WHERE must be the page that makes the claim"),
        (("claim", "gd-falls", "nowhere"), "nowhere.md"),
        (("claim", "adam-memory", "theory/adam"), "adam-memory"),
        (("script", "4_learning/plot_9_x", "nowhere"), "theory/nowhere.md"),
        (("optimiser", "QHM"), "optimiser"),
    ],
)
def test_wrong_names_are_refused_and_nothing_is_written(tree, arguments, said):
    before = files(tree)
    done = run(tree, "docs/_new/new.py", *arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert files(tree) == before


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("tree") / "copy")


def files(folder):
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
