"""Machine code for generated loops, kept on disk between processes."""

import collections
import functools
import hashlib
import importlib.util
import io
import os
import pickletools
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np

PREAMBLE = """\
from math import cos, exp, inf, log, sin, sqrt, tanh
import numba
from numpy import float64, maximum as max, minimum as min, sign

def compiled(function):
    return numba.njit(function, cache=CACHE, nogil=True, error_model="numpy", fastmath=False)

@compiled
def square(x):
    return float64(x) * float64(x)

@numba.njit(cache=CACHE, fastmath={"reassoc"})
def add(total, term):  # only the order of this addition is free
    return total + float64(term)
"""


@functools.lru_cache(maxsize=256)
def machine_code(source: str) -> ModuleType:
    """Return a module with the compiled loops, without fast-math: nan and inf stay as in NumPy.

    The module is a file in the cache folder, next to which numba keeps the machine code: the next
    process loads it from there. Without a writable folder, it is compiled in memory.
    """
    import numba

    loops = source.replace("def loop", "@compiled\ndef loop")
    versions = f"{numba.__version__} {np.__version__} {version('adamdoc')}"
    text = f"# {versions}\nCACHE = True\n{PREAMBLE}\n\n{loops}"
    name = f"adamdoc_{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    path = cache_folder() / f"{name}.py"
    try:
        _write(path, text)
        _drop_damaged(path)
        return _module(name, path)
    except (OSError, RuntimeError):  # numba raises the latter if it finds no place for its files
        module = ModuleType(name)
        exec(
            compile(text.replace("CACHE = True", "CACHE = False"), name, "exec"),
            vars(module),
        )
        return module


def cache_folder() -> Path:
    """Return the folder for compiled code: ``ADAMDOC_CACHE``, or one in the user's cache folder."""
    if chosen := os.environ.get("ADAMDOC_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser() / "adamdoc"
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return Path(os.environ.get("XDG_CACHE_HOME", usual)).expanduser() / "adamdoc"


def _write(path: Path, text: str) -> None:
    """Write a file unless it is there, whole or not at all: another process may do the same."""
    if path.is_file() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(part).replace(path)


def _drop_damaged(path: Path) -> None:
    """Delete files of machine code that are not whole: numba would fail on them at each step."""
    for file in (path.parent / "__pycache__").glob(f"{path.stem}.*.nb[ic]"):
        content = file.read_bytes()
        stream = io.BytesIO(content)
        try:
            whole = bool(content)
            while stream.tell() < len(content):
                collections.deque(pickletools.genops(stream), maxlen=0)
        except (ValueError, UnicodeDecodeError, OverflowError):
            whole = False
        if not whole:
            file.unlink(missing_ok=True)


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where numba's cache looks for it
    spec.loader.exec_module(module)
    return module
