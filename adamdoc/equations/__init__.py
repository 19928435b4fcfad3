"""The equations in the optimizers' docstrings, parsed and run.

The modules, in reading order: `tree` has the nodes of an expression, `grammar` parses LaTeX to it,
and `parse` a docstring to a `System`, which is in `system`; `evaluate` computes values, `rounding`
also bounds of their rounding errors; `check` compares `update` with the equations. `export` writes
pseudocode and LaTeX, and `javascript` modules for browsers; `surface` does so for loss surfaces,
whose derivatives come from SymPy, as `algebra` translates to it.
"""

from adamdoc.equations.check import check
from adamdoc.equations.export import latex, pseudocode, with_placeholders
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.inline import Inlined, inline
from adamdoc.equations.javascript import javascript
from adamdoc.equations.mutation import Tally, tally
from adamdoc.equations.parse import all_of, of
from adamdoc.equations.step import Step, compile  # noqa: A004 - the standard term
from adamdoc.equations.system import Assignment, Definition, System

__all__ = [
    "Assignment",
    "Definition",
    "EquationError",
    "Inlined",
    "Step",
    "System",
    "Tally",
    "all_of",
    "check",
    "compile",
    "inline",
    "javascript",
    "latex",
    "of",
    "pseudocode",
    "tally",
    "with_placeholders",
]
