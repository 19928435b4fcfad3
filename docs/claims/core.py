"""The data model of claims: a statement, its source, and the experiment that tests it.

A verdict is a function of the cases in which a statement was tested, and of nothing else:

- ``"within"`` the premise of the statement: these cases decide;
- at its ``"edge"``: a case outside of which a careful speaker would have kept the statement. If it
  fails there, the condition belongs in the sentence;
- a ``"contrast"``: another method or a control, shown for comparison and never scored.
"""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adamdoc import checks

#: The relations between a measured value and a bound.
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

TOPICS = (
    "gradient descent",
    "stochastic gradients",
    "momentum",
    "adaptive rates",
    "Adam's parts",
    "praise of Adam",
    "limits of Adam",
    "after Adam",
    "transformers and rare classes",
    "schedules and decay",
)

#: What a statement is about: a formula, which a computation decides, or the outcome of training
#: and of noisy runs, of which an experiment sees a sample.
EXACT, EXPERIMENT = "exact", "experiment"
#: The verdicts, by kind: if the statement holds, holds under conditions, and does not hold.
WORDS = {
    EXACT: ("holds", "holds under conditions", "does not hold"),
    EXPERIMENT: ("seen here", "seen under conditions", "not seen here"),
}
VERDICTS = (*WORDS[EXACT], *WORDS[EXPERIMENT])
ROLES = ("within", "edge", "contrast")
#: The smallest number of seeds where there is chance.
SEEDS = 5

#: The source of claims made in the article.
ARTICLE = "the article"
#: The source of claims that are common knowledge, without a single origin.
COMMON = "often said"


@dataclass(frozen=True)
class Bound:
    """A bound on a measured value, with the reason for it, known before the measurement.

    Attributes
    ----------
    value : float
        The bound.
    reason : str
        Its reason: the theory that gives it, or the margin that was set beforehand.
    """

    value: float
    reason: str

    def __post_init__(self) -> None:
        """Check both."""
        if math.isnan(self.value):
            raise ValueError(f"value of a bound must not be nan ({self.reason})")
        if not self.reason:
            raise ValueError(f"a bound must have a reason, got none for {self.value:g}")
        object.__setattr__(self, "value", float(self.value))


#: The margins of all comparisons. A difference of less than a quarter is none: that is more than
#: the resolution of the searches, and less than anyone would change an optimizer for.
BETTER = Bound(0.8, "margin: lower by a factor of 1.25")
WORSE = Bound(1.25, "margin: higher by a factor of 1.25")
AS_GOOD = Bound(1.25, "margin: within a factor of 1.25")
MUCH_BETTER = Bound(0.5, "margin: half as large")
MUCH_WORSE = Bound(2.0, "margin: twice as large")
#: Two computations of the same real numbers.
SAME = Bound(1e-9, "rounding")
#: A measured constant or exponent is that of the formula.
CLOSE = Bound(0.1, "margin: a tenth")


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


@dataclass(frozen=True)
class Case:
    """A condition under which a statement was tested, and the measurements.

    The statement holds in this case if all values satisfy the relation to the bound.

    Attributes
    ----------
    condition : str
        The condition.
    quantity : str
        The measured quantity, with its unit if it has one.
    values : tuple of float
        The measured values: one per seed, at least five; a single one if nothing is random.
    relation : {"<", "<=", ">", ">="}
        The relation between the values and the bound.
    bound : Bound
        The bound.
    role : {"within", "edge", "contrast"}
        Whether the case lies within the premise of the statement, at its edge, or shows something
        else for comparison.
    expected : bool
        Whether the relation is known to hold in this case. If the measurement contradicts this,
        the tests and the build fail.
    task, budget : str
        The task that was trained or the surface that was descended, and for how long. An experiment
        must say both; its evidence is as large as the number of different ones.
    """

    condition: str
    quantity: str
    values: tuple[float | np.floating[Any], ...]
    relation: str
    bound: Bound
    role: str = field(default="within", kw_only=True)
    expected: bool = field(default=True, kw_only=True)
    task: str = field(default="", kw_only=True)
    budget: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        """Check the values, because nan would silently pass in a case that is expected to fail."""
        checks.one_of("relation", self.relation, RELATIONS)
        checks.one_of("role", self.role, ROLES)
        if not isinstance(self.bound, Bound):
            raise TypeError(
                f"bound must be a Bound with its reason, got {self.bound!r} in {self.condition!r}"
            )
        values = tuple(float(value) for value in self.values)
        if not values or np.isnan(values).any():
            raise ValueError(f"values must not be nan, got {values} in case {self.condition!r}")
        if 1 < len(values) < SEEDS:
            raise ValueError(
                f"values must be one, or of at least {SEEDS} seeds, got {len(values)} in case "
                f"{self.condition!r}"
            )
        object.__setattr__(self, "values", values)

    @property
    def measured(self) -> str:
        """The measured value, or its median and range over the seeds, as the tables show it."""
        values = np.array(self.values, dtype=float)
        low, middle, high = map(format_number, (values.min(), np.median(values), values.max()))
        return low if low == high else f"{middle} ({low} to {high}, {len(self.values)} seeds)"

    @property
    def held(self) -> tuple[bool, ...]:
        """Whether each value satisfies the relation."""
        compare = RELATIONS[self.relation]
        return tuple(bool(compare(value, self.bound.value)) for value in self.values)

    @property
    def holds(self) -> bool:
        """Whether all values satisfy the relation."""
        return all(self.held)

    @property
    def outcome(self) -> str:
        """The outcome in words: seeds that disagree show no difference."""
        if self.holds:
            return "holds"
        return "within the spread" if any(self.held) else "does not hold"

    @property
    def slack(self) -> float:
        """How far the worst value is from the bound, as a difference of logarithms if it can be."""
        worst = float((max if self.relation in ("<", "<=") else min)(self.values))
        bound = self.bound.value
        if worst > 0 and bound > 0:
            return abs(math.log(worst) - math.log(bound))
        return abs(worst - bound)


