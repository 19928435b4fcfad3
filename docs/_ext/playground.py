"""The playground: its directive, and the modules that it runs, made from the docstrings.

``{playground}`` takes as its content what it shows first, as in a link to the playground; the
option ``compact`` makes a small one, ``play`` starts it. The modules in ``playground/`` beside the
hand-written ones: the surfaces and the methods from their equations, an index of both, and NumPy's
normal numbers.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from algorithm import LATEX
from dark_figures import INKS
from docutils import nodes
from docutils.parsers.rst import directives
from mathml import CONVERTER, bare
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import dialects, equations
from adamdoc.equations import surface
from adamdoc.notation import HYPERPARAMETERS, SPELLINGS
from adamdoc.optimizers import Optimizer
from adamdoc.plotting import SURFACE, SURFACE_DARK, color
from adamdoc.problems import Problem

STEPS, SEEDS, RACERS = 2000, 10, 12
SURFACES = tuple(cls for cls in Problem.__subclasses__() if cls.planar)

NAMES = dict(sorted(SPELLINGS.items(), key=lambda item: -len(item[0])))  # the longest first
SYMBOL = "|".join(
    re.escape(latex) + (r"(?![a-z])" if latex[-1].isalpha() else "") for latex in NAMES
)
PIECE = re.compile(
    rf"(?P<command>\\(?:frac|sqrt|left|right|max|min|cdot|mathrm\{{sign\}})(?![a-z]))|(?P<symbol>{SYMBOL})|(?P<number>[\d.]+)|(?P<other>\S)"
)


def marked(latex: str) -> tuple[str, list[str]]:
    """Return an expression with a mark in the place of each quantity, and the names in order.

    Numbers do not multiply by standing side by side, so products get their sign.
    """
    names: list[str] = []
    text, ends, bars = "", False, 0
    for piece in PIECE.finditer(latex):
        kind, word = piece.lastgroup, piece[0]
        bars += word == "|"
        opens = word in ("(", r"\left", r"\frac", r"\sqrt", r"\max", r"\min", r"\mathrm{sign}")
        begins = kind in ("symbol", "number") or opens or (word == "|" and bars % 2 == 1)
        if ends and begins:
            text += r" \cdot "
        if kind == "symbol":
            names.append(NAMES[word])
            word = rf"\text{{q{len(names) - 1}}}"
            if text.endswith("^ "):
                word = f"{{{word}}}"
        text += f"{word} "
        ends = kind in ("symbol", "number") or word in (")", "}") or (word == "|" and bars % 2 == 0)
    return text, names


def filled(latex: str) -> str:
    """Return the MathML of an equation whose right side has an empty number for each quantity."""
    left, _, right = latex.partition("&=")
    text, names = marked(right)
    markup = bare(f"{left} = {text} =", display=True)
    pattern = re.compile(r"<mtext>q(\d+)</mtext>")
    return pattern.sub(lambda found: f'<mn data-name="{names[int(found[1])]}"></mn>', markup)


def method(cls: type[Optimizer]) -> str:
    """Return the module of a method: its update, and its equations to be filled with numbers."""
    steps = [
        {
            "value": assignment.name,
            "html": formula(assignment.latex.replace("&=", "=")) + filled(assignment.latex),
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
    surfaces = {}
    for cls in SURFACES:
        problem = cls()
        surfaces[cls.__name__] = {
            "equation": formula(surface.latex(cls)),
            "start": problem.start.tolist(),
            "domain": problem.domain,
            "lowest": float(problem.loss(problem.minima).min()),
        }
    fills = {"light": SURFACE, "dark": SURFACE_DARK}
    # The first three of the inks of figures: text, grid, and what lies under paths.
    names = ("text", "grid", "ground")
    inks = {
        "light": dict(zip(names, INKS.keys(), strict=False)),
        "dark": dict(zip(names, INKS.values(), strict=False)),
    }
    limits = {"steps": STEPS, "seeds": SEEDS, "racers": RACERS}
    tables = {
        "surfaces": surfaces,
        "methods": methods,
        "fills": fills,
        "inks": inks,
        "LIMITS": limits,
    }
    return "".join(f"export const {name} = {script(value)};\n" for name, value in tables.items())


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that is made."""
    yield "index.js", index().encode()
    for cls in SURFACES:
        yield f"surfaces/{cls.__name__}.js", surface.javascript(cls).encode()
    for optimizer in dialects.ELEMENTWISE:
        yield f"methods/{optimizer.__name__}.js", method(optimizer).encode()
    for seed in range(SEEDS):
        # The numbers that minimize draws, two for each step.
        noise = np.random.default_rng(seed).standard_normal((STEPS, 2))
        yield f"noise/{seed}.bin", noise.astype("<f8").tobytes()


def write(app: Sphinx, config: Config) -> None:
    """Write the files, and serve them with the static ones."""
    folder = Path("_build", "playground")
    target = Path(app.confdir, folder, "playground")
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
