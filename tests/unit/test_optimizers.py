"""Behaviour of the optimizers: against the papers, against theory, for every kind of array."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adamdoc import (
    MADGRAD,
    AdaBound,
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Ftrl,
    GradientDescent,
    HeavyBall,
    Lion,
    Momentum,
    Nesterov,
    Quadratic,
    RMSprop,
    Rprop,
    RpropPlus,
    dialects,
    minimize,
)
from adamdoc.optimizers.base import hyperparameters
from adamdoc.schedules import Cosine

CLASSES = [cls for cls in dialects.ALL if cls.elementwise]
ADAPTIVE = (AdaGrad, RMSprop, Adam)


def steps(optimizer, gradients, theta=None):
    """Return the parameters and states after each of the given gradients."""
    theta = np.zeros_like(gradients[0]) if theta is None else theta
    state = optimizer.init(theta)
    thetas, states = [], []
    for g in gradients:
        theta, state = optimizer.update(theta, g, state)
        thetas.append(theta)
        states.append(state)
    return np.array(thetas), states


sequences = arrays(float, (6, 3), elements=st.floats(-1e3, 1e3))


@given(sequences)
def test_adamw_adds_the_decay_to_the_steps_of_adam(gradients):
    start = np.array([1.0, -2.0, 3.0])
    thetas, _ = steps(AdamW(0.1, 0.8, 0.95, 1e-8, 0.3), gradients, start)
    plain, _ = steps(Adam(0.1, 0.8, 0.95, 1e-8), gradients, start)
    expected = start
    for step in np.diff(plain, axis=0, prepend=start[None]):
        expected = (1 - 0.1 * 0.3) * expected + step
    np.testing.assert_allclose(thetas[-1], expected, rtol=1e-10, atol=1e-12)


@given(sequences)
def test_amsgrad_divides_by_the_largest_average_so_far(gradients):
    """Algorithm 2 of Reddi, Kale and Kumar 2018, as sums; eps as for Adam."""
    thetas, _ = steps(AMSGrad(0.1, 0.8, 0.95, 1e-8), gradients)
    age = np.arange(6)[:, None] - np.arange(6)
    weights = np.where(age >= 0, 1.0, 0.0)
    m = 0.2 * (weights * 0.8 ** np.maximum(age, 0)) @ gradients
    v = 0.05 * (weights * 0.95 ** np.maximum(age, 0)) @ gradients**2
    moves = 0.1 * m / (np.sqrt(np.maximum.accumulate(v)) + 1e-8)
    np.testing.assert_allclose(thetas, -np.cumsum(moves, axis=0), rtol=1e-9, atol=1e-11)


@given(sequences)
def test_adamax_divides_by_the_largest_decayed_gradient(gradients):
    """Equation 12 of Kingma and Ba 2015: u_t is the maximum of beta2^(t-i) |g_i|."""
    thetas, states = steps(AdaMax(0.1, 0.8, 0.95, 1e-8), gradients)
    theta = np.zeros(3)
    for t in range(1, 7):
        age = np.arange(t)[::-1, None]
        u = (0.95**age * np.abs(gradients[:t])).max(axis=0)
        m = 0.2 * (0.8**age * gradients[:t]).sum(axis=0)
        theta = theta - 0.1 / (1 - 0.8**t) * m / (u + 1e-8)
        np.testing.assert_allclose(states[t - 1]["u"], u, rtol=1e-10)
    np.testing.assert_allclose(thetas[-1], theta, rtol=1e-9, atol=1e-11)


@given(sequences)
def test_adadelta_is_the_ratio_of_root_mean_squares(gradients):
    """Algorithm 1 of Zeiler 2012, with the paper's sign of the step."""
    thetas, _ = steps(AdaDelta(1.0, 0.9, 1e-6), gradients)
    x = squares = moves = np.zeros(3)
    for g in gradients:
        squares = 0.9 * squares + 0.1 * g * g
        move = -((moves + 1e-6) ** 0.5) / (squares + 1e-6) ** 0.5 * g
        moves = 0.9 * moves + 0.1 * move * move
        x = x + move
    np.testing.assert_allclose(thetas[-1], x, rtol=1e-10, atol=1e-12)


