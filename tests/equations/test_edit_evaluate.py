"""Edited equations run in the browser as in Python, and a typed surface gets the right gradient."""

import math
import random
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import get_args

import node
import numpy as np
import pytest

import adamdoc
from adamdoc import equations
from adamdoc.equations import Assignment, Definition, algebra, mutation, parse, surface, tree
from adamdoc.equations.tree import (
    Call,
    Case,
    Compare,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
)
from adamdoc.notation import Symbol, table_of

pytest.importorskip("sphinx")

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static" / "playground"
STEPS, RATE, EDITED = 100, 0.01, 200
START = [0.7, -1.3]
NOISE = np.random.default_rng(0).normal(size=(STEPS, 2))


@pytest.fixture(scope="session")
def playground():
    """Return the extension that makes the playground's modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs" / "_ext")
        import playground

        yield playground


@pytest.fixture(scope="session")
def modules(playground):
    """Return what the browser loads, by name."""
    found = {"edit-tables": playground.tables(), "edit-symbols": playground.shared_symbols()}
    for path in [STATIC / "race.js", *(STATIC / "edit").glob("*.js")]:
        found[path.stem] = path.read_text("utf-8")
    for cls in playground.OPTIMIZERS:
        found[cls.__name__] = playground.module(cls)
        found[f"{cls.__name__}.edit"] = playground.editable(cls)
    for cls in playground.SURFACES:
        found[cls.__name__] = surface.javascript(cls)
    return {name: node.flat(source) for name, source in found.items()}


def plain(value):
    """Return a tree, or what holds trees, as JSON."""
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, (*get_args(tree.Node), Assignment, Definition)):
        fields = {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
        return {"kind": type(value).__name__, **fields}
    return value


def described(system):
    """Return a system as the browser has it."""
    names = ("optimizer", "assignments", "states", "hyperparameters", "definitions", "constants")
    return {
        **{name: plain(getattr(system, name)) for name in names},
        "starts": {name: plain(start) for name, start in system.starts.items()},
        "shapes": {name: symbol.shape for name, symbol in system.symbols.items()},
    }


# Unedited methods

#: Runs a made module and the compiled equations of its class; a wrapper is around a method.
BOTH = """
const { assemble, explain, race } = await import("./race.mjs");
const { compile } = await import("./evaluate.mjs");
const { record } = await import(`./${input.name}.edit.mjs`);
const surface = await import(`./${input.surface}.mjs`);
const inner = await import("./HeavyBall.mjs");
const made = await import(`./${input.name}.mjs`);
const method = { name: "inner", values: { lr: 0.01 }, wrappers: [] };
const racer = record.wrapper
  ? { ...method, wrappers: [{ name: "own", values: {} }] }
  : { ...method, name: "own" };
