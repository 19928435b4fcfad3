"""The modules of the package in layers: ``{imports}`` draws who imports whom.

In the caption, ``{modules}`` and ``{layers}`` are their numbers.
"""

from typing import Any, ClassVar

import grimp
from diagram import lay_out_boxes, text_width
from docutils import nodes
from docutils.parsers.rst import directives
from reference import render
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

PACKAGE = "adamdoc"
#: The most modules in a row on a phone.
ABREAST = 2


class Imports(SphinxDirective):
    """Draw the modules."""

    option_spec: ClassVar[dict[str, Any]] = {
        "caption": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return the drawings."""
        imports = imported_modules()
        layers = in_layers(imports)
        split = [row[k : k + ABREAST] for row in layers for k in range(0, len(row), ABREAST)]
        labels = {name: name.removeprefix(f"{PACKAGE}.") for name in imports}
        lines = direct(imports)
        values = {
            "kind": "imports",
            "caption": self.options["caption"].format(modules=len(imports), layers=len(layers)),
            "alt": self.options["alt"],
            "legend": [],
            "nodes": {
                name: {
                    "label": label,
                    "length": text_width(label),
                    "ideas": [0],
                    "parent": None,
                    "page": None,
                }
                for name, label in labels.items()
            },
            "drawings": {
                "wide": lay_out_boxes(layers, lines, labels, between=14),
                "narrow": lay_out_boxes(split, lines, labels, trunks=True),
            },
        }
        return [nodes.raw("", render("diagram.html", self.get_location(), **values), format="html")]


def imported_modules() -> dict[str, set[str]]:
    """Return for each module or package below the top one those that it imports."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    names = sorted(name for name in graph.modules if name.count(".") == 1)
    for name in names:
        graph.squash_module(name)  # what a package imports from itself stays as an import of itself
    every = {*names}
    return {name: graph.find_modules_directly_imported_by(name) & every - {name} for name in names}


def reached(name: str, imports: dict[str, set[str]]) -> set[str]:
    """Return all modules that a module imports, directly or not."""
    return imports[name].union(*(reached(other, imports) for other in imports[name]))


def direct(imports: dict[str, set[str]]) -> list[tuple[str, str]]:
    """Return module and imported module, except where the import follows from others."""
    return [
        (name, other)
        for name in imports
        for other in sorted(imports[name])
        if not any(other in reached(between, imports) for between in imports[name])
    ]


def in_layers(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return the modules by the longest chain of imports below them, the longest first."""

    def level(name: str) -> int:
        return 1 + max(map(level, imports[name]), default=-1)

    levels = {name: level(name) for name in imports}
    return [
        [name for name in imports if levels[name] == k] for k in range(max(levels.values()), -1, -1)
    ]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_directive("imports", Imports)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
