"""The tree of a parsed expression: frozen dataclasses, how to walk them, and their text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

#: The name of the value of a quantity where none of its cases applies: it has none.
NO_CASE = "no case applies"


@dataclass(frozen=True)
class Number:
    """A number."""

    value: int | float


@dataclass(frozen=True)
class Name:
    """A quantity by its name in code; ``m_prev`` is m at index t-1."""

    name: str


@dataclass(frozen=True)
class At:
    """A quantity at an index, or at several: ``m_{t-1}`` where the indices are not in the name."""

    name: str
    indices: tuple["Node", ...]


@dataclass(frozen=True)
class Sum:
    """The sum of several terms."""

    terms: tuple["Node", ...]


@dataclass(frozen=True)
class Negative:
    """The negative of a term."""

    term: "Node"


@dataclass(frozen=True)
class Product:
    """The product of several factors, element by element."""

    factors: tuple["Node", ...]


@dataclass(frozen=True)
class Quotient:
    """A quotient, element by element."""

    numerator: "Node"
    denominator: "Node"


@dataclass(frozen=True)
class Power:
    """A power, element by element."""

    base: "Node"
    exponent: "Node"


@dataclass(frozen=True)
class MatrixProduct:
    """The product of several matrices."""

    factors: tuple["Node", ...]


@dataclass(frozen=True)
class MatrixPower:
    """A power of a square matrix: a positive integer, or a negative one over a symmetric matrix."""

    base: "Node"
    exponent: "Node"


@dataclass(frozen=True)
class Call:
    """A function of its arguments: one of `FUNCTIONS`, or one that a docstring defines."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Compare:
    """A condition: ``<``, ``<=``, ``>``, ``>=``, ``==`` or ``!=``."""

    relation: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True)
class Case:
    """A value where a condition holds, otherwise another."""

    value: "Node"
    condition: "Node"
    otherwise: "Node"


@dataclass(frozen=True)
class Series:
    """The sum, product, maximum or minimum of a term over an index.

    Its function is ``"sum"``, ``"prod"``, ``"max"`` or ``"min"``.
    """

    function: str
    index: str
    first: "Node"
    last: "Node"
    term: "Node"


Node = (
    Number
    | Name
    | At
    | Sum
    | Negative
    | Product
    | Quotient
    | Power
    | MatrixProduct
    | MatrixPower
    | Call
    | Compare
    | Case
    | Series
)

#: The functions by name in code, with the number of arguments: -1 for two or more.
FUNCTIONS = {
    "sqrt": 1,
    "abs": 1,
    "sign": 1,
    "exp": 1,
    "log": 1,
    "sin": 1,
    "cos": 1,
    "tanh": 1,
    "max": -1,
    "min": -1,
    "mod": 2,
    "and": -1,
    # Reductions to one number:
    "sum": 1,
    "mean": 1,
    "rms": 1,
    "norm": 1,
    "norm1": 1,
    "norminf": 1,
    "inner": 2,
    # One number for each row, or for each column, of a matrix:
    "mean_columns": 1,
    "mean_rows": 1,
    "sum_columns": 1,
    "sum_rows": 1,
    "max_columns": 1,
    "max_rows": 1,
    # Of matrices:
    "transpose": 1,
    "eig": 1,
    "orth": 1,
    "sort": 1,
    # Of optimizers:
    "step": 2,
    "gradient": 1,
}
#: The functions whose value is one number, whatever the argument.
REDUCTIONS = frozenset({"sum", "mean", "rms", "norm", "norm1", "norminf", "inner"})


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node, in order.

    Examples
    --------
    >>> children(Quotient(Name("m"), Number(2)))
    (Name(name='m'), Number(value=2))
    """
    found: list[Node] = []
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, tuple):
            found += value
        elif isinstance(value, Node):
            found.append(value)
    return tuple(found)


def rebuilt(node: Node, function: Callable[[Node], Node]) -> Node:
    """Return a node with a function applied to each node directly below it.

    Examples
    --------
    >>> show(rebuilt(Negative(Name("m")), lambda node: Name("v")))
    '-v'
    """
    changes: dict[str, Any] = {}
    for name in node.__dataclass_fields__:
        value = getattr(node, name)
        if isinstance(value, tuple):
            changes[name] = tuple(function(part) for part in value)
        elif isinstance(value, Node):
            changes[name] = function(value)
    return replace(node, **changes) if changes else node


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes below it, each before those below it.

    Examples
    --------
    >>> [type(part).__name__ for part in walk(Power(Name("g"), Number(2)))]
    ['Power', 'Name', 'Number']
    """
    yield node
    for part in children(node):
        yield from walk(part)


