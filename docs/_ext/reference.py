"""The reference: the lists of optimizers and surfaces, algorithm boxes, and the test vectors.

All follow from the classes. ``.. algorithm:: Adam`` draws a box with inputs, start, the loop beside
its source lines, the meanings of the symbols and the first steps worked; each equation links to its
line in the source, which links back. ``.. first-step:: Adam`` sets the equations beside the lines
of code and the numbers of one step.
"""

import inspect
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import maths
import numpy as np
from docutils import nodes
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import Ravine, dialects, equations, lineage, optimizers, problems, vectors
from adamdoc.checks import RULES
from adamdoc.equations import surface
from adamdoc.equations.inline import STEPPED
from adamdoc.notation import Symbol, rule_of, table_of
from adamdoc.optimizers import Groups, Optimizer, Wrapper

STEPS = 5
#: Titles of the blocks of equations of one docstring, by the number of axes to which they apply.
BLOCKS = {None: "", 2: "For a matrix", 1: "For any other array"}
#: The fields that are no hyperparameters.
INSIDE = {
    "optimizer": "the wrapped optimizer, here gradient descent",
    "groups": "rules, and the optimizers of the arrays to which they apply",
}


def render(template: str, place: str, **values: Any) -> str:
    """Return a template of docs/_templates with its values; `place` is told of a bad formula."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "_templates"),
        autoescape=template.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def python(text: str) -> Markup:
        code = highlight(text, PythonLexer(), HtmlFormatter(nowrap=True)).strip()
        return Markup(f'<code class="code docutils literal highlight">{code}</code>')

    def math(latex: str) -> Markup:
        formula = maths.checked(maths.inline, place, latex)
        return Markup(f'<span class="math">{formula}</span>')

    environment.filters |= {
        "python": python,
        "math": math,
        "display": lambda latex: Markup(maths.checked(maths.display, place, latex)),
    }
    return environment.get_template(template).render(values)


@cache
def introduced_by() -> dict[str, str]:
    """Return for each hyperparameter the method that most others have it from, by their lineage.

    The first of equals is taken; wrappers and forms are last.
    """
    methods = lineage.methods()
    names = {
        cls: {parameter.name for parameter in fields(cls)} for cls in (*methods, *dialects.ALL)
    }
    heirs = Counter(
        (parent, name)
        for cls in methods
        for parent in lineage.parents(cls)
        for name in names[cls] & names[parent]
    )

    def introducer(name: str) -> type[Optimizer]:
        owners = [cls for cls in names if name in names[cls]]
        return min(
            owners, key=lambda cls: (cls.general_form, issubclass(cls, Wrapper), -heirs[cls, name])
        )

    return {name: introducer(name).__name__ for name in set().union(*names.values())}


def other_names(cls: type[Optimizer]) -> list[str]:
    """Return the names by which a class is looked for, such as those of libraries."""
    found = {row.peer for row in dialects.library_rows(cls)}
    found |= {s.meaning.partition(":")[0] for s in cls.symbols if ": " in s.meaning}
    found |= {name for name, first in introduced_by().items() if first == cls.__name__}
    return sorted(found - INSIDE.keys())


def public_name(cls: type[Optimizer]) -> str:
    """Return the name by which the reference lists a class."""
    own = cls.__name__
    return f"adamdoc.{own}" if own in optimizers.CLASSES else f"adamdoc.dialects.forms.{own}"


def with_index(latex: str, index: str) -> str:
    """Return the symbol of a quantity with another index than t."""
    return latex.replace("_t", f"_{index}")


class Algorithm(SphinxDirective):
    """Draw the box of one class."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the box, and on the page of the class the names that the search finds it by."""
        name = self.arguments[0]
        known = {cls.__name__: cls for cls in dialects.ALL}
        if name not in known:
            raise self.error(f"algorithm must name an optimizer, got {name!r}")
        cls = known[name]
        box = {
            "name": name,
            "inputs": list(inputs(cls)),
            "peers": peers(cls),
            "blocks": blocks(cls, "../" * self.env.docname.count("/")),
            "definitions": definitions(cls),
            "symbols": [s for s in equations.symbols(cls) if s.kind in ("input", "state", "step")],
            "wraps": issubclass(cls, Wrapper),
            "ravine": Ravine().start,
            "steps": STEPS,
        }
        text = render("algorithm.html", self.get_location(), **box)
        found: list[nodes.Node] = [nodes.raw("", text, format="html")]
        if self.env.docname.startswith("reference/api/"):
            names = ", ".join(other_names(cls))
            found.insert(0, nodes.meta("", name="keywords", content=names))
        return found


