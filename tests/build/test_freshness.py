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
sys.path[:0] = ["docs/_ext", "docs"]
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


MUON = "adamdoc/optimizers/methods/muon.py"
MATRICES = "gallery/5_the_literature/plot_12_matrices_and_schedules.py"
MOMENTUM, KERNEL = "docs/theory/momentum.md", "docs/theory/kernel.md"
ARTICLE = "gallery/1_the_article/plot_2_momentum_and_adam.py"


@pytest.mark.parametrize(
    ("changed", "old", "new", "stale", "fresh"),
    [
        # Code: the results that run it, and all pages.
        (
            MUON,
            "\ndef ",
            "\nX = 1\n\n\ndef ",
            {"site", "generated", MATRICES},
            {"figures", MOMENTUM},
        ),
        ("adamdoc/problems.py", "\ndef ", "\nX = 1\n\n\ndef ", {MOMENTUM, ARTICLE}, {"figures"}),
        ("docs/claims/after.py", "TOPIC = ", "X = TOPIC = ", {"site"}, {"figures", MOMENTUM}),
        # An equation of a docstring, not the words around it, nor a comment.
        (MUON, r"\mu b_{t-1}", r"\mu  b_{t-1}", {"site", "generated", MATRICES}, {MOMENTUM}),
        (MUON, "Parameters\n", "Parameters \n", {"site"}, {"generated", MATRICES, KERNEL}),
        (MUON, "\ndef ", "\n# A comment.\ndef ", {"site"}, {"generated", MATRICES, KERNEL}),
        # A record, and the pages that read it.
        (
            "docs/theory/bench.json",
            "{",
            "{ ",
            {"site", KERNEL},
            {"figures", MOMENTUM, "docs/evidence/tasks.md"},
        ),
        (
            "docs/evidence/study.json",
            "{",
            "{ ",
            {"site", "docs/evidence/benchmark.md", "docs/theory/matrices.md"},
            {"figures", KERNEL, "docs/evidence/tasks.md"},
        ),
        # The words of a page, and the claims that it shows.
        (MOMENTUM, "In a ravine", "Within a ravine", set(), {"site", "figures", MOMENTUM}),
        (MOMENTUM, "```{claims}\n", "```{claims}\nadam-memory\n", {"site"}, {MOMENTUM}),
        ("adamdoc/style.mplstyle", "\n", "\n\n", {"figures"}, {MOMENTUM}),
    ],
)
def test_a_change_makes_what_depends_on_it_stale(copy, changed, old, new, stale, fresh):
    before = stamps(copy)
    path = copy / changed
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
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
    assert found.keys() == {"figures", "generated", "site", *scripts, *pages}
