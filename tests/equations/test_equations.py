"""The docstring equations are what the code computes, and the check of it has teeth."""

import importlib
import inspect
import pkgutil
import random
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adamdoc import (
    ASGD,
    LAMB,
    LAWA,
    LBFGS,
    SAM,
    SOAP,
    SWA,
    Adafactor,
    Adam,
    Adam8bit,
    AdamW,
    ClipByNorm,
    ClipEachByNorm,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    HeavyBall,
    Lookahead,
    Muon,
    Optimizer,
    Prodigy,
    RAdam,
    Sophia,
    WeightEMA,
    dialects,
    equations,
    optimizers,
)
from adamdoc.dialects import forms
from adamdoc.equations import mutation, parse
from adamdoc.equations.check import LIMIT
from adamdoc.equations.tree import Call, Name, show, walk
from adamdoc.notation import Symbol, table_of
from adamdoc.optimizers import CLASSES, Groups, Wrapper, arrays
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.line_search import search_of
from adamdoc.optimizers.wrappers.wrapper import needs

ALL = dialects.ALL
#: Those that compute something from the new parameters.
LAST = (ASGD, Adam8bit, LAWA, SOAP, SWA, WeightEMA)
WRAPPERS = [cls for cls in CLASSES.values() if issubclass(cls, Wrapper) and cls is not Groups]


def defined(cls):
    """Yield the subclasses of a class, and theirs."""
    for subclass in cls.__subclasses__():
        yield subclass
        yield from defined(subclass)


def test_every_class_has_equations():
    """None is left out: all that a module of the package defines, and the general forms."""
    for package in (optimizers, forms):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    packages = optimizers.__name__, forms.__name__  # others are tried in papers
    known = {cls for cls in defined(Optimizer) if cls.__module__.startswith(packages)}
    assert known - {Wrapper} == {*ALL}
    for cls in ALL:
        assert equations.of(cls).assignments[-1].latex


@pytest.mark.parametrize("cls", ALL)
@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=20)
def test_update_computes_the_equations(cls, seed):
    assert 0 <= equations.check(cls, cases=4, seed=seed) < LIMIT


@pytest.mark.parametrize("inside", [GradientDescent(), HeavyBall(), Adam(), Prodigy(), LAMB()])
@pytest.mark.parametrize("cls", WRAPPERS)
def test_wrappers_compute_the_equations_around_others(cls, inside):
    assert 0 <= equations.check(cls(inside), cases=30) < LIMIT


