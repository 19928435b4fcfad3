"""The audit of a docstring: its verdict, the evidence for each finding, and what is unexpected."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adamdoc.audit import defaults, libraries
from adamdoc.audit.bindings import Bindings, Finding, Row, current
from adamdoc.audit.comparing import (
    Case,
    Deviation,
    Library,
    cases,
    compare,
    header_faults,
    repaired,
    undeclared,
    undefined,
    with_symbols,
)
from adamdoc.audit.docstrings import Reading, read
from adamdoc.equations.grammar import EquationError

#: No deviation.
NONE = Deviation()
#: Kinds of findings that leave a docstring true where an option has its default.
CONDITIONAL = frozenset({"missing option"})
#: Kinds of findings that are not about what the equations compute.
BESIDE = frozenset({"default", "prose", "typo"})


@dataclass(frozen=True)
class Evidence:
    """The evidence for a finding.

    Attributes
    ----------
    finding : Finding
        The finding.
    case : Case or None
        The case with the fewest arguments in which the text as written differs.
    deviation : Deviation
        How far it is off there.
    everywhere : Deviation
        The largest deviation of any case.
    where : Case or None
        The case of the largest deviation.
    bindings : int
        The number of the bindings of the first case: 0, or more for those in ``also`` of the row.
    """

    finding: Finding
    case: Case | None = None
    deviation: Deviation = NONE
    everywhere: Deviation = NONE
    where: Case | None = None
    bindings: int = 0


@dataclass(frozen=True)
class Report:
    """The result of the audit of one docstring.

    Attributes
    ----------
    name : str
        The name of what is documented.
    version : str
        The version of its library.
    verdict : str
        ``"true"``, ``"true with conditions"``, ``"false"``, ``"code at fault"``, ``"not readable"``
        or ``"no equations"``.
    runs : int
        The number of cases that were run.
    largest : float
        The largest deviation of the repaired docstring, as a share of the step: rounding.
    evidence : tuple of Evidence
        The findings.
    faults : tuple of str
        What is unexpected: mismatches that no finding explains, and findings that do not hold.
    """

    name: str
    version: str
    verdict: str
    runs: int = 0
    largest: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the docstring is true and nothing is unexpected."""
        return self.verdict == "true" and not self.faults

    def __str__(self) -> str:
        """Return the report as text: the verdict, and a line for each finding and fault."""
        lines = [f"{self.name} {self.version}: {self.verdict} ({self.runs} runs)"]
        for evidence in self.evidence:
            lines.append(f"  {evidence.finding.kind}: {evidence.finding.says}")
            if evidence.case is not None:
                case = str(evidence.case) or "the defaults"
                lines.append(f"    {described(evidence.deviation)} with {case}")
        lines += [f"  unexpected: {fault}" for fault in self.faults]
        return "\n".join(lines)


def described(deviation: Deviation) -> str:
    """Return a deviation in words.

    Examples
    --------
    >>> described(Deviation("parameters", 1, 0.9, 1.2))
    'parameters off by 0.9 of the step at step 1'
    """
    if deviation.message:
        return f"cannot be executed: {deviation.message}"
    if deviation.agrees:
        return "agrees"
    if deviation.share == float("inf"):
        return f"{deviation.what} not finite at step {deviation.step}"
    of = {"parameters": "the step", "value": "the value"}.get(deviation.what, "its largest entry")
    return f"{deviation.what} off by {deviation.share:.2g} of {of} at step {deviation.step}"


def audit(row: Row) -> Report:
    """Return the report of a row.

    Parameters
    ----------
    row : Row
        The row.

    Returns
    -------
    Report
        The report.

    Raises
    ------
    ImportError
        If the library is not installed, or has nothing of the name.

    Examples
    --------
    >>> from adamdoc.audit.rows import row
    >>> audit(row("torch.optim.AdamW")).verdict  # doctest: +SKIP
    'true'
    """
    target = libraries.load(row.name)
    version = libraries.version(row.name)
    row = current(row, version)
    doc = libraries.documentation(target)
    if row.unreadable:
        verdict = "no equations" if row.unreadable == "no equations" else "not readable"
        evidence = tuple(Evidence(finding) for finding in row.findings)
        faults = tuple(_texts(row, doc, target))
        return Report(row.name, version, verdict, evidence=evidence, faults=faults)
    return examine(row.name, version, target, doc, row, row.findings, row.also)


def examine(
    name: str,
    version: str,
    target: Any,
    doc: str,
    bindings: Bindings,
    findings: Sequence[Finding] = (),
    also: Sequence[Bindings] = (),
) -> Report:
    """Return the report of a docstring with bindings and known findings."""
    faults = [*_texts(findings, doc, target)]
    doc = libraries.with_references(doc, bindings)
    faults += [
        f"the bindings say nothing of the argument {n}" for n in undeclared(target, bindings)
    ]
    worst = 0.0
    runs = 0
    followed: list[tuple[Library, Sequence[Case]]] = []
    for one in (bindings, *also):
        whole = _read(doc, one, findings)
        if isinstance(whole, str):
            return Report(name, version, "not readable", faults=(*faults, whole))
        faults += header_faults(whole)
        library = Library(target, one)
        found = [case for case in cases(one) if library.valid(case)]
        followed.append((library, found))
        share, number, differences = _followed(name, whole, library, found, findings)
        worst, runs = max(worst, share), runs + number
        faults += differences
    evidence = tuple(_evidence(finding, findings, doc, followed) for finding in findings)
    for entry in evidence:
        if (
            entry.finding.repair
            and entry.deviation.agrees
            and entry.finding.kind not in (*BESIDE, "undefined symbol")
        ):
            faults.append(
                f"the text agrees as it is written, without the repair of {entry.finding.says!r}: "
                "the library has mended its text or changed its code"
            )
    as_written = _read(doc, bindings, ())
    if not isinstance(as_written, str):
        unknown = undefined(as_written, doc)
        faults += [
            f"nothing is undefined any more: {finding.says!r}"
            for finding in findings
            if finding.kind == "undefined symbol" and not (finding.repair or finding.written)
            if not any(latex in finding.says for latex in unknown)
        ]
        explained = " ".join(f.says for f in findings)
        faults += [
            f"the symbol {latex} is used and nothing introduces it"
            for latex in unknown
            if latex not in explained
        ]
    return Report(name, version, _verdict(findings, faults), runs, worst, evidence, tuple(faults))


