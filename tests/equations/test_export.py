"""JavaScript, pseudocode and LaTeX from the equations say what the code computes."""

import inspect
import re
from dataclasses import dataclass, field
from typing import ClassVar

import node
import numpy as np
import pytest

from adamdoc import (
    SAM,
    SM3,
    Adam,
    Cautious,
    ClipByNorm,
    GradientDescent,
    HeavyBall,
    Lookahead,
    Momentum,
    Muon,
    Optimizer,
    Prodigy,
    Rprop,
    RpropPlus,
    Sophia,
    Wrapper,
    dialects,
    equations,
)
from adamdoc.equations import evaluate, parse
from adamdoc.equations.program import beyond_loops
from adamdoc.notation import Symbol, rule_of, table_of
from adamdoc.optimizers import Groups
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.wrapper import layers, needs

PLANAR = [
    cls
    for cls in dialects.ALL
    if not (cls.matrix_only or issubclass(cls, Groups) or beyond_loops(cls))
]
METHODS = [cls for cls in PLANAR if not issubclass(cls, Wrapper)]
WRAPPERS = [cls for cls in PLANAR if issubclass(cls, Wrapper)]

#: Takes the steps of a module, and returns the parameters and states after each.
STEPS = """
const { init, update } = await import(`./${input.module}.mjs`);
const theta = Float64Array.from(input.theta);
const state = init(input.theta, ...input.options);
return input.gradients.map((numbers) => {
  const g = Float64Array.from(numbers, Number);
  const gradient = (at) => at.map((v, i) => 0.5 * v + g[i]);
  const curvature = () => g.map((v) => v * v);
  const [loss, noise] = [theta[0] ** 2, () => g.map((v) => -v)];
  update(theta, g, state, input.options[0] ?? {}, { gradient, curvature, loss, noise });
  const entries = Object.entries({ ...state, theta });
  return Object.fromEntries(entries.map(([k, v]) => [k, v.length ? Array.from(v) : v]));
});
"""


def call(module, theta, gradients, *options):
    """Return a case of `STEPS`."""
    return {"module": module, "theta": theta, "gradients": gradients, "options": options}


def drawn(cls):
    """Return random hyperparameters of a class, which depend on its name alone."""
    rng = np.random.default_rng([*cls.__name__.encode()])
    low = {"positive integer": 3, "at least 1": 5.0, "at least 4": 5.0}
    names = hyperparameters(cls)
    return {n: low.get(rule_of(cls, n)) or float(rng.uniform(0.001, 0.99)) for n in names}


class Course:
    """Some steps of an optimizer, with the module's defaults or with values of the call."""

    def __init__(self, name, optimizer, steps, options=()):
        rng = np.random.default_rng(0)
        self.optimizer, self.theta = optimizer, rng.standard_normal(5)
        self.gradients = 10 ** rng.uniform(-3, 3, 5) * rng.standard_normal((steps, 5))
        self.call = call(name, self.theta.tolist(), self.gradients.tolist(), *options)

    def update(self, theta, g, state):
        """Take a step with the functions of `STEPS`."""
        given = {
            "gradient": lambda at: 0.5 * at + g,
            "curvature": g * g,
            "loss": float(theta[0] ** 2),
            "noise": -g,
        }
        extra = {name: given[name] for name in needs(self.optimizer, int(state["t"]) + 1)}
        return self.optimizer.update(theta, g, state, **extra)


def courses():
    """Yield a name, the optimizer to export, and its course."""
    for cls in METHODS:
        yield f"{cls.__name__}", cls, Course(cls.__name__, cls(), 300)
        values = drawn(cls)
        yield f"{cls.__name__}-given", None, Course(cls.__name__, cls(**values), 300, [values])
    insides = [HeavyBall(lr=0.01), Sophia(lr=0.01, steps=3), Prodigy(d0=0.1)]
    optimizers = [cls(inside, **drawn(cls)) for cls in WRAPPERS for inside in insides]
    optimizers += [Lookahead(ClipByNorm(Cautious(Adam(lr=0.1)), eps=0.5)), SAM(SAM(Adam()))]
    for k, optimizer in enumerate(optimizers):
        names = "-".join(type(layer).__name__ for layer in layers(optimizer))
        yield names, optimizer, Course(f"wrapped{k}", optimizer, 100)


COURSES = {name: (exported, course) for name, exported, course in courses()}


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    """Return what JavaScript computes in each course."""
    modules = {
        course.call["module"]: equations.javascript(exported)
        for exported, course in COURSES.values()
        if exported is not None
    }
    calls = [course.call for _, course in COURSES.values()]
    found = node.run(tmp_path_factory.mktemp("steps"), STEPS, modules, calls)
    return dict(zip(COURSES, found, strict=True))


