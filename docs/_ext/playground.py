"""The playground, and the modules that browsers run, made from the docstrings and the notation.

The content of ``{playground}`` is its first state, as in a link to the playground, or its argument
names one of `EXAMPLES`; the option ``compact`` makes a small one, ``play`` starts it, and ``link``
makes a link with this text instead. ``{explore}`` places another figure to play with,
which a module of ``_static/explore/`` draws. Beside the hand-written modules in
``_static/playground/`` come the surfaces and the optimizers from their equations, an index of both,
what `minimize` draws from NumPy's generators, and the samples and first weights of the networks; in
``_static/symbols/`` the meanings of symbols.
"""

import html
import json
import keyword
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, get_args
from urllib.parse import quote, unquote

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from figures import INKS
from maths import inline, layout, without_latex
from reference import public_name, with_index
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import data, dialects, equations
from adamdoc.equations import evaluate, grammar, parse, surface, tree
from adamdoc.equations.program import beyond_loops
from adamdoc.notation import TABLE, Symbol, rule_of, table_of
from adamdoc.optimizers import Groups, Optimizer, Wrapper, arrays
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.wrapper import INPUTS
from adamdoc.plotting import SURFACE, SURFACE_DARK, color
from adamdoc.problems import Problem

STEPS, SEEDS, RACERS, WRAPPERS = 2000, 10, 12, 4
#: The data sets that a network is trained on, and the most units that it has in its hidden layer.
TASKS, HIDDEN = ("moons", "spirals"), 16
#: How far from the origin a start may be, and how large the noise.
SIZE = 1e6
#: Outside of boxes a letter may mean something else; of these it is assumed that they do not.
UNAMBIGUOUS = {"theta", "g", "m", "v", "m_hat", "v_hat", "beta1", "beta2", "eps", "lr"}
SURFACES = tuple(cls for cls in Problem.__subclasses__() if cls.planar)
#: The optimizers whose parameters may be a point in the plane, and whose equations are loops.
OPTIMIZERS = tuple(
    cls
    for cls in dialects.ALL
    if not (cls.matrix_only or issubclass(cls, Groups) or beyond_loops(cls))
)

#: A function of the module with the shared symbols.
COMPLETE = """
/**
 * Return a record with all symbols of its method, as adamdoc.notation.table_of does; `own` has the
 * names of those that are not from the table.
 */
export function complete(record) {
  const own = record.symbols;
  const isFree = ({ name, latex }) => !own.some((s) => s.name === name || s.latex === latex);
  const filled = (symbol) => ({ rule: "", start: "0", shape: "", ...symbol });
  const symbols = [...own, ...table.filter(isFree)].map(filled);
  return { ...record, symbols, own: own.map(({ name }) => name) };
}
"""

#: Races of a method with an edited copy of it, by name. Their pages say what they show.
EXAMPLES = {
    "no-bias-correction": r"""
surface=Ravine&start=1.5,1.5&steps=60&racer=Adam(lr=0.1)&racer=Adam(lr=0.1)&chosen=1&edit=1|
m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t
v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2
\theta_t = \theta_{t-1} - \eta \frac{m_t}{\sqrt{v_t} + \varepsilon}""",
    "eps-under-the-root": r"""
surface=own&own=0.01 x^2 + 0.1 y^2&domain=-2,2,-2,2&start=1.5,1.5&steps=60&chosen=1
&racer=Adam(lr=0.1, eps=0.01)&racer=Adam(lr=0.1, eps=0.01)&edit=1|
m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t
v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2
\hat{m}_t = \frac{m_t}{1 - \beta_1^t}
\hat{v}_t = \frac{v_t}{1 - \beta_2^t}
\theta_t = \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t + \varepsilon}}""",
    "maximum": r"""
surface=Ravine&start=1.5,1.5&steps=100&racer=Adam(lr=0.1, beta2=0.9)&racer=Adam(lr=0.1, beta2=0.9)
&chosen=1&edit=1|
m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t
v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2
\hat{m}_t = \frac{m_t}{1 - \beta_1^t}
\hat{v}_t = \frac{v_t}{1 - \beta_2^t}
\bar{v}_t = \max(\bar{v}_{t-1}, \hat{v}_t)
\theta_t = \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\bar{v}_t} + \varepsilon}""",
    "sign-of-the-momentum": r"""
surface=Ravine&start=1.5,0.8&steps=100&racer=Momentum(lr=0.05)&racer=Momentum(lr=0.05)&chosen=1
&edit=1|
m_t = \beta m_{t-1} + (1 - \beta) g_t
\theta_t = \theta_{t-1} - \eta \mathrm{sign}(m_t)""",
    "coupled-decay": r"""
surface=own&own=(x - 1)^2 + 10 (y - 1)^2&domain=-2,2,-1,2&start=-1.5,1.5&steps=60&chosen=1
&racer=AdamW(lr=0.1, weight_decay=0.5)&racer=AdamW(lr=0.1, weight_decay=0.5)&edit=1|
m_t = \beta_1 m_{t-1} + (1 - \beta_1) (g_t + \lambda \theta_{t-1})
v_t = \beta_2 v_{t-1} + (1 - \beta_2) (g_t + \lambda \theta_{t-1})^2
\hat{m}_t = \frac{m_t}{1 - \beta_1^t}
\hat{v}_t = \frac{v_t}{1 - \beta_2^t}
\theta_t = \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}""",
}