const [noise, signs] = [Float64Array.from(input.noise), Int8Array.from(input.signs)];
const options = { start: input.start, steps: input.steps, noise, signs, draws: noise };
const shown = (value) => {
  if (ArrayBuffer.isView(value)) return [...value];
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, shown(value[key])]));
};
return [made, compile(input.system, record)].map((own) => {
  const optimizer = assemble({ own, inner }, racer);
  const { path, divergedAt } = race(surface, optimizer, options);
  const seen = explain(surface, optimizer, options, 3);
  return { path: [...path], divergedAt, point: own.point, seen: shown(seen) };
});
"""


def test_unedited_methods_take_the_steps_of_the_made_modules(playground, modules, tmp_path):
    signs = np.random.default_rng(0).choice([-1, 1], 2 * STEPS)
    cases = [
        {
            "name": cls.__name__,
            "system": described(equations.all_of(cls)[-1]),
            "surface": problem,
            "start": START,
            "steps": STEPS,
            "noise": NOISE.ravel().tolist(),
            "signs": signs.tolist(),
        }
        for cls in playground.OPTIMIZERS
        for problem in ("Ravine", "Himmelblau")
    ]
    exact = 0
    for case, found in zip(cases, node.run(tmp_path, BOTH, modules, cases), strict=True):
        assert isinstance(found, list), (case["name"], found)
        made, compiled = found
        assert compiled["point"] == made["point"]
        assert compiled["seen"].keys() == made["seen"].keys(), case["name"]
        assert compiled["divergedAt"] == made["divergedAt"], case["name"]
        exact += made == compiled
        # Squares of a norm are rounded differently: the modules take Math.pow.
        np.testing.assert_allclose(compiled["path"], made["path"], 1e-9, err_msg=case["name"])
    assert exact > 0.9 * len(cases)


# Edited methods


def edits(system):
    """Yield what a reader might try: a description and the edited system."""

    def changed(name, change):
        lines = [
            replace(a, expr=_mapped(a.expr, change)) if name in (None, a.name) else a
            for a in system.assignments
        ]
        if tuple(lines) != system.assignments:
            yield replace(system, assignments=tuple(lines))

    def inserted(line, symbol, start, after, use):
        at = [a.name for a in system.assignments].index(after) + 1
        later = [replace(a, expr=_mapped(a.expr, use)) for a in system.assignments[at:]]
        return replace(
            system,
            assignments=(*system.assignments[:at], line, *later),
            states=(*system.states, symbol.name),
            symbols={**system.symbols, symbol.name: symbol},
            starts={**system.starts, symbol.name: start},
        )

    t = Name("t")
    changes = {
        "no bias correction": lambda part: (
            part.numerator
            if isinstance(part, Quotient) and t in tree.walk(part.denominator)
            else part
        ),
        "cube root": lambda part: (
            Power(part.arguments[0], Quotient(Number(1), Number(3)))
            if isinstance(part, Call) and part.function == "sqrt"
            else part
        ),
        "harmonic rate": lambda part: (
            Product((part, Series("sum", "k", Number(1), t, Quotient(Number(1), Name("k")))))
            if part == Name("lr")
            else part
        ),
    }
    for fault, change in changes.items():
        for other in changed(None, change):
            yield fault, other
    last = system.assignments[-1]
    rounds = {
        "sign": lambda g: Call("sign", (g,)),
        "tanh": lambda g: Call("tanh", (g,)),
        "norm": lambda g: Quotient(g, Sum((Call("norm1", (g,)), Number(1)))),
        "largest": lambda g: Quotient(g, Sum((Call("norminf", (g,)), Number(1)))),
        "mean": lambda g: Sum((g, Negative(Call("mean", (g,))))),
        "inner": lambda g: Quotient(g, Sum((Number(1), Call("inner", (g, Name("theta_prev")))))),
        "every third": lambda g: Case(
            g, Compare("==", Call("mod", (t, Number(3))), Number(0)), Product((Number(0.5), g))
        ),
        "clipped": lambda g: Call("max", (Number(-1), Call("min", (Number(1), g)))),
        "polynomial": lambda g: Series(
            "sum", "k", Number(0), Number(3), Quotient(Power(g, Name("k")), Number(10))
        ),
    }
    for name, change in rounds.items():
        for other in changed(None, lambda part, do=change: do(part) if part == Name("g") else part):
            yield f"{name} of the gradient", other
    for name in system.states:
        if system.shape(name) == "" and name in {a.name for a in system.assignments}:
            grown, before = Name("grown"), Name("grown_prev")
            for function, start in (("max", Number(0)), ("min", Name("theta_0"))):
                line = Assignment("grown", Call(function, (before, Name(name))), "")
                symbol = Symbol("n_t", "grown", "state", "")
                swap = {Name(name): grown}
                if name != last.name:
                    yield (
                        f"{function} of {name}",
                        inserted(line, symbol, start, name, lambda p, s=swap: s.get(p, p)),
                    )


def _mapped(expr, change):
    return change(tree.rebuilt(expr, lambda part: _mapped(part, change)))


#: A method with a function that is computed in a loop: the square root, by Newton's iteration.
ROOT_METHOD = r"""Newton's root.

.. math::

    \mathrm{root}(X) &= Y_k \\
    Y_0 &= 1 + X \\
    Y_i &= \frac{1}{2} \left(Y_{i-1} + \frac{X}{Y_{i-1}}\right)

.. math::

    v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
    \theta_t &= \theta_{t-1} - \eta \frac{g_t}{\mathrm{root}(v_t) + \varepsilon}
