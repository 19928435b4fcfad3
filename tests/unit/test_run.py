"""minimize: rates against theory, divergence, batches, long and continued runs."""

import json
import tracemalloc
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from adamdoc import (
    LAMB,
    SAM,
    SOAP,
    AdaGrad,
    Adam,
    Cautious,
    ClipByNorm,
    ClipByValue,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    Groups,
    HeavyBall,
    Lion,
    Lookahead,
    Maximize,
    Momentum,
    Muon,
    Nesterov,
    Quadratic,
    Ravine,
    RMSprop,
    Rosenbrock,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Shampoo,
    Sophia,
    batches,
    minimize,
)
from adamdoc.dialects import ALL
from adamdoc.problems import Problem, surfaces

CLASSES = (GradientDescent, Momentum, HeavyBall, Nesterov, AdaGrad, RMSprop, Adam)


def rate(run, first, last):
    """Return the mean factor by which the distance to the origin shrinks in a step."""
    size = np.linalg.norm(run.path, axis=-1)
    return (size[last] / size[first]) ** (1 / (last - first))


@pytest.mark.parametrize("kappa", [3, 10, 100])
def test_gradient_descent_converges_at_its_rate(kappa):
    run = minimize(Quadratic([1, kappa]), GradientDescent(2 / (1 + kappa)), [1.0, 1.0], 60)
    assert rate(run, 10, 60) == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-9)


@pytest.mark.parametrize("kappa", [10, 100])
def test_heavy_ball_converges_at_its_rate(kappa):
    """With complex roots the envelope shrinks by the root of the momentum in each step."""
    root = np.sqrt(kappa)
    mu = ((root - 1) / (root + 1)) ** 2 + 0.05  # a little more: no double root
    run = minimize(Quadratic([1, kappa]), HeavyBall(4 / (root + 1) ** 2, mu), [1.0, 1.0], 400)
    assert rate(run, 100, 300) == pytest.approx(np.sqrt(mu), rel=0.01)


@pytest.mark.parametrize("mu", [0.0, 0.5, 0.9])
def test_limits_of_stability(mu):
    limit = 2 * (1 + mu) / 20
    inside = minimize(Ravine(), HeavyBall(0.99 * limit, mu), steps=4000)
    outside = minimize(Ravine(), HeavyBall(1.01 * limit, mu), steps=40_000)
    assert inside.losses[-1] < 1e-10
    assert outside.diverged_at is not None


def test_gradient_descent_falls_steadily_below_the_limit_only():
    for lr, steady in ((0.0999, True), (0.1001, False)):
        run = minimize(Ravine(), GradientDescent(lr), [0.0, 1.5], steps=50)
        assert bool((np.diff(run.losses) < 0).all()) is steady


def test_noise_floor_is_the_one_of_theory():
    lr, sigma, curvature = 0.1, 2.0, 5.0
    many = Quadratic([curvature] * 100)  # each coordinate has noise of its own
    run = minimize(many, GradientDescent(lr), steps=3_000, noise=sigma)
    variance = lr * sigma**2 / (curvature * (2 - lr * curvature))
    assert run.path[1000:].var() == pytest.approx(variance, rel=0.02)


@pytest.mark.parametrize("cls", CLASSES)
def test_all_reach_the_minimum_of_a_bowl(cls):
    start = minimize(Quadratic([1, 4]), cls(lr=0.1), steps=0).losses[0]
    run = minimize(Quadratic([1, 4]), cls(lr=0.1), steps=2000)
    assert run.losses[-1] < 1e-2 * start
    assert run.diverged_at is None


def test_contents_of_a_run():
    run = minimize(Rosenbrock(), Adam(lr=0.01), steps=7, record_state=True)
    assert run.path.shape == (8, 2)
    assert run.losses.shape == run.grad_norms.shape == (8,)
    np.testing.assert_array_equal(run.path[0], Rosenbrock().start)
    np.testing.assert_allclose(run.losses, Rosenbrock().loss(run.path))
    norms = np.linalg.norm(Rosenbrock().grad(run.path), axis=-1)
    np.testing.assert_allclose(run.grad_norms, norms)
    assert {name: entry.shape for name, entry in run.states.items()} == {
        "t": (8,),
        "m": (8, 2),
        "v": (8, 2),
    }
    np.testing.assert_array_equal(run.states["t"], np.arange(8))
    assert minimize(Rosenbrock(), Adam(), steps=1).states == {}
    assert minimize(Rosenbrock(), Adam(), steps=0).path.shape == (1, 2)


