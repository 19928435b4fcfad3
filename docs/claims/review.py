"""Review of claims: what is wrong with one and its evidence."""

from collections.abc import Iterator

from adamdoc.tasks import TASKS
from claims.core import EXPERIMENT, SEEDS, WORDS, Claim, Evidence


def objections(claim: Claim, evidence: Evidence) -> Iterator[str]:
    """Yield what is wrong with a claim and its evidence, in words; nothing if all is well.

    Parameters
    ----------
    claim : Claim
        The claim.
    evidence : Evidence
        What was measured for it.

    Yields
    ------
    str
        An outcome that is not the recorded one, a verdict under conditions that does not say which,
        evidence without its size.

    Examples
    --------
    >>> import claims
    >>> adam = claims.CLAIMS["adam-memory"]
    >>> list(objections(adam, claims.measure(adam.id)))
    []
    """
    for case in evidence.surprises:
        yield (
            f"in the case {case.condition!r} it {case.outcome}, which is not what was recorded "
            f"({case.measured} {case.relation} {case.bound.value:g})"
        )
    plain = WORDS[claim.kind][0]
    if evidence.verdict != plain and not claim.finding:
        yield f"it {evidence.verdict}, but no finding says under which condition, or what is true"
    if evidence.verdict == plain and claim.finding:
        yield f"it {evidence.verdict} without condition, but the finding is {claim.finding!r}"
    for case in evidence.scored:
        sized = bool(case.task and case.budget)
        if sized != (claim.kind == EXPERIMENT):
            yield (
                f"in the case {case.condition!r}, task and budget must be given for experiments "
                f"and only for them, got {case.task!r} and {case.budget!r} in an {claim.kind} claim"
            )
        if case.task in TASKS and len(case.values) < SEEDS:
            yield (
                f"in the case {case.condition!r}, values must be of at least {SEEDS} seeds: "
                f"training on {case.task} has chance, got {len(case.values)}"
            )
