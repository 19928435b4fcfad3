"""Edited equations and typed surfaces are copied as Python that runs, and travel in a link."""

import ast
import math
import pydoc
import random
import re
from pathlib import Path
from urllib.parse import quote, urlencode

import node
import numpy as np
import pytest

import adamdoc
from adamdoc import checks, dialects, equations
from adamdoc.equations import evaluate, mutation, surface
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
    Sum,
)
from adamdoc.optimizers import Optimizer, arrays
from adamdoc.problems import Problem

pytest.importorskip("sphinx")

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static" / "playground"
STEPS, SEED = 100, 3

#: Reads a link as the page does, runs its racers, and copies it as Python.
COPY = r"""
const [{ assemble, keyOf, race }, { surface: derived }, { build }, python, state] =
  await Promise.all(
    ["race", "derive", "load", "python", "state"].map((name) => import(`./${name}.mjs`)),
  );
const link = state.read(input.link);
const own = link.own ? derived(link.own.text) : null;
const on = own ?? (await import(`./${link.surface}.mjs`));
const edited = [];
const runs = [];
for (const [k, racer] of link.racers.entries()) {
  const modules = {};
  for (const { name } of [...racer.wrappers, ...(racer.edit ? [] : [racer])]) {
    modules[name] = await import(`./${name}.mjs`);
  }
  if (racer.edit) {
    const { record } = await import(`./${racer.name}.edit.mjs`);
    modules[keyOf(racer)] = edited[k] = build(record, racer.edit);
  }
  const options = {
    ...link,
    noise: Float64Array.from(input.noise, (v) => v * link.noise),
    signs: Int8Array.from(input.signs),
    draws: Float64Array.from(input.draws),
  };
  const { path, divergedAt } = race(on, assemble(modules, racer), options);
  runs.push({ path: [...path], divergedAt });
}
const text = state.write(link);
return {
  runs,
  python: state.python(link, python.sources(link, edited, own)),
  problem: own && python.problemText(link.own, own),
  titles: link.racers.map(state.title),
  differences: state.differences(link.racers),
  same: JSON.stringify(state.read(text)) === JSON.stringify(link),
};
"""


@pytest.fixture(scope="session")
def modules(playground):
    """Return what the browser loads, by name."""
    found = {
        "index": playground.index(),
        "edit-tables": playground.tables(),
        "edit-symbols": playground.shared_symbols(),
    }
    for path in [*STATIC.glob("*.js"), *(STATIC / "edit").glob("*.js")]:
        if path.stem != "playground":
            found[path.stem] = path.read_text("utf-8")
    for cls in playground.OPTIMIZERS:
        found[f"{cls.__name__}.edit"] = playground.editable(cls)
    for cls in (adamdoc.Adam, adamdoc.ClipByNorm, adamdoc.SAM, dialects.forms.AdamDialect):
        found[cls.__name__] = playground.module(cls)
    found["Himmelblau"] = surface.javascript(adamdoc.Himmelblau)
    return {name: node.flat(source) for name, source in found.items()}


@pytest.fixture(scope="session")
def copied(modules, tmp_path_factory):
    """Return a function that opens links in the browser's modules, all in one process of Node."""
    generators = (np.random.default_rng([SEED, t]) for t in range(1, STEPS + 1))
    drawn = {
        "noise": np.random.default_rng(SEED).standard_normal(2 * STEPS).tolist(),
        "signs": np.array([rng.choice([-1, 1], 2) for rng in generators]).ravel().tolist(),
        "draws": np.ravel(
            [arrays.normal(np.zeros(2), SEED, t) for t in range(1, STEPS + 1)]
        ).tolist(),
    }

    def copy(links):
        cases = [{"link": link, **drawn} for link in links]
        return node.run(tmp_path_factory.mktemp("copied"), COPY, modules, cases)

    return copy


