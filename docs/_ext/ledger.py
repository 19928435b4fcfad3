"""The claims: a line where the text makes them, the ledger, and the table of the papers run again.

Every claim is tested before any page is read, unless its evidence is still valid. A claim whose
outcome differs from the recorded one is a warning.

``{claims}``, with ids in its lines, shows these claims; ``{ledger}``, with a topic, those of the
topic, and without one a summary and filters; ``{papers}`` those that repeat a paper's experiment.
Their Markdown is in docs/_templates.
"""

import inspect
import itertools
import math
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
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
from claims import Case, Claim, Evidence, store, tuning
from claims.core import WORDS, format_number

logger = logging.getLogger(__name__)

TITLE = re.compile(r"^# (.*)", re.MULTILINE)
#: The evidence for each claim, measured before the pages are read.
EVIDENCE: dict[str, Evidence] = {}
#: A verdict must not be shown by its colour alone.
SIGNS = {word: sign for words in WORDS.values() for word, sign in zip(words, "✓±✗", strict=True)}
#: The filters of the ledger: attribute of an entry, label, values.
ORIGINS = (claims.ARTICLE, claims.COMMON, "a paper")
FILTERS = (
    ("verdict", "Verdict", claims.VERDICTS),
    ("topic", "Topic", claims.TOPICS),
    ("origin", "Source", ORIGINS),
)
#: The key of the article in the bibliography.
ARTICLE_KEY = "adamarticle"
#: The size of the plot beside a case.
WIDTH, HEIGHT = 150, 16


def entry(claim: Claim) -> dict[str, Any]:
    """Return what the templates show of a claim."""
    paper = claim.source not in (claims.ARTICLE, claims.COMMON)
    key = ARTICLE_KEY if claim.source == claims.ARTICLE else claim.source
    source = claim.source if claim.source == claims.COMMON else f"{{cite:t}}`{key}`"
    evidence = EVIDENCE[claim.id]
    return {
        "claim": claim,
        "evidence": evidence,
        "plots": list(plots(evidence.cases)),
        "description": inspect.getdoc(claim.run) or "",
        "origin": "a paper" if paper else claim.source,
        "source": f"{source}, {claim.place}" if claim.place else source,
        "code": textwrap.dedent(inspect.getsource(claim.run)),
    }


def plots(cases: Sequence[Case]) -> Iterable[tuple[str, list[tuple[Case, str]]]]:
    """Yield each measured quantity with its cases, and for each case a plot on a common axis."""
    for quantity, group in itertools.groupby(cases, key=lambda case: case.quantity):
        rows = list(group)
        numbers = [n for case in rows for n in (*case.values, case.bound.value) if math.isfinite(n)]
        low, high = min(numbers, default=0.0), max(numbers, default=1.0)
        scale = math.log10 if low > 0 and high > 5 * low else float
        ends = scale(low), scale(high)
        yield quantity, [(case, plot(case, ends, scale)) for case in rows]


def plot(case: Case, ends: tuple[float, float], scale: Any) -> str:
    """Return a drawing of a case's values, a dot for each seed, and of its bound, as SVG.

    The table beside it says the same in numbers, so it is hidden from assistive technology.
    """

    def place(value: Any) -> str:
        if math.isinf(value):
            return f"{WIDTH - 3 if value > 0 else 3:.1f}"
        share = (scale(value) - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0.5
        return f"{10 + share * (WIDTH - 20):.1f}"

    middle, bound = HEIGHT / 2, place(case.bound.value)
    # The side of the bound on which the statement holds.
    start, width = 0.0, float(bound)
    if case.relation in (">", ">="):
        start, width = width, WIDTH - width
    dots = "".join(f'<circle cx="{place(value)}" cy="{middle:g}" r="3"/>' for value in case.values)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true"><rect x="{start:.1f}" width="{width:.1f}" y="0" height="{HEIGHT}"/>'
        f'<path d="M{bound} 0V{HEIGHT}"/>{dots}</svg>'
    )


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
    """The claims of a topic; or, without one, a summary, and filters that a script makes work."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return an entry for each claim, or the summary."""
        if not self.arguments:
            return self.summary()
        topic = self.arguments[0]
        if topic not in claims.TOPICS:
            raise self.error(f"topic must be one of {', '.join(claims.TOPICS)}, got {topic!r}")
        chosen = [claim for claim in claims.CLAIMS.values() if claim.topic == topic]
        shown = pages_that_show(Path(self.env.srcdir))
        return self.show("claims.md", chosen, ledger=True, shown=shown)

    def summary(self) -> list[nodes.Node]:
        """Return the verdicts counted by topic, and the filters."""
        found = Counter((claims.CLAIMS[name].topic, e.verdict) for name, e in EVIDENCE.items())
        kinds = list(zip(*WORDS.values(), strict=True))
        rows = [
            (
                {"name": topic, "anchor": nodes.make_id(topic)},
                [sum(found[topic, word] for word in words) for words in kinds],
            )
            for topic in claims.TOPICS
        ]
        values = {
            "groups": [(SIGNS[words[0]], " / ".join(words)) for words in kinds],
            "rows": rows,
            "totals": [sum(column) for column in zip(*(row for _, row in rows), strict=True)],
            "filters": FILTERS,
            "total": len(EVIDENCE),
            "searched": tuning.DATE,
        }
        return self.parse_text_to_nodes(render("ledger.md", self.get_location(), **values))


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
        for objection in claims.objections(claims.CLAIMS[evidence.id], evidence):
            logger.warning("the claim %s: %s", evidence.id, objection)


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
