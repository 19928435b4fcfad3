"""Statements that are commonly made about optimizers, each put to the test.

Every module of this folder is imported, and registers its claims; there is one for each topic.
"""

import importlib
import pkgutil

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

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"claims.{_module.name}")
