"""The audit of other libraries' docstrings: its tables, and a page for each that is executed.

The libraries are not needed: what they computed is in docs/family/audit.json, which `nox -s
audit_docs` renews. The recorded equations are executed again when the pages are made, as they are
written and repaired. ``{audit}`` shows the tables.
"""

import difflib
import html
import itertools
import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dialects_pages
import maths
import numpy as np
from docutils import nodes
from freshness import MAKING, hash_files, hash_texts
from reference import render
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import dialects
from adamdoc.audit import drafts, record
from adamdoc.audit.bindings import (
    KINDS,
    Bindings,
    Described,
    Finding,
    Found,
    Operator,
    Row,
    State,
    Use,
    current,
)
from adamdoc.audit.comparing import repaired, with_symbols
from adamdoc.audit.docstrings import block_of, is_python
from adamdoc.audit.reading import Block, blocks, classified
from adamdoc.audit.rows import LIBRARIES, rows
from adamdoc.equations.grammar import EquationError

#: The verdicts, with the class and the sign of their badges: none is shown by its colour alone.
VERDICTS = {
    "true": ("holds", "✓"),
    "true with conditions": ("holds-under-conditions", "±"),
    "false": ("does-not-hold", "✗"),
    "code at fault": ("does-not-hold", "≠"),
    "not readable": ("unread", "?"),
    "no equations": ("unread", "–"),
}
#: The verdicts of docstrings that are executed.
EXECUTED = ("true", "true with conditions", "false", "code at fault")
#: The rows of a table of a run, and the size of its drawing.
SHOWN, WIDTH, HEIGHT = 6, 360, 190
#: What KaTeX does not know, or not as it is written in docstrings.
UNKNOWN = re.compile(r"\\(?:rule\{[^{}]*\}\{[^{}]*\}|label\{[^{}]*\}|nonumber|notag)")
WORDS = re.compile(r"\\(?:text\w*|mathrm|mathit|mathtt|operatorname)\{[^{}]*\}")
#: What is beside a block that is not there.
NOTHING = (Use(0), Block("latex", ""))


def entries(docs: Path) -> dict[str, dict[str, Any]]:
    """Return the record by name."""
    path = docs / "family" / "audit.json"
    if not path.exists():
        raise ExtensionError("there is no docs/family/audit.json: nox -s audit_docs makes it")
    found = {entry["name"]: entry for entry in json.loads(path.read_text("utf-8"))["rows"]}
    stale = [
        name
        for name in rows()
        if name not in found
        or len(found[name]["findings"]) not in (0, len(row_of(found[name]).findings))
    ]
    if stale:
        raise ExtensionError(f"audit.json has no record of {stale}: nox -s audit_docs renews it")
    return {name: found[name] for name in rows()}


def row_of(entry: Mapping[str, Any]) -> Row:
    """Return the row of an entry of the record, with the findings of the version."""
    return current(rows()[entry["name"]], entry["version"])


def badge(verdict: str) -> str:
    """Return a verdict as HTML: a sign and words, with a colour."""
    kind, sign = VERDICTS[verdict]
    return f'<span class="verdict {kind}"><span aria-hidden="true">{sign}</span> {verdict}</span>'


def has_page(entry: Mapping[str, Any], row: Row) -> bool:
    """Return whether a docstring has a page of its own."""
    return entry["verdict"] in EXECUTED or bool(row.findings)


# Equations


def formula(latex: str, *, display: bool = True) -> str:
    """Return LaTeX of a docstring as HTML: typeset, or what KaTeX cannot read as code."""
    text = UNKNOWN.sub("", latex)
    text = WORDS.sub(lambda match: re.sub(r"(?<!\\)_", r"\_", match[0]), text)
    text = re.sub(r"\{\\bf\s+([^{}]*)\}|\\bf\s*\{([^{}]*)\}", r"\\textbf{\1\2}", text)
    text = " ".join(cell for line in maths.cells(text) for cell in line).strip() or "{}"
    try:
        return maths.display(text) if display else maths.inline(text)
    except maths.MathsError:
        return f'<code class="unread">{html.escape(latex)}</code>'


def lines(block: Block) -> list[tuple[int, str]]:
    """Return the lines of a block: how far each is indented, and its source."""
    if block.kind == "python":
        text = block.text.splitlines()
        return [(len(line) - len(line.lstrip()), line.strip()) for line in text if line.strip()]
    return [(row.indent, row.latex) for row in classified(block.text) if row.kind != "rule"]


