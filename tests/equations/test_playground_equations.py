"""What the playground runs and shows is what the docstrings say and the package computes."""

import re
from pathlib import Path

import node
import numpy as np
import pytest

import adamdoc
from adamdoc import dialects, equations, minimize
from adamdoc.dialects import forms
from adamdoc.equations import tree
from adamdoc.notation import TABLE
from adamdoc.problems import Problem

pytest.importorskip("sphinx")

ROOT = Path(__file__).parents[2]
SURFACES = [cls.__name__ for cls in Problem.__subclasses__() if cls.planar]
ABSENT = {"Groups", "Muon", "MuonDialect", "SOAP", "Shampoo", "SparseAdam"}
#: The loops of a module have no line search, no memory of steps, no vectors of numbers and no
#: rounding to 8 bits.
SEARCHES = {
    *("Adam8bit", "Backtracking", "LAWA", "LBFGS", "LBFGSDialect", "Mechanic", "StrongWolfe"),
    "ZoomLineSearch",
}
OPTIMIZERS = [cls for cls in dialects.ALL if cls.__name__ not in ABSENT | SEARCHES]
METHODS = [cls for cls in OPTIMIZERS if not issubclass(cls, adamdoc.Wrapper)]
WRAPPERS = [cls for cls in OPTIMIZERS if issubclass(cls, adamdoc.Wrapper)]
STEPS = 100

#: Runs a racer, that a text describes as in a link.
RACE = """
const { assemble, explain, race } = await import("./race.mjs");
const { call, python, read, write } = await import("./state.mjs");
const state = read(input.link);
const [racer] = state.racers;
const modules = {};
const formulas = {};
for (const { name } of [...racer.wrappers, racer]) {
  modules[name] = await import(`./${name}.mjs`);
  formulas[name] = (await import(`./${name}.equations.mjs`)).equations;
}
const surface = await import(`./${state.surface}.mjs`);
const noise = Float64Array.from(input.noise, (v) => v * state.noise);
const [signs, draws] = [Int8Array.from(input.signs), Float64Array.from(input.draws)];
const options = { ...state, noise, signs, draws };
const run = race(surface, assemble(modules, racer), options);
const missing = [];
let found = explain(surface, assemble(modules, racer), options, 4);
for (const { name } of [...racer.wrappers, racer]) {
  for (const { html, value } of formulas[name]) {
    const used = [...html.matchAll(/data-name="(\\w+)"/g)].map((match) => match[1]);
    missing.push(...[value, ...used].filter((quantity) => found[quantity] === undefined));
  }
  found = found.inside;
}
return {
  missing,
  path: [...run.path],
  divergedAt: run.divergedAt,
  call: call(racer),
  python: python(state),
  same: write(read(write(state))) === write(state),
};
"""


@pytest.fixture(scope="session")
def files(playground):
    """Return the files that the build makes, by their paths."""
    return dict(playground.files())


@pytest.fixture(scope="session")
def run_all(files, tmp_path_factory):
    """Return a function that runs racers in one process of Node."""
    sources = {Path(name).stem: text for name, text in files.items() if name.endswith(".js")}
    modules = {name: text.decode() for name, text in sources.items()}
    for name in ("race", "rules", "state"):
        text = (ROOT / "docs" / "_static" / "playground" / f"{name}.js").read_text("utf-8")
        modules[name] = re.sub(r'(from "\./\w+)\.js"', r'\1.mjs"', text)

    def run(links, seed=0):
        noise = np.frombuffer(files[f"playground/noise/{seed}.bin"])[: 2 * STEPS].tolist()
        signs = np.frombuffer(files[f"playground/signs/{seed}.bin"], np.int8)[: 2 * STEPS].tolist()
        draws = np.frombuffer(files[f"playground/draws/{seed}.bin"])[: 2 * STEPS].tolist()
        shared = {"noise": noise, "signs": signs, "draws": draws}
        cases = [{"link": link, **shared} for link in links]
        return node.run(tmp_path_factory.mktemp("race"), RACE, modules, cases)

    return run