def walked(optimizer, theta, steps, gradient, tolerance):
    """Compare the path of an optimizer with that of its equations, as a program of their own."""
    (inlined,) = [
        i for i in equations.inline(optimizer) if i.system.dimensions in (None, theta.ndim)
    ]
    system = inlined.system
    rng = np.random.default_rng(0)
    expected, state = theta.copy(), optimizer.init(theta)
    states = system.start(expected, inlined.values(optimizer, 1))
    for t in range(1, steps + 1):
        g = gradient(theta) + rng.standard_normal(theta.shape)
        given = {
            "curvature": np.linspace(1, 10, theta.size).reshape(theta.shape),
            "gradient": gradient,
            "loss": float(np.sum(theta**2)),
            "noise": arrays.normal(theta, 0, t),
            "objective": lambda point: float(np.sum(point * gradient(point)) / 2),
        }
        more = {name: given[name] for name in needs(optimizer, t)}
        values = {**inlined.values(optimizer, t), **more, **search_of(optimizer, theta, g, more)}
        theta, state = optimizer.update(theta, g, state, **more)
        states = system.evaluate(expected, g, t, states, values)
        expected = states["theta"]
    np.testing.assert_allclose(theta, expected, rtol=tolerance)
    for name in system.states:
        np.testing.assert_allclose(state[name], states[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("cls", [cls for cls in ALL if not cls.matrix_only and cls is not Groups])
def test_steps_of_the_equations_alone(cls):
    few = {"memory": 3} if "memory" in hyperparameters(cls) else {}  # each pair is an equation
    optimizer = cls() if issubclass(cls, Wrapper) else cls(lr=0.01, **few)
    slopes = np.array([2, 20, 1e-3])
    walked(optimizer, np.array([1.5, -0.3, 2.0]), 300, lambda x: x * slopes, 1e-9)


@pytest.mark.parametrize("cls", [*[cls for cls in ALL if cls.matrix_only], Adafactor])
def test_steps_of_the_equations_of_matrices(cls):
    theta = np.random.default_rng(1).standard_normal((3, 2))
    walked(cls(lr=0.01), theta, 50, lambda x: x, 1e-7)


@pytest.mark.parametrize("cls", WRAPPERS)
@pytest.mark.parametrize(
    "inside",
    [
        AdamW(lr=0.1, weight_decay=0.1),
        RAdam(lr=0.1),
        Prodigy(),
        Sophia(lr=0.01),
        ClipByNorm(LAMB(lr=0.1), 0.5),
        CoupledDecay(SAM(Adam(lr=0.1)), 0.2),
    ],
)
def test_steps_of_a_wrapper_in_one_system(cls, inside):
    walked(cls(inside), np.array([1.5, -0.3, 2.0]), 100, lambda x: x * np.array([1, 4, 9]), 1e-9)


@pytest.mark.parametrize(("few", "many"), [(2, 4), (4, 2)])
def test_memories_of_a_wrapper_and_of_what_it_wraps_have_their_own_lengths(few, many):
    optimizer = LAWA(LBFGS(lr=0.1, memory=few), steps=2, memory=many)
    (inlined,) = equations.inline(optimizer)
    theta = np.array([1.5, -0.3, 2.0])
    start = inlined.system.start(theta, inlined.values(optimizer, 1))
    assert start["s"].shape == (few, 3)
    assert start["latest"].shape == (many, 3)
    walked(optimizer, theta, 30, lambda x: x * np.array([1, 4, 9]), 1e-9)


def test_names_of_a_wrapper_and_of_what_it_wraps_do_not_clash():
    optimizer = DecoupledDecay(CoupledDecay(AdamW(lr=0.1)), 0.3)
    (inlined,) = equations.inline(optimizer)
    assert inlined.system.hyperparameters[:3] == ("weight_decay", "weight_decay1", "lr")
    assert inlined.fields[1] == (1, "weight_decay")
    assert len(set(inlined.system.hyperparameters)) == len(inlined.fields)
    assert inlined.values(optimizer, 1)["weight_decay"] == 0.3


def test_groups_have_no_single_system():
    with pytest.raises(equations.EquationError, match="Groups has the equations of each"):
        equations.inline(Lookahead(Groups(Adam())))


@pytest.mark.parametrize("cls", ALL)
def test_states_and_equations_match_the_class(cls):
    system = equations.of(cls())
    assert system == equations.of(cls)
    if not issubclass(cls, Wrapper):
        theta = np.zeros((2, 2)) if system.dimensions == 2 else np.zeros(1)
        assert {*system.states, *system.constants} == set(cls().init(theta)) - {"t"}
    for system in equations.all_of(cls):
        assert system.assignments[-1].name == "theta" or cls in LAST


@pytest.mark.no_cover
@pytest.mark.parametrize("cls", ALL)
def test_every_mutant_of_the_equations_is_caught(cls):
    result = equations.tally(cls)
    assert result.tried >= 1
    assert result.missed == ()
    assert result.caught == result.tried - len(result.equivalent)


def test_equivalent_mutants_have_reasons():
    """All others are caught: a fault that changes nothing is rare."""
    found = {cls.__name__: equations.tally(cls).equivalent for cls in (RAdam, ClipEachByNorm)}
    assert found["RAdam"] == ("equation 8: drop h: both expressions are equal for h = 0 and h = 1",)
    assert found["ClipEachByNorm"] == (
        "equation 1: >= for >: both branches are equal where the condition changes",
    )


def test_the_original_is_checked_before_its_mutants(monkeypatch):
    monkeypatch.setattr(Wrong, "fault", "state")
    with pytest.raises(equations.EquationError, match="the first differing quantity is m"):
        equations.tally(Wrong)


def block(*lines):
    return ".. math::\n\n" + "".join(f"    {line}\n" for line in lines) + "\nmore text\n"


STEP = r"\theta_t &= \theta_{t-1} - \eta g_t"


#: What one character of an equation may be mistaken for. The rest can only be left out.
TYPOS = {"+": "-", "-": "+", "1": "2", "2": "13", "t": "i", "m": "v", "v": "m", "b": "g", "s": "g"}


def typos(text):
    """Yield a line of LaTeX with one character changed, left out or doubled."""
    for k, character in enumerate(text):
        double = "" if character == "t" else character * 2  # a factor t may change nothing
        for other in ("", double, *TYPOS.get(character, "")):
            yield text[:k] + other + text[k + 1 :]


@pytest.mark.no_cover
@pytest.mark.parametrize("cls", ALL)
def test_a_typo_in_a_docstring_is_an_error_that_says_where(cls):
    blocks = parse.blocks(inspect.getdoc(cls))
    every = [
        (b, k, typo)
        for b, lines in enumerate(blocks)
        for k, line in enumerate(lines)
        for typo in typos(line)
    ]
    # All of Adam's, and of the others as many as there is time for.
    count = len(every) if cls is Adam else 10 if cls.general_form else 25
    sample = random.Random(cls.__name__).sample(every, min(count, len(every)))
    originals = equations.all_of(cls)
    differing = 0
    for b, k, typo in sample:
        lines = [list(block) for block in blocks]
        lines[b][k] = typo
        doc = "\n".join(block(r" \\ ".join(line)) for line in lines)
        try:
            others = systems(doc, cls)
            if others == originals:  # a space more or less
                continue
            for other in others:
                equations.check(cls, cases=30, system=other)
        except equations.EquationError as error:
            message = str(error)
        else:  # a space, a bracket or the order of a norm: the meaning must be the same
            for original, other in zip(originals, others, strict=True):
                same(original, other, typo)
            continue
        assert message.startswith(cls.__name__)
        if "first differing quantity" in message:
            assert re.match(rf"{cls.__name__}, equation \d+: ", message)
            differing += 1
    assert cls is not Adam or differing >= 10


def systems(doc, cls):
    """Return the systems of a changed docstring of a class."""
    names = equations.of(cls).hyperparameters
    table = table_of(cls)
    more = {"matrices": cls.matrix_only, "functions": cls.functions}
    return parse.from_docstring(cls.__name__, doc, names, table, cls.scope, **more)


def same(original, other, typo):
    """Assert that two systems compute the same."""
    for a, b in zip(original.assignments, other.assignments, strict=True):
        assert a.name == b.name
        if a.expr != b.expr:
            mutant = mutation.Mutant("", typo, a.expr, b.expr, other)
            assert mutation.why_equivalent(mutant, original), typo


class Wrong(Adam):
    """Adam with one fault in `update`, of a kind that the test chooses."""

    __doc__ = Adam.__doc__
    fault = ""

    def init(self, theta):
        start = super().init(theta)
        if self.fault == "extra":
            start["u"] = np.zeros_like(start["m"])
        if self.fault == "start":
            start["v"] += 1
        if self.fault == "count":
            start["t"] = 1
        return start

    def update(self, theta, g, state):
        theta, g, t, lr, beta1, beta2, eps = self._operands(theta, g, state)
        m = beta1 * state["m"] + (1 - beta1) * g
        v = beta2 * state["v"] + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        if self.fault == "name":
            theta = theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps)
        else:
            v_hat = v / (1 - beta2**t)
            theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
        if self.fault == "state":
            m = m_hat
        if self.fault == "dtype":
            theta = theta.astype(float)
        if self.fault == "step":
            t += 1
        return theta, {"t": t, "m": m, "v": v}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("name", "Wrong, equation 4: update does not compute v_hat"),
        ("state", "Wrong, equation 1: the first differing quantity is m: the equation gives"),
        ("dtype", "Wrong, equation 5: the first differing quantity is theta"),
        ("step", "Wrong: update must increment t to"),
        ("start", "Wrong, equation 2: the first differing quantity is v"),
        ("extra", "Wrong: init returns .* no equation assigns u"),
        ("count", "Wrong: init must return t = 0, got 1"),
    ],
)
def test_what_update_gets_wrong_is_named(fault, message, monkeypatch):
    equations.check(Wrong)
    monkeypatch.setattr(Wrong, "fault", fault)
    with pytest.raises(equations.EquationError, match=message):
        equations.check(Wrong)