def link(racers, edits=(), **options):
    """Return the link of a state: racers as text, and for some of them lines and symbols."""
    pairs = [("surface", "Himmelblau"), ("start", "-0.5,-1"), ("steps", STEPS), ("seed", SEED)]
    pairs = [(name, options.pop(name, value)) for name, value in pairs] + [*options.items()]
    pairs += [("racer", racer) for racer in racers]
    for k, (lines, symbols) in enumerate(edits):
        if lines:
            pairs.append(("edit", f"{k}|" + "\n".join(lines)))
            pairs += [("symbol", f"{k}|{symbol}") for symbol in symbols]
    return urlencode(pairs, quote_via=quote)


def lines_of(name, **changes):
    """Return the equations of a method with some lines changed, removed (None) or added."""
    system = equations.all_of(getattr(adamdoc, name))[-1]
    changes = {key: value if isinstance(value, list) else [value] for key, value in changes.items()}
    found = []
    for assignment in system.assignments:
        found += changes.pop(assignment.name, [assignment.latex])
    assert not changes, changes
    return [line for line in found if line is not None]


# What a reader might try

STEP = r"\theta_t &= \theta_{t-1} - \eta "
ADAM = {"m_hat": None, "v_hat": None}
MAXIMUM = r"\bar{v}_t &= \max(\bar{v}_{t-1}, v_t)"
EDITS = {
    "no bias correction": (
        "Adam",
        lines_of("Adam", **ADAM, theta=STEP + r"\frac{m_t}{\sqrt{v_t} + \varepsilon}"),
        (),
    ),
    "eps under the root": (
        "Adam",
        lines_of("Adam", theta=STEP + r"\frac{\hat{m}_t}{\sqrt{\hat{v}_t + \varepsilon}}"),
        (),
    ),
    "AMSGrad's maximum": (
        "Adam",
        lines_of(
            "Adam",
            v_hat=[MAXIMUM, r"\hat{v}_t &= \frac{\bar{v}_t}{1 - \beta_2^t}"],
        ),
        (),
    ),
    "sign of the momentum": (
        "Adam",
        lines_of("Adam", v=None, **ADAM, theta=STEP + r"\mathrm{sign}(m_t)"),
        (),
    ),
    "coupled decay": (
        "Adam",
        lines_of(
            "Adam",
            m=[
                r"d_t &= g_t + \lambda \theta_{t-1}",
                r"m_t &= \beta_1 m_{t-1} + (1 - \beta_1) d_t",
            ],
            v=r"v_t &= \beta_2 v_{t-1} + (1 - \beta_2) d_t^2",
        ),
        (r"\lambda|0.1|0|1",),
    ),
    "decoupled decay": (
        "Adam",
        lines_of(
            "Adam",
            theta=STEP + r"\left(\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}"
            r" + \lambda \theta_{t-1}\right)",
        ),
        (r"\lambda|0.1|0|1",),
    ),
    "cube root": (
        "Adam",
        lines_of("Adam", theta=STEP + r"\frac{\hat{m}_t}{\sqrt[3]{\hat{v}_t} + \varepsilon}"),
        (),
    ),
    "a root of one's own": (
        "Adam",
        lines_of("Adam", theta=STEP + r"\frac{\hat{m}_t}{\hat{v}_t^q + \varepsilon}"),
        ("q|0.4|0.1|0.9",),
    ),
    "a state that starts at 0": (
        "GradientDescent",
        [r"s_t &= s_{t-1} + \lvert g_t \rvert", STEP + r"\frac{g_t}{1 + s_t}"],
        ("s_t|0",),
    ),
    "a state that starts at theta": (
        "GradientDescent",
        [
            r"z_t &= \kappa z_{t-1} + (1 - \kappa) \theta_{t-1}",
            STEP + r"(g_t + \theta_{t-1} - z_t)",
        ],
        (r"z_t|\theta_0", r"\kappa|0.9|0|0.99"),
    ),
    "the start itself": (
        "GradientDescent",
        [STEP + r"(g_t + \frac{1}{2} (\theta_{t-1} - \theta_0))"],
        (r"\theta_0|\theta_0",),
    ),
    "a number for a state": (
        "Momentum",
        [
            r"c_t &= \frac{c_{t-1} + \lVert g_t \rVert}{2}",
            r"m_t &= \beta m_{t-1} + (1 - \beta) \frac{g_t}{c_t}",
            STEP + "m_t",
        ],
        (),
    ),
    "reductions": (
        "GradientDescent",
        [
            r"a_t &= \lVert g_t \rVert_1 + \mathrm{mean}(g_t^2)"
            r" + \lVert \theta_{t-1} \rVert_\infty + \langle g_t, g_t \rangle",
            STEP + r"\frac{g_t}{\mathrm{rms}(g_t) + a_t}",
        ],
        (),
    ),
    "cases of the entries": (
        "Momentum",
        lines_of(
            "Momentum",
            theta=STEP + r"\begin{cases} 2.1 & \text{where } m_t g_t > 0 \land g_t > 1 \\"
            r" 0.3 m_t & \text{where } m_t < 0 \\ 1 & \text{otherwise} \end{cases}",
        ),
        (),
    ),
    "cases of the step": (
        "HeavyBall",
        lines_of(
            "HeavyBall",
            b=r"b_t &= \begin{cases} 0 & \text{if } t \bmod 7 = 0 \\"
            r" \mu b_{t-1} + g_t & \text{otherwise} \end{cases}",
        ),
        (),
    ),
    "the step in its own schedule": (
        "GradientDescent",
        [
            r"h_t &= \sum_{i=1}^t \frac{1}{i}",
            r"\eta_t &= \eta \frac{1 + \cos(\pi t / T)}{2} \sqrt{h_t} \, 1.01^t",
            r"\theta_t &= \theta_{t-1} - \eta_t \tanh(g_t)",
        ],
        ("T|60|1|100",),
    ),
    "more than numbers can hold": (
        "GradientDescent",
        [STEP + r"g_t \left(1 + \frac{1}{2^{20 t}}\right)"],
        (),
    ),
    "theta before the state": (
        "Momentum",
        [
            STEP + "m_{t-1}",
            r"m_t &= \beta m_{t-1} + (1 - \beta) (g_t + 0.01 \theta_{t-1} - 0.02 \theta_t)",
        ],
        (),
    ),
    "the same number for all entries": (
        "AdaGrad",
        [r"s_t &= s_{t-1} + g_t^2", r"\theta_t &= \frac{\eta}{t}"],
        (),
    ),
    "the gradient elsewhere": (
        "GradientDescent",
        [
            r"\phi_t &= \theta_{t-1} - r g_t",
            r"a_t &= \nabla f(\phi_t)",
            STEP + r"\frac{g_t + a_t}{2}",
        ],
        ("r|0.02|0|0.1",),
    ),
    "the loss of the step": (
        "GradientDescent",
        [STEP + r"\frac{f_t g_t}{1 + \|g_t\|^2}"],
        (),
    ),
    "noise of one's own": (
        "GradientDescent",
        [STEP + r"(g_t + c \xi_t)"],
        ("c|0.5|0|1",),
    ),
    "a word of Python": (
        "GradientDescent",
        [
            r"\Delta_t &= \min(1, \max(-1, g_t)) + \lambda \theta_{t-1}",
            STEP + r"\Delta_t",
        ],
        (r"\lambda|0.02|-1|1",),
    ),
    "curvature at every step": (
        "Sophia",
        [
            r"h_t &= \beta_2 h_{t-1} + (1 - \beta_2) \hat{h}_t",
            STEP + r"\frac{g_t}{\max(\lvert h_t \rvert, 1)}",
        ],
        (),
    ),
    "weights of an average": (
        "ScheduleFreeSGD",
        lines_of("ScheduleFreeSGD", w="w_t &= w_{t-1} + t^2"),
        (),
    ),
    "no point of its own": (
        "ScheduleFreeSGD",
        [r"z_t &= z_{t-1} - \eta g_t", r"\theta_t &= z_t"],
        (),
    ),
}
#: Some are values only of NumPy: the equations have none in Python's numbers.
UNCHECKED = {"more than numbers can hold"}


