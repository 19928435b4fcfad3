"""The grammar of the playground's editor is that of the package: same trees, same errors."""

import json
import random
import re
from pathlib import Path

import node
import pytest

from adamdoc import dialects, equations
from adamdoc.equations import grammar, mutation, parse, surface, tree
from adamdoc.equations.export import exported
from adamdoc.equations.grammar import EquationError, Scope
from adamdoc.equations.javascript import _Module
from adamdoc.notation import Symbol, table_of
from adamdoc.optimizers.base import hyperparameters
from adamdoc.problems import Problem

pytest.importorskip("sphinx")

ROOT = Path(__file__).parents[2]
EDIT = ROOT / "docs" / "_static" / "playground" / "edit"
TEXTS = 10_000
#: Most milliseconds for one text.
MOST = 50
SURFACES = [cls for cls in Problem.__subclasses__() if cls.planar]

#: Parses each text, and says which took too long.
PARSE = r"""
const { EquationError, parse, show } = await import("./grammar.mjs");
const shown = (key, value) =>
  value?.kind === "Number" ? { kind: "Number", value: show(value) } : value;
const keys = () =>
  [Object, Array, Map, String, Function].map((of) => Reflect.ownKeys(of.prototype).map(String));
const before = JSON.stringify(keys());
const parsed = (text, scope) => {
  try {
    const tree = parse(text, scope);
    return [tree, show(tree)];
  } catch (error) {
    return error instanceof EquationError ? error.message : `no EquationError: ${error.stack}`;
  }
};
const found = input.texts.map(([text, k]) => {
  let took;
  for (let tries = 0; tries < 5; tries++) { // the machine may have been busy with something else
    const start = performance.now();
    const result = parsed(text, input.scopes[k]);
    took = performance.now() - start;
    if (took < input.most) return result;
  }
  return `took ${took} ms`;
});
if (JSON.stringify(keys()) !== before) throw new Error("a prototype was changed");
return JSON.stringify(found, shown);
"""