def encoded(state: str) -> str:
    r"""Return a state, written on as many lines as are readable, as a link has it.

    Only the equations of an ``edit`` keep their lines.

    Examples
    --------
    >>> encoded("surface=Ravine\n&steps=9&edit=0|\nm_t = g_t\n")
    'surface=Ravine&steps=9&edit=0%7Cm_t%20=%20g_t'
    """
    pairs = []
    for part in state.split("&"):
        key, _, value = part.partition("=")
        between = "\n" if key.strip() == "edit" else ""
        text = between.join(line.strip() for line in value.strip().splitlines())
        text = unquote(text).replace("|\n", "|", 1)
        pairs.append(f"{key.strip()}={quote(text, safe='(),=')}")
    return "&".join(pairs)


def fillable(assignment: equations.Assignment) -> str:
    """Return an equation whose right side has a place for the number of each quantity."""
    left = assignment.latex.partition("&=")[0]
    text, names = equations.with_placeholders(assignment.expr)

    def place(found: re.Match[str]) -> str:
        return rf"\htmlData{{name={names[int(found[1])]}}}{{{found[0]}}}"

    def numbers(found: re.Match[str]) -> str:
        # KaTeX joins neighbouring texts: "where q3".
        parts = re.split(r"\bq(\d+)\b", found[1])
        parts[::2] = [f"<mtext>{words}</mtext>" if words else "" for words in parts[::2]]
        parts[1::2] = [f'<mn data-name="{names[int(k)]}"></mn>' for k in parts[1::2]]
        return "".join(parts)

    marked = re.sub(r"\\text\{q(\d+)\}", place, text)
    markup = inline(rf"\displaystyle {left} = {marked} =")
    # What is read aloud has the numbers, too; the LaTeX has not.
    return re.sub("<mtext>(.*?)</mtext>", numbers, without_latex(markup))


def module(cls: type[Optimizer]) -> str:
    """Return the module of an optimizer: its update.

    A wrapper's update takes the step of the optimizer inside as a function.
    """
    return f"{equations.javascript(cls)}\nexport const point = {script(point(cls))};\n"


def formulas(cls: type[Optimizer]) -> str:
    """Return the module with the equations of an optimizer, to be filled with numbers."""
    steps = [
        {
            "value": assignment.name,
            "html": inline(assignment.latex.replace("&=", "=")) + fillable(assignment),
        }
        for assignment in equations.all_of(cls)[-1].assignments
    ]
    return f"export const equations = {script(steps)};\n"


def editable(cls: type[Optimizer]) -> str:
    """Return the module with what the editor of equations needs to know of an optimizer."""
    system = equations.all_of(cls)[-1]  # of two blocks, that of vectors
    defaults = {field.name: field.default for field in fields(cls)}
    record = {
        "name": cls.__name__,
        "lines": [assignment.latex for assignment in system.assignments],
        "symbols": [symbol_record(symbol) for symbol in cls.symbols],
        "hyperparameters": {name: defaults[name] for name in hyperparameters(cls)},
        "scope": cls.scope,
        "matrix": cls.matrix_only,
        "point": point(cls),
        "wrapper": issubclass(cls, Wrapper),
        "replaces_theta": cls.replaces_theta,
        "takes": [name for name in INPUTS if getattr(cls, f"takes_{name}")],
    }
    return (
        'import { complete } from "../edit-symbols.js";\n'
        f"export const record = complete({script(record)});\n"
    )


def symbol_record(symbol: Symbol) -> dict[str, str]:
    """Return what the editor needs to know of a symbol; what is empty is left out."""
    keys = ("latex", "name", "kind", "meaning", "rule", "start", "shape")
    found = {key: getattr(symbol, key) for key in keys}
    if symbol.kind != "state":
        del found["start"]
    return {key: value for key, value in found.items() if value}


def shared_symbols() -> str:
    """Return the module that completes the symbols of a method by those of the table."""
    return f"const table = {script([symbol_record(symbol) for symbol in TABLE])};\n{COMPLETE}"


def point(cls: type[Optimizer]) -> str | None:
    """Return the state at which the loss is to be taken, or None if it is at the parameters."""
    optimizer, theta = cls(), np.ones(2)
    state = optimizer.init(theta)
    chosen = optimizer.point(theta, state)
    return next((name for name, value in state.items() if value is chosen), None)


