"""The playground, and the modules that browsers run, made from the docstrings and the notation.

The content of ``{playground}`` is its first state, as in a link to the playground; the option
``compact`` makes a small one, ``play`` starts it. Beside the hand-written modules in
``_static/playground/`` come the surfaces and the methods from their equations, an index of both,
and NumPy's normal numbers; in ``_static/symbols/`` the meanings of symbols.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from figures import INKS
from mathml import CONVERTER, without_latex
from reference import LATEX, with_index
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import dialects, equations
from adamdoc.equations import surface
from adamdoc.notation import HYPERPARAMETERS, TABLE
from adamdoc.optimizers import Optimizer
from adamdoc.plotting import SURFACE, SURFACE_DARK, color
from adamdoc.problems import Problem

STEPS, SEEDS, RACERS = 2000, 10, 12
#: Elsewhere than in a box a letter may mean something else; these mean the same on every page.
UNAMBIGUOUS = {"theta", "g", "m", "v", "m_hat", "v_hat", "beta1", "beta2", "eps", "lr"}
SURFACES = tuple(cls for cls in Problem.__subclasses__() if cls.planar)


def fillable(latex: str) -> str:
    """Return the MathML of an equation whose right side has an empty number for each quantity."""
    left, _, right = latex.partition("&=")
    text, names = equations.with_placeholders(right)
    markup = without_latex(f"{left} = {text} =", display=True)
    pattern = re.compile(r"<mtext>q(\d+)</mtext>")
    return pattern.sub(lambda found: f'<mn data-name="{names[int(found[1])]}"></mn>', markup)


def method(cls: type[Optimizer]) -> str:
    """Return the module of a method: its update, and its equations to be filled with numbers."""
    steps = [
        {
            "value": assignment.name,
            "html": formula(assignment.latex.replace("&=", "=")) + fillable(assignment.latex),
        }
        for assignment in equations.of(cls).assignments
    ]
    return f"{equations.javascript(cls)}\nexport const equations = {script(steps)};\n"


def formula(latex: str) -> str:
    """Return the MathML of a formula."""
    return CONVERTER.convert_with_local_state(latex, displaystyle=False)


def script(value: Any) -> str:
    """Return data as JavaScript."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def index() -> str:
    """Return the module that knows what there is."""
    methods = {
        cls.__name__: {
            "color": color(cls),
            "form": cls.general_form,
            "hyperparameters": {
                field.name: {
                    "value": field.default,
                    "rule": HYPERPARAMETERS[field.name].rule,
                    "meaning": HYPERPARAMETERS[field.name].meaning,
                    "symbol": formula(LATEX[field.name]),
                }
                for field in fields(cls)
            },
        }
        for cls in dialects.ELEMENTWISE
    }
    surfaces = {
        cls.__name__: {
            "equation": formula(surface.latex(cls)),
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
        "fills": {"light": SURFACE, "dark": SURFACE_DARK},
        "inks": {
            "light": {name: light for name, (light, _) in inks},
            "dark": {name: dark for name, (_, dark) in inks},
        },
        "LIMITS": {"steps": STEPS, "seeds": SEEDS, "racers": RACERS},
    }
    return "".join(f"export const {name} = {script(value)};\n" for name, value in tables.items())


def meanings() -> dict[str, dict[str, str | bool]]:
    """Return for each symbol its name in code and its meaning; the key is its letters in MathML."""
    found: dict[str, dict[str, str | bool]] = {}

    def add(latex: str, name: str, meaning: str) -> None:
        letters = re.sub(r"<[^>]*>|\s", "", without_latex(latex))
        found[letters] = {"name": name, "meaning": meaning, "everywhere": name in UNAMBIGUOUS}

    for symbol in TABLE:
        add(symbol.latex, symbol.name, symbol.meaning)
        if symbol.latex.endswith("_t"):
            before, start = (with_index(symbol.latex, index) for index in ("{t-1}", "0"))
            add(before, symbol.name, f"{symbol.meaning} (one step before)")
            add(start, symbol.name, f"{symbol.meaning} (at the start)")
    return found


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that is made."""
    yield "symbols/table.js", f"export default {script(meanings())};\n".encode()
    yield "playground/index.js", index().encode()
    for cls in SURFACES:
        yield f"playground/surfaces/{cls.__name__}.js", surface.javascript(cls).encode()
    for optimizer in dialects.ELEMENTWISE:
        yield f"playground/methods/{optimizer.__name__}.js", method(optimizer).encode()
    for seed in range(SEEDS):
        # The numbers that minimize draws, two for each step.
        noise = np.random.default_rng(seed).standard_normal((STEPS, 2))
        yield f"playground/noise/{seed}.bin", noise.astype("<f8").tobytes()


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
            "<p>Here one can race optimizers, where the browser runs JavaScript.</p></div>"
        )
        return [nodes.raw("", text, format="html")]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, and what it needs."""
    app.add_directive("playground", Playground)
    app.connect("config-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