@pytest.mark.parametrize(
    ("doc", "names", "message"),
    [
        ("no block", ("lr",), "X: the docstring has no block of equations"),
        (block(r"\theta_t = g_t"), (), "X, equation 1: must be one assignment with '&='"),
        (block(r"\theta_t &= g_t &= \eta"), ("lr",), "X, equation 1: must be one assignment"),
        (
            block(r"\theta_t &= \theta_{t-1} - \varpi g_t"),
            (),
            r"X, equation 1: the symbol \varpi is unknown",
        ),
        (block(r"\theta_t &= \theta_{t-1} - q"), (), "X, equation 1: the symbol q is unknown"),
        (block(r"\eta &= g_t"), ("lr",), r"X, equation 1: '\\eta' cannot be assigned"),
        (block(r"m_t &= g_t \\", r"m_t &= g_t"), (), "X, equation 2: m is assigned twice"),
        (block(r"\theta_t &= m_t"), (), "X, equation 1: m is used before it is assigned"),
        (block(r"\theta_t &= m_{t-1}"), (), "X: m is used but never assigned"),
        (block(r"m_t &= g_t"), (), "X: no equation assigns theta"),
        (block(STEP), (), "X, equation 1: lr is not a field of the class"),
        (block(STEP), ("lr", "eps"), "X: no equation uses the field eps"),
        (
            block(r"\theta_t &= g_t ! 2"),
            (),
            "X, equation 1: expected an operator or the end, got '!' after 'g_t'",
        ),
        (
            block(r"\theta_t &= \frac{g_t}"),
            (),
            "X, equation 1: expected a quantity, got the end after",
        ),
        (block(r"\theta_t &= "), (), "X, equation 1: expected a quantity, got the end"),
        (
            block(r"\theta_t &= \max(g_t"),
            (),
            r"X, equation 1: expected ')', got the end after '\max(g_t'",
        ),
        (
            block(r"\theta_t &= \max(g_t)"),
            (),
            "X, equation 1: max takes 2 or more arguments, got 1",
        ),
        (block(r"\theta_t &= g_t" + " + g_t" * 500), (), "X, equation 1: must have at most 1000"),
    ],
)
def test_errors_name_optimizer_equation_and_symbol(doc, names, message):
    with pytest.raises(equations.EquationError) as caught:
        parse.from_docstring("X", doc, names, table_of(Adam))
    assert message.replace(r"\\", "\\") in str(caught.value).replace(r"\\", "\\")


