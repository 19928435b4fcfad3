"""The equations in the optimizers' docstrings, parsed and run.

The module `parse` turns a docstring into a `System`; the module `system` evaluates it.
"""

from adamdoc.equations.parse import EquationError, of
from adamdoc.equations.system import Assignment, System

__all__ = ["Assignment", "EquationError", "System", "of"]