def test_steps_to():
    run = minimize(Ravine(), GradientDescent(0.05), steps=100)
    k = run.steps_to(1.0)
    assert run.losses[k] <= 1.0 < run.losses[k - 1]
    assert run.steps_to(1e9) == 0
    assert run.steps_to(-1.0) is None
    batch = minimize(Ravine(), GradientDescent(np.array([[0.05], [1e-6]])), steps=100, batch=True)
    assert batch.steps_to(1.0).tolist() == [k, -1]


def test_divergence_is_reported_and_no_warning_escapes():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = minimize(Ravine(), GradientDescent(0.2), steps=550)
    assert run.diverged_at == 322
    assert len(run.path) == len(run.losses) == len(run.grad_norms) == 322
    assert np.isfinite(run.path).all()
    assert np.isfinite(run.losses).all()
    assert repr(run) == "Run(GradientDescent(lr=0.2), diverged at step 322)"


def test_bound():
    run = minimize(Ravine(), GradientDescent(0.2), steps=550, bound=1e6)
    free = minimize(Ravine(), GradientDescent(0.2), steps=550)
    assert run.diverged_at == int(np.argmax(free.losses > 1e6))


def test_nan_in_the_loss_is_divergence():
    def loss(p):
        return np.sqrt(p[..., 0])

    run = minimize((loss, lambda p: np.ones_like(p)), GradientDescent(0.4), [1.0], steps=9)
    assert run.diverged_at == 3  # 1, 0.6, 0.2, then the root of -0.2
    assert len(run.path) == 3


def test_batch_with_some_runs_that_diverge():
    rates = np.array([0.05, 0.2, 0.09, 0.15])
    batch = minimize(Ravine(), GradientDescent(rates[:, None]), steps=700, batch=True)
    alone = [minimize(Ravine(), GradientDescent(lr), steps=700) for lr in rates]
    assert batch.diverged_at.tolist() == [
        -1 if r.diverged_at is None else r.diverged_at for r in alone
    ]
    for i, run in enumerate(alone):
        np.testing.assert_array_equal(batch.path[: len(run.path), i], run.path)
        assert np.isnan(batch.path[len(run.path) :, i]).all()
        assert np.isnan(batch.losses[len(run.path) :, i]).all()
    assert repr(batch).endswith("4 runs, 2 diverged)")


@pytest.mark.parametrize("bound", [np.inf, 1e3])
def test_batch_of_which_all_diverge_stops(bound):
    rates = np.array([[0.2], [0.3]])
    batch = minimize(Ravine(), GradientDescent(rates), steps=5000, batch=True, bound=bound)
    assert len(batch.path) == batch.diverged_at.max() < 400


def test_run_that_comes_back_within_the_bound_stays_diverged():
    pair = (lambda p: (p**2).sum(-1), lambda p: np.where(p < 3, -3.0, 2.5))
    starts = [[1.2], [3.9]]
    batch = minimize(pair, GradientDescent(1.0), starts, steps=9, batch=True, bound=17.0)
    assert batch.diverged_at.tolist() == [1, 2]  # 4.2 squared, then 4.4 squared
    assert len(batch.path) == 2


@pytest.mark.parametrize("cls", CLASSES)
def test_starts_and_hyperparameters_broadcast_like_a_loop(cls):
    starts = np.array([[1.0, 2.0], [-1.0, 0.5], [0.3, -1.2]])
    rates = np.geomspace(1e-3, 1e-2, 4)
    optimizer = cls(lr=rates[:, None, None])
    batch = minimize(Rosenbrock(), optimizer, starts, steps=20, batch=True, noise=0.5)
    assert batch.path.shape == (21, 4, 3, 2)
    for i, lr in enumerate(rates):
        for j, start in enumerate(starts):
            run = minimize(Rosenbrock(), cls(lr=lr), start=start, steps=20, noise=0.5)
            k = len(run.path)  # shorter where the run diverged
            np.testing.assert_allclose(batch.path[:k, i, j], run.path, rtol=1e-12)
            np.testing.assert_allclose(batch.losses[:k, i, j], run.losses, rtol=1e-10)
            assert batch.diverged_at[i, j] == (-1 if run.diverged_at is None else run.diverged_at)


def test_schedule_of_arrays_broadcasts():
    rates = np.array([0.01, 0.05])
    batch = minimize(Ravine(), GradientDescent(lambda t: rates[:, None] / t), steps=5, batch=True)
    for i, lr in enumerate(rates):
        run = minimize(Ravine(), GradientDescent(lambda t, lr=lr: lr / t), steps=5)
        np.testing.assert_array_equal(batch.path[:, i], run.path)


