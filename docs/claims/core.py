"""The data model of claims: a statement, its source, and the experiment that tests it."""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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
)

HOLDS, CONDITIONS, FAILS = "holds", "holds under conditions", "does not hold"
VERDICTS = (HOLDS, CONDITIONS, FAILS)

#: The source of claims made in the article.
ARTICLE = "the article"
#: The source of claims that are common knowledge, without a single origin.
COMMON = "often said"


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
        The measured values, one per seed (a single one if nothing is random).
    relation : {"<", "<=", ">", ">="}
        The relation between the values and the bound.
    bound : float
        The bound.
    expected : bool
        Whether the statement is known to hold in this case. If the measurement contradicts this,
        the tests and the build fail.
    """

    condition: str
    quantity: str
    values: tuple[float | np.floating[Any], ...]
    relation: str
    bound: float
    expected: bool = True

    def __post_init__(self) -> None:
        """Check the values, because nan would silently pass in a case that is expected to fail."""
        checks.one_of("relation", self.relation, RELATIONS)
        values = tuple(float(value) for value in self.values)
        if not values or np.isnan([*values, self.bound]).any():
            raise ValueError(
                f"values and bound must not be nan, got {values} in case {self.condition!r}"
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "bound", float(self.bound))

    @property
    def holds(self) -> bool:
        """Whether all values satisfy the relation."""
        compare = RELATIONS[self.relation]
        return all(bool(compare(value, self.bound)) for value in self.values)


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
    source : str
        ``ARTICLE``, ``COMMON``, or the key of a paper in the bibliography.
    place : str
        The section, theorem or figure of the source.
    gallery : str
        The gallery script that illustrates it, or empty.
    report : Report or None
        The reported result, if the claim replicates the experiment of a paper.
    fault : str
        The fault, among those of the tests, that must change the verdict: a claim that holds
        whatever is broken says nothing.
    run : callable
        The experiment. Its docstring explains the method and the result, in Markdown.
    """

    id: str
    topic: str
    statement: str
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
    cases : tuple of Case
        The tested conditions.
    """

    id: str
    cases: tuple[Case, ...]

    @property
    def verdict(self) -> str:
        """One of ``VERDICTS``, depending on whether the statement held in all, some or no cases."""
        return verdict(case.holds for case in self.cases)

    @property
    def surprises(self) -> tuple[Case, ...]:
        """The cases in which the measurement contradicts the expectation."""
        return tuple(case for case in self.cases if case.holds != case.expected)


def verdict(held: Iterable[bool]) -> str:
    """Return the verdict on a statement, given in which cases it held.

    Parameters
    ----------
    held : iterable of bool
        For each case, whether the statement held. Not empty.

    Returns
    -------
    str
        One of ``VERDICTS``.

    Examples
    --------
    >>> verdict([True, False])
    'holds under conditions'
    """
    held = set(held)
    return HOLDS if held == {True} else FAILS if held == {False} else CONDITIONS


#: All claims by id.
CLAIMS: dict[str, Claim] = {}


def claim(
    topic: str,
    statement: str,
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
    source : str, default ``ARTICLE``
        Its source: ``ARTICLE``, ``COMMON``, or the key of a paper in the bibliography.
    place : str, optional
        The section, theorem or figure of the source.
    gallery : str, optional
        The gallery script that illustrates it.
    report : Report, optional
        The result that the paper reports, if its experiment is replicated.
    fault : str, optional
        The fault, among those of the tests, that must change the verdict.

    Returns
    -------
    callable
        A decorator that returns the function unchanged. The id of the claim is the name of the
        function, with hyphens.

    Raises
    ------
    ValueError
        If the topic is unknown, or another claim has the same id.

    Examples
    --------
    >>> @claim("gradient descent", "The loss falls.")
    ... def example():
    ...     return [Case("one step", "loss", (0.5,), "<", 1.0)]
    >>> CLAIMS.pop("example").statement
    'The loss falls.'
    """
    checks.one_of("topic", topic, TOPICS)

    def register(run: Callable[[], Sequence[Case]]) -> Callable[[], Sequence[Case]]:
        name = run.__name__.replace("_", "-")
        if name in CLAIMS:
            raise ValueError(f"id of a claim must be unique, got {name!r} twice")
        CLAIMS[name] = Claim(name, topic, statement, source, place, gallery, report, fault, run)
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
        If there is no such claim, or its experiment returns no cases.

    Examples
    --------
    >>> import claims
    >>> claims.measure("adam-first-step").verdict
    'holds under conditions'
    """
    checks.one_of("name", name, CLAIMS)
    with np.errstate(all="ignore"):
        cases = tuple(CLAIMS[name].run())
    if not cases:
        raise ValueError(f"{name} must return at least one case, got none")
    return Evidence(name, cases)
