"""Code generation: from a `System` to loops over the elements, and to machine code.

The equations are split into stages. Numbers, that is all that follows from the hyperparameters, t
and reductions of earlier stages, are computed between the loops. A loop is as fused as the
reductions allow: it reads an array once, computes all elements that it needs, and writes the states
that no later loop needs unchanged. What a later loop needs of an intermediate array is computed
again there from the states, so that no intermediate array is ever stored.
"""

import contextlib
import functools
import keyword
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adamdoc.equations import evaluate
from adamdoc.equations.machine import machine_code
from adamdoc.equations.system import System
from adamdoc.equations.tree import (
    FUNCTIONS,
    REDUCTIONS,
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
    children,
    names,
    rebuilt,
    show,
    substitute,
    walk,
)

#: Shapes as bits, so that the shape of an expression is the union of those of its parts.
NUMBER, ONE, ROWS, COLUMNS, FULL = 0, 1, 1 | 2, 1 | 4, 1 | 2 | 4
SHAPES = {"number": NUMBER, "rows": ROWS, "columns": COLUMNS, "": FULL}
#: Functions whose arguments are whole matrices. They are computed by `adamdoc.equations.workspace`.
MATRIX = frozenset({"transpose", "eig", "orth", "sort"})
#: The reductions over elements, as the term and what is added to it: the sum or the maximum.
TERMS: dict[str, Callable[..., Node]] = {
    "sum": lambda x: x,
    "mean": lambda x: x,
    "rms": lambda x: Call("square", (x,)),
    "norm": lambda x: Call("square", (x,)),
    "norm1": lambda x: Call("abs", (x,)),
    "norminf": lambda x: Call("abs", (x,)),
    "inner": lambda x, y: Product((x, y)),
}
ALONG = {"mean_columns": ROWS, "sum_columns": ROWS, "mean_rows": COLUMNS, "sum_rows": COLUMNS}
ALONG |= {"max_columns": ROWS, "max_rows": COLUMNS}
#: Where the reductions that are no sums begin.
STARTS = {"norminf": 0.0, "max_columns": -math.inf, "max_rows": -math.inf}

#: Names that generated code uses itself.
RESERVED = frozenset(
    {
        *FUNCTIONS,
        *keyword.kwlist,
        *[
            "i",
            "j",
            "k",
            "add",
            "square",
            "where",
            "series",
            "float",
            "float64",
            "inf",
            "range",
            "numba",
            "values",
        ],
    }
)


class UnsupportedError(ValueError):
    """The equations have something for which there is no loop over the elements."""


@dataclass
class Stage:
    """A loop over the elements, and the numbers that are computed before it.

    Attributes
    ----------
    small : list of (str, Node)
        The numbers, rows and columns before the loop, by name.
    coefficients : dict of str to Node
        The arguments of the loop after the arrays: loop-invariant expressions.
    operands : list of str
        The arrays that the loop reads or writes.
    lines : list of str
        The body of the loop.
    writes : list of str
        Those of the operands that it overwrites.
    sums : list of str
        The names of its sums, and of the rows and columns of sums: its results.
    """

    small: list[tuple[str, Node]] = field(default_factory=list)
    coefficients: dict[str, Node] = field(default_factory=dict)
    operands: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    sums: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reduction:
    """A reduction over elements: its name, term and kind, and whether it is over all arrays."""

    name: str
    function: str
    term: Node
    shape: int
    shared: bool