def test_bare_functions():
    pair = (lambda p: p[..., 0] ** 2 + 10 * p[..., 1] ** 2, lambda p: p * [2.0, 20.0])
    run = minimize(pair, Adam(lr=0.1), start=[1.5, 1.5], steps=30)
    np.testing.assert_allclose(run.path, minimize(Ravine(), Adam(lr=0.1), steps=30).path)


def test_float32_and_integer_starts():
    single = minimize(Ravine(), Adam(lr=0.1), np.array([1.5, 1.5], np.float32), steps=5)
    assert single.path.dtype == single.losses.dtype == np.float32
    whole = minimize(Ravine(), Adam(lr=0.1), [1, 2], steps=5)
    np.testing.assert_array_equal(whole.path, minimize(Ravine(), Adam(lr=0.1), [1.0, 2.0], 5).path)


def test_noise_has_a_seed_and_its_spread():
    one = minimize(Ravine(), GradientDescent(0.01), steps=50, noise=1.0, seed=1)
    same = minimize(Ravine(), GradientDescent(0.01), steps=50, noise=1.0, seed=1)
    other = minimize(Ravine(), GradientDescent(0.01), steps=50, noise=1.0, seed=2)
    np.testing.assert_array_equal(one.path, same.path)
    assert (one.path[1:] != other.path[1:]).all()
    flat = (lambda p: np.zeros(p.shape[:-1]), np.zeros_like)
    walk = minimize(flat, GradientDescent(1.0), start=np.zeros(1000), steps=50, noise=3.0)
    assert np.diff(walk.path, axis=0).std() == pytest.approx(3, rel=0.02)


def test_start_is_not_modified():
    start = np.array([1.0, 2.0])
    start.flags.writeable = False
    minimize(Ravine(), Adam(lr=0.1), start, steps=3)
    assert start.tolist() == [1.0, 2.0]


BOWL = (lambda p: (p**2).sum(), lambda p: 2 * p)


@pytest.mark.parametrize("optimizer", [Muon(lr=0.1), SOAP(lr=0.1), Shampoo(lr=0.1), Adam(lr=0.1)])
def test_a_matrix_is_one_parameter_array(optimizer):
    target = np.arange(6.0).reshape(3, 2)
    functions = (lambda p: ((p - target) ** 2).sum(), lambda p: 2 * (p - target))
    theta = np.ones((3, 2))
    run = minimize(functions, optimizer, theta, steps=20)
    state, path = optimizer.init(theta), [theta]
    for _ in range(20):
        theta, state = optimizer.update(theta, functions[1](theta), state)
        path.append(theta)
    np.testing.assert_array_equal(run.path, path)
    np.testing.assert_array_equal(run.losses, [functions[0](p) for p in path])
    np.testing.assert_allclose(run.grad_norms, [np.linalg.norm(2 * (p - target)) for p in path])
    assert run.losses[-1] < run.losses[0]


@pytest.mark.parametrize("shape", [(), (1,), (2, 3, 2)])
def test_a_start_of_any_shape(shape):
    run = minimize(BOWL, Adam(lr=0.1), np.ones(shape), steps=4)
    assert run.path.shape == (5, *shape)
    assert run.losses.shape == (5,)
    flat = minimize(BOWL, Adam(lr=0.1), np.ones(shape).ravel(), steps=4)
    np.testing.assert_allclose(run.path.reshape(5, -1), flat.path)
    noisy = minimize(BOWL, Adam(lr=0.1), np.ones(shape), steps=4, noise=1.0)
    flat = minimize(BOWL, Adam(lr=0.1), np.ones(shape).ravel(), steps=4, noise=1.0)
    np.testing.assert_allclose(noisy.path.reshape(5, -1), flat.path)


def test_a_rate_for_each_coordinate():
    run = minimize(Ravine(), GradientDescent(np.array([0.5, 0.05])), steps=1)
    assert run.path[-1].tolist() == [0, 0]  # each at one over its curvature
    run = minimize(BOWL, GradientDescent(np.array([[0.5], [0.25]])), np.ones((2, 3)), steps=1)
    assert run.path[-1].tolist() == [[0, 0, 0], [0.5, 0.5, 0.5]]


