"""Each symptom has its cause, a run that shows it, a cure, the same run cured, and a link."""

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "practice"
PAGES = sorted(page.stem for page in FOLDER.glob("symptoms-*.md"))
CELL = re.compile(r"^```\{code-cell\}\n(?:---\n.*?\n---\n)?(?::[^\n]*\n)*(.*?)^```$", re.M | re.S)
ENTRY = re.compile(r"^\(([\w-]+)\)=\n## (.+)\n", re.M)


@cache
def entries(page):
    """Return the entries of a page: its anchor, title and text."""
    parts = ENTRY.split((FOLDER / f"{page}.md").read_text("utf-8"))[1:]
    return list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))


ALL = [entry for page in PAGES for entry in entries(page)]


def halves(text):
    """Return the parts of an entry: what shows the symptom, and what follows the cure."""
    before, cure, after = text.partition("\n**Cure.** ")
    assert cure
    return before, after


def test_there_are_many_and_none_twice():
    assert len(ALL) >= 30
    for column in (0, 1):
        assert len({entry[column] for entry in ALL}) == len(ALL)


@pytest.mark.parametrize(("anchor", "title", "text"), ALL, ids=[entry[0] for entry in ALL])
def test_an_entry_has_all_its_parts(anchor, title, text):
    before, after = halves(text)
    assert "```{index} " in before, title
    equation = re.search(r"^\$\$ .+? \$\$|^\$\$ .+?\n.*?\$\$", before, re.M | re.S)
    assert equation, title
    assert equation.start() < CELL.search(before).start()
    for half in (before, after):
        runs = CELL.findall(half)
        assert len(runs) == 1
        assert 0 < len(runs[0].strip().splitlines()) <= 20, title
    met = re.search(r"^Met in: (.+)\Z", after.rstrip(), re.M | re.S)
    assert re.findall(r"\]\((https://[^)\s]+)\)", met[1]), title
    assert f"](#{anchor})" in (FOLDER / "symptoms.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_the_cured_run_has_another_outcome(page):
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    names = {"__name__": page}
    exec(CELL.search(text)[1], names)
    for _, title, entry in entries(page):
        outcomes = []
        for half in halves(entry):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(CELL.search(half)[1], names)
            outcomes.append(printed.getvalue())
        assert all(outcomes), title
        assert outcomes[0] != outcomes[1], title
