"""Running error analysis: the value of an expression with a bound of its rounding error.

Each operation adds the rounding of its result to the errors of its operands, to first order. Two
programs that compute the same expression in different orders differ by less than twice the bound,
while a fault exceeds it by orders of magnitude.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from adamdoc.equations import evaluate
from adamdoc.equations.evaluate import COMPARISONS, Values, is_number, value_of, whole
from adamdoc.equations.system import Definition
from adamdoc.equations.tree import (
    At,
    Call,
    Case,
    Compare,
    MatrixPower,
    MatrixProduct,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
)
from adamdoc.optimizers import arrays

#: The rounding unit of Python's numbers.
EXACT = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Rounded:
    """A value and a bound of its error, of the same shape. Of a condition: where it may differ."""

    value: Any
    error: Any


def rounded(node: Node, values: Values, unit: float, exact: float = EXACT) -> Rounded:
    """Return the value of an expression, with a bound of its rounding error.

    Parameters
    ----------
    node : Node
        The expression.
    values : mapping
        The values of its symbols, which count as exact, as for `adamdoc.equations.evaluate`.
    unit : float
        The rounding unit of arrays, for example 2.0**-23 for float32.
    exact : float, default 2.0**-52
        The rounding unit of numbers.

    Returns
    -------
    Rounded
        The value and the bound.

    Examples
    --------
    >>> from adamdoc.equations.tree import Name, Sum
    >>> rounded(Sum((Name("m"), Name("g"))), {"m": np.ones(1), "g": -np.ones(1)}, 0.5)
    Rounded(value=array([0.]), error=array([1.]))
    """
    return _Analysis(values, unit, exact=exact).of(node)


def _finite(error: Any) -> Any:
    """Return an error, infinite where it is not a number as infinity times 0 is."""
    if is_number(error):
        return math.inf if math.isnan(error) else error
    return np.where(np.isnan(error), math.inf, error)


class _Analysis:
    def __init__(
        self,
        values: Values,
        unit: float,
        known: dict[str, Rounded] | None = None,
        exact: float = EXACT,
    ) -> None:
        self.values, self.unit, self.exact = values, unit, exact
        self.known = known or {}  # inside a function: its own quantities, with errors

    def of(self, node: Node) -> Rounded:
        rule: Callable[[Any, Any], Rounded] = _RULES[type(node)]
        return rule(self, node)

    def all(self, nodes: tuple[Node, ...]) -> list[Rounded]:
        return [self.of(node) for node in nodes]

    def eps(self, *values: Any) -> float:
        """Return the rounding unit of an operation."""
        return self.exact if all(map(is_number, values)) else self.unit

    def underflow(self, value: Any, *parts: Any) -> Any:
        """Return the error of results near the smallest numbers, unless a part is exactly zero."""
        if is_number(value):
            return 0.0
        dtype = np.float32 if self.unit > EXACT else np.float64
        nonzero = reduce(np.logical_and, (np.not_equal(part, 0.0) for part in parts))
        return nonzero * float(np.finfo(dtype).smallest_subnormal)

    def number(self, node: Number) -> Rounded:
        return Rounded(float(node.value), 0.0)

    def name(self, node: Name) -> Rounded:
        if node.name in self.known:
            return self.known[node.name]
        value = self.values[node.name]
        return Rounded(value, abs(value) * 0.0)  # not -0.0, by which a gap divided is -infinity

    def at(self, node: At) -> Rounded:
        (index,) = self.all(node.indices)
        each = f"{node.name}_{int(index.value)}"
        if each in self.known:
            return self.known[each]
        value = value_of(At(node.name, (Number(index.value),)), self.values)
        return Rounded(value, abs(value) * 0.0)

    def sum(self, node: Sum) -> Rounded:
        parts = self.all(node.terms)
        value = reduce(lambda a, b: a + b, (p.value for p in parts))
        error = sum(p.error for p in parts)
        return Rounded(value, error + self.eps(value) * sum(abs(p.value) for p in parts))

    def negative(self, node: Negative) -> Rounded:
        part = self.of(node.term)
        return Rounded(-part.value, part.error)

    def product(self, node: Product) -> Rounded:
        return reduce(self.times, self.all(node.factors))

    def times(self, a: Rounded, b: Rounded) -> Rounded:
        value = a.value * b.value
        error = abs(a.value) * b.error + a.error * abs(b.value) + a.error * b.error
        error = _finite(error) + self.underflow(value, a.value, b.value)
        return Rounded(value, error + self.eps(value) * abs(value))

    def quotient(self, node: Quotient) -> Rounded:
        a, b = self.of(node.numerator), self.of(node.denominator)
        value = a.value / b.value
        error = (a.error + abs(value) * b.error) / abs(b.value) + self.eps(value) * abs(value)
        error = error + self.underflow(value, a.value)
        if is_number(value):
            return Rounded(value, error if b.error < abs(b.value) else math.inf)
        return Rounded(value, np.where(np.less(b.error, abs(b.value)), error, math.inf))

    def power(self, node: Power) -> Rounded:
        return self.raised(self.of(node.base), self.of(node.exponent))

    def raised(self, base: Rounded, exponent: Rounded) -> Rounded:
        value = base.value**exponent.value
        size = abs(value)
        if is_number(value):
            error = 2 * self.exact * size
            if base.error and base.value:
                error += size * abs(exponent.value) * base.error / abs(base.value)
            elif base.error:
                error = math.inf if exponent.value < 1 else error + base.error**exponent.value
            if exponent.error and base.value > 0:
                error += size * abs(math.log(base.value)) * exponent.error
            return Rounded(value, error)
        # The largest slope in reach of the error is at one of its ends.
        ends = abs(base.value) + base.error, abs(base.value) - base.error
        ends = tuple(np.maximum(end, 0.0) ** exponent.value for end in ends)
        spread = np.maximum(abs(ends[0] - size), abs(ends[1] - size))
        error = np.where(np.greater(base.error, 0.0), spread, 0.0)
        logs = abs(np.log(np.where(np.greater(base.value, 0.0), base.value, 1.0)))
        error = error + size * logs * exponent.error + self.underflow(value, base.value)
        return Rounded(value, _finite(error + 2 * self.unit * size))

    def matrix_product(self, node: MatrixProduct) -> Rounded:
        return reduce(self.matmul, self.all(node.factors))

    def matmul(self, a: Rounded, b: Rounded) -> Rounded:
        size, others = abs(a.value), abs(b.value)
        error = size @ b.error + a.error @ others + a.error @ b.error
        terms = a.value.shape[-1] + 1
        meeting = np.sign(size) @ np.sign(others)  # how many products are not exactly zero
        error = _finite(error) + terms * self.underflow(size, meeting)
        return Rounded(a.value @ b.value, error + terms * self.unit * (size @ others))

    def matrix_power(self, node: MatrixPower) -> Rounded:
        base, exponent = self.of(node.base), value_of(node.exponent, self.values)
        if exponent > 0:
            return reduce(self.matmul, [base] * whole(exponent))
        value = evaluate.inverse_root(base.value, exponent)
        eigenvalues = abs(np.linalg.eigvalsh(base.value))
        smallest, largest = eigenvalues.min(), eigenvalues.max()
        n = len(value)
        inside = np.linalg.norm(base.error) + 4 * n * self.unit * largest
        if inside >= smallest:
            return Rounded(value, np.full_like(value, math.inf))
        error = abs(exponent) * (smallest - inside) ** (exponent - 1) * inside
        return Rounded(value, np.full_like(value, error + 4 * n * self.unit * smallest**exponent))

    def compare(self, node: Compare) -> Rounded:
        a, b = self.of(node.left), self.of(node.right)
        gap = abs(a.value - b.value)
        return Rounded(
            COMPARISONS[node.relation](a.value, b.value), np.less(gap, a.error + b.error)
        )

    def case(self, node: Case) -> Rounded:
        condition = self.of(node.condition)
        if np.ndim(condition.value) == 0 and not hasattr(condition.value, "keys"):
            chosen = self.of(node.value if condition.value else node.otherwise)
            if not condition.error:
                return chosen
            other = self.of(node.otherwise if condition.value else node.value)
            gap = abs(chosen.value - other.value) + other.error
            return Rounded(chosen.value, np.maximum(chosen.error, gap))
        a, b = self.entries(node.value), self.entries(node.otherwise)
        error = np.where(condition.value, a.error, b.error)
        doubtful = np.maximum(a.error, b.error) + abs(a.value - b.value)
        return Rounded(
            np.where(condition.value, a.value, b.value),
            np.where(condition.error, doubtful, error),
        )

    def entries(self, node: Node) -> Rounded:
        """Return a value of the entries of an array; a number is rounded to their dtype."""
        found = self.of(node)
        if is_number(found.value):
            return Rounded(found.value, found.error + self.unit * abs(found.value))
        return found

    def series(self, node: Series) -> Rounded:
        terms = [
            _Analysis(values, self.unit, self.known, self.exact).of(node.term)
            for values in evaluate.terms(node, self.values)
        ]
        if node.function == "prod":
            return reduce(self.times, terms, Rounded(1.0, 0.0))
        value = sum(term.value for term in terms)
        size = sum(abs(term.value) for term in terms)
        error = sum(term.error for term in terms)
        return Rounded(value, error + len(terms) * self.eps(value) * size)

    def call(self, node: Call) -> Rounded:
        arguments = self.all(node.arguments)
        function = None if node.function in _CALLS else self.values[node.function]
        if isinstance(function, Definition):
            return self.defined(function, arguments[0])
        if function is not None:  # step or gradient: the arguments are exact
            value = function(*(argument.value for argument in arguments))
            return Rounded(value, self.unit * abs(value))
        return _CALLS[node.function](self, *arguments)

    def defined(self, definition: Definition, argument: Rounded) -> Rounded:
        """Return the value of a function that the docstring defines."""
        inside = _Analysis(self.values, self.unit, exact=self.exact)
        inside.known[definition.parameter] = argument
        for before, loop in definition.stages:
            for assignment in before:
                inside.known[assignment.name] = inside.of(assignment.expr)
            for k in range(1, definition.repetitions(self.values) + 1):
                known = {n: v for n, v in inside.known.items() if n.endswith("_now")}
                inside.known |= {f"{n.removesuffix('_now')}_before": v for n, v in known.items()}
                inside.known["i"] = Rounded(float(k), 0.0)
                for assignment in loop:
                    value = inside.known[assignment.name] = inside.of(assignment.expr)
                    inside.known[f"{assignment.name.removesuffix('_now')}_each_{k}"] = value
        return inside.of(definition.result)

    # Functions

    def absolute(self, x: Rounded) -> Rounded:
        return Rounded(abs(x.value), x.error)

    def modulo(self, a: Rounded, b: Rounded) -> Rounded:
        return Rounded(a.value % b.value, 0.0)

    def both(self, *conditions: Rounded) -> Rounded:
        value = evaluate.CALLS["and"](*(part.value for part in conditions))
        return Rounded(value, reduce(np.logical_or, (part.error for part in conditions)))

    def transpose(self, x: Rounded) -> Rounded:
        transpose = evaluate.CALLS["transpose"]
        return Rounded(transpose(x.value), transpose(x.error))

    def sqrt(self, x: Rounded) -> Rounded:
        value = evaluate.CALLS["sqrt"](x.value)
        if is_number(value):
            spread = min(x.error / value, math.sqrt(x.error)) if value else math.sqrt(x.error)
            return Rounded(value, spread + self.exact * value)
        spread = np.where(np.greater(value, 0.0), x.error / np.maximum(value, 1e-300), math.inf)
        return Rounded(value, np.minimum(spread, np.sqrt(x.error)) + self.unit * value)

    def sign(self, x: Rounded) -> Rounded:
        return Rounded(evaluate.CALLS["sign"](x.value), 2.0 * np.less(abs(x.value), x.error))

    def extreme(self, name: str, parts: tuple[Rounded, ...]) -> Rounded:
        value = evaluate.CALLS[name](*(part.value for part in parts))
        # A part that is out of reach of the extreme does not contribute.
        within = [p.error * np.less_equal(abs(p.value - value), p.error) for p in parts]
        error = max(map(float, within)) if is_number(value) else reduce(np.maximum, within)
        return Rounded(value, error + self.eps(value) * abs(value))

    def total(self, x: Rounded) -> Rounded:
        size = evaluate.size_of(x.value)
        error = arrays.total(x.error) + size * self.unit * arrays.total(abs(x.value))
        return Rounded(arrays.total(x.value), error)

    def mean(self, x: Rounded) -> Rounded:
        total, size = self.total(x), evaluate.size_of(x.value)
        return Rounded(evaluate.mean(x.value), total.error / max(1, size))

    def norm(self, x: Rounded) -> Rounded:
        value = arrays.norm(x.value)
        return Rounded(value, arrays.norm(x.error) + evaluate.size_of(x.value) * self.unit * value)

    def norminf(self, x: Rounded) -> Rounded:
        top = evaluate.CALLS["norminf"]
        return Rounded(top(x.value), top(x.error))

    def along(self, name: str, axis: int, x: Rounded) -> Rounded:
        function = evaluate.CALLS[name]
        terms = np.atleast_2d(x.value).shape[axis]
        error = function(x.error) + terms * self.unit * function(abs(x.value))
        return Rounded(function(x.value), error)

    def largest(self, name: str, x: Rounded) -> Rounded:
        function = evaluate.CALLS[name]
        return Rounded(function(x.value), function(x.error))

    def eig(self, x: Rounded) -> Rounded:
        value = evaluate.CALLS["eig"](x.value)
        gaps = np.diff(np.linalg.eigvalsh(x.value))
        gap = gaps.min() if gaps.size else math.inf
        error = np.linalg.norm(x.error) / gap + 4 * len(value) * self.unit
        return Rounded(value, np.full_like(value, error))

    def orth(self, x: Rounded) -> Rounded:
        value = evaluate.CALLS["orth"](x.value)
        smallest = np.linalg.svd(x.value)[1].min()
        size = np.linalg.norm(x.error) + 4 * len(value) * self.unit * np.linalg.norm(x.value)
        return Rounded(value, np.full_like(value, 2 * size / smallest))

    def sort(self, x: Rounded) -> Rounded:
        value = evaluate.CALLS["sort"](x.value)
        return Rounded(value, abs(value) * 0.0)  # a permutation is exact, and ties are improbable


def _unary(name: str, slope: Callable[[Any], Any]) -> Callable[[Any, Rounded], Rounded]:
    """Return the rule of a smooth function of one argument, for the size of its slope."""

    def rule(analysis: _Analysis, x: Rounded) -> Rounded:
        value = evaluate.CALLS[name](x.value)
        error = slope(x.value) * x.error + 2 * analysis.eps(value) * abs(value)
        return Rounded(value, error)

    return rule


_CALLS: dict[str, Callable[..., Rounded]] = {
    "sqrt": _Analysis.sqrt,
    "sign": _Analysis.sign,
    "abs": _Analysis.absolute,
    "exp": _unary("exp", evaluate.CALLS["exp"]),
    "log": _unary("log", lambda value: 1 / abs(value)),
    **{name: _unary(name, lambda value: value * 0.0 + 1.0) for name in ("sin", "cos", "tanh")},
    "max": lambda analysis, *parts: analysis.extreme("max", parts),
    "min": lambda analysis, *parts: analysis.extreme("min", parts),
    "mod": _Analysis.modulo,
    "and": _Analysis.both,
    "sum": _Analysis.total,
    "mean": _Analysis.mean,
    "rms": lambda analysis, x: analysis.sqrt(analysis.mean(analysis.times(x, x))),
    "norm": _Analysis.norm,
    "norm1": lambda analysis, x: analysis.total(analysis.absolute(x)),
    "norminf": _Analysis.norminf,
    "inner": lambda analysis, a, b: analysis.total(analysis.times(a, b)),
    "mean_columns": lambda analysis, x: analysis.along("mean_columns", -1, x),
    "mean_rows": lambda analysis, x: analysis.along("mean_rows", -2, x),
    "sum_columns": lambda analysis, x: analysis.along("sum_columns", -1, x),
    "sum_rows": lambda analysis, x: analysis.along("sum_rows", -2, x),
    "max_columns": lambda analysis, x: analysis.largest("max_columns", x),
    "max_rows": lambda analysis, x: analysis.largest("max_rows", x),
    "transpose": _Analysis.transpose,
    "eig": _Analysis.eig,
    "orth": _Analysis.orth,
    "sort": _Analysis.sort,
}

_RULES: dict[type, Callable[[Any, Any], Rounded]] = {
    Number: _Analysis.number,
    Name: _Analysis.name,
    At: _Analysis.at,
    Sum: _Analysis.sum,
    Negative: _Analysis.negative,
    Product: _Analysis.product,
    Quotient: _Analysis.quotient,
    Power: _Analysis.power,
    MatrixProduct: _Analysis.matrix_product,
    MatrixPower: _Analysis.matrix_power,
    Call: _Analysis.call,
    Compare: _Analysis.compare,
    Case: _Analysis.case,
    Series: _Analysis.series,
}