@pytest.mark.parametrize(
    ("problem", "optimizer", "start"),
    [
        (Ravine(), Adam(), np.ones((5, 2))),
        (Ravine(), Adam(lr=np.full((5, 1), 0.1)), None),
        (Ravine(), DecoupledDecay(Adam(lr=np.full((5, 1), 0.1))), None),
        (Ravine(), Adam(lr=lambda t: np.full((5, 1), 0.1 / t)), None),
        ((lambda p: (p**2).sum(-1), lambda p: 2 * p), Adam(), np.ones((5, 2))),
        ((lambda p: (p**2).sum(-1), lambda p: 2 * p), Adam(np.full((3, 1), 0.1)), [1.0, 2.0]),
    ],
)
def test_a_batch_says_that_it_is_one(problem, optimizer, start):
    with pytest.raises(ValueError, match="pass batch=True"):
        minimize(problem, optimizer, start, steps=1)


def test_arguments_of_a_batch():
    with pytest.raises(ValueError, match=r"start must have leading axes, or hyperparameters shape"):
        minimize(Ravine(), Adam(), batch=True)
    with pytest.raises(ValueError, match=r"hyperparameters must broadcast against start: use shap"):
        minimize(Ravine(), Adam(lr=[0.1, 0.2, 0.3]), batch=True)
    with pytest.raises(ValueError, match=r"start must have the shape .*, \(2,\), got \(5, 3\)$"):
        minimize(Ravine(), Adam(), np.ones((5, 3)), batch=True)
    with pytest.raises(TypeError, match="batch must be True or False, got 5"):
        minimize(Ravine(), Adam(), np.ones((5, 2)), batch=5)
    with pytest.raises(TypeError, match=r"start must be one parameter array, .* adamdoc\.train"):
        minimize(BOWL, Adam(), {"w": np.ones(2)})


class Indexed(Ravine):
    """A surface of one's own, whose gradient takes the first axis for the coordinates."""

    def grad(self, theta):
        return np.array([2 * theta[0], 20 * theta[1]])


CURVATURES = np.array([1.0, 3.0])
RIGHT = {"loss": lambda p: (p**2).sum(-1), "grad": lambda p: 2 * p}
WRONG_LOSSES = {
    "first axis": lambda p: p[0] ** 2 + 100 * p[1] ** 2,
    "product": lambda p: p @ CURVATURES + CURVATURES @ p,
    "mean by the size": lambda p: (p**2).sum(-1) / p.size,
}
WRONG_GRADIENTS = {
    "first axis": lambda p: np.array([2 * p[0], 200 * p[1]]),
    "product": lambda p: np.diag(CURVATURES) @ p,
    "transposed": lambda p: (CURVATURES * p.T).T,
    "norm of all": lambda p: p / np.linalg.norm(p),
    "clipped by all": lambda p: p * np.abs(p).max(),
}


@pytest.mark.parametrize("start", [np.ones((2, 2)), np.zeros((2, 2)), [[1e5, 1e-5], [0.0, 3.0]]])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("loss", f) for f in WRONG_LOSSES.values()),
        *(("grad", f) for f in WRONG_GRADIENTS.values()),
    ],
    ids=[
        *(f"loss, {name}" for name in WRONG_LOSSES),
        *(f"grad, {name}" for name in WRONG_GRADIENTS),
    ],
)
def test_a_function_that_is_wrong_on_a_batch_is_found(name, wrong, start):
    functions = RIGHT | {name: wrong}
    pair = functions["loss"], functions["grad"]
    with pytest.raises(ValueError, match=rf"^{name} must give each .* write p\[\.\.\., 0\]\*\*2"):
        minimize(pair, GradientDescent(0.01), start, steps=3, batch=True)
    minimize((RIGHT["loss"], RIGHT["grad"]), GradientDescent(0.01), start, steps=3, batch=True)


@pytest.mark.parametrize("runs", [1, 3, 7])
def test_a_function_is_found_wrong_whatever_the_number_of_runs(runs):
    start = np.ones((runs, 2))
    for wrong, right in ((lambda p: 1 / p.size, runs == 1), (len, False)):
        pair = (lambda p, wrong=wrong: (p**2).sum(-1) * wrong(p), RIGHT["grad"])
        if right:
            minimize(pair, GradientDescent(0.01), start, steps=3, batch=True)
            continue
        with pytest.raises(ValueError, match="loss must give each run of a batch the value it has"):
            minimize(pair, GradientDescent(0.01), start, steps=3, batch=True)
    pair = (lambda p: p[0] ** 2 + 100 * p[1] ** 2, RIGHT["grad"])
    with pytest.raises((ValueError, IndexError)) as caught:
        minimize(pair, GradientDescent(0.01), start, steps=3, batch=True)
    notes = getattr(caught.value, "__notes__", [])
    assert "write p[..., 0]**2 + 100*p[..., 1]**2" in "".join([str(caught.value), *notes])


