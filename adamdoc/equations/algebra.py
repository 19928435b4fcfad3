"""Computer algebra: the tree as a SymPy expression, for derivatives and equivalence, and back."""

import functools
import math
from collections.abc import Collection
from typing import Any

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
)

#: The functions that have the same meaning in SymPy, by their names there.
KNOWN = {"abs": "Abs", "max": "Max", "min": "Min"} | {
    name: name for name in ("sqrt", "sign", "exp", "log", "sin", "cos", "tanh")
}


def to_sympy(node: Node, matrices: Collection[str] = ()) -> Any:
    """Return an expression as SymPy has it.

    Quantities are real symbols, and those in `matrices` noncommutative ones. What SymPy does not
    know becomes an undefined function: norms and transposes, and operations on the elements of
    matrices, which must not be taken for those on the matrices.

    Parameters
    ----------
    node : Node
        The expression.
    matrices : collection of str
        The names of the quantities whose products do not commute.

    Returns
    -------
    sympy.Expr
        The expression; for a condition, a relation.

    Examples
    --------
    >>> from adamdoc.equations.tree import Name, Number, Power, Product
    >>> square = Power(Name("y"), Number(2))
    >>> to_sympy(Product((Number(10), square))), to_sympy(square, ["y"])
    (10*y**2, power(y, 2))
    """
    sympy = _sympy()

    def opaque(function: str, *arguments: Any) -> Any:
        commutative = function in REDUCTIONS or all(a.is_commutative for a in arguments)
        return sympy.Function(function, commutative=commutative)(*arguments)

    def convert(node: Node) -> Any:
        parts = [convert(part) for part in children(node)]
        mixed = [part for part in parts if part.is_commutative is False]
        match node:
            case Number(value):
                return sympy.pi if value == math.pi else sympy.sympify(value)
            case Name(name):
                return symbol(name, name in matrices)
            case Sum():
                return sympy.Add(*parts)
            case Negative():
                return -parts[0]
            case Product() if len(mixed) > 1:
                scale = [part for part in parts if part.is_commutative]
                return sympy.Mul(*scale, opaque("product", *sorted(mixed, key=str)))
            case Product() | MatrixProduct():
                return sympy.Mul(*parts)
            case Quotient() if parts[1].is_commutative:
                return parts[0] / parts[1]
            case Power() if not mixed:
                return parts[0] ** parts[1]
            case MatrixPower():
                return parts[0] ** parts[1]
            case Compare(relation):
                return sympy.Rel(*parts, relation)
            case Case():
                value, condition, otherwise = parts
                return sympy.Piecewise((value, condition), (otherwise, True))
            case Series(function, index):
                first, last, term = parts
                total = sympy.Sum if function == "sum" else sympy.Product
                return total(term, (symbol(index), first, last))
            case Call("and"):
                return sympy.And(*parts)
            case Call("mod"):
                return sympy.Mod(*parts)
            case Call(function) if function in KNOWN and not mixed:
                return getattr(sympy, KNOWN[function])(*parts)
            case Call(function):
                return opaque(function, *parts)
        return opaque(type(node).__name__.lower(), *parts)

    return convert(node)


@functools.cache
def symbol(name: str, matrix: bool = False) -> Any:
    """Return the SymPy symbol of a quantity: real, or noncommutative for a matrix.

    Examples
    --------
    >>> symbol("m").is_real, symbol("m", matrix=True).is_commutative
    (True, False)
    """
    assumption = {"commutative": False} if matrix else {"real": True}
    return _sympy().Symbol(name, **assumption)


def from_sympy(expr: Any) -> Node:
    """Return a SymPy expression as a tree: sums, products, powers and the functions of `KNOWN`.

    Parameters
    ----------
    expr : sympy.Expr
        The expression.

    Returns
    -------
    Node
        The tree.

    Raises
    ------
    TypeError
        If the tree has no node for a part of the expression.

    Examples
    --------
    >>> from adamdoc.equations.tree import show
    >>> x = symbol("x")
    >>> show(from_sympy((x**3 / 2 - x).diff(x)))
    '3*x**2/2 - 1'
    """
    sympy = _sympy()
    if expr.is_Symbol:
        return Name(expr.name)
    if expr.is_Integer:
        return Number(int(expr)) if expr >= 0 else Negative(Number(int(-expr)))
    if expr.is_Rational:
        return Quotient(from_sympy(sympy.Integer(expr.p)), Number(int(expr.q)))
    if expr.is_number and expr.is_Atom:
        return Number(float(expr)) if expr >= 0 else Negative(Number(float(-expr)))
    if expr.could_extract_minus_sign() and not expr.is_Add:
        return Negative(from_sympy(-expr))
    if expr.is_Add:
        return Sum(tuple(map(from_sympy, expr.as_ordered_terms())))
    if expr.is_Mul:
        numerator, denominator = sympy.fraction(expr)
        if denominator != 1:
            return Quotient(from_sympy(numerator), from_sympy(denominator))
        return Product(tuple(map(from_sympy, expr.as_ordered_factors())))
    if expr.is_Pow:
        if expr.exp == sympy.Rational(1, 2):
            return Call("sqrt", (from_sympy(expr.base),))
        if expr.exp.could_extract_minus_sign():
            return Quotient(Number(1), from_sympy(1 / expr))
        return Power(from_sympy(expr.base), from_sympy(expr.exp))
    own = {name: function for function, name in KNOWN.items()}
    function = own.get(type(expr).__name__)
    if function is None or FUNCTIONS[function] not in (len(expr.args), -1):
        raise TypeError(f"expr must consist of what the tree has nodes for, got {expr}")
    return Call(function, tuple(map(from_sympy, expr.args)))


def _sympy() -> Any:
    try:
        import sympy
    except ImportError:
        raise ImportError("derivatives and equivalence need SymPy: pip install sympy") from None
    return sympy
