"""The models: gradients against SciPy's differences, training on real data."""

import numpy as np
import pytest
from sklearn import linear_model

from adamdoc import LAMB, Adam, GradientDescent, data, load, progress, train
from adamdoc.models import (
    MLP,
    Attention,
    Autoencoder,
    ConvNet,
    Embedding,
    LinearRegression,
    LogisticRegression,
    MatrixFactorization,
    SoftmaxRegression,
    SparseRows,
)
from adamdoc.tasks import TASKS

RNG = np.random.default_rng(0)
X = RNG.standard_normal((7, 4))
#: Pairs of numbers below 3, some of them twice.
PAIRS = np.array([[0, 1], [2, 2], [0, 1], [1, 0], [2, 0], [0, 2], [1, 1]])
CASES = [
    (LinearRegression(4), RNG.standard_normal(7)),
    (LogisticRegression(4), np.array([0, 1, 1, 0, 1, 0, 0])),
    (LogisticRegression(4, l2=0.3), np.array([0, 1, 1, 0, 1, 0, 0])),
    (SoftmaxRegression(4, 3), np.array([0, 1, 2, 0, 1, 2, 2])),
    (MLP((4, 5, 3), "tanh"), np.array([0, 1, 2, 0, 1, 2, 2])),
    (MLP((4, 6, 5, 3), "relu"), np.array([0, 1, 2, 0, 1, 2, 2])),
    (MLP((4, 3)), np.array([0, 1, 2, 0, 1, 2, 2])),
]
MORE = [
    (ConvNet(6, 2, 3), RNG.standard_normal((7, 36)), np.array([0, 1, 2, 0, 1, 2, 2])),
    (Attention(5, 4, width=3), RNG.integers(0, 4, (7, 5)), np.array([0, 1, 2, 3, 1, 2, 2])),
    (Autoencoder((4, 3, 2)), X, np.zeros(7)),
    *(
        case
        for sparse in (True, False)
        for case in (
            (Embedding(2, 5, 3, 2, sparse), PAIRS, np.array([0, 1, 2, 0, 1, 2, 2])),
            (MatrixFactorization((4, 3), 2, sparse), PAIRS, RNG.standard_normal(7)),
        )
    ),
]
ALL = [(model, X, y) for model, y in CASES] + MORE
ALL_IDS = [repr(model) for model, *_ in ALL]
IDS = [repr(model) for model, _ in CASES]


def flat(params):
    return np.concatenate([np.ravel(p) for p in params.values()])


def unflat(vector, like):
    out, k = {}, 0
    for name, p in like.items():
        out[name] = vector[k : k + p.size].reshape(p.shape)
        k += p.size
    return out


def differences(loss, at):
    """Return the gradient of a loss by central differences, extrapolated from two distances."""
    found = []
    for h in (1e-3, 5e-4):
        steps = h * np.eye(len(at))
        found.append(np.array([(loss(at + e) - loss(at - e)) / (2 * h) for e in steps]))
    return (4 * found[1] - found[0]) / 3


def dense(grad):
    return {n: g.dense() if isinstance(g, SparseRows) else g for n, g in grad.items()}


@pytest.mark.parametrize(("model", "x", "y"), ALL, ids=ALL_IDS)
def test_gradient_agrees_with_differences(model, x, y):
    rng = np.random.default_rng(5)
    params = {n: p + 0.3 * rng.standard_normal(p.shape) for n, p in model.init(1).items()}
    loss, grad = model.loss_and_grad(params, x, y)
    whole = dense(grad)
    assert list(whole) == list(params)
    assert all(whole[n].shape == params[n].shape for n in params)
    seen = differences(lambda v: model.loss(unflat(v, params), x, y), flat(params))
    assert np.linalg.norm(flat(whole) - seen) <= 1e-6 * np.linalg.norm(seen)
    np.testing.assert_allclose(flat(whole), seen, rtol=1e-5, atol=1e-7)
    assert loss == model.loss(params, x, y)
    np.testing.assert_equal(whole, dense(model.grad(params, x, y)))


@pytest.mark.parametrize(("model", "x", "y"), ALL, ids=ALL_IDS)
def test_full_gradient_is_the_mean_over_the_samples(model, x, y):
    params = model.init(2)
    whole = flat(dense(model.grad(params, x, y)))
    parts = [flat(dense(model.grad(params, x[[i]], y[[i]]))) for i in range(len(y))]
    np.testing.assert_allclose(np.mean(parts, axis=0), whole, atol=1e-12)


@pytest.mark.parametrize(("model", "x", "y"), ALL, ids=ALL_IDS)
def test_start_is_drawn_with_the_seed(model, x, y):
    np.testing.assert_equal(model.init(3), model.init(3))
    assert np.isfinite(model.loss(model.init(3), x, y))


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_learned(name):
    task = TASKS[name]
    run = task.train(Adam(lr=0.01))
    assert run.diverged_at is None
    assert run.losses[-1] < 0.8 * run.losses[0]
    assert run.test_scores[-1] > run.test_scores[0]