def test_lion_steps_along_the_sign_of_an_average_it_does_not_keep():
    """Algorithm 2 of Chen et al. 2023, as sums."""
    gradients = np.random.default_rng(0).standard_normal((20, 4))
    thetas, _ = steps(Lion(0.1, 0.6, 0.9, 0.2), gradients, np.ones(4))
    theta = np.ones(4)
    for t in range(20):
        age = np.arange(t)[::-1, None]
        kept = 0.1 * (0.9**age * gradients[:t]).sum(axis=0)
        sign = np.sign(0.6 * kept + 0.4 * gradients[t])
        theta = theta * (1 - 0.1 * 0.2) - 0.1 * sign
        np.testing.assert_allclose(thetas[t], theta, rtol=1e-12)


def test_defaults_are_those_of_the_papers():
    assert (AdaMax().lr, AdaDelta().rho, AdaDelta().eps) == (0.002, 0.95, 1e-6)
    assert (Lion().beta1, Lion().beta2) == (0.9, 0.99)
    assert (Adam().lr, Adam().beta1, Adam().beta2, Adam().eps) == (1e-3, 0.9, 0.999, 1e-8)
    assert RMSprop().beta == 0.9


@given(arrays(float, (6, 3), elements=st.floats(-1e3, 1e3)))
def test_adam_is_algorithm_1_of_the_paper(gradients):
    """Written out as weighted sums, independently of any recurrence."""
    lr, b1, b2, eps = 0.1, 0.8, 0.95, 1e-8
    thetas, states = steps(Adam(lr, b1, b2, eps), gradients)
    theta = np.zeros(3)
    for t in range(1, 7):
        past = gradients[:t]
        age = np.arange(t)[::-1, None]
        m = ((1 - b1) * b1**age * past).sum(axis=0)
        v = ((1 - b2) * b2**age * past**2).sum(axis=0)
        step = lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
        theta = theta - step
        np.testing.assert_allclose(states[t - 1]["m"], m, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(states[t - 1]["v"], v, rtol=1e-10, atol=1e-12)
        # Where m cancels to almost nothing, its relative error is not small.
        np.testing.assert_allclose(thetas[t - 1], theta, rtol=1e-7, atol=1e-9)


@given(arrays(float, (8, 2), elements=st.floats(-10, 10)), st.floats(0, 0.99))
def test_momentum_is_a_heavy_ball_with_another_learning_rate(gradients, beta):
    average, _ = steps(Momentum(0.3, beta), gradients)
    classic, _ = steps(HeavyBall(0.3 * (1 - beta), beta), gradients)
    np.testing.assert_allclose(average, classic, rtol=1e-9, atol=1e-12)


def test_heavy_ball_is_polyaks_two_step_method():
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((20, 4))
    thetas, _ = steps(HeavyBall(0.1, 0.7), gradients)
    last, now = np.zeros(4), np.zeros(4)
    for g, theta in zip(gradients, thetas, strict=True):
        last, now = now, now - 0.1 * g + 0.7 * (now - last)
        np.testing.assert_allclose(theta, now, rtol=1e-12)


def test_nesterov_is_sutskevers_look_ahead():
    """The look ahead phi + mu v of the paper's sequence is the sequence of adamdoc."""
    bowl, lr, mu = Quadratic([1.0, 7.0]), 0.05, 0.8
    run = minimize(bowl, Nesterov(lr, mu), start=[1.0, -2.0], steps=30)
    phi, v = np.array([1.0, -2.0]), np.zeros(2)
    for t in range(30):
        ahead = phi + mu * v
        np.testing.assert_allclose(run.path[t], ahead, rtol=1e-10)
        v = mu * v - lr * bowl.grad(ahead)
        phi = phi + v


@pytest.mark.parametrize("cls", [HeavyBall, Nesterov])
def test_momentum_of_zero_is_gradient_descent(cls):
    gradients = np.random.default_rng(1).standard_normal((5, 3))
    plain, _ = steps(GradientDescent(0.1), gradients)
    np.testing.assert_array_equal(steps(cls(0.1, 0.0), gradients)[0], plain)


def test_adagrad_and_rmsprop_written_out():
    gradients = np.random.default_rng(2).standard_normal((5, 3))
    thetas, _ = steps(AdaGrad(0.1, 0.0), gradients)
    sums = np.cumsum(gradients**2, axis=0)
    np.testing.assert_allclose(thetas, -np.cumsum(0.1 * gradients / np.sqrt(sums), axis=0))
    _, states = steps(RMSprop(0.1, 0.5), gradients)
    weights = 0.5 ** np.arange(5, 0, -1)[:, None]
    np.testing.assert_allclose(states[-1]["v"], (weights * gradients**2).sum(axis=0))


@given(arrays(float, 4, elements=st.floats(1e-3, 1e3)), st.sampled_from([1.0, -1.0]))
def test_first_step_of_adam_has_the_length_of_the_learning_rate(size, sign):
    thetas, _ = steps(Adam(lr=0.25, eps=0.0), [sign * size])
    np.testing.assert_allclose(thetas[0], -sign * 0.25)


@given(arrays(float, 30, elements=st.floats(-1e3, 1e3)))
def test_steps_of_adam_keep_to_the_bound_of_cauchy_and_schwarz(gradients):
    b1, b2 = 0.9, 0.999
    bound = (1 - b1) / np.sqrt((1 - b2) * (1 - b1**2 / b2))
    thetas, _ = steps(Adam(lr=1.0), gradients[:, None])
    lengths = np.abs(np.diff(np.r_[np.zeros((1, 1)), thetas], axis=0))
    assert lengths.max() <= bound


def test_bias_correction_is_exact_under_a_constant_gradient():
    _, states = steps(Adam(), np.full((50, 1), 3.0))
    for t, state in enumerate(states, start=1):
        assert state["m"][0] / (1 - 0.9**t) == pytest.approx(3)
        assert state["v"][0] / (1 - 0.999**t) == pytest.approx(9)


@pytest.mark.parametrize("cls", ADAPTIVE)
@given(scale=st.floats(-6, 6))
def test_scale_of_the_gradient_does_not_matter(cls, scale):
    gradients = np.random.default_rng(3).standard_normal((10, 3))
    plain, _ = steps(cls(lr=0.1, eps=0.0), gradients)
    scaled, _ = steps(cls(lr=0.1, eps=0.0), 10**scale * gradients)
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)


