"""What a result depends on: the code that runs, and of docstrings the equations.

Comments, layout and the words of docstrings do not count, so rewording them executes nothing again.
"""

import ast
import functools
import hashlib
import importlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from adamdoc.optimizers.base import BLOCK

#: The package, and the claims beside the pages.
OURS = ("adamdoc", "claims")
#: Libraries whose version can change a result.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "matplotlib", "sympy", "numba")


def imported(source: str) -> Iterator[str]:
    """Yield the names of our modules that a source imports from.

    A re-exported name counts for the module that defines it: code that imports one optimizer
    depends on that optimizer, not on all of them. ``import adamdoc`` depends on everything.

    Examples
    --------
    >>> list(imported("from adamdoc import Adam, load"))
    ['adamdoc.optimizers.methods.adam', 'adamdoc.data']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in OURS)
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        if node.module.split(".")[0] not in OURS:
            continue
        module = importlib.import_module(node.module)
        for alias in node.names:
            if alias.name == "*":
                yield node.module
                continue
            value = getattr(module, alias.name, None)
            if value is None:  # a module that the package does not import by itself
                value = importlib.import_module(f"{node.module}.{alias.name}")
            home = getattr(value, "__module__", None) or getattr(value, "__name__", None)
            ours = isinstance(home, str) and home.split(".")[0] in OURS
            yield str(home) if ours and home in sys.modules else node.module


def closure(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of modules and of all modules of ours that they import, directly or not.

    Examples
    --------
    >>> found = closure(["adamdoc.optimizers.methods.adam"])
    >>> "adamdoc.notation" in found, "adamdoc.optimizers.methods.lion" in found
    (True, False)
    """
    found = list(dict.fromkeys(names))
    for name in found:
        found += [other for other in _imported_by(name) if other not in found]
    return tuple(sorted(found))


@functools.cache
def _imported_by(name: str) -> tuple[str, ...]:
    module = importlib.import_module(name)
    return tuple(dict.fromkeys(imported(Path(str(module.__file__)).read_text("utf-8"))))


def essence(source: str) -> str:
    """Return what a source computes: its syntax tree, with only the equations of its docstrings.

    Examples
    --------
    >>> essence("x = 1  # one") == essence("'Documentation.'; x = 1")
    True
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            equations = BLOCK.search(inspect.cleandoc(str(first.value.value)))
            first.value.value = equations[0] if equations else ""
    return ast.dump(tree)


@functools.cache
def _essence_of(name: str) -> str:
    return essence(Path(str(importlib.import_module(name).__file__)).read_text("utf-8"))


@functools.cache
def libraries() -> str:
    """Return the versions of the libraries that can change a result."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} is missing")
    return ", ".join(found)


def digest(names: Iterable[str]) -> str:
    """Return the hash of what some modules, and all that they import, compute."""
    found = hashlib.sha256(libraries().encode())
    for name in closure(names):
        found.update(f"{name}\n{_essence_of(name)}\n".encode())
    return found.hexdigest()
