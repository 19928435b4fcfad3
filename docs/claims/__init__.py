"""Statements that are commonly made about optimizers, each put to the test.

One module for each topic; a claim is registered where it is defined, and told in that order.
"""

from claims import adaptive as adaptive
from claims import after as after
from claims import descent as descent
from claims import limits as limits
from claims import momentum as momentum
from claims import parts as parts
from claims import praise as praise
from claims import stochastic as stochastic
from claims.core import (
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
