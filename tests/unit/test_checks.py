"""Bad input: the error names the argument, the rule and the value."""

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
    checks,
    load,
    minimize,
    train,
)
from adamdoc.models import (
    MLP,
    Attention,
    ConvNet,
    Embedding,
    LinearRegression,
    LogisticRegression,
    MatrixFactorization,
    SoftmaxRegression,
)

CLASSES = (GradientDescent, Momentum, HeavyBall, Nesterov, AdaGrad, RMSprop, Adam)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize(
    ("lr", "error", "message"),
    [
        (0, ValueError, "lr must be finite and greater than 0, got 0"),
        (-0.1, ValueError, "lr must be finite and greater than 0, got -0.1"),
        (float("nan"), ValueError, "lr must be finite and greater than 0, got nan"),
        (float("inf"), ValueError, "lr must be finite and greater than 0, got inf"),
        (
            [0.1, -2.0],
            ValueError,
            "lr must be finite and greater than 0, got an array that contains -2.0",
        ),
        (
            "fast",
            TypeError,
            "lr must be a number, an array of numbers or a schedule "
            "(a function of the step), got 'fast'",
        ),
        (True, TypeError, "got True"),
        (1j, TypeError, "got 1j"),
        (None, TypeError, "got None"),
    ],
)
def test_learning_rate(cls, lr, error, message):
    with pytest.raises(error) as caught:
        cls(lr=lr)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        (Momentum, "beta"),
        (HeavyBall, "momentum"),
        (Nesterov, "momentum"),
        (RMSprop, "beta"),
        (Adam, "beta1"),
        (Adam, "beta2"),
    ],
)
@pytest.mark.parametrize("value", [1, -0.1, 1.5, float("nan")])
def test_decay_rates(cls, name, value):
    with pytest.raises(
        ValueError, match=f"^{name} must be at least 0 and less than 1, got {value}"
    ):
        cls(**{name: value})
    with pytest.raises(
        TypeError, match=f"^{name} must be a number, an array of numbers or a schedule .*, got 'x'"
    ):
        cls(**{name: "x"})


@pytest.mark.parametrize("cls", [AdaGrad, RMSprop, Adam])
def test_eps(cls):
    with pytest.raises(ValueError, match=r"^eps must be finite and at least 0, got -1e-08"):
        cls(eps=-1e-8)
    assert cls(eps=0).eps == 0


def test_unknown_hyperparameter():
    with pytest.raises(TypeError, match="beta3"):
        Adam(beta3=0.5)


def test_schedule_is_checked_at_each_step():
    bad = GradientDescent(lr=lambda t: 1.0 if t < 3 else -1.0)
    with pytest.raises(ValueError, match=r"lr at step 3 must be finite and at least 0, got -1\.0"):
        minimize(Quadratic([1.0]), bad, steps=5)


@pytest.mark.parametrize("cls", CLASSES)
def test_gradient_of_another_shape(cls):
    optimizer = cls()
    theta = np.ones(3)
    with pytest.raises(ValueError, match=r"g must have the shape of theta, \(3,\), .* \(2,\)"):
        optimizer.update(theta, np.ones(2), optimizer.init(theta))


def test_hyperparameter_that_does_not_broadcast():
    optimizer = Adam(beta1=[0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"beta1 must broadcast to the shape of theta, \(2,\)"):
        optimizer.update(np.ones(2), np.ones(2), optimizer.init(np.ones(2)))
    wide = Adam(lr=np.full((5, 1), 0.1))  # fits no single point: the result would change its shape
    with pytest.raises(ValueError, match=r"lr must broadcast to the shape of theta, \(2,\)"):
        wide.update(np.ones(2), np.ones(2), wide.init(np.ones(2)))


def test_parameters_that_are_no_numbers():
    for bad in (["a", "b"], [1j, 2]):
        with pytest.raises(TypeError, match="theta must be an array of real numbers"):
            Adam().init(bad)
    with pytest.raises(ValueError, match="theta must not be ragged"):
        Adam().init([[1.0], [1.0, 2.0]])


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([1.0], r"start must have the shape of the problem's start, \(2,\), got \(1,\)$"),
        ([1.0, 2.0, 3.0], r"start must have the shape of the problem's start, \(2,\), got \(3,\)$"),
        ([1.0, float("nan")], "start must be finite, got"),
        (3.0, r"start must have the shape of the problem's start, \(2,\), got \(\)$"),
        (np.ones((0, 2)), r"start must not be empty, got shape \(0, 2\)"),
    ],
)
def test_start(start, message):
    with pytest.raises(ValueError, match=message):
        minimize(Ravine(), Adam(), start=start)


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        (-1, ValueError, "steps must be at least 0, got -1"),
        (2.5, TypeError, "steps must be an integer, got 2.5"),
        (True, TypeError, "steps must be an integer, got True"),
        ("9", TypeError, "steps must be an integer, got '9'"),
    ],
)
def test_steps(steps, error, message):
    with pytest.raises(error, match=message):
        minimize(Ravine(), Adam(), steps=steps)