def test_what_is_no_optimizer():
    with pytest.raises(TypeError, match="optimizer must be an Optimizer or a class of it, got 3"):
        equations.of(3)


class Own(GradientDescent):
    r"""Gradient descent with a symbol of its own.

    .. math::

        q_t      &= \nu_q q_{t-1} + g_t \\
        \theta_t &= \theta_{t-1} - \eta q_t
    """


def test_the_error_of_an_undeclared_symbol_shows_the_line_to_add():
    with pytest.raises(equations.EquationError) as caught:
        equations.of(Own)
    assert str(caught.value) == (
        "Own, equation 1: the symbol q_t is unknown: declare it in the class with "
        'symbols = (Symbol(r"q_t", "q", "state", "its meaning"),)'
    )


def test_an_own_symbol_replaces_that_of_the_table(monkeypatch):
    symbols = (Symbol("m_t", "mine", "state", "something else"),)
    monkeypatch.setattr(Own, "symbols", symbols)
    table_of.cache_clear()
    assert table_of(Own)["mine"].meaning == "something else"
    assert "m" not in table_of(Own)
    assert table_of(Adam)["m"].meaning.startswith("first moment")


def test_each_symbol_of_prodigy_and_adadelta_is_its_own():
    meanings = [table_of(CLASSES[name])["d"].meaning for name in ("Prodigy", "AdaDelta", "Adan")]
    assert len(set(meanings)) == 3


def test_muons_newton_schulz_iteration_is_an_equation():
    (definition,) = equations.of(Muon).definitions
    assert [show(a.expr) for a in definition.loop] == [
        "X_before @ X_before.T",
        "3.4445*X_before + (2.0315*A_now^2 - 4.775*A_now) @ X_before",
    ]
    calls = [p for a in equations.of(Muon).assignments for p in walk(a.expr) if isinstance(p, Call)]
    assert Call("NS", (Name("ahead"),)) in calls


def test_neither_sympy_nor_numba_is_needed_to_parse():
    code = (
        "import sys; sys.modules['sympy'] = sys.modules['numba'] = None;"
        "from adamdoc import Adam, equations; print(equations.check(Adam) < 2)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr
