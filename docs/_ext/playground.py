"""The playground, and the modules that browsers run, made from the docstrings and the notation.

The content of ``{playground}`` is its first state, as in a link to the playground; the option
``compact`` makes a small one, ``play`` starts it. ``{explore}`` places another figure to play with,
which a module of ``_static/explore/`` draws. Beside the hand-written modules in
``_static/playground/`` come the surfaces and the optimizers from their equations, an index of both,
and what `minimize` draws from NumPy's generators; in ``_static/symbols/`` the meanings of symbols.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

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

from adamdoc import dialects, equations
from adamdoc.equations import surface
from adamdoc.notation import TABLE, Symbol, rule_of, table_of
from adamdoc.optimizers import Groups, Optimizer, Wrapper, arrays
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.wrapper import INPUTS
from adamdoc.plotting import SURFACE, SURFACE_DARK, color
from adamdoc.problems import Problem

STEPS, SEEDS, RACERS, WRAPPERS = 2000, 10, 12, 4
#: How far from the origin a start may be, and how large the noise.
SIZE = 1e6
#: Outside of boxes a letter may mean something else; of these it is assumed that they do not.
UNAMBIGUOUS = {"theta", "g", "m", "v", "m_hat", "v_hat", "beta1", "beta2", "eps", "lr"}
SURFACES = tuple(cls for cls in Problem.__subclasses__() if cls.planar)
#: The optimizers whose parameters may be a point in the plane.
OPTIMIZERS = tuple(cls for cls in dialects.ALL if not (cls.matrix_only or issubclass(cls, Groups)))


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
            "form": cls.general_form,
            "takes": [name for name in INPUTS if getattr(cls, f"takes_{name}")],
            "replaces": cls.replaces_theta,
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
    inks = list(zip(("text", "grid", "ground"), INKS.items(), strict=False))
    tables = {
        "surfaces": surfaces,
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


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that is made."""
    yield "symbols/table.js", symbol_table().encode()
    yield "playground/index.js", index().encode()
    for cls in SURFACES:
        yield f"playground/surfaces/{cls.__name__}.js", surface.javascript(cls).encode()
    for optimizer in OPTIMIZERS:
        name = f"playground/optimizers/{optimizer.__name__}"
        yield f"{name}.js", module(optimizer).encode()
        yield f"{name}.equations.js", formulas(optimizer).encode()
    for seed in range(SEEDS):
        # The numbers that minimize draws, two for each step.
        noise = np.random.default_rng(seed).standard_normal((STEPS, 2))
        yield f"playground/noise/{seed}.bin", noise.astype("<f8").tobytes()
        # The signs of its estimates of the curvature, from a generator for each step.
        generators = (np.random.default_rng([seed, t]) for t in range(1, STEPS + 1))
        signs = [rng.choice([-1, 1], 2) for rng in generators]
        yield f"playground/signs/{seed}.bin", np.array(signs, np.int8).tobytes()
        draws = np.array([arrays.normal(np.zeros(2), seed, t) for t in range(1, STEPS + 1)])
        yield f"playground/draws/{seed}.bin", draws.astype("<f8").tobytes()


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

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "compact": directives.flag,
        "play": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return its place; without a script it says what it would be."""
        state = "&amp;".join("".join(self.content).split("&"))
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