def evaluated(text):
    """Return the optimizer that a call describes."""
    return eval(text, vars(forms) | vars(adamdoc))


def close(found, problem, text, start=None, **options):
    """Return whether a path is that of `minimize`; None if the run is chaotic."""
    optimizer, start = evaluated(text), problem.start if start is None else np.array(start)
    run = minimize(problem, optimizer, start, steps=STEPS, **options)
    near = minimize(problem, optimizer, start * (1 + 1e-14), steps=STEPS, **options)
    # Hutchinson's central differences and the growth of Prodigy's d magnify rounding errors.
    room = np.abs(run.path).max(axis=0) * (1e-6 if re.search("Sophia|Prodigy", text) else 1e-9)
    if near.path.shape != run.path.shape or np.any(np.abs(near.path - run.path) > room / 10):
        return None  # a change of the start in its last digits leads elsewhere
    path = np.reshape(found["path"], (-1, 2))
    return (
        found["divergedAt"] == run.diverged_at
        and path.shape == run.path.shape
        and bool(np.all(np.abs(path - run.path) <= room))
    )


def test_what_races(playground):
    assert set(playground.OPTIMIZERS) == set(OPTIMIZERS)
    for name in ABSENT:
        with pytest.raises(equations.EquationError, match=f"{name} has no JavaScript: its param"):
            equations.javascript(dialects.CLASSES[name])
    for name in SEARCHES:
        with pytest.raises(equations.EquationError, match=f"{name} has no JavaScript: "):
            equations.javascript(dialects.CLASSES[name])


def test_the_playground_takes_the_steps_of_minimize(run_all):
    texts = [f"{cls.__name__}(lr=0.01)" for cls in METHODS]
    pairs = [(surface, text) for surface in SURFACES for text in texts]
    runs = run_all(f"surface={surface}&steps={STEPS}&racer={text}" for surface, text in pairs)
    held = []
    for (surface, text), found in zip(pairs, runs, strict=True):
        assert "error" not in found, (surface, text, found)
        assert found["missing"] == [], text  # each has a number for its place in the equations
        assert evaluated(found["call"]) == evaluated(text)
        same = close(found, getattr(adamdoc, surface)(), text)
        assert same is not False, (surface, text)
        held.append(same)
    assert held.count(True) > 0.95 * len(held)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_wrappers_take_the_steps_of_minimize(run_all, noise):
    """Each around three methods that take different inputs, and some around one another."""
    methods = ["HeavyBall(lr=0.01)", "Sophia(lr=0.02, steps=3)", "Prodigy(d0=0.01)"]
    texts = [f"{cls.__name__}({method})" for cls in WRAPPERS for method in methods]
    texts += [
        "ClipByNorm(Adam(lr=0.1), max_norm=0.5, eps=0.1)",
        "Lookahead(SAM(ClipByValue(Sophia(lr=0.1), clip=2.0), radius=0.2), steps=3, alpha=0.8)",
        "SAM(SAM(Cautious(LAMB(lr=0.05))))",
        "DecoupledDecay(Lookahead(CoupledDecay(Adafactor(lr=0.1))), weight_decay=0.3)",
        "DecoupledDecay(Sophia(lr=0.1, gamma=5.0, eps=1.0, steps=2), weight_decay=2.0)",
        "ClipByNorm(ScheduleFreeAdamW(lr=0.1), max_norm=0.7)",
        "Maximize(CoupledDecay(AdamW(lr=0.001), weight_decay=2))",
    ]
    pairs = [(surface, text) for surface in ("Ravine", "Beale", "Himmelblau") for text in texts]
    links = [
        f"surface={surface}&start=0.7,-1.3&steps={STEPS}&noise={noise}&seed=3&racer={text}"
        for surface, text in pairs
    ]
    held = []
    for (surface, text), found in zip(pairs, run_all(links, seed=3), strict=True):
        assert "error" not in found, (surface, text, found)
        assert found["missing"] == [], text  # each has a number for its place in the equations
        assert evaluated(found["call"]) == evaluated(text)
        assert found["same"], text
        problem = getattr(adamdoc, surface)()
        same = close(found, problem, text, [0.7, -1.3], noise=noise, seed=3)
        assert same is not False, (surface, text)
        held.append(same)
    assert held.count(True) > 0.9 * len(held)