def latex_of(tree, symbols):
    """Return the LaTeX of a tree."""

    def inside(part, strength=0.0):
        text, own = written(part)
        return rf"\left({text}\right)" if own < strength else text

    def written(part):
        match part:
            case Number(value):
                return r"\pi" if value == math.pi else f"{value:.15f}".rstrip("0").rstrip("."), 9
            case Name("theta_prev"):
                return r"\theta_{t-1}", 9
            case Name(name):
                letter = symbols[name.removesuffix("_prev")].latex
                return letter.replace("_t", "_{t-1}") if name.endswith("_prev") else letter, 9
            case Sum((first, *rest)):
                signed = (("-", p.term) if isinstance(p, Negative) else ("+", p) for p in rest)
                others = (f" {sign} {inside(term, 3)}" for sign, term in signed)
                return inside(first, 2) + "".join(others), 2
            case Negative(term):
                return f"-{inside(term, 3)}", 2
            case Product((first, *rest)):
                return r" \cdot ".join([inside(first, 3), *(inside(p, 4) for p in rest)]), 3
            case Quotient(numerator, denominator):
                return rf"\frac{{{inside(numerator)}}}{{{inside(denominator)}}}", 9
            case Power(base, exponent):
                plain = isinstance(base, Name | Number)
                return f"{inside(base, 0 if plain else 99)}^{{{inside(exponent)}}}", 5
            case Compare(relation, left, right):
                sign = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}.get(relation, relation)
                return f"{inside(left, 2)} {sign} {inside(right, 2)}", 1
            case Case(value, condition, otherwise):
                rows = rf"{inside(value)} & \text{{if }} {inside(condition)} \\ {inside(otherwise)}"
                return rf"\begin{{cases}} {rows} & \text{{otherwise}} \end{{cases}}", 9
            case Call("mod", (number, divisor)):
                return rf"{inside(number, 4)} \bmod {inside(divisor, 4)}", 3
            case Call("and", conditions):
                return r" \land ".join(inside(one, 1) for one in conditions), 0.5
            case Call("sqrt" | "abs" | "norm" | "norm1" | "inner" as function, arguments):
                bars = {
                    "sqrt": r"\sqrt{%s}",
                    "abs": r"\lvert %s \rvert",
                    "norm": r"\lVert %s \rVert",
                    "norm1": r"\lVert %s \rVert_1",
                    "inner": r"\langle %s, %s \rangle",
                }
                return bars[function] % tuple(map(inside, arguments)), 9
            case Call(function, arguments):
                return rf"\mathrm{{{function}}}({', '.join(map(inside, arguments))})", 9
        raise TypeError(part)

    return inside(tree)


