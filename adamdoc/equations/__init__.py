"""The equations in the optimizers' docstrings, parsed and run.

In the order in which to read: `parse` turns a docstring into a `System`; `system` evaluates it;
`agreement` holds `update` against it; `kernel` writes one fused loop from it, and `step` runs that
loop, or the readable update in blocks; `export` writes it as JavaScript, pseudocode and LaTeX. The
equations of the loss surfaces are read by `surface`.
"""

from importlib.util import find_spec

if not all(map(find_spec, ("sympy", "latex2sympy2_extended"))):
    raise ImportError(
        "adamdoc.equations needs SymPy and latex2sympy2-extended: pip install 'adamdoc[equations]'"
    )

from adamdoc.equations import surface
from adamdoc.equations.agreement import Tally, check, tally
from adamdoc.equations.export import javascript, latex, pseudocode
from adamdoc.equations.parse import EquationError, of
from adamdoc.equations.step import Step, compile  # noqa: A004 - it says what it does
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
    "surface",
    "tally",
]
