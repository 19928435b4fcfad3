"""Dependencies of a result: the code that runs, and of docstrings the equations.

Comments, layout and the words of docstrings do not count, so rewording them executes nothing again.
"""

import ast
import functools
import hashlib
import importlib
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from adamdoc.optimizers.base import BLOCK

#: The package, and the claims beside the pages.
OURS = ("adamdoc", "claims")
#: Libraries whose version can change a result.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "matplotlib", "sympy", "numba")


def names_imported(source: str) -> Iterator[tuple[str, str]]:
    """Yield the modules of ours that a source imports from, and the name of each import."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((a.name, "*") for a in node.names if a.name.split(".")[0] in OURS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            yield from ((str(node.module), alias.name) for alias in node.names)


def imported(source: str) -> Iterator[str]:
    """Yield the modules of ours on which a source depends by its imports.

    A re-exported name counts for the module that defines it: code that imports one optimizer
    depends on that optimizer, not on all of them.
    """
    for module, name in names_imported(source):
        value = getattr(importlib.import_module(module), name, None)
        if value is None and name != "*":  # a module that its package does not import
            value = importlib.import_module(f"{module}.{name}")
        home = getattr(value, "__module__", None) or getattr(value, "__name__", None)
        ours = isinstance(home, str) and home.split(".")[0] in OURS and home in sys.modules
        yield str(home) if ours else module


def text_of(module: str) -> str:
    """Return the source of a module."""
    return Path(str(importlib.import_module(module).__file__)).read_text("utf-8")


@functools.cache
def imported_by(module: str) -> tuple[str, ...]:
    """Return the modules of ours that a module imports from."""
    return tuple(dict.fromkeys(imported(text_of(module))))


def closure(modules: Iterable[str]) -> tuple[str, ...]:
    """Return modules with all modules of ours that they import, directly or not."""
    found = list(dict.fromkeys(modules))
    for module in found:
        found += [other for other in imported_by(module) if other not in found]
    return tuple(sorted(found))


@functools.cache
def essence(source: str) -> str:
    """Return what a source computes: its syntax tree, with only the equations of its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (
            (docstring := ast.get_docstring(node)) is not None
        ):
            equations = BLOCK.search(docstring)
            node.body[:1] = [ast.Expr(ast.Constant(equations[0]))] if equations else []
    return ast.dump(tree)


@functools.cache
def digest(*modules: str) -> str:
    """Return the hash of what some modules, and all that they import, compute."""
    parts = [f"{name} {version(name)}" for name in LIBRARIES] if not modules else [digest()]
    parts += [f"{module}\n{essence(text_of(module))}" for module in closure(modules)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
