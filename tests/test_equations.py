"""The docstring equations are what the code computes, and the check of it has teeth."""

import inspect
import sys
import time
from collections import Counter

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adamdoc import Adam, equations, optimizers
from adamdoc.equations import parse
from adamdoc.equations.system import Assignment, System

CLASSES = [getattr(optimizers, name) for name in optimizers.__all__ if name != "Optimizer"]
DECAYS = {"beta", "beta1", "beta2", "momentum"}


def draw_case(system, rng, dtype, *, decay=None):
    """Return random operands of one step: parameters, gradient, step, states, hyperparameters."""
    shape = (int(rng.integers(1, 5)),)
    size = 10.0 ** rng.uniform(-3, 3)
    theta = rng.standard_normal(shape).astype(dtype)
    g = (size * rng.standard_normal(shape)).astype(dtype)
    t = int(10 ** rng.uniform(0, 4))
    # The sums and averages of squares are never negative.
    state = {
        name: (
            size**2 * rng.random(shape) if name in "vs" else size * rng.standard_normal(shape)
        ).astype(dtype)
        for name in system.states
    }
    values = {}
    for name in system.hyperparameters:
        if name in DECAYS:
            values[name] = float(rng.uniform(0, 0.9999)) if decay is None else decay
        else:
            values[name] = float(10 ** rng.uniform(-8, 1))
    return theta, g, t, state, values


def deviations(cls, system, case):
    """Return for each quantity the largest deviation, in rounding errors of its operands."""
    theta, g, t, state, values = case
    new, after = cls(**values).update(theta, g, {"t": t - 1, **state})
    expected = system.evaluate(theta, g, t, state, values)
    found = {**{name: after[name] for name in system.states}, "theta": new}
    unit = np.finfo(theta.dtype).eps
    result = {}
    for name, value in found.items():
        scale = np.abs(value) + (np.abs(theta) if name == "theta" else np.abs(state[name]))
        scale = scale + (0 if name == "theta" else g**2 if name in "vs" else np.abs(g))
        with np.errstate(all="ignore"):
            gap = np.abs(value - expected[name]) / (unit * scale)
        result[name] = float(np.nan_to_num(gap, nan=np.inf).max())
    return result


#: A few roundings of the operands; a mutant is off by far more.
LIMIT = 32


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_update_computes_the_equations(cls, dtype, seed):
    system = equations.of(cls)
    case = draw_case(system, np.random.default_rng(seed), dtype)
    for name, deviation in deviations(cls, system, case).items():
        assert deviation < LIMIT, f"{cls.__name__}: the equation of {name} is not what update does"


@pytest.mark.parametrize("cls", CLASSES)
def test_states_and_equations_match_the_class(cls):
    system = equations.of(cls(lr=0.1))
    assert system == equations.of(cls)
    assert set(system.states) == set(cls().init(np.zeros(1))) - {"t"}
    source = inspect.getsource(cls.update)
    positions = [source.index(f" {a.name} = ") for a in system.assignments]
    assert positions == sorted(positions), "update computes in another order than the equations"


def mutants(system):
    """Yield systems with one fault each, and what was done."""

    def rebuilt(index, expr):
        assignments = list(system.assignments)
        old = assignments[index]
        assignments[index] = Assignment(old.name, expr, old.latex)
        return System(system.optimizer, tuple(assignments), system.states, system.hyperparameters)

    for index, assignment in enumerate(system.assignments):
        expr = assignment.expr
        for part in sympy.preorder_traversal(expr):
            changes = []
            if isinstance(part, sympy.Add):
                for term in part.args:
                    changes.append((f"drop {term}", part - term))
                    changes.append((f"flip {term}", part - 2 * term))
            if isinstance(part, sympy.Pow):
                base, exponent = part.args
                changes.append((f"exponent of {part}", base ** (exponent + 1)))
            for what, change in changes:
                yield f"{assignment.name}: {what}", rebuilt(index, expr.xreplace({part: change}))
        for symbol in sorted(expr.free_symbols, key=str):
            name = str(symbol)
            if name in system.states:
                back = expr.xreplace({symbol: sympy.Symbol(f"{name}_prev")})
                yield f"{assignment.name}: index of {name}", rebuilt(index, back)
            if name in DECAYS:
                for other in sorted(DECAYS & set(system.hyperparameters) - {name}):
                    swapped = expr.xreplace({symbol: sympy.Symbol(other)})
                    yield f"{assignment.name}: {other} for {name}", rebuilt(index, swapped)
        eps = sympy.Symbol("eps")
        if eps in expr.free_symbols:
            for root in expr.atoms(sympy.Pow):
                if root.exp == sympy.Rational(1, 2):
                    inside = expr.xreplace({root + eps: sympy.sqrt(root.base + eps)})
                    yield f"{assignment.name}: eps under the root", rebuilt(index, inside)


