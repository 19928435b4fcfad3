"""The papers on batches, warm-up, decay and spikes: their formulas, and what is refused."""

import numpy as np
import pytest

from adamdoc import Adam, AdamW, GradientDescent
from adamdoc.models import MLP, LinearRegression, SoftmaxRegression
from adamdoc.papers import kalra2024, malladi2022, mccandlish2018, molybog2023, wang2024
from adamdoc.run import walk
from adamdoc.tuning import EdgeError

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 3)), RNG.integers(0, 4, 40)


def test_noise_scale_is_variance_over_squared_mean():
    model = LinearRegression(3)
    params = {"w": np.ones(3), "c": np.zeros(())}
    y = Y.astype(float)
    errors = X @ params["w"] - y
    gradients = np.column_stack((errors[:, None] * X, errors))
    mean = gradients.mean(axis=0)
    expected = gradients.var(axis=0).sum() / (mean @ mean)
    assert mccandlish2018.noise_scale(model, params, X, y) == pytest.approx(expected)


def test_steps_are_those_of_sgd_on_softmax_regression():
    """With the whole data set in place of a batch, against the model and the optimizer."""
    model, sgd = SoftmaxRegression(3, 4), GradientDescent(lr=0.5)
    params = {name: np.zeros_like(p) for name, p in model.init().items()}
    state, rng = sgd.init(params), np.random.default_rng(3)
    target, steps = model.loss(params, X, Y) * 0.97, 0
    while model.loss(params, X, Y) > target:
        batch = rng.integers(0, len(Y), 8)
        params, state = sgd.update(params, model.grad(params, X[batch], Y[batch]), state)
        steps += 1
    assert steps < 10  # the loss is computed at every step there
    found = mccandlish2018.steps_to_loss((X, Y), [0.5, 1e-9], 8, target, seed=3, limit=50)
    assert found.tolist() == [steps, np.inf]


@pytest.mark.parametrize(("least", "critical"), [(5.0, 3.0), (40.0, 700.0)])
def test_the_fit_finds_the_curve(least, critical):
    sizes = np.array([1, 8, 64, 512])
    fit = mccandlish2018.fit_tradeoff(sizes, least * (1 + critical / sizes))
    assert fit.least_steps == pytest.approx(least, rel=0.01)
    assert fit.critical == pytest.approx(critical, rel=0.01)
    steps = fit.steps(sizes)
    product = (steps / fit.least_steps - 1) * (sizes * steps / fit.least_samples - 1)
    np.testing.assert_allclose(product, 1)


def test_the_root_rule_keeps_the_noise_of_the_steps():
    """In pure noise, the sum of k steps has the variance of one with a batch k times as large."""
    base, k = Adam(lr=0.01, beta1=0.99, beta2=0.9999), 16
    ends = []
    for adam, size, steps in ((base, 1, 4000), (malladi2022.scaled(base, k), k, 4000 // k)):
        noise = np.random.default_rng(1).standard_normal((steps, 3000)) / np.sqrt(size)
        ends.append(walk(adam, noise)[-1].std())
    assert ends[0] == pytest.approx(ends[1], rel=0.1)


def test_wrong_calls():
    with pytest.raises(ValueError, match=r"k must be at most 1 / \(1 - beta1\) = 10, .* got 20"):
        malladi2022.scaled(Adam(), 20)
    with pytest.raises(ValueError, match="batch_sizes must be at least three with finite steps"):
        mccandlish2018.fit_tradeoff([1, 2], [2, 1])
    with pytest.raises(EdgeError, match=r"got a first one that fails from 0\.1 to 1"):
        kalra2024.largest_rate(lambda _: True, [0.1, 1.0])
    with pytest.raises(EdgeError, match=r"got none that fails from 0\.1 to 1"):
        kalra2024.largest_rate(lambda _: False, [0.1, 1.0])
    with pytest.raises(ValueError, match="lr must be"):
        wang2024.time_scale(0.0, 0.1)
    with pytest.raises(ValueError, match="beta1 must be less than 1, got 1"):
        molybog2023.step_in_noise(1.0)


def test_training_fails_by_divergence_and_by_guessing():
    net = MLP((3, 8, 4), "tanh")
    assert not kalra2024.fails(net, X, Y, GradientDescent(lr=0.5), 400)
    assert kalra2024.fails(net, X, Y, GradientDescent(lr=0.0001), 1)
    line = LinearRegression(3)
    assert kalra2024.fails(line, X, Y.astype(float), GradientDescent(lr=1e200), 5)
    assert not kalra2024.fails(line, X, Y.astype(float), GradientDescent(lr=0.1), 5)


def test_adamw_is_an_average():
    gradients, start = RNG.standard_normal((50, 4)), np.ones(4)
    path = walk(AdamW(lr=0.1, weight_decay=0.5), gradients, start)
    updates = -np.diff(walk(Adam(lr=0.1), gradients, start), axis=0, prepend=start[None]) / 0.1
    np.testing.assert_allclose(wang2024.as_average(start, updates, 0.1, 0.5)[1:], path)


def test_a_bad_batch_comes_once():
    model, data = SoftmaxRegression(3, 4), (X, Y)
    still = molybog2023.after_bad_batch(model, data, GradientDescent(lr=1e-12), at=2, after=3)
    np.testing.assert_allclose(still, model.loss(model.init(0), X, Y))
    moved = molybog2023.after_bad_batch(model, data, Adam(lr=0.1), at=2, after=3)
    assert moved[1] > moved[0]


def test_steps_are_measured():
    run = molybog2023.follow_steps(SoftmaxRegression(3, 4), (X, Y), Adam(lr=0.01), steps=1)
    assert 0.009 < run.lengths[0] <= 0.01  # Adam's first step is as long as the rate
    assert run.losses[1] < run.losses[0]
    assert 0 < run.descent[0] <= 1
