"""The networks of the playground are trained as `train` trains the package's own model."""

import re
from pathlib import Path
from urllib.parse import quote

import node
import numpy as np
import pytest

import adamdoc
from adamdoc import dialects, equations, load, train
from adamdoc.dialects import forms
from adamdoc.models import MLP

pytest.importorskip("sphinx")

STATIC = Path(__file__).parents[2] / "docs" / "_static"
SCRIPT = """
const { call, python, read, write } = await import("./playground/state.js");
const { Training, fitted, shared } = await import("./playground/network/train.js");
const { build } = await import("./playground/edit/load.js");
const { sources } = await import("./playground/edit/python.js");
const { keyOf } = await import("./playground/race.js");
const state = read(input.link);
const bytes = (name) => {
  const { buffer, byteOffset, length } = readFileSync(`playground/network/${name}.bin`);
  return buffer.slice(byteOffset, byteOffset + length);
};
const common = shared(state, bytes(state.task), bytes("weights"));
const { network, data, theta, batches } = common;
const said = {
  calls: state.racers.map((racer) => call(racer)),
  python: python(state),
  link: write(state),
  again: write(read(write(state))),
};
if (input.theta) {
  const at = Float64Array.from(input.theta);
  const g = new Float64Array(network.size);
  const loss = network.lossAndGrad(at, data.train, input.batch, g);
  return {
    ...said,
    loss,
    g: [...g],
    theta: [...theta],
    arrays: network.arrays,
    order: [0, 1, 2].map((k) => [...batches.at(k).batch]),
    accuracy: network.accuracy(at, data.test),
    logits: [...network.differences(at, 9, 2, new Float64Array(81))],
  };
}
const [runs, edited] = [[], []];
for (const [k, racer] of state.racers.entries()) {
  const modules = {};
  if (racer.edit) {
    const { record } = await import(`./playground/optimizers/${racer.name}.edit.js`);
    edited[k] = modules[keyOf(racer)] = build(record, racer.edit);
  }
  for (const { name } of [...racer.wrappers, racer]) {
    modules[name] = await import(`./playground/optimizers/${name}.js`);
  }
  const run = new Training(common, fitted(modules, racer, network));
  while (run.known(state.steps) < state.steps) run.advance();
  runs.push({
    losses: [...run.losses.slice(0, run.done + 1)],
    theta: [...run.theta],
    divergedAt: run.divergedAt,
    accuracy: network.accuracy(run.at(run.done), data.test),
  });
}
return { ...said, python: python(state, sources(state, edited)), runs };
"""


