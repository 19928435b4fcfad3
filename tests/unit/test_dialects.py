"""The table of dialects reads in both directions, and says what it cannot do."""

import json
import re
from pathlib import Path

import pytest

from adamdoc import Adam, DecoupledDecay, dialects, optimizers
from adamdoc.dialects.settings import build, equal, satisfied, solve

ROOT = Path(__file__).parents[2]
WITH = [row for row in dialects.ROWS if row.settings]


def given(row, **arguments):
    """Return arguments with a learning rate where the library has no default."""
    start = dialects.defaults(row.peer)
    rates = {name: 0.05 for name, value in start.items() if value == dialects.REQUIRED}
    return {**start, **rates, **arguments}


@pytest.mark.parametrize("row", WITH, ids=lambda row: row.peer)
def test_settings_are_solved_for_the_arguments_that_gave_them(row):
    start = dialects.defaults(row.peer)
    cases = [given(row)]
    for name, default in start.items():
        if isinstance(default, bool):
            cases.append(given(row, **{name: not default}))
        elif name in ("eps", "epsilon", "weight_decay", "momentum") and isinstance(default, float):
            cases.append(given(row, **{name: 0.25}))
    for case in cases:
        if satisfied(row.rejected_when, case) or satisfied(row.unsupported_when, case):
            continue
        optimizer = dialects.reproduce(row.peer, case)
        solutions = list(solve(row.settings, optimizer, start))
        assert solutions, case
        for solution in solutions:
            assert equal(build(row.settings, solution), optimizer)


@pytest.mark.parametrize("row", WITH, ids=lambda row: row.peer)
def test_translations_stand_for_the_same_optimizer(row):
    optimizer = dialects.reproduce(row.peer, given(row))
    for to in ("torch", "optax", "keras", "pytorch_optimizer"):
        call = dialects.translate(row.peer, given(row), to=to)
        if call.matched:
            assert equal(dialects.reproduce(call.peer, call.arguments), optimizer)
            assert str(call).startswith(f"{call.peer}(")
        else:
            assert call.reason
            assert "takes the same steps" in str(call)


def test_known_translations():
    translate = dialects.translate
    assert str(translate("torch.optim.AdamW", {"lr": 0.1}, to="optax")) == (
        "optax.adamw(learning_rate=0.1, weight_decay=0.01)"
    )
    assert str(translate("keras.optimizers.RMSprop", {}, to="optax")) == (
        "optax.rmsprop(learning_rate=0.001, eps=1e-07)"
    )
    call = translate("torch.optim.SGD", {"momentum": 0.9, "nesterov": True}, to="keras")
    assert call.arguments == {"learning_rate": 0.001, "momentum": 0.9, "nesterov": True}
    # optax.nadam keeps its rate, PyTorch's rises.
    assert not translate("optax.nadam", {"learning_rate": 0.1}, to="torch").matched
    # Keras refuses beta_1 = 0 for Lion.
    zero = {"learning_rate": 0.1, "b1": 0.0}
    assert not translate("optax.lion", zero, to="keras").matched
    reason = translate("torch.optim.AdamW", {"maximize": True}, to="optax").reason
    assert "Maximize" in reason
    assert "none of its optimizers" in translate("pytorch_optimizer.Shampoo", to="keras").reason


@pytest.mark.parametrize(
    ("peer", "arguments", "message"),
    [
        ("torch.optim.Adamm", {}, "peer must be one of 'torch.optim.SGD'"),
        ("torch.optim.adam", {}, "got 'torch.optim.adam'; did you mean 'torch.optim.Adam'?"),
        ("torch.optim.Adam", {"beta1": 0.9}, "arguments of torch.optim.Adam must be one of 'lr'"),
        ("torch.optim.Adam", {"betas": (0.9,)}, "betas of torch.optim.Adam must have 2 entries"),
        ("torch.optim.Adam", {"lr": -1}, "lr must be finite and greater than 0, got -1"),
        ("optax.adam", {}, "learning_rate of optax.adam is required"),
        ("optax.radam", {"nesterov": True}, "nesterov of optax.radam must be left at its default"),
        ("torch.optim.Muon", {}, "cannot reproduce torch.optim.Muon: The iteration runs in bfloat"),
        ("torch.optim.SGD", {"nesterov": True}, "torch.optim.SGD rejects calls with nesterov"),
        ("optax.adabelief", {"learning_rate": 1, "b1": 0.0}, "adabelief with not b1"),
    ],
)
def test_errors_name_the_argument(peer, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dialects.reproduce(peer, arguments)


def test_an_unknown_library():
    with pytest.raises(ValueError, match="to must be one of 'keras', 'optax'"):
        dialects.translate("torch.optim.Adam", to="tensorflow")


def test_settings_are_a_small_language():
    assert build("DecoupledDecay(Adam(lr=lr), w)", {"lr": 0.1, "w": None}) == Adam(0.1)
    assert build("DecoupledDecay(Adam(lr=lr), w)", {"lr": 0.1, "w": 0.2}) == DecoupledDecay(
        Adam(0.1), 0.2
    )
    with pytest.raises(ValueError, match="settings must be made of calls"):
        build("[lr]", {"lr": 1})


def test_the_record_is_of_this_table():
    """`nox -s parity` was run since a row was added or its version changed."""
    record = json.loads((ROOT / "docs" / "family" / "parity.json").read_text("utf-8"))
    measured = {entry["peer"]: entry for entry in record["rows"]}
    assert measured.keys() == {row.peer for row in dialects.ROWS}, "run nox -s parity"
    for row in WITH:
        entry = measured[row.peer]
        assert entry["cases"]
        if not row.deviates:
            assert entry["deviation"] < record["limit"]


def test_every_optimizer_that_a_library_has_is_in_a_row():
    used = set(re.findall(r"[A-Z]\w+(?=\()", " ".join(row.settings for row in dialects.ROWS)))
    assert used <= {cls.__name__ for cls in dialects.ALL}
    for cls in dialects.ALL:
        if cls.__name__.endswith("Dialect") or cls is optimizers.SGD:
            assert cls.__name__ in used, "a form that no library has"
