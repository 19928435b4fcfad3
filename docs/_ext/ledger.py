"""The claims: a line where the text makes them, the ledger, and the table of the papers run again.

Every claim is tested before any page is read, unless its evidence is still valid. A claim whose
outcome differs from the recorded one, or that no page shows, is a warning.

``{claims}``, with ids in its lines, shows these claims; ``{ledger}`` all of them;
``{papers}`` those that repeat a paper's experiment. Their Markdown is in docs/_templates.
"""

import inspect
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

from algorithm import render
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata

import claims
from claims import Case, Claim, Evidence, store

logger = logging.getLogger(__name__)

LEDGER = "evidence/ledger"
#: The evidence for each claim, measured before the pages are read.
EVIDENCE: dict[str, Evidence] = {}
#: A verdict must not be shown by its colour alone.
SIGNS = {"holds": "✓", "holds under conditions": "±", "does not hold": "✗"}
#: What the ledger can be filtered by: the attribute of an entry, its label, its values.
ORIGINS = (claims.ARTICLE, claims.COMMON, "a paper")
FILTERS = (
    ("verdict", "Verdict", claims.VERDICTS),
    ("topic", "Topic", claims.TOPICS),
    ("origin", "Source", ORIGINS),
)


def format_number(value: Any) -> str:
    """Return a number as the tables show it.

    >>> format_number(1234.5), format_number(0.000123456), format_number(20)
    ('1234', '0.000123', '20')
    """
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    if value and (abs(value) < 1e-4 or abs(value) >= 1e5):
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.4g}" if abs(value) >= 1000 else f"{value:.3g}"


def measured(case: Case) -> str:
    """Return the measured value of a case, or its range over the seeds."""
    low, high = format_number(min(case.values)), format_number(max(case.values))
    if len(case.values) == 1 or low == high:
        return low
    return f"{low} to {high} ({len(case.values)} seeds)"


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
        functions = {"measured": measured, "number": format_number, "signs": SIGNS}
        root = "../" * self.env.docname.count("/")
        entries = [entry(claim) for claim in chosen]
        place = self.get_location()
        text = render(template, place, entries=entries, root=root, **functions, **values)
        return self.parse_text_to_nodes(text)


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
        return self.show("claims.md", order, ledger=True, filters=FILTERS, counts=counts)


class Papers(ClaimDirective):
    """The papers whose experiments were repeated: their number, ours, the reason."""

    def run(self) -> list[nodes.Node]:
        """Return the table, in the order of the years."""
        repeated = [claim for claim in claims.CLAIMS.values() if claim.report is not None]
        return self.show("papers.md", sorted(repeated, key=lambda claim: claim.source[-4:]))


class ClaimPages(SphinxRole):
    """Links to the pages that show a claim, which are known when all have been read."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the place of the links."""
        return [nodes.inline(claim=self.text)], []


def measure(app: Sphinx) -> None:
    """Test every claim."""
    folder = Path(app.confdir, "_build", "evidence")
    EVIDENCE.update(store.measure_all(folder, jobs=2))
    for path in folder.glob("*.json"):
        if path.stem not in claims.CLAIMS:
            path.unlink()
    for evidence in EVIDENCE.values():
        for case in evidence.surprises:
            outcome = "holds" if case.holds else "does not hold"
            logger.warning(
                "the claim %s has another outcome than recorded: in the case %r it %s (%s %s %g)",
                *(evidence.id, case.condition, outcome, measured(case), case.relation, case.bound),
            )


def pages(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return for each claim the pages that show it."""
    found: dict[str, list[str]] = {name: [] for name in claims.CLAIMS}
    for page in sorted(env.found_docs):
        for name in str(env.metadata[page].get("claims", "")).split():
            found[name].append(page)
    return found


def check(_app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of claims that no page shows."""
    for name, where in pages(env).items():
        if not where:
            logger.warning("no page shows the claim %s", name)


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link each claim of the ledger to the pages that show it."""
    if docname != LEDGER:
        return
    shown = pages(app.env)
    for place in list(doctree.findall(nodes.inline)):
        if "claim" not in place:
            continue
        links: list[nodes.Node] = []
        for page in shown[place["claim"]]:
            uri = f"{app.builder.get_relative_uri(docname, page)}#claim-{place['claim']}"
            title = app.env.titles[page].astext()
            links += [nodes.Text(", ")] if links else []
            links.append(nodes.reference("", title, refuri=uri, internal=True))
        place.replace_self(links)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them."""
    app.add_directive("claims", Claims)
    app.add_directive("ledger", Ledger)
    app.add_directive("papers", Papers)
    app.add_role("claim-pages", ClaimPages())
    app.add_js_file("ledger.js")
    app.connect("builder-inited", measure, priority=100)
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