def test_predictions_and_probabilities_agree():
    for model, x, _y in MORE:
        params = model.init(1)
        if model.dims()[1] is None:
            with pytest.raises(TypeError, match="model must be a classifier"):
                model.probabilities(params, x)
            continue
        p = model.probabilities(params, x)
        np.testing.assert_allclose(p.sum(axis=1), 1)
        np.testing.assert_equal(p.argmax(axis=1), model.predict(params, x))


def test_convolution_is_that_of_scipy():
    from scipy.signal import correlate2d

    from adamdoc.models.conv import convolve

    image, kernel = RNG.standard_normal((6, 6)), RNG.standard_normal((3, 3))
    ours = convolve(image[None, ..., None], kernel[..., None, None])[0, ..., 0]
    np.testing.assert_allclose(ours, correlate2d(image, kernel, mode="valid"))


def test_sparse_gradients_step_their_rows_alone():
    model = Embedding(2, 6, 2, width=3)
    x, y = np.array([[0, 1], [1, 3]]), np.array([0, 1])
    run = train(model, (x, y), Adam(lr=0.1), epochs=3, batch_size=1)
    start = model.init(0)["E"]
    np.testing.assert_equal(run.params["E"][[2, 4, 5]], start[[2, 4, 5]])
    assert (run.params["E"][[0, 1, 3]] != start[[0, 1, 3]]).all()
    # Momentum of a word that has occurred moves it in the dense form, not in the sparse one.
    whole = train(
        Embedding(2, 6, 2, width=3, sparse=False), (x, y), Adam(lr=0.1), epochs=3, batch_size=1
    )
    assert (whole.params["E"][0] != run.params["E"][0]).all()


def test_lazy_adam_is_that_of_its_definition():
    """A row sees only its own gradients; the bias correction counts all steps."""
    model = MatrixFactorization((3, 2), rank=2)
    x, y = np.array([[0, 0], [1, 1], [0, 1], [2, 0]]), np.array([1.0, -2.0, 0.5, 3.0])
    run = train(model, (x, y), Adam(lr=0.1), epochs=4, batch_size=1, seed=3)
    params = model.init(3)
    m, v = ({n: np.zeros_like(p) for n, p in params.items()} for _ in range(2))
    rng, t = np.random.default_rng(3), 0
    for _ in range(4):
        for k in rng.permutation(4):
            t += 1
            grad = model.grad(params, x[[k]], y[[k]])
            for name, g in grad.items():
                rows, g = (g.index, g.values) if isinstance(g, SparseRows) else (..., g)
                m[name][rows] = 0.9 * m[name][rows] + 0.1 * g
                v[name][rows] = 0.999 * v[name][rows] + 0.001 * g**2
                step = m[name][rows] / (1 - 0.9**t)
                params[name][rows] -= 0.1 * step / (np.sqrt(v[name][rows] / (1 - 0.999**t)) + 1e-8)
    for name in params:
        np.testing.assert_allclose(run.params[name], params[name], rtol=1e-12)


def test_sparse_gradients_need_an_elementwise_optimizer():
    with pytest.raises(
        TypeError, match=r"optimizer must be elementwise for sparse gradients, .* sparse=False"
    ):
        TASKS["embedding"].train(LAMB(), epochs=1)


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
    monkeypatch.setattr(progress, "LONG", 5)
    monkeypatch.setattr("tqdm.tqdm", lambda steps, **kw: shown.append(kw["total"]) or steps)
    data_ = X, np.ones(7)
    train(LinearRegression(4), data_, Adam(), epochs=4, batch_size=None)
    assert shown == []
    train(LinearRegression(4), data_, Adam(), epochs=3, batch_size=3)
    assert shown == [9]


def test_progress_bar_needs_no_tqdm(monkeypatch):
    monkeypatch.setattr(progress, "LONG", 1)
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


@pytest.mark.parametrize("name", ["moons", "spirals"])
def test_data_sets_in_the_plane_need_no_scikit_learn(monkeypatch, name):
    """Half of the 256 points are of each class, and are where the other's are, turned by 180°."""
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    points = load(name)
    assert (points.features, points.classes, len(points.y), len(points.y_test)) == (2, 2, 192, 64)
    x, y = np.concatenate([points.x, points.x_test]), np.concatenate([points.y, points.y_test])
    assert (y == 0).sum() == 128
    np.testing.assert_allclose(x[y == 0].mean(axis=0), -x[y == 1].mean(axis=0), atol=0.05)
    run = train(MLP((2, 8, 2), "tanh"), points, Adam(lr=0.05), epochs=50)
    assert run.test_scores[-1] > 0.95


@pytest.mark.parametrize(("name", "arguments"), [("load", ("digits",)), ("texts", ())])
def test_data_without_scikit_learn(monkeypatch, name, arguments):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    wanted = rf"{name} needs scikit-learn: pip install 'adamdoc\[data\]'"
    with pytest.raises(ImportError, match=wanted):
        getattr(data, name)(*arguments)
