"""Comparing: the path of a docstring with that of the library, case by case."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc.audit import defaults, libraries
from adamdoc.audit.bindings import PARAMETERS, UPDATE, Bindings, Finding, State
from adamdoc.audit.docstrings import Reading, evaluated
from adamdoc.audit.executing import Path, Problem
from adamdoc.audit.paths import execute
from adamdoc.audit.reading import Assign, Program, Statement
from adamdoc.equations import tree
from adamdoc.equations.grammar import EquationError

#: Arguments that change nothing in the numbers of a step.
WITHOUT_EFFECT = frozenset(
    {
        "accumulator_dtype",
        "capturable",
        "differentiable",
        "dtype",
        "foreach",
        "fused",
        "gradient_accumulation_steps",
        "kwargs",
        "last_epoch",
        "lazy_mode",
        "loss_scale_factor",
        "mu_dtype",
        "multi_precision",
        "name",
        "optimizer",
        "parameters",
        "params",
        "self",
        "state_dtype",
        "use_multi_tensor",
        "verbose",
    }
)


@dataclass(frozen=True)
class Case:
    """Arguments, and a shape of the parameters."""

    arguments: Mapping[str, Any]
    shape: tuple[int, ...]

    def __str__(self) -> str:
        """Return the arguments as they are written in a call."""
        return ", ".join(
            f"{name}={getattr(value, '__name__', None) or repr(value)}"
            for name, value in self.arguments.items()
            if not isinstance(value, np.ndarray)  # what a function is given, not an option
        )


@dataclass(frozen=True)
class Deviation:
    """How far two paths are apart.

    Attributes
    ----------
    what : str
        ``"parameters"``, or the name of a state; empty if they agree.
    step : int
        The first step at which they differ, counted from 1.
    share : float
        The deviation there, as a share of the step that the library takes (of the largest entry of
        a state); nan if the docstring cannot be executed.
    largest : float
        The largest share in any step; if they agree, the rounding.
    message : str
        Why the docstring cannot be executed.
    """

    what: str = ""
    step: int = 0
    share: float = 0.0
    largest: float = 0.0
    message: str = ""

    @property
    def agrees(self) -> bool:
        """Whether nothing deviates."""
        return not self.what and not self.message


def problem(shape: tuple[int, ...], steps: int, seed: int = 0) -> Problem:
    """Return the start, gradients and losses of a run: given ones, so that errors do not grow.

    Examples
    --------
    >>> problem((2,), 3).gradients[0].shape
    (2,)
    """
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=shape) + np.sign(rng.normal(size=shape))
    gradients = tuple(rng.normal(size=shape) * rng.choice([0.3, 1.0, 3.0]) for _ in range(steps))
    losses = tuple(float(value) for value in np.abs(rng.normal(size=steps)) + 0.1)
    return Problem(theta, gradients, losses)


def cases(bindings: Bindings) -> list[Case]:
    """Return the cases: the defaults, each option alone, and each pair of options.

    Examples
    --------
    >>> found = cases(Bindings(symbols={}, options={"lr": (0.5,), "nesterov": (True,)}))
    >>> [str(case) for case in found]
    ['', 'lr=0.5', 'nesterov=True', 'lr=0.5, nesterov=True']
    """
    singles = [(name, value) for name, values in bindings.options.items() for value in values]
    pairs = [pair for pair in itertools.combinations(singles, 2) if pair[0][0] != pair[1][0]]
    chosen: dict[str, dict[str, Any]] = {}
    for options in [(), *((single,) for single in singles), *pairs]:
        needed = {k: v for name, _ in options for k, v in bindings.needs.get(name, {}).items()}
        arguments = {**bindings.arguments, **needed, **dict(options)}
        chosen.setdefault(repr(arguments), arguments)
    return [Case(given, shape) for given in chosen.values() for shape in bindings.shapes]


def all_arguments(target: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call with the defaults of the signature."""
    try:
        parameters = defaults.signature(target).parameters.values()
    except (TypeError, ValueError):
        return dict(given)
    found = {p.name: p.default for p in parameters if p.default is not p.empty}
    return {**found, **given}


def deviation(ours: Path, theirs: Path, start: Any, tolerance: float) -> Deviation:
    """Return how far the path of a docstring is from that of the library.

    The start is that of the parameters; None for a function, whose values are compared.
    """
    if start is None:
        sizes = [_largest(value) for value in theirs.values]
    else:
        path = [start, *theirs.values]
        sizes = [_largest(new - old) for old, new in itertools.pairwise(path)]
    scale = max(sizes, default=0.0) or 1.0
    what = "value" if start is None else "parameters"
    distances = map(_distance, ours.values, theirs.values)
    shares = list(zip(distances, sizes, strict=True))
    found = [*_first(what, shares, scale, tolerance)]
    largest = max(distance for distance, _ in shares) / scale
    for name in {name: None for state in ours.states for name in state}:
        if name not in theirs.states[-1]:
            known = ", ".join(theirs.states[-1])
            raise EquationError(f"the library has no state {name!r}, but {known}")
        size = max((_largest(state[name]) for state in theirs.states if name in state), default=0.0)
        shares = [
            (_distance(a[name], b[name]), size or 1.0)
            for a, b in zip(ours.states, theirs.states, strict=True)
            if name in a and name in b
        ]
        found += _first(name, shares, size or 1.0, tolerance)
    return found[0] if found else Deviation(largest=largest)