@dataclass(frozen=True)
class Report:
    """The result that a paper reports, for the table of replications.

    Attributes
    ----------
    number : str
        The number or finding of the paper, as Markdown.
    setup : str
        How our experiment relates to the paper's: the same one, or how it was scaled down.
    difference : str
        Why our result differs, or that it does not.
    """

    number: str
    setup: str
    difference: str


@dataclass(frozen=True)
class Claim:
    """A common statement, and the function that tests it.

    Attributes
    ----------
    id : str
        The name of the function, with hyphens.
    topic : str
        One of ``TOPICS``.
    statement : str
        The statement.
    kind : {"exact", "experiment"}
        Whether a computation decides it, or an experiment sees a sample.
    finding : str
        What came out, in the verdict's line: the condition under which the statement holds, or what
        is true in its place. Empty if the statement simply holds.
    source : str
        ``ARTICLE``, ``COMMON``, or the key of a paper in the bibliography.
    place : str
        The section, theorem or figure of the source.
    gallery : str
        The gallery script that illustrates it, or empty.
    report : Report or None
        The reported result, if the claim replicates the experiment of a paper.
    fault : str
        The fault, among those of the tests, that must change the outcome of a scored case: a claim
        that comes out the same whatever is broken says nothing.
    run : callable
        The experiment. Its docstring explains the method and the result, in Markdown.
    """

    id: str
    topic: str
    statement: str
    kind: str
    finding: str
    source: str
    place: str
    gallery: str
    report: Report | None
    fault: str
    run: Callable[[], Sequence[Case]]


