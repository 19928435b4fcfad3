"""The audit of other libraries: whether documented equations are what the code computes."""

from adamdoc.audit.auditing import Evidence, Report, audit
from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    IGNORED,
    KINDS,
    LOSS,
    PARAMETERS,
    SCALAR,
    STEP,
    UPDATE,
    VALUE,
    Bindings,
    Described,
    Finding,
    Found,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.checking import check

__all__ = [
    "BEFORE",
    "GRADIENT",
    "IGNORED",
    "KINDS",
    "LOSS",
    "PARAMETERS",
    "SCALAR",
    "STEP",
    "UPDATE",
    "VALUE",
    "Bindings",
    "Described",
    "Evidence",
    "Finding",
    "Found",
    "Operator",
    "Report",
    "Row",
    "State",
    "Use",
    "audit",
    "check",
]
