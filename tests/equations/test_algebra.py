"""SymPy's expressions mean what the trees mean."""

import numpy as np
import pytest

from adamdoc import dialects, equations
from adamdoc.equations import algebra, grammar, tree
from adamdoc.equations.algebra import from_sympy, to_sympy
from adamdoc.equations.evaluate import CALLS, value_of

SCALAR = set(algebra.KNOWN) | {"and", "mod"}
EQUATIONS = [
    (f"{cls.__name__}.{assignment.name}", assignment.expr)
    for cls in dialects.ALL
    if not cls.matrix_only
    for assignment in equations.all_of(cls)[-1].assignments
    if all(n.function in SCALAR for n in tree.walk(assignment.expr) if isinstance(n, tree.Call))
]


@pytest.mark.parametrize(("name", "expr"), EQUATIONS)
def test_values_are_the_same(name, expr):
    rng = np.random.default_rng(sum(name.encode()))
    values = {n: float(rng.integers(1, 8) / 8) for n in tree.names(expr)}
    values |= {n: float(rng.integers(1, 9)) for n in ("t", "steps") if n in values}
    converted = to_sympy(expr)
    found = converted.subs({algebra.symbol(n): v for n, v in values.items()}).evalf()
    assert float(found) == pytest.approx(value_of(expr, values), rel=1e-12)
    if any(
        isinstance(n, tree.Case) or n == tree.Call("mod", tree.children(n)) for n in tree.walk(expr)
    ):
        return  # there is no way back
    assert value_of(from_sympy(converted), values) == pytest.approx(value_of(expr, values), 1e-12)


def parsed(text, *matrices):
    names = {letter: letter for letter in "abtxyAB"}
    return grammar.parse(text, grammar.Scope(names, frozenset(matrices)))


@pytest.mark.parametrize(
    ("text", "other", "equal"),
    [
        ("A B", "B A", False),
        (r"A \odot B", r"B \odot A", True),
        (r"A \odot B", "A B", False),
        ("A (A + B)", "A A + A B", True),
        ("A (A + B)", "A A + B A", False),
        ("2 A B - A B", "A B", True),
        ("A^{\\top}", "A", False),
        ("A^2", r"A^{\odot 2}", False),
        ("A A", "A^2", True),
        (r"\frac{1}{\sqrt{A}}", "A^{-1/2}", False),
        (r"\lVert A \rVert A", r"A \lVert A \rVert", True),
        (r"\lVert A \rVert_F B", r"B \lVert B \rVert_F", False),
        (r"\frac{A}{2}", r"\frac{1}{2} A", True),
    ],
)
def test_products_of_matrices(text, other, equal):
    left, right = (to_sympy(parsed(t, "A", "B"), ["A", "B"]) for t in (text, other))
    assert ((left - right).expand() == 0) == equal


def test_sums_and_conditions():
    assert to_sympy(parsed(r"\sum_{i=1}^{3} x^i")).doit() == to_sympy(parsed("x + x^2 + x^3"))
    case = to_sympy(parsed(r"a \text{ where } x > 1 \text{ and } t \ne 2, \text{ else } b"))
    at = {algebra.symbol(n): v for n, v in {"a": 5, "b": 7, "x": 3}.items()}
    t = algebra.symbol("t")
    assert [case.subs({**at, t: step}) for step in (1, 2)] == [5, 7]


@pytest.mark.parametrize("function", sorted(algebra.KNOWN))
def test_functions_there_and_back(function):
    arguments = tuple(map(tree.Name, "xy"[: 2 if tree.FUNCTIONS[function] < 0 else 1]))
    node = tree.Call(function, arguments)
    assert from_sympy(to_sympy(node)) == node
    values = {"x": 0.75, "y": 0.25}
    found = to_sympy(node).subs({algebra.symbol(n): v for n, v in values.items()})
    given = [values[argument.name] for argument in arguments]
    assert float(found) == pytest.approx(CALLS[function](*given))


def test_what_the_tree_has_no_node_for():
    norm = to_sympy(tree.Call("norm", (tree.Name("g"),)))
    with pytest.raises(TypeError, match=r"expr must consist of .* nodes for, got norm\(g\)"):
        from_sympy(2 * norm)
