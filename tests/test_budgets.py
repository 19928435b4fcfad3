"""What pages cost, and which have moved."""

import csv
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def budgets():
    sys.path.insert(0, str(ROOT / "docs" / "_ext"))
    try:
        import budgets

        yield budgets
    finally:
        sys.path.remove(str(ROOT / "docs" / "_ext"))


@pytest.fixture
def usual(budgets):
    costs = [budgets.Cost(f"p{k}", 4.0 + k, 10_000 * (k + 1)) for k in range(5)]
    return {cost.page: cost for cost in costs}


def test_what_moves_is_told_and_what_does_not_is_not(budgets, usual):
    def of(page, seconds=None, size=None):
        now = [budgets.Cost(c.page, c.seconds, c.bytes) for c in usual.values()]
        now[page].seconds = seconds or now[page].seconds
        now[page].bytes = size or now[page].bytes
        return budgets.moved(now, usual)

    assert of(0) == []
    assert of(0, seconds=4.9) == []
    assert of(0, seconds=5.2) == ["p0: 4 -> 5.2 s"]
    assert of(0, seconds=2.9) == ["p0: 4 -> 2.9 s"]
    assert of(4, size=62_000) == []
    assert of(4, size=63_000) == ["p4: 50000 -> 63000 bytes"]
    assert budgets.moved(list(usual.values())[1:], usual) == ["p0: gone"]
    assert budgets.moved([*usual.values(), budgets.Cost("q", 1.0, 1)], usual) == ["q: new"]


def test_a_slower_machine_moves_nothing(budgets, usual):
    slower = [budgets.Cost(c.page, 3 * c.seconds, c.bytes) for c in usual.values()]
    assert budgets.moved(slower, usual) == []
    slower[1].seconds *= 2
    assert budgets.moved(slower, usual) == ["p1: 5 -> 10 s"]


def test_what_is_written_is_read(budgets, usual, tmp_path):
    assert budgets.read(tmp_path / "none.csv") == {}
    budgets.write(tmp_path / "b.csv", list(usual.values()))
    assert budgets.read(tmp_path / "b.csv") == usual


def test_every_page_and_script_has_a_budget():
    with (ROOT / "docs" / "budgets.csv").open(encoding="utf-8", newline="") as file:
        known = {row["page"] for row in csv.DictReader(file)}
    scripts = {
        f"auto_gallery/{path.parent.name}/{path.stem}" for path in ROOT.glob("gallery/*/plot_*.py")
    }
    pages = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for path in ROOT.glob("docs/**/*.md")
        if not {"_build", "auto_gallery"} & set(path.parts)
    }
    assert scripts | pages <= known