def test_problems_of_ones_own_are_checked_too():
    with pytest.raises(ValueError, match="grad must give each run of a batch the value it has"):
        minimize(Indexed(), GradientDescent(0.01), np.ones((2, 2)), steps=3, batch=True)
    alone = minimize(Indexed(), GradientDescent(0.01), [1.0, 2.0], steps=3)
    np.testing.assert_array_equal(
        alone.path, minimize(Ravine(), GradientDescent(0.01), [1.0, 2.0], steps=3).path
    )


@pytest.mark.parametrize("surface", [s for s in surfaces().values() if s is not Problem])
def test_the_surfaces_of_the_package_are_right_on_a_batch(surface):
    problem = surface()
    for shape in ((problem.dim,), (5,), (2, 3)):
        theta = np.broadcast_to(problem.start, (*shape, problem.dim))
        batches.check({"loss": problem.loss, "grad": problem.grad}, theta)


def test_functions_that_are_right_are_not_refused():
    noise = np.random.default_rng(0)
    data = noise.normal(size=(50, 3))
    own = np.arange(1.0, 10.0).reshape(3, 3)  # a bowl of its own for each run
    for loss in (
        lambda p: (p**2).sum(-1) + noise.normal(),  # not deterministic, so not judged
        lambda p: p[:, 0] ** 2 + p[:, 1] ** 2,  # needs a leading axis
        lambda p: (own * p**2).sum(-1),
        lambda p: np.log1p(np.exp(p @ data.T)).mean(-1),
        lambda p: np.sqrt(p).sum(-1),  # nan beside its start at zero
        lambda p: (p.astype(np.float32) ** 2).sum(-1),
    ):
        start = np.zeros((3, 3))
        assert minimize((loss, np.zeros_like), Adam(), start, steps=1, batch=True).ended == "steps"


def test_callback_sees_each_step_and_ends_the_run():
    seen = []

    def callback(t, point, loss):
        seen.append((t, point, loss))
        point += 1e9  # a copy: nothing happens
        return loss < 1.0

    free = minimize(Ravine(), Adam(lr=0.1), steps=200)
    run = minimize(Ravine(), Adam(lr=0.1), steps=200, callback=callback)
    end = free.steps_to(1.0)
    assert run.ended == "callback"
    assert repr(run).endswith(f"{end} steps, loss {free.losses[end]:.3g}, ended by callback)")
    np.testing.assert_array_equal(run.path, free.path[: end + 1])
    assert [t for t, _, _ in seen] == list(range(1, end + 1))
    np.testing.assert_allclose([p - 1e9 for _, p, _ in seen], free.path[1 : end + 1], atol=1e-6)
    assert [loss for _, _, loss in seen] == free.losses[1 : end + 1].tolist()
    assert minimize(Ravine(), Adam(lr=0.1), steps=3, callback=lambda *_: None).ended == "steps"
    with pytest.raises(TypeError, match=r"callback must return True .*, got 'stop'"):
        minimize(Ravine(), Adam(), steps=3, callback=lambda *_: "stop")
    with pytest.raises(TypeError, match=r"callback must be a function \(t, point, loss\), got 3"):
        minimize(Ravine(), Adam(), callback=3)


def test_callback_of_a_batch():
    rates = np.array([[0.05], [0.09]])
    run = minimize(
        Ravine(),
        GradientDescent(rates),
        steps=100,
        batch=True,
        callback=lambda _, point, loss: point.shape == (2, 2) and (loss < 1.0).all(),
    )
    assert run.ended == "callback"
    assert (run.losses[-1] < 1).all()
    assert not (run.losses[-2] < 1).all()


def test_tolerance():
    free = minimize(Ravine(), GradientDescent(0.05), steps=200)
    run = minimize(Ravine(), GradientDescent(0.05), steps=200, tolerance=1e-3)
    end = int(np.argmax(free.grad_norms <= 1e-3))
    assert (run.ended, run.steps[-1]) == ("tolerance", end)
    np.testing.assert_array_equal(run.path, free.path[: end + 1])
    assert len(minimize(Ravine(), Adam(), [0.0, 0.0], tolerance=0.0).path) == 1
    assert len(minimize(Ravine(), Adam(), [0.0, 0.0], steps=5).path) == 6  # not by default
    with pytest.raises(ValueError, match="tolerance must be finite and at least 0, got -1"):
        minimize(Ravine(), Adam(), tolerance=-1)


