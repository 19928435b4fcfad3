"""The equations in the optimizers' docstrings, parsed and run.

The modules, in reading order: `tree` has the nodes of an expression, `grammar` parses LaTeX to it,
and `parse` a docstring to a `System`, which is in `system`; `evaluate` computes values, `rounding`
also bounds of their rounding errors; `check` compares `update` with the equations, and `mutation`
tests that comparison; `inline` puts the equations of a wrapped optimizer into those of a wrapper.
`kernel` generates loops, `machine` keeps their machine code on disk, `workspace` evaluates products
of matrices, and `program` runs them over the arrays of a model for `step`; `javascript` writes
modules for browsers, and `export` pseudocode and LaTeX. `explain` puts each equation beside its
line of code. `surface` parses the equations of loss surfaces, whose derivatives come from SymPy, to
which `algebra` translates.
"""

from adamdoc.equations.check import check
from adamdoc.equations.explain import box, source_lines, symbols, worked_steps
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
    "box",
    "check",
    "compile",
    "inline",
    "javascript",
    "latex",
    "of",
    "pseudocode",
    "source_lines",
    "symbols",
    "tally",
    "with_placeholders",
    "worked_steps",
]
