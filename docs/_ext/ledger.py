"""The claims: a line where the text makes them, the ledger, and the table of the papers run again.

Every claim is tested before any page is read, unless its evidence is still valid. A claim whose
outcome differs from the recorded one is a warning.

``{claims}``, with ids in its lines, shows these claims; ``{ledger}`` all of them;
``{papers}`` those that repeat a paper's experiment. Their Markdown is in docs/_templates.
"""

import inspect
import re
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import freshness
from docutils import nodes
from reference import render
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

import claims
from claims import Claim, Evidence, store
from claims.core import format_number

logger = logging.getLogger(__name__)

TITLE = re.compile(r"^# (.*)", re.MULTILINE)
#: The evidence for each claim, measured before the pages are read.
EVIDENCE: dict[str, Evidence] = {}
#: A verdict must not be shown by its colour alone.
SIGNS = {"holds": "✓", "holds under conditions": "±", "does not hold": "✗"}
#: The filters of the ledger: attribute of an entry, label, values.
ORIGINS = (claims.ARTICLE, claims.COMMON, "a paper")
FILTERS = (
    ("verdict", "Verdict", claims.VERDICTS),
    ("topic", "Topic", claims.TOPICS),
    ("origin", "Source", ORIGINS),
)


def entry(claim: Claim) -> dict[str, Any]:
    """Return what the templates show of a claim."""
    paper = claim.source not in (claims.ARTICLE, claims.COMMON)
    source = f"{{cite:t}}`{claim.source}`" if paper else claim.source
    return {
        "claim": claim,
        "evidence": EVIDENCE[claim.id],
        "description": inspect.getdoc(claim.run) or "",
        "origin": "a paper" if paper else claim.source,
        "source": f"{source}, {claim.place}" if claim.place else source,
        "code": textwrap.dedent(inspect.getsource(claim.run)),
    }


class ClaimDirective(SphinxDirective):
    """Base of the three."""

    def show(self, template: str, chosen: list[Claim], **values: Any) -> list[nodes.Node]:
        """Return the Markdown of a template as nodes."""
        values |= {"entries": [entry(claim) for claim in chosen], "signs": SIGNS}
        values |= {"number": format_number, "root": "../" * self.env.docname.count("/")}
        return self.parse_text_to_nodes(render(template, self.get_location(), **values))


class Claims(ClaimDirective):
    """Claims where the text makes them."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a box that unfolds for each."""
        names = [line.strip() for line in self.content if line.strip()]
        if unknown := [name for name in names if name not in claims.CLAIMS]:
            raise self.error(f"there is no claim {unknown[0]!r}")
        metadata = self.env.metadata[self.env.docname]
        metadata["claims"] = " ".join([metadata.get("claims", ""), *names])
        return self.show("claims.md", [claims.CLAIMS[name] for name in names], ledger=False)


class Ledger(ClaimDirective):
    """All claims, with filters that a script makes work."""

    def run(self) -> list[nodes.Node]:
        """Return the filters and an entry for each claim."""
        found = Counter(evidence.verdict for evidence in EVIDENCE.values())
        counts = {verdict: found[verdict] for verdict in claims.VERDICTS}
        order = sorted(claims.CLAIMS.values(), key=lambda claim: claims.TOPICS.index(claim.topic))
        shown = pages_that_show(Path(self.env.srcdir))
        values = {"filters": FILTERS, "counts": counts, "shown": shown}
        return self.show("claims.md", order, ledger=True, **values)


class Papers(ClaimDirective):
    """The papers whose experiments were repeated: their number, ours, the reason."""

    def run(self) -> list[nodes.Node]:
        """Return the table, in the order of the years."""
        repeated = [claim for claim in claims.CLAIMS.values() if claim.report is not None]
        return self.show("papers.md", sorted(repeated, key=lambda claim: claim.source[-4:]))


def measure(app: Sphinx) -> None:
    """Test every claim."""
    folder = Path(app.confdir, "_build", "evidence")
    EVIDENCE.update(store.measure_all(folder, jobs=2, verbose=True))
    for path in folder.glob("*.json"):
        if path.stem not in claims.CLAIMS:
            path.unlink()
    for evidence in EVIDENCE.values():
        for case in evidence.surprises:
            outcome = "holds" if case.holds else "does not hold"
            logger.warning(
                "the claim %s has another outcome than recorded: in the case %r it %s (%s %s %g)",
                *(evidence.id, case.condition, outcome, case.measured, case.relation, case.bound),
            )


def pages_that_show(docs: Path) -> dict[str, list[tuple[str, str]]]:
    """Return for each claim the pages that show it, and their titles."""
    shown: dict[str, list[tuple[str, str]]] = {name: [] for name in claims.CLAIMS}
    for path in freshness.found(docs, "**/*.md"):
        text = path.read_text("utf-8")
        for name in " ".join(freshness.CLAIMS.findall(text)).split():
            page = path.relative_to(docs).with_suffix("").as_posix()
            shown[name].append((page, TITLE.findall(text)[0]))
    return shown


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them."""
    app.add_directive("claims", Claims)
    app.add_directive("ledger", Ledger)
    app.add_directive("papers", Papers)
    app.add_js_file("ledger.js")
    app.connect("builder-inited", measure, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
