"""Line searches: the conditions in their docstring hold for what they find."""

import math

import numpy as np
import pytest

import adamdoc
from adamdoc import (
    LBFGS,
    Backtracking,
    GradientDescent,
    Maximize,
    Momentum,
    StrongWolfe,
    ZoomLineSearch,
    minimize,
)
from adamdoc.equations import evaluate, grammar
from adamdoc.models import MLP
from adamdoc.optimizers import search
from adamdoc.optimizers.base import BLOCK
from adamdoc.optimizers.search import Trial, backtrack, strong_wolfe, zoom

NAMES = {"f": "f", "f_{0}": "f0", "h": "h", "h_{0}": "h0", r"\alpha": "a", "c_{1}": "c1"}
SCOPE = grammar.Scope({**NAMES, "c_{2}": "c2"})
#: The two conditions, as trees: what must not be positive.
CONDITIONS = [
    grammar.parse(f"{left} - ({right})", SCOPE)
    for line in BLOCK.search(search.__doc__)[1].split(r"\\")
    for left, right in [line.split(r"&\le")]
]

#: Losses along a step: short, long, bent, wavy and flat ones, with their slopes.
LINES = {
    "short": lambda a: ((1 - a) ** 2, -2 * (1 - a)),
    "long": lambda a: ((30 - a) ** 2, -2 * (30 - a)),
    "narrow": lambda a: ((0.01 - a) ** 2, -2 * (0.01 - a)),
    "bent": lambda a: (math.exp(-a) + a**4, -math.exp(-a) + 4 * a**3),
    "wavy": lambda a: (math.sin(3 * a + 2) + a**2 / 9, 3 * math.cos(3 * a + 2) + 2 * a / 9),
    "steep": lambda a: (-a / (a**2 + 2), (a**2 - 2) / (a**2 + 2) ** 2),
}


def excess(line, length, c1, c2):
    """Return by how much the length misses each condition; at most 0 if it meets it."""
    (f, h), (f0, h0) = line(length), line(0.0)
    values = {"f": f, "h": h, "f0": f0, "h0": h0, "a": length, "c1": c1, "c2": c2}
    return [evaluate.value_of(condition, values) for condition in CONDITIONS]


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize(("c1", "c2"), [(1e-4, 0.9), (0.1, 0.2), (1e-4, 0.01)])
@pytest.mark.parametrize("search", [strong_wolfe, zoom])
def test_a_search_meets_both_conditions(search, line, c1, c2):
    length = search(line, Trial(0.0, *line(0.0)), c1, c2, 40)
    assert length > 0
    assert max(excess(line, length, c1, c2)) <= 0


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize("first", [1.0, 100.0])
def test_backtracking_stops_at_the_first_length_that_is_low_enough(line, first):
    times = backtrack(lambda a: line(a)[0], Trial(0.0, *line(0.0)), first, 0.7, 1e-2, 60)
    assert excess(line, first * 0.7**times, 1e-2, 0.9)[0] <= 0
    assert times == 0 or excess(line, first * 0.7 ** (times - 1), 1e-2, 0.9)[0] > 0


def test_a_search_in_vain_ends():
    up = Trial(0.0, 0.0, -1.0)  # a slope that the loss does not have
    assert backtrack(lambda a: a, up, 1.0, 0.5, 1e-4, 7) == 7
    assert backtrack(lambda _: math.nan, up, 1.0, 0.5, 1e-4, 7) == math.inf
    assert strong_wolfe(lambda a: (a, 1.0), up, 1e-4, 0.9, 5) == 0
    assert strong_wolfe(lambda a: (-a, -1.0), up, 1e-4, 0.9, 3) == 1000  # a line without end
    assert zoom(lambda a: (-a, -1.0), up, 1e-4, 0.9, 3) == 4
    assert zoom(lambda _: (math.nan, math.nan), up, 1e-4, 0.9, 3) == 0


def test_zooming_takes_a_length_whose_decrease_is_lost_in_rounding():
    def line(a):
        return (1.0, -2e-20 * (1 - a))  # the decrease is 1e-20

    assert zoom(line, Trial(0.0, *line(0.0)), 1e-4, 0.9, 20) == 1
    assert zoom(line, Trial(0.0, *line(0.0)), 1e-4, 0.9, 20, slack=-1.0) < 1e-5


def test_zooming_settles_for_the_lowest_loss_with_a_sufficient_decrease():
    line = LINES["bent"]
    start = Trial(0.0, *line(0.0))
    few = [zoom(line, start, 1e-4, 0.0, tries) for tries in range(2, 8)]
    losses = [line(length)[0] for length in few]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] < start.loss


@pytest.mark.parametrize("wrapper", [StrongWolfe, ZoomLineSearch, Backtracking])
def test_every_step_lowers_the_loss(wrapper):
    for inner in (LBFGS(), GradientDescent(lr=100.0)):
        run = minimize(adamdoc.Rosenbrock(), wrapper(inner, tries=60), steps=25)
        assert (np.diff(run.losses) < 0).all()


def test_a_step_uphill_is_not_taken():
    run = minimize(adamdoc.Ravine(), StrongWolfe(Maximize(GradientDescent())), steps=3)
    np.testing.assert_array_equal(run.path, np.broadcast_to(run.path[0], run.path.shape))


def test_the_loss_must_be_given_as_a_function():
    optimizer, theta = StrongWolfe(LBFGS()), np.ones(2)
    state = optimizer.init(theta)
    with pytest.raises(TypeError, match="loss must be a number, because StrongWolfe searches"):
        optimizer.update(theta, theta, state)
    with pytest.raises(TypeError, match=r"objective must be a function .*objective=\.\.\.\)"):
        optimizer.update(theta, theta, state, loss=1.0, gradient=np.copy)


def test_a_search_around_momentum_passes_on_what_it_gets():
    inner = StrongWolfe(Momentum(lr=0.1))
    run = minimize(adamdoc.Ravine(), Backtracking(inner, growth=1.0), steps=5)
    assert run.losses[-1] < run.losses[0]


def test_lbfgs_ends_at_the_minimum_of_a_quadratic_after_as_many_steps_as_dimensions():
    curvatures = np.array([1.0, 4.0, 9.0, 25.0])
    functions = lambda x: 0.5 * (curvatures * x**2).sum(), lambda x: curvatures * x
    exact = StrongWolfe(LBFGS(), c2=1e-9, tries=60)  # an exact line search
    run = minimize(functions, exact, start=np.ones(4), steps=5)
    assert run.losses[4] < 1e-12 * run.losses[0]


def test_a_model_is_trained_on_all_samples_at_once():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 3))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    trained = adamdoc.train(MLP((3, 8, 2)), (x, y), StrongWolfe(LBFGS()), 40, batch_size=None)
    assert (np.diff(trained.losses) <= 0).all()
    assert trained.losses[-1] < 0.05 * trained.losses[0]