@dataclass(frozen=True)
class Evidence:
    """The result of testing a claim.

    Attributes
    ----------
    id : str
        The id of the claim.
    kind : {"exact", "experiment"}
        The kind of the claim.
    cases : tuple of Case
        The tested conditions.
    """

    id: str
    kind: str
    cases: tuple[Case, ...]

    def having(self, *roles: str) -> tuple[Case, ...]:
        """Return the cases that have one of some roles."""
        return tuple(case for case in self.cases if case.role in roles)

    @property
    def scored(self) -> tuple[Case, ...]:
        """The cases that decide the verdict."""
        return self.having("within", "edge")

    @property
    def verdict(self) -> str:
        """One of ``VERDICTS`` (see `verdict`)."""
        return verdict(self.cases, self.kind)

    @property
    def deciding(self) -> tuple[Case, ...]:
        """The case within the premise that is closest to its bound, and the closest that fails."""
        groups = (
            [case for case in self.scored if case.holds],
            [case for case in self.scored if not case.holds],
        )
        return tuple(min(group, key=lambda case: case.slack) for group in groups if group)

    @property
    def size(self) -> str:
        """The size of the evidence, counted: tasks, seeds, budgets."""
        if self.kind == EXACT:
            return _count(len(self.scored), "case")
        seeds = {len(case.values) for case in self.scored if len(case.values) > 1}
        parts = [_count(len({case.task for case in self.scored}), "task")]
        parts += [_count(min(seeds), "seed")] if seeds else ["no chance"]
        parts += [_count(len({case.budget for case in self.scored}), "budget")]
        return ", ".join(parts)

    @property
    def surprises(self) -> tuple[Case, ...]:
        """The cases in which the measurement contradicts the expectation."""
        return tuple(case for case in self.cases if case.holds != case.expected)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def verdict(cases: Sequence[Case], kind: str = EXACT) -> str:
    """Return the verdict on a statement, given the cases in which it was tested.

    Parameters
    ----------
    cases : sequence of Case
        The cases; at least one lies within the premise. Contrasts are not looked at.
    kind : {"exact", "experiment"}, default "exact"
        The kind of the statement, which chooses the words.

    Returns
    -------
    str
        One of ``VERDICTS``: the statement holds if it does in all cases within its premise and at
        its edge; it does not hold if it fails in all cases within its premise; otherwise it holds
        under conditions.

    Raises
    ------
    ValueError
        If no case lies within the premise.

    Examples
    --------
    >>> def case(value, role):
    ...     return Case(role, "size", (value,), "<", SAME, role=role)
    >>> verdict([case(0.0, "within"), case(1.0, "edge")])
    'holds under conditions'
    >>> verdict([case(0.0, "within"), case(1.0, "contrast")])
    'holds'
    """
    holds, conditions, fails = WORDS[kind]
    within = [case.holds for case in cases if case.role == "within"]
    if not within:
        raise ValueError("cases must have one within the premise of the statement, got none")
    if not any(within):
        return fails
    return holds if all(case.holds for case in cases if case.role != "contrast") else conditions


#: All claims by id.
CLAIMS: dict[str, Claim] = {}


def claim(
    topic: str,
    statement: str,
    *,
    kind: str = EXACT,
    finding: str = "",
    source: str = ARTICLE,
    place: str = "",
    gallery: str = "",
    report: Report | None = None,
    fault: str = "",
) -> Callable[[Callable[[], Sequence[Case]]], Callable[[], Sequence[Case]]]:
    """Register the decorated function as the test of a claim (see `Claim`).

    Parameters
    ----------
    topic : str
        One of ``TOPICS``.
    statement : str
        The statement.
    kind : {"exact", "experiment"}, default "exact"
        Whether a computation decides it, or an experiment sees a sample.
    finding : str, optional
        The condition under which it holds, or what is true in its place.
    source : str, default ``ARTICLE``
        Its source: ``ARTICLE``, ``COMMON``, or the key of a paper in the bibliography.
    place : str, optional
        The section, theorem or figure of the source.
    gallery : str, optional
        The gallery script that illustrates it.
    report : Report, optional
        The result that the paper reports, if its experiment is replicated.
    fault : str, optional
        The fault, among those of the tests, that must change the outcome of a scored case.

    Returns
    -------
    callable
        A decorator that returns the function unchanged. The id of the claim is the name of the
        function, with hyphens.

    Raises
    ------
    ValueError
        If the topic or the kind is unknown, or another claim has the same id.

    Examples
    --------
    >>> @claim("gradient descent", "The loss falls.")
    ... def example():
    ...     return [Case("one step", "loss", (0.5,), "<", Bound(1, "the loss at the start"))]
    >>> CLAIMS.pop("example").statement
    'The loss falls.'
    """
    checks.one_of("topic", topic, TOPICS)
    checks.one_of("kind", kind, WORDS)

    def register(run: Callable[[], Sequence[Case]]) -> Callable[[], Sequence[Case]]:
        name = run.__name__.replace("_", "-")
        if name in CLAIMS:
            raise ValueError(f"id of a claim must be unique, got {name!r} twice")
        CLAIMS[name] = Claim(
            name, topic, statement, kind, finding, source, place, gallery, report, fault, run
        )
        return run

    return register


def measure(name: str) -> Evidence:
    """Test a claim.

    Parameters
    ----------
    name : str
        The id of the claim.

    Returns
    -------
    Evidence
        The result.

    Raises
    ------
    ValueError
        If there is no such claim, or none of its cases lies within the premise.

    Examples
    --------
    >>> import claims
    >>> claims.measure("adam-first-step").verdict
    'holds under conditions'
    """
    checks.one_of("name", name, CLAIMS)
    with np.errstate(all="ignore"):
        evidence = Evidence(name, CLAIMS[name].kind, tuple(CLAIMS[name].run()))
    if not evidence.having("within"):
        raise ValueError(f"{name} must have a case within the premise of its statement, got none")
    return evidence
