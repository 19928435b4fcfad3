"""JavaScript, pseudocode and LaTeX from the equations say what the code computes."""

import inspect

import node
import numpy as np
import pytest

from adamdoc import Adam, GradientDescent, Momentum, dialects, equations
from adamdoc.equations import parse

CLASSES = dialects.ELEMENTWISE

#: Takes the steps of a module, and returns the parameters and states after each.
STEPS = """
const { init, update } = await import(`./${input.module}.mjs`);
const theta = Float64Array.from(input.theta);
const state = init(input.theta);
return input.gradients.map((g) => {
  update(theta, Float64Array.from(g, Number), state, ...input.options);
  const entries = Object.entries({ ...state, theta });
  return Object.fromEntries(entries.map(([k, v]) => [k, k === "t" ? v : Array.from(v)]));
});
"""


def call(module, theta, gradients, *options):
    """Return a case of `STEPS`."""
    return {"module": module, "theta": theta, "gradients": gradients, "options": options}


class Course:
    """1,000 steps of an optimizer, with the module's defaults or with values of the call."""

    def __init__(self, cls, given):
        rng = np.random.default_rng(0)
        options = []
        self.optimizer = cls()
        if given:
            names = equations.of(cls).hyperparameters
            values = {n: float(rng.uniform(0.001, 0.99)) for n in names}
            # Not below 4 and 1.
            values |= {n: 5.0 for n in names if n in ("threshold", "warmup", "steps")}
            self.optimizer, options = cls(**values), [values]
        self.theta = rng.standard_normal(5)
        self.gradients = 10 ** rng.uniform(-3, 3, 5) * rng.standard_normal((1000, 5))
        name = cls.__name__
        self.call = call(name, self.theta.tolist(), self.gradients.tolist(), *options)


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    """Return each course, and what JavaScript computes."""
    courses = {(cls, given): Course(cls, given) for cls in CLASSES for given in (False, True)}
    modules = {cls.__name__: equations.javascript(cls) for cls in CLASSES}
    calls = [course.call for course in courses.values()]
    found = node.run(tmp_path_factory.mktemp("steps"), STEPS, modules, calls)
    return dict(zip(courses, zip(courses.values(), found, strict=True), strict=True))


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("given", [False, True])
def test_javascript_takes_the_steps_of_update(cls, given, stepped):
    course, found = stepped[cls, given]
    theta, state = course.theta, course.optimizer.init(course.theta)
    assert len(found) == len(course.gradients)
    for t, (g, after) in enumerate(zip(course.gradients, found, strict=True)):
        theta, state = course.optimizer.update(theta, g, state)
        assert after.keys() == {"theta", *state}
        for name, value in {**state, "theta": theta}.items():
            room = 1e-12 * np.abs(value).max()  # a coordinate near 0 keeps the roundings of others
            np.testing.assert_allclose(after[name], value, 1e-12, room, err_msg=f"{name} at {t}")


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


@pytest.mark.parametrize("cls", CLASSES)
def test_latex_reads_back_as_the_same_system(cls):
    lines = equations.latex(cls).split("\n")
    assert (lines[0], lines[-1]) == (r"\begin{aligned}", r"\end{aligned}")
    doc = ".. math::\n\n" + "".join(f"    {line}\n" for line in lines[1:-1])
    system = equations.of(cls)
    assert parse.from_docstring(cls.__name__, doc, system.hyperparameters) == system


@pytest.mark.parametrize("cls", CLASSES)
def test_pseudocode_runs(cls):
    """It is plain text, but its lines are also Python."""
    text = equations.pseudocode(cls)
    inputs, *rest = text.split("\n")[1:]
    start = [line for line in rest if "start" in line]
    loop = inspect.cleandoc("\n".join(line for line in rest if line.startswith("    ")))
    optimizer = cls()
    known = dict(part.split(" = ") for part in inputs.split(", ") if " = " in part)
    values = {name: float(value) for name, value in known.items()}
    assert values == {name: getattr(optimizer, name) for name in values}
    quantities = {a.name: {} for a in equations.of(cls).assignments}
    rng = np.random.default_rng(0)
    scope = {
        "max": np.maximum,
        "min": np.minimum,
        "sign": np.sign,
        "sqrt": np.sqrt,
        "gradient": lambda _: rng.standard_normal(3),
        "g": {},
        "t": 0,
        **quantities,
        **values,
    }
    scope["theta"][0] = theta = np.ones(3)
    for part in start[0].removeprefix("  start: ").split(", ") if start else []:
        exec(part, scope)
    state = optimizer.init(theta)
    for t in range(1, 21):
        scope["t"] = t
        exec(loop, scope)
        theta, state = optimizer.update(theta, scope["g"][t], state)
        np.testing.assert_allclose(scope["theta"][t], theta, rtol=1e-12)


@pytest.mark.parametrize("function", [equations.javascript, equations.pseudocode])
@pytest.mark.parametrize("lr", [np.ones(2), lambda t: 1 / t])
def test_only_numbers_can_be_written(function, lr):
    with pytest.raises(TypeError, match="lr must be a number to be exported, got"):
        function(Momentum(lr=lr))


@pytest.mark.parametrize("function", [equations.javascript, equations.pseudocode, equations.latex])
def test_what_is_no_optimizer(function):
    with pytest.raises(TypeError, match="optimizer must be an Optimizer"):
        function(3)
