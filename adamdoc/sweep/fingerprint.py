"""Fingerprints: hashes of everything that an object computes, with its code and data.

A fingerprint is the same in every process, and changes when the result of a computation can: with
the code of a function or class, that of the functions, classes and constants it uses, its captured
values and defaults, and each entry of an array. Names, comments, layout and places on disk do not
count.

joblib hashes the values, arrays included. It pickles functions and classes by name, though, as do
pickle, dask and, for imported modules, cloudpickle, whose bytes for a class also differ between
processes. So functions and classes are replaced by their content here. Those of libraries count by
name and version. The content is that of the compiled code, because the source on disk may have
been edited since it was imported. Not seen are the files that a function reads and the names that
it computes.
"""

import contextlib
import copyreg
import dis
import functools
import hashlib
import importlib
import operator
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import numpy as np
from joblib.hashing import NumpyHasher

import adamdoc

#: Attributes of a class that Python derives from the others, or that compute nothing.
IGNORED = {"__abstractmethods__", "__dict__", "__doc__", "__firstlineno__", "__module__"}
IGNORED |= {"__qualname__", "__static_attributes__", "__weakref__", "_abc_impl"}
IGNORED |= {"__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"}
#: Instructions that read a global variable, and those that read an attribute.
GLOBALS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"}


def fingerprint(value: Any) -> str:
    """Return the hash of an object with all the code and data that it depends on.

    Parameters
    ----------
    value : object
        A function, a class, an array, or any object or container of them.

    Returns
    -------
    str
        Hexadecimal digits.

    Examples
    --------
    >>> def power(exponent):
    ...     return lambda x: x**exponent
    >>> fingerprint(power(2)) == fingerprint(lambda x: x**2)
    False
    >>> fingerprint(power(2)) == fingerprint(power(2))
    True
    """
    hasher = _Hasher()
    hasher.dump(value)
    for _, content in hasher.found:  # grows while it is read
        hasher.dump(content)
    return str(hasher.hash(None))


