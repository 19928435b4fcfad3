"""The equations in the optimizers' docstrings, parsed and run.

The modules, in reading order: `parse` turns a docstring into a `System`; `system` evaluates it;
`agreement` checks `update` against it; `kernel` generates a fused loop from it, and `step` runs
that loop, or the readable update in blocks; `export` generates JavaScript, pseudocode and LaTeX.
`explain` finds the source line of each equation and works the first steps; `surface` parses the
equations of the loss surfaces.
"""

from importlib.util import find_spec

if not all(map(find_spec, ("sympy", "latex2sympy2_extended"))):
    raise ImportError(
        "adamdoc.equations needs SymPy and latex2sympy2-extended: pip install 'adamdoc[equations]'"
    )

from adamdoc.equations import surface
from adamdoc.equations.agreement import Tally, check, tally
from adamdoc.equations.explain import source_lines, worked_steps
from adamdoc.equations.export import javascript, latex, pseudocode
from adamdoc.equations.parse import EquationError, of
from adamdoc.equations.step import Step, compile  # noqa: A004 - a shadowed builtin, but the standard term
from adamdoc.equations.system import Assignment, System

__all__ = [
    "Assignment",
    "EquationError",
    "Step",
    "System",
    "Tally",
    "check",
    "compile",
    "javascript",
    "latex",
    "of",
    "pseudocode",
    "source_lines",
    "surface",
    "tally",
    "worked_steps",
]