@pytest.fixture(scope="module")
def run_all(playground, tmp_path_factory):
    """Return a function that runs cases in Node, with the files of the site."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "package.json").write_text('{"type": "module"}')
    written = {
        str(p.relative_to(STATIC)): p.read_bytes() for p in STATIC.glob("playground/**/*.js")
    }
    for name, content in (dict(playground.files()) | written).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return lambda cases: node.run(folder, SCRIPT, {}, cases)


def flat(values):
    return np.concatenate([np.ravel(value) for value in values.values()])


def evaluated(text):
    """Return the optimizer that a call describes."""
    return eval(text, vars(forms) | vars(adamdoc))


def trained(text, task="moons", hidden=8, batch=32, seed=0, epochs=10, nudge=0.0):
    """Return the run of `train`, from the usual parameters or a little beside them."""
    model = MLP((2, hidden, 2), "tanh")
    params = {name: value * (1 + nudge) for name, value in model.init(seed).items()}
    return train(model, load(task), evaluated(text), epochs, batch, seed, params=params)


def close(found, text, **options):
    """Return whether a run is that of `train`; None if the run is chaotic."""
    run = trained(text, **options)
    theta = flat(run.theta)
    room = 1e-9 * (
        np.abs(theta).max() + np.abs(flat(trained(text, **options | {"epochs": 0}).theta)).max()
    )
    per_epoch = -(-192 // options.get("batch", 32))
    losses = np.array(found["losses"], float)[::per_epoch][: len(run.losses)]
    same = (
        found["divergedAt"] == run.diverged_at
        and bool(np.all(np.abs(np.array(found["theta"], float) - theta) <= room))
        and np.allclose(losses, run.losses, 1e-9, 1e-12)
        and found["accuracy"] == run.test_scores[-1]
    )
    if not same and run.diverged_at is None:
        near = flat(trained(text, **options, nudge=1e-14).theta)
        if not np.all(np.abs(near - theta) <= room / 10):
            return None  # a change of the start in its last digits leads elsewhere
    return same


@pytest.mark.parametrize("task", ["moons", "spirals"])
def test_the_model_is_that_of_the_package(run_all, task):
    data, rng = load(task), np.random.default_rng(1)
    cases, expected = [], []
    for hidden, batch, seed in [(2, 1, 0), (5, 32, 3), (8, 192, 9), (16, 50, 1)]:
        model = MLP((2, hidden, 2), "tanh")
        start = model.init(seed)
        params = {name: rng.normal(scale=2, size=value.shape) for name, value in start.items()}
        rows = rng.choice(192, 20)
        link = f"task={task}&hidden={hidden}&batch={batch}&seed={seed}&steps=2000"
        theta, rows = flat(params).tolist(), rows.tolist()
        cases.append({"link": link, "theta": theta, "batch": rows})
        expected.append((model, start, params, rows, batch, seed))
    for found, (model, start, params, rows, batch, seed) in zip(
        run_all(cases), expected, strict=True
    ):
        assert list(found["arrays"]) == list(start)
        assert found["theta"] == flat(start).tolist()  # exactly
        loss, grad = model.loss_and_grad(params, data.x[rows], data.y[rows])
        assert found["loss"] == pytest.approx(loss, 1e-12)
        np.testing.assert_allclose(found["g"], flat(grad), 1e-9, 1e-12)
        assert found["accuracy"] == model.score(params, data.x_test, data.y_test)
        batches = adamdoc.training._batches(192, batch, 3, seed, 0)
        for order, (_, expected_order) in zip(found["order"], batches, strict=False):
            assert order == expected_order.tolist()
        # The picture: the points are the middles of 9 by 9 cells of the square from -2 to 2.
        middle = (2 * np.arange(9) + 1) * 2 / 9 - 2
        x, y = np.meshgrid(middle, -middle)
        p = model.probabilities(params, np.stack([x.ravel(), y.ravel()], 1))
        np.testing.assert_allclose(
            1 / (1 + np.exp(-np.array(found["logits"]))), p[:, 1], 1e-9, 1e-9
        )


def test_every_method_trains_as_the_package_does(run_all, playground):
    """200 steps each, by itself; those that cannot say so, and fall out of a link."""
    methods = [cls for cls in playground.OPTIMIZERS if not issubclass(cls, adamdoc.Wrapper)]
    fit = [c for c in methods if len(equations.all_of(c)) == 1]
    assert {cls.__name__ for cls in methods if cls not in fit} >= {"Adafactor", "AdafactorDialect"}
    texts = [f"{cls.__name__}(lr=0.01)" for cls in fit]
    links = [f"task=moons&batch=20&steps=200&seed=2&racer={text}" for text in texts]
    held = []
    for found, text in zip(run_all([{"link": link} for link in links]), texts, strict=True):
        assert "error" not in found, (text, found)
        assert evaluated(found["calls"][0]) == evaluated(text)
        same = close(found["runs"][0], text, batch=20, seed=2, epochs=20)
        assert same is not False, text
        held.append(same)
    assert held.count(True) > 0.9 * len(held)


def test_wrappers_train_as_the_package_does(run_all, playground):
    """Around methods that act on a coordinate, an array and the whole model, and nested."""
    wrappers = [c for c in playground.OPTIMIZERS if issubclass(c, adamdoc.Wrapper)]
    wrappers = [c.__name__ for c in wrappers if len(equations.all_of(c)) == 1]
    inside = ["HeavyBall(lr=0.05)", "LAMB(lr=0.01)", "Prodigy(d0=0.01)", "Sophia(lr=0.02, steps=3)"]
    texts = [f"{name}({text})" for name in wrappers for text in inside]
    texts += [
        "Cautious(ClipByNorm(Adam(lr=0.02), max_norm=0.1))",
        "ClipEachByNorm(Cautious(ClipByNorm(LAMB(lr=0.02), max_norm=0.1)), max_norm=0.2)",
        "Lookahead(SAM(ClipByValue(Sophia(lr=0.05), clip=0.1), radius=0.2), steps=3, alpha=0.8)",
        "ClipByNorm(ScheduleFreeAdamW(lr=0.05), max_norm=0.1)",
        "DecoupledDecay(Lookahead(CoupledDecay(AMSGrad(lr=0.1))), weight_decay=0.3)",
    ]
    links = [f"task=spirals&hidden=4&batch=33&steps=60&seed=5&racer={text}" for text in texts]
    options = {"task": "spirals", "hidden": 4, "batch": 33, "seed": 5, "epochs": 10}
    held = []
    for found, text in zip(run_all([{"link": link} for link in links]), texts, strict=True):
        assert "error" not in found, (text, found)
        assert evaluated(found["calls"][0]) == evaluated(text)
        same = close(found["runs"][0], text, **options)
        assert same is not False, text
        held.append(same)
    assert held.count(True) > 0.9 * len(held)


@pytest.mark.parametrize(
    "text",
    ["GradientDescent(lr=1e+308)", "CoupledDecay(GradientDescent(lr=1), weight_decay=20)"],
)
def test_divergence_is_that_of_train(run_all, text):
    (found,) = run_all([{"link": f"task=moons&steps=600&racer={text}"}])
    (run,) = found["runs"]
    expected = trained(text, epochs=100)
    assert run["divergedAt"] == expected.diverged_at is not None


def test_the_python_code_trains_the_same_networks(run_all, capsys):
    racers = "&racer=Adam(lr=0.05)&racer=SAM(LAMBDialect(lr=0.01))&racer=Lion(lr=0.01,beta1=0.8)"
    link = f"task=spirals&hidden=5&batch=48&steps=41&seed=4{racers}"
    (found,) = run_all([{"link": link}])
    assert found["link"].startswith("task=spirals&hidden=5&batch=48&steps=40&seed=4&racer=")
    names = {}
    exec(found["python"], names)
    assert len(names["runs"]) == len(found["runs"]) == 3
    for run, mine in zip(names["runs"], found["runs"], strict=True):
        np.testing.assert_allclose(mine["theta"], flat(run.theta), 1e-9, 1e-12)
        np.testing.assert_allclose(mine["losses"][::4], run.losses, 1e-9, 1e-12)
        assert mine["accuracy"] == run.test_scores[-1]
    capsys.readouterr()


#: Adam with a cube root, and momentum over its own length: the length is that of each array.
EDITS = [
    r"""m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t