def script(value: Any) -> str:
    """Return data as JavaScript."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def index() -> str:
    """Return the module that knows what there is."""
    methods = {
        cls.__name__: {
            "color": color(cls),
            "takes": [name for name in INPUTS if getattr(cls, f"takes_{name}")],
            "replaces": cls.replaces_theta,
            **scoped(cls),
            **described(cls),
        }
        for cls in OPTIMIZERS
        if not issubclass(cls, Wrapper)
    }
    wrappers = {
        cls.__name__: {
            "moves": cls._moves_theta,
            "once": bool(equations.of(cls).states),
            "takes": [name for name in INPUTS if getattr(cls, f"takes_{name}")],
            **scoped(cls),
            **described(cls),
        }
        for cls in OPTIMIZERS
        if issubclass(cls, Wrapper)
    }
    surfaces = {
        cls.__name__: {
            "equation": inline(surface.latex(cls)),
            "start": cls().start.tolist(),
            "domain": cls().domain,
            "lowest": float(cls().loss(cls().minima).min()),
        }
        for cls in SURFACES
    }
    samples = [data.load(name) for name in TASKS]
    inks = list(zip(("text", "grid", "ground"), INKS.items(), strict=False))
    tables = {
        "surfaces": surfaces,
        "tasks": {
            name: {"samples": len(of.y), "held": len(of.y_test), "half": half_width(of)}
            for name, of in zip(TASKS, samples, strict=True)
        },
        "methods": methods,
        "wrappers": wrappers,
        "fills": {"light": SURFACE, "dark": SURFACE_DARK},
        "inks": {
            "light": {name: light for name, (light, _) in inks},
            "dark": {name: dark for name, (_, dark) in inks},
        },
        "LIMITS": {
            "steps": STEPS,
            "seeds": SEEDS,
            "racers": RACERS,
            "wrappers": WRAPPERS,
            "size": SIZE,
            "hidden": HIDDEN,
            "samples": min(len(of.y) for of in samples),
        },
    }
    # Many classes have the same hyperparameter, and its symbol is long: each is there once.
    known: list[str] = []
    for record in (*methods.values(), *wrappers.values()):
        for name, facts in record["hyperparameters"].items():
            text = script({key: value for key, value in facts.items() if key != "value"})
            if text not in known:
                known.append(text)
            record["hyperparameters"][name] = [facts["value"], known.index(text)]
    return (
        "".join(f"export const {name} = {script(value)};\n" for name, value in tables.items())
        + f"const known = [{', '.join(known)}];\n"
        + "for (const { hyperparameters } of [methods, wrappers].flatMap(Object.values)) {\n"
        + " for (const [name, [value, k]] of Object.entries(hyperparameters)) {\n"
        + "  hyperparameters[name] = { value, ...known[k] };\n }\n}\n"
    )


def scoped(cls: type[Optimizer]) -> dict[str, Any]:
    """Return what the update of a coordinate depends on, if it is more than its own gradients."""
    found: dict[str, Any] = {} if cls.scope == "element" else {"scope": cls.scope}
    return found | ({"matrices": True} if len(equations.all_of(cls)) > 1 else {})


def half_width(of: data.Dataset) -> float:
    """Return half the side of a square around the origin that holds all points."""
    return math.ceil(10.5 * max(np.abs(of.x).max(), np.abs(of.x_test).max())) / 10


def table(of: data.Dataset) -> np.ndarray[Any, Any]:
    """Return the coordinates and the class of each point, first those to train on."""
    parts = ((of.x, of.y), (of.x_test, of.y_test))
    return np.concatenate([np.column_stack(part) for part in parts])


def described(cls: type[Optimizer]) -> dict[str, Any]:
    """Return the page of an optimizer, and its hyperparameters."""
    symbols, defaults = table_of(cls), {field.name: field.default for field in fields(cls)}
    return {
        "page": public_name(cls),
        "hyperparameters": {
            name: {
                "value": defaults[name],
                "rule": rule_of(cls, name),
                "meaning": symbols[name].meaning,
                "symbol": inline(symbols[name].latex),
            }
            for name in hyperparameters(cls)
        },
    }


def meanings(symbols: Iterable[Symbol]) -> dict[str, dict[str, str | bool]]:
    """Return for each symbol its name in code and its meaning; the key is its letters in HTML."""
    found: dict[str, dict[str, str | bool]] = {}

    def add(latex: str, name: str, meaning: str) -> None:
        letters = re.sub(r"<[^>]*>|[\s\u200b]", "", layout(latex).html)
        found[letters] = {"name": name, "meaning": meaning, "everywhere": name in UNAMBIGUOUS}

    for symbol in symbols:
        add(symbol.latex, symbol.name, symbol.meaning)
        if symbol.latex.endswith("_t"):
            before, start = (with_index(symbol.latex, index) for index in ("{t-1}", "0"))
            add(before, symbol.name, f"{symbol.meaning} (one step before)")
            add(start, symbol.name, f"{symbol.meaning} (at the start)")
    return found


def symbol_table() -> str:
    """Return the module with the meanings of symbols: those of a class, and those of the others."""
    own = {cls.__name__: meanings(cls.symbols) for cls in dialects.ALL if cls.symbols}
    return f"export const shared = {script(meanings(TABLE))};\nexport const own = {script(own)};\n"


def tables() -> str:
    """Return the module with the tables of the grammar, which the editor shares with Python."""
    limits = ("LENGTH", "DEPTH", "SUMS", "LARGEST", "CONSTANT_TERMS", "LONGEST")
    of_grammar = (
        *("TOKEN", "SYNONYMS", "LEFT", "RIGHT", "ACCENTS", "GREEK", "CALLS", "COMMANDS"),
        *("RELATIONS", "TIMES", "END", "BRACKETS", "WHERE", "OTHERWISE", "BETWEEN", "ON_NUMBERS"),
    )
    found = {
        **{name: getattr(grammar, name) for name in (*limits, *of_grammar)},
        "MOST_TERMS": evaluate.MOST_TERMS,
        "FUNCTIONS": tree.FUNCTIONS,
        "REDUCTIONS": tree.REDUCTIONS,
        "STRENGTH": {kind.__name__: value for kind, value in tree.STRENGTH.items()},
        "FIELDS": {kind.__name__: [*kind.__dataclass_fields__] for kind in get_args(tree.Node)},
        "KEYWORDS": {*keyword.kwlist},
        "INPUTS": parse.INPUTS,
        "TAKEN": parse.TAKEN,
    }
    return "".join(f"export const {name} = {literal(value)};\n" for name, value in found.items())


def literal(value: Any) -> str:
    """Return a constant of Python as JavaScript."""
    match value:
        case re.Pattern():
            text = re.sub(r"(?<!\\)\s", "", value.pattern).replace("?P<", "?<")
            return "/{}/uy".format(
                text.replace("\\ ", " ").replace(r"\s", r"[ \t-\r]").replace("/", r"\/")
            )
        case Mapping():
            return f"new Map({json.dumps([*value.items()])})"
        case frozenset() | set():
            return f"new Set({json.dumps(sorted(value))})"
        case _:
            return json.dumps(value)


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that is made."""
    yield "symbols/table.js", symbol_table().encode()
    yield "playground/index.js", index().encode()
    yield "playground/edit-tables.js", tables().encode()
    yield "playground/edit-symbols.js", shared_symbols().encode()
    for cls in SURFACES:
        yield f"playground/surfaces/{cls.__name__}.js", surface.javascript(cls).encode()
    for optimizer in OPTIMIZERS:
        name = f"playground/optimizers/{optimizer.__name__}"
        yield f"{name}.js", module(optimizer).encode()
        yield f"{name}.equations.js", formulas(optimizer).encode()
        yield f"{name}.edit.js", editable(optimizer).encode()
    for name in TASKS:
        yield f"playground/network/{name}.bin", table(data.load(name)).astype("<f8").tobytes()
    # The numbers that MLP.init draws for the weights of the widest network, for each seed.
    weights = [np.random.default_rng(seed).standard_normal(4 * HIDDEN) for seed in range(SEEDS)]
    yield "playground/network/weights.bin", np.array(weights).astype("<f8").tobytes()
    for seed in range(SEEDS):
        # The numbers that minimize draws, two for each step.
        noise = np.random.default_rng(seed).standard_normal((STEPS, 2))
        yield f"playground/noise/{seed}.bin", noise.astype("<f8").tobytes()
        # The signs of its estimates of the curvature, from a generator for each step.
        generators = (np.random.default_rng([seed, t]) for t in range(1, STEPS + 1))
        signs = [rng.choice([-1, 1], 2) for rng in generators]
        yield f"playground/signs/{seed}.bin", np.array(signs, np.int8).tobytes()
        own = np.array([arrays.normal(np.zeros(2), seed, t) for t in range(1, STEPS + 1)])
        yield f"playground/draws/{seed}.bin", own.astype("<f8").tobytes()