def _first(
    what: str, shares: Sequence[tuple[float, float]], scale: float, tolerance: float
) -> Iterator[Deviation]:
    for k, (distance, step) in enumerate(shares, start=1):
        if not distance <= tolerance * scale:
            largest = max(d / max(s, 1e-3 * scale) for d, s in shares)
            yield Deviation(what, k, distance / max(step, 1e-3 * scale), largest)
            return


def _largest(values: Any) -> float:
    values = np.asarray(values, dtype=float)
    return float(np.max(np.abs(values[np.isfinite(values)]), initial=0.0))


def _distance(a: Any, b: Any) -> float:
    """Return the largest difference; values that are not finite must be the same."""
    try:
        a, b = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    except ValueError:  # different shapes
        return float("inf")
    finite = np.isfinite(a) & np.isfinite(b)
    same = finite | (np.isnan(a) & np.isnan(b)) | (a == b)
    if not same.all():
        return float("inf")
    return _largest(np.where(finite, a - b, 0.0)) if a.size else 0.0


def repaired(doc: str, findings: Sequence[Finding]) -> str:
    """Return a docstring with the repairs of findings.

    Raises
    ------
    EquationError
        If a text that is to be replaced is not there.
    """
    for finding in findings:
        for old, new in finding.repair:
            if (found := _replace(doc, old, new)) is None:
                raise EquationError(f"the docstring does not have the text {old!r}")
            doc = found
    return doc


def _replace(text: str, old: str, new: str) -> str | None:
    """Return a text with one piece instead of another, whatever its spaces; None if it has none."""
    pattern = r"\s+".join(map(re.escape, old.split()))
    first, *rest = re.split(pattern, text)
    return new.join((first, *rest)) if rest else None


def with_symbols(bindings: Bindings, findings: Sequence[Finding]) -> Bindings:
    """Return bindings with the symbols that repairs use, and with repairs in their own texts."""
    more = {latex: m for finding in findings for latex, m in finding.symbols.items()}
    blocks = []
    for use in bindings.blocks:
        if isinstance(text := use.block, str):
            for finding in findings:
                for old, new in finding.repair:
                    text = _replace(text, old, new) or text
            use = replace(use, block=text)
        for finding in findings:
            for old, new in finding.repair:
                use = replace(use, result=_replace(use.result, old, new) or use.result)
        blocks.append(use)
    return replace(bindings, symbols={**bindings.symbols, **more}, blocks=tuple(blocks))


class Library:
    """The paths of a class or function, each computed once."""

    def __init__(self, target: Any, bindings: Bindings) -> None:
        self.target, self.bindings = target, bindings
        self.paths: dict[str, Path | Exception] = {}

    def path(self, case: Case) -> Path:
        """Return the path of a case."""
        key = f"{case.arguments} {case.shape}"
        if key not in self.paths:
            given = problem(case.shape, self.bindings.steps)
            try:
                self.paths[key] = libraries.run(self.target, self.bindings, case.arguments, given)
            except Exception as error:  # whatever a library raises
                self.paths[key] = error
        found = self.paths[key]
        if isinstance(found, Exception):
            raise found
        return found

    def valid(self, case: Case) -> bool:
        """Return whether the library takes the arguments of a case."""
        given = all_arguments(self.target, case.arguments)
        return not self.bindings.valid or bool(evaluated(self.bindings.valid, given))


def compare(reading: Reading, library: Library, case: Case) -> Deviation:
    """Return how far a docstring is from the library in one case."""
    theirs = library.path(case)
    given = problem(case.shape, library.bindings.steps)
    arguments = all_arguments(library.target, case.arguments)
    try:
        given = replace(given, found=theirs.states)
        ours = execute(reading, arguments, given, len(theirs.values))
    except EquationError as error:
        return Deviation(message=str(error))
    roles = {PARAMETERS, UPDATE} & {
        m for m in reading.bindings.symbols.values() if isinstance(m, str)
    }
    start = given.theta if roles else None
    kept = {
        m.name
        for m in reading.bindings.symbols.values()
        if isinstance(m, State) and (not m.when or evaluated(m.when, arguments))
    }
    states = tuple({n: v for n, v in state.items() if n in kept} for state in ours.states)
    ours = replace(ours, states=states)
    return deviation(ours, theirs, start, tolerance(library.bindings, arguments))


def tolerance(bindings: Bindings, arguments: Mapping[str, Any]) -> float:
    """Return the tolerance for some arguments."""
    larger = [
        value for when, value in bindings.tolerances.items() if evaluated(when, dict(arguments))
    ]
    return max([bindings.tolerance, *larger])