def test_tolerance_of_a_batch_waits_for_all_that_have_not_diverged():
    rates = np.array([[0.05], [0.09], [0.2]])
    limits = {"steps": 1000, "tolerance": 1e-3, "bound": 1e6}
    run = minimize(Ravine(), GradientDescent(rates), batch=True, **limits)
    alone = [minimize(Ravine(), GradientDescent(lr), **limits) for lr in rates.flat]
    assert run.diverged_at.tolist() == [-1, -1, alone[2].diverged_at]
    assert alone[2].ended == "diverged"
    assert run.ended == "tolerance"
    assert run.steps[-1] == max(alone[0].steps[-1], alone[1].steps[-1])


@pytest.mark.parametrize("every", [1, 3, 10, 100])
def test_thinning_keeps_the_first_and_the_last(every):
    full = minimize(Rosenbrock(), Adam(lr=0.01), steps=20, noise=0.1, record_state=True)
    thin = minimize(
        Rosenbrock(), Adam(lr=0.01), steps=20, noise=0.1, every=every, record_state=True
    )
    kept = sorted({*range(0, 21, every), 20})
    assert thin.steps.tolist() == kept
    np.testing.assert_array_equal(thin.path, full.path[kept])
    np.testing.assert_array_equal(thin.losses, full.losses[kept])
    np.testing.assert_array_equal(thin.grad_norms, full.grad_norms[kept])
    np.testing.assert_array_equal(thin.states["v"], full.states["v"][kept])


def test_thinning_keeps_the_last_point_before_divergence():
    run = minimize(Ravine(), GradientDescent(0.2), steps=550, every=100)
    assert run.steps.tolist() == [0, 100, 200, 300, 321]
    assert run.diverged_at == 322
    np.testing.assert_array_equal(run.theta, run.path[-1])
    rates = np.array([[0.2], [0.3], [0.05]])
    batch = minimize(Ravine(), GradientDescent(rates), steps=550, every=100, batch=True)
    assert batch.steps.tolist() == [0, 100, 200, 300, 400, 500, 550]
    assert np.isnan(batch.losses[-1]).tolist() == [True, True, False]
    batch = minimize(Ravine(), GradientDescent(rates[:2]), steps=550, every=100, batch=True)
    assert batch.steps.tolist() == [0, 100, 200, 300, 321]


def test_steps_to_counts_steps_not_entries():
    full = minimize(Ravine(), Adam(lr=0.1), steps=200).steps_to(1.0)
    thin = minimize(Ravine(), Adam(lr=0.1), steps=200, every=7).steps_to(1.0)
    assert thin == full + -full % 7
    rates = np.array([[0.1], [1e-6]])
    batch = minimize(Ravine(), Adam(lr=rates), steps=200, every=7, batch=True)
    assert batch.steps_to(1.0).tolist() == [thin, -1]
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        minimize(Ravine(), Adam(), every=0)


@pytest.mark.parametrize("batch", [False, True])
def test_a_run_that_ends_early_takes_little_memory(batch):
    """Of 100,000 steps in 1,000 dimensions, which would take 800 MB."""
    pair = (lambda p: (p**2).sum(-1), lambda p: 2 * p)
    start = np.ones((1, 1000) if batch else 1000)
    for optimizer, callback, entries in (
        (GradientDescent(1e300), None, 1),
        (GradientDescent(0.1), lambda t, *_: t == 200, 201),
    ):
        tracemalloc.start()
        run = minimize(pair, optimizer, start, 100_000, batch=batch, callback=callback)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(run.path) == entries
        assert peak < 1e7
        for array in (run.path, run.losses, run.grad_norms, run.steps):
            assert array.base is None
            assert array.size <= entries * 1000


def test_thinning_saves_memory():
    tracemalloc.start()
    minimize(BOWL, GradientDescent(0.1), np.ones(10_000), 2_000, every=500)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6  # all points: 160 MB


def test_progress_bar_is_for_long_runs_on_a_terminal(monkeypatch):
    shown = []
    monkeypatch.setattr("tqdm.tqdm", lambda steps, **kw: shown.append(kw) or steps)
    minimize(Ravine(), Adam(), steps=100)
    assert shown == []
    minimize(Ravine(), Adam(), steps=3000)
    assert [(kw["total"], kw["disable"]) for kw in shown] == [(3001, None)]


SPECIAL = {
    Lookahead: Lookahead(Adam(lr=0.1), steps=3),
    SAM: SAM(Adam(lr=0.1), radius=0.1),
    Sophia: Sophia(lr=0.1, steps=3),
    Groups: Groups(Adam(lr=0.1)),
}


