"""Check the installed package where nothing but NumPy is installed beside it.

Every public module and name must work, or say which extra it needs; the import must take less than
0.3 seconds, of which the best of five is taken. Exits with 1 where one is not so.
"""

import importlib
import pkgutil
import subprocess
import sys
from importlib.metadata import distributions, metadata

import adamdoc

LIMIT = 0.3
TIME = (
    "import time; begin = time.perf_counter(); import adamdoc; print(time.perf_counter() - begin)"
)
#: Calls that need more than NumPy.
CALLS = {
    "load": lambda: adamdoc.load("digits"),
    "texts": lambda: adamdoc.texts(),
    "sweep": lambda: importlib.import_module("adamdoc.sweep").sweep(
        adamdoc.Adam, adamdoc.Ravine(), {"lr": [0.1]}
    ),
}


def told(use: object) -> str:
    """Return how a use of the package ends."""
    try:
        use()  # type: ignore[operator]
    except ImportError as error:
        extra = str(error).partition("pip install 'adamdoc[")[2].partition("]'")[0]
        known = metadata("adamdoc").get_all("Provides-Extra")
        return f"needs {extra}" if extra in known else f"WRONG: {type(error).__name__}: {error}"
    return "works"


def main() -> int:
    """Check everything, and print it."""
    installed = {d.metadata["Name"].lower() for d in distributions()}
    if extra := installed - {"adamdoc", "numpy", "pip", "setuptools"}:
        print(f"WRONG: installed must be NumPy alone, there is {', '.join(sorted(extra))}")
        return 1
    found = {name: told(lambda n=name: getattr(adamdoc, n)) for name in adamdoc.__all__}
    for module in pkgutil.walk_packages(adamdoc.__path__, "adamdoc."):
        if not module.name.endswith("__main__"):
            found[module.name] = told(lambda n=module.name: importlib.import_module(n))
    found |= {f"{name}()": told(use) for name, use in CALLS.items()}
    wrong = {name: text for name, text in found.items() if text.startswith("WRONG")}
    for name, text in found.items():
        if text != "works":
            print(f"{name}: {text}")
    print(
        f"{sum(text == 'works' for text in found.values())} of {len(found)} work with NumPy alone"
    )
    run = [sys.executable, "-c", TIME]
    seconds = [float(subprocess.run(run, capture_output=True, check=True).stdout) for _ in range(5)]
    print(f"import: {min(seconds):.3f} s, NumPy included")
    if min(seconds) > LIMIT:
        print(f"WRONG: the import must take less than {LIMIT} s")
    return bool(wrong) or min(seconds) > LIMIT


if __name__ == "__main__":
    sys.exit(main())
