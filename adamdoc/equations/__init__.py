"""The equations in the optimizers' docstrings, parsed and run.

The modules, in reading order: `tree` has the nodes of an expression, `grammar` parses LaTeX to it,
and `parse` a docstring to a `System`, which is in `system`; `evaluate` computes values, `rounding`
also bounds of their rounding errors; `check` compares `update` with the equations, and `explain`
puts each beside its line of code.
"""

from adamdoc.equations.check import check
from adamdoc.equations.explain import box, source_lines, symbols, worked_steps
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.inline import Inlined, inline
from adamdoc.equations.mutation import Tally, tally
from adamdoc.equations.parse import all_of, of
from adamdoc.equations.system import Assignment, Definition, System

__all__ = [
    "Assignment",
    "Definition",
    "EquationError",
    "Inlined",
    "System",
    "Tally",
    "all_of",
    "box",
    "check",
    "inline",
    "of",
    "source_lines",
    "symbols",
    "tally",
    "worked_steps",
]
