"""Edited equations run in the browser as in Python, and a typed surface gets the right gradient."""

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import get_args

import node
import numpy as np
import pytest

import adamdoc
from adamdoc import dialects, equations
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
const { read } = await import("./system.mjs");
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
return [made, compile(read(record, record.lines), record)].map((own) => {
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
        unused = made["seen"].keys() - compiled["seen"].keys()
        system = equations.all_of(dialects.CLASSES[case["name"]])[-1]
        assert unused.isdisjoint(n for a in system.assignments for n in tree.names(a.expr))
        for name in unused:  # a switch for matrices only
            del made["seen"][name]
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


@np.errstate(all="ignore")
def run(system, values, problem, start, given, point):
    """Take the steps of a system in Python.

    Return the path and the step at which it diverges, "raised" if a number has no value.
    """
    theta, path = np.array(start, float), []
    state = system.start(theta, values)
    for t in range(1, STEPS + 2):
        at = theta if point is None else np.zeros(2) + state[point]
        if not np.isfinite([problem.loss(at), *at, *theta]).all():
            return np.array(path), t - 1
        path.append(at)
        if t > STEPS:
            break

        def gradient(where, k=t - 1):
            return NOISE[k] if given else problem.grad(where)

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
        except (ArithmeticError, ValueError):  # JavaScript goes on, with infinity or NaN
            return np.array(path), "raised"
        theta = np.zeros(2) + state["theta"]
    return np.array(path), None


def same(found, expected, room):
    """Return whether two runs have the same path and diverge at the same step."""
    (path, diverged_at), (wanted, at) = found, expected
    if at == "raised":
        path, diverged_at = path[: len(wanted)], at
    return (
        diverged_at == at
        and path.shape == wanted.shape
        and bool(np.all(np.abs(path - wanted) <= room * np.abs(wanted).max(axis=0)))
    )


def test_edited_systems_run_the_same_in_python_and_javascript(playground, modules, tmp_path):
    """Most along the gradients of a surface; those that are chaotic there, along given ones."""
    rng = random.Random(1)
    points = {cls.__name__: playground.point(cls) for cls in playground.OPTIMIZERS}
    cases = []
    for name, edit, system, values in candidates(playground):
        problem, point = rng.choice(playground.SURFACES)(), points.get(name)
        point = point if point in (*system.states, *system.constants) else None
        cases.append((f"{name}, {edit}", system, values, problem, point))

    def compared(cases, given):
        inputs = [
            {
                "system": described(system),
                "values": values,
                "surface": type(problem).__name__,
                "start": problem.start.tolist(),
                "steps": STEPS,
                "given": given,
                "point": point,
                "noise": NOISE.tolist(),
                "rate": RATE,
            }
            for _, system, values, problem, point in cases
        ]
        ends, differing = [], []
        for case, found in zip(cases, node.run(tmp_path, EDITED_RUN, modules, inputs), strict=True):
            assert "error" not in found, (case[0], found)
            wanted = run(*case[1:4], case[3].start, given, case[-1])
            ends.append(wanted[1])
            if not same((np.reshape(found["path"], (-1, 2)), found["divergedAt"]), wanted, 1e-9):
                differing.append((case, wanted))
        return ends, differing

    ends, differing = compared(cases, given=False)
    for case, wanted in differing:  # a change of the start in its last digits leads elsewhere
        starts = [case[3].start * (1 + e) for e in (1e-14, -1e-14, 1e-13)]
        near = [run(*case[1:4], start, False, case[-1]) for start in starts]
        assert not all(same(other, wanted, 1e-10) for other in near), case[0]
    _, still_differing = compared([case for case, _ in differing], given=True)
    assert not still_differing, [case[0] for case, _ in still_differing]
    assert len(differing) < 0.05 * EDITED
    assert ends.count(None) > 0.8 * EDITED


#: Systems that cannot run, and why: an equation in LaTeX of a method, and the error.
REFUSED = [
    ("Prodigy", "d", Name("g"), "equation 6: d must be one number, but this has one for each"),
    (
        "Adam",
        "m",
        Call("step", (Name("g"), Name("g"))),
        "equation 1: step belongs to the optimizer",
    ),
    ("Adam", "v", Name("rate"), "equation 2: rate belongs to the optimizer inside a wrapper"),
    ("Adam", "v", Name("nothing"), "equation 2: nothing has no value"),
    ("Adam", "v", Call("mean_rows", (Name("g"),)), "equation 2: mean_rows(g) is an operation on"),
    ("Adam", "v", tree.MatrixProduct((Name("g"), Name("g"))), "equation 2: g @ g is an operation"),
]
REFUSAL = """
const { compile } = await import("./evaluate.mjs");
const { record } = await import(`./${input.name}.edit.mjs`);
compile(input.system, record);
"""


def with_line(system, name, expr):
    """Return a system in which one quantity has another equation."""
    lines = (replace(a, expr=expr) if a.name == name else a for a in system.assignments)
    return replace(system, assignments=tuple(lines))


def test_systems_that_cannot_run_are_refused_with_their_line(modules, tmp_path):
    cases = [
        {"name": cls, "system": described(with_line(equations.of(getattr(adamdoc, cls)), *line))}
        for cls, *line, _ in REFUSED
    ]
    found = node.run(tmp_path, REFUSAL, modules, cases)
    for (cls, *_, message), result in zip(REFUSED, found, strict=True):
        assert result["error"].startswith(f"{cls}, {message}")


#: Runs a method one of whose equations is hostile: it never stops the page, nor throws.
LONG_RUN = """
const { compile } = await import("./evaluate.mjs");
const { init, update } = compile(input.system);
const theta = Float64Array.of(1, -2);
const state = init(theta, input.values);
const begin = process.cpuUsage();
for (let k = 0; k < 2000; k++) {
  update(theta, Float64Array.of(3, 4), state, input.values);
}
return { took: process.cpuUsage(begin).user / 1000, theta: [...theta].map(String) };
"""


def test_numbers_that_are_none_do_not_stop_a_run(modules, tmp_path):
    system = equations.of(adamdoc.GradientDescent)

    def series(last, term, index="k"):
        return Series("sum", index, Number(1), last, term)

    t, k, lr = Name("t"), Name("k"), Name("lr")
    many = series(Number(9_999), series(Number(9_999), k, "j"))
    exprs = {
        "nan": [
            Call("sqrt", (Number(-1),)),
            series(Quotient(t, Number(3)), k),  # no whole number
            series(Number(10_001), k),
            many,
            Sum(tuple(series(Number(9_000), Product((k, g))) for g in (Name("g"),) * 20)),
        ],
        "inf": [Quotient(t, Number(0)), Call("exp", (Number(1_000),)), Power(t, Number(400))],
        "ok": [
            series(t, Quotient(lr, k)),
            Power(Number(1), Quotient(t, Number(0))),
            Series("prod", "k", Number(2**60), Number(2**60), Quotient(k, Number(2**60))),
        ],
    }
    cases = [
        {"system": described(with_line(system, "theta", expr)), "values": {"lr": 0.5}}
        for found in exprs.values()
        for expr in found
    ]
    results = node.run(tmp_path, LONG_RUN, modules, cases)
    ends = [result["theta"][0] for result in results]
    assert ends[:-3] == ["NaN"] * len(exprs["nan"]) + ["Infinity"] * len(exprs["inf"])
    assert float(ends[-3]) == pytest.approx(0.5 * sum(1 / k for k in range(1, 2001)), rel=1e-12)
    assert ends[-2:] == ["1", "1"]
    assert all(result["took"] < 2_000 for result in results)


# Surfaces

DERIVATIVES = """
const { derivative, surface } = await import("./derive.mjs");
const { scalar } = await import("./evaluate.mjs");
const { show } = await import("./grammar.mjs");
if (input.node) {
  const partials = ["x", "y"].map((name) => derivative(input.node, name));
  const slopes = partials.map((of) => scalar(of, ["x", "y"]));
  const shown = partials.map(show);
  return { shown, values: input.points.map((point) => slopes.map((slope) => slope(...point))) };
}
const { expr, partials, loss, grad } = surface(input.text);
const made = input.made && (await import(`./${input.made}.mjs`));
const values = (made && input.points.map((point) => {
  const [own, other] = [new Float64Array(2), new Float64Array(2)];
  grad(point, own);
  made.grad(point, other);
  return [[loss(point), ...own], [made.loss(point), ...other]];
}));
const same = show(surface(surface(input.text).latex).expr) === show(expr);
return { shown: [show(expr), ...partials.map(show)], values, same };
"""
#: What people type for the surfaces of the package.
TYPED = {
    "Ravine": ["x^2 + 10*y^2", "x**2+10y**2", "f(x, y) = x² + 10·y²", "x x + 10 y^(1 + 1)"],
    "Rosenbrock": ["(1-x)^2+100(y-x^2)^2", "(1 - x)**2 + 100*(y - x**2)**2"],
    "Beale": ["(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2"],
    "Himmelblau": ["(x^2+y-11)^2 + (x+y^2-7)^2"],
    "Saddle": ["x^2 - y^2 + y^4/4", "x**2 − y**2 + y**4/4"],
    "Rastrigin": [
        "20 + x^2 - 10cos(2 pi x) + y^2 - 10cos(2*pi*y)",
        "20+x²-10cos(2πx)+y²-10cos(2πy)",
    ],
    "StyblinskiTang": ["1/2*(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y)"],
    "Plateau": ["1 - exp(-(x^2 + y^2)/2)", "1 - e^(-(x^2+y^2)/2)", r"1 - e^{-\frac{x^2+y^2}{2}}"],
    "Absolute": ["abs(x) + 2*abs(y)", "|x| + 2|y|", "abs(x)+2abs(y)"],
}


def test_typed_surfaces_are_those_of_the_docstrings(playground, modules, tmp_path):
    points = np.random.default_rng(0).uniform(-3, 3, (20, 2)).tolist()
    cases = []
    for cls in playground.SURFACES:
        latex = surface.latex(cls).removeprefix(surface.LEFT)
        texts = [latex, *TYPED.get(cls.__name__, ())]
        cases += [{"text": text, "made": cls.__name__, "points": points} for text in texts]
    assert len(cases) > len(playground.SURFACES) + 10
    for case, found in zip(cases, node.run(tmp_path, DERIVATIVES, modules, cases), strict=True):
        assert "error" not in found, (case["text"], found)
        assert found["same"], case["text"]  # its LaTeX is read as it is
        own, made = np.moveaxis(np.array(found["values"]), 1, 0)
        scale = 1 + np.abs(made).max()
        np.testing.assert_allclose(own, made, 1e-12, 1e-14 * scale, err_msg=case["text"])


#: What is typed, and the expression with its partial derivatives.
PLAIN = [
    ("x^10", "x**10", "10*x**9", "0"),
    ("x^-2 y", "x**(-2)*y", "-2*y/x**3", "1/x**2"),
    ("sqrt(x^2 + y^2)", "sqrt(x**2 + y**2)", "x/sqrt(x**2 + y**2)", "y/sqrt(x**2 + y**2)"),
    ("2^(x y)", "2**(x*y)", "y*2**(x*y)*log(2)", "x*2**(x*y)*log(2)"),
    ("1e-3x + 0.1y^3", "10**(-3)*x + 0.1*y**3", "1/1000", "0.3*y**2"),
    ("sin^2(x) + xcos(y)", "sin(x)**2 + x*cos(y)", "2*cos(x)*sin(x) + cos(y)", "-x*sin(y)"),
    ("x^2 if x > y else -y", "x**2 if x > y else -y", "2*x if x > y else 0", "0 if x > y else -1"),
    ("max(x, 2y)", "max(x, 2*y)", "1 if x > 2*y else 0", "0 if x > 2*y else 2"),
    ("log(1 + x^2)/2", "log(1 + x**2)/2", "x/(1 + x**2)", "0"),
    ("e^-x tanh(y)", "exp(-x)*tanh(y)", "-exp(-x)*tanh(y)", "(1 - tanh(y)**2)*exp(-x)"),
    (r"\sum_{k=1}^{10} x^k", "sum(x**k for k = 1 to 10)", "sum(k*x**(k - 1) for k = 1 to 10)", "0"),
    ("x % 2 if x >= 0 and y != 1 else 0", "x % 2 if x >= 0 and y != 1 else 0",
     "1 if x >= 0 and y != 1 else 0", "0"),
]  # fmt: skip
WRONG = [
    ("x^", "expected an exponent, got the end after 'x^'"),
    ("x + foo(y)", "expected x, y, pi, a number or one of the functions sin, cos, tanh, exp, log, "
     "ln, max, min, sqrt, abs, sign, got 'foo' after 'x +'"),
    ("sin(x", "expected ')', got the end after 'sin(x'"),
    ("x y)", "expected an operator or the end, got ')' after 'x y'"),
    ("sin x", r"put the arguments of sin in brackets, got 'x' after '\sin'"),
    ("1/2x", r"a product after '/' is ambiguous: use \frac or brackets, got 'x' after '1/2'"),
    ("e^x^2", "a second exponent is ambiguous: use brackets, got '^' after 'e^x'"),
    ("x" * 301, "must have at most 300 characters, got 301"),
    (r"\|x\|", "f must be a function of the numbers x and y, which have no norm(x)"),
    (r"\prod_{k=1}^{3} x", "the derivative of prod(x for k = 1 to 3) is not known here: write it "
     "with other functions"),
    (r"\sum_{k=1}^{2000} x", "a sum of a surface must have at most 1000 terms, got 2000"),
    ("x; alert(1)", "expected x, y, pi, a number or one of the functions sin, cos, tanh, exp, log, "
     "ln, max, min, sqrt, abs, sign, got 'alert' after 'x;'"),
    ("", "expected a quantity, got the end"),
]  # fmt: skip


def test_plain_text_is_read_or_refused_with_its_place(modules, tmp_path):
    cases = [{"text": text} for text, *_ in [*PLAIN, *WRONG]]
    found = node.run(tmp_path, DERIVATIVES, modules, cases)
    for (text, *shown), result in zip(PLAIN, found, strict=False):
        assert result.get("shown") == shown, (text, result)
    for (text, message), result in zip(WRONG, found[len(PLAIN) :], strict=True):
        assert result == {"error": message}, text


#: Derives surfaces from any texts, and says what happened that must not.
HOSTILE = """
const { surface } = await import("./derive.mjs");
const { EquationError } = await import("./grammar.mjs");
const wrong = [];
let read = 0;
for (const text of input) {
  try {
    const { loss, grad } = surface(text);
    const g = [];
    grad([0.3, 0.4], g);
    if (![loss([0.3, 0.4]), ...g].every((value) => typeof value === "number")) wrong.push(text);
    read += 1;
  } catch (error) {
    if (!(error instanceof EquationError)) wrong.push(`${text}: ${error.stack}`);
  }
}
return { wrong, read };
"""
PIECES = r"""
x y ^ ( ) { } + - * ** / 2 10 0.5 1e-3 e^ e sin cos( exp( sqrt( abs( max( , | pi \frac \sqrt \exp
\left( \right) if else < = \text{if} \sum_{k=1}^{3} \begin{cases} \end{cases} & \\ ² − π % log
__proto__ constructor <img> \ _ tanh( [ ] \| ' " ` ${ \operatorname{
"""


def test_hostile_surfaces_give_errors(modules, tmp_path):
    rng, pieces = random.Random(0), [*PIECES.split(), " "]
    texts = ["".join(rng.choices(pieces, k=rng.randint(1, 12))) for _ in range(5_000)]
    texts += [p * (300 // len(p)) for p in pieces] + ["\0", "\ud800", "x\n+ y", "x" * 10_000]
    (found,) = node.run(tmp_path, HOSTILE, modules, [texts])
    assert found["wrong"] == []
    assert found["read"] > 20


def expression(rng, depth):
    """Return a random expression of x and y."""
    if not depth or rng.random() < 0.1:
        number = Number(rng.choice([1, 2, 3, 0.5, 1.7, math.pi]))
        return rng.choice([Name("x"), Name("y"), Name("x"), Name("y"), number])

    def part():
        return expression(rng, depth - 1)

    def positive():
        return Sum((Number(1), Power(part(), Number(2))))

    return rng.choice(
        [
            lambda: Sum(tuple(part() for _ in range(rng.choice([2, 3])))),
            lambda: Sum((part(), Negative(part()))),
            lambda: Product(tuple(part() for _ in range(rng.choice([2, 3])))),
            lambda: Quotient(part(), positive()),
            lambda: Quotient(part(), part()),
            lambda: Negative(part()),
            lambda: Power(part(), Number(rng.choice([2, 3]))),
            lambda: Power(positive(), rng.choice([Negative(Number(1)), Number(1.5), part()])),
            lambda: Power(positive(), Quotient(Number(1), Number(3))),
            lambda: Call("sqrt", (positive(),)),
            lambda: Call("log", (positive(),)),
            lambda: Call("exp", (Call("sin", (part(),)),)),
            lambda: Call(rng.choice(["sin", "cos", "tanh", "abs", "sign"]), (part(),)),
            lambda: Call(rng.choice(["max", "min"]), (part(), part())),
            lambda: Case(part(), Compare(rng.choice(["<", ">="]), part(), part()), part()),
        ]
    )()


def slopes(expr, points):
    """Return the partial derivatives by SymPy at some points."""
    import sympy

    symbols = [algebra.symbol("x"), algebra.symbol("y")]
    found = algebra.to_sympy(expr)
    partials = [sympy.diff(found, symbol) for symbol in symbols]
    function = sympy.lambdify(symbols, partials, ["numpy", {"DiracDelta": lambda _: 0.0}])
    with np.errstate(all="ignore"):
        return np.array([np.array(function(*np.array(point)), float) for point in points])


def test_derivatives_are_those_of_sympy(modules, tmp_path):
    rng = random.Random(0)
    cases = [
        {
            "node": expression(rng, rng.choice([1, 2, 2, 3])),
            "points": [[rng.uniform(-2, 2), rng.uniform(-2, 2)] for _ in range(4)],
        }
        for _ in range(300)
    ]
    given = [{**case, "node": plain(case["node"])} for case in cases]
    compared = 0
    for case, found in zip(cases, node.run(tmp_path, DERIVATIVES, modules, given), strict=True):
        text = tree.show(case["node"])
        assert "error" not in found, (text, found)
        wanted, values = slopes(case["node"], case["points"]), np.array(found["values"], float)
        real = np.isfinite(wanted) & (np.abs(wanted) < 1e6)
        scale = 1 + np.abs(wanted)
        wrong = real & ~(np.abs(values - wanted) <= 1e-9 * scale)
        assert not wrong.any(), (text, found["shown"], case["points"], values, wanted)
        compared += real.sum()
    assert compared > 0.95 * 2 * 4 * len(cases)
