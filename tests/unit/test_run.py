"""minimize: rates against theory, divergence, batches."""

import warnings

import numpy as np
import pytest

from adamdoc import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Momentum,
    Nesterov,
    Quadratic,
    Ravine,
    RMSprop,
    Rosenbrock,
    minimize,
)

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
