"""The path of a docstring: its statements or its code over the steps of a run."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adamdoc.audit.coding import CodeRun
from adamdoc.audit.definitions import Definitions
from adamdoc.audit.docstrings import Reading
from adamdoc.audit.executing import Path, Problem, Run
from adamdoc.equations.grammar import EquationError


def execute(reading: Reading, arguments: Mapping[str, Any], problem: Problem, steps: int) -> Path:
    """Return the path of a docstring for some arguments.

    Raises
    ------
    EquationError
        If a quantity has no value where it is used, or definitions need each other.
    """
    used = reading.used(arguments)
    if any(isinstance(part, str) for _, part in used):
        with np.errstate(all="ignore"):
            return CodeRun(reading, arguments, problem).path(steps)
    run = Definitions if reading.bindings.unordered else Run
    try:
        return run(reading, arguments, problem).path(steps)
    except RecursionError:
        raise EquationError("the definitions need each other in a circle") from None