#: Texts that try to do something else, or to take long.
HOSTILE = [
    "__proto__",
    "constructor",
    "toString",
    r"\text{constructor}(g_t)",
    r"g_{__proto__}",
    r"\operatorname{__proto__}(g_t)",
    r"\mathrm{hasOwnProperty}(m_t)",
    r"\hat{__proto__}",
    r"\text{valueOf} (g_t)",
    r"\constructor",
    r"\sum_{t=1}^{3} t",
    r"\sum_{k=1}^{99999999} k",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "&lt;g&gt;",
    "javascript:g",
    "${g_t}",
    "`g`",
    "'; g_t",
    '"g"',
    "g\\u0074",
    "g_t\x00",
    "\ud800",
    "😀 g_t",
    "g_t 😀",
    "é",
    "日本語",
    r"\text{日本語}(g_t)",
    r"\text{😀😀}_t",
    r"g_{\text{é}}",
    "g\u00a0+\u2003m",
    "\ufeffg_t",
    "g_t \x1c\x85 \u3000?",
    "ＡＢ",
    "\u202eg_t",
    "٣",
    "g^²",
    "½",
    "Σ",
    r"\text{İ}(g_t)",
    r"\text{ΑΣ}(g_t)",
    "",
    " ",
    ".",
    ",",
    "^",
    "_",
    "{",
    "}",
    "\\",
    r"\\",
    "&",
    "&=",
    "=",
    "-",
    "--g_t",
    "+g_t",
    "(",
    "()",
    "g_t(",
    "2 3",
    "2.5",
    "2.",
    ".5",
    "1e5",
    "1E5",
    "2e",
    "007",
    "12345678901234567890",
    "0.1" * 30,
    "9" * 310,
    "1/0",
    "0/0",
    r"\frac{1}{0}",
    r"\sqrt{-1}",
    r"\log(0)",
    r"\exp(1000)",
    "2^{5000}",
    "0^{-1}",
    "(-8)^{0.5}",
    r"\sum_{k=1}^{3} \frac{1}{k-2}",
    r"\sum_{k=0.5}^{3} k",
    r"\sum_{k=1}^{70} k",
    r"\prod_{k=1}^{60} 10^{9}",
    r"\sum_{k=1}^{2} \nabla f(k)",
    r"\sum_{k=1}^{2} \|k\|",
    r"\sum_{k=1}^{3}\sum_{j=1}^{k} \log(k-j)",
    r"\sum_{k=1}^{20000} g_t",
    r"\sum_{k=10^{17}}^{10^{17}} \frac{1}{k}",
    r"\prod_{k=9007199254740990}^{9007199254740999} k",
    r"\sum_{k=1}^{1e9} k",
    r"\sum_{k=3}^{1} k",
    r"5 \bmod 0",
    r"-5 \bmod 3",
    r"\max(1)",
    r"\max(1, 2)",
    r"\max(1,2,3)^2",
    r"\sin^{-1}(g_t)",
    r"\sin^2(g_t)",
    r"\frac12",
    r"\frac123",
    "(" * 30,
    "(" * 30 + "g" + ")" * 30,
    r"\hat{" * 30 + "g",
    r"\frac{" * 25,
    "{" * 400,
    "[" * 999,
    "|" * 999,
    r"\boldsymbol{" * 19 + "m" + "}" * 19,
    "^" * 500,
    "_" * 500,
    "g_t^" * 200,
    r"\sqrt[" * 60,
    "-" * 1000,
    "g_t " * 250,
    "g_t " * 251,
    "g" * 1000,
    "g" * 1001,
    "g+" * 499 + "g",
    "😀" * 1001,
    "g_{" + "k" * 61 + "}",
    r"\text{" * 160,
    r"\text{a a" * 120,
    r"\hspace{" * 110,
    r"\left(" * 150,
    "~" * 1000,
    r"\quad" * 190,
    r"\begin{cases}" * 70,
    r"\begin{matrix}",
    r"\end{cases}",
    r"\begin{cases} 1 & g_t > 0 \end{cases}",
    r"g_t \text{ every } 2 \text{ steps, otherwise } m_t",
    r"g_t \text{ if } 0 < g_t < 1 \text{ else } 0",
    r"g_t \text{ where } g_t > 0 \land m_t < 1 \text{ and } 1 < 2, \text{ otherwise } 0",
    r"g_t \text{ if } 1",
    r"g_t^{\top}",
    "g_t^T",
    "L_t^{1/3}",
    "L_t^{3}",
    "L_t^{65}",
    "L_t^{1/0}",
    "L_t^{t}",
    "L_t R_t g_t",
    "L_t^{-1/4} g_t",
]


def _scopes():
    """Return the scopes of all methods, and that of surfaces."""
    found = []
    for cls in dialects.ALL:
        reader = parse._Reader(
            cls.__name__, "", hyperparameters(cls), table_of(cls), cls.scope, cls.matrix_only
        )
        functions = {d.name: 1 for s in equations.all_of(cls) for d in s.definitions}
        found.append(Scope(reader.spellings, reader.matrices, functions))
    return [*found, surface.SCOPE]


def _printed(system, expr):
    """Return the LaTeX of an expression, such as that of a mutant."""
    text, names = equations.with_placeholders(expr)
    symbols = system.symbols

    def symbol(found):
        name = names[int(found[1])].removesuffix("[:]")
        before = name.removesuffix("_prev")
        if before in symbols and before != name:
            return symbols[before].latex.replace("_t", "_{t-1}")
        return symbols[name].latex if name in symbols else name

    return re.sub(r"\\text\{q(\d+)\}", symbol, text)


def _sources():
    """Return all right sides, and those of mutants, each with the number of its scope."""
    rights, mutants = [], []
    for k, cls in enumerate(dialects.ALL):
        for system in equations.all_of(cls):
            rights += [(a.latex.partition("&=")[2].strip(), k) for a in system.assignments]
            if cls.matrix_only or any(symbol.shape == "memory" for symbol in cls.symbols):
                continue
            mutants += [(_printed(system, mutant.after), k) for mutant in mutation.mutants(system)]
    last = len(dialects.ALL)
    return [
        *rights,
        *((surface.latex(cls).removeprefix(surface.LEFT), last) for cls in SURFACES),
    ], mutants


#: What is put around an expression, again and again.
AROUND = [
    *("(%s)", "|%s|", "-%s", "{%s}^2", r"\sqrt{%s}", r"\frac{%s}{2}", r"\max(%s, 0)"),
    *(r"\hat{%s}", r"\|%s\|_1", r"\sum_{k=1}^{3} %s", r"\operatorname{nrom}(%s)"),
]