def undeclared(target: Any, bindings: Bindings) -> list[str]:
    """Return the arguments of a function of which the bindings say nothing."""
    try:
        parameters = defaults.signature(target).parameters.values()
    except (TypeError, ValueError):
        return []
    text = " ".join(m for m in bindings.symbols.values() if isinstance(m, str))
    text += " ".join(use.when + use.result for use in bindings.blocks)
    known = {*re.findall(r"\w+", text), *WITHOUT_EFFECT, *bindings.options, *bindings.unchecked}
    known |= {*bindings.arguments}
    own = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    # A step gets the parameters, the gradient and the states by position.
    given = 2 + sum(isinstance(m, State) for m in bindings.symbols.values())
    own = own[given:] if libraries.is_step(target, bindings) else own
    return [p.name for p in own if p.name not in known]


def other_values(target: Any, bindings: Bindings) -> dict[str, tuple[Any, ...]]:
    r"""Return another value to try for each argument of a symbol, from the kind of its default.

    Examples
    --------
    >>> def step(w, g, *, lr=0.1, eps=1e-8, nesterov=False): ...
    >>> symbols = {r"\eta": "lr", r"\epsilon": "eps", "nesterov": "nesterov"}
    >>> other_values(step, Bindings(symbols=symbols))
    {'lr': (0.3,), 'eps': (0.3,), 'nesterov': (True,)}
    """
    text = " ".join(m for m in bindings.symbols.values() if isinstance(m, str))
    bound = {*re.findall(r"\w+", text)}
    found: dict[str, tuple[Any, ...]] = {}
    for name, value in all_arguments(target, {}).items():
        if name not in bound:
            continue
        if isinstance(value, bool):
            found[name] = (not value,)
        elif isinstance(value, float | int) and value < 1:
            found[name] = (0.3 if value != 0.3 else 0.6,)
        elif isinstance(value, float):
            found[name] = (value * 1.5,)
    return found


def undefined(reading: Reading, doc: str) -> list[str]:
    """Return the LaTeX of symbols of arguments that the docstring uses but does not introduce."""
    squeezed = re.sub(r"\\[,;:! ]|[\s`]", "", doc)
    programs = [part for _, part in reading.parts if isinstance(part, Program)]
    for part in programs:
        for row in part.rows:
            if row not in part.header:
                squeezed = squeezed.replace(re.sub(r"\\[,;:! ]|[\s`]", "", row), "")
    used = {name for part in programs for name in _names(part.statements)}
    found = []
    for q in reading.quantities:
        own = isinstance(q.meaning, str) and q.name.startswith("(")
        if own and q.name in used and not _is_word(q.latex):
            latex = re.sub(r"\s", "", q.latex)
            for letters in (reading.bindings.time, *reading.bindings.ranges):
                latex = latex.replace(f"_{letters}", "")
            counted = "".join((reading.bindings.time, *reading.bindings.ranges))
            latex = re.sub(rf"_\{{[{counted},]+\}}$", "", latex)
            named = re.sub(r"\W|_", "", latex) in re.sub(r"\W|_", " ", q.name).split()
            named |= re.sub(r"\W|_", "", latex) == re.sub(r"\W|_", "", q.name)
            if not named and latex not in squeezed and q.latex not in reading.bindings.introduced:
                found.append(q.latex)
    return found


def _is_word(latex: str) -> bool:
    return re.fullmatch(r"(?:\\text\w*\{)?[A-Za-z][\w\\]*\}?", latex) is not None


def _names(statements: Sequence[Statement]) -> set[str]:
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, Assign):
            found |= {*tree.names(statement.expr)}
        else:
            for condition, body in statement.arms:
                found |= _names(body) | ({*tree.names(condition)} if condition else set())
    return found


def header_faults(reading: Reading) -> list[str]:
    """Return the symbols that a header introduces with another meaning than the bindings."""
    faults = []
    for _, part in reading.parts:
        if not isinstance(part, Program):
            continue
        for q in reading.quantities:
            if not (isinstance(q.meaning, str) and q.name.startswith("(")):
                continue
            latex = r"\s*".join(map(re.escape, re.findall(r"\\?[A-Za-z]+|\S", q.latex)))
            match = re.search(latex + r"(?:\\[:,; ]|\s)*\\text\{\s*\(([^()]*)\)\s*\}", part.header)
            own = re.sub(r"\W", "", q.latex) in re.findall(r"\w+", q.meaning)
            if match and not own and not _means(match[1], q.meaning):
                faults.append(
                    f"the header calls {q.latex} {match[1]!r}, the bindings {q.meaning!r}"
                )
    return faults


def _means(says: str, expression: str) -> bool:
    """Return whether words name an argument: ``"weight decay"`` names ``weight_decay``."""
    letters = re.sub(r"[^a-z]", "", says.lower())
    names = [
        re.sub(r"[^a-z]", "", name.lower()) for name in re.findall(r"[A-Za-z_]\w*", expression)
    ]
    return any(name in letters or letters in name or name[:3] == letters[:3] for name in names)
