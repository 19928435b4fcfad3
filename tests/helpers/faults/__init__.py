"""Faults that turn claims: what is put in the place of what; a module for each of claims."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from adamdoc.optimizers.base import _init_of_mappings, _update_of_mappings

#: An object, the name of its attribute, and the wrong value.
Patch = tuple[Any, str, Any]
#: What the base class does with the methods of a subclass.
FOR_MAPPINGS = {"init": _init_of_mappings, "update": _update_of_mappings}

#: Each fault: what is put in place of what.
FAULTS: dict[str, list[Patch]] = {}
for _module in pkgutil.iter_modules(__path__):
    _found = getattr(importlib.import_module(f"{__name__}.{_module.name}"), "FAULTS", {})
    if _twice := FAULTS.keys() & _found.keys():
        raise ValueError(f"name of a fault must be unique, got {_twice} twice")
    FAULTS |= _found


@contextmanager
def broken(name: str) -> Iterator[None]:
    """Break what a fault says, for the time of a with statement."""
    with ExitStack() as stack:
        for owner, attribute, value in FAULTS[name]:
            wrong = FOR_MAPPINGS.get(attribute, lambda same: same)(value)
            stack.enter_context(patch.object(owner, attribute, wrong))
        yield
