"""The pages of the audit show every docstring and finding, with numbers that are computed."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from adamdoc.audit import drafts, record
from adamdoc.audit.comparing import problem, repaired, with_symbols
from adamdoc.audit.docstrings import read
from adamdoc.audit.paths import execute
from adamdoc.audit.rows import rows

pages = pytest.importorskip("audit_pages", reason="the extensions need Sphinx")
DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.skipif(
    not (DOCS / "family" / "audit.json").exists(), reason="nox -s audit_docs makes the record"
)


@pytest.fixture(scope="module")
def found():
    return pages.entries(DOCS)


def test_every_row_has_an_entry_with_version_and_date(found):
    assert [*found] == [*rows()]
    for name, entry in found.items():
        assert entry["verdict"] in pages.VERDICTS, name
        assert re.fullmatch(r"\d[\w.]*", entry["version"]), name
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", entry["date"]), name


def test_names_differ_where_files_ignore_case(found):
    assert len({name.lower() for name in found}) == len(found)


def test_the_counts_are_those_of_the_record(found):
    values = pages.summary(found)
    assert sum(values["verdicts"].values()) == values["total"] == len(rows())
    assert values["findings"] == sum(len(pages.row_of(e).findings) for e in found.values())
    assert values["findings"] == sum(number for _, _, number, _ in values["kinds"])
    listed = sum(
        len(part["pages"]) + len(part["without"]) + len(part["unreadable"])
        for part in values["libraries"]
    )
    assert listed == len(rows())


@pytest.mark.parametrize("name", [n for n, row in rows().items() if row.findings][::8])
def test_a_page_shows_every_finding_and_its_draft(found, name):
    text, row = pages.page(name, found[name]), pages.row_of(found[name])
    for number, finding in enumerate(row.findings):
        assert f"({name}-finding-{number + 1})=" in text
        assert finding.says in text
        if not finding.threads:
            assert drafts.draft(row, found[name], number) in text
        if finding.repair:
            assert "<del>" in text or "<ins>" in text


def numbers(name):
    """Return the numbers of the findings of a docstring whose record has values to compare."""
    recorded = pages.entries(DOCS)[name]["findings"]
    return [k for k, finding in enumerate(recorded) if finding and finding["what"]]


RECORDED = (DOCS / "family" / "audit.json").exists()
SHOWN = [name for name in rows() if numbers(name)] if RECORDED else []


@pytest.mark.no_cover
@pytest.mark.parametrize("name", SHOWN)
def test_recorded_texts_differ_as_written_and_agree_when_repaired(found, name):
    row, entry = pages.row_of(found[name]), found[name]
    for number in numbers(name):
        try:
            again = record.rerun(row, entry, number)
        except ImportError:  # an operator of the text is the library's
            continue
        tolerance = 50 * max(row.tolerance, *row.tolerances.values(), 0)
        scale = np.nanmax(np.abs(again.library), initial=1e-12)
        off = np.abs(again.repaired - again.library)
        np.testing.assert_array_less(np.nan_to_num(off), tolerance * scale + 1e-300)
        if again.written is not None:
            assert not np.array_equal(again.written, again.library, equal_nan=True)


def test_what_katex_cannot_read_is_shown_as_code():
    assert pages.formula(r"\unheardof{x}") == r'<code class="unread">\unheardof{x}</code>'
    assert "katex" in pages.formula(r"\textit{weight_decay} \hspace{5mm} \rule{110mm}{0.4pt}")


def test_the_recursion_of_lbfgs_is_the_two_loop_recursion(found):
    name = "optax.scale_by_lbfgs"
    row, text = pages.row_of(found[name]), found[name]["text"]
    reading = read(repaired(text, row.findings), with_symbols(row, row.findings))
    given = problem(row.shapes[0], row.steps)
    arguments = ast.literal_eval(found[name]["defaults"]) | {"memory_size": 3}
    points = [given.theta, *execute(reading, arguments, given, row.steps).values]
    for k in range(1, row.steps):
        pairs = [
            (points[j + 1] - points[j], given.gradients[j + 1] - given.gradients[j])
            for j in range(max(0, k - 3), k)
        ]
        direction, kept = given.gradients[k], []
        for w, u in reversed(pairs):
            kept.append(np.sum(w * direction) / np.sum(u * w))
            direction = direction - kept[-1] * u
        w, u = pairs[-1]
        direction = direction * np.sum(w * u) / np.sum(u * u)
        for (w, u), alpha in zip(pairs, reversed(kept), strict=True):
            direction = direction + w * (alpha - np.sum(u * direction) / np.sum(u * w))
        step = points[k + 1] - points[k]
        np.testing.assert_allclose(step, direction, rtol=1e-8, atol=1e-9 * np.abs(step).max())