def names(node: Node) -> tuple[str, ...]:
    """Return the names of the quantities in an expression, each once, in the order of the text.

    Examples
    --------
    >>> names(Sum((Name("m"), Product((Name("g"), Name("m"))))))
    ('m', 'g')
    """
    bound = {part.index for part in walk(node) if isinstance(part, Series)}
    found = (part.name for part in walk(node) if isinstance(part, Name | At))
    return tuple(dict.fromkeys(name for name in found if name not in bound))


def substitute(node: Node, values: Mapping[Any, Node]) -> Node:
    """Return a tree in which some nodes are replaced by others, wherever they occur.

    Examples
    --------
    >>> show(substitute(Negative(Name("m")), {Name("m"): Name("m_prev")}))
    '-m_prev'
    """
    if node in values:
        return values[node]
    return rebuilt(node, lambda part: substitute(part, values))


#: The binding strength of each kind of node, for brackets: the larger, the stronger.
STRENGTH: dict[type, int] = {
    Case: 0,
    Compare: 1,
    Sum: 2,
    Negative: 2,
    Product: 3,
    Quotient: 3,
    MatrixProduct: 3,
    Power: 4,
    MatrixPower: 4,
}


def show(node: Node) -> str:
    """Return an expression as plain text, in Python's syntax except for products of matrices.

    Examples
    --------
    >>> show(Quotient(Name("m"), Sum((Number(1), Negative(Power(Name("beta1"), Name("t")))))))
    'm/(1 - beta1**t)'
    """
    match node:
        case Number(value):
            return repr(value)
        case Name(name):
            return name
        case At(name, indices):
            return f"{name}[{', '.join(map(show, indices))}]"
        case Sum(terms):
            text = _inside(terms[0], 2)
            for term in terms[1:]:
                minus = isinstance(term, Negative)
                part = _inside(term.term if isinstance(term, Negative) else term, 3)
                text += f" {'-' if minus else '+'} {part}"
            return text
        case Negative(term):
            return f"-{_inside(term, 3)}"
        case Product(factors):
            first, *rest = factors
            return "*".join([_inside(first, 3), *(_inside(factor, 4) for factor in rest)])
        case MatrixProduct(factors):
            return " @ ".join(_inside(factor, 4) for factor in factors)
        case Quotient(numerator, denominator):
            return f"{_inside(numerator, 3)}/{_inside(denominator, 4)}"
        case Power(base, exponent) | MatrixPower(base, exponent):
            sign = "**" if isinstance(node, Power) else "^"
            return f"{_inside(base, 5)}{sign}{_inside(exponent, 5)}"
        case Call("transpose", (matrix,)):
            return f"{_inside(matrix, 5)}.T"
        case Call("and", conditions):
            return " and ".join(_inside(condition, 1) for condition in conditions)
        case Call("mod", (number, divisor)):
            return f"{_inside(number, 4)} % {_inside(divisor, 4)}"
        case Call(function, arguments):
            return f"{function}({', '.join(map(show, arguments))})"
        case Compare(relation, left, right):
            return f"{_inside(left, 2)} {relation} {_inside(right, 2)}"
        case Case(value, condition, otherwise):
            return f"{_inside(value, 1)} if {show(condition)} else {show(otherwise)}"
        case Series(function, index, first, last, term):
            return f"{function}({show(term)} for {index} = {show(first)} to {show(last)})"
    raise TypeError(f"node must be a node of the tree, got {node!r}")


def _inside(node: Node, strength: int) -> str:
    """Return the text of a part, in brackets if it binds less strongly than the whole."""
    text = show(node)
    own = STRENGTH.get(type(node), 6)
    if isinstance(node, Call) and node.function in ("and", "mod"):
        own = 1 if node.function == "and" else 3
    return f"({text})" if own < strength else text
