"""The claims: a line where the text makes them, the ledger, and the table of the papers run again.

Before any page is read every claim is put to the test, unless its evidence is kept. A claim that
comes out otherwise than known, or that no page shows, is a warning.

``{claims}``, with ids in its lines, shows these claims; ``{ledger}`` all of them;
``{papers}`` those that run a paper's experiment again.
"""

import html
import inspect
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

import claims
from claims import Case, Claim, Evidence, store

logger = logging.getLogger(__name__)

LEDGER = "evidence/ledger"
#: The evidence for each claim, measured before the pages are read.
FOUND: dict[str, Evidence] = {}
#: What a verdict looks like: it must not be told by its colour alone.
SIGNS = {"holds": "✓", "holds under conditions": "±", "does not hold": "✗"}


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
    """Return what came out: one number, or the range over the seeds."""
    low, high = format_number(min(case.values)), format_number(max(case.values))
    if len(case.values) == 1 or low == high:
        return low
    return f"{low} to {high} ({len(case.values)} seeds)"


def raw(text: str) -> nodes.raw:
    """Return HTML as a node."""
    return nodes.raw("", text, format="html")


def cases_table(evidence: Evidence) -> str:
    """Return the table of the cases, in HTML."""
    rows = []
    for case in evidence.cases:
        sign = "✓" if case.holds else "✗"
        word = "holds" if case.holds else "does not hold"
        bound = f"{html.escape(case.relation)} {format_number(case.bound)}"
        cells = (html.escape(case.condition), html.escape(case.quantity), measured(case), bound)
        rows.append(
            "<tr>"
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + f'<td><span aria-hidden="true">{sign}</span> {word}</td></tr>'
        )
    head = "".join(
        f"<th>{name}</th>"
        for name in ("condition", "measured quantity", "value", "it holds if", "")
    )
    return (
        '<div class="table-scroll"><table class="table"><thead><tr>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def badge(verdict: str) -> str:
    """Return a verdict in HTML."""
    kind = verdict.replace(" ", "-")
    return (
        f'<span class="verdict {kind}"><span aria-hidden="true">{SIGNS[verdict]}</span> '
        f"{verdict}</span>"
    )


def source(claim: Claim) -> str:
    """Return where a claim is made, as Markdown."""
    where = f"{{cite:t}}`{claim.source}`"
    if claim.source in (claims.ARTICLE, claims.COMMON):
        where = claim.source
    return f"{where}, {claim.place}" if claim.place else where


class ClaimDirective(SphinxDirective):
    """Base of the three."""

    def evidence(self, name: str) -> Evidence:
        """Return what came out for a claim."""
        return FOUND[name]

    def markdown(self, text: str) -> list[nodes.Node]:
        """Return Markdown as nodes."""
        return self.parse_text_to_nodes(text)

    def statement(self, claim: Claim, evidence: Evidence) -> nodes.raw:
        """Return the statement and the verdict."""
        text = html.escape(claim.statement)
        return raw(f'<span class="statement">{text}</span> {badge(evidence.verdict)}')


class Claims(ClaimDirective):
    """Claims where the text makes them."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a box that unfolds for each."""
        boxes: list[nodes.Node] = [raw('<div class="claims">')]
        shown = self.env.metadata[self.env.docname].setdefault("claims", "")
        for name in (line.strip() for line in self.content if line.strip()):
            if name not in claims.CLAIMS:
                raise self.error(f"there is no claim {name!r}")
            claim, evidence = claims.CLAIMS[name], self.evidence(name)
            shown += f" {name}"
            boxes += [
                raw(f'<details class="claim" id="claim-{name}"><summary>'),
                self.statement(claim, evidence),
                raw("</summary>"),
                *self.markdown(inspect.getdoc(claim.run) or ""),
                raw(cases_table(evidence)),
                nodes.paragraph("", "", nodes.Text("Claim "), nodes.inline(ledger=name)),
                raw("</details>"),
            ]
        self.env.metadata[self.env.docname]["claims"] = shown
        return [*boxes, raw("</div>")]


class Ledger(ClaimDirective):
    """All claims, with filters that a script makes work."""

    def run(self) -> list[nodes.Node]:
        """Return the filters and an entry for each claim."""
        found = {name: self.evidence(name) for name in claims.CLAIMS}
        counts = Counter(evidence.verdict for evidence in found.values())
        order = sorted(claims.CLAIMS.values(), key=lambda claim: claims.TOPICS.index(claim.topic))

        def options(values: Any) -> str:
            return "".join(f"<option>{value}</option>" for value in values)

        origins = (claims.ARTICLE, claims.COMMON, "a paper")
        parts: list[nodes.Node] = [
            raw(
                '<form class="ledger-filter" hidden>'
                f'<label>Verdict <select name="verdict"><option value="">all</option>'
                f"{options(claims.VERDICTS)}</select></label>"
                f'<label>Topic <select name="topic"><option value="">all</option>'
                f"{options(claims.TOPICS)}</select></label>"
                f'<label>Source <select name="origin"><option value="">all</option>'
                f"{options(origins)}</select></label>"
                f'<output>{len(order)} claims</output></form><p class="ledger-counts">'
                + " · ".join(f"{badge(v)} {counts[v]}" for v in claims.VERDICTS)
                + "</p>"
            )
        ]
        for claim in order:
            evidence = found[claim.id]
            origin = claim.source if claim.source in (claims.ARTICLE, claims.COMMON) else "a paper"
            links = nodes.paragraph("", "", nodes.Text("Shown in "), nodes.inline(pages=claim.id))
            gallery = (
                self.markdown(f"Figure: {{doc}}`/auto_gallery/{claim.gallery}`")
                if claim.gallery
                else []
            )
            code = highlight(
                textwrap.dedent(inspect.getsource(claim.run)),
                PythonLexer(),
                HtmlFormatter(wrapcode=True),
            )
            parts += [
                raw(
                    f'<details class="claim" id="claim-{claim.id}" data-origin="{origin}" '
                    f'data-topic="{html.escape(claim.topic)}" data-verdict="{evidence.verdict}">'
                    "<summary>"
                ),
                self.statement(claim, evidence),
                raw("</summary>"),
                *self.markdown(f"Said in {source(claim)}. Topic: {claim.topic}. Id: `{claim.id}`."),
                *self.markdown(inspect.getdoc(claim.run) or ""),
                raw(cases_table(evidence)),
                links,
                *gallery,
                raw(
                    f'<details class="source"><summary>The experiment</summary>{code}</details>'
                    "</details>"
                ),
            ]
        return parts


class Papers(ClaimDirective):
    """The papers whose experiments were run again: their number, ours, the reason."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        head = "| Paper and finding | The paper's number | Ours | Set-up and difference |\n"
        lines = [head, "| :--- | :--- | :--- | :--- |\n"]
        for claim in sorted(claims.CLAIMS.values(), key=lambda claim: claim.source[-4:]):
            if claim.report is None:
                continue
            ours, quantity = [], ""
            for case in self.evidence(claim.id).cases:
                if case.quantity != quantity:
                    quantity = case.quantity
                    ours.append(f"*{quantity}*")
                ours.append(f"{case.condition}: **{measured(case)}**")
            cells = (
                f"{{cite:t}}`{claim.source}`, {claim.place}. {claim.statement} "
                f"{{doc}}`Figure </auto_gallery/{claim.gallery}>`",
                claim.report.number,
                "<br>".join(ours),
                f"{claim.report.setup}. {claim.report.difference}",
            )
            lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |\n")
        return [raw('<div class="papers">'), *self.markdown("".join(lines)), raw("</div>")]


def measure(app: Sphinx) -> None:
    """Put every claim to the test."""
    folder = Path(app.confdir, "_build", "evidence")
    found = store.measure_all(folder, jobs=2)
    for path in folder.glob("*.json"):
        if path.stem not in claims.CLAIMS:
            path.unlink()
    for evidence in found.values():
        for case in evidence.surprises:
            outcome = "holds" if case.holds else "does not hold"
            logger.warning(
                "the claim %s came out otherwise than known: in the case %r it %s (%s %s %g)",
                evidence.id,
                case.condition,
                outcome,
                measured(case),
                case.relation,
                case.bound,
            )
    FOUND.update(found)


def pages(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return for each claim the pages that show it."""
    found: dict[str, list[str]] = {name: [] for name in claims.CLAIMS}
    for page in sorted(env.found_docs):
        for name in str(env.metadata[page].get("claims", "")).split():
            found[name].append(page)
    return found


def check(_app: Sphinx, env: BuildEnvironment) -> None:
    """Say which claims no page shows."""
    for name, where in pages(env).items():
        if not where:
            logger.warning("no page shows the claim %s", name)


def changed(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the ledger anew in each build: where a claim is shown may have changed."""
    return [LEDGER] if LEDGER in env.found_docs else []


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make the links between claims and ledger."""

    def reference(page: str, anchor: str, text: str) -> nodes.reference:
        uri = f"{app.builder.get_relative_uri(docname, page)}#{anchor}"
        return nodes.reference("", text, refuri=uri, internal=True)

    shown = pages(app.env) if docname == LEDGER else {}
    for node in list(doctree.findall(nodes.inline)):
        if "ledger" in node:
            name = node["ledger"]
            node.replace_self(reference(LEDGER, f"claim-{name}", name))
        elif "pages" in node:
            parts: list[nodes.Node] = []
            for page in shown[node["pages"]]:
                title = app.env.titles[page].astext()
                comma = [nodes.Text(", ")] if parts else []
                parts += [*comma, reference(page, f"claim-{node['pages']}", title)]
            node.replace_self(parts)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them."""
    app.add_directive("claims", Claims)
    app.add_directive("ledger", Ledger)
    app.add_directive("papers", Papers)
    app.add_js_file("ledger.js", loading_method="defer")
    app.connect("builder-inited", measure, priority=100)
    app.connect("env-check-consistency", check)
    app.connect("env-updated", changed)
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