def test_minimize_arguments():
    with pytest.raises(TypeError, match=r"optimizer must be an Optimizer, got 'adam'"):
        minimize(Ravine(), "adam")
    with pytest.raises(TypeError, match=r"problem must be a Problem or a pair of functions"):
        minimize(lambda p: p, Adam())
    with pytest.raises(ValueError, match=r"start is required if problem is a pair of functions"):
        minimize((np.sum, np.ones_like), Adam())
    with pytest.raises(ValueError, match=r"noise must be finite and at least 0, got -1"):
        minimize(Ravine(), Adam(), noise=-1)
    with pytest.raises(ValueError, match=r"bound must be finite and greater than 0, got 0"):
        minimize(Ravine(), Adam(), bound=0)
    with pytest.raises(TypeError, match=r"bound must be a number"):
        minimize(Ravine(), Adam(), bound="far")
    with pytest.raises(ValueError, match=r"loss at start must be finite and within bound"):
        minimize(Ravine(), Adam(), bound=1.0)
    with pytest.raises(ValueError, match=r"hyperparameters must broadcast to the shape of start"):
        minimize(Ravine(), Adam(lr=[0.1, 0.2, 0.3]))


def test_bare_functions_of_the_wrong_shape():
    def good(p):
        return (p**2).sum(-1)

    with pytest.raises(
        ValueError, match=r"grad must return an array of shape \(2,\), got .*\(3,\)"
    ):
        minimize((good, lambda _: np.ones(3)), Adam(), start=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"loss must return one number, got shape \(2,\)"):
        minimize((lambda p: p, lambda p: p), Adam(), start=[1.0, 2.0])


def test_problems():
    with pytest.raises(
        ValueError, match=r"theta must have 2 entries in its last axis, got .*\(3,\)"
    ):
        Ravine().loss(np.ones(3))
    with pytest.raises(ValueError, match=r"theta must have 3 entries"):
        Quadratic([1, 2, 3]).grad(np.ones(2))
    with pytest.raises(ValueError, match=r"eigenvalues must be finite and greater than 0"):
        Quadratic([1, 0])
    with pytest.raises(ValueError, match=r"eigenvalues must be a non-empty list of numbers"):
        Quadratic(np.ones((2, 2)))


def test_train():
    data = np.ones((4, 2)), np.zeros(4)
    model = LinearRegression(2)
    with pytest.raises(
        ValueError, match="batch_size must be at most the number of samples, 4, got 5"
    ):
        train(model, data, Adam(), batch_size=5)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        train(model, data, Adam(), batch_size=0)
    with pytest.raises(ValueError, match="epochs must be at least 0, got -1"):
        train(model, data, Adam(), epochs=-1, batch_size=2)
    with pytest.raises(TypeError, match="model must be a Model, got 'mlp'"):
        train("mlp", data, Adam())
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, got None"):
        train(model, data, None)
    with pytest.raises(TypeError, match=r"data must be a Dataset or a pair \(x, y\), got list"):
        train(model, [1, 2], Adam())
    with pytest.raises(ValueError, match=r"x must have shape .* got \(4, 2\) and \(3,\)"):
        train(model, (np.ones((4, 2)), np.zeros(3)), Adam())
    with pytest.raises(ValueError, match=r"x must be finite"):
        train(model, (np.full((4, 2), np.nan), np.zeros(4)), Adam(), batch_size=2)
    with pytest.raises(ValueError, match=r"y must contain class labels from 0 to 2, got 3"):
        train(SoftmaxRegression(2, 3), (np.ones((2, 2)), [0, 3]), Adam(), batch_size=2)
    with pytest.raises(ValueError, match=r"y must contain class labels from 0 to 1, got 0.5"):
        train(LogisticRegression(2), (np.ones((2, 2)), [0, 0.5]), Adam(), batch_size=2)
    with pytest.raises(ValueError, match=r"x must have the model's 3 features, got 2"):
        train(LinearRegression(3), data, Adam(), batch_size=2)


def test_unknown_names():
    with pytest.raises(ValueError, match="activation must be one of 'relu', 'tanh', got 'swish'"):
        MLP((2, 2), "swish")
    with pytest.raises(ValueError, match=r"name must be one of 'digits', .*'pairs', got 'mnist'"):
        load("mnist")


def test_models():
    with pytest.raises(ValueError, match="features must be at least 1, got 0"):
        LinearRegression(0)
    with pytest.raises(ValueError, match="classes must be at least 2, got 1"):
        SoftmaxRegression(3, 1)
    with pytest.raises(ValueError, match="l2 must be finite and at least 0, got -1"):
        LogisticRegression(3, l2=-1)
    with pytest.raises(
        ValueError, match=r"sizes must be a tuple of at least two integers, got \(3,\)"
    ):
        MLP((3,))
    with pytest.raises(TypeError, match=r"sizes must be an integer, got 2.5"):
        MLP((3, 2.5))
    with pytest.raises(ValueError, match="side must be even, got 7"):
        ConvNet(7, 8, 10)
    with pytest.raises(ValueError, match="vocabulary must be at least 2, got 1"):
        Attention(4, 1)
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        Embedding(2, 5, 3, width=0)
    with pytest.raises(ValueError, match=r"shape must be a tuple of two integers, got \(3,\)"):
        MatrixFactorization((3,))
    model = Embedding(2, 5, 3)
    with pytest.raises(ValueError, match="x must contain integers from 0 to 4, got 5"):
        model.loss(model.init(), np.array([[1.0, 5.0]]), np.array([0]))
    with pytest.raises(ValueError, match="test_share must be at least 0 and less than 1, got 1"):
        load("digits", test_share=1.0)


def test_number_keeps_the_float_type_and_locks_arrays():
    array = checks.number("lr", np.array([1, 2], np.float32))
    assert array.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 5
    assert checks.number("lr", [1, 2]).dtype == np.float64
