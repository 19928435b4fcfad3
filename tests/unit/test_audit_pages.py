"""The pages of the audit show every docstring and finding, with numbers that are computed."""

import re
from pathlib import Path

import numpy as np
import pytest

from adamdoc.audit import drafts, record
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


def test_the_text_is_executed_again_and_the_repair_agrees(found):
    name = "mlx.optimizers.Lion"
    again = record.rerun(pages.row_of(found[name]), found[name], 0)
    np.testing.assert_allclose(again.repaired, again.library, rtol=1e-9)
    assert np.abs(again.written - again.library).max() > 0.01


def test_what_katex_cannot_read_is_shown_as_code():
    assert pages.formula(r"\unheardof{x}") == r'<code class="unread">\unheardof{x}</code>'
    assert "katex" in pages.formula(r"\textit{weight_decay} \hspace{5mm} \rule{110mm}{0.4pt}")
