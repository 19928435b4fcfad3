"""The names that docs/reference/index.md lists."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "index.md"


def names() -> set[str]:
    """Return the full names of everything in the reference."""
    module, found = "", set()
    pattern = r"^\.\. currentmodule:: (\w+)|^   ([\w.]+)$"
    for changed, name in re.findall(pattern, PAGE.read_text("utf-8"), flags=re.M):
        module = changed or module
        if name:
            found.add(f"{module}.{name}")
    return found
