"""Statements that are commonly made about optimizers, each put to the test.

One module for each topic; a claim is registered where it is defined, and told in that order.
"""

from adamdoc.claims import adaptive as adaptive
from adamdoc.claims import after as after
from adamdoc.claims import descent as descent
from adamdoc.claims import limits as limits
from adamdoc.claims import momentum as momentum
from adamdoc.claims import parts as parts
from adamdoc.claims import praise as praise
from adamdoc.claims import stochastic as stochastic
from adamdoc.claims.core import (
    ARTICLE,
    CLAIMS,
    COMMON,
    TOPICS,
    VERDICTS,
    Case,
    Claim,
    Evidence,
    Report,
    claim,
    measure,
    verdict,
)

__all__ = [
    "ARTICLE",
    "CLAIMS",
    "COMMON",
    "TOPICS",
    "VERDICTS",
    "Case",
    "Claim",
    "Evidence",
    "Report",
    "claim",
    "measure",
    "verdict",
]