#: The methods whose equations are mutated.
MUTATED = (
    *("ADOPT", "AdEMAMix", "AdaDelta", "AdaMax", "Adafactor", "AdamDialect", "AdamW", "Adan"),
    *("LAMB", "Lion", "NAdam", "Prodigy", "RAdam", "Rprop", "ScheduleFreeAdamW", "Yogi"),
)


def mutated():
    """Yield the edits that mutations make: the method, its lines, and no new symbols."""
    rng = random.Random(0)
    for name in MUTATED:
        cls = dialects.CLASSES[name]
        system = equations.all_of(cls)[-1]
        mutant = rng.choice(list(mutation.mutants(system)))
        lines = [a.latex for a in system.assignments]
        for k, (old, new) in enumerate(
            zip(system.assignments, mutant.system.assignments, strict=True)
        ):
            if old != new:
                lines[k] = f"{old.latex.partition('&=')[0]}&= {latex_of(new.expr, system.symbols)}"
        yield f"{cls.__name__}, {mutant.place}: {mutant.fault}", (cls.__name__, lines, ())


def close(found, module, k=0, noise=0.0):
    """Return whether a path is that of a run of the module; None if the run is chaotic."""
    run = module.runs[k]
    near = adamdoc.minimize(
        module.surface,
        run.optimizer,
        np.array(module.start) * (1 + 1e-13),
        steps=STEPS,
        noise=noise,
        seed=SEED,
    )
    path = np.reshape(found["path"], (-1, 2))
    # Hutchinson's central differences magnify rounding errors.
    room = np.abs(run.path).max(axis=0) * (1e-6 if run.optimizer.takes_curvature else 1e-9)
    if near.path.shape != run.path.shape or np.any(np.abs(near.path - run.path) > room):
        return None
    return (
        found["divergedAt"] == run.diverged_at
        and path.shape == run.path.shape
        and bool(np.all(np.abs(path - run.path) <= room))
    )


