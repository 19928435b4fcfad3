"""Drafts of reports: a short text, and an example that needs only the library."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from adamdoc.audit.bindings import Finding, Row

#: How a report begins, by the kind of the finding.
TITLES = {
    "formula": "an equation differs from the code",
    "index": "an index in the equations is off",
    "missing option": "the equations leave out an option",
    "initial value": "the equations leave out an initial value",
    "undefined symbol": "a symbol is not defined",
    "default": "the text names another default than the signature",
    "prose": "a sentence differs from the code",
    "typo": "a slip in the equations",
    "code": "the code differs from the documented equations",
}


def draft(row: Row, recorded: Mapping[str, Any], number: int) -> str:
    """Return a report of a finding, in Markdown, for the tracker of the library.

    Parameters
    ----------
    row : Row
        The row.
    recorded : mapping
        Its record (see `adamdoc.audit.record.entry`).
    number : int
        The number of the finding.

    Returns
    -------
    str
        The report: a title, what differs, the example if there is one, and the suggestion.
    """
    finding = row.findings[number]
    found = recorded["findings"][number] if recorded["findings"] else {}
    library = row.name.split(".")[0]
    parts = [f"# Docs: `{row.name}`: {TITLES[finding.kind]}"]
    parts.append(
        f"Thank you for the documentation of `{row.name}`, which I read closely. "
        f"One detail seems to differ from the code of version {recorded['version']}."
    )
    parts.append(finding.says)
    if finding.reading:
        parts.append(f"It may be meant in another way: {finding.reading}")
    if finding.reason:
        parts.append(f"I think that the text is right and the code is not: {finding.reason}")
    if finding.written:
        parts.append("The docstring says\n\n> " + " ".join(finding.written.split()))
    if finding.code:
        parts.append(f"The line in `{finding.code[0]}`:\n\n```python\n{finding.code[1]}\n```")
    if example := found.get("example"):
        parts.append(
            f"An example, which needs only {library}. It takes the first steps, and works out by "
            f"hand what is documented:\n\n```python\n{example['script']}```"
        )
        parts.append(f"It prints\n\n```text\n{example['output']}```")
    if finding.repair and finding.kind != "code":
        parts.append(f"Suggestion:\n\n```diff\n{suggestion(finding)}\n```")
    parts.append("I am happy to open a pull request if this is wanted.")
    return "\n\n".join(parts) + "\n"


def suggestion(finding: Finding) -> str:
    r"""Return the repair of a finding as the lines that it removes and adds.

    Examples
    --------
    >>> print(suggestion(Finding(kind="index", says="", repair=((r"c_t", r"c_{t+1}"),))))
    - c_t
    + c_{t+1}
    """
    lines: list[str] = []
    for old, new in finding.repair:
        before, after = _lines(old), _lines(new)
        lines += [
            f"{line[0]} {line[2:]}"
            for line in difflib.ndiff(before, after)
            if not line.startswith("?")
        ]
    return "\n".join(lines)


def _lines(text: str) -> Sequence[str]:
    """Return the lines of a text; rows of equations have lines of their own."""
    text = text.replace("\\\\ ", "\\\\\n")
    return [line.strip() for line in text.splitlines() if line.strip()]
