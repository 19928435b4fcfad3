"""Statements that are commonly made about optimizers, each put to the test.

Every module of this folder is imported, and registers its claims. There is one for each topic, and
`claims.tuned` for those of several topics that share searches.
"""

import importlib
import pkgutil

from claims.core import (
    ARTICLE,
    AS_GOOD,
    BETTER,
    CLAIMS,
    CLOSE,
    COMMON,
    EXACT,
    EXPERIMENT,
    MUCH_BETTER,
    MUCH_WORSE,
    SAME,
    TOPICS,
    VERDICTS,
    WORSE,
    Bound,
    Case,
    Claim,
    Evidence,
    Report,
    claim,
    measure,
    verdict,
)
from claims.review import objections

__all__ = [
    "ARTICLE",
    "AS_GOOD",
    "BETTER",
    "CLAIMS",
    "CLOSE",
    "COMMON",
    "EXACT",
    "EXPERIMENT",
    "MUCH_BETTER",
    "MUCH_WORSE",
    "SAME",
    "TOPICS",
    "VERDICTS",
    "WORSE",
    "Bound",
    "Case",
    "Claim",
    "Evidence",
    "Report",
    "claim",
    "measure",
    "objections",
    "verdict",
]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"claims.{_module.name}")
