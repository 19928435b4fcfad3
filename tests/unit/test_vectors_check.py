"""Checks against test vectors: what fails is never a success, and an error names its place."""

import copy
import json
import re
import sys

import numpy as np
import pytest

from adamdoc import Adam, GradientDescent, Lookahead, vectors

MODULE = """
import sys
import numpy as np
from adamdoc import GradientDescent

calls = 0

def correct(theta, g, state, h):
    return theta - h["lr"] * g, None

def raising(theta, g, state, h):
    global calls
    calls += 1
    return inner(theta, g, state, h)

def inner(theta, g, state, h):
    if calls == 7:
        raise ValueError("seven")
    return correct(theta, g, state, h)

def leaving(theta, g, state, h):
    sys.exit(0)

def interrupted(theta, g, state, h):
    raise KeyboardInterrupt

def unbound(theta, g):
    return theta

def chained(theta, g, state, h):
    try:
        h["momentum"]
    except KeyError as error:
        raise LookupError("no momentum") from error

def inside(theta, g, state, h):
    return GradientDescent(lr=-1.0).update(theta, g, state)
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that runs the command on a module with this text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def run(function, text=MODULE, *arguments):
        (tmp_path / "own_steps.py").write_text(text)
        sys.modules.pop("own_steps", None)
        target = function if ":" in function else f"own_steps:{function}"
        code = vectors.main(["check", target, "--optimizer", "GradientDescent", *arguments])
        streams = capsys.readouterr()
        return code, streams.out, streams.err

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield run
    sys.modules.pop("own_steps", None)


def test_an_exception_is_shown_with_its_traceback_case_and_step(run):
    code, out, err = run("raising")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "own_steps.py" in lines[1]
    assert "in raising" in lines[1]
    assert err.index("in raising") < err.index("in inner")
    assert lines[-2:] == [
        "ValueError: seven",
        "the function, for defaults on smooth at step 7, raised ValueError: seven",
    ]
    assert "vectors.py" not in err


def test_what_led_to_an_exception_is_shown_too(run):
    code, _, err = run("chained")
    assert code == 2
    assert "KeyError: 'momentum'" in err
    assert "The above exception was the direct cause" in err
    assert "LookupError: no momentum" in err
    code, _, err = run("inside")
    assert code == 2
    assert err.index("in inside") < err.index("base.py") < err.index("lr must be finite")
    code, _, err = run("unbound")
    assert code == 2
    assert "unbound() takes 2 positional arguments but 4 were given" in err


@pytest.mark.parametrize(
    "text",
    [
        MODULE,
        MODULE.replace("sys.exit(0)", "raise SystemExit"),
        MODULE.replace(
            "sys.exit(0)", "class Stop(BaseException): ...\n    raise Stop('SystemExit')"
        ),
    ],
)
def test_an_exit_in_the_function_is_no_success(run, text):
    code, out, err = run("leaving", text)
    assert (code, out) == (2, "")
    assert "for defaults on smooth at step 1, raised" in err
    assert "SystemExit" in err


def test_an_exit_in_the_module_is_no_success(run):
    code, out, err = run("correct", MODULE + "sys.exit(0)\n")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == "the module own_steps raised SystemExit: 0"


def test_an_interrupt_passes(run):
    with pytest.raises(KeyboardInterrupt):
        run("interrupted")
    with pytest.raises(KeyboardInterrupt):
        run("correct", "raise KeyboardInterrupt")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import nowhere_at_all\n", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("from json import nothing\n", "ImportError: cannot import name 'nothing'"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("import json\njson.nothing\n", "AttributeError"),
        ("def correct(:\n", "SyntaxError"),
    ],
)
def test_an_error_in_the_module_is_shown_with_its_traceback(run, text, error):
    code, _, err = run("correct", text)
    assert code == 2
    assert 'own_steps.py", line ' in err.splitlines()[1 if "Syntax" not in error else 0]
    assert error in err
    assert "the module own_steps raised" in err.splitlines()[-1]
    assert "importlib" not in err


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "own_steps.py:correct",
            "a module in place of a file, .*; did you mean 'own_steps:correct'",
        ),
        ("own_steps:", "must have the form module:function, got 'own_steps:'"),
        (".own_steps:correct", "must have the form module:function"),
        ("own_steps:correct.more", "target cannot be imported: .* no attribute 'more'"),
        ("own_steps.more:correct", "target cannot be imported: No module named 'own_steps.more'"),
        ("elsewhere:correct", "target cannot be imported: No module named 'elsewhere'"),
        ("own_steps:calls", "target must be callable, got 0"),
    ],
)
def test_wrong_targets(run, target, message):
    code, out, err = run(target)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    with pytest.raises(ValueError, match=message):
        vectors._import(target)


def test_a_file_of_another_optimizer(run, tmp_path):
    (tmp_path / "v.json").write_text(json.dumps(vectors.make(GradientDescent)))
    assert run("correct", MODULE, "--file", "v.json")[:2] == (
        0,
        "GradientDescent: 6 of 6 cases agree\n",
    )
    assert run("raising", MODULE.replace("calls == 7", "calls == 101"), "--file", "v.json")[0] == 2
    (tmp_path / "v.json").write_text(json.dumps(vectors.make(Adam)))
    code, _, err = run("correct", MODULE, "--file", "v.json")
    assert code == 2
    assert "--optimizer must be one of 'Adam', got 'GradientDescent'" in err


MADE = vectors.make(GradientDescent)


def step(theta, g, _state, hyperparameters):
    return theta - hyperparameters["lr"] * g, None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(cases=[]), "cases must not be empty"),
        (lambda c: c.update(cases={}), "cases must be a list"),
        (lambda c: c.update(cases=[3]), "case 0 must be an object with checkpoints, hyper"),
        (lambda c: c.update(version=3), "version must be 1.x or 2.x, got 3"),
        (
            lambda c: c["cases"][1].update(checkpoints=[]),
            "checkpoints of case 1 must be a list with",
        ),
        (
            lambda c: c["cases"][1].update(checkpoints=3),
            "checkpoints of case 1 must be a list with",
        ),
        (
            lambda c: c["cases"][1].update(hyperparameters=[]),
            "hyperparameters of case 1 must be an",
        ),
        (lambda c: c["cases"][1].update(problem=["x"]), "problem of case 1 must be one of"),
        *(
            (
                lambda c, bad=bad: c["cases"][1]["checkpoints"][2].update(step=bad),
                f"checkpoints of case 1 must be another integer from 1 to 100, .*, got {bad!r}",
            )
            for bad in (0, -1, 101, 1.0, "1", True, None, 2)
        ),
        (
            lambda c: c["cases"][1]["checkpoints"][2].update(theta=[1.0]),
            r"theta of case 1 must have shape \(4,\), got \(1,\) at step 3",
        ),
        (
            lambda c: c["cases"][1]["checkpoints"][2]["theta"].__setitem__(0, "nan"),
            "theta of case 1 at step 3 must be finite, got",
        ),
        (
            lambda c: c["cases"][1]["checkpoints"][2].update(state=[]),
            "state of case 1 at step 3 must be an object",
        ),
        (
            lambda c: c["cases"][1]["checkpoints"][2].update(state={"m": "x"}),
            "m in the state of case 1 at step 3 must be an array of numbers",
        ),
        (
            lambda c: c["problems"]["noisy"].update(gradients=[]),
            r"gradients of problem noisy must be an array of the shape of theta, \(4,\), .*\(0,\)",
        ),
        (lambda c: c["problems"]["noisy"].update(gradients=1.0), "gradients of problem noisy must"),
        (
            lambda c: c["problems"]["noisy"].update(gradients=None),
            "gradients of problem noisy must",
        ),
        (
            lambda c: c["problems"]["noisy"].update(theta=[1.0]),
            "gradients of problem noisy must be",
        ),
        (
            lambda c: c["problems"]["noisy"].update(theta=[]),
            "gradients of problem noisy must be an",
        ),
        (lambda c: c["problems"]["noisy"].pop("gradients"), "problem noisy must be an object with"),
        (
            lambda c: c["problems"]["noisy"]["curvatures"].pop(),
            r"curvatures of problem noisy must .* got shape \(99, 4\)",
        ),
        (
            lambda c: c["problems"]["noisy"]["gradients"][5].__setitem__(0, float("nan")),
            "gradients of problem noisy must be finite",
        ),
        (
            lambda c: c["problems"]["noisy"]["theta"].__setitem__(0, "inf"),
            "theta of problem noisy must be finite",
        ),
        (
            lambda c: (
                c.update(inputs=["curvature"]),
                c["cases"][1]["hyperparameters"].update(steps=0),
            ),
            "hyperparameters of case 0 must contain steps, at least 1, got None",
        ),
        (
            lambda c: (c.update(version="1.0", optimizer="Sophia"), c.pop("inputs")),
            "hyperparameters of case 0 must contain steps, at least 1, got None",
        ),
        (
            lambda c: c.update(inputs=["hessian"]),
            "inputs must be a list of curvature, gradient, loss, noise, objective, got",
        ),
    ],
)
def test_invalid_vectors(change, message, tmp_path):
    content = copy.deepcopy(MADE)
    change(content)
    with pytest.raises(ValueError, match=f"^vectors: .*{message}"):
        vectors.check(step, content)
    path = tmp_path / "v.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f"^{path}: .*{message}"):
        vectors.read(path)


def test_a_file_that_is_nested_too_deeply(tmp_path):
    (tmp_path / "v.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="must be a file of test vectors"):
        vectors.read(str(tmp_path / "v.json"))


def test_what_a_function_may_return():
    def lists(theta, g, state, h):
        after, _ = step(theta, g, state, h)
        return after.tolist(), {"m": [1, 2]}

    def objects(theta, g, state, h):
        return step(theta, g, state, h)[0].astype(object), "any state"

    def singles(theta, g, state, h):
        return step(theta, g, state, h)[0].astype("f4"), state

    assert vectors.check(lists, MADE) == vectors.check(objects, MADE) == []
    assert vectors.check(singles, MADE, rtol=1e-5) == []
    found = vectors.check(singles, MADE)
    assert found[0].endswith("in float32: compute in float64, or allow for rounding with rtol")
    assert len(found) == len(MADE["cases"])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (None, "must be an array of numbers, got None"),
        ("1.0", "must be an array of numbers, got '1.0'"),
        ([[1.0], 2.0], "must be an array of numbers"),
        (1.0, r"must have shape \(3,\), got \(\)"),
        (np.ones(3, complex), "must be an array of numbers"),
    ],
)
@pytest.mark.parametrize("at", [1, 4])
def test_what_a_function_may_not_return(bad, message, at):
    def function(theta, g, state, h):
        t = (state or 0) + 1
        return (bad if t == at else step(theta, g, state, h)[0]), t

    found = vectors.check(function, MADE)
    assert len(found) == len(MADE["cases"])
    assert re.search(f"^defaults on smooth: theta differs at step {at}: it {message}", found[0])


def test_nan_is_a_difference():
    found = vectors.check(lambda theta, *_: (theta * np.nan, None), MADE)
    assert found[0].endswith("got [nan, nan, nan]")
    assert len(found) == len(MADE["cases"])


def test_a_function_that_modifies_its_arguments():
    content = vectors.make(Lookahead)

    def function(theta, g, state, h):
        inside = h.pop("optimizer")
        optimizer = Lookahead(GradientDescent(**inside.pop("hyperparameters")), **h)
        if "beta1" in str(inside) or inside["optimizer"] != "GradientDescent":
            raise AssertionError
        state = optimizer.init(theta) if state is None else state
        after, state = optimizer.update(theta.copy(), g.copy(), state)
        theta[...], g[...] = 99.0, 99.0
        h.clear()
        inside.clear()
        return after, state

    content["cases"] = [case for case in content["cases"] if case["settings"] == "defaults"]
    before = copy.deepcopy(content)
    assert vectors.check(function, content) == []
    assert content == before


def test_a_function_that_works_in_place():
    def function(theta, g, _state, h):
        g *= h["lr"]
        theta -= g
        return theta, None

    assert vectors.check(function, MADE) == []


def test_an_exception_in_the_call_of_check_has_its_cause():
    def function(*_):
        return 1 / 0

    with pytest.raises(
        RuntimeError, match="for defaults on smooth at step 1, raised Zero"
    ) as found:
        vectors.check(function, MADE)
    assert isinstance(found.value.__cause__, ZeroDivisionError)
    with pytest.raises(TypeError, match=r"a pair .*, got 3 for defaults on smooth at step 1"):
        vectors.check(lambda *_: 3, MADE)


OWN = """
from dataclasses import dataclass
from typing import ClassVar
from adamdoc import Optimizer
from adamdoc.notation import Symbol