def _texts():
    """Return texts with the numbers of their scopes, sound and not, always the same."""
    rng = random.Random(30)
    rights, mutants = _sources()
    scopes = len(dialects.ALL) + 1
    found = [*rights, *((text, k) for text in HOSTILE for k in (0, 20, scopes - 1))]
    found += rng.sample(mutants, min(len(mutants), 2_500))
    soup = sorted({piece.text for text, _ in rights for piece in grammar.tokens(text)})
    soup += [*grammar.KNOWN, r"\text{if}", r"\text{else}", r"\mathrm{sign}", r"\foo", "12"]
    soup = sorted({f"{piece} " for piece in soup})
    while len(found) < TEXTS:
        (text, k), (other, _) = rng.choice(rights), rng.choice(rights)
        cut, end = rng.randrange(len(text) + 1), rng.randrange(len(other) + 1)
        match rng.randrange(7):
            case 0:
                made = text[:cut]
            case 1:
                made = text[:cut] + other[end:]
            case 2:
                made = text[:cut] + rng.choice(soup) + text[cut:]
            case 3:
                made = text[:cut] + text[cut + 1 :]
            case 4:
                made = "".join(rng.choices(soup, k=rng.randrange(1, 12)))
            case 5:  # a symbol that the other scope may not have
                made, k = text, rng.randrange(scopes)
            case _:
                wrapped = rng.choice(AROUND)
                made = text
                for _ in range(rng.randrange(1, 25)):
                    made = wrapped.replace("%s", made)
        found.append((made, k))
    return found