class FirstStep(SphinxDirective):
    """Show the equations of a method, its lines of code, and the numbers of its first step."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        (name,) = self.arguments
        cls = optimizers.CLASSES[name]
        ravine = Ravine()
        values = next(equations.worked_steps(cls, ravine, 1))
        slope = {"latex": r"g_t = \nabla f(\theta_{t-1})", "name": "g"}
        (block,) = blocks(cls, "../" * self.env.docname.count("/"))
        steps = [slope, *block["loop"]]
        numbers = [[f"{number:.6g}" for number in values[step["name"]]] for step in steps]
        along, across = np.abs(values["g"])
        text = render(
            "first-step.html",
            self.get_location(),
            name=name,
            rows=list(zip(steps, numbers, strict=True)),
            surface=surface.latex(Ravine),
            start=ravine.start,
            ratio=f"{across / along:g}",
            moved=[f"{distance:.4g}" for distance in ravine.start - values["theta"]],
        )
        return [nodes.raw("", text, format="html")]


def inputs(cls: type[Optimizer]) -> Iterator[dict[str, str]]:
    """Yield symbol, code and meaning of each hyperparameter."""
    symbols = table_of(cls)
    for field in fields(cls):
        if field.name in INSIDE:
            yield {"code": field.name, "meaning": INSIDE[field.name]}
            continue
        schedule = ", or a schedule" if field.name == "lr" else ""
        yield {
            "latex": symbols[field.name].latex,
            "code": f"{field.name} = {field.default!r}",
            "meaning": f"{symbols[field.name].meaning}; "
            f"{RULES[rule_of(cls, field.name)][1]}{schedule}",
        }


def blocks(cls: type[Optimizer], root: str) -> list[dict[str, Any]]:
    """Return the blocks of equations of a box; usually there is one."""
    found, steps = [], iter(numbered(cls))
    page = f"{root}_modules/{cls.__module__.replace('.', '/')}.html"
    for k, system in enumerate(equations.all_of(cls)):
        loop = [{**next(steps), "latex": a.latex.replace("&=", "=")} for a in system.assignments]
        for step in loop:
            step["link"] = f"{page}#{step['anchor']}"
        kept = [system.symbols[name] for name in (*system.states, *system.constants)]
        block = {
            "title": BLOCKS[system.dimensions],
            "start": [start(symbol) for symbol in kept],
            "states": ", ".join(symbol.latex for symbol in kept),
            "loop": loop,
            "dimensions": system.dimensions,
        }
        found.append(block | worked(cls, k))
    return found


def numbered(cls: type[Optimizer]) -> list[dict[str, Any]]:
    """Return number, id and place in the source of each equation; several may share a line."""
    lines = equations.source_lines(cls)
    found: list[dict[str, Any]] = []
    anchors: dict[int, str] = {}
    for k, system in enumerate(equations.all_of(cls)):
        for assignment in system.assignments:
            name = assignment.name
            line, code = lines[name]
            equation = {
                "number": len(found) + 1,
                "name": name,
                "id": f"{cls.__name__}-{name}" + f"-{k + 1}" * bool(k),
                "anchor": anchors.setdefault(line, f"{cls.__name__}.{name}"),
                "line": line,
                "code": code,
            }
            found.append(equation)
    return found


def start(symbol: Symbol) -> str:
    """Return the equation of the initial value of a state."""
    left = with_index(symbol.latex, "0")
    return left if left == symbol.start else f"{left} = {symbol.start}"


def definitions(cls: type[Optimizer]) -> list[str]:
    """Return the functions that a docstring defines, each as aligned LaTeX."""
    loops = {a.latex for system in equations.all_of(cls) for a in system.assignments}
    found = lineage.blocks(inspect.getdoc(cls) or "")
    return [r" \\ ".join(lines) for lines in found if lines[0] not in loops]


def worked(cls: type[Optimizer], block: int) -> dict[str, Any]:
    """Return the columns and the rows of the table of the first steps."""
    steps = list(equations.worked_steps(cls, Ravine(), STEPS, block))
    inside = cls().optimizer if issubclass(cls, Groups) else cls
    symbols: Mapping[str, Symbol] = equations.inline(inside)[block].system.symbols
    columns = {"t": "t", "theta_prev": r"\theta_{t-1}"}
    # The step inside that is not always taken is no symbol of the box.
    shown = [name for name in steps[0] if name not in columns and name != STEPPED.name]
    columns |= {name: symbols[name].latex for name in shown}
    return {
        "columns": list(columns.values()),
        "worked": [[cell(values[name]) for name in columns] for values in steps],
    }


def cell(value: Any) -> Markup:
    """Return a number, or an array with a line for each coordinate or each row."""
    if np.ndim(value) < 2:
        return Markup("<br>").join(f"{number:.6g}" for number in np.ravel(value))
    rows = ("\u2003".join(f"{number:.4g}" for number in row) for row in value)
    return Markup("<br>").join(rows)


def peers(cls: type[Optimizer]) -> list[dict[str, str]]:
    """Return the optimizers of libraries for the box: call, class, differences."""
    return [
        {
            "call": f"{row.peer}({dialects.own_arguments(row.peer)})",
            "same": dialects.class_name(row),
            "differs": row.differs,
        }
        for row in dialects.library_rows(cls)
    ]


def link_from_source(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Mark the lines of `update` in a page of source, and link each to its equation."""
    module = pagename.removeprefix("_modules/").replace("/", ".")
    for cls in dialects.ALL:
        if cls.__module__ != module:
            continue
        page = app.builder.get_relative_uri(pagename, f"reference/api/{public_name(cls)}")
        places: dict[tuple[int, str], str] = {}
        for step in numbered(cls):
            place = step["line"], step["anchor"]
            places[place] = places.get(place, "") + (
                f'<a class="viewcode-back" href="{page}#{step["id"]}">'
                f"[equation {step['number']}]</a>"
            )
        for (number, anchor), links in places.items():
            line = re.compile(rf'<span class="linenos">( *{number})</span>')
            context["body"], count = line.subn(
                rf'{links}<span class="linenos" id="{anchor}">\1</span>', context["body"]
            )
            if count != 1:
                raise ValueError(f"{pagename} has {count} lines numbered {number}")


