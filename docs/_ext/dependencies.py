"""Which modules of this package code depends on: a result is kept for as long as they stay."""

import ast
import functools
import hashlib
import importlib
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: The package, and what lies beside the pages.
OURS = ("adamdoc", "claims")
#: Packages whose version can change a figure.
PACKAGES = ("numpy", "scipy", "scikit-learn")


def imported(source: str) -> Iterator[str]:
    """Yield the names of the modules of this package that a source imports names from.

    A name that a package passes on counts for the module that defines it: who imports one optimizer
    depends on that one, not on all. ``import adamdoc`` depends on everything.

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
    """Return the names of modules and of all of this package that they depend on.

    Examples
    --------
    >>> found = closure(["adamdoc.optimizers.methods.adam"])
    >>> "adamdoc.notation" in found, "adamdoc.optimizers.methods.lion" in found
    (True, False)
    """
    found = list(dict.fromkeys(names))
    for name in found:
        found += [other for other in _of_module(name) if other not in found]
    return tuple(sorted(found))


@functools.cache
def _of_module(name: str) -> tuple[str, ...]:
    module = importlib.import_module(name)
    return tuple(dict.fromkeys(imported(Path(str(module.__file__)).read_text("utf-8"))))


def digest(names: Iterable[str]) -> str:
    """Return the hash of some modules, of all that they depend on, and of ``PACKAGES``."""
    found = hashlib.sha256()
    for name in closure(names):
        found.update(name.encode() + Path(str(sys.modules[name].__file__)).read_bytes())
    for package in PACKAGES:
        try:
            found.update(version(package).encode())
        except PackageNotFoundError:
            found.update(b"none")
    return found.hexdigest()