"""


def newton():
    """Return the system of `ROOT_METHOD`."""
    symbols = table_of(adamdoc.Adam)
    symbols = {name: symbol for name, symbol in symbols.items() if symbol.latex != "k"}
    symbols["rounds"] = Symbol("k", "rounds", "hyperparameter", "number of rounds")
    names = ("lr", "beta2", "eps", "rounds")
    return parse.from_docstring("Newton", ROOT_METHOD, names, symbols)[0]


def candidates(playground):
    """Return edited systems with the values of their hyperparameters: of each method a few."""
    rng = random.Random(0)
    root = {"lr": 0.01, "beta2": 0.9, "eps": 1e-8, "rounds": 6}
    groups = [(newton(), root)]
    for cls in playground.OPTIMIZERS:
        system = equations.all_of(cls)[-1]
        values = {name: getattr(cls(), name) for name in system.hyperparameters}
        groups.append((system, {**values, **({"lr": 0.01} if "lr" in values else {})}))
    found = []
    for system, values in groups:
        own = [(f"{m.place}: {m.fault}", m.system) for m in mutation.mutants(system)]
        tried = list(edits(system))
        chosen = rng.sample(own, min(len(own), 3)) + rng.sample(tried, min(len(tried), 2))
        found += [(system.optimizer, *edited, values) for edited in chosen]
    return rng.sample(found, EDITED)


#: Takes the steps of an edited system, along the gradients of a surface or given ones.
EDITED_RUN = """
const { compile } = await import("./evaluate.mjs");
const surface = await import(`./${input.surface}.mjs`);
const { init, update, point } = compile(input.system, { point: input.point });
const theta = Float64Array.from(input.start);
const state = init(theta, input.values);
const path = [];
for (let k = 0; k <= input.steps; k++) {
  const at = state[point] ?? theta;
  if (![surface.loss(at), ...at, ...theta].every(Number.isFinite)) return { path, divergedAt: k };
  path.push([...at]);
  if (k === input.steps) break;
  const gradient = (where) => {
    const g = new Float64Array(2);
    surface.grad(where, g);
    return input.given ? Float64Array.from(input.noise[k]) : g;
  };
  const curvature = (where) => where.map((x) => 1 + x * x);
  const step = (where, g) => where.map((x, i) => x - input.rate * g[i]);
  const noise = () => Float64Array.from(input.noise[k]);
  const given = { gradient, curvature, step, noise, loss: surface.loss(theta), rate: input.rate };
  update(theta, gradient(theta), state, input.values, given);
}
return { path, divergedAt: null };
"""


def run(system, values, problem, start, given=None, point=None):
    """Take the steps of a system in Python; return the path, and the step at which it diverges."""
    theta, path = np.array(start, float), []
    state = system.start(theta, values)
    for t in range(1, STEPS + 2):
        at = theta if point is None else state[point]
        if not all(map(np.all, map(np.isfinite, (problem.loss(at), at, theta)))):
            return np.array(path), t - 1
        path.append(at)
        if t > STEPS:
            break

        def gradient(where, k=t - 1):
            return problem.grad(where) if given is None else given[k]

        inputs = {
            **values,
            "gradient": gradient,
            "curvature": 1 + theta * theta,
            "step": lambda where, g: where - RATE * g,
            "rate": RATE,
            "loss": float(problem.loss(theta)),
            "noise": NOISE[t - 1],
        }
        try:
            state = system.evaluate(theta, gradient(theta), t, state, inputs)
        except (ArithmeticError, ValueError):  # JavaScript has infinity or NaN in its place
            return np.array(path), t
        theta = np.zeros(2) + state["theta"]
    return np.array(path), None


def same(found, expected, room):
    """Return whether two runs have the same path and diverge at the same step."""
    (path, diverged_at), (wanted, at) = found, expected
    return (
        diverged_at == at
        and path.shape == wanted.shape
        and bool(np.all(np.abs(path - wanted) <= room * np.abs(wanted).max(axis=0)))
    )


def test_edited_systems_run_the_same_in_python_and_javascript(playground, modules, tmp_path):
    rng = random.Random(1)
    points = {cls.__name__: playground.point(cls) for cls in playground.OPTIMIZERS}
    cases, expected = [], []
    for name, edit, system, values in candidates(playground):
        problem = rng.choice(playground.SURFACES)()
        point = points.get(name)
        point = point if point in (*system.states, *system.constants) else None
        for slopes in (None, NOISE):  # in closed loop, unless the run is chaotic
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found, near = (
                    run(system, values, problem, at, slopes, point)
                    for at in (problem.start, problem.start * (1 + 1e-14))
                )
            if same(near, found, 1e-10):
                break
        else:
            pytest.fail(f"{name}, {edit}: chaotic also along given gradients")
        expected.append((name, edit, slopes is None, found))
        cases.append(
            {
                "system": described(system),
                "values": values,
                "surface": type(problem).__name__,
                "start": problem.start.tolist(),
                "steps": STEPS,
                "given": slopes is not None,
                "point": point,
                "noise": NOISE.tolist(),
                "rate": RATE,
            }
        )
    runs = node.run(tmp_path, EDITED_RUN, modules, cases)
    failures = []
    for (name, edit, _, wanted), found in zip(expected, runs, strict=True):
        if "error" in found or not same(
            (np.reshape(found["path"], (-1, 2)), found["divergedAt"]), wanted, 1e-9
        ):
            failures.append((name, edit, wanted[1], found.get("divergedAt"), found.get("error")))
    assert not failures, "\n".join(map(str, failures))
    closed = sum(closed for _, _, closed, _ in expected)
    whole = sum(at is None for *_, (_, at) in expected)
    assert closed > 0.9 * EDITED
    assert whole > 0.8 * EDITED
