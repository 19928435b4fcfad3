"""The record of an audit: what a library computed, so that a site can show it without the library.

The record has the texts of the docstring and the library's numbers. Whoever shows it executes the
texts again (`rerun`), as written and repaired.
"""

import ast
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc.audit import libraries
from adamdoc.audit.auditing import Evidence, audit
from adamdoc.audit.bindings import Bindings, Described, Finding, Found, Row, Use, current
from adamdoc.audit.comparing import (
    Case,
    Library,
    all_arguments,
    cases,
    problem,
    repaired,
    with_symbols,
)
from adamdoc.audit.docstrings import read
from adamdoc.audit.executing import Path
from adamdoc.audit.paths import execute
from adamdoc.audit.reading import blocks
from adamdoc.equations.grammar import EquationError


def entry(row: Row) -> dict[str, Any]:
    """Return the record of a row, as JSON can hold it.

    Parameters
    ----------
    row : Row
        The row, whose library is installed.

    Returns
    -------
    dict
        The verdict, the texts, and for each finding the case that shows it with the library's path.
    """
    report = audit(row)
    row = current(row, report.version)
    target = libraries.load(row.name)
    doc = libraries.with_references(libraries.documentation(target), row)
    return {
        "name": row.name,
        "version": report.version,
        "verdict": report.verdict,
        "reason": row.unreadable,
        "runs": report.runs,
        "largest": report.largest,
        "defaults": repr(_literals(all_arguments(target, {}))),
        "text": excerpt(doc, row),
        "findings": [_finding(found, row, target) for found in report.evidence],
        "faults": list(report.faults),
    }


def _uses(row: Row) -> list[Use]:
    """Return the blocks that a row uses, also those of other bindings."""
    return [use for bindings in (row, *row.also) for use in bindings.blocks]


def _literals(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments whose values are literals of Python."""
    found = {}
    for name, value in arguments.items():
        with contextlib.suppress(ValueError, SyntaxError):
            found[name] = ast.literal_eval(repr(value))
    return found


def excerpt(doc: str, row: Row) -> str:
    """Return the parts of a docstring that the row needs: its blocks, and the texts it quotes.

    It reads as the whole: its blocks have the same numbers.
    """
    parts = []
    for block in blocks(doc):
        if block.kind == "python":
            parts.append(f"```python\n{block.text}\n```")
        else:
            lines = "\n".join(f"    {line}" for line in block.text.splitlines())
            parts.append(f".. math::\n\n{lines}")
    uses = _uses(row)
    quoted = [use.words or use.block for use in uses if isinstance(use.block, str)]
    whole = " ".join(doc.split())
    for use in uses:
        if isinstance(use.block, Mapping):
            quoted += [text for text in use.block if " ".join(text.split()) in whole]
    for bindings in (row, *row.also):
        quoted += [m.words for m in bindings.symbols.values() if isinstance(m, Described)]
    quoted += [finding.written for finding in row.findings if finding.written]
    for finding in row.findings:
        quoted += [old for old, _ in finding.repair]
    known = " ".join("\n".join(parts).split())
    for text in dict.fromkeys(quoted):
        if " ".join(text.split()) not in known:
            parts.append(text)
    return "\n\n".join(parts)


def _finding(found: Evidence, row: Row, target: Any) -> dict[str, Any]:
    if found.case is None:
        return {}
    shown, worst = found.deviation, found.everywhere
    bindings, case = bindings_of(row, str(found.case), found.case.shape)
    path = Library(target, bindings).path(case)
    kept = {
        "arguments": str(found.case),
        "shape": list(found.case.shape),
        "bindings": found.bindings,
        "what": shown.what,
        "step": shown.step,
        "share": shown.share,
        "message": shown.message,
        "where": str(found.where),
        "worst": {"what": worst.what, "step": worst.step, "share": worst.share},
        "values": [np.ravel(value).tolist() for value in path.values],
    }
    if shown.what not in ("", "parameters", "value"):
        kept["states"] = [np.ravel(state[shown.what]).tolist() for state in path.states]
    names = [m.name for m in bindings.symbols.values() if isinstance(m, Found)]
    if names:
        kept["found"] = [{n: np.asarray(state[n]).tolist() for n in names} for state in path.states]
    return kept


@dataclass(frozen=True)
class Rerun:
    """One coordinate of a run, by step: the library's, and the text's as written and repaired.

    Attributes
    ----------
    coordinate : int
        The coordinate, where the text as written is farthest off.
    library, repaired : ndarray
        The values.
    written : ndarray or None
        The values of the text as it is written; None if it cannot be executed.
    """

    coordinate: int
    library: np.ndarray
    repaired: np.ndarray
    written: np.ndarray | None


def rerun(row: Row, recorded: Mapping[str, Any], number: int) -> Rerun:
    """Execute the recorded text of a row in the case that shows a finding.

    Parameters
    ----------
    row : Row
        The row.
    recorded : mapping
        Its record (see `entry`).
    number : int
        The number of the finding, whose record has a case.

    Returns
    -------
    Rerun
        The values of one coordinate.
    """
    text, record = recorded["text"], recorded["findings"][number]
    bindings, case = bindings_of(row, record["arguments"], tuple(record["shape"]))
    case = Case({**ast.literal_eval(recorded["defaults"]), **case.arguments}, case.shape)
    what = record["what"] or "parameters"
    finding = row.findings[number]
    others = [other for other in row.findings if other is not finding]
    theirs = _array(record.get("states", record["values"]))
    found = [{n: np.array(v) for n, v in state.items()} for state in record.get("found", ())]
    given = replace(problem(case.shape, bindings.steps), found=tuple(found))

    def path(findings: Sequence[Finding]) -> np.ndarray:
        reading = read(repaired(text, findings), with_symbols(bindings, findings))
        return _series(execute(reading, case.arguments, given, len(theirs)), what)

    ours = path(row.findings)
    try:
        as_written = path(others)
    except EquationError:
        as_written = None
    distance = np.zeros(theirs.shape[1:])
    if as_written is not None:
        distance = np.max(np.nan_to_num(np.abs(as_written - theirs)), axis=0)
    k = int(np.argmax(distance))
    return Rerun(k, theirs[:, k], ours[:, k], None if as_written is None else as_written[:, k])


def bindings_of(row: Row, arguments: str, shape: tuple[int, ...]) -> tuple[Bindings, Case]:
    """Return the bindings that have a case, and the case."""
    return next(
        (bindings, case)
        for bindings in (row, *row.also)
        for case in cases(bindings)
        if str(case) == arguments and case.shape == shape
    )


def _series(path: Path, what: str) -> np.ndarray:
    if what in ("parameters", "value"):
        return _array(path.values)
    return _array([state[what] for state in path.states])


def _array(values: Sequence[Any]) -> np.ndarray:
    """Return the values of steps, one a row; a step without any has nan."""
    size = max(map(np.size, values))
    return np.array([np.ravel(v) if np.size(v) else np.full(size, np.nan) for v in values])