@functools.cache
def package() -> str:
    """Return the hash of adamdoc's own source code and of the version of NumPy.

    The version of adamdoc is not enough: it stays the same while adamdoc is developed.

    Examples
    --------
    >>> len(package())
    64
    """
    root = Path(adamdoc.__file__).parent
    parts = [f"numpy {np.__version__}".encode()]
    for path in sorted(root.rglob("*.py")):
        parts += [path.relative_to(root).as_posix().encode(), path.read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@functools.cache
def is_library(module: str) -> bool:
    """Return whether a module is adamdoc, part of Python, or installed: not the user's own code.

    Examples
    --------
    >>> is_library("numpy"), is_library("math"), is_library("__main__")
    (True, True, False)
    """
    top = module.partition(".")[0]
    if top == "adamdoc":
        return True
    found = sys.modules.get(module)
    if top == "__main__" or found is None:
        return False
    file = getattr(found, "__file__", None)
    if file is None:
        return top in sys.stdlib_module_names
    path = Path(file)
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return bool(installed) or path.is_relative_to(sysconfig.get_path("stdlib"))


class _Hasher(NumpyHasher):  # type: ignore[misc]
    """A hasher that gives each object a number and collects their content, not to recurse."""

    def __init__(self) -> None:
        super().__init__("sha256")
        self.found: list[tuple[Any, Any]] = []  # objects and their content
        self.numbers: dict[int, int] = {}

    def save(self, value: Any) -> None:
        """Hash a value: library code by name, other objects by their number."""
        if id(value) in self.numbers:
            value = "object", self.numbers[id(value)]
        elif name := _library_name(value):
            value = name
        elif isinstance(value, (set, frozenset)):
            value = "set", sorted(map(fingerprint, value))
        elif isinstance(value, dict) and not all(isinstance(key, str) for key in value):
            value = "dict", list(value.items())
        elif (content := _content(value)) is not None:
            self.numbers[id(value)] = len(self.found)
            self.found.append((value, content))
            value = "object", self.numbers[id(value)]
        super().save(value)

    def memoize(self, value: Any) -> None:
        """Compare tuples by value, as joblib does with strings."""
        if not isinstance(value, tuple):
            super().memoize(value)


def _library_name(value: Any) -> str:
    """Return the name and version of something that a library defines; otherwise nothing."""
    if isinstance(value, np.ufunc):
        return f"ufunc {value.__name__}"
    module: Any = getattr(value, "__module__", None)
    path: Any = getattr(value, "__qualname__", None)
    if isinstance(value, ModuleType):
        module, path = value.__name__, ""
    if not (isinstance(module, str) and isinstance(path, str) and is_library(module)):
        return ""
    try:
        if path and operator.attrgetter(path)(sys.modules[module]) is not value:
            return ""  # such as a function in a function: it has no name to find it by
    except (AttributeError, KeyError):
        return ""
    top = module.partition(".")[0]
    version = "" if top == "adamdoc" else getattr(sys.modules.get(top), "__version__", "")
    return f"{module}:{path} {version}"


def _content(value: Any) -> Any:
    """Return the content of an object; None for a number, a string, an array or a container."""
    match value:
        case FunctionType():
            return _function(value)
        case type():
            parts = {k: v for k, v in vars(value).items() if k not in IGNORED}
            return "class", value.__bases__, type(value), parts
        case CodeType():
            parameters = value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount
            stars = value.co_flags & 0x0C  # *args and **kwargs
            steps = [(i.opname, i.argval) for i in dis.get_instructions(value)]
            return parameters, stars, value.co_varnames, value.co_exceptiontable, steps
        case ModuleType():
            file = getattr(value, "__file__", None)
            return value.__name__, Path(file).read_bytes() if file else b""
        case MethodType():
            return value.__func__, value.__self__
        case property():
            return value.fget, value.fset, value.fdel
        case functools.cached_property():
            return value.func
        case MappingProxyType():
            return dict(value)
        case None | bool() | int() | float() | str() | bytes() | list() | tuple() | dict():
            return None
        case np.ndarray() | np.dtype():
            return None
    wrapped = getattr(value, "__wrapped__", None)
    if callable(wrapped) and is_library(type(value).__module__):
        return type(value), wrapped  # such as functools.cache, staticmethod, jax.jit, numba.njit
    if hasattr(value, "__dlpack__"):  # a tensor of PyTorch, whose pickle holds its address
        with contextlib.suppress(Exception):
            return type(value), np.asarray(value.detach() if hasattr(value, "detach") else value)
    return _pickled(value)


def _pickled(value: Any) -> Any:
    """Return what pickle would write of an object, without cached properties."""
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        reduced: Any = reduce(value) if reduce else value.__reduce_ex__(3)
    except Exception:  # such as a lock or an open file
        return type(value), _attributes(value)
    if isinstance(reduced, str):
        return type(value), reduced
    function, arguments, state, items, entries = [*reduced, None, None, None][:5]
    if isinstance(state, dict):
        state = {name: item for name, item in state.items() if not _is_cached(value, name)} or None
    return function, arguments, state, list(items or ()), list(entries or ())


def _attributes(value: Any) -> dict[str, Any]:
    """Return the attributes of an object, without the names of wrappers and cached properties."""
    return {
        name: attribute
        for name, attribute in getattr(value, "__dict__", {}).items()
        if not name.startswith("__") and not _is_cached(value, name)
    }


def _is_cached(value: Any, name: str) -> bool:
    return isinstance(getattr(type(value), name, None), functools.cached_property)


def _function(function: FunctionType) -> Any:
    """Return the content of a function: code, defaults, captured values, and the globals it uses.

    A function inside a library's function has no name to find it by, but its globals have.
    """
    captured = [_cell(cell) for cell in function.__closure__ or ()]
    own = not is_library(function.__module__ or "")
    used = _used(function) if own else {}
    return (
        *("function", function.__code__, function.__defaults__, function.__kwdefaults__),
        *(captured, used, _attributes(function)),
    )


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return "empty"


def _used(function: FunctionType) -> dict[str, Any]:
    """Return the global variables and the imported modules that a function uses, by name."""
    steps = list(_instructions(function.__code__))
    attributes = {step.argval for step in steps if step.opname in ATTRIBUTES}
    used: dict[str, Any] = {}
    for number, step in enumerate(steps):
        if step.opname in GLOBALS and step.argval in function.__globals__:
            used[step.argval] = function.__globals__[step.argval]
        elif step.opname == "IMPORT_NAME":
            level = steps[number - 2].argval
            package = function.__globals__.get("__package__")
            try:
                used[f"import {step.argval}"] = importlib.import_module(
                    "." * level + step.argval, package
                )
            except Exception:  # as in the function itself, when it is called
                continue
    return {name: _selected(value, attributes, ()) for name, value in used.items()}


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    for step in dis.get_instructions(code):
        if step.opname != "EXTENDED_ARG":
            yield step
        if isinstance(step.argval, CodeType):
            yield from _instructions(step.argval)


def _selected(value: Any, attributes: Iterable[str], inside: tuple[Any, ...]) -> Any:
    """Return a value as it is, and of a module of one's own only the attributes that are read."""
    if not isinstance(value, ModuleType) or is_library(value.__name__):
        return value
    if value in inside:
        return value.__name__
    return {
        name: _selected(getattr(value, name), attributes, (*inside, value))
        for name in attributes
        if hasattr(value, name)
    }
