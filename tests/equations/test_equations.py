"""The docstring equations are what the code computes, and the check of it has teeth."""

import inspect
import random
import re
import subprocess
import sys
import time

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adamdoc import Adam, dialects, equations, optimizers
from adamdoc.equations import agreement, parse

CLASSES = dialects.ELEMENTWISE


@pytest.mark.parametrize("cls", CLASSES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_update_computes_the_equations(cls, seed):
    assert 0 <= equations.check(cls, cases=4, seed=seed) < agreement.LIMIT


@pytest.mark.parametrize("cls", CLASSES)
def test_ten_thousand_steps_of_the_equations_alone(cls):
    """The equations as a program of their own walk the same path as `update`."""
    optimizer, system = cls(lr=0.01), equations.of(cls)
    values = {name: getattr(optimizer, name) for name in system.hyperparameters}
    rng = np.random.default_rng(0)
    theta = expected = np.array([1.5, -0.3, 2.0])
    state = optimizer.init(theta)
    states = system.start(theta)
    for t in range(1, 10_001):
        g = theta * np.array([2, 20, 1e-3]) + rng.standard_normal(3)
        theta, state = optimizer.update(theta, g, state)
        states = system.evaluate(expected, g, t, states, values)
        expected = states["theta"]
    np.testing.assert_allclose(theta, expected, rtol=1e-10)
    for name in system.states:
        np.testing.assert_allclose(state[name], states[name], rtol=1e-10)


@pytest.mark.parametrize("cls", CLASSES)
def test_states_and_equations_match_the_class(cls):
    system = equations.of(cls(lr=0.1))
    assert system == equations.of(cls)
    assert set(system.states) == set(cls().init(np.zeros(1))) - {"t"}
    source = inspect.getsource(cls.update)
    positions = [source.index(f" {a.name} = ") for a in system.assignments]
    assert positions == sorted(positions), "update computes in another order than the equations"


@pytest.mark.parametrize("cls", CLASSES)
def test_every_mutant_of_the_equations_is_caught(cls):
    result = equations.tally(cls)
    assert result.tried >= 4
    assert result.missed == ()
    assert result.caught == result.tried - len(result.equivalent)


#: What one character of an equation may be mistaken for. The rest can only be left out.
TYPOS = {"+": "-", "-": "+", "1": "2", "2": "13", "t": "i", "m": "v", "v": "m", "b": "g", "s": "g"}


def typos(text):
    """Yield a line of LaTeX with one character changed, left out or doubled."""
    for k, character in enumerate(text):
        for other in ("", character * 2, *TYPOS.get(character, "")):
            yield text[:k] + other + text[k + 1 :]


def same(difference):
    """Return whether a difference is 0 at every step, which is a whole number."""
    steps = (difference.subs(sympy.Symbol("t"), t) for t in range(1, 6))
    return sympy.simplify(difference) == 0 or all(sympy.simplify(d) == 0 for d in steps)


@pytest.mark.parametrize("cls", CLASSES)
def test_a_typo_in_a_docstring_is_an_error_that_says_where(cls):
    system = equations.of(cls)
    lines = [a.latex for a in system.assignments]
    every = [(k, typo) for k, line in enumerate(lines) for typo in typos(line)]
    # All of Adam's, and of the others as many as there is time for.
    sample = (
        every if cls is Adam else random.Random(cls.__name__).sample(every, min(60, len(every)))
    )
    differing = 0
    for k, typo in sample:
        doc = block(r" \\ ".join([*lines[:k], typo, *lines[k + 1 :]]))
        try:
            other = parse.from_docstring(cls.__name__, doc, system.hyperparameters)
            equations.check(cls, system=other)
        except equations.EquationError as error:
            message = str(error)
        else:  # a space or a pair of brackets more or less: the meaning must be the same
            for a, b in zip(system.assignments, other.assignments, strict=True):
                assert a.name == b.name
                assert same(a.expr - b.expr), typo
            continue
        assert message.startswith(cls.__name__)
        if "first differing quantity" in message:
            assert re.match(rf"{cls.__name__}, equation \d+: ", message)
            differing += 1
    assert differing >= 1


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


def block(*lines):
    return ".. math::\n\n" + "".join(f"    {line}\n" for line in lines) + "\nmore text\n"


STEP = r"\theta_t &= \theta_{t-1} - \eta g_t"


@pytest.mark.parametrize(
    ("doc", "names", "message"),
    [
        ("no block", ("lr",), "X: the docstring has no block of equations"),
        (block(r"\theta_t = g_t"), (), "X, equation 1: must be one assignment with '&='"),
        (block(r"\theta_t &= g_t &= \eta"), ("lr",), "X, equation 1: must be one assignment"),
        (block(r"\theta_t &= \theta_{t-1} - \varpi g_t"), (), r"X, equation 1: \varpi is unknown"),
        (block(r"\theta_t &= \theta_{t-1} - q"), (), "X, equation 1: the symbol q is unknown"),
        (block(r"\eta &= g_t"), ("lr",), r"X, equation 1: '\\eta' cannot be assigned"),
        (block(r"m_t &= g_t \\", r"m_t &= g_t"), (), "X, equation 2: m is assigned twice"),
        (block(r"\theta_t &= m_t"), (), "X, equation 1: m is used before it is assigned"),
        (block(r"\theta_t &= m_{t-1}"), (), "X: m is used but never assigned"),
        (block(r"m_t &= g_t"), (), "X: no equation assigns theta"),
        (block(STEP), (), "X, equation 1: lr is not a field of the class"),
        (block(STEP), ("lr", "eps"), "X: no equation uses the field eps"),
        (block(r"\theta_t &= g_t ! 2"), (), "X, equation 1: cannot read '!'"),
        (block(r"\theta_t &= \frac{g_t}"), (), "X, equation 1: cannot read"),
        (block(r"\theta_t &= "), (), "X, equation 1: cannot read 'nothing'"),
        (block(r"\theta_t &= \max(g_t"), (), r"X, equation 1: a bracket of \max is not closed"),
        (block(r"\theta_t &= \max(g_t)"), (), r"X, equation 1: \max cannot take 1 arguments"),
        (block(r"\theta_t &= g_t" + " + g_t" * 100), (), "X, equation 1: is too long"),
    ],
)
def test_errors_name_optimizer_equation_and_symbol(doc, names, message):
    with pytest.raises(equations.EquationError) as caught:
        parse.from_docstring("X", doc, names)
    assert message.replace(r"\\", "\\") in str(caught.value).replace(r"\\", "\\")


def test_what_is_not_elementwise_is_not_parsed():
    with pytest.raises(equations.EquationError, match="LAMB is not elementwise"):
        equations.of(optimizers.LAMB)


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
@settings(max_examples=8_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_gives_the_documented_error_and_nothing_else(text):
    start = time.process_time()
    assert outcome(block(text), ("lr",)).startswith("X")
    assert time.process_time() - start < 1


@given(st.data())
@settings(max_examples=2_000, deadline=None)
def test_cut_and_shuffled_blocks(data):
    doc = inspect.getdoc(Adam)
    lines = parse.BLOCK.search(doc)[1].strip().split("\n")
    shuffled = data.draw(st.permutations(lines))
    text = "\n".join(shuffled)[: data.draw(st.integers(0, 400))]
    assert outcome(block(text), ("lr", "beta1", "beta2", "eps")).startswith("X")


@pytest.mark.parametrize("missing", ["sympy", "latex2sympy2_extended"])
def test_without_sympy(missing):
    code = f"import sys; sys.modules[{missing!r}] = None; import adamdoc.equations"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        "adamdoc.equations needs SymPy and latex2sympy2-extended: pip install 'adamdoc[equations]'"
    )
