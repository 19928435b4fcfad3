"""What the playground's editor says of lines: in words for a reader, who knows no names in code."""

import random
import re
from pathlib import Path

import node
import pytest

import adamdoc

pytest.importorskip("sphinx")

STATIC = Path(__file__).parents[2] / "docs" / "_static" / "playground"
ADAM = [
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2",
    r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
    r"\hat{v}_t = \frac{v_t}{1 - \beta_2^t}",
    r"\theta_t = \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}",
]
#: Says what is wrong with lines of Adam, or what is to be known of them and of their run.
ADVICE = r"""
const { explained, failure, hints } = await import("./advice.mjs");
const { build, complete } = await import("./load.mjs");
const { assemble, keyOf, race } = await import("./race.mjs");
const { record } = await import("./Adam.edit.mjs");
const edit = { lines: input.lines, symbols: [] };
let module;
try {
  module = build(record, edit);
} catch (error) {
  if (error.name !== "EquationError") throw error;
  return { error: explained(error, input.lines, record) };
}
const surface = {
  loss: ([x, y]) => 20 * x * x + y * y / 2,
  grad: ([x, y], g) => g.set([40 * x, y]),
};
const values = { ...record.hyperparameters, lr: input.lr ?? 0.1 };
const of = { name: "Adam", values, wrappers: [], edit: complete(module, edit) };
const modules = { [keyOf(of)]: module };
const shared = { start: [1, 1], steps: 200 };
const run = race(surface, assemble(modules, of), shared);
return {
  hints: hints(module, input.lines),
  end: failure(module, { surface, modules, of, shared, run }),
  divergedAt: run.divergedAt,
};
"""
#: Says what is wrong with the text of a surface.
SURFACE = """
const { ofSurface } = await import("./advice.mjs");
const { surface } = await import("./derive.mjs");
try {
  surface(input.text);
} catch (error) {
  return ofSurface(input.text, error);
}
return null;
"""
#: What the modules know of the page; nothing here needs more.
INDEX = """
export const [methods, surfaces, tasks, wrappers] = [{}, {}, {}, {}];
export const LIMITS = { size: 1e6, seeds: 1, steps: 200, hidden: 2, samples: 1 };
"""


@pytest.fixture(scope="module")
def run(playground, tmp_path_factory):
    """Return a function that runs a script on cases in Node."""
    found = {
        "index": INDEX,
        "edit-tables": playground.tables(),
        "edit-symbols": playground.shared_symbols(),
        "Adam.edit": playground.editable(adamdoc.Adam),
    }
    for path in [*STATIC.glob("*.js"), *(STATIC / "edit").glob("*.js")]:
        if path.stem not in ("playground", "editor"):
            found[path.stem] = path.read_text("utf-8")
    modules = {name: node.flat(source) for name, source in found.items()}
    return lambda script, cases: node.run(tmp_path_factory.mktemp("said"), script, modules, cases)


def edited(n, line):
    """Return Adam with another line n, from 1, or without it."""
    return [*ADAM[: n - 1], *([line] if line else []), *ADAM[n:]]


