"""The study that the Benchmark page shows: what it declares, and that its record follows it."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adamdoc import lineage
from adamdoc.optimizers import Wrapper
from adamdoc.optimizers.base import hyperparameters
from adamdoc.tuning import Choice, Range, trials, tune

ROOT = Path(__file__).parents[2]
#: Hyperparameters that keep their defaults: constants, and switches between published forms.
CONSTANTS = {"eps", "eps_root", "least", "clip", "initial", "threshold", "momentum_decay", "d0"}
CONSTANTS |= {"correction", "warmup", "nesterov", "steps", "rms"}
#: The exponent of Schedule-Free's average, and the factor of Prodigy's distance.
CONSTANTS_OF = {
    "ScheduleFreeSGD": {"power"},
    "ScheduleFreeAdamW": {"power"},
    "Prodigy": {"alpha"},
}


@pytest.fixture(scope="module")
def spaces():
    folder = str(ROOT / "tests" / "sessions" / "study")
    sys.path.insert(0, folder)
    yield importlib.import_module("spaces")
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def study(spaces):  # noqa: ARG001 - it is found beside it
    return importlib.import_module("run")


@pytest.fixture(scope="module")
def record():
    return json.loads((ROOT / "docs" / "evidence" / "study.json").read_text("utf-8"))


def test_every_method_is_declared(spaces):
    """Each method takes part with all its hyperparameters, or it is said why it does not."""
    methods = {cls.__name__: cls for cls in lineage.methods() if not issubclass(cls, Wrapper)}
    assert set(methods) <= set(spaces.SPACES) | set(spaces.LEFT_OUT) | set(spaces.LATER)
    for name, space in spaces.SPACES.items():
        fixed = CONSTANTS | CONSTANTS_OF.get(name, set())
        assert set(hyperparameters(methods[name])) - fixed == set(space) - {"vector_lr"}, name
        assert set(spaces.SCHEDULE) <= set(spaces.space_of(name))


def test_record_follows_the_declaration(spaces, study, record):
    assert record["declared"] == json.loads(json.dumps(study.declared()))
    assert list(record["tasks"]) == list(spaces.course())
    pairs = [(task, name) for task in record["tasks"] for name in spaces.SPACES]
    assert [(row["task"], row["optimizer"]) for row in record["rows"]] == pairs
    for row in record["rows"]:
        assert len(row["trials"]) == spaces.TRIALS
        drawn = trials(spaces.space_of(row["optimizer"]), spaces.TRIALS)
        assert any(
            all(t[key] == pytest.approx(value) for key, value in row["setting"].items())
            for t in drawn
        )
        for kind in ("tuned", "default"):
            assert {len(values) for values in row[kind].values()} == {len(spaces.JUDGED)}


def test_the_seeds_that_judge_are_seen_by_no_search(spaces):
    assert len(spaces.JUDGED) >= 5
    seeds = [*spaces.SEARCH, *spaces.JUDGED, *spaces.TARGET_SEEDS]
    assert len(seeds) == len(set(seeds))


def test_each_reference_method_reaches_the_target(spaces, record):
    for task in record["tasks"].values():
        assert tuple(task["references"]) == spaces.REFERENCES
        assert task["target"] == max(task["references"].values())


def test_time_to_a_target_is_interpolated(study):
    assert study.time_to(0.1, [10.0, 1.0, 0.01]) == pytest.approx(1.5)
    assert study.time_to(1.0, [10.0, 1.0, 0.01]) == pytest.approx(1.0)
    assert study.time_to(0.001, [10.0, 1.0, 0.01]) is None


def test_race_finds_the_setting_whose_worst_seed_is_best(spaces, study):
    """Seeds are saved, and neither the best setting nor its loss differ."""
    calls = []

    def measure(setting, seed):
        calls.append(seed)
        rng = np.random.default_rng([seed, int(1e6 * setting["lr"])])
        return 1 + np.log10(setting["lr"] / 0.03) ** 2 + 0.2 * rng.random()

    space = {"lr": Range(1e-3, 1.0), "beta1": Range(0.0, 0.99, "decay", ("low", "high"))}
    raced = tune(study.raced(measure), space, 25, spaces.TOLERANCE)
    assert len(calls) < 25 * len(spaces.SEARCH)
    whole = tune(lambda s: max(measure(s, seed) for seed in spaces.SEARCH), space, 25, 0.25)
    assert raced.setting == whole.setting
    assert raced.loss == whole.loss


def test_choice_is_searched_like_a_range():
    space = {"lr": Range(0.01, 1.0), "schedule": Choice(("constant", "cosine"))}
    drawn = trials(space, 20)
    assert 8 <= sum(setting["schedule"] == "cosine" for setting in drawn) <= 12
    found = tune(lambda s: 1.0 + (s["schedule"] == "constant") + s["lr"] / 10, space, 20, 10.0)
    assert found.setting["schedule"] == "cosine"
    with pytest.raises(ValueError, match="at least two"):
        Choice(("constant",))


def test_matrix_method_leaves_large_matrices_and_vectors_to_adamw(spaces):
    shapes = {"W": (64, 10), "E": (1427, 16), "c": (10,), "K": (3, 3, 1, 4)}
    optimizer = spaces.build("Muon", {"lr": 0.1, "vector_lr": 0.01}, shapes)
    theta = {name: np.ones(shape) for name, shape in shapes.items()}
    assert set(optimizer.init(theta)["groups"]["0"]["b"]) == {"W"}
    alone = spaces.build("Muon", {"lr": 0.1, "vector_lr": 0.01}, {"w": (30,), "c": ()})
    assert type(alone).__name__ == "AdamW"
    assert_allclose(alone.lr, 0.01)
