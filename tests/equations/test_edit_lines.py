"""What the editor marks as changed is what differs, and its LaTeX of a tree means the tree."""

import random
import re
from pathlib import Path

import node
import pytest

pytest.importorskip("sphinx")

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "docs" / "_static" / "playground"

#: Compares lines with edited ones.
COMPARE = """
const { compared } = await import("./lines.mjs");
return compared(input.original, input.lines);
"""
#: Writes expressions of a method, or of a surface and its gradient, as LaTeX, and reads them again.
WRITE = """
const { latex } = await import("./latex.mjs");
const { parse, show } = await import("./grammar.mjs");
const { surface } = await import("./derive.mjs");
const { read } = await import("./system.mjs");
const wrong = [];
const again = (expr, name, scope) => {
  const text = latex(expr, name);
  const found = show(parse(text, scope));
  if (found !== show(expr)) wrong.push([text, show(expr), found]);
};
if (input.text) {
  const scope = { spellings: { x: "x", y: "y" }, functions: {} };
  const { expr, partials } = surface(input.text);
  for (const one of [expr, ...partials]) again(one, (name) => name, scope);
  return { wrong, count: 3 };
}
const { record } = await import(`./${input.name}.edit.mjs`);
const system = read(record, record.lines);
const functions = { step: 2, gradient: 1 };
// Each quantity is a letter with a number.
const names = new Map();
const name = (of) => {
  if (!names.has(of)) names.set(of, `x_{${names.size}}`);
  return names.get(of);
};
for (const { expr } of system.assignments) {
  latex(expr, name);
  const spellings = Object.fromEntries([...names].map(([of, spelled]) => [spelled, of]));
  again(expr, name, { spellings, functions });
}
return { wrong, count: system.assignments.length };
"""


@pytest.fixture(scope="module")
def run(playground, tmp_path_factory):
    """Return a function that runs a script on cases in Node, and the records' names."""
    found = {"edit-tables": playground.tables(), "edit-symbols": playground.shared_symbols()}
    methods = [cls for cls in playground.OPTIMIZERS if not cls.takes_gradient]
    for cls in methods:
        found[f"{cls.__name__}.edit"] = playground.editable(cls)
    for path in (STATIC / "edit").glob("*.js"):
        found[path.stem] = path.read_text("utf-8")
    modules = {name: node.flat(source) for name, source in found.items()}

    def run(script, cases):
        return node.run(tmp_path_factory.mktemp("lines"), script, modules, cases)

    run.names = [cls.__name__ for cls in methods]
    return run


def words(text):
    return re.sub(r"\s+", "", text)


def test_the_marks_say_what_differs(run):
    rng = random.Random(0)
    adam = [
        r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
        r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2",
        r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
        r"\theta_t = \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{v_t} + \varepsilon}",
    ]
    cases = []
    for _ in range(300):
        lines = []
        for text in adam:
            parts = text.split(" ")
            for _ in range(rng.choice((0, 0, 1, 2))):
                at = rng.randrange(2, len(parts) + 1)
                parts[at : at + rng.randrange(3)] = rng.choices(
                    ["g_t", "-", "c", "2"], k=rng.randrange(3)
                )
            if rng.random() < 0.85:
                lines.append(" ".join(parts))
        if rng.random() < 0.3:
            lines.insert(rng.randrange(len(lines) + 1), "u_t = g_t")
        if rng.random() < 0.3:
            rng.shuffle(lines)
        cases.append({"original": adam, "lines": lines})
    seen = set()
    for case, found in zip(cases, run(COMPARE, cases), strict=True):
        known = {text.split("=")[0]: text for text in adam}
        here = [text.split("=")[0] for text in case["lines"]]
        assert [adam[k].split("=")[0] for k in found["gone"]] == [s for s in known if s not in here]
        for text, mark in zip(case["lines"], found["marks"], strict=True):
            seen.add(mark["kind"])
            before = known.get(text.split("=")[0])
            assert (mark["kind"] == "new") == (before is None)
            if mark["kind"] in ("same", "moved"):
                assert words(text) == words(before)
            if mark["kind"] == "changed":
                assert words(text) != words(before)
                old = "".join(part for kind, part in mark["pieces"] if kind != "added")
                new = "".join(part for kind, part in mark["pieces"] if kind != "removed")
                assert (words(old), words(new)) == (words(before), words(text))
        order = [here.index(s) for s in known if s in here]
        assert ("moved" in [m["kind"] for m in found["marks"]]) <= (order != sorted(order))
    assert seen == {"same", "changed", "new", "moved"}


def test_latex_of_a_tree_means_the_tree(run):
    surfaces = [
        "x^2 + 10*y^2",
        "(1-x)^2 + 100*(y-x^2)^2",
        "sin(3*x)*cos(y)/(1+x^2)",
        "-x*(-y)^(-2)",
    ]
    surfaces += ["exp(-x^2-y^2)*3 + abs(x-y) - sqrt(x^2+1)", "max(x, y, 2)*tanh(x)^3 - 2*(-3)*x"]
    cases = [{"name": name} for name in run.names] + [{"text": text} for text in surfaces]
    found = run(WRITE, cases)
    assert [
        (case, one) for case, one in zip(cases, found, strict=True) if one.get("wrong") != []
    ] == []
    assert sum(one["count"] for one in found) > 250