def test_copied_classes_run_and_implement_their_equations(copied, executed):
    edits = {**EDITS, **dict(mutated())}
    assert len(edits) == 42
    links = [link([f"{name}(lr=0.02)"], [(lines, more)]) for name, lines, more in edits.values()]
    held = []
    for (edit, (name, lines, _)), found in zip(edits.items(), copied(links), strict=True):
        place = f"{name}, {edit}"
        assert "error" not in found, (place, found, lines)
        assert found["same"], place
        assert found["titles"] == [f"{name}, edited"]
        module = executed(found["python"])
        (cls,) = (
            value
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == module.__name__
        )
        assert cls.__name__ == f"My{name}"
        assert cls.builds_on == (name,)
        assert issubclass(cls, Optimizer)
        (system,) = equations.all_of(cls)
        assert [a.latex for a in system.assignments] == [" ".join(li.split()) for li in lines]
        if edit not in UNCHECKED:
            assert equations.check(cls, cases=16) < 2, place
        same = close(found["runs"][0], module)
        assert same is not False, (place, found["python"])
        held.append(same)
    assert held.count(True) > 0.85 * len(held)


def test_racers_with_equations_of_their_own_run_side_by_side(copied, executed):
    """Those with the same equations are of one class; wrappers are around them as around others."""
    racers = ["ClipByNorm(Adam(lr=0.1))", "Adam(lr=0.1)", "Adam(lr=0.2)", "AdamDialect(lr=0.1)"]
    names = ["no bias correction", "cube root", "no bias correction"]
    edits = [EDITS[name][1:] for name in names]
    (found,) = copied([link([*racers, "SAM(Adam(lr=0.1))"], edits, noise=0.5)])
    assert "error" not in found, found
    assert found["same"]
    assert found["titles"][:2] == ["ClipByNorm around Adam, edited", "Adam, edited"]
    assert found["differences"][1:4] == [["version 1", "lr 0.1"], ["version 2", "lr 0.2"], []]
    module = executed(found["python"])
    own = [name for name in vars(module) if name.startswith("My")]
    assert own == ["MyAdam", "MyAdam2"]
    inside = module.runs[0].optimizer.optimizer
    assert (type(inside), type(module.runs[2].optimizer)) == (module.MyAdam, module.MyAdam)
    assert type(module.runs[1].optimizer) is module.MyAdam2
    assert [run.optimizer.lr for run in module.runs] == [0.1, 0.1, 0.2, 0.1, 0.1]
    held = [close(run, module, k, 0.5) for k, run in enumerate(found["runs"])]
    assert held[1:] == [True] * 4
    assert held[0] is not False  # noise and no correction: chaotic


def test_sliders_are_arguments_of_one_class(copied, executed):
    _, lines, _ = EDITS["decoupled decay"]
    ranges = [r"\lambda|0.1|0|1", r"\lambda|0.3|0|1", r"\lambda|-0.1|-1|1"]
    racers = ["Adam(lr=0.1)"] * 3
    (found,) = copied([link(racers, [(lines, [one]) for one in ranges])])
    assert "error" not in found, found
    module = executed(found["python"])
    assert [type(run.optimizer).__name__ for run in module.runs] == ["MyAdam"] * 2 + ["MyAdam2"]
    assert [run.optimizer.weight_decay for run in module.runs] == [0.1, 0.3, -0.1]
    assert [close(run, module, k) for k, run in enumerate(found["runs"])] == [True] * 3


SURFACES = {
    "plain": "x^2 + 10*y^2 - cos(3*x)*exp(-y^2/2)",
    "LaTeX": r"f(x, y) = \frac{(1 - x)^2}{2} + \sqrt{1 + (y - x^2)^2}",
    "bars": "abs(x) + 2*max(y, -y, x*y) + 0.1 x^2",
    "constant": "3 + 0 x",
    "roots of numbers": "sqrt(2)*x^2 + y^2 ln(3) + 2^(x/5)",
}