def line_html(block: Block, line: tuple[int, str]) -> str:
    """Return a line of a block as HTML."""
    indent, source = line
    if block.kind == "python":
        return f"<pre>{' ' * indent}{html.escape(source)}</pre>"
    return f'<div class="audit-row" style="--indent:{indent // 5}">{formula(source)}</div>'


def shown(block: Block) -> str:
    """Return a block as Markdown: code, or a line of HTML with its equations."""
    if block.kind == "python":
        return f"```python\n{block.text}\n```"
    return (
        '<div class="audit-equations">'
        + "".join(line_html(block, line) for line in lines(block))
        + "</div>"
    )


def used(text: str, bindings: Bindings) -> list[tuple[Use, Block]]:
    """Return the blocks of a docstring that are executed, and how."""
    own = blocks(text)
    uses = bindings.blocks or [Use(number) for number in range(len(own))]
    found = ((use, block_of(use, own, text)) for use in uses)
    return [(use, block) for use, block in found if block.text.strip()]


def caption(use: Use) -> str:
    """Return when a block applies, in words; nothing if it always does."""
    parts = ["once, before the first step"] if use.start else []
    parts += ["in the first step"] if use.first else []
    parts += [f"if `{use.when}`"] if use.when else []
    parts += [f"where ${use.where}$"] if use.where else []
    parts += ["instead of the equations of the same quantities"] if use.replaces else []
    if isinstance(use.block, Mapping):
        words = list(use.block)[-1]
        parts.append(f"for the words \u201c{' '.join(words.split())}\u201d")
    elif use.words:
        parts.append(f"for the words \u201c{' '.join(use.words.split())}\u201d")
    elif isinstance(use.block, str):
        parts.append("from a sentence")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:] + ":" if text else ""


def documented(text: str, row: Row) -> list[tuple[str, str]]:
    """Return the equations that are executed as Markdown, each block once, with its caption."""
    found: dict[str, str] = {}
    for bindings in (row, *row.also):
        for use, block in used(text, bindings):
            found.setdefault(shown(block), caption(use))
    return [(said, block) for block, said in found.items()]


def changes(text: str, row: Row, finding: Finding) -> list[tuple[str, str]]:
    """Return the lines that a repair changes, as HTML, each after its mark."""
    found, seen = [], set()
    new_text = repaired(text, [finding])
    for bindings in (row, *row.also):
        old_blocks = used(text, bindings)
        new_blocks = used(new_text, with_symbols(bindings, [finding]))
        for (_, old), (_, new) in itertools.zip_longest(old_blocks, new_blocks, fillvalue=NOTHING):
            if old == new or (old.text, new.text) in seen:
                continue
            seen.add((old.text, new.text))
            before, now = lines(old), lines(new)
            matcher = difflib.SequenceMatcher(a=before, b=now, autojunk=False)
            for what, i, j, k, m in matcher.get_opcodes():
                if what != "equal":
                    found += [("\u2212", line_html(old, line)) for line in before[i:j]]
                    found += [("+", line_html(new, line)) for line in now[k:m]]
    if not found:  # a sentence
        for old_words, new_words in finding.repair:
            found.append(("\u2212", f"<p>{quoted(old_words)}</p>"))
            found.append(("+", f"<p>{quoted(new_words)}</p>"))
    return found


def quoted(words: str) -> str:
    r"""Return words of a docstring as HTML; as code if there is LaTeX among them.

    Examples
    --------
    >>> quoted("less than 1"), quoted(r"of \\theta")
    ('less than 1', '<code>of \\\\theta</code>')
    """
    text = html.escape(" ".join(words.split()), quote=False)
    return f"<code>{text}</code>" if "\\" in text else text


def change_html(changed: Sequence[tuple[str, str]]) -> str:
    """Return changed lines as one line of HTML."""
    parts = []
    for mark, line in changed:
        tag, word = ("del", "removed") if mark == "\u2212" else ("ins", "added")
        parts.append(
            f'<div class="audit-{tag}"><span class="audit-mark" aria-hidden="true">{mark}</span>'
            f'<span class="audit-spoken">{word}: </span><{tag}>{line}</{tag}></div>'
        )
    return f'<div class="audit-change">{"".join(parts)}</div>'


# What is bound and tried


def meaning(value: Any) -> str:
    """Return what a symbol is bound to, in words."""
    match value:
        case State(name=name, when=when):
            kept = f"the state `{name}`" if name else "kept from step to step"
            return kept + (f", if `{when}`" if when else "")
        case Found(name=name):
            return f"the state `{name}` after the step"
        case Operator():
            return "a function"
        case Described(words=words):
            return f"\u201c{' '.join(words.split())}\u201d"
        case float() | int():
            return f"{value:g}"
    if not isinstance(value, str):
        return "what the function is given"
    role = re.fullmatch(r"(?:the |within |a number |left out)[\w ]*", value)
    return str(value) if role else f"`{value}`"


