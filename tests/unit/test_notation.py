"""The notation table agrees with the optimizers."""

import inspect
import re
from dataclasses import fields

import numpy as np
import pytest

from adamdoc import dialects
from adamdoc.notation import HYPERPARAMETERS, TABLE

CLASSES = dialects.ELEMENTWISE


def test_symbols_and_names_are_unique():
    assert len({s.latex for s in TABLE}) == len({s.name for s in TABLE}) == len(TABLE)


@pytest.mark.parametrize("cls", CLASSES)
def test_fields_and_states_are_in_the_table(cls):
    assert {f.name for f in fields(cls)} <= set(HYPERPARAMETERS)
    names = {s.name for s in TABLE if s.kind in ("state", "input")}
    assert set(cls().init(np.zeros(2))) <= names


@pytest.mark.parametrize("cls", dialects.ALL)
def test_hyperparameters_are_in_the_table(cls):
    assert {f.name for f in fields(cls)} - {"optimizer", "groups"} <= set(HYPERPARAMETERS)


@pytest.mark.parametrize("cls", CLASSES)
def test_docstring_holds_equations_of_all_fields(cls):
    """Each line of the block is one assignment, and every hyperparameter occurs."""
    # getdoc removes the indentation, which Python 3.13 has removed already.
    block = re.search(r"\.\. math::\n\n((?: {4}.*\n)+)", inspect.getdoc(cls))[1]
    lines = [line.strip() for line in block.split(r"\\")]
    assert all(line.count("&=") == 1 for line in lines)
    assert lines[-1].startswith(r"\theta_t")
    for field in fields(cls):
        symbol = HYPERPARAMETERS[field.name].latex
        assert re.search(re.escape(symbol) + r"(?![_a-z])", block), field.name