@pytest.mark.parametrize("text", SURFACES.values(), ids=SURFACES)
def test_copied_surfaces_are_those_of_the_page(copied, executed, text):
    place = {"surface": "own", "own": text, "domain": "-2,3,-1.5,1.5", "start": "0.7,-0.4"}
    (found,) = copied([link(["Adam(lr=0.05)"], **place)])
    assert "error" not in found, found
    assert found["same"]
    module = executed(found["python"])
    problem = module.surface
    assert isinstance(problem, Problem)
    assert type(problem).__name__ == "MySurface"
    assert problem.domain == ((-2, 3), (-1.5, 1.5))
    assert problem.start.tolist() == [0.7, -0.4]
    assert close(found["runs"][0], module)
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (20, 2))
    x, y = np.moveaxis(points, -1, 0)
    documented = evaluate.value_of(surface.expression(type(problem)), {"x": x, "y": y})
    np.testing.assert_allclose(problem.loss(points), np.zeros(20) + documented, rtol=1e-12)
    for k, step in enumerate(np.eye(2) * 1e-5):
        slope = (problem.loss(points + step) - problem.loss(points - step)) / 2e-5
        np.testing.assert_allclose(problem.grad(points)[:, k], slope, rtol=1e-5, atol=1e-7)
        change = (problem.grad(points + step) - problem.grad(points - step)) / 2e-5
        np.testing.assert_allclose(problem.hess(points)[:, k], change, rtol=1e-4, atol=1e-5)
    assert problem.grad(points.astype(np.float32)).dtype == np.float32
    alone = executed(found["problem"]).MySurface()
    assert alone.start.tolist() == [0.5, 0.0]  # the middle of its domain
    np.testing.assert_array_equal(alone.loss(points), problem.loss(points))


#: Copies a race of all methods, each in every wrapper that fits, and of the edited copy of each.
IMPORTS = r"""
const [{ methods, wrappers }, state, python] = await Promise.all(
  ["index", "state", "python"].map((name) => import(`./${name}.mjs`)),
);
const { build, original } = await import("./load.mjs");
const racers = Object.keys(methods).map((name) => state.racer(name));
for (const name of Object.keys(wrappers)) racers.push(state.wrapped(state.racer("Adam"), name));
const base = { surface: "Beale", start: [1, 1], steps: 1, noise: 0, seed: 0 };
const edited = [];
const copies = [];
for (const [k, name] of Object.keys(methods).entries()) {
  const { record } = await import(`./${name}.edit.mjs`);
  const edit = { lines: original(record), symbols: [] };
  edited[k] = build(record, edit);
  copies.push({ ...state.racer(name), edit });
}
return {
  surface: state.python({ ...base, racers }),
  network: state.python({ ...base, task: "moons", hidden: 8, batch: 32, racers }),
  edited: state.python({ ...base, racers: copies }, python.sources({ racers: copies }, edited)),
};
"""


def test_copied_code_imports_what_it_uses(modules, playground, tmp_path):
    (found,) = node.run(tmp_path, IMPORTS, modules, [None])
    assert "error" not in found, found
    for kind, text in found.items():
        module = ast.parse(text)
        names, docs = {}, ""
        for part in module.body:
            if isinstance(part, ast.ImportFrom | ast.Import):
                exec(ast.unparse(part), names)  # as a reader's Python would
            elif isinstance(part, ast.ClassDef):
                names[part.name] = part
                docs += ast.get_docstring(part)
        calls = [part for part in module.body if not isinstance(part, ast.ClassDef)]
        used = {node.id for part in calls for node in ast.walk(part) if isinstance(node, ast.Name)}
        assert used <= {*names, "data", "model", "surface", "start", "runs", "run", "print"}
        if kind == "edited":
            links = re.findall(r"^(adamdoc\.[\w.]+) : ", docs, re.MULTILINE)
            assert {f"My{pydoc.locate(link).__name__}" for link in links} == {
                name for name in names if name.startswith("My")
            }
        else:
            assert {cls.__name__ for cls in playground.OPTIMIZERS} <= used


# Links