def _plain(value):
    """Return a tree as JSON has it; a number as Python writes it."""
    if isinstance(value, tree.Number):
        return {"kind": "Number", "value": repr(value.value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    return {
        "kind": type(value).__name__,
        **{name: _plain(part) for name, part in vars(value).items()},
    }


def _parsed(text, scope):
    try:
        found = grammar.parse(text, scope)
    except EquationError as error:
        return str(error)
    return [_plain(found), tree.show(found)]


@pytest.fixture(scope="module")
def modules(playground):
    """Return the modules of the editor that are tested here, as Node imports them."""
    found = {"edit-tables": playground.tables(), "edit-symbols": playground.shared_symbols()}
    found |= {f"{cls.__name__}.edit": playground.editable(cls) for cls in playground.OPTIMIZERS}
    found |= {path.stem: path.read_text("utf-8") for path in EDIT.glob("*.js")}
    return {name: node.flat(text) for name, text in found.items()}


def test_both_parse_texts_alike(modules, tmp_path):
    texts, scopes = _texts(), _scopes()
    assert len(texts) == TEXTS
    case = {
        "texts": texts,
        "most": MOST,
        "scopes": [
            {
                "spellings": dict(s.spellings),
                "matrices": sorted(s.matrices),
                "functions": s.functions,
            }
            for s in scopes
        ],
    }
    (found,) = node.run(tmp_path, PARSE, modules, [case])
    assert isinstance(found, str), found
    expected = [_parsed(text, scopes[k]) for text, k in texts]
    for (text, k), here, there in zip(texts, expected, json.loads(found), strict=True):
        assert there == here, (text, k)
    sound = sum(isinstance(result, list) for result in expected)
    assert 0.3 * TEXTS < sound < 0.7 * TEXTS
    assert len({result for result in expected if isinstance(result, str)}) > 1_000


#: Reads edited systems, each with the symbols that it declares and without.
READ = r"""
const { EquationError, show } = await import("./grammar.mjs");
const { declare, read } = await import("./system.mjs");
const shown = (key, value) =>
  value?.kind === "Number" ? { kind: "Number", value: show(value) } : value;
const { record } = await import(`./${input.name}.edit.mjs`);
const result = (lines, added) => {
  try {
    return read(record, lines, added);
  } catch (error) {
    if (!(error instanceof EquationError)) throw error;
    return { error: error.message, line: error.line, reason: error.reason };
  }
};
const found = input.edits.map((lines) => {
  const added = declare(record, lines);
  return { added, with: result(lines, added), without: result(lines, []) };
});
return JSON.stringify({ record, found }, shown);
"""


def _system(cls, lines, added):
    """Return the system of edited lines as JSON has it, or the error."""
    own = {symbol["name"]: Symbol(**{key: symbol[key] for key in KEYS}) for symbol in added}
    latex = {symbol.latex for symbol in own.values()}
    others = {n: s for n, s in table_of(cls).items() if n not in own and s.latex not in latex}
    symbols = own | others
    fields = (*hyperparameters(cls), *(n for n, s in own.items() if s.kind == "hyperparameter"))
    lines = [" ".join(line.split()) for line in lines]
    while True:
        try:
            (found,) = parse.from_blocks(cls.__name__, [lines], fields, symbols, cls.scope)
        except EquationError as error:
            unused = re.fullmatch(r"\w+: no equation uses the field (\w+)", str(error))
            if not unused:
                return {"error": str(error)}
            fields = tuple(name for name in fields if name != unused[1])
            continue
        return {
            "optimizer": found.optimizer,
            "assignments": [
                {"name": a.name, "expr": _plain(a.expr), "latex": a.latex}
                for a in found.assignments
            ],
            "states": [*found.states],
            "hyperparameters": [n for n in fields if symbols[n].kind != "choice"],
            "definitions": [],
            "constants": [*found.constants],
            "starts": {name: _plain(start) for name, start in found.starts.items()},
        }


KEYS = ("latex", "name", "kind", "meaning", "rule", "start", "shape")
#: What replaces a part of a line, to make an edit.
REPLACED = [
    (r"\beta_1", r"\beta_9"),
    (r"\beta_2", r"\beta_{12}"),
    ("g_t", "q_t"),
    ("m_t", r"\tilde{m}_t"),
    (r"\varepsilon", r"\zeta"),
    ("_{t-1}", "_t"),
    ("_t", "_{t-1}"),
    ("g_t", r"g_{t-1}"),
    ("v_t", "v_{t-2}"),
    (r"\eta", r"\lambda"),
    ("m_t", r"\hat{m}_{t-1}"),
    (r"\sqrt", r"\sqrt[3]"),
    ("&=", "="),
    ("^2", "^{t}"),
    ("g_t", r"\theta_0"),
    ("g_t", r"\max(g_t, n_{t-1})"),
    (r"\theta_{t-1}", r"\theta_{t-1} - \lambda \theta_{t-1}"),
    ("1", r"\sigma_{+}"),
    ("&=", r"&= c_{\text{é}} +"),
    ("&=", r"&= x_{prev} \cdot"),
    ("&=", "&= &="),
]


def _edits(cls, rng):
    """Return edited lines of a method."""
    lines = [a.latex for a in equations.all_of(cls)[-1].assignments]
    found = [lines]
    for _ in range(2):
        k, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        before, after = rng.choice([pair for pair in REPLACED if pair[0] in lines[k]])
        swapped = [*lines]
        swapped[k], swapped[j] = lines[j], lines[k]
        found += [
            [*lines[:k], *lines[k + 1 :]],
            swapped,
            [*lines[:j], lines[k], *lines[j:]],
            [*lines[:k], lines[k].replace(before, after), *lines[k + 1 :]],
            [line.replace(before, after) for line in lines],
            [*lines[:k], rng.choice(NEW), *lines[k:]],
        ]
    system = equations.all_of(cls)[-1]
    mutants = [m for m in mutation.mutants(system) if m.place.startswith("equation")]
    for mutant in rng.sample(mutants, min(len(mutants), 4)):
        k = int(mutant.place.removeprefix("equation ")) - 1
        left = lines[k].partition("&=")[0]
        edited = f"{left}&= {_printed(system, mutant.after)}"
        found.append([*lines[:k], edited, *lines[k + 1 :]])
    return [edit for edit in found if edit]


#: Lines with new symbols.
NEW = [
    r"n_t &= \max(n_{t-1}, \|g_t\|)",
    r"\bar{q}_t &= \nu_2 \bar{q}_{t-1} + g_t^2",
    r"n_t &= \kappa \|g_t\|_1 \xi",
    r"x &= g_t / 2",
    r"\hat{g}_t &= \lambda \theta_0 + \beta_3 g_t + \pi",
    r"\constructor &= __proto__",
    "",
    "g_t &= g_t",
    r"g_t^{(i)} &= \eta",
    r"\eta &= 3",
    r"e_t &= e_{t-1} + \mathrm{lambda}(1)",
]


def _read(found):
    """Yield added symbols, and what JavaScript read with them."""
    yield found["added"], found["with"]
    if found["added"]:
        yield [], found["without"]


def test_both_read_edited_systems_alike(modules, tmp_path):
    rng = random.Random(30)
    classes = [dialects.CLASSES[name.removesuffix(".edit")] for name in modules if ".edit" in name]
    cases = [{"name": cls.__name__, "edits": _edits(cls, rng)} for cls in classes]
    results = node.run(tmp_path, READ, modules, cases)
    systems = errors = 0
    for cls, case, result in zip(classes, cases, results, strict=True):
        assert isinstance(result, str), (cls, result)
        result = json.loads(result)
        record = result["record"]
        assert [{key: s[key] for key in KEYS} for s in record["symbols"]] == [
            {key: getattr(s, key) for key in KEYS} for s in table_of(cls).values()
        ]
        unedited = result["found"][0]["with"]
        arrays = _Module(*exported(cls)[-1]).arrays
        assert set(unedited["arrays"]) == arrays & set(unedited["shapes"]), cls
        for lines, found in zip(case["edits"], result["found"], strict=True):
            for added, there in _read(found):
                here = _system(cls, lines, added)
                message = cls.__name__, lines, added
                if "error" in here:
                    assert there.get("error") == here["error"], message
                    numbered = re.search(r", equation (\d+): ", here["error"])
                    assert there.get("line") == (int(numbered[1]) if numbered else None)
                    assert here["error"].endswith(f": {there.get('reason')}"), (message, there)
                    errors += 1
                else:
                    assert {key: there.get(key) for key in here} == here, message
                    assert set(there["arrays"]) == {n for n, s in there["shapes"].items() if not s}
                    systems += 1
    assert systems > 350
    assert errors > 500


#: Declares the symbols of an edit.
DECLARE = """
const { declare, read } = await import("./system.mjs");
const { record } = await import(`./${input.name}.edit.mjs`);
const added = declare(record, input.lines, input.known);
return { added, shapes: read(record, input.lines, added).shapes };
"""


#: Edits, and the symbols that they declare, or the error.
NEW_SYMBOLS = [
    (("Adam", "g_t$", "g_t$"), {}),
    # A new symbol is a hyperparameter. What the table says of other methods does not hold for it,
    # except that a decay rate is one in all of them.
    (("Adam", r"\varepsilon", r"\zeta_2"), {"zeta2": ("hyperparameter", "finite", 1, 0, 2)}),
    (("Adam", r"\beta_2", r"\beta_3"), {"beta3": ("hyperparameter", "[0, 1)", 0.9, 0, 0.999)}),
    (("Adam", r"\beta_2", r"\beta_4"), {"beta4": ("hyperparameter", "[0, 1)", 0.9, 0, 0.999)}),
    (("Adam", r"\varepsilon", "c"), {"c": ("hyperparameter", "finite", 1, 0, 2)}),
    (("Adam", r"\varepsilon", r"\alpha"), {"alpha": ("hyperparameter", "finite", 1, 0, 2)}),
    (("Adam", r"\varepsilon", "m"), {"m_2": ("hyperparameter", "finite", 1, 0, 2)}),
    (
        ("Momentum", r"\eta m_t", r"\eta \frac{m_t}{|m_t| + \varepsilon}"),
        {"eps": ("hyperparameter", "nonnegative", 1e-8, 0, 0.1)},
    ),
    # The loss and the noise of a step need no line of their own.
    (("Adam", r"\varepsilon", "|f_t|"), {"loss": ("input",)}),
    (("Adam", r"\varepsilon", r"|\xi_t|"), {"noise": ("input",)}),
    (("AdaGrad", "s_t &=", r"f_t &= 2 \\ s_t &= f_t +"), {"f": ("step",)}),
    (("Adam", "1 -", r"\Lambda_{+} -"), {"Lambda_plus": ("hyperparameter", "finite", 1, 0, 2)}),
    (("Adam", r"\hat{v}", r"\bar{\hat{q}}"), {"q_hat_bar": ("step",)}),
    (("Adam", "m_", r"\tilde{m}_"), {"m_tilde": ("state", "0", "")}),
    # A quantity of each step is to be kept, now that it is used one step later.
    (("Adam", r"\frac{\hat{m}_t}", r"\frac{\hat{m}_{t-1}}"), {"m_hat": ("state", "0", "")}),
    (("Adam", r"\varepsilon", r"\|\theta_0\|"), {"start": ("state", r"\theta_0", "")}),
    (
        ("AdaGrad", "s_t &=", r"n_t &= \max(n_{t-1}, \|g_t\|) \\ s_t &= n_t +"),
        {"n": ("state", "0", "number")},
    ),
    (
        ("AdaGrad", "s_t &=", r"n_t &= \max(n_{t-1}, |g_t|) \\ s_t &= n_t +"),
        {"n": ("state", "0", "")},
    ),
    (
        ("Adam", r"\varepsilon", r"\lambda_t + \lambda"),
        "lambda_2 is used before it is assigned",
    ),
    (("Adam", r"\varepsilon", "g_{t-1}"), "unknown: g_t is an input, which is not kept: assign it"),
    (("Adam", r"\varepsilon", "v_{t-2}"), "an equation assigns the index t from"),
    (("Adam", r"\varepsilon", "q_{t-1}"), "q is used but never assigned"),
]


def test_new_symbols(modules, tmp_path):
    cases = []
    for (name, before, after), _ in NEW_SYMBOLS:
        system = equations.of(dialects.CLASSES[name])
        lines = [a.latex.replace(before, after) for a in system.assignments]
        lines = [part for line in lines for part in line.split(r" \\ ")]
        cases.append({"name": name, "lines": lines})
    results = node.run(tmp_path, DECLARE, modules, cases)
    for (edit, expected), found in zip(NEW_SYMBOLS, results, strict=True):
        if isinstance(expected, str):
            assert expected in found["error"], edit
        else:
            assert _declared(found) == expected, edit


def _declared(found):
    """Return by name what is declared: kind, start and shape, or kind, rule, value and range."""
    keys = {
        "hyperparameter": ("rule", "value", "low", "high"),
        "state": ("start",),
        "step": (),
        "input": (),
    }
    declared = {}
    for symbol in found["added"]:
        shape = (found["shapes"][symbol["name"]],) if symbol["kind"] == "state" else ()
        described = (symbol[key] for key in keys[symbol["kind"]])
        declared[symbol["name"]] = (symbol["kind"], *described, *shape)
    return declared


#: What a link may say of new symbols.
KNOWN = [
    {"latex": r"\zeta_{2}", "value": 7, "low": "3", "high": 9, "name": "evil"},
    {"latex": r"\tilde{q}_t", "start": r"\theta_0"},
    {"latex": "__proto__", "value": 1},
    {"latex": 3},
]


def test_what_is_known_of_new_symbols_is_kept(modules, tmp_path):
    lines = [
        r"\tilde{q}_t &= \tilde{q}_{t-1} + g_t",
        r"\theta_t &= \theta_{t-1} - \zeta_2 \tilde{q}_t",
    ]
    case = {"name": "GradientDescent", "lines": lines, "known": KNOWN}
    (found,) = node.run(tmp_path, DECLARE, modules, [case])
    state, rate = found["added"]
    assert (state["name"], state["start"]) == ("q_tilde", r"\theta_0")
    assert (rate["name"], rate["value"], rate["low"], rate["high"]) == ("zeta2", 7, 0, 9)


def test_hostile_lines_take_no_time(modules, tmp_path):
    """As many lines as a link may have, each as long as it may be."""
    sides = [(text * (1 + 390 // max(1, len(text))))[:390] for text in HOSTILE]
    cases = [
        {"name": "Adam", "lines": [line] * 24}
        for text in sides[::2]
        for line in (f"m_t &= {text}", f"{text} &= g_t", rf"m_t &= \Xi_{{1}} + {text}")
    ]
    script = (
        "const start = performance.now(); try {"
        + DECLARE
        + """
    } catch (error) {
      if (error.name !== "EquationError") throw error;
      return performance.now() - start;
    }"""
    )
    results = node.run(tmp_path, script, modules, cases)
    for case, found in zip(cases, results, strict=True):
        assert isinstance(found, float), (case["lines"][0], found)
    assert max(results) < 500, cases[results.index(max(results))]["lines"][0]