v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2
\theta_t &= \theta_{t-1} - \eta \frac{m_t}{v_t^{1/3} + \varepsilon}""",
    r"""m_t &= \beta m_{t-1} + (1 - \beta) g_t
\theta_t &= \theta_{t-1} - \eta \frac{m_t}{\kappa + \lVert m_t \rVert}""",
]


def test_edited_methods_train_as_their_python_does(run_all, executed):
    racers = "racer=Adam(lr=0.02)&racer=Momentum(lr=0.05)&racer=ClipByNorm(Momentum(lr=0.05))"
    edits = "".join(f"&edit={k}|{quote(EDITS[min(k, 1)])}" for k in range(3))
    (found,) = run_all([{"link": f"task=moons&hidden=4&steps=60&{racers}{edits}"}])
    assert "error" not in found, found
    copied = executed(found["python"])
    assert len(copied.runs) == 3
    for run, mine in zip(copied.runs, found["runs"], strict=True):
        np.testing.assert_allclose(mine["theta"], flat(run.theta), 1e-9, 1e-12)
        np.testing.assert_allclose(mine["losses"][::6], run.losses, 1e-9, 1e-12)
    plain = trained("Momentum(lr=0.05)", hidden=4)
    assert abs(plain.losses[-1] - copied.runs[1].losses[-1]) > 1e-3


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("task=moons", "task=moons&hidden=8&batch=32&steps=102&seed=0"),
        (
            "task=spirals&hidden=99&batch=0&steps=1e9&seed=-1",
            "task=spirals&hidden=8&batch=32&steps=102&seed=0",
        ),
        ("task=moons&batch=192&steps=2000", "task=moons&hidden=8&batch=192&steps=2000&seed=0"),
        ("task=moons&batch=1&steps=2000&hidden=2", "task=moons&hidden=2&batch=1&steps=1920&seed=0"),
        ("task=moons&batch=1&steps=3", "task=moons&hidden=8&batch=1&steps=192&seed=0"),
        (
            "task=moons&surface=Beale&start=1,1&noise=3",
            "task=moons&hidden=8&batch=32&steps=102&seed=0",
        ),
    ],
)
def test_links(run_all, link, expected):
    cases = [{"link": link, "theta": [0] * 200, "batch": [0]}]
    (found,) = run_all([*cases])
    assert found["link"].split("&racer")[0] == expected
    assert found["again"] == found["link"]
    assert found["calls"] == ["GradientDescent(lr=0.3)", "Adam(lr=0.05)"]


def test_what_cannot_train_falls_out_of_a_link(run_all):
    unfit = ["Adafactor(lr=0.1)", "SAM(Adafactor(lr=1))", "GradientCentralization(Adam(lr=1))"]
    link = "&".join(["task=moons&steps=6", *(f"racer={r}" for r in [*unfit, "Lion(lr=0.1)"])])
    (found,) = run_all([{"link": link}])
    assert found["calls"] == ["Lion(lr=0.1)"]
    assert not re.search("Adafactor", found["python"])
    assert dialects.CLASSES["Adafactor"].scope == "array"