#: Reads links, and says of each what it holds.
READ = r"""
const { EDIT, read, write } = await import("./state.mjs");
const { LIMITS } = await import("./index.mjs");
const { sources } = await import("./python.mjs");
const { build } = await import("./load.mjs");
const { surface } = await import("./derive.mjs");
const { EquationError } = await import("./grammar.mjs");
const keys = () =>
  [Object, Array, String].map((of) => Reflect.ownKeys(of.prototype).map(String)).join();
const before = keys();
const found = [];
for (const text of input.links) {
  const state = read(text);
  const written = write(state);
  if (written !== write(read(written))) throw new Error(`does not come back: ${text}`);
  let python = null;
  try {
    const edited = [];
    for (const [k, { name, edit }] of state.racers.entries()) {
      if (!edit) continue;
      const { record } = await import(`./${name}.edit.mjs`);
      edited[k] = build(record, edit);
    }
    python = sources(state, edited, state.own ? surface(state.own.text) : null).classes;
  } catch (error) {
    if (!(error instanceof EquationError)) throw new Error(`${text}: ${error.stack}`);
  }
  found.push({
    edits: state.racers.map(({ edit }) => edit ?? null),
    calls: state.racers.map(({ name }) => name),
    own: state.own ?? null,
    surface: state.surface,
    length: written.length,
    python,
  });
}
if (keys() !== before) throw new Error("a prototype was changed");
return { found, limits: { ...EDIT, size: LIMITS.size } };
"""
MARKS = [
    *('"""', "'''", "\n", "\r", "\x00", "\\", "|", "||", "&edit=", "%", "%0A", "\u2028", "é"),
    *("__proto__", "constructor", "<script>", "9" * 400, "1e999", "-1", "nan", "=", "&="),
    *("{" * 50, r"\hspace{a}", r'\text{ """ }', "0|", "7|", "symbol", "surface=own", r"\theta_0"),
]


def damaged(text, others, rng):
    """Return a link with something inserted, removed, repeated, or from another one."""
    at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
    mark, other = rng.choice(MARKS), rng.choice(others)
    mark = quote(mark) if rng.random() < 0.6 else mark
    return rng.choice(
        [
            text[:at] + mark + text[at:],
            text[:at] + text[min(to, at + 9) :],
            text[:at] + other[at:],
            text + "&" + rng.choice(other.split("&")),
            text[:at] + text[at:to] * 3 + text[to:],
        ]
    )[:20_000]


def test_hostile_links_do_nothing(modules, tmp_path):
    rng = random.Random(0)
    sound = [link([f"{name}(lr=0.1)"], [(lines, more)]) for name, lines, more in EDITS.values()]
    for own in SURFACES.values():
        sound.append(link(["Adam(lr=1)"], surface="own", own=own, domain="0,1,0,1"))
    hostile = []
    for _ in range(3000):
        text = rng.choice(sound)
        for _ in range(rng.randint(1, 4)):
            text = damaged(text, sound, rng)
        hostile.append(text)
    one = r"\theta_t &= \theta_{t-1} - " + "g_t + " * 50 + "g_t"
    for lines in ([one] * 24, ["g_t"] * 25, ["g" * 401]):
        hostile.append(link(["Adam(lr=1)"], [(lines, [])]))
    hostile.append(link(["Adam(lr=1)"], [(["g_t"], [f"a_{k}|1|0|2" for k in range(40)])]))
    for own, domain in (("x" * 301, "0,1,0,1"), ("x", "1,0,0,1")):
        hostile.append(link(["Adam(lr=1)"], surface="own", own=own, domain=domain))
    (result,) = node.run(tmp_path, READ, modules, [{"links": hostile}])
    assert "error" not in result, result["error"]
    limits, kept = result["limits"], 0
    for text, found in zip(hostile, result["found"], strict=True):
        assert found["length"] < 35_000, text
        assert set(found["calls"]) <= dialects.CLASSES.keys()
        for edit in filter(None, found["edits"]):
            kept += 1
            assert edit.keys() == {"lines", "symbols"}
            assert 1 <= len(edit["lines"]) <= limits["lines"]
            assert sum(map(len, edit["lines"])) <= limits["total"]
            assert len(edit["symbols"]) <= limits["symbols"]
            for line in (*edit["lines"], *(symbol["latex"] for symbol in edit["symbols"])):
                assert re.fullmatch(r"[ !#-~]{1,400}", line), line
            for symbol in edit["symbols"]:
                if symbol.keys() == {"latex", "start"}:
                    assert symbol["start"] in ("0", r"\theta_0")
                    continue
                assert symbol.keys() == {"latex", "value", "low", "high"}
                low, value, high = (symbol[key] for key in ("low", "value", "high"))
                assert -limits["size"] <= low <= value <= high <= limits["size"]
        if found["surface"] == "own":
            assert len(found["own"]["text"]) <= limits["surface"]
            left, right, low, high = found["own"]["domain"]
            assert left < right
            assert low < high
        for written in found["python"] or ():  # one class, whatever it says
            (part,) = ast.parse(written).body
            assert isinstance(part, ast.ClassDef)
    assert kept > 500
    assert [found["edits"] for found in result["found"][-6:-3]] == [[None]] * 3
    assert len(result["found"][-3]["edits"][0]["symbols"]) == limits["symbols"]
    assert [found["surface"] for found in result["found"][-2:]] == ["Ravine", "Ravine"]