def from_archive(state, path):
    np.savez(path / "state.npz", **state)
    return np.load(path / "state.npz")


def from_json(state, _):
    return json.loads(json.dumps({name: np.asarray(v).tolist() for name, v in state.items()}))


@pytest.mark.parametrize("saved", [lambda state, _: state, from_archive, from_json])
@pytest.mark.parametrize("cls", ALL)
def test_a_run_continues_as_if_it_had_not_been_interrupted(cls, saved, tmp_path):
    optimizer = SPECIAL.get(cls) or cls()
    start = np.array([[1.5, -0.5], [1.0, 2.0], [-1.0, 0.3]])
    curvatures = np.array([[1.0, 10.0]])
    functions = (lambda p: (curvatures * p**2).sum(), lambda p: 2 * curvatures * p)
    arguments = {"noise": 0.3, "seed": 4, "every": 2, "record_state": True}
    whole = minimize(functions, optimizer, start, 20, **arguments)
    first = minimize(functions, optimizer, start, 8, **arguments)
    state = saved(first.state, tmp_path)
    rest = minimize(functions, optimizer, first.theta, 12, state=state, **arguments)
    assert rest.steps.tolist() == [8, 10, 12, 14, 16, 18, 20]
    for name in ("path", "losses", "grad_norms", "steps"):
        both = np.concatenate([getattr(first, name), getattr(rest, name)[1:]])
        np.testing.assert_array_equal(both, getattr(whole, name), err_msg=name)
    for name, values in whole.states.items():
        np.testing.assert_array_equal(
            np.concatenate([first.states[name], rest.states[name][1:]]), values, err_msg=name
        )
    np.testing.assert_array_equal(rest.theta, whole.theta)
    assert rest.theta.dtype == whole.theta.dtype
    assert rest.state.keys() == whole.state.keys()
    other = minimize(functions, optimizer, first.theta, 12, state=state, noise=0.3, seed=5)
    assert other.grad_norms[-1] != whole.grad_norms[-1]  # the noise matters


def test_a_batch_continues_too():
    optimizer = Adam(lr=np.array([[0.01], [0.1]]))
    arguments = {"batch": True, "noise": 1.0}
    whole = minimize(Ravine(), optimizer, steps=20, **arguments)
    first = minimize(Ravine(), optimizer, steps=8, **arguments)
    rest = minimize(Ravine(), optimizer, first.theta, 12, state=first.state, **arguments)
    np.testing.assert_array_equal(rest.path, whole.path[8:])


def test_without_its_state_a_run_starts_anew():
    whole = minimize(Ravine(), Adam(lr=0.1), steps=40)
    first = minimize(Ravine(), Adam(lr=0.1), steps=20)
    again = minimize(Ravine(), Adam(lr=0.1), first.theta, steps=20)
    assert again.steps.tolist() == list(range(21))
    step = np.abs(again.path[1] - again.path[0])
    np.testing.assert_allclose(step, 0.1, rtol=1e-6)  # as every first step of Adam
    assert not np.allclose(again.path[1], whole.path[21])


def test_a_diverged_run_continues_from_its_last_finite_point():
    run = minimize(Ravine(), HeavyBall(lr=0.3), steps=10, bound=1e4)
    assert run.ended == "diverged"
    np.testing.assert_array_equal(run.theta, run.path[-1])
    assert run.state["t"] == run.diverged_at - 1 == run.steps[-1]
    rest = minimize(Ravine(), HeavyBall(lr=0.01), run.theta, steps=900, state=run.state)
    assert rest.losses[-1] < 1e-6


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        ({"t": 3, "m": np.ones(2)}, ValueError, "state must have the entries t, m, v of Adam"),
        (minimize(Ravine(), Lion()).state, ValueError, "state must have the entries t, m, v of"),
        (
            minimize(Quadratic([1, 2, 3]), Adam(), steps=3).state,
            ValueError,
            r"state\['m'\] must have shape \(2,\), got an array of shape \(3,\)",
        ),
        (3, TypeError, "state must be a dict"),
        ({"t": 2.5, "m": np.ones(2), "v": np.ones(2)}, TypeError, "t'] must be an integer"),
        ({"t": -1, "m": np.ones(2), "v": np.ones(2)}, ValueError, "t'] must be at least 0"),
        ({"t": 1, "m": ["a", "b"], "v": np.ones(2)}, TypeError, "m'] must be an array of real"),
    ],
)
def test_a_state_that_does_not_fit(state, error, message):
    with pytest.raises(error, match=message):
        minimize(Ravine(), Adam(), [1.0, 2.0], state=state)