@pytest.mark.parametrize("cls", CLASSES)
def test_every_mutant_of_the_equations_is_caught(cls, capsys):
    system = equations.of(cls)
    tally = Counter()
    for what, mutant in mutants(system):
        rng = np.random.default_rng(0)
        worst = 0.0
        for _ in range(30):
            case = draw_case(system, rng, np.float64)
            try:
                with np.errstate(all="ignore"):
                    worst = max(worst, *deviations(cls, mutant, case).values())
            except ArithmeticError:
                worst = np.inf  # a fault so large that Python's own floats overflow
        tally["tried"] += 1
        tally["caught"] += worst > LIMIT
        assert worst > LIMIT, f"{cls.__name__}: the check does not see the fault '{what}'"
    assert tally["tried"] >= 2
    with capsys.disabled():
        print(f"\n{cls.__name__}: {tally['tried']} mutants, {tally['caught']} caught")


def block(*lines):
    return ".. math::\n\n" + "".join(f"    {line}\n" for line in lines) + "\nmore text\n"


STEP = r"\theta_t &= \theta_{t-1} - \eta g_t"


@pytest.mark.parametrize(
    ("doc", "names", "message"),
    [
        ("no block", ("lr",), "X: the docstring has no block of equations"),
        (block(r"\theta_t = g_t"), (), "X, equation 1: must be one assignment with '&='"),
        (block(r"\theta_t &= g_t &= \eta"), ("lr",), "X, equation 1: must be one assignment"),
        (block(r"\theta_t &= \theta_{t-1} - \gamma g_t"), (), r"X, equation 1: \gamma is unknown"),
        (block(r"\theta_t &= \theta_{t-1} - q"), (), "X, equation 1: the symbol q is unknown"),
        (block(r"\eta &= g_t"), ("lr",), r"X, equation 1: '\\eta' cannot be assigned"),
        (block(r"m_t &= g_t \\", r"m_t &= g_t"), (), "X, equation 2: m is assigned twice"),
        (block(r"\theta_t &= m_t"), (), "X, equation 1: m is used before it is assigned"),
        (block(r"\theta_t &= m_{t-1}"), (), "X: m is used but never assigned"),
        (block(r"m_t &= g_t"), (), "X: no equation assigns theta"),
        (block(STEP), (), "X, equation 1: lr is no field of the class"),
        (block(STEP), ("lr", "eps"), "X: no equation uses the field eps"),
        (block(r"\theta_t &= g_t ! 2"), (), "X, equation 1: cannot read '!'"),
        (block(r"\theta_t &= \frac{g_t}"), (), "X, equation 1: cannot read"),
        (block(r"\theta_t &= "), (), "X, equation 1: cannot read 'nothing'"),
        (block(r"\theta_t &= g_t" + " + g_t" * 100), (), "X, equation 1: is too long"),
    ],
)
def test_errors_name_optimizer_equation_and_symbol(doc, names, message):
    with pytest.raises(equations.EquationError) as caught:
        parse.from_docstring("X", doc, names)
    assert message.replace(r"\\", "\\") in str(caught.value).replace(r"\\", "\\")


def test_what_is_no_optimizer():
    with pytest.raises(TypeError, match="optimizer must be an Optimizer or a class of it, got 3"):
        equations.of(3)


PIECES = [
    *r"+-*/^_{}()|&=t1m",
    r"\frac",
    r"\theta_t",
    r"\hat{m}_t",
    "g_t",
    r"\sqrt",
    r"\\",
    "&=",
    " ",
]
PIECES += [r"\left", r"\max", "__import__('os')", "lambda", ";", "\n    ", r"\beta_1", "0" * 30]


def outcome(doc, names):
    """Return the name of the system, or the documented error; any other exception is a failure."""
    try:
        return parse.from_docstring("X", doc, names).optimizer
    except equations.EquationError as error:
        return str(error)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60))
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_gives_the_documented_error_and_nothing_else(text):
    start = time.perf_counter()
    assert outcome(block(text), ("lr",)).startswith("X")
    assert time.perf_counter() - start < 1


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_cut_and_shuffled_blocks(data):
    doc = inspect.getdoc(Adam)
    lines = parse.BLOCK.search(doc)[1].strip().split("\n")
    shuffled = data.draw(st.permutations(lines))
    text = "\n".join(shuffled)[: data.draw(st.integers(0, 400))]
    assert outcome(block(text), ("lr", "beta1", "beta2", "eps")).startswith("X")


def test_without_sympy(monkeypatch):
    monkeypatch.setitem(sys.modules, "latex2sympy2_extended", None)
    monkeypatch.delitem(sys.modules, "adamdoc.equations.parse")
    with pytest.raises(ImportError, match=r"pip install 'adamdoc\[equations\]'"):
        __import__("adamdoc.equations.parse")
