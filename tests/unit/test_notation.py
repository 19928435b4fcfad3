"""The notation table agrees with the optimizers."""

import numpy as np
import pytest

from adamdoc import dialects, equations
from adamdoc.checks import RULES
from adamdoc.notation import KINDS, TABLE, rule_of, table_of
from adamdoc.optimizers.base import hyperparameters


def test_symbols_and_names_are_unique():
    assert len({s.latex for s in TABLE}) == len({s.name for s in TABLE}) == len(TABLE)


@pytest.mark.parametrize("cls", dialects.ALL)
def test_fields_and_states_are_in_the_table_of_the_class(cls):
    symbols = table_of(cls)
    assert len({s.latex for s in symbols.values()}) == len(symbols)
    assert {s.kind for s in symbols.values()} <= KINDS.keys()
    kinds = {name: s.kind for name, s in symbols.items()}
    assert {kinds[name] for name in hyperparameters(cls)} <= {"hyperparameter", "choice"}
    assert all(symbols[name].rule == rule_of(cls, name) for name in hyperparameters(cls))
    assert {rule_of(cls, name) for name in hyperparameters(cls)} <= RULES.keys()
    if cls.__name__ != "Groups":  # the states of its groups
        states = cls().init(np.ones((2, 2))).keys() - {"t"}
        assert {kinds[name] for name in states} <= {"state"}


@pytest.mark.parametrize("cls", dialects.ALL)
def test_a_class_declares_no_symbol_that_it_does_not_use(cls):
    used = {symbol.name for symbol in equations.symbols(cls)}
    starts = {name for system in equations.all_of(cls) for name in system.starts}
    assert {symbol.name for symbol in cls.symbols} <= used | starts


@pytest.mark.parametrize(
    ("name", "word", "classes"),
    [
        ("power", "decay rate", ["Adafactor", "AdafactorDialect"]),
        ("power", "lr", ["ScheduleFreeSGD", "ScheduleFreeAdamW"]),
        ("steps", "Newton-Schulz", ["Muon", "MuonDialect"]),
        ("steps", "event", ["Lookahead", "Sophia", "SOAP"]),
        ("momentum", "last step", ["Shampoo"]),
        ("momentum", "buffer", ["HeavyBall", "Nesterov", "SGD", "Muon", "RMSpropDialect"]),
        ("eps", "matrices", ["Shampoo"]),
        ("weight_decay", "penalty", ["CoupledDecay"]),
        ("weight_decay", "rescaled", ["LAMB", "LAMBDialect"]),
        ("weight_decay", "multiplied by lr", ["AdamW", "Lion", "DecoupledDecay"]),
        ("alpha", "slow weights", ["Lookahead"]),
        ("alpha", "distance", ["Prodigy"]),
        ("alpha", "slow average", ["AdEMAMix"]),
        ("alpha", "differences", ["AdanDialect"]),
    ],
)
def test_a_hyperparameter_has_the_meaning_that_it_has_in_its_class(name, word, classes):
    by_name = {cls.__name__: cls for cls in dialects.ALL}
    for cls in classes:
        assert word in table_of(by_name[cls])[name].meaning, cls
