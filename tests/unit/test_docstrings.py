"""Docstrings tell all: numpydoc's own validation of every name in the reference."""

import importlib

import documented
import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

import adamdoc
from adamdoc.dialects import forms

OPTIONAL = {
    "ES01",  # a text below the summary
    "SA01",  # a list of what else to see
    "RT02",  # it knows no line with several names, such as "a, b, c : ndarray"
}
#: A part of `adamdoc.sweep.sweep` that says no more than that its arguments are the same.
LIKE_ANOTHER = "adamdoc.sweep.plan"


def names():
    """Return what the reference lists, and the classes of optimizers."""
    classes = {f"adamdoc.{name}" for name in adamdoc.optimizers.CLASSES}
    classes |= {f"adamdoc.dialects.forms.{name}" for name in forms.CLASSES}
    return sorted((documented.names() | classes) - {LIKE_ANOTHER})


def found(name):
    """Return what numpydoc finds wrong with a docstring."""
    module, _, last = name.rpartition(".")
    thing = getattr(importlib.import_module(module), last)
    faults = {code: text for code, text in validate(name)["errors"] if code not in OPTIONAL}
    # numpydoc takes an argument named cls for the class of a class method.
    if faults.get("PR02") == "Unknown parameters {'cls'}":
        del faults["PR02"]
    # Records, which the package makes, have attributes; errors have nothing.
    if get_doc_object(thing)["Attributes"] or (
        isinstance(thing, type) and issubclass(thing, Exception)
    ):
        faults.pop("PR01", None)
        faults.pop("EX01", None)
    return faults


@pytest.mark.parametrize("name", names())
def test_what_numpydoc_asks_for_is_there(name):
    assert found(name) == {}


def test_what_is_missing_is_found(monkeypatch):
    monkeypatch.setattr(adamdoc.minimize, "__doc__", "Return a run.")
    assert {"PR01", "RT01", "EX01"} <= set(found("adamdoc.minimize"))