#: Lines, the number of the line that is wrong, and what is said of it.
WRONG = [
    (edited(1, "m_t"), 1, "A line is one equation with one '='"),
    (edited(1, "m_t = a = b"), 1, "A line is one equation with one '='"),
    (edited(1, "= g_t"), 1, "The left side is missing"),
    (edited(1, "m_t ="), 1, "The right side is missing"),
    (edited(1, r"m_t = \\beta_1 m_{t-1}"), 1, r"\\beta has two backslashes: write \beta"),
    (edited(1, "$m_t = g_t$"), 1, "Leave out the $ signs"),
    (edited(1, "m_t += g_t"), 1, "m_t = m_{t-1} + g_t"),
    (edited(1, "m[t] = g_t"), 1, "Write an index below its letter"),
    (edited(1, "m_t = g_t ** 2"), 1, "Write a power with ^"),
    (edited(1, "m_t = g_t)"), 1, "There is a ')' too many after 'g_t'"),
    (edited(1, "m_t = 0,9 g_t"), 1, "Write a decimal number with a point: 0.9"),
    (edited(1, "m_t = clip(g_t, -1, 1)"), 1, r"write \min(\max(g_t, -1), 1)"),
    (edited(1, "m_t = N(0, 1)"), 1, "A ',' cannot follow 'N(0'"),
    (edited(1, "m_t = (g_t"), 1, "A ')' is missing at the end, after '(g_t'"),
    (edited(1, "m_t = g_t *"), 1, "Something is missing after 'g_t *'"),
    (edited(1, "m_t = m_t + g_t"), 1, "its value one step before is m_{t-1}"),
    (edited(1, "m_t = m_t-1 + g_t"), 1, "m_t - 1 is one less than m_t"),
    (edited(1, r"m_t = \hat{v}_t"), 1, r"\hat{v}_t has no value yet, since line 4 assigns it"),
    (edited(1, "m_t = h_t"), 1, "A constant with a slider has no index t: h"),
    (edited(1, "m_t = w_{t-1}"), 1, r"The parameters are \theta_{t-1} before the step"),
    (edited(1, "m_t = q_{t-1}"), 1, "q_{t-1} is the value of q_t one step before, but no line"),
    (edited(1, "m_t = m_{t-2}"), 1, "u_t = m_{t-1} makes u_{t-1} the value two steps before"),
    (edited(1, "m_t = g_{t-1}"), 1, "add a line such as h_t = g_t, and use h_{t-1}"),
    (edited(1, "g_t = 2 g_t"), 1, r"g_t is given: the gradient of this step"),
    (edited(1, r"\eta = 3"), 1, r"\eta keeps the value of its slider"),
    (edited(1, r"m_t = \nabla f(\theta_{t-1} + g_t)"), 1, r"and here \nabla f(u_t)"),
    (edited(1, r"m_t = \eps g_t"), 1, r"The command \eps is not known: write \varepsilon"),
    (edited(1, r"m_t = \mathrm{std}(g_t)"), 1, "There is no function std: there are abs, cos"),
    (edited(1, r"m_t = \mathrm{clip}(g_t)"), 1, r"There is no function clip: write \min"),
    (edited(1, None), 2, "No line assigns m_t any more"),
    ([ADAM[0], *ADAM], 2, "A line above already assigns m_t"),
    (ADAM[:-1], None, r"No line assigns the parameters: one must begin with \theta_t ="),
    (edited(5, r"\theta_{t+1} = \theta_t - g_t"), 5, "write t for t+1, and t-1 for t"),
    (edited(5, r"\theta = \theta - g_t"), 5, r"The parameters are \theta_{t-1}"),
    (edited(5, r"theta_t = \theta_{t-1} - g_t"), 5, r"'theta' is read as the product of t, h"),
    (edited(5, r"\theta_t = \theta_{t-1} - max(m_t, v_t)"), 5, r"write \max(a, b)"),
]


def test_errors_are_told_in_the_words_of_the_page(run):
    found = run(ADVICE, [{"lines": lines} for lines, _, _ in WRONG])
    for (lines, number, text), said in zip(WRONG, found, strict=True):
        assert "error" in said, lines
        assert text in said["error"]["text"], (lines, said)
        assert said["error"].get("line") == number, (lines, said)


#: Lines without an error, and what is said below them: line from 1, text. Nothing else is said.
HINTS = [
    (ADAM, []),
    (edited(1, r"m_t = \beta_1 m + g_t"), [(1, "did you mean m_t or m_{t-1}?")]),
    (edited(1, "m_t = g"), [(1, "g is a new symbol with a slider: did you mean g_t?")]),
    (edited(1, r"m_t = c g_t"), [(1, "c is a new symbol with a slider.")]),
    (edited(1, r"m_t = a b c g_t"), [(1, "a, b and c are new symbols with sliders.")]),
    (edited(1, "m_t = e^{-t} g_t"), [(1, r"the exponential function is \exp(...)")]),
    (edited(1, r"m_t = \beta g_t"), [(1, r"did you mean \beta_1 or \beta_2?")]),
    (edited(1, "m_t = beta1 m_{t-1}"), [(1, r"of b, e, t and a: write \beta_1.")]),
    (edited(1, "m_t = sqrt(g_t^2)"), [(1, r"write \sqrt{v_t}")]),
    (edited(1, "m_t = foo(g_t)"), [(1, "f, o and o: there is no function foo.")]),
    (edited(1, "m_t = ab g_t"), [(1, "As one symbol it is a_{b}.")]),
    (edited(1, r"m_t = |g_t|^1/3"), [(1, "write ^{1/3} for the power 1/3")]),
    (edited(5, r"\theta_t = \theta_{t-1} - lr \hat{m}_t"), [(5, r"the learning rate is \eta")]),
    (
        edited(5, ADAM[4].replace(r"\varepsilon", r"\epsilon")),
        [(5, r"did you mean \varepsilon, the small constant")],
    ),
    ([*ADAM, r"u_t = \theta_t - g_t"], [(6, "No line uses u_t, so this one has no effect.")]),
]