@pytest.mark.parametrize("name", COURSES)
def test_javascript_takes_the_steps_of_update(name, stepped):
    (_, course), found = COURSES[name], stepped[name]
    theta, state = course.theta, course.optimizer.init(course.theta)
    assert len(found) == len(course.gradients), found
    for t, (g, after) in enumerate(zip(course.gradients, found, strict=True)):
        with np.errstate(all="ignore"):
            theta, state = course.update(theta, g, state)
        assert after.keys() == {"theta", *state}
        for key, value in {**state, "theta": theta}.items():
            # A coordinate near 0 keeps the roundings of others, and a sum those of its terms.
            near = 1e-10 if "Prodigy" in name or "DAdapt" in name else 1e-12
            room = near * np.abs(value).max()
            np.testing.assert_allclose(
                np.array(after[key], float), value, near, room, err_msg=f"{key} at {t}"
            )


def test_javascript_has_the_values_of_the_instance_and_refuses_wrong_lengths(tmp_path):
    modules = {"quarter": equations.javascript(GradientDescent(lr=0.25))}
    cases = [call("quarter", [1.0], [[2.0]]), call("quarter", [1.0], [[2.0, 3.0]])]
    right, wrong = node.run(tmp_path, STEPS, modules, cases)
    assert right == [{"t": 1, "theta": [0.5]}]
    assert "g must have length 1, got 2" in wrong["error"]


def test_javascript_treats_nan_and_inf_as_update_does(tmp_path):
    """JSON has no infinity: it travels as a string."""
    modules = {"adam": equations.javascript(Adam)}
    ((after,),) = node.run(tmp_path, STEPS, modules, [call("adam", [1, 2], [["Infinity", 1]])])
    with np.errstate(all="ignore"):
        theta, _ = Adam().update([1, 2], [np.inf, 1], Adam().init([1, 2]))
    assert np.isnan(theta[0])
    assert after["theta"][0] == "NaN"
    assert after["theta"][1] == pytest.approx(theta[1], rel=1e-14)


@dataclass(frozen=True)
class Own(Optimizer):
    r"""Uses the rest of what equations can say, and names that JavaScript reserves.

    .. math::

        a_t &= \lVert g_t \rVert_\infty + \text{mean}(g_t) + \text{rms}(g_t)
               + \langle g_t, \theta_{t-1} \rangle - (-t + \omega) \bmod 3 \\
        o_t &= 2^t \\
        e_t &= g_t o_t^3 + \nabla f(\theta_{t-1}) \\
        y_t &= \text{soft}(g_t) + \text{root}(a_t^2) - (-t) + e_t \\
        m_t &= m_{t-1} + \sum_{i=1}^{3} \frac{y_t^i}{i} \prod_{j=1}^{t} \frac{j}{j + 1} \\
        \theta_t &= \theta_{t-1} - \frac{\omega}{2 / (t + 1)} (m_t - (y_t - 1)) - (-|y_t|^3)
                    \text{ where } y_t \le 0, \text{ otherwise } -(-\theta_{t-1})^3 \omega

    .. math::

        \mathrm{soft}(X) &= A \text{ where } |X| > \omega \text{ and } t \ne 2, \text{ else } X \\
        A &= \min(\exp(X), \tanh(X) + 1, 3)

    .. math::

        \mathrm{root}(X) &= Y_4 \\
        Y_0 &= X \\
        Y_i &= \frac{1}{2} \left(Y_{i-1} + \frac{X}{Y_{i-1}}\right)
    """

    symbols: ClassVar = (
        Symbol(r"\omega", "var", "hyperparameter", "a number", "positive"),
        Symbol("a_t", "sum", "step", "a sum"),
        Symbol("o_t", "c1", "step", "a constant"),
        Symbol("e_t", "grad", "step", "a gradient"),
        Symbol("y_t", "length", "step", "a length"),
        Symbol("m_t", "new", "state", "a state", start=r"2 \theta_0 + \omega"),
    )
    var: float = 0.3

    def init(self, theta):
        """Return nothing of use."""
        return {"t": 0, "new": theta}

    def update(self, theta, g, state):
        """Do nothing."""
        return theta, {**state, "g": g}


def test_javascript_of_ones_own_optimizer(tmp_path):
    system, rng = equations.of(Own), np.random.default_rng(1)
    theta, gradients = rng.standard_normal(4), rng.standard_normal((3, 4))
    case = call("own", theta.tolist(), gradients.tolist(), {"var": 0.7})
    (found,) = node.run(tmp_path, STEPS, {"own": equations.javascript(Own)}, [case])
    assert len(found) == 3, found
    state = system.start(theta, {"var": 0.7})
    np.testing.assert_allclose(state["new"], 2 * theta + 0.7)
    for t, (g, after) in enumerate(zip(gradients, found, strict=True), start=1):
        functions = {"gradient": lambda at, g=g: 0.5 * at + g}
        result = system.evaluate(theta, g, t, state, {"var": 0.7} | functions)
        theta, state = result["theta"], {"new": result["new"]}
        np.testing.assert_allclose(after["theta"], theta, 1e-12)
        np.testing.assert_allclose(after["new"], state["new"], 1e-12)