def test_the_python_code_makes_the_same_run(run_all, capsys):
    texts = ["ClipByNorm(AdamDialect(lr=0.1),max_norm=0.5)", "Sophia(lr=0.1)", "LAMB(lr=0.2)"]
    links = [f"surface=Beale&steps=50&seed=3&racer={text}" for text in texts]
    for found, link in zip(run_all(links, seed=3), links, strict=True):
        names = {}
        exec(found["python"], names)
        np.testing.assert_allclose(
            np.reshape(found["path"], (-1, 2)), names["runs"][0].path, 1e-9, 1e-12, err_msg=link
        )
    capsys.readouterr()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("racer=Adam(lr=0.3)", "Adam(lr=0.3)"),
        ("racer=ClipByNorm(Adam(lr=0.3))", "ClipByNorm(Adam(lr=0.3))"),
        (
            "racer=ClipByNorm(Adam(lr=0.3),max_norm=-1,eps=9,lr=3)",
            "ClipByNorm(Adam(lr=0.3), eps=9)",
        ),
        ("racer=Lookahead(Lookahead(Adam(lr=1)),steps=1.5)", "Lookahead(Adam(lr=1))"),
        ("racer=Lookahead(ScheduleFreeSGD(lr=1))", "ScheduleFreeSGD(lr=1)"),
        ("racer=" + 9 * "SAM(" + "Adam(lr=1)" + 9 * ")", 4 * "SAM(" + "Adam(lr=1)" + 4 * ")"),
        ("racer=SAM()", "GradientDescent(lr=0.09)"),
        ("racer=SAM(constructor(lr=1))", "GradientDescent(lr=0.09)"),
        ("racer=" + 400 * "SAM(" + "Adam(lr=1)" + 400 * ")", "GradientDescent(lr=0.09)"),
        ("racer=Muon(lr=1)", "GradientDescent(lr=0.09)"),
        ("racer=Adam(SAM(Adam(lr=1)))", "Adam(lr=0.001)"),
    ],
)
def test_links(run_all, link, expected):
    (found,) = run_all([link + "&steps=3"])
    assert found["call"] == expected
    evaluated(expected)  # raises an error if the package would refuse it


@pytest.mark.parametrize("cls", OPTIMIZERS)
def test_placeholders_are_where_the_symbols_were(cls, playground):
    for assignment in equations.all_of(cls)[-1].assignments:
        _, names = equations.with_placeholders(assignment.expr)
        assert {n.removesuffix("[:]") for n in names} == set(tree.names(assignment.expr))
        markup = playground.fillable(assignment)
        # Each number is there to be seen, and to be read aloud.
        described, seen = (
            re.findall(rf'<{tag} [^>]*data-name="([^"]+)"', markup) for tag in ("mn", "span")
        )
        assert described == names
        assert sorted(seen) == sorted(names)
        assert "<mtext>q" not in markup


def test_a_norm_is_filled_with_all_elements():
    _, names = equations.with_placeholders(equations.of(adamdoc.ClipByNorm).assignments[0].expr)
    assert names == ["max_norm", "g[:]", "eps", "g", "g[:]", "eps", "max_norm", "g"]


def test_meanings_follow_the_class(files, playground):
    own = playground.meanings(adamdoc.Prodigy.symbols)
    shared = playground.meanings(TABLE)
    assert own["dt"]["meaning"] != shared.get("dt", {}).get("meaning")
    assert "distance" in own["dt"]["meaning"]
    assert b'"Prodigy": {' in files["symbols/table.js"]