def symbols_of(text: str, bindings: Bindings) -> list[tuple[str, str, str]]:
    """Return the symbols of a docstring: each as HTML, what it is bound to, its initial value."""
    python = any(block.kind == "python" for _, block in used(text, bindings))

    def written(source: str) -> str:
        if python:
            return f"<code>{html.escape(source)}</code>"
        return formula(source, display=False)

    found = []
    for latex, value in bindings.symbols.items():
        if isinstance(value, str) and value.startswith("= "):
            said = f"another way to write {written(value[2:])}"
        else:
            said = meaning(value)
        start = written(value.start) if isinstance(value, State) else ""
        found.append((written(latex), said.replace("|", "\\|"), start))
    return found


def argument(value: Any) -> str:
    """Return a value of an argument as it is written in a call."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"`{getattr(value, '__name__', None) or repr(value)}`"


def tried(bindings: Bindings) -> list[tuple[str, str]]:
    """Return the arguments that are tried, each with its values, and those that are given."""
    given = [(f"`{n}`", f"always {argument(v)}") for n, v in bindings.arguments.items()]
    options = [
        (f"`{n}`", " or ".join(map(argument, values))) for n, values in bindings.options.items()
    ]
    return [*(pair for pair in given if pair[0] not in dict(options)), *options]


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


# Findings


def recorded_finding(entry: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return the record of a finding; of a docstring that is not executed there is none."""
    return dict(entry["findings"][number]) if number < len(entry["findings"]) else {}


def size(found: Mapping[str, Any]) -> str:
    """Return how far the text is off in the case that shows a finding, in words."""
    if not found:
        return ""
    if found["message"]:
        return "cannot be executed"
    return f"{share(found)} of {whole_of(found['what'])}"


def share(found: Mapping[str, Any]) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> share({"share": 0.4736}), share({"share": 21.3}), share({"share": float("inf")})
    ('47%', '2,130%', 'infinitely many')
    """
    value = 100 * found["share"]
    if not np.isfinite(value):
        return "infinitely many"
    return f"{value:,.0f}%" if value >= 10 else f"{value:.2g}%"


def whole_of(what: str) -> str:
    """Return what a share is a share of."""
    return {"parameters": "the step", "value": "the value"}.get(what, f"the state `{what}`")


def run_of(row: Row, entry: Mapping[str, Any], number: int) -> dict[str, Any] | None:
    """Return the run that shows a finding: its first steps, and a drawing of all."""
    found = recorded_finding(entry, number)
    if not any(found.get("states", found.get("values", ()))):
        return None
    try:
        rerun = record.rerun(row, entry, number)
    except (EquationError, ImportError):  # a function of the row is the library's own
        return None
    first = max(0, found["step"] - 3)
    series = {"library": rerun.library, "repaired": rerun.repaired}
    if rerun.written is not None:
        series["as written"] = rerun.written
    columns = [name for name in ("library", "as written", "repaired") if name in series]
    head = ["step", *columns]
    table = [
        [str(k + 1), *(f"{series[name][k]:.6g}" for name in columns)]
        for k in range(first, min(first + SHOWN, len(rerun.library)))
    ]
    what = {"parameters": "coordinate", "value": "entry of the value"}
    return {
        "head": head,
        "rows": table,
        "what": what.get(found["what"] or "parameters", f"entry of the state `{found['what']}`"),
        "coordinate": rerun.coordinate,
        "drawing": drawing(series),
    }


def drawing(series: Mapping[str, np.ndarray]) -> str:
    """Return the values of a run by step as SVG, on one line; nothing if some are not finite."""
    values = np.concatenate(list(series.values()))
    steps = len(series["library"])
    values = values[np.isfinite(values)]
    if steps < 2 or not values.size or np.ptp(values) == 0:
        return ""
    left, bottom, top = 46, HEIGHT - 34, 24
    low, high = float(values.min()), float(values.max())

    def x(k: int) -> float:
        return left + (WIDTH - left - 8) * k / (steps - 1)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts = [
        f'<path class="axis" d="M{left} {top}V{bottom}H{WIDTH - 8}"/>',
        *(
            f'<text x="{left - 5}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>'
            for value in (low, high)
        ),
        *(
            f'<text x="{x(k):.1f}" y="{bottom + 14}" text-anchor="middle">{k + 1}</text>'
            for k in sorted({0, steps // 2, steps - 1})
        ),
        f'<text x="{(left + WIDTH) / 2:.0f}" y="{HEIGHT - 4}" text-anchor="middle">step</text>',
    ]
    for number, (name, line) in enumerate(series.items()):
        known = [(x(k), y(value)) for k, value in enumerate(line) if np.isfinite(value)]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in known)
        kind, at = name.replace(" ", "-"), left + 4 + 100 * number
        if name == "repaired":
            dots = (f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.2"/>' for a, b in known)
            parts.append(
                f'<g class="{kind}">{"".join(dots)}<circle cx="{at + 9}" cy="9" r="2.2"/></g>'
            )
        else:
            parts.append(f'<polyline class="{kind}" points="{points}"/>')
            parts.append(f'<path class="{kind}" d="M{at} 9h18"/>')
        parts.append(f'<text x="{at + 22}" y="13">{name}</text>')
    label = f"Values by step: {listed(list(series))}, from {low:.3g} to {high:.3g}"
    return (
        f'<svg class="audit-run" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def finding_of(row: Row, entry: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return what the page shows of a finding."""
    finding = row.findings[number]
    found = recorded_finding(entry, number)
    changed = changes(entry["text"], row, finding) if finding.repair else []
    return {
        "finding": finding,
        "found": found,
        "size": size(found),
        "lexer": "python" if not finding.code or is_python(finding.code[1]) else "text",
        "share": share(found) if found and not found["message"] else "",
        "largest": share(found["worst"]) if is_larger_elsewhere(found) else "",
        "whole": whole_of(found["what"]) if found else "",
        "call": call(row.name, found.get("arguments", "")),
        "change": change_html(changed) if changed else "",
        "source": drafts.suggestion(finding) if finding.repair else "",
        "run": run_of(row, entry, number),
        "threads": [(url, "/".join(url.split("/")[3:])) for url in finding.threads],
        "draft": drafts.draft(row, entry, number),
    }