def write(app: Sphinx, config: Config) -> None:
    """Write the files, and serve them with the static ones."""
    folder = Path("_build", "playground")
    target = Path(app.confdir, folder)
    if not target.exists():  # freshness deletes it when the code has changed
        for name, content in files():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    config.html_static_path.append(str(folder))


class Playground(SphinxDirective):
    """Place a playground."""

    optional_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "compact": directives.flag,
        "play": directives.flag,
        "link": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return its place; without a script it says what it would be."""
        given = EXAMPLES[self.arguments[0]] if self.arguments else "\n".join(self.content)
        state = html.escape(encoded(given))
        if "link" in self.options:
            page = "../" * self.env.docname.count("/") + "playground.html"
            link = f'<a href="{page}#{state}">{html.escape(self.options["link"])}</a>'
            return [nodes.raw("", f"<p>{link}</p>", format="html")]
        flags = "".join(f" data-{name}" for name in ("compact", "play") if name in self.options)
        text = (
            f'<div class="playground" data-state="{state}"{flags}>'
            "<p>This figure races optimizers on a loss surface; it needs JavaScript.</p></div>"
        )
        return [nodes.raw("", text, format="html")]


class Explore(SphinxDirective):
    """Place the figure of a module of ``_static/explore/``, with its caption below it.

    The option ``settings`` is JSON: what the module's function ``explore`` is given.
    """

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"settings": json.loads}

    def run(self) -> list[nodes.Node]:
        """Return its place; without a script there is its caption, and why there is no more."""
        settings = html.escape(script(self.options.get("settings", {})))
        start = (
            f'<figure><div class="explore" data-module="{self.arguments[0]}" '
            f'data-settings="{settings}"><p>This figure needs JavaScript.</p></div><figcaption>'
        )
        caption = self.parse_content_to_nodes()
        end = nodes.raw("", "</figcaption></figure>", format="html")
        return [nodes.raw("", start, format="html"), *caption, end]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, and what it needs."""
    app.add_directive("playground", Playground)
    app.add_directive("explore", Explore)
    app.connect("config-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
