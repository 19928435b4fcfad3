"""Tuning: what is tried, what is chosen, what is refused."""

import numpy as np
import pytest

from adamdoc.tuning import EDGE, EdgeError, Range, compared, studies, trials, tune

LR = Range(1e-3, 1.0)
BETA = Range(0.0, 0.99, "decay", limits=("low",))


def bowl(setting):
    return 1 + (np.log10(setting["lr"]) + 1.5) ** 2 + (np.log10(1 - setting["beta"]) + 1) ** 2


@pytest.mark.parametrize(
    "axis", [LR, BETA, Range(-1.0, 2.0, "linear"), Range(0.5, 0.9999, "decay")]
)
def test_range_ends(axis):
    np.testing.assert_allclose(axis.at([0, 1]), [axis.low, axis.high], rtol=1e-12, atol=1e-15)
    assert (np.diff(axis.at(np.linspace(0, 1, 50))) > 0).all()


def test_edges_are_not_limits():
    shares = np.array([0, EDGE / 2, 0.5, 1 - EDGE / 2, 1])
    assert LR.edges(shares).tolist() == [True, True, False, True, True]
    assert BETA.edges(shares).tolist() == [False, False, False, True, True]


def test_trials_are_the_same_each_time_and_fill_the_space():
    space = {"lr": LR, "beta": BETA}
    settings = trials(space, 64)
    assert settings == trials(space, 64)
    assert settings != trials(space, 64, seed=1)
    for name, axis in space.items():
        values = np.array([setting[name] for setting in settings])
        counts = np.histogram(values, axis.at(np.linspace(0, 1, 5)))[0]
        assert counts.sum() == 64
        assert counts.min() > 10


def test_the_best_inside_is_chosen():
    tuned = tune(bowl, {"lr": LR, "beta": BETA}, count=200)
    assert tuned.loss == bowl(tuned.setting) == tuned.losses.min()
    assert tuned.setting["lr"] == pytest.approx(10**-1.5, rel=0.5)


@pytest.mark.parametrize(
    ("space", "name", "end"),
    [
        ({"lr": Range(0.1, 1.0), "beta": BETA}, "lr", "low"),
        ({"lr": Range(1e-4, 0.001), "beta": BETA}, "lr", "high"),
        ({"lr": LR, "beta": Range(0.99, 0.9999, "decay")}, "beta", "low"),
    ],
)
def test_a_best_setting_at_an_edge_is_refused(space, name, end):
    with pytest.raises(EdgeError, match=f"got a best {name} of .* at the {end} edge of Range"):
        tune(bowl, space, count=100, tolerance=0.0)


def test_a_limit_is_no_edge():
    tuned = tune(lambda s: s["beta"], {"beta": BETA}, count=20)
    assert tuned.setting == {"beta": 0.0}


def test_an_insensitive_hyperparameter_is_tolerated():
    space = {"lr": LR, "beta": BETA}
    tuned = tune(lambda s: 1 + (np.log10(s["lr"]) + 1.5) ** 2 - 1e-6 * s["beta"], space, 40)
    assert tuned.setting["beta"] < BETA.at(1 - EDGE)


def test_divergence():
    tuned = tune(lambda s: np.nan if s["lr"] > 0.1 else 1 / s["lr"], {"lr": LR}, count=31)
    assert tuned.setting["lr"] == pytest.approx(0.1, rel=0.3)
    assert np.isinf(tuned.losses[-1])
    with pytest.raises(EdgeError, match="space must hold a setting that does not diverge"):
        tune(lambda _setting: np.nan, {"lr": LR})


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Range(1.0, 1.0), ValueError, "low must be less than high, got 1.0 and 1.0"),
        (lambda: Range(0.0, 1.0), ValueError, "low must be greater than 0 on a log scale, got 0"),
        (lambda: Range(0.0, 1.0, "decay"), ValueError, "high must be less than 1 on a decay scale"),
        (lambda: Range(0.1, 1.0, "cube"), ValueError, "scale must be one of 'log', .*, got 'cube'"),
        (lambda: Range(0.1, 1.0, limits=("left",)), ValueError, "limits must be one of 'low', .*"),
        (
            lambda: trials({}, 3),
            TypeError,
            "space must be a mapping of names to Range or Choice, got {}",
        ),
        (lambda: trials({"lr": (0.1, 1)}, 3), TypeError, "space must be a mapping"),
        (lambda: trials({"lr": LR}, 1), ValueError, "count must be .*, got 1"),
        (lambda: tune(bowl, {"lr": LR}, 3, seed=-1), ValueError, "seed must be .*, got -1"),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_batch_finds_what_single_calls_find():
    space = {"lr": LR, "beta": BETA}
    one, all_at_once = (tune(bowl, space, 40), tune(lambda s: bowl(s)[:, 0], space, 40, batch=True))
    assert one.setting == all_at_once.setting
    np.testing.assert_allclose(one.losses, all_at_once.losses, rtol=1e-14)


class Run:
    """A stand-in for a training."""

    def __init__(self, loss, diverged_at=None):
        self.losses, self.diverged_at = np.array([1.0, loss]), diverged_at


def test_studies_judge_at_seeds_that_no_search_has_seen():
    seen = []

    def run(setting, seed):
        seen.append(seed)
        return Run(bowl({**setting, "beta": 0.9}))

    found = studies(run, {"lr": LR}, count=6, searches=5)
    assert [seen.count(seed) for seed in range(100, 105)] == [6] * 5
    assert seen[-5:] == [0, 1, 2, 3, 4]
    assert len({setting["lr"] for setting in found.settings}) == 5
    assert found.losses.max() < 1.2


def test_studies_refuse_an_edge():
    with pytest.raises(EdgeError, match="best lr"):
        studies(lambda setting, _: Run(1 / setting["lr"]), {"lr": LR}, count=30)
    with pytest.raises(EdgeError, match="diverge"):
        studies(lambda *_: Run(1.0, diverged_at=3), {"lr": LR})


def test_compared_needs_five_pairs_that_agree():
    ours = [1.0, 2.0, 3.0, 2.0, 1.0]
    assert compared(ours, [4, 5, 4, 4, 3]) == "lower"
    assert compared(ours, [0, 0, 0, 0, 0]) == "higher"
    assert compared(ours, [4, 5, 2, 4, 3]) == compared(ours, ours) == "neither lower nor higher"
    with pytest.raises(ValueError, match="five or more"):
        compared(ours[:4], ours[:4])
