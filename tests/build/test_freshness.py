"""What a change makes stale: the results that depend on it, and no others."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import json, sys
from pathlib import Path
sys.path.insert(0, "docs/_ext")
import freshness
print(json.dumps(freshness.stamps(Path.cwd())))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    skip = shutil.ignore_patterns("_build", "auto_gallery", "__pycache__", "api")
    for name in ("adamdoc", "docs", "gallery"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    return folder


def stamps(folder):
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("changed", "stale", "fresh"),
    [
        (
            "adamdoc/optimizers/methods/muon.py",
            {"package", "gallery/5_the_literature/plot_12_matrices_and_schedules.py"},
            {"shared", "docs/theory/momentum.md", "gallery/3_landscapes/plot_4_basins.py"},
        ),
        (
            "adamdoc/plotting.py",
            {
                "package",
                "docs/theory/momentum.md",
                "gallery/1_the_article/plot_2_momentum_and_adam.py",
            },
            {"shared"},
        ),
        (
            "adamdoc/problems.py",
            {
                "package",
                "docs/theory/momentum.md",
                "gallery/1_the_article/plot_2_momentum_and_adam.py",
            },
            {"shared"},
        ),
        (
            "docs/claims/after.py",
            {"package"},
            {"shared", "docs/theory/momentum.md", "gallery/5_the_literature/plot_13_warm_up.py"},
        ),
        ("docs/_ext/ledger.py", {"package"}, {"shared", "docs/theory/momentum.md"}),
    ],
)
def test_a_change_makes_what_depends_on_it_stale(copy, changed, stale, fresh):
    before = stamps(copy)
    path = copy / changed
    text = path.read_text("utf-8")
    path.write_text(text + "\n# changed\n", "utf-8")
    after = stamps(copy)
    path.write_text(text, "utf-8")
    assert before.keys() == after.keys()
    different = {name for name in before if before[name] != after[name]}
    assert stale <= different
    assert not fresh & different
    assert stamps(copy) == before


def test_every_page_with_cells_and_every_script_has_a_stamp(copy):
    found = stamps(copy)
    scripts = [p.relative_to(ROOT).as_posix() for p in ROOT.glob("gallery/*/plot_*.py")]
    pages = [
        p.relative_to(ROOT).as_posix()
        for p in ROOT.glob("docs/**/*.md")
        if "_build" not in p.parts and "```{code-cell}" in p.read_text("utf-8")
    ]
    assert found.keys() == {"shared", "package", *scripts, *pages}