@pytest.mark.parametrize("cls", [GradientDescent, Momentum, HeavyBall, Nesterov])
def test_linear_methods_scale_with_the_gradient_and_turn_with_the_axes(cls):
    gradients = np.random.default_rng(4).standard_normal((10, 2))
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    plain, _ = steps(cls(lr=0.1), gradients)
    np.testing.assert_allclose(steps(cls(lr=0.1), 7 * gradients)[0], 7 * plain)
    np.testing.assert_allclose(steps(cls(lr=0.1), gradients @ turn)[0], plain @ turn)


@pytest.mark.parametrize("cls", ADAPTIVE)
def test_adaptive_methods_do_not_turn_with_the_axes(cls):
    gradients = np.random.default_rng(4).standard_normal((10, 2))
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    plain, _ = steps(cls(lr=0.1), gradients)
    assert np.abs(steps(cls(lr=0.1), gradients @ turn)[0] - plain @ turn).max() > 1e-3


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 1, 4)])
def test_dtype_and_shape_are_kept(cls, dtype, shape):
    theta = np.ones(shape, dtype)
    optimizer = cls(lr=np.float64(0.1))
    state = optimizer.init(theta)
    for _ in range(3):
        theta, state = optimizer.update(theta, np.ones(shape), state)
    for array in (theta, *(v for k, v in state.items() if k != "t")):
        assert array.dtype == dtype
        assert array.shape == shape
    assert state["t"] == 3


@pytest.mark.parametrize("cls", CLASSES)
def test_array_hyperparameters_keep_float32(cls):
    theta = np.ones((4, 2), np.float32)
    optimizer = cls(lr=np.full((4, 1), 0.1))
    theta, state = optimizer.update(theta, theta, optimizer.init(theta))
    assert theta.dtype == np.float32
    assert all(v.dtype == np.float32 for k, v in state.items() if k != "t")


@pytest.mark.parametrize("cls", CLASSES)
def test_integers_count_as_floats(cls):
    optimizer = cls(lr=0.1)
    theta, state = optimizer.update([1, 2], [3, -4], optimizer.init([1, 2]))
    same, _ = optimizer.update(
        np.array([1.0, 2.0]), np.array([3.0, -4.0]), optimizer.init([1.0, 2])
    )
    np.testing.assert_array_equal(theta, same)
    assert theta.dtype == float
    assert all(v.dtype == float for k, v in state.items() if k != "t")


