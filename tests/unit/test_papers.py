"""The experiments of papers: what they build and measure is what they say."""

import numpy as np
import pytest

from adamdoc import Adam, GradientDescent, train
from adamdoc.models import Attention, LinearRegression, SoftmaxRegression
from adamdoc.papers.dahl2023 import trained, tuned
from adamdoc.papers.kunstner2023 import train_steps, windows
from adamdoc.papers.kunstner2024 import frequency_groups, group_losses, long_tail
from adamdoc.papers.zhang2024 import (
    ALIKE,
    DIFFERENT,
    BlockAdam,
    block_quadratic,
    block_spectra,
    condition_for_adam,
    js_distance,
    top_spread,
)
from adamdoc.tuning import Range

DATA = windows(60, length=2)
MODEL = SoftmaxRegression(2, 29)


def test_steps_on_all_samples_are_those_of_train():
    params, losses = train_steps(MODEL, DATA, Adam(lr=0.01), steps=7)
    run = train(MODEL, DATA, Adam(lr=0.01), epochs=7, batch_size=None)
    for name, value in run.params.items():
        np.testing.assert_allclose(params[name], value, rtol=1e-9)
    np.testing.assert_allclose(losses, run.losses, rtol=1e-9)


def test_batches_are_random_and_repeatable():
    ends = [train_steps(MODEL, DATA, Adam(), 5, 4, seed)[1] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(ends[0], ends[1])
    assert (ends[0][1:] != ends[2][1:]).all()


def test_divergence_is_an_infinite_loss():
    model = Attention(2, 29, width=2)
    _, losses = train_steps(model, DATA, GradientDescent(lr=1e9), steps=20)
    assert np.isfinite(losses[0])
    assert losses[-1] == np.inf


@pytest.mark.parametrize(("count", "length"), [(10**6, 2), (10, 17)])
def test_windows_that_there_are_not(count, length):
    with pytest.raises(ValueError, match="count must be at most 8510 and length at most 16"):
        windows(count, length)


def test_groups_have_about_as_many_samples_each():
    y = windows(8000, length=1).y
    group = frequency_groups(y, 4)
    counts = np.bincount(y, minlength=len(group))
    assert (np.abs(np.bincount(group, counts) / len(y) - 0.25) < 0.06).all()
    least, most = (np.array([f(counts[group == k]) for k in range(4)]) for f in (np.min, np.max))
    assert (least[:-1] >= most[1:]).all()


def test_group_losses_average_to_the_loss():
    x, y = long_tail(3)
    model = SoftmaxRegression(7, 7)
    params = {n: v + np.arange(v.size).reshape(v.shape) / 9 for n, v in model.init().items()}
    losses = group_losses(model, params, x, y, frequency_groups(y, 3))
    assert losses.mean() == pytest.approx(model.loss(params, x, y))  # groups are equally large


def test_the_spectrum_of_a_linear_model_is_that_of_its_features():
    x = np.random.default_rng(0).standard_normal((50, 3))

    class Column(LinearRegression):
        """Its weights as a matrix, because vectors are left out."""

        def loss_and_grad(self, params, x, y):
            flat = {**params, "w": params["w"][:, 0]}
            loss, grad = super().loss_and_grad(flat, x, y)
            return loss, {**grad, "w": grad["w"][:, None]}

    spectra = block_spectra(Column(3), {"w": np.ones((3, 1)), "c": np.zeros(())}, x, np.ones(50))
    whole = np.linalg.eigvalsh(x.T @ x / 50)
    assert list(spectra) == ["w"]
    assert len(set((spectra["w"] / whole).round(4))) == 1  # up to the factor of the loss


def test_distance_and_spread_by_hand():
    a, b, c = np.array([1.0, 1.0]), np.array([1.0, 1e-4]), np.array([4.0, 1.0])
    # Half of b is elsewhere: the entropy of (3/4, 1/4) less half that of (1/2, 1/2).
    expected = -0.75 * np.log2(0.75) - 0.25 * np.log2(0.25) - 0.5
    assert js_distance({"a": a, "b": b}) == pytest.approx(expected)
    assert top_spread({"a": a, "b": b, "c": c}) == pytest.approx(4 ** (2 / 3))
    for measure in (js_distance, top_spread):
        with pytest.raises(ValueError, match="spectra must be of at least two blocks"):
            measure({"a": a})


@pytest.mark.parametrize("blocks", [DIFFERENT, ALIKE])
def test_quadratics_have_the_eigenvalues_of_their_blocks(blocks):
    hessian, _ = block_quadratic(blocks, seed=3)
    for k, values in enumerate(blocks):
        part = slice(3 * k, 3 * k + 3)
        np.testing.assert_allclose(np.linalg.eigvalsh(hessian[part, part]), sorted(values))
        hessian[part, part] = 0
    assert not hessian.any()


def test_the_condition_for_adam_is_that_of_its_steps():
    """Along an eigenvector of the scaled Hessian, the step without momentum is a multiple."""
    hessian, start = block_quadratic(DIFFERENT, seed=1)
    scaled = hessian / np.abs(hessian @ start)[:, None]
    values = np.linalg.eigvals(scaled).real
    assert condition_for_adam(hessian, start) == pytest.approx(values.max() / values.min())


def test_block_adam_is_adam_for_a_single_number():
    theta = state = None
    for method in (Adam, BlockAdam):
        optimizer, theta = method(lr=0.1), np.ones(1)
        state = optimizer.init(theta)
        ends = []
        for g in (1.0, -0.3, 2.0):
            theta, state = optimizer.update(theta, np.array([g]), state)
            ends.append(theta[0])
        if method is Adam:
            expected = ends
    np.testing.assert_allclose(ends, expected, rtol=1e-12)


def test_data_may_be_drawn_for_each_seed():
    drawn = []

    def data(seed):
        drawn.append(seed)
        return DATA

    setting = {"lr": 0.1}
    runs = [trained(MODEL, which, Adam, setting, 3, 2, batch_size=20) for which in (DATA, data)]
    assert drawn == [3]
    np.testing.assert_array_equal(runs[0].losses, runs[1].losses)


def test_every_method_is_judged_at_the_seeds_of_its_searches():
    spaces = {GradientDescent: {"lr": Range(1e-3, 100)}, Adam: {"lr": Range(1e-4, 30)}}
    found = tuned(MODEL, DATA, 2, spaces, spaces, count=8, batch_size=20)
    assert list(found) == [GradientDescent, Adam]
    for method, result in found.items():
        for seed, (setting, run) in enumerate(zip(result.settings, result.runs, strict=True)):
            again = trained(MODEL, DATA, method, setting, seed, 2, batch_size=20)
            np.testing.assert_array_equal(run.losses, again.losses)