class Kernel:
    """The loops of a system.

    Parameters
    ----------
    system : System
        The equations.

    Attributes
    ----------
    stages : list of Stage
        The loops in order; the last only has numbers.
    uniform : bool
        Whether the coefficients are the same for all arrays of a model.
    shared : bool
        Whether a step of one array depends on the others.
    has_more : bool
        Whether the state has rows, columns or numbers.
    plane : bool
        Whether the loops are over rows and columns.
    kept : tuple of str
        The entries of the state.
    gradients : dict of str to (int, str)
        The quantities that are gradients at another point: the stage before which they are
        evaluated, and the name of the point.
    stored : tuple of str
        Arrays besides the states that a loop writes: points at which a gradient is evaluated.
    source : str
        The Python source of the loops.

    Raises
    ------
    UnsupportedError
        If an equation has products of matrices, or another thing that is not by element.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.items: dict[str, Node] = {}
        self.reductions: dict[str, Reduction] = {}
        self.gradients: dict[str, tuple[int, str]] = {}
        self._reduced: dict[tuple[Node, bool], Node] = {}
        self._shapes = dict.fromkeys((*system.hyperparameters, "loss", "t", "size"), NUMBER)
        self._shapes |= {"rows": NUMBER, "columns": NUMBER, "all_sizes": NUMBER}
        self.kept = (*system.states, *system.constants)
        try:
            self._shapes |= {name: SHAPES[system.shape(name)] for name in self.kept}
        except KeyError:
            raise UnsupportedError("a state is a square matrix") from None
        self._shapes |= {f"{name}_prev": self._shapes[name] for name in system.states}
        self._levels = dict.fromkeys(self._shapes, 0)
        for assignment in system.assignments:
            shared = system.scopes.get(assignment.name) == "model"
            self._lower(assignment.name, assignment.expr, shared)
        self.written = ("theta", *(n for n in system.states if self._shapes[n] == FULL))
        self.stored = tuple(dict.fromkeys(point for _, point in self.gradients.values()))
        self.plane = any(0 < s < FULL for s in self._shapes.values()) or any(
            r.shape > 0 for r in self.reductions.values()
        )
        own = {"size", "rows", "columns"} & {n for e in self.items.values() for n in names(e)}
        own |= {r.name for r in self.reductions.values() if not r.shared}
        own |= {n for n in self.kept if self._shapes[n] != FULL and system.scopes[n] != "model"}
        self.uniform = not own and not self.plane
        self.shared = bool(self.gradients) or any(r.shared for r in self.reductions.values())
        self.has_more = self.plane or any(self._shapes[name] != FULL for name in self.kept)
        self.stages = self._staged()
        loops = [self.loop(k) for k, stage in enumerate(self.stages) if stage.lines]
        self.source = "\n\n".join(loops)

    # Lowering: reductions get names, and every quantity a shape and a level

    def _lower(self, name: str, expr: Node, shared: bool) -> None:
        expr = self._without_reductions(self._without_definitions(expr), shared)
        self.items[name] = expr
        if isinstance(expr, Call) and expr.function == "gradient":
            (point,) = expr.arguments
            assert isinstance(point, Name)
            self._levels[name] = self._level(point) + 1
            self._shapes[name] = FULL
            self.gradients[name] = self._levels[name], point.name
            return
        level, shape = self._level(expr), self.shape(expr)
        if shape != FULL and self._shapes.get(name, shape if name != "theta" else FULL) == FULL:
            shape = FULL  # a state of the parameters' shape, from numbers
        self._levels[name], self._shapes[name] = level, shape

    def _without_definitions(self, expr: Node) -> Node:
        for definition in self.system.definitions:
            for part in walk(expr):
                if isinstance(part, Call) and part.function == definition.name:
                    if definition.loop:
                        raise UnsupportedError(f"{definition.name} is a loop")
                    body = definition.result
                    for a in reversed(definition.before):
                        body = substitute(body, {Name(a.name): a.expr})
                    body = substitute(body, {Name(definition.parameter): part.arguments[0]})
                    expr = substitute(expr, {part: body})
        return expr

    def _without_reductions(self, node: Node, shared: bool) -> Node:
        """Return an expression with names in place of the reductions, which are added."""
        if shared and node == Name("size"):
            return Name("all_sizes")
        node = rebuilt(node, lambda part: self._without_reductions(part, shared))
        if not isinstance(node, Call) or node.function not in REDUCTIONS | ALONG.keys():
            return node
        if all(self.shape(argument) != FULL for argument in node.arguments):
            return node  # of few numbers, between the loops
        if (node, shared) not in self._reduced:
            self._reduced[node, shared] = self._reduction(node, shared)
        return self._reduced[node, shared]

    def _reduction(self, node: Call, shared: bool) -> Node:
        function, alike = node.function, [r for r in self.reductions.values() if r.shared == shared]
        name = f"{'all_' * shared}{function}_{len(alike) + 1}"
        while name in self.system.symbols:
            name += "_"
        shape = ALONG.get(function, NUMBER)
        term = node.arguments[0] if shape else TERMS[function](*node.arguments)
        self.reductions[name] = Reduction(name, function, term, shape, shared)
        self._shapes[name], self._levels[name] = shape, self._level(term) + 1
        result: Node = Name(name)
        if function in ("mean_columns", "mean_rows"):
            count = Name(function.removeprefix("mean_"))
            return Quotient(result, Call("max", (count, Number(1))))
        if function in ("mean", "rms"):
            size = Name("all_sizes" if shared else "size")
            result = Quotient(result, Call("max", (size, Number(1))))
        return Call("sqrt", (result,)) if function in ("rms", "norm") else result

    def shape(self, node: Node) -> int:
        """Return the shape of an expression."""
        match node:
            case Name(name):
                return self._shapes.get(name, FULL)
            case Call(function, arguments):
                if function in MATRIX or function == "step":
                    raise UnsupportedError(f"{function} is not by element")
                shape = functools.reduce(lambda a, b: a | b, map(self.shape, arguments))
                if function in REDUCTIONS:  # of rows or columns: one for each matrix of an array
                    return ONE if ONE <= shape < FULL else NUMBER
                return ALONG.get(function, FULL) & shape
            case Series(_, index, first, last, term):
                self._shapes[index] = NUMBER
                if max(map(self.shape, (first, last, term))) > NUMBER:
                    raise UnsupportedError(f"{show(node)} is a series of arrays")
                return NUMBER
            case MatrixProduct() | MatrixPower():
                raise UnsupportedError("a product of matrices is not by element")
        return functools.reduce(lambda a, b: a | b, map(self.shape, children(node)), NUMBER)

    def _level(self, node: Node) -> int:
        """Return the number of the first stage in which an expression can be computed."""
        return max((self._levels.get(name, 0) for name in names(node)), default=0)

    # Stages

    def _staged(self) -> list[Stage]:
        last = max(self._levels.values())
        writes = {n: self._levels[n] for n in (*self.written, *self.stored)}
        while True:  # write a state later as long as a later loop needs its old value
            needs = [self._needs(level, writes) for level in range(last + 1)]
            late = {
                name: level
                for level, (_, leaves) in enumerate(needs)
                for name in self.written
                if f"{name}_prev" in leaves and writes[name] < level
            }
            if not late:
                break
            writes |= late
        stages = []
        for level, (needed, leaves) in enumerate(needs):
            stage = Stage()
            stage.small = [
                (name, expr)
                for name, expr in self.items.items()
                if self._levels[name] == level and self._shapes[name] != FULL
            ]
            stage.writes = targets = [name for name, at in writes.items() if at == level]
            fresh = [f"{name}_prev" for name in self.written]
            stage.operands = list(
                dict.fromkeys(
                    n.removesuffix("_prev") if n in fresh else n
                    for n in ("theta_prev", "g", *fresh, *sorted(leaves), *targets)
                    if n in leaves or n in targets or n.removesuffix("_prev") in targets
                )
            )
            loop = _Loop(self, stage, needed, leaves)
            for name in needed:
                stage.lines.append(f"{loop.local(name)} = {loop.text(self.items[name])}")
            for reduction in self.reductions.values():
                if self._levels[reduction.name] == level + 1:
                    stage.lines.append(loop.accumulate(reduction))
                    stage.sums.append(reduction.name)
            stage.lines += [f"{loop.element(n)} = {loop.local(n)}" for n in targets]
            stages.append(stage)
        return stages

    def _needs(self, level: int, writes: dict[str, int]) -> tuple[list[str], set[str]]:
        """Return the quantities that a loop computes, and the arrays that it reads."""
        queue = [name for name, at in writes.items() if at == level]
        for reduction in self.reductions.values():
            if self._levels[reduction.name] == level + 1:
                queue += self._arrays(reduction.term)
        needed, leaves = set[str](), set[str]()
        while queue:
            name = queue.pop()
            if name in needed or name in leaves:
                continue
            computed = name in self.items and name not in self.gradients
            if computed and writes.get(name, level) >= level:
                needed.add(name)
                queue += self._arrays(self.items[name])
            else:
                leaves.add(name)
        return [name for name in self.items if name in needed], leaves

    def _arrays(self, node: Node) -> list[str]:
        return [name for name in names(node) if self._shapes.get(name, FULL) == FULL]

    # Source

    def loop(self, level: int, *, arrays: bool = False) -> str:
        """Return the Python source of a loop; with ``arrays``, its coefficients are arrays."""
        stage = self.stages[level]
        names_ = [_safe(name) for name in stage.operands]
        like = f"{names_[0]}.dtype.type"
        sums = {n: _safe(n) for n in stage.sums}
        rows = [sums[n] for n in stage.sums if self._shapes[n]]
        numbers = [sums[n] for n in stage.sums if not self._shapes[n]]
        given = [f"all_{name}" if arrays else name for name in stage.coefficients]
        lines = [f"def loop{level}({', '.join([*names_, *rows, *given])}):"]
        for name, expr in stage.coefficients.items():
            if name != show(expr):
                lines.append(f"    # {name} = {show(expr)}")
        body = stage.lines
        if arrays:
            body = [*(f"{name} = all_{name}[i]" for name in stage.coefficients), *body]
        else:
            lines += [
                f"    {name} = {like}({name})"
                for name, expr in stage.coefficients.items()
                if self.shape(expr) == NUMBER
            ]
        lines += [f"    {name} = 0.0" for name in numbers]
        if self.plane:
            along = [n for n in stage.sums if self._shapes[n] == ROWS]
            starts = {n: STARTS.get(self.reductions[n].function, 0.0) for n in along}
            lines += [
                f"    for k in range({names_[0]}.shape[0]):",
                f"        for i in range({names_[0]}.shape[1]):",
                *(f"            {sums[n]}_ = {start}" for n, start in starts.items()),
                f"            for j in range({names_[0]}.shape[2]):",
                *(f"                {line}" for line in body),
                *(f"            {sums[n]}[k, i, 0] = {sums[n]}_" for n in along),
            ]
        else:
            lines.append(f"    for i in range({names_[0]}.size):")
            lines += [f"        {line}" for line in body]
        if numbers:
            lines.append(f"    return {', '.join(numbers)},")
        return "\n".join(lines) + "\n"

    @functools.cached_property
    def functions(self) -> list[Any]:
        """The compiled loops; None for a stage without one."""
        module = machine_code(self.source)
        return [getattr(module, f"loop{k}", None) for k in range(len(self.stages))]

    @functools.cached_property
    def _before(self) -> list[tuple[Callable[..., Any], Callable[..., Any]]]:
        """The functions for the numbers of each stage: fast for floats, and safe for anything."""
        return [(self._numbers(s, safe=False), self._numbers(s, safe=True)) for s in self.stages]

    def coefficients(self, level: int, values: dict[str, Any]) -> list[Any]:
        """Return the coefficients of a loop, and add the numbers before it to the values."""
        fast, safe = self._before[level]
        try:
            with np.errstate(all="ignore") if self.plane else contextlib.nullcontext():
                return list(fast(values))
        except (ArithmeticError, TypeError, ValueError):
            pass  # an array, or what Python raises an error for and NumPy has inf and nan
        scalars = {n: np.float64(v) for n, v in values.items() if isinstance(v, (float, int))}
        found = values | scalars
        with np.errstate(all="ignore"):
            coefficients = safe(found)
        for name, _ in self.stages[level].small:
            values[name] = float(found[name]) if np.ndim(found[name]) == 0 else found[name]
        return [float(c) if np.ndim(c) == 0 else c for c in coefficients]

    def _numbers(self, stage: Stage, *, safe: bool) -> Callable[..., Any]:
        coefficients = list(stage.coefficients.values())
        defined = {name for name, _ in stage.small}
        needed = {n for e in (*coefficients, *(e for _, e in stage.small)) for n in names(e)}
        lines = ["def numbers(values):"]
        lines += [f"    {_safe(name)} = values[{name!r}]" for name in sorted(needed - defined)]
        for name, expr in stage.small:
            lines.append(f"    {_safe(name)} = values[{name!r}] = {self._number(expr, safe)}")
        results = [self._number(c, safe) for c in coefficients]
        if not safe:  # numba compiles a loop again for a bool or an int
            numbers = [self.shape(c) == NUMBER for c in coefficients]
            results = [f"float({r})" if n else r for r, n in zip(results, numbers, strict=True)]
        lines.append(f"    return [{', '.join(results)}]")
        functions = dict(NUMPY if safe else evaluate.CALLS if self.plane else FLOATS)
        functions |= {"series": _series, "where": np.where}
        functions |= OF_MATRICES if self.plane else {}
        exec("\n".join(lines), functions)  # generated from parsed equations
        return functions["numbers"]

    def _number(self, expr: Node, safe: bool) -> str:
        def written(node: Node) -> Node:
            if isinstance(node, Name):
                return Name(_safe(node.name))
            if isinstance(node, Series):
                first, last, term = (show(written(n)) for n in (node.first, node.last, node.term))
                function = f"lambda {_safe(node.index)}: {term}"
                return Name(f"series({node.function!r}, {function}, {first}, {last})")
            if isinstance(node, Case) and (safe or self.shape(node.condition) != NUMBER):
                node = Call("where", (node.condition, node.value, node.otherwise))
            elif isinstance(node, Call) and node.function in ("and", "mod") and safe:
                node = Call(
                    {"and": "logical_and", "mod": "remainder"}[node.function], node.arguments
                )
            return rebuilt(node, written)

        return show(written(expr))


#: The functions of numbers if all are Python's.
FLOATS = {
    **evaluate.CALLS,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "sin", "cos", "tanh")},
    "abs": abs,
    "max": max,
    "min": min,
}
#: The functions of numbers if some of them are arrays, or not finite.
NUMPY = {
    **evaluate.CALLS,
    **{name: getattr(np, name) for name in ("sqrt", "abs", "sign", "exp", "log", "sin", "cos")},
    "tanh": np.tanh,
    "logical_and": np.logical_and,
    "remainder": np.remainder,
    "max": lambda *values: functools.reduce(np.maximum, values),
    "min": lambda *values: functools.reduce(np.minimum, values),
}

#: The reductions of the rows or columns of each matrix of an array.
OF_MATRICES = {
    name: functools.partial(getattr(np, name), axis=(-2, -1), keepdims=True)
    for name in ("sum", "mean")
}


def _series(function: str, term: Callable[[float], Any], first: float, last: float) -> Any:
    terms = [term(float(k)) for k in range(int(first), int(last) + 1)]
    return sum(terms) if function == "sum" else functools.reduce(lambda a, b: a * b, terms, 1.0)


def _safe(name: str) -> str:
    """Return a name in generated code that is not one of its own."""
    return f"{name}_" if name in RESERVED else name


class _Loop:
    """The text of the body of one loop."""

    def __init__(self, kernel: Kernel, stage: Stage, needed: list[str], leaves: set[str]) -> None:
        self.kernel, self.stage, self.needed = kernel, stage, needed
        self.index = "[k, i, j]" if kernel.plane else "[i]"
        taken = {*kernel.items, *kernel.system.hyperparameters, *leaves, *kernel.reductions}
        self.free = (name for k in range(1, 1000) if (name := f"c{k}") not in taken)

    def local(self, name: str) -> str:
        """Return the variable of a quantity that the loop computes."""
        kernel = self.kernel
        if name not in (*kernel.written, *kernel.stored):
            return _safe(name)
        return f"{name}_t" if f"{name}_t" not in kernel.items else f"{name}_t_"

    def element(self, name: str) -> str:
        return f"{_safe(name)}{self.index}"

    def text(self, node: Node) -> str:
        return show(self.hoist(node))

    def accumulate(self, reduction: Reduction) -> str:
        """Return the line that adds the term of a reduction to its sum."""
        name, term = _safe(reduction.name), self.hoist(reduction.term)
        function = "max" if reduction.function in STARTS else "add"
        if reduction.shape == COLUMNS:
            name += "[k, 0, j]"
            if function == "add":
                return f"{name} += {show(term)}"
        name += "_" * (reduction.shape == ROWS)
        return f"{name} = {show(Call(function, (Name(name), term)))}"

    def hoist(self, node: Node) -> Node:
        """Return an expression with coefficients in place of its loop-invariant parts."""
        if self.kernel.shape(node) != FULL:
            return self.coefficient(node)
        match node:
            case Name(name):
                if name in self.needed:
                    return Name(self.local(name))
                before = name.removesuffix("_prev")
                return Name(self.element(before if before in self.kernel.written else name))
            case Sum(terms):
                return _joined(Sum, self.grouped(Sum, terms))
            case Product():
                factors = _factors(node)
                inner = [f for f in factors if isinstance(f, Quotient) and self.divides(f)]
                if len(inner) == 1:  # a b / c has fewer extreme intermediate values than a (b / c)
                    others = tuple(f for f in factors if f is not inner[0])
                    numerator = Product((*others, *_factors(inner[0].numerator)))
                    return Quotient(self.hoist(numerator), self.hoist(inner[0].denominator))
                return _joined(Product, self.grouped(Product, factors))
            case Quotient(numerator, denominator):
                if not self.divides(node):
                    inverse = Quotient(Number(1), denominator)
                    return self.hoist(Product((*_factors(numerator), inverse)))
            case Power(base, Number(int())):
                return Power(self.hoist(base), node.exponent)
            case Case(value, condition, otherwise) if self.kernel.shape(condition) != FULL:
                chosen = Compare(">", self.coefficient(condition), Number(0))
                return Case(self.hoist(value), chosen, self.hoist(otherwise))
            case Call("max" | "min" as function, (first, *rest)):
                pair = functools.reduce(lambda a, b: Call(function, (a, b)), map(self.hoist, rest))
                return Call(function, (self.hoist(first), pair))
        return rebuilt(node, self.hoist)

    def divides(self, node: Quotient) -> bool:
        """Return whether the denominator of a quotient is not loop-invariant."""
        return self.kernel.shape(node.denominator) == FULL

    def grouped(self, kind: Any, parts: tuple[Node, ...]) -> list[Node]:
        """Return the parts of a sum or product, the loop-invariant ones of a shape in one."""
        groups: dict[int, list[Node]] = {}
        for part in parts:
            groups.setdefault(self.kernel.shape(part), []).append(part)
        full = [self.hoist(part) for part in groups.pop(FULL, ())]
        small = [self.coefficient(_joined(kind, group)) for group in groups.values()]
        return [*small, *full] if kind is Product else [*full, *small]

    def coefficient(self, node: Node) -> Node:
        """Return the name of a coefficient: its own for a name, otherwise c1, c2, ..."""
        if isinstance(node, Negative):
            return Negative(self.coefficient(node.term))
        known = {expr: name for name, expr in self.stage.coefficients.items()}
        if node not in known:
            known[node] = _safe(node.name) if isinstance(node, Name) else next(self.free)
            self.stage.coefficients[known[node]] = node
        name = known[node]
        shape = self.kernel.shape(node)
        if shape == NUMBER:
            return Name(name)
        return Name(f"{name}[k, {'i' if shape & 2 else 0}, {'j' if shape & 4 else 0}]")


def _factors(node: Node) -> tuple[Node, ...]:
    """Return the factors of nested products."""
    if not isinstance(node, Product):
        return (node,)
    return tuple(factor for part in node.factors for factor in _factors(part))


def _joined(kind: Any, parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