@dataclass(frozen=True)
class Curved(Optimizer):
    symbols: ClassVar = (Symbol("s", "shift", "hyperparameter", "shift of each step"),)
    takes_curvature: ClassVar = True
    lr: float = 0.05
    shift: float = 0.4
    steps: int = 2

    def init(self, theta):
        return {"t": 0}

    def update(self, theta, g, state, curvature=1.0):
        theta, g, t, lr, shift, _ = self._operands(theta, g, state)
        return theta - lr * g / curvature + shift, {"t": t}

@dataclass(frozen=True)
class Bare(Optimizer):
    lr: float

    def init(self, theta):
        return {"t": 0}

    def update(self, theta, g, state):
        return theta, state

def curved(theta, g, state, h):
    return theta - h["lr"] * g / h.get("curvature", 1.0) + h["shift"], None
"""


def test_a_class_of_the_user(run, tmp_path):
    code, out, _ = run("curved", OWN, "--optimizer", "own_steps:Curved")
    assert (code, out) == (0, "Curved: 6 of 6 cases agree\n")
    assert vectors.main(["write", "own", "own_steps:Curved", "adam"]) == 0
    index = json.loads((tmp_path / "own" / "index.json").read_text())
    assert index["files"] == ["Adam.json", "Curved.json"]
    content = vectors.read(tmp_path / "own" / "Curved.json")
    assert [case["hyperparameters"] for case in content["cases"][::3]] == [
        {"lr": 0.05, "shift": 0.4, "steps": 2.0},
        {"lr": 0.025, "shift": 0.2, "steps": 3.0},
    ]
    assert run("curved", OWN, "--file", "own/Curved.json", "--optimizer", "Curved")[0] == 0


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        ("own_steps.py:Curved", "a module in place of a file, .*; did you mean 'own_steps:Curved'"),
        ("own_steps.Curved", "module:Class for a class of your own, .*'own_steps:Curved'"),
        ("own_steps:Curve", "optimizer cannot be imported: .* no attribute 'Curve'"),
        ("own_steps:curved", "optimizer must be a class of Optimizer, got <function curved"),
        ("own_steps:Optimizer", "optimizer must have init and update, got <class"),
        ("own_steps:Bare", "Bare must have a default for the field lr"),
        ("Adan2", "optimizer must be one of"),
    ],
)
def test_wrong_classes(run, optimizer, message):
    code, out, err = run("curved", OWN, "--optimizer", optimizer)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert re.search(message, err)
    assert vectors.main(["write", "own", optimizer]) == 2