@pytest.mark.parametrize("cls", CLASSES)
def test_update_is_pure(cls):
    optimizer = cls()
    theta, g = np.arange(4.0), np.arange(4.0) - 1
    _, state = optimizer.update(theta, g, optimizer.init(theta))
    for array in (theta, g, *(v for k, v in state.items() if k != "t")):
        array.flags.writeable = False
    before = copy.deepcopy((theta, g, state))
    first = optimizer.update(theta, g, state)
    second = optimizer.update(theta, g, state)
    np.testing.assert_equal((theta, g, state), before)
    np.testing.assert_equal(first, second)


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if cls is not Ftrl])
def test_zero_gradient_at_the_start_moves_nothing(cls):
    names = {"weight_decay", "initial"} & set(hyperparameters(cls))
    thetas, _ = steps(
        cls(**dict.fromkeys(names, 0.0)), np.zeros((3, 2)), theta=np.array([1.0, -1.0])
    )
    np.testing.assert_array_equal(thetas[-1], [1.0, -1.0])


def test_ftrl_starts_from_zero_wherever_the_parameters_are():
    thetas, _ = steps(Ftrl(), np.zeros((1, 2)), theta=np.array([1.0, -1.0]))
    np.testing.assert_array_equal(thetas[0], [0.0, 0.0])


@pytest.mark.parametrize("cls", CLASSES)
def test_nan_stays_in_its_coordinate(cls):
    gradients = np.ones((3, 3))
    gradients[1, 1] = np.nan
    thetas, _ = steps(cls(), gradients)
    np.testing.assert_array_equal(np.isnan(thetas[-1]), [False, True, False])


@pytest.mark.parametrize("cls", CLASSES)
def test_saved_state_goes_on_bit_for_bit(cls, tmp_path):
    gradients = np.random.default_rng(5).standard_normal((10, 3))
    optimizer = pickle.loads(pickle.dumps(cls(lr=0.1)))
    assert optimizer == cls(lr=0.1)
    thetas, states = steps(optimizer, gradients[:5])
    np.savez(tmp_path / "state.npz", **states[-1])
    loaded = np.load(tmp_path / "state.npz")
    theta, state = thetas[-1], {name: loaded[name] for name in loaded.files}
    for g in gradients[5:]:
        theta, state = optimizer.update(theta, g, state)
    np.testing.assert_array_equal(theta, steps(optimizer, gradients)[0][-1])


@pytest.mark.parametrize("cls", CLASSES)
def test_broadcast_equals_a_loop(cls):
    gradients = np.random.default_rng(6).standard_normal((10, 3))
    rates = np.geomspace(1e-3, 1, 7)
    many, _ = steps(cls(lr=rates[:, None]), np.repeat(gradients[:, None], 7, axis=1))
    for i, lr in enumerate(rates):
        np.testing.assert_array_equal(many[:, i], steps(cls(lr=lr), gradients)[0])


#: Rprop reads a schedule at the first step alone, MADGRAD and AdaBound move on at a rate of 0, and
#: Ftrl divides by it.
WITH_RATE = [cls for cls in CLASSES if cls not in (Rprop, RpropPlus, MADGRAD, Ftrl, AdaBound)]


@pytest.mark.parametrize("cls", WITH_RATE)
def test_schedule_is_read_at_each_step_from_one(cls):
    gradients = np.random.default_rng(7).standard_normal((6, 2))
    schedule = Cosine(0.3, steps=5)
    thetas, _ = steps(cls(lr=schedule), gradients)
    theta, state = np.zeros(2), cls().init(np.zeros(2))
    for t, g in enumerate(gradients, start=1):
        lr = schedule(t)
        optimizer = cls(lr=lr) if lr > 0 else cls(lr=lambda _: 0.0)
        theta, state = optimizer.update(theta, g, state)
        np.testing.assert_array_equal(thetas[t - 1], theta)
    np.testing.assert_array_equal(thetas[5], thetas[4])  # the schedule has come to zero by then


@pytest.mark.parametrize("cls", [Rprop, RpropPlus])
def test_rprop_reads_a_schedule_at_the_first_step_alone(cls):
    gradients = np.random.default_rng(7).standard_normal((6, 2))
    thetas, _ = steps(cls(Cosine(0.3, steps=5)), gradients)
    np.testing.assert_array_equal(thetas, steps(cls(Cosine(0.3, steps=5)(1)), gradients)[0])