# What only some records have

#: Writes the class of a record and lines.
WRITE = r"""
const { RULES, classText } = await import("./python.mjs");
const { declare, read } = await import("./system.mjs");
const { record } = await import(`./${input.name}.edit.mjs`);
const symbols = record.symbols.map((one) => ({ ...one, name: input.names[one.name] ?? one.name }));
const hyperparameters = Object.fromEntries(
  Object.entries(record.hyperparameters).map(([name, value]) => [input.names[name] ?? name, value]),
);
const own = { ...record, symbols, hyperparameters };
const added = declare(own, input.lines, input.symbols);
const system = read(own, input.lines, added);
const [first, ...rest] = system.assignments;
const assignments = [{ ...first, latex: input.latex ?? first.latex }, ...rest];
return { python: classText(own, { ...system, assignments }, added, "Mine"), rules: RULES };
"""


@pytest.fixture
def written(modules, tmp_path):
    """Return a function that writes the class of some lines."""

    def write(name, lines, names=(), symbols=(), latex=None):
        case = {"name": name, "lines": lines, "names": dict(names), "latex": latex}
        (found,) = node.run(tmp_path, WRITE, modules, [{**case, "symbols": list(symbols)}])
        return found

    return write


def test_quantities_may_have_names_that_the_code_needs(written, executed):
    names = {"m": "np", "beta": "state"}
    module = executed(written("Momentum", lines_of("Momentum"), names)["python"])
    assert equations.check(module.Mine) < 2
    assert sorted(module.Mine().init(np.zeros(2))) == ["np_", "t"]


@pytest.mark.parametrize("latex", ['m_t &= g_t """', "m_t &= é", "m_t &= \u2028g_t é"])
def test_what_is_no_line_of_a_docstring_is_refused(written, latex):
    found = written("Momentum", lines_of("Momentum"), latex=latex)
    assert found["error"].startswith("cannot write ")


def test_hyperparameters_have_the_rules_of_the_package(written):
    rules = written("Momentum", lines_of("Momentum"))["rules"]
    assert rules.keys() == checks.RULES.keys()
    for name, (_, *bounds) in rules.items():
        for value in bounds:
            if value not in ("Infinity", "-Infinity"):
                assert checks.number("it", value, name) == value


def test_the_range_of_a_slider_becomes_the_rule(written, executed):
    lines = [r"\theta_t &= \theta_{t-1} - a g_t - b g_t^3 - q g_t^5"]
    ranges = {"a": (0.5, 0, 0.9), "b": (0.5, 0.1, 2), "q": (0.5, -1, 2)}
    symbols = [
        {"latex": latex, "value": value, "low": low, "high": high}
        for latex, (value, low, high) in ranges.items()
    ]
    cls = executed(written("GradientDescent", lines, symbols=symbols)["python"]).Mine
    assert [symbol.rule for symbol in cls.symbols] == ["[0, 1)", "positive", "finite"]
    assert equations.check(cls) < 2