def _followed(
    name: str,
    whole: Reading,
    library: Library,
    all_cases: Sequence[Case],
    findings: Sequence[Finding],
) -> tuple[float, int, list[str]]:
    """Return the largest deviation of a repaired docstring, the number of runs, and the faults."""
    faults: list[str] = []
    worst = 0.0
    runs = 0
    different: list[tuple[Case, Deviation]] = []
    for case in all_cases:
        try:
            found = compare(whole, library, case)
        except EquationError as error:
            faults.append(str(error))
            break
        except Exception as error:  # whatever a library raises
            faults.append(f"{name}({case}) raises {type(error).__name__}: {error}")
            continue
        runs += 1
        if found.agrees:
            worst = max(worst, found.largest)
        else:
            different.append((case, found))
    if different:
        repair = " after the repairs" if any(f.repair for f in findings) else ""
        case, found = min(different, key=lambda pair: _chosen(pair[0], library.bindings))
        faults.append(
            f"differs{repair} in {len(different)} of {runs} cases, first with "
            f"{str(case) or 'the defaults'}, shape {case.shape}: {described(found)}"
        )
    return worst, runs, faults


def _verdict(findings: Sequence[Finding], faults: Sequence[str]) -> str:
    """Return the verdict on the equations, whatever defaults, sentences and misprints say."""
    if any(fault.startswith("differs") for fault in faults):
        return "false"
    kinds = set()
    for finding in findings:
        # A symbol without a meaning stops nobody if the text can be executed all the same.
        harmless = finding.kind == "undefined symbol" and not finding.repair
        # A fault of the code that no case of the equations shows is beside them.
        elsewhere = finding.kind == "code" and not finding.repair
        if not (finding.reading or elsewhere or finding.kind in BESIDE):
            kinds.add("missing option" if harmless else finding.kind)
    if not kinds:
        return "true"
    if kinds <= CONDITIONAL:
        return "true with conditions"
    return "code at fault" if kinds - CONDITIONAL == {"code"} else "false"


def _read(doc: str, bindings: Bindings, findings: Sequence[Finding]) -> Reading | str:
    try:
        return read(repaired(doc, findings), with_symbols(bindings, findings))
    except EquationError as error:
        return str(error)


def _texts(findings: Sequence[Finding] | Row, doc: str, target: Any) -> list[str]:
    """Return the faults of findings whose texts or lines of code are not there any more."""
    known = findings.findings if isinstance(findings, Row) else findings
    faults = []
    squeezed = " ".join(doc.split())
    explained = set()
    wrong = defaults.mismatches(doc, target) if callable(target) else {}
    for finding in known:
        if finding.written and " ".join(finding.written.split()) not in squeezed:
            faults.append(f"the docstring does not say {finding.written!r} any more")
        if finding.code:
            module, line = finding.code
            source = " ".join(inspect.getsource(libraries.load(module)).split())
            if " ".join(line.split()) not in source:
                faults.append(f"{module} does not have the line {line!r} any more")
        if finding.argument:
            explained.add(finding.argument)
            if finding.argument not in wrong:
                faults.append(f"the text and the signature agree on {finding.argument}")
    faults += [sentence for argument, sentence in wrong.items() if argument not in explained]
    return faults


def _evidence(
    finding: Finding,
    findings: Sequence[Finding],
    doc: str,
    followed: Sequence[tuple[Library, Sequence[Case]]],
) -> Evidence:
    """Return the evidence for a finding: the cases that differ if all others are repaired."""
    if not finding.repair:
        return Evidence(finding)
    others = [other for other in findings if other is not finding]
    found = []
    bindings = followed[0][0].bindings
    for number, (library, all_cases) in enumerate(followed):
        reading = _read(doc, library.bindings, others)
        if isinstance(reading, str):
            message = Deviation(message=reading)
            return Evidence(finding, all_cases[0], message, message, all_cases[0], number)
        for case in all_cases:
            try:
                deviation = compare(reading, library, case)
            except Exception:  # already reported for the repaired text
                continue
            if not deviation.agrees:
                found.append((case, deviation, number))
    if not found:
        return Evidence(finding)
    case, deviation, number = min(
        found, key=lambda entry: (_chosen(entry[0], bindings), -_size(entry[1]))
    )
    where, everywhere, _ = max(found, key=lambda entry: _size(entry[1]))
    return Evidence(finding, case, deviation, everywhere, where, number)


def _chosen(case: Case, bindings: Bindings) -> int:
    """Return how many arguments of a case are not those of all cases."""
    base = bindings.arguments
    return sum(
        name not in base or repr(base[name]) != repr(value)  # arrays cannot be compared
        for name, value in case.arguments.items()
    )


def _size(deviation: Deviation) -> float:
    return deviation.share if deviation.what in ("parameters", "value") else 0.0
