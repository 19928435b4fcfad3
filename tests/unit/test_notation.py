"""The notation of each optimizer agrees with its class."""

from dataclasses import fields

import numpy as np
import pytest

from adamdoc import dialects
from adamdoc.equations.grammar import spelling
from adamdoc.notation import HYPERPARAMETERS, TABLE, rule_of, table_of
from adamdoc.optimizers.base import hyperparameters


def test_symbols_and_names_are_unique():
    assert len({s.latex for s in TABLE}) == len({s.name for s in TABLE}) == len(TABLE)


@pytest.mark.parametrize("cls", dialects.ALL)
def test_within_a_class_a_symbol_means_one_thing(cls):
    symbols = table_of(cls).values()
    assert len({spelling(s.latex) for s in symbols}) == len(symbols)
    assert len({s.name for s in cls.symbols}) == len(cls.symbols)


@pytest.mark.parametrize("cls", dialects.ALL)
def test_hyperparameters_have_symbols(cls):
    own = {s.name for s in cls.symbols if s.kind in ("hyperparameter", "choice")}
    assert set(hyperparameters(cls)) <= set(HYPERPARAMETERS) | own
    for name in hyperparameters(cls):
        assert rule_of(cls, name) != "finite", f"{name} has no rule"


@pytest.mark.parametrize("cls", dialects.ELEMENTWISE)
def test_states_have_symbols(cls):
    states = set(cls().init(np.zeros(2))) - {"t"}
    assert states <= {s.name for s in table_of(cls).values() if s.kind == "state"}


def test_symbols_that_no_class_shares_are_not_in_the_table():
    """A symbol of one method belongs to its class, so that no other inherits its meaning."""
    for symbol in TABLE:
        if symbol.kind in ("state", "step"):
            users = [c for c in dialects.ALL if symbol.name in _used(c)]
            assert len(users) > 1, symbol.name


def _used(cls):
    from adamdoc import equations

    return {a.name for system in equations.all_of(cls) for a in system.assignments}


def test_fields_are_hyperparameters():
    for cls in dialects.ALL:
        assert {f.name for f in fields(cls)} - {"optimizer", "groups"} == set(hyperparameters(cls))
