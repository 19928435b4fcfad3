"""Functions of the user cannot change a run: they get read-only arrays, or copies."""

import functools

import numpy as np
import pytest

from adamdoc import (
    SAM,
    Adam,
    Adan,
    Dataset,
    GradientDescent,
    Groups,
    Lookahead,
    Momentum,
    Ravine,
    Sophia,
    curvature,
    minimize,
    train,
)
from adamdoc.models import LinearRegression, LogisticRegression
from adamdoc.optimizers import arrays
from adamdoc.sweep import sweep

START = [1.0, -2.0]


def loss(p):
    return (p**2).sum(-1)


def grad(p):
    return 2 * p


def spoiled(function):
    """Return a function that doubles its first argument before it computes."""

    @functools.wraps(function)
    def changed(values, *more):
        part = next(iter(values.values())) if isinstance(values, dict) else values
        part *= 2
        return function(values, *more)

    return changed


class Spoiled(Ravine):
    """A user's problem that changes the parameters."""

    def loss(self, p):
        p *= 2
        return super().loss(p)


@pytest.mark.parametrize("name", ["loss", "grad"])
@pytest.mark.parametrize(
    ("optimizer", "more"),
    [
        (GradientDescent(lr=0.1), {}),
        (SAM(Momentum()), {}),
        (Sophia(), {}),
        (GradientDescent(lr=np.array([[0.1], [0.2]])), {"batch": True}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_loss_and_gradient_of_minimize(name, optimizer, more):
    functions = spoiled(loss) if name == "loss" else loss, spoiled(grad) if name == "grad" else grad
    with pytest.raises(ValueError, match="read-only") as error:
        minimize(functions, optimizer, START, **more)
    assert any(f"{name} must not change its arguments" in note for note in error.value.__notes__)


def test_the_methods_of_an_own_problem():
    with pytest.raises(ValueError, match="read-only"):
        minimize(Spoiled(), Adam(), START)


def test_functions_of_a_sweep_leave_their_start_alone():
    start = np.array(START)
    (record,) = sweep(GradientDescent, (spoiled(loss), grad), {"lr": [0.1]}, start=start, steps=3)
    assert "read-only" in record["error"]
    np.testing.assert_array_equal(start, START)


@pytest.mark.parametrize("optimizer", [SAM(Momentum()), Lookahead(SAM(Adam()))])
@pytest.mark.parametrize("start", [np.array(START), np.zeros(2)], ids=["moved", "same point"])
def test_the_second_gradient_of_sam(optimizer, start):
    state = optimizer.init(start)
    with pytest.raises(ValueError, match="read-only"):
        optimizer.update(start, grad(start), state, gradient=spoiled(grad))
    named = {"w": start}
    state = optimizer.init(named)
    with pytest.raises(ValueError, match="read-only"):
        optimizer.update(named, {"w": grad(start)}, state, gradient=spoiled(lambda p: p))


def test_the_second_gradient_of_a_group_cannot_change_the_others():
    optimizer = Groups(Adam(), [("w", SAM(Adam()))])
    theta = {"c": np.ones(1), "w": np.ones(2)}  # c comes first
    with pytest.raises(ValueError, match="read-only"):
        optimizer.update(theta, theta, optimizer.init(theta), gradient=spoiled(lambda p: p))


def test_callbacks_get_copies():
    def change(t, point, _):
        point *= 0
        points.append((t, point))

    points = []
    expected = minimize((loss, grad), Lookahead(Momentum(), steps=2), START, steps=7)
    run = minimize((loss, grad), Lookahead(Momentum(), steps=2), START, steps=7, callback=change)
    np.testing.assert_array_equal(run.path, expected.path)
    np.testing.assert_array_equal(run.theta, expected.theta)
    assert len(points) == 7


def test_a_gradient_may_return_the_same_array_each_time():
    buffer = np.empty(2)

    def reuse(p):
        return np.multiply(2, p, out=buffer)

    for optimizer in (Adan(), SAM(Momentum()), Sophia(lr=0.01)):
        expected = minimize((loss, grad), optimizer, START, steps=5)
        np.testing.assert_array_equal(
            minimize((loss, reuse), optimizer, START, steps=5).path, expected.path
        )


def test_the_curvature_estimate():
    with pytest.raises(ValueError, match="read-only"):
        curvature.hutchinson(spoiled(grad), np.array(START), np.random.default_rng(0))


X = np.random.default_rng(0).standard_normal((12, 2))
Y = (X[:, 0] > 0).astype(int)


class Wild(LogisticRegression):
    """A user's model that changes what it is given."""

    def change(self, method, *values):
        if method == WHERE[0]:
            array = values[WHERE[1]]
            array = array["w"] if isinstance(array, dict) else array
            array *= 2

    def loss_and_grad(self, params, x, y):
        self.change("loss_and_grad", params, x, y)
        return super().loss_and_grad(params, x, y)

    def grad(self, params, x, y):
        self.change("grad", params, x, y)
        return super().grad(params, x, y)

    def loss(self, params, x, y):
        self.change("loss", params, x, y)
        return super().loss(params, x, y)

    def score(self, params, x, y):
        self.change("score", params, x, y)
        return super().score(params, x, y)

    def probabilities(self, params, x):
        self.change("probabilities", params, x)
        return super().probabilities(params, x)


@pytest.mark.parametrize(
    ("method", "optimizer"),
    [
        *(("loss_and_grad", Adam()), ("loss", Adam()), ("score", Adam())),
        *(("grad", SAM(Adam())), ("probabilities", Sophia())),
    ],
)
@pytest.mark.parametrize("argument", [0, 1, 2])
def test_models_in_training(method, optimizer, argument, monkeypatch):
    if (method, argument) == ("probabilities", 2):
        return
    monkeypatch.setitem(globals(), "WHERE", (method, argument))
    x, y = X.copy(), Y.copy()
    with pytest.raises(ValueError, match="read-only"):
        train(Wild(2), Dataset(x, y, x, y), optimizer, epochs=2, batch_size=4)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


WHERE = ("", 0)


def test_sharpness_does_not_let_a_model_change_the_parameters():
    class Changing(LinearRegression):
        def loss_and_grad(self, params, x, y):
            params["w"] *= 2
            return super().loss_and_grad(params, x, y)

    model = Changing(2)
    with pytest.raises(ValueError, match="read-only"):
        curvature.sharpness(model, model.init(), X, Y.astype(float))


def test_training_callbacks_get_copies():
    def change(_, params, __):
        for value in params.values():
            value *= 0

    args = LogisticRegression(2), (X, Y), Adam()
    expected = train(*args, epochs=3, batch_size=4)
    run = train(*args, epochs=3, batch_size=4, callback=change)
    for name, value in expected.params.items():
        np.testing.assert_array_equal(run.params[name], value)


def test_views_keep_their_kind():
    theta = arrays.Arrays(w=np.ones(2), c=np.float64(1.0))
    assert isinstance(arrays.read_only(theta), arrays.Arrays)
    assert type(arrays.read_only(dict(theta))) is dict
    view = arrays.read_only(theta["w"])
    theta["w"][0] = 5
    assert view[0] == 5
    assert theta["w"].flags.writeable
    with pytest.raises(ValueError, match="other"):
        arrays.guarded("loss", functools.partial(int, "other"))()
