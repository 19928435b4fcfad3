"""The equations in the optimizers' docstrings, parsed and run.

`parse` turns a docstring into a `System`; `system` evaluates it.
"""

from adamdoc.equations.parse import EquationError, of
from adamdoc.equations.system import Assignment, System

__all__ = ["Assignment", "EquationError", "System", "of"]