def test_what_may_be_meant_otherwise(run):
    found = run(ADVICE, [{"lines": lines} for lines, _ in HINTS])
    for (lines, expected), said in zip(HINTS, found, strict=True):
        assert "error" not in said, (lines, said)
        assert [hint["line"] + 1 for hint in said["hints"]] == [n for n, _ in expected], said
        for hint, (_, text) in zip(said["hints"], expected, strict=True):
            assert text in hint["text"], (lines, hint)


STEP = r"\theta_t = \theta_{t-1} - \eta "
#: Lines whose runs diverge, at which rate, and what is said: line from 1, text.
ENDS = [
    (edited(5, STEP + r"\hat{m}_t^{1/3}"), 0.5, 5, r"|\hat{m}_t|^{\frac{1}{3}}"),
    (edited(4, r"\hat{v}_t = \log(v_t - 9)"), 0.1, 4, "From step 1 on"),
    (edited(2, "v_t = -g_t^2"), 0.1, 5, "is the root of a negative number"),
    (edited(1, r"m_t = \frac{\|g_t\|}{t - 5}"), 0.1, 1, "From step 5 on, m_t is infinite"),
    (edited(1, r"m_t = 9 m_{t-1} + \exp(t^2)"), 0.1, 1, r"\exp( t^{2} ) is too large"),
    (edited(5, STEP + "g_t"), 9, 2, "v_t is infinite in x: g_t^{2} is too large"),
    ([STEP + "g_t"], 9, 1, "the steps may be too large"),
]


def test_where_a_run_stopped_being_finite(run):
    found = run(ADVICE, [{"lines": lines, "lr": lr} for lines, lr, _, _ in ENDS])
    for (lines, _, number, text), said in zip(ENDS, found, strict=True):
        assert said["divergedAt"] is not None, lines
        assert said["end"]["line"] + 1 == number, (lines, said)
        assert text in said["end"]["text"], (lines, said)
        step = int(re.search(r"step (\d+)", said["end"]["text"])[1])
        assert 1 <= step <= said["divergedAt"]


#: What is for those who write docstrings in Python, or is quoted as Python does.
LEAKS = re.compile(
    r"_prev\b|&=|Symbol\(|symbols =|\bclass\b|\bfield\b|\bupdate\b|assigned|undefined|\\\\(?!beta)"
)


def test_no_message_has_names_of_python(run):
    """Whatever is typed into Adam: parts of its lines, and what does not belong there."""
    rng = random.Random(30)
    words = r"h_t h_{t-1} m_{t-2} g_{t-1} \theta theta_{t-1} \rho_t \eta_t t+1 \|g_t\|_3 \hat \frac"
    words += r" \max \sum \nabla \sgn \foo \text{if} \mathrm{step}(m_t,g_t)"
    soup = [*"(){}=^_,/|';*23", *words.split()]
    cases = []
    for _ in range(400):
        lines = [*ADAM]
        for _ in range(rng.choice((1, 1, 2))):
            k = rng.randrange(5)
            parts = lines[k].split(" ")
            at = rng.randrange(len(parts) + 1)
            parts[at : at + rng.randrange(2)] = [rng.choice(soup)]
            lines[k] = " ".join(parts)
        rng.random() < 0.1 and lines.pop(rng.randrange(5))
        cases.append({"lines": lines})
    errors = 0
    for case, said in zip(cases, run(ADVICE, cases), strict=True):
        texts = [hint["text"] for hint in said.get("hints", [])]
        if "error" in said:
            assert isinstance(said["error"], dict), (case, said)
            assert 0 < said["error"].get("line", 1) <= len(case["lines"])
            texts = [said["error"]["text"]]
            errors += 1
        for text in texts:
            assert not LEAKS.search(text), (case, text)
    assert errors > 200


#: Texts of surfaces, and what is said.
SURFACES = [
    ("x^2 + 3*y^2", None),
    ("", "The box is empty"),
    ("x^2 +", "Something is missing"),
    ("sin x", "sin(x)"),
    ("sin(x", "A ')' is missing at the end"),
    ("np.sin(x)", "Leave out 'np.'"),
    ("tan(x)", "write sin(x)/cos(x)"),
    ("a x^2", "Only x, y, pi, numbers and the functions abs"),
    ("x^2 = 3", "Type f(x, y) alone"),
    ("x > 0", "no conditions"),
    ("x_1^2", "The coordinates are x and y, got x_1"),
]


def test_errors_of_a_surface(run):
    found = run(SURFACE, [{"text": text} for text, _ in SURFACES])
    for (text, expected), said in zip(SURFACES, found, strict=True):
        assert (said is None) == (expected is None), (text, said)
        assert expected is None or expected in said, (text, said)
