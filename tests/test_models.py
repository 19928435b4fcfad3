"""The models: gradients against SciPy's differences, training on real data."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn import linear_model

from adamdoc import Adam, GradientDescent, data, load, train, training
from adamdoc.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression

RNG = np.random.default_rng(0)
X = RNG.standard_normal((7, 4))
CASES = [
    (LinearRegression(4), RNG.standard_normal(7)),
    (LogisticRegression(4), np.array([0, 1, 1, 0, 1, 0, 0])),
    (LogisticRegression(4, l2=0.3), np.array([0, 1, 1, 0, 1, 0, 0])),
    (SoftmaxRegression(4, 3), np.array([0, 1, 2, 0, 1, 2, 2])),
    (MLP((4, 5, 3), "tanh"), np.array([0, 1, 2, 0, 1, 2, 2])),
    (MLP((4, 6, 5, 3), "relu"), np.array([0, 1, 2, 0, 1, 2, 2])),
    (MLP((4, 3)), np.array([0, 1, 2, 0, 1, 2, 2])),
]
IDS = [repr(model) for model, _ in CASES]


def flat(params):
    return np.concatenate([np.ravel(p) for p in params.values()])


def unflat(vector, like):
    out, k = {}, 0
    for name, p in like.items():
        out[name] = vector[k : k + p.size].reshape(p.shape)
        k += p.size
    return out


@pytest.mark.parametrize(("model", "y"), CASES, ids=IDS)
def test_gradient_agrees_with_finite_differences(model, y):
    params = {n: p + 0.3 * RNG.standard_normal(p.shape) for n, p in model.init(1).items()}
    loss, grad = model.loss_and_grad(params, X, y)
    assert list(grad) == list(params)
    assert all(grad[n].shape == params[n].shape for n in params)
    seen = approx_fprime(flat(params), lambda v: model.loss(unflat(v, params), X, y), 1e-7)
    np.testing.assert_allclose(flat(grad), seen, rtol=1e-4, atol=1e-5)
    assert loss == model.loss(params, X, y)
    np.testing.assert_equal(grad, model.grad(params, X, y))


@pytest.mark.parametrize(("model", "y"), CASES, ids=IDS)
def test_full_gradient_is_the_mean_over_the_samples(model, y):
    params = model.init(2)
    whole = flat(model.grad(params, X, y))
    parts = [flat(model.grad(params, X[[i]], y[[i]])) for i in range(len(y))]
    np.testing.assert_allclose(np.mean(parts, axis=0), whole, atol=1e-12)


@pytest.mark.parametrize(("model", "y"), CASES, ids=IDS)
def test_start_is_drawn_with_the_seed(model, y):
    np.testing.assert_equal(model.init(3), model.init(3))
    assert np.isfinite(model.loss(model.init(3), X, y))


def test_variance_of_the_first_weights():
    for activation, gain in (("relu", 2), ("tanh", 1)):
        w = MLP((400, 300, 2), activation).init(0)["W1"]
        assert w.var() == pytest.approx(gain / 400, rel=0.02)


def test_huge_logits_do_not_overflow():
    x, y = np.array([[1e4], [-1e4]]), np.array([0, 1])
    assert LogisticRegression(1).loss({"w": np.ones(1), "c": np.zeros(())}, x, y) == 1e4
    model = SoftmaxRegression(1, 2)
    params = {"W": np.array([[0.0, 1.0]]), "c": np.zeros(2)}
    loss, grad = model.loss_and_grad(params, x, y)
    assert loss == 1e4
    assert all(np.isfinite(g).all() for g in grad.values())


def test_linear_regression_finds_the_least_squares_solution():
    y = X @ [1.0, -2.0, 0.5, 3.0] + 0.7 + 0.1 * RNG.standard_normal(7)
    run = train(LinearRegression(4), (X, y), GradientDescent(0.2), epochs=5000, batch_size=None)
    best = linear_model.LinearRegression().fit(X, y)
    np.testing.assert_allclose(run.params["w"], best.coef_, rtol=1e-6)
    assert run.params["c"] == pytest.approx(best.intercept_, rel=1e-6)
    assert LinearRegression(4).score(run.params, X, y) == pytest.approx(best.score(X, y))


def test_logistic_regression_finds_the_solution_of_scikit_learn():
    cancer = load("breast_cancer")
    n = len(cancer.y)
    model = LogisticRegression(30, l2=0.1)
    run = train(model, cancer, GradientDescent(0.5), epochs=3000, batch_size=None)
    best = linear_model.LogisticRegression(C=1 / (0.1 * n), tol=1e-10, max_iter=10_000)
    best.fit(cancer.x, cancer.y)
    np.testing.assert_allclose(run.params["w"], best.coef_[0], atol=1e-5)
    assert run.test_scores[-1] == best.score(cancer.x_test, cancer.y_test)


@pytest.mark.parametrize("optimizer", [GradientDescent(0.3), Adam(0.01)])
def test_network_learns_digits(optimizer):
    run = train(MLP((64, 32, 10)), load("digits"), optimizer, epochs=20)
    assert run.test_scores[-1] > 0.95
    assert run.losses[-1] < 0.1 * run.losses[0]
    assert repr(run).startswith(f"Training({optimizer}, 20 epochs, loss 0.")


def test_history_and_batches():
    y = np.arange(7.0)
    run = train(LinearRegression(4), (X, y), GradientDescent(0.01), epochs=3, batch_size=3)
    assert run.step_losses.shape == (9,)  # 3 + 3 + 1 samples in each epoch
    assert run.losses.shape == (4,)
    assert run.test_losses.shape == run.test_scores.shape == (0,)
    assert run.losses[0] == LinearRegression(4).loss(LinearRegression(4).init(), X, y)
    none = train(LinearRegression(4), (X, y), Adam(), epochs=0, batch_size=1)
    assert none.losses.shape == (1,)


def test_every_sample_is_used_once_in_an_epoch():
    """With a gradient that does not depend on the parameters, an epoch adds up to the whole."""
    seen = []

    class Spy(LinearRegression):
        def loss_and_grad(self, params, x, y):
            if len(y) < 7:
                seen.extend(y.tolist())
            return super().loss_and_grad(params, x, y)

    train(Spy(4), (X, np.arange(7.0)), Adam(), epochs=2, batch_size=2)
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))
    assert seen[:7] != seen[7:]


def test_training_has_a_seed():
    digits = load("digits")
    one, same, other = (train(MLP((64, 8, 10)), digits, Adam(), 1, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.step_losses, same.step_losses)
    assert (one.step_losses != other.step_losses).any()


def test_full_batch_is_minimize_in_disguise():
    """Batch gradient descent by hand, on the flat vector of all parameters."""
    model, y = SoftmaxRegression(4, 3), np.array([0, 1, 2, 0, 1, 2, 2])
    run = train(model, (X, y), GradientDescent(0.5), epochs=10, batch_size=None)
    params = model.init()
    for _ in range(10):
        grad = model.grad(params, X, y)
        params = {n: params[n] - 0.5 * grad[n] for n in params}
    for name in params:
        np.testing.assert_allclose(run.params[name], params[name], rtol=1e-12)


def test_divergence_is_reported():
    run = train(LinearRegression(4), (X, np.ones(7)), GradientDescent(1e3), 500, None)
    assert run.diverged_at == len(run.step_losses)
    assert np.isfinite(run.step_losses).all()
    assert f"diverged at step {run.diverged_at}" in repr(run)


def test_divergence_in_the_last_step_is_reported():
    """The loss after the last step counts too."""
    y = np.ones(7)
    full = train(LinearRegression(4), (X, y), GradientDescent(1e3), 500, None)
    short = train(LinearRegression(4), (X, y), GradientDescent(1e3), full.diverged_at, None)
    assert short.diverged_at == full.diverged_at
    assert np.isfinite(short.losses).all()


def test_progress_bar_is_for_long_work_on_a_terminal(monkeypatch):
    shown = []
    monkeypatch.setattr(training, "LONG", 5)
    monkeypatch.setattr("tqdm.tqdm", lambda steps, **kw: shown.append(kw["total"]) or steps)
    data_ = X, np.ones(7)
    train(LinearRegression(4), data_, Adam(), epochs=4, batch_size=None)
    assert shown == []
    train(LinearRegression(4), data_, Adam(), epochs=3, batch_size=3)
    assert shown == [9]


def test_progress_bar_needs_no_tqdm(monkeypatch):
    monkeypatch.setattr(training, "LONG", 1)
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    run = train(LinearRegression(4), (X, np.ones(7)), Adam(), epochs=2, batch_size=None)
    assert len(run.losses) == 3


def test_data_sets():
    digits, cancer = load("digits"), load("breast_cancer")
    assert (digits.features, digits.classes) == (64, 10)
    assert digits.x.min() == 0
    assert digits.x.max() == 1
    assert len(digits.y) + len(digits.y_test) == 1797
    np.testing.assert_allclose(cancer.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(cancer.x.std(axis=0), 1)
    assert len(cancer.y) + len(cancer.y_test) == 569
    np.testing.assert_array_equal(load("digits").y, digits.y)
    assert (load("digits", seed=1).y != digits.y).any()
    assert len(load("digits", test_share=0.5).y_test) == 899


def test_load_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(
        ImportError, match=r"load needs scikit-learn: pip install 'adamdoc\[data\]'"
    ):
        data.load("digits")
