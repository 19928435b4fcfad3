"""What a claim is: a statement, where it is made, and the experiment that it is put to."""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamdoc import checks

#: How a figure can be compared with its bound.
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

#: Where a claim comes from that the article makes.
ARTICLE = "the article"
#: Where a claim comes from that many make.
COMMON = "often said"


@dataclass(frozen=True)
class Case:
    """One condition under which a statement was tried, and what was measured.

    The statement held in this case if every value keeps to the relation.

    Attributes
    ----------
    condition : str
        Under which condition.
    quantity : str
        What was measured, with its unit if it has one.
    values : tuple of float
        What came out, one value for each seed (one alone where nothing is random).
    relation : {"<", "<=", ">", ">="}
        How the values are compared.
    bound : float
        With what.
    expected : bool
        Whether the statement is known to hold here. A case that comes out otherwise fails the
        tests and the build.
    """

    condition: str
    quantity: str
    values: tuple[float | np.floating[Any], ...]
    relation: str
    bound: float
    expected: bool = True

    def __post_init__(self) -> None:
        """Check the figures: a nan would never hold, and so agree with a case expected to fail."""
        checks.one_of("relation", self.relation, RELATIONS)
        values = tuple(float(value) for value in self.values)
        if not values or np.isnan([*values, self.bound]).any():
            raise ValueError(f"values must be numbers, got {values} in case {self.condition!r}")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "bound", float(self.bound))

    @property
    def holds(self) -> bool:
        """Whether every value keeps to the relation."""
        compare = RELATIONS[self.relation]
        return all(bool(compare(value, self.bound)) for value in self.values)


@dataclass(frozen=True)
class Report:
    """What a paper reports, for the table of the literature that was run again.

    Attributes
    ----------
    number : str
        The paper's number or finding, as Markdown.
    setup : str
        How our experiment relates to the paper's: the exact one, or how it was made smaller.
    difference : str
        Why ours differs, or that it does not.
    """

    number: str
    setup: str
    difference: str


@dataclass(frozen=True)
class Claim:
    """A statement that is commonly made, and the function that puts it to the test.

    Attributes
    ----------
    id : str
        The name of the function, with hyphens.
    topic : str
        One of ``TOPICS``.
    statement : str
        What is said.
    source : str
        ``ARTICLE``, ``COMMON``, or the key of a paper in the bibliography.
    place : str
        The section, theorem or figure of the source.
    gallery : str
        The gallery script that shows it, or empty.
    report : Report or None
        What the paper reports, where the claim runs a paper's experiment again.
    fault : str
        The fault, of those in the tests, that must turn the claim: a claim that holds whatever is
        broken says nothing.
    run : callable
        The experiment. Its docstring says in Markdown what is done and why it comes out so.
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
    """What came out when a claim was put to the test.

    Attributes
    ----------
    id : str
        The claim's.
    cases : tuple of Case
        The conditions that were tried.
    """

    id: str
    cases: tuple[Case, ...]

    @property
    def verdict(self) -> str:
        """One of ``VERDICTS``: by whether the statement held in all cases, in some or in none."""
        return verdict(case.holds for case in self.cases)

    @property
    def surprises(self) -> tuple[Case, ...]:
        """The cases that came out otherwise than they are known to."""
        return tuple(case for case in self.cases if case.holds != case.expected)


def verdict(held: Iterable[bool]) -> str:
    """Return the verdict on a statement by the cases in which it held.

    Parameters
    ----------
    held : iterable of bool
        Whether it held, for each case; at least one.

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
    """Register the function that follows as the test of a claim (see `Claim`).

    Parameters
    ----------
    topic : str
        One of ``TOPICS``.
    statement : str
        What is said.
    source : str, default ``ARTICLE``
        Who says it: ``ARTICLE``, ``COMMON``, or the key of a paper in the bibliography.
    place : str, optional
        The section, theorem or figure of the source.
    gallery : str, optional
        The gallery script that shows it.
    report : Report, optional
        What the paper reports, where its experiment is run again.
    fault : str, optional
        The fault, of those in the tests, that must turn the claim.

    Returns
    -------
    callable
        A decorator. It leaves the function as it is, and files it under its name, with hyphens.

    Raises
    ------
    ValueError
        If the topic is unknown, or the name is taken.

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
            raise ValueError(f"id must be new, got {name!r} twice")
        CLAIMS[name] = Claim(name, topic, statement, source, place, gallery, report, fault, run)
        return run

    return register


def measure(name: str) -> Evidence:
    """Put a claim to the test.

    Parameters
    ----------
    name : str
        Its id.

    Returns
    -------
    Evidence
        What came out.

    Raises
    ------
    ValueError
        If there is no such claim, or its experiment gave no case.

    Examples
    --------
    >>> import claims
    >>> claims.measure("adam-first-step").verdict
    'holds under conditions'
    """
    if name not in CLAIMS:
        raise ValueError(f"name must be the id of a claim (see CLAIMS), got {name!r}")
    found = CLAIMS[name]
    with np.errstate(all="ignore"):
        cases = tuple(found.run())
    if not cases:
        raise ValueError(f"{name} must return at least one case, got none")
    return Evidence(name, cases)