def is_larger_elsewhere(found: Mapping[str, Any]) -> bool:
    """Return whether another case shows a finding more clearly than the smallest one."""
    return bool(found) and found["worst"]["share"] > 1.01 * found["share"]


def call(name: str, arguments: str) -> str:
    """Return a call as it is written."""
    return f"{name}({arguments})"


def page(name: str, entry: Mapping[str, Any]) -> str:
    """Return the page of a docstring as Markdown."""
    row = row_of(entry)
    executed = entry["verdict"] in EXECUTED
    tally = entry.get("teeth", {"tried": {}, "caught": {}, "missed": []})
    return render(
        "audit.md",
        f"family/audit/{name}",
        name=name,
        entry=entry,
        row=row,
        library=LIBRARIES[name.split(".")[0]],
        badge=badge(entry["verdict"]),
        executed=executed,
        counted=sum(not finding.reading for finding in row.findings),
        blocks=documented(entry["text"], row) if executed else [],
        symbols=[symbols_of(entry["text"], b) for b in (row, *row.also)] if executed else [],
        tried=[tried(bindings) for bindings in (row, *row.also)] if executed else [],
        first=row.first,
        steps=row.steps,
        tolerance=f"{row.tolerance:g}",
        tolerances=[(f"{v:g}", when) for when, v in row.tolerances.items()],
        mutants=sum(tally["tried"].values()),
        caught=sum(tally["caught"].values()),
        missed=tally["missed"],
        findings=[finding_of(row, entry, number) for number in range(len(row.findings))],
        kinds=KINDS,
        dialect=dialect_of(name),
        quoted=quoted,
        sentence=sentence,
        code=code,
        whole=whole_of,
    )


def sentence(text: str) -> str:
    """Return words as a sentence.

    Examples
    --------
    >>> sentence("another reading")
    'Another reading.'
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def code(text: str) -> str:
    """Return a text as code in Markdown, whatever is in it.

    Examples
    --------
    >>> code("a `b`")
    '`` a `b` ``'
    """
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def dialect_of(name: str) -> tuple[str, str, str] | None:
    """Return the page of the dialects that has a function: its name, file and anchor."""
    for row in dialects.ROWS:
        if row.peer == name:
            title = dialects_pages.page_of(row)
            return title, title.lower(), dialects_pages.anchor(row)
    return None


# The tables


def summary(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the tables show: the counts, and for each library its docstrings."""
    verdicts = Counter(entry["verdict"] for entry in found.values())
    kinds: dict[str, list[str]] = {kind: [] for kind in KINDS}
    number = Counter[str]()
    tried, caught = Counter[str](), Counter[str]()
    libraries = []
    for name, entry in found.items():
        for finding in row_of(entry).findings:
            number[finding.kind] += 1
            if name not in kinds[finding.kind]:
                kinds[finding.kind].append(name)
        for counter, key in ((tried, "tried"), (caught, "caught")):
            counter.update(entry.get("teeth", {}).get(key, {}))
    for part, title in LIBRARIES.items():
        own = {name: e for name, e in found.items() if name.split(".")[0] == part}
        if own:
            libraries.append(library_of(title, own))
    findings = [finding for entry in found.values() for finding in row_of(entry).findings]
    return {
        "total": len(found),
        "verdicts": verdicts,
        "executed": sum(verdicts[verdict] for verdict in EXECUTED),
        "runs": sum(entry["runs"] for entry in found.values()),
        "badges": {verdict: badge(verdict) for verdict in VERDICTS},
        "kinds": [(k, KINDS[k], number[k], names) for k, names in kinds.items() if names],
        "findings": len(findings),
        "readings": sum(bool(f.reading) for f in findings),
        "threads": sum(bool(f.threads) for f in findings),
        "libraries": libraries,
        "tried": sum(tried.values()),
        "caught": sum(caught.values()),
        "teeth": [(kind, tried[kind], caught[kind]) for kind in tried],
    }