@pytest.mark.parametrize("cls", dialects.ALL)
def test_latex_reads_back_as_the_same_systems(cls):
    doc = equations.latex(cls).replace(r"\begin{aligned}", ".. math::\n")
    doc = re.sub(r"^(?=[^.\n])", "    ", doc.replace(r"\end{aligned}", "\n"), flags=re.MULTILINE)
    arguments = cls.__name__, doc, hyperparameters(cls), table_of(cls)
    more = {"matrices": cls.matrix_only, "functions": cls.functions}
    systems = parse.from_docstring(*arguments, **more)
    assert [s.assignments for s in systems] == [s.assignments for s in equations.all_of(cls)]
    assert [s.definitions for s in systems] == [s.definitions for s in equations.all_of(cls)]


@pytest.mark.parametrize("cls", METHODS)
def test_pseudocode_runs(cls):
    """It is plain text, but its lines are also Python."""
    text = equations.pseudocode(cls).split("\n\n")[-1]  # of two blocks, that for vectors
    inputs, *rest = text.split("\n")[1:]
    start = [line for line in rest if "start:" in line]
    loop = inspect.cleandoc("\n".join(line for line in rest if line.startswith("    ")))
    optimizer = cls()
    known = dict(part.split(" = ") for part in inputs.split(", ") if " = " in part)
    values = {name: float(value) for name, value in known.items()}
    assert values == {name: getattr(optimizer, name) for name in values}
    quantities = {a.name: {} for a in equations.all_of(cls)[-1].assignments}
    rng = np.random.default_rng(0)
    # An array of several numbers cannot be a condition of Python.
    size = 1 if cls in (Rprop, RpropPlus, SM3) else 3
    theta = np.ones(size)
    scope = {
        **evaluate.CALLS,
        "gradient": lambda _: rng.standard_normal(size),
        "curvature": np.arange(1.0, 4.0)[:size],
        "loss": 0.7,
        "noise": np.arange(2.0, 5.0)[:size],
        "g": {},
        **quantities,
        **values,
    }
    scope["theta"][0] = theta
    for part in start[0].removeprefix("  start: ").split(", ") if start else []:
        exec(part, scope)
    course = Course("", optimizer, 1)
    state = optimizer.init(theta)
    for t in range(1, 21):
        scope["t"] = t
        exec(loop, scope)
        extra = {name: scope[name] for name in needs(optimizer, t)}
        theta, state = course.optimizer.update(theta, scope["g"][t], state, **extra)
        np.testing.assert_allclose(scope["theta"][t], theta, rtol=1e-12)


def test_pseudocode_of_functions_blocks_and_wrappers():
    muon = equations.pseudocode(Muon)
    assert "  NS(X):\n    X[0] = X/(norm(X) + eps)\n    for i = 1, ..., steps:\n" in muon
    assert "    return: X[steps]\n" in muon
    first, second = equations.pseudocode(dialects.CLASSES["Adafactor"]).split("\n\n")
    assert first.startswith("Adafactor, for a matrix\n")
    assert "row[t]" in first
    assert second.startswith("Adafactor, for a vector\n")
    assert "row[t]" not in second
    wrapper = equations.pseudocode(Lookahead)
    assert "input: theta[0], gradient, step, steps = 5, alpha = 0.5\n" in wrapper
    assert "    fast[t] = step(theta[t-1], g[t])\n" in wrapper
    whole = equations.pseudocode(Lookahead(Momentum(lr=0.2), steps=3))
    assert "input: theta[0], gradient, steps = 3.0, alpha = 0.5, lr = 0.2, beta = 0.9\n" in whole
    assert "    fast[t] = theta[t-1] - lr*m[t]\n" in whole


@pytest.mark.parametrize("function", [equations.javascript, equations.pseudocode])
@pytest.mark.parametrize("lr", [np.ones(2), lambda t: 1 / t])
def test_only_numbers_can_be_written(function, lr):
    for optimizer in (Momentum(lr=lr), ClipByNorm(Momentum(lr=lr))):
        with pytest.raises(TypeError, match="lr must be a number to be exported, got"):
            function(optimizer)


def test_a_class_without_defaults():
    @dataclass(frozen=True)
    class Required(GradientDescent):
        __doc__ = GradientDescent.__doc__

        lr: float = field()

    assert "const { lr = 0.5 }" in equations.javascript(Required(0.5))
    for function in (equations.javascript, equations.pseudocode):
        with pytest.raises(TypeError, match="lr has no default: export an instance"):
            function(Required)


@pytest.mark.parametrize("function", [equations.javascript, equations.pseudocode, equations.latex])
def test_what_is_no_optimizer(function):
    for wrong in (3, dict):
        with pytest.raises(TypeError, match="optimizer must be an Optimizer"):
            function(wrong)


@pytest.mark.parametrize("optimizer", [Muon, ClipByNorm(Muon()), Lookahead(ClipByNorm(Muon()))])
def test_javascript_of_matrices_is_refused(optimizer):
    with pytest.raises(equations.EquationError, match="Muon has no JavaScript: its parameters are"):
        equations.javascript(optimizer)