def test_a_state_needs_the_point_it_belongs_to():
    with pytest.raises(ValueError, match="start is required with a state"):
        minimize(Ravine(), Adam(), state=Adam().init(np.ones(2)))


@pytest.mark.parametrize(
    "optimizer",
    [ScheduleFreeSGD(lr=0.05), ScheduleFreeAdamW(lr=0.05), Lookahead(Adam(lr=0.1), steps=4)],
)
def test_losses_and_path_are_those_of_the_recommended_point(optimizer):
    problem, theta = Ravine(), Ravine().start
    state, points, thetas = optimizer.init(theta), [theta], [theta]
    for _ in range(30):
        theta, state = optimizer.update(theta, problem.grad(theta), state)
        points.append(optimizer.point(theta, state))
        thetas.append(theta)
    run = minimize(problem, optimizer, steps=30)
    np.testing.assert_array_equal(run.path, points)
    np.testing.assert_array_equal(run.losses, problem.loss(np.array(points)))
    np.testing.assert_allclose(
        run.grad_norms, np.linalg.norm(problem.grad(np.array(thetas)), axis=-1)
    )
    np.testing.assert_array_equal(run.theta, theta)
    assert (run.theta != run.path[-1]).any()
    nested = minimize(problem, CoupledDecay(optimizer, 0.0), steps=30)
    np.testing.assert_array_equal(nested.path, points)


def test_a_parameter_that_overflows_beside_the_point_is_divergence():
    optimizer = Lookahead(GradientDescent(1e200), steps=5)
    run = minimize(BOWL, optimizer, [1.0], steps=20)
    assert run.diverged_at == 2  # the slow weights are still at the start
    assert run.path.tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_second_gradient_of_sam_has_the_noise_of_the_first(noise):
    optimizer, theta = SAM(HeavyBall(lr=0.02), radius=0.3), Ravine().start
    run = minimize(Ravine(), optimizer, steps=9, noise=noise, seed=2)
    rng, state = np.random.default_rng(2), optimizer.init(theta)
    for k in range(9):
        draw = noise * rng.standard_normal(2)
        norm = np.linalg.norm(Ravine().grad(theta) + draw)
        assert run.grad_norms[k] == pytest.approx(norm, rel=1e-12)
        theta, state = optimizer.update(
            theta,
            Ravine().grad(theta) + draw,
            state,
            gradient=lambda p, draw=draw: Ravine().grad(p) + draw,
        )
        np.testing.assert_allclose(run.path[k + 1], theta, rtol=1e-12)


@pytest.mark.parametrize(
    "wrapper", [ClipByValue, CoupledDecay, DecoupledDecay, Lookahead, Maximize]
)
def test_elementwise_wrappers_run_batches(wrapper):
    rates = np.array([[1e-3], [1e-2]])
    batch = minimize(Rosenbrock(), wrapper(Adam(lr=rates)), steps=12, batch=True, noise=0.1)
    for k, lr in enumerate(rates[:, 0]):
        alone = minimize(Rosenbrock(), wrapper(Adam(lr=lr)), steps=12, noise=0.1)
        np.testing.assert_allclose(batch.path[:, k], alone.path, rtol=1e-12)


@pytest.mark.parametrize("optimizer", [SAM(), ClipByNorm(), Cautious(), Groups(), Muon(), LAMB()])
def test_a_batch_needs_a_method_that_acts_on_each_coordinate(optimizer):
    with pytest.raises(ValueError, match="optimizer must be elementwise to run a batch"):
        minimize(Ravine(), optimizer, np.ones((3, 2)), batch=True)


@dataclass(frozen=True)
class Normalized(GradientDescent):
    """An own optimizer that takes a norm along some axes."""

    axis: float = -1.0

    def update(self, theta, g, state):
        axis = None if self.axis == 0 else -1
        return GradientDescent(self.lr).update(
            theta, g / np.linalg.norm(g, axis=axis, keepdims=True), state
        )


def test_an_own_optimizer_that_mixes_the_runs_is_found():
    start = np.array([[1.0, 1.0], [2.0, 3.0]])
    run = minimize(Ravine(), Normalized(0.1), start, steps=5, batch=True)
    for k in range(2):
        alone = minimize(Ravine(), Normalized(0.1), start[k], steps=5)
        np.testing.assert_allclose(run.path[:, k], alone.path, rtol=1e-12)
    with pytest.raises(ValueError, match="optimizer must step each run of a batch by itself"):
        minimize(Ravine(), Normalized(0.1, axis=0.0), start, steps=5, batch=True)
