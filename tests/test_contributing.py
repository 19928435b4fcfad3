"""The walk-through of CONTRIBUTING, followed on a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: The tests of the copy: those that every optimizer goes through.
TESTS = ("test_equations", "test_optimizers", "test_export", "test_step", "test_vectors")
TESTS += ("test_notation", "test_dialects", "test_family")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy in which the example has been added, and only that."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("adamdoc", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "docs" / "family").mkdir(parents=True)
    for name in ("docs/references.bib", "docs/parity.json", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for path in (ROOT / "docs" / "family").glob("check_adam.*"):
        shutil.copy(path, folder / "docs" / "family")
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    text = text[text.index("## Adding an optimizer") :]
    module, line, entry, row = re.findall(r"^```\w+\n(.*?)^```$", text, re.M | re.S)
    (folder / "adamdoc/optimizers/qhm.py").write_text(module, "utf-8")
    registry = folder / "adamdoc/optimizers/__init__.py"
    edited = registry.read_text("utf-8").replace(
        "from adamdoc.optimizers.radam import", f"{line}from adamdoc.optimizers.radam import", 1
    )
    registry.write_text(edited, "utf-8")
    with (folder / "docs/references.bib").open("a", encoding="utf-8") as file:
        file.write(entry)
    table = folder / "adamdoc/dialects/table.py"
    start, end = table.read_text("utf-8").split("\n)\n\n#: Optimizers of the libraries", 1)
    table.write_text(f"{start}\n{row})\n\n#: Optimizers of the libraries{end}", "utf-8")
    return folder


def run(folder, *command):
    """Run Python in a folder, whose adamdoc goes before the one that is installed."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_everything_follows_from_the_four_places(copy):
    script = """
import adamdoc
from adamdoc import QHM, dialects, equations, lineage, vectors
from adamdoc.plotting import color

assert "QHM" in adamdoc.__all__ and adamdoc.__file__.startswith({folder!r})
assert equations.check(QHM) < 16 and not equations.tally(QHM).missed
assert "export function update" in equations.javascript(QHM)
assert lineage.year(QHM) == 2019 and QHM in lineage.methods()
assert lineage.properties(QHM).rotation
assert vectors.make(QHM)["cases"]
assert dialects.reproduce("pytorch_optimizer.QHM", {{"nu": 0.5}}).alpha == 0.5
call = dialects.translate("pytorch_optimizer.SGDW", to="pytorch_optimizer")
assert color(QHM).startswith("#")
print("all follows")
"""
    assert "all follows" in run(copy, "-c", script.format(folder=str(copy)))


def test_the_tests_of_all_optimizers_take_it_in(copy):
    names = [f"tests/{name}.py" for name in TESTS]
    options = ("-q", "-k", "QHM", "-p", "no:cacheprovider", "-W", "error", "--doctest-modules")
    out = run(copy, "-m", "pytest", *names, "adamdoc/optimizers/qhm.py", *options)
    assert int(re.search(r"(\d+) passed", out)[1]) > 40
    assert "failed" not in out


def test_the_lineage_of_the_copy_is_whole(copy):
    out = run(copy, "-m", "pytest", "tests/test_lineage.py", "-q", "-p", "no:cacheprovider")
    assert " passed" in out