def findings_in_short(row: Row, entry: Mapping[str, Any]) -> list[str]:
    """Return the findings of a docstring by kind: how many, and the sizes."""
    found: dict[str, list[str]] = {}
    for number, finding in enumerate(row.findings):
        kind = finding.kind + ", a matter of reading" * bool(finding.reading)
        found.setdefault(kind, []).append(size(recorded_finding(entry, number)))
    texts = []
    for kind, sizes in found.items():
        known = listed(list(dict.fromkeys(filter(None, sizes))))
        times = f"{len(sizes)} \u00d7 " if len(sizes) > 1 else ""
        texts.append(f"{times}{kind}" + f" ({known})" * bool(known))
    return texts


def library_of(title: str, own: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the part of the tables on one library."""
    pages, without, unreadable = [], [], []
    for name, entry in own.items():
        row = row_of(entry)
        if has_page(entry, row):
            pages.append(
                {
                    "name": name,
                    "short": name.partition(".")[2],
                    "badge": badge(entry["verdict"]),
                    "runs": entry["runs"] or "",
                    "findings": findings_in_short(row, entry),
                }
            )
        elif entry["verdict"] == "not readable":
            unreadable.append((name.partition(".")[2], entry["reason"]))
        else:
            without.append(name.partition(".")[2])
    verdicts = Counter(entry["verdict"] for entry in own.values())
    return {
        "title": title,
        "prefix": next(iter(own)).split(".")[0],
        "versions": listed(sorted({entry["version"] for entry in own.values()})),
        "dates": listed(sorted({entry["date"] for entry in own.values()})),
        "counts": [(verdict, verdicts[verdict]) for verdict in VERDICTS if verdicts[verdict]],
        "pages": pages,
        "without": without,
        "unreadable": unreadable,
    }


class Audit(SphinxDirective):
    """Show the tables of the audit: ``counts``, ``libraries`` or ``teeth``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the tables as nodes."""
        found = entries(Path(self.env.srcdir))
        values = summary(found) | {"part": self.arguments[0]}
        text = render("audits.md", self.get_location(), **values)
        found_nodes = self.parse_text_to_nodes(text, allow_section_headings=True)
        for node in found_nodes:
            for table in node.findall(nodes.table):
                table["classes"].append("audit-table")
        return found_nodes


def write(app: Sphinx, _config: Config) -> None:
    """Write a page for each docstring, if anything from which they are made has changed."""
    docs = Path(app.confdir)
    folder, mark = docs / "family" / "audit", docs / "_build" / "audit.stamp"
    made = ("adamdoc/**/*.py", "docs/family/audit.json", "docs/_templates/audit.md", *MAKING)
    stamp = hash_texts(hash_files(docs.parent, *made))
    if folder.is_dir() and mark.exists() and mark.read_text("utf-8") == stamp:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, entry in entries(docs).items():
        if has_page(entry, row_of(entry)):
            text = re.sub(r"\n{3,}", "\n\n", page(name, entry)).strip() + "\n"
            (folder / f"{name}.md").write_text(text, "utf-8")
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(stamp, "utf-8")


def add_style(app: Sphinx, pagename: str, _template: str, _context: Any, doctree: Any) -> None:
    """Load the style on the pages of the audit alone."""
    if doctree is not None and pagename.startswith("family/audit"):
        app.add_css_file("audit.css")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the pages and the directive."""
    app.add_directive("audit", Audit)
    # Before freshness looks for changed pages: these are some of them.
    app.connect("config-inited", write, priority=50)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
