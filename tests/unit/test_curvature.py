"""Estimates of the Hessian's diagonal: right in the mean, and given where they are wanted."""

import numpy as np
import pytest

from adamdoc import DecoupledDecay, Quadratic, Ravine, Rosenbrock, Sophia, minimize, train
from adamdoc.curvature import estimate_due, gauss_newton_bartlett, hutchinson, of_model
from adamdoc.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3))


def diagonal(grad, theta, h=1e-5):
    """Return the diagonal of a Hessian by differences along the axes."""
    steps = h * np.eye(len(theta))
    return np.array([(grad(theta + e) - grad(theta - e))[k] / (2 * h) for k, e in enumerate(steps)])


def test_hutchinson_has_the_diagonal_as_its_mean():
    theta = np.array([0.5, 1.5])
    valley = Rosenbrock()
    draws = [hutchinson(valley.grad, theta, np.random.default_rng(k)) for k in range(4000)]
    expected = diagonal(valley.grad, theta)
    error = np.std(draws, axis=0) / 4000**0.5
    assert (np.abs(np.mean(draws, axis=0) - expected) < 4 * error + 1e-3).all()


def test_hutchinson_is_exact_for_a_diagonal_hessian():
    bowl = Quadratic([1.0, 5.0, 9.0])
    found = hutchinson(bowl.grad, [1.0, 2.0, 3.0], RNG)
    np.testing.assert_allclose(found, diagonal(bowl.grad, np.ones(3)), rtol=1e-7)


@pytest.mark.parametrize("model", [LogisticRegression(3), SoftmaxRegression(3, 4)])
def test_gauss_newton_bartlett_has_the_diagonal_as_its_mean(model):
    """Of a linear model the matrix of Gauss and Newton is the Hessian, whatever the labels."""
    params = {n: v + 0.3 * RNG.standard_normal(np.shape(v)) for n, v in model.init().items()}
    draws = [gauss_newton_bartlett(model, params, X, np.random.default_rng(k)) for k in range(3000)]
    y = np.zeros(len(X), int)
    for name in params:
        flat = np.ravel(params[name])

        def grad(values, name=name):
            changed = {**params, name: values.reshape(np.shape(params[name]))}
            return np.ravel(model.grad(changed, X, y)[name])

        values = np.array([np.ravel(draw[name]) for draw in draws])
        error = values.std(axis=0) / 3000**0.5
        assert (np.abs(values.mean(axis=0) - diagonal(grad, flat)) < 4.5 * error).all()


def test_probabilities_are_probabilities():
    for model in (LogisticRegression(3), SoftmaxRegression(3, 4), MLP((3, 5, 4))):
        params = {n: v + RNG.standard_normal(np.shape(v)) for n, v in model.init().items()}
        p = model.probabilities(params, X)
        assert (p >= 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)
        np.testing.assert_array_equal(p.argmax(axis=1), model.predict(params, X))
    with pytest.raises(TypeError, match="model must be a classifier"):
        LinearRegression(3).probabilities({}, X)
    with pytest.raises(TypeError, match="model must be a classifier"):
        gauss_newton_bartlett(LinearRegression(3), {}, X, RNG)


def test_a_regression_gets_hutchinsons_estimate():
    model = LinearRegression(3)
    params, y = model.init(), RNG.standard_normal(40)
    draws = [of_model(model, params, X, y, np.random.default_rng(k))["w"] for k in range(2000)]
    error = np.std(draws, axis=0) / 2000**0.5
    assert (np.abs(np.mean(draws, axis=0) - (X**2).mean(axis=0)) < 4 * error + 1e-6).all()


def test_sophia_is_given_estimates():
    assert estimate_due(DecoupledDecay(Sophia(steps=3)), 4)
    assert not estimate_due(DecoupledDecay(Sophia(steps=3)), 5)
    for optimizer in (Sophia(lr=0.05, gamma=1.0), DecoupledDecay(Sophia(lr=0.05, gamma=1.0), 0.0)):
        run = minimize(Ravine(), optimizer, steps=300, record_state=True)
        np.testing.assert_allclose(run.states["h"][1] / 0.01, [2, 20], rtol=1e-4)
        assert run.losses[-1] < 1e-3


def test_sophia_trains_a_classifier():
    y = (X[:, 0] > 0).astype(int)
    run = train(SoftmaxRegression(3, 2), (X, y), Sophia(lr=0.05), epochs=30, batch_size=10)
    assert run.losses[-1] < 0.5 * run.losses[0]


def test_a_batch_of_runs_needs_an_elementwise_optimizer():
    optimizer = DecoupledDecay(Sophia(lr=np.array([[0.1], [0.2]])))
    with pytest.raises(ValueError, match="optimizer must be elementwise to run a batch"):
        minimize(Ravine(), optimizer, steps=3, batch=True)