def name_sources(_app: Sphinx, env: BuildEnvironment) -> None:
    """Link source to the documented names: viewcode takes what a process happens to read first."""
    sources = getattr(env, "_viewcode_modules", {})
    for module, entry in sources.items():
        if entry and entry[2]:
            code, tags, used, _ = entry
            name, page = min(used.items())
            prefix = page.rpartition("/")[2].removesuffix(f".{name.partition('.')[0]}")
            sources[module] = (code, tags, used, prefix)


def write_lists(app: Sphinx, _config: Config) -> None:
    """Write the pages that list optimizers and surfaces, before Sphinx looks for pages."""
    order = lineage.methods()
    lists = {
        "optimizers": {
            "methods": [public_name(cls) for cls in order if not issubclass(cls, Wrapper)],
            "wrappers": [public_name(cls) for cls in order if issubclass(cls, Wrapper)],
            "forms": [public_name(cls) for cls in dialects.ALL if cls.general_form],
        },
        "surfaces": {"surfaces": [f"adamdoc.{name}" for name in problems.surfaces()]},
    }
    for name, values in lists.items():
        text = render(f"{name}.rst", f"reference/{name}", **values)
        page = Path(app.srcdir, "reference", f"{name}.rst")
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")


def write_vectors(app: Sphinx) -> None:
    """Put the test vectors beside the pages, once: the folder goes when the package changes."""
    if not (folder := Path(app.outdir, "vectors")).exists():
        vectors.write(folder)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive and the lists."""
    app.add_directive("algorithm", Algorithm)
    app.add_directive("first-step", FirstStep)
    app.connect("config-inited", write_lists)
    app.connect("env-updated", name_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
