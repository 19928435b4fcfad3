"""The methods that are not elementwise, against their papers; the wrappers; what all share."""

import copy
import pickle

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power, polar

import adamdoc
from adamdoc import (
    LAMB,
    SAM,
    SM3,
    SOAP,
    Adafactor,
    Adam,
    AdaMax,
    AdamW,
    Cautious,
    ClipByNorm,
    ClipByValue,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    HeavyBall,
    Lookahead,
    Maximize,
    Muon,
    Nesterov,
    Prodigy,
    Ravine,
    Shampoo,
    Sophia,
    dialects,
    minimize,
)
from adamdoc.dialects import forms
from adamdoc.dialects.forms import AdafactorDialect, LAMBDialect, MuonDialect
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.wrapper import needs

RNG = np.random.default_rng(0)
GRADIENTS = RNG.standard_normal((8, 3, 2))
START = RNG.standard_normal((3, 2))
REST = [cls for cls in dialects.ALL if not cls.elementwise]


def walk(optimizer, gradients=GRADIENTS, start=START, state=None):
    theta, state = start, optimizer.init(start) if state is None else state
    path = []
    for g in gradients:
        theta, state = optimizer.update(theta, g, state, **extra(optimizer, g))
        path.append(theta)
    return np.array(path)


def extra(optimizer, g):
    """Return what else an update takes."""
    given = {"gradient": lambda _theta: g, "loss": 0.8, "noise": -g, "curvature": np.abs(g)}
    given["objective"] = lambda theta: float(np.sum(theta**2))
    return {name: given[name] for name in needs(optimizer) - {"curvature"}}


def adam_ratio(gradients, b1, b2, eps):
    """Return Adam's corrected ratio after the last gradient, as weighted sums."""
    t = len(gradients)
    age = np.arange(t)[::-1].reshape(-1, 1, 1)
    m = ((1 - b1) * b1**age * gradients).sum(axis=0) / (1 - b1**t)
    v = ((1 - b2) * b2**age * gradients**2).sum(axis=0) / (1 - b2**t)
    return m / (v**0.5 + eps)


def test_lamb_is_algorithm_2():
    path = walk(LAMB(0.1, 0.8, 0.9, 1e-3, 0.05))
    theta = START
    for t in range(1, 9):
        r = adam_ratio(GRADIENTS[:t], 0.8, 0.9, 1e-3) + 0.05 * theta
        theta = theta - 0.1 * np.sqrt((theta**2).sum() / (r**2).sum()) * r
        np.testing.assert_allclose(path[t - 1], theta, rtol=1e-12)


def test_lamb_at_zero_steps_as_adamw():
    g = np.ones((1, 2, 2))
    np.testing.assert_allclose(
        walk(LAMB(0.1, eps=1e-8), g, np.zeros((2, 2))),
        walk(AdamW(0.1), g, np.zeros((2, 2))),
    )


def test_lamb_dialect_leaves_the_second_moment_uncorrected():
    theta = 100 * START
    after = walk(LAMBDialect(0.1, 0.8, 0.9, 1e-3, 0.0, clip=10.0), GRADIENTS[:1], theta)[0]
    u = 0.2 * GRADIENTS[0] / (np.sqrt(0.1 * GRADIENTS[0] ** 2) + 1e-3)
    ratio = 10.0 / (np.linalg.norm(u) + 1e-3)
    np.testing.assert_allclose(after, theta - 0.1 / 0.2 * ratio * u, rtol=1e-12)


def test_adafactor_is_algorithm_4():
    """Sums for means, and the second moment as an outer product, entry by entry."""
    path = walk(Adafactor(0.02, 0.8, 1e-3, 1e-2, 0.7))
    x, rows, columns = START, np.zeros(3), np.zeros(2)
    for t, g in enumerate(GRADIENTS, start=1):
        beta = 1 - t**-0.8
        squares = g * g + 1e-3
        rows = beta * rows + (1 - beta) * squares.sum(axis=1)
        columns = beta * columns + (1 - beta) * squares.sum(axis=0)
        u = np.array(
            [
                [g[i, j] / np.sqrt(rows[i] * columns[j] / rows.sum()) for j in range(2)]
                for i in range(3)
            ]
        )
        u = u / max(1, np.sqrt((u**2).mean()) / 0.7)
        alpha = max(1e-2, np.sqrt((x**2).mean())) * min(0.02, 1 / np.sqrt(t))
        x = x - alpha * u
        np.testing.assert_allclose(path[t - 1], x, rtol=1e-12)


def test_adafactor_of_a_vector_keeps_a_full_second_moment():
    optimizer = Adafactor()
    assert optimizer.init(np.ones(3))["v"].shape == (3,)
    whole = AdafactorDialect(factored=1e9)
    assert whole.init(START)["v"].shape == START.shape
    same = walk(AdafactorDialect()), walk(Adafactor())
    np.testing.assert_allclose(*same)


def test_shampoo_is_algorithm_1():
    path = walk(Shampoo(0.3, eps=0.1))
    w, left, right = START, 0.1 * np.eye(3), 0.1 * np.eye(2)
    for g, found in zip(GRADIENTS, path, strict=True):
        left, right = left + g @ g.T, right + g.T @ g
        w = w - 0.3 * fractional_matrix_power(left, -0.25) @ g @ fractional_matrix_power(
            right, -0.25
        )
        np.testing.assert_allclose(found, w, rtol=1e-9)


def test_shampoo_of_a_tensor_has_a_matrix_for_each_axis():
    """Algorithm 2: the inverse sixth root for three axes."""
    g = RNG.standard_normal((2, 3, 2))
    after = walk(Shampoo(1.0, eps=0.5), [g], np.zeros((2, 3, 2)))[0]
    step = g
    for axis, subscripts in enumerate(("ijk,ai->ajk", "ijk,aj->iak", "ijk,ak->ija")):
        rows = np.moveaxis(g, axis, 0).reshape(g.shape[axis], -1)
        root = fractional_matrix_power(0.5 * np.eye(len(rows)) + rows @ rows.T, -1 / 6)
        step = np.einsum(subscripts, step, root)
    np.testing.assert_allclose(after, -step, rtol=1e-9)


def test_soap_is_adam_in_the_eigenvectors():
    """With fixed eigenvectors: those of the first gradient's products."""
    path = walk(SOAP(0.1, 0.8, 0.9, 1e-4, 0.05, steps=1000))
    assert (path[0] == START).all()
    left = np.linalg.eigh(GRADIENTS[0] @ GRADIENTS[0].T)[1]
    right = np.linalg.eigh(GRADIENTS[0].T @ GRADIENTS[0])[1]
    theta, m, v = START, 0, 0
    for t, g in enumerate(GRADIENTS[1:], start=1):
        turned = left.T @ g @ right
        m, v = 0.8 * m + 0.2 * turned, 0.9 * v + 0.1 * turned**2
        step = left @ (m / (np.sqrt(v) + 1e-4)) @ right.T
        theta = (1 - 0.1 * 0.05) * (theta - 0.1 * np.sqrt(1 - 0.9**t) / (1 - 0.8**t) * step)
        np.testing.assert_allclose(path[t], theta, rtol=1e-9)


def test_soap_renews_its_eigenvectors():
    optimizer = SOAP(steps=2)
    theta, state = START, optimizer.init(START)
    for g in np.concatenate([GRADIENTS] * 20):
        theta, state = optimizer.update(theta, g, state)
    q = state["q0"]
    np.testing.assert_allclose(q.T @ q, np.eye(3), atol=1e-12)
    middle = q.T @ state["l0"] @ q
    off = middle - np.diag(np.diag(middle))
    assert np.abs(off).max() < 0.2 * np.diag(middle).max()
    assert (np.diff(np.diag(middle)) < 0.1 * np.diag(middle).max()).all()


@pytest.mark.parametrize("cls", [Muon, MuonDialect])
@pytest.mark.parametrize("shape", [(3, 2), (2, 5), (4, 4)])
def test_muon_steps_along_the_polar_factor(cls, shape):
    """Five iterations bring the singular values near 1: the step is near the orthogonal factor."""
    g = np.random.default_rng(1).standard_normal(shape)
    step = -walk(cls(1.0), [g], np.zeros(shape))[0]
    factor = max(1, shape[0] / shape[1] if cls is Muon else shape[1] / shape[0]) ** 0.5
    u, s, v = np.linalg.svd(step / factor, full_matrices=False)
    assert ((s > 0.6) & (s < 1.3)).all()
    np.testing.assert_allclose(u @ v, polar(g)[0], atol=1e-9)


def test_muon_keeps_a_buffer_and_looks_ahead():
    first = walk(Muon(0.1, momentum=0.5, steps=40))
    alone = walk(Muon(0.1, momentum=0.5, nesterov=0.0))
    assert np.abs(first - alone).max() > 1e-3
    state = Muon(0.1, momentum=0.5).init(START)
    optimizer = Muon(0.1, momentum=0.5, weight_decay=0.3)
    _, state = optimizer.update(START, GRADIENTS[0], state)
    after, _ = optimizer.update(START, GRADIENTS[1], state)
    b = 0.5 * GRADIENTS[0] + GRADIENTS[1]
    u, _, v = np.linalg.svd(GRADIENTS[1] + 0.5 * b, full_matrices=False)
    step = (START * (1 - 0.03) - after) / (0.1 * 1.5**0.5)
    left, s, right = np.linalg.svd(step, full_matrices=False)
    np.testing.assert_allclose(left @ right, u @ v, atol=1e-9)
    assert s.max() < 1.3


def test_prodigy_is_algorithm_4_with_correction():
    optimizer = Prodigy(0.5, 0.8, 0.9, 1e-4, 0.01, d0=0.01)
    path = walk(optimizer)
    x, d, r = START, 0.01, 0.0
    m = v = s = np.zeros((3, 2))
    for t, g in enumerate(GRADIENTS, start=1):
        rate = 0.5 * d * (1 - 0.9**t) ** 0.5 / (1 - 0.8**t)
        m = 0.8 * m + 0.2 * d * g
        v = 0.9 * v + 0.1 * (d * g) ** 2
        r = 0.9**0.5 * r + rate * (d / 0.01) * (g * (START - x)).sum()
        s = 0.9**0.5 * s + rate * (d / 0.01) * g
        d = max(d, r / np.abs(s).sum())
        x = x - rate * m / (v**0.5 + d * 1e-4) - rate * 0.01 * x
        np.testing.assert_allclose(path[t - 1], x, rtol=1e-11)


def test_prodigy_finds_a_rate_for_the_ravine():
    run = minimize(Ravine(), Prodigy(), steps=500)
    assert run.losses[-1] < 1e-3 * run.losses[0]


def test_sophia_is_algorithm_3():
    optimizer = Sophia(0.1, 0.8, 0.7, 0.5, 1e-3, 0.02, clip=0.9)
    theta, state = START, optimizer.init(START)
    m, h, x = np.zeros((3, 2)), np.zeros((3, 2)), START
    for t, g in enumerate(GRADIENTS):
        estimate = np.abs(RNG.standard_normal((3, 2))) if t % 3 == 0 else None
        theta, state = optimizer.update(theta, g, state, estimate)
        m = 0.8 * m + 0.2 * g
        h = h if estimate is None else 0.7 * h + 0.3 * estimate
        ratio = m / np.maximum(0.5 * h, 1e-3)
        x = x - 0.1 * 0.02 * x - 0.1 * np.minimum(np.maximum(ratio, -0.9), 0.9)
        np.testing.assert_allclose(theta, x, rtol=1e-12)


def test_sophia_refuses_a_curvature_of_another_shape():
    optimizer = Sophia()
    with pytest.raises(ValueError, match=r"curvature must have the shape of theta, \(2,\), got"):
        optimizer.update([1, 2], [1, 2], optimizer.init([1, 2]), [1, 2, 3])


def test_matrix_methods_refuse_vectors():
    for cls in (Muon, MuonDialect, SOAP):
        with pytest.raises(
            ValueError, match=r"theta must be a matrix, got an array of shape \(2,\)"
        ):
            cls().init(np.ones(2))


def test_decoupled_decay_around_adam_is_adamw():
    np.testing.assert_allclose(
        walk(DecoupledDecay(Adam(0.1), 0.2)), walk(AdamW(0.1, weight_decay=0.2)), rtol=1e-12
    )


def test_coupled_decay_adds_to_the_gradient():
    path = walk(CoupledDecay(HeavyBall(0.1, 0.6), 0.5))
    theta, b = START, 0
    for g, found in zip(GRADIENTS, path, strict=True):
        b = 0.6 * b + g + 0.5 * theta
        theta = theta - 0.1 * b
        np.testing.assert_allclose(found, theta, rtol=1e-12)


def test_decay_follows_the_schedule():
    rates = 0.1 / np.arange(1, 9)
    path = walk(DecoupledDecay(Adam(lambda t: 0.1 / t), 0.2), 0 * GRADIENTS)
    shares = np.cumprod(1 - 0.2 * rates)
    np.testing.assert_allclose(path, shares[:, None, None] * START, rtol=1e-12)


def test_clipping():
    g = 5 * GRADIENTS[:1]
    step = START - walk(ClipByValue(GradientDescent(1.0), 0.7), g)[0]
    np.testing.assert_allclose(step, np.clip(g[0], -0.7, 0.7), atol=1e-14)
    step = START - walk(ClipByNorm(GradientDescent(1.0), 2.0), g)[0]
    np.testing.assert_allclose(step, 2 * g[0] / np.linalg.norm(g[0]), atol=1e-14)
    small = 1e-3 * g
    np.testing.assert_array_equal(
        walk(ClipByNorm(GradientDescent(1.0), 2.0), small), walk(GradientDescent(1.0), small)
    )


def test_maximize_turns_the_gradient():
    np.testing.assert_array_equal(walk(Maximize(Adam(0.1))), walk(Adam(0.1), -GRADIENTS))


def test_cautious_steps_only_with_the_gradient():
    path = walk(Cautious(HeavyBall(0.1, 0.9)))
    theta, b = START, 0
    for g, found in zip(GRADIENTS, path, strict=True):
        b = 0.9 * b + g
        mask = (b * g > 0).astype(float)
        theta = theta - 0.1 * 6 / (mask.sum() + 1) * mask * b
        np.testing.assert_allclose(found, theta, rtol=1e-12)


def test_lookahead_is_algorithm_1():
    path = walk(Lookahead(GradientDescent(0.1), steps=3, alpha=0.4))
    slow = fast = START
    for t, g in enumerate(GRADIENTS, start=1):
        fast = fast - 0.1 * g
        if t % 3 == 0:
            slow = fast = slow + 0.4 * (fast - slow)
        np.testing.assert_allclose(path[t - 1], fast, rtol=1e-12)


def test_sam_steps_with_the_gradient_at_the_worst_point():
    ravine = Ravine()
    optimizer = SAM(Adam(lr=0.1), radius=0.3)
    theta, state = ravine.start, optimizer.init(ravine.start)
    inner, x = Adam(lr=0.1).init(ravine.start), ravine.start
    for _ in range(20):
        theta, state = optimizer.update(theta, ravine.grad(theta), state, gradient=ravine.grad)
        g = ravine.grad(x)
        worst = x + 0.3 * g / np.sqrt((g**2).sum())
        x, inner = Adam(lr=0.1).update(x, ravine.grad(worst), inner)
        np.testing.assert_allclose(theta, x, rtol=1e-12)


def test_sam_stays_where_the_gradient_is_zero():
    optimizer = SAM(GradientDescent(0.1))
    np.testing.assert_array_equal(walk(optimizer, np.zeros((2, 3, 2)))[-1], START)


def test_wrappers_nest_and_run():
    run = minimize(
        Ravine(), Lookahead(ClipByNorm(DecoupledDecay(Adam(lr=0.2), 1e-3), 5.0)), steps=200
    )
    assert run.losses[-1] < 1e-4
    with pytest.raises(TypeError, match="optimizer must be an Optimizer, got 3"):
        Lookahead(3)


@pytest.mark.parametrize("cls", REST)
def test_shared_behaviour(cls, tmp_path):
    """Pure, in the dtype of the parameters, and saved states go on bit for bit."""
    optimizer = pickle.loads(pickle.dumps(cls()))
    assert optimizer == cls()
    for dtype in (np.float32, np.float64):
        theta, state = START.astype(dtype), cls().init(START.astype(dtype))
        for g in GRADIENTS:
            before = copy.deepcopy((theta, g, state))
            after = optimizer.update(theta, g, state, **extra(optimizer, g))
            np.testing.assert_equal((theta, g, state), before)
            theta, state = after
        assert theta.dtype == dtype
        assert theta.shape == (3, 2)
        assert all(np.asarray(v).dtype == dtype for k, v in state.items() if k != "t")
    theta, state = START, optimizer.init(START)
    for g in GRADIENTS[:4]:
        theta, state = optimizer.update(theta, g, state, **extra(optimizer, g))
    np.savez(tmp_path / "state.npz", **state)
    loaded = np.load(tmp_path / "state.npz")
    rest = walk(optimizer, GRADIENTS[4:], theta, {name: loaded[name] for name in loaded.files})
    np.testing.assert_array_equal(rest[-1], walk(optimizer)[-1])


@pytest.mark.parametrize("cls", REST)
def test_bad_gradients_are_refused(cls):
    optimizer = cls()
    with pytest.raises(ValueError, match="g must have the shape of theta"):
        optimizer.update(START, np.ones(5), optimizer.init(START), **extra(optimizer, np.ones(5)))


@pytest.mark.parametrize("name", [n for n in adamdoc.optimizers.CLASSES if n != "Optimizer"])
def test_everything_is_importable_and_documented(name):
    cls = getattr(adamdoc, name)
    doc = cls.__doc__
    assert ">>> " in doc
    if name != "Wrapper":
        assert ".. math::" in doc
        assert name in ("Maximize", "Groups") or ".. [1]" in doc


def test_defaults_of_the_papers():
    """Read off the papers' algorithms and experiments."""
    found = {cls: {n: getattr(cls(), n) for n in hyperparameters(cls)} for cls in dialects.ALL}
    assert found[adamdoc.NAdam]["momentum_decay"] == 1 / 250
    assert found[adamdoc.RAdam]["threshold"] == 4
    assert found[adamdoc.Adan]["beta1"] == 1 - 0.02
    assert found[adamdoc.Adan]["beta2"] == 1 - 0.08
    assert found[adamdoc.Adan]["beta3"] == 1 - 0.01
    assert found[adamdoc.ADOPT]["beta2"] == 0.9999
    assert found[adamdoc.AdEMAMix]["beta3"] == 0.9999
    assert found[LAMB]["weight_decay"] == 0.01
    assert found[Adafactor]["eps"] == 1e-30
    assert found[Adafactor]["least"] == 1e-3
    assert found[Adafactor]["power"] == 0.8
    assert found[Muon]["momentum"] == 0.95
    assert found[SOAP]["lr"] == 3e-3
    assert found[adamdoc.Yogi]["lr"] == 0.01
    assert found[adamdoc.Yogi]["eps"] == 1e-3
    assert found[SAM]["radius"] == 0.05
    assert found[adamdoc.COCOB]["alpha"] == 100
    assert found[adamdoc.AdaBound]["gamma"] == pytest.approx(1 - found[adamdoc.AdaBound]["beta2"])
    assert found[adamdoc.QHAdam]["nu1"] == 0.7
    assert found[adamdoc.Ftrl]["beta"] == 1
    assert found[adamdoc.Ftrl]["initial"] == 0
    assert found[adamdoc.RpropPlus]["lr"] == 0.1
    assert found[Lookahead] == {"steps": 5, "alpha": 0.5}


def test_variants_that_coincide():
    """Forms of the libraries with their switches off are the methods."""
    pairs = [
        (forms.AdamDialect(0.1), Adam(0.1)),
        (adamdoc.SGD(0.1, 0.8), HeavyBall(0.1, 0.8)),
        (adamdoc.SGD(0.1, 0.8, nesterov=1.0), Nesterov(0.1, 0.8)),
        (forms.AdaGradDialect(0.1), adamdoc.AdaGrad(0.1)),
        (forms.RMSpropDialect(0.1, 0.9), adamdoc.RMSprop(0.1, 0.9)),
        (forms.AMSGradDialect(0.1, correction=0.0, correction2=0.0), adamdoc.AMSGrad(0.1)),
        (forms.RAdamDialect(0.1, threshold=4.0), adamdoc.RAdam(0.1)),
        (forms.AdanDialect(0.1), adamdoc.Adan(0.1)),
        (adamdoc.AdEMAMix(0.1, alpha=0.0), Adam(0.1)),
        (adamdoc.OptimisticAdam(0.1, optimism=0.0), Adam(0.1)),
        (adamdoc.QHAdam(0.1, beta1=0.9, nu1=1.0), Adam(0.1)),
        (adamdoc.LaProp(0.1, beta1=0.0, eps=1e-8), Adam(0.1, beta1=0.0)),
        (forms.LaPropDialect(0.1), adamdoc.LaProp(0.1)),
        (adamdoc.OptimisticGradientDescent(0.1, optimism=0.0), GradientDescent(0.1)),
        (adamdoc.ASGD(0.1, weight_decay=0.0), GradientDescent(0.1)),
        (adamdoc.Ftrl(0.1, beta=0.0), adamdoc.AdaGrad(0.1, eps=0.0)),
        (forms.OptimisticAdamDialect(0.1), adamdoc.OptimisticAdam(0.1)),
        (AdafactorDialect(0.02), Adafactor(0.02)),
    ]
    for a, b in pairs:
        np.testing.assert_allclose(walk(a), walk(b), rtol=1e-12, err_msg=repr(a))
    eps_inside = walk(forms.AdaMaxDialect(0.1, eps=0.0))
    np.testing.assert_allclose(eps_inside, walk(AdaMax(0.1, eps=0.0)), rtol=1e-12)


def written_out(name, t, g, past, h):
    """Return the step that the paper of a method gives, from all gradients up to t."""
    age = np.arange(t)[::-1].reshape(-1, 1, 1)

    def mean(values, beta, last=t):
        return ((1 - beta) * beta ** age[-last:] * values).sum(axis=0)

    b1, b2 = h.get("beta1", 0), h.get("beta2", 0)
    m, v = mean(past, b1), mean(past**2, b2)
    if name == "NAdam":
        mu = b1 * (1 - 0.5 * 0.96 ** (np.arange(1, t + 2) * h["momentum_decay"]))
        ahead = mu[t] * m / (1 - np.prod(mu)) + (1 - mu[t - 1]) * g / (1 - np.prod(mu[:t]))
        return ahead / (np.sqrt(v / (1 - b2**t)) + h["eps"])
    if name == "RAdam":
        limit = 2 / (1 - b2) - 1
        rho = limit - 2 * t * b2**t / (1 - b2**t)
        m = m / (1 - b1**t)
        if rho <= h["threshold"]:
            return m
        top, bottom = (rho - 4) * (rho - 2) * limit, (limit - 4) * (limit - 2) * rho
        return np.sqrt(top / bottom) * m / (np.sqrt(v / (1 - b2**t)) + h["eps"])
    if name == "AdEMAMix":
        slow = mean(past, h["beta3"])
        top = m / (1 - b1**t) + h["alpha"] * slow
        return top / (np.sqrt(v / (1 - b2**t)) + h["eps"])
    if name == "Adan":
        before = np.concatenate([past[:1], past[:-1]])
        change = past - before
        d, n = mean(change, b2), mean((past + b2 * change) ** 2, h["beta3"])
        top = m / (1 - b1**t) + b2 * d / (1 - b2**t)
        return top / (np.sqrt(n / (1 - h["beta3"] ** t)) + h["eps"])
    if name == "SimplifiedAdEMAMix":
        total = (b1**age * past).sum(axis=0) + h["alpha"] * g
        return total / (np.sqrt(v / (1 - b2**t) + h["eps_root"]) + h["eps"])
    if name == "QHAdam":
        top = (1 - h["nu1"]) * g + h["nu1"] * m / (1 - b1**t)
        second = (1 - h["nu2"]) * g**2 + h["nu2"] * v / (1 - b2**t)
        return top / (np.sqrt(second) + h["eps"])
    if name == "LaProp":
        scaled = [adam_ratio(past[:k], 0, b2, h["eps"]) for k in range(1, t + 1)]
        return mean(np.array(scaled), b1) / (1 - b1**t)
    if name == "AdaBound":
        ever = np.array([mean(past[:k] ** 2, b2, k) for k in range(1, t + 1)]).max(axis=0)
        second = ever if h["amsgrad"] else v
        rate = 0.1 * np.sqrt(1 - b2**t) / (1 - b1**t) / (np.sqrt(second) + h["eps"])
        share = 1 / (h["gamma"] * t)
        lower, upper = h["final_lr"] * (1 - 1 / (1 / share + 1)), h["final_lr"] * (1 + share)
        return np.clip(rate, lower, upper) * m / 0.1
    if name == "OptimisticGradientDescent":
        return g + h["optimism"] * (g - past[max(0, t - 2)])
    if name == "OptimisticAdam":
        now, last = (adam_ratio(past[:k], b1, b2, h["eps"]) for k in (t, max(1, t - 1)))
        return now + h["optimism"] * (now - last)
    means = np.array(
        [
            ((1 - b1) * b1 ** np.arange(k)[::-1].reshape(-1, 1, 1) * past[:k]).sum(axis=0)
            for k in range(1, t + 1)
        ]
    )
    if name == "AdaBelief":
        spread = mean((past - means) ** 2, b2)
        spread = spread + h["eps_root"] * (1 - b2**t) / (1 - b2)
        return m / (1 - b1**t) / (np.sqrt(spread / (1 - b2**t)) + h["eps"])
    if name == "ACProp":
        if t == 1:
            return g / (1 + h["eps"])
        spread = (1 - b2) * sum(b2 ** (t - 2 - k) * (past[k] - means[k]) ** 2 for k in range(t - 1))
        spread = spread + h["eps_root"] * (1 - b2 ** (t - 1)) / (1 - b2)
        return g / (np.sqrt(spread / (1 - b2 ** (t - 1))) + h["eps"])
    if name == "Yogi":
        v = h["initial"] * np.ones_like(g)
        for square in past**2:
            v = v - (1 - b2) * np.sign(v - square) * square
        return m / (np.sqrt(v) + h["eps"])
    if name == "ADOPT":
        if t == 1:
            return 0 * g
        moment, v = 0, past[0] ** 2
        for k in range(1, t):
            bound = h["clip"] * k**0.25
            moment = b1 * moment + (1 - b1) * np.clip(
                past[k] / np.maximum(v**0.5, h["eps"]), -bound, bound
            )
            v = b2 * v + (1 - b2) * past[k] ** 2
        return moment
    if name == "SignSGD":
        return np.sign(g)
    if name == "Rprop":
        size, kept = np.full_like(g, 0.1), np.zeros_like(g)
        for new in past:  # each coordinate by itself, as the paper's pseudocode
            for k in np.ndindex(g.shape):
                kept[k], before = new[k], kept[k]
                if before * new[k] > 0:
                    size[k] = min(size[k] * h["eta_plus"], h["step_max"])
                elif before * new[k] < 0:
                    size[k] = max(size[k] * h["eta_minus"], h["step_min"])
                    kept[k] = 0
        return size / 0.1 * np.sign(kept)  # the step is not multiplied by lr
    if name == "Signum":
        return np.sign(mean(past, h["beta"]))
    raise KeyError(name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("NAdam", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "momentum_decay": 0.1}),
        ("RAdam", {"beta1": 0.8, "beta2": 0.97, "eps": 1e-3, "threshold": 4.0}),
        ("AdEMAMix", {"beta1": 0.8, "beta2": 0.9, "beta3": 0.99, "alpha": 3.0, "eps": 1e-3}),
        ("Adan", {"beta1": 0.9, "beta2": 0.8, "beta3": 0.7, "eps": 1e-3}),
        ("AdaBelief", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "eps_root": 1e-4}),
        ("Yogi", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "initial": 1e-2}),
        ("ADOPT", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "clip": 0.9}),
        ("ACProp", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "eps_root": 1e-4}),
        ("OptimisticAdam", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "optimism": 0.7}),
        ("OptimisticGradientDescent", {"optimism": 0.7}),
        ("LaProp", {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3}),
        ("QHAdam", {"beta1": 0.8, "beta2": 0.9, "nu1": 0.6, "nu2": 0.7, "eps": 1e-3}),
        *(
            (
                "AdaBound",
                {
                    "final_lr": 0.2,
                    "beta1": 0.8,
                    "beta2": 0.9,
                    "gamma": 0.3,
                    "eps": 1e-3,
                    "amsgrad": amsgrad,
                },
            )
            for amsgrad in (0.0, 1.0)
        ),
        (
            "SimplifiedAdEMAMix",
            {"beta1": 0.8, "beta2": 0.9, "alpha": 3.0, "eps": 1e-3, "eps_root": 1e-4},
        ),
        ("SignSGD", {}),
        ("Rprop", {"eta_minus": 0.4, "eta_plus": 1.3, "step_min": 0.05, "step_max": 0.15}),
        ("Signum", {"beta": 0.7}),
    ],
)
def test_elementwise_methods_against_their_papers(name, values):
    path = walk(getattr(adamdoc, name)(lr=0.1, **values))
    theta = START
    for t in range(1, 9):
        theta = theta - 0.1 * written_out(name, t, GRADIENTS[t - 1], GRADIENTS[:t], values)
        np.testing.assert_allclose(path[t - 1], theta, rtol=1e-10)


def test_schedule_free_radam_joins_its_parents():
    """The rectified rates of RAdam, and the average of the iterates written out."""
    optimizer = adamdoc.ScheduleFreeRAdam(0.3, 0.8, 0.9, 1e-3, 0.1)
    path, y, z, v, iterates, weights = walk(optimizer), START, START, 0, [START], [1e-300]
    limit = 2 / (1 - 0.9) - 1
    for t, g in enumerate(GRADIENTS, start=1):
        v = 0.9 * v + 0.1 * g**2
        rho = limit - 2 * t * 0.9**t / (1 - 0.9**t)
        top, bottom = (rho - 4) * (rho - 2) * limit, (limit - 4) * (limit - 2) * rho
        rate = 0.3 * np.sqrt(top / bottom) if rho > 4 else 0
        z = z - rate * (g / (np.sqrt(v / (1 - 0.9**t)) + 1e-3) + 0.1 * y)
        iterates.append(z)
        weights.append(rate**2)
        y = 0.2 * z + 0.8 * np.average(iterates, axis=0, weights=weights)
        np.testing.assert_allclose(path[t - 1], y, rtol=1e-11)
    assert (path[3] == START).all()
    assert (path[7] != START).all()


def test_rprop_plus_takes_steps_back():
    """Algorithm 1 of Igel and Hüsken, each coordinate by itself."""
    path = walk(adamdoc.RpropPlus(0.1, 0.4, 1.3, 0.05, 0.15))
    theta = START.copy()
    size, before, step = np.full_like(START, 0.1), np.zeros_like(START), np.zeros_like(START)
    for t, g in enumerate(GRADIENTS):
        for k in np.ndindex(g.shape):
            if before[k] * g[k] < 0:
                size[k] = max(0.4 * size[k], 0.05)
                theta[k] -= step[k]
                before[k] = 0
                continue
            if before[k] * g[k] > 0:
                size[k] = min(1.3 * size[k], 0.15)
            step[k] = -np.sign(g[k]) * size[k]
            theta[k] += step[k]
            before[k] = g[k]
        np.testing.assert_allclose(path[t], theta, rtol=1e-12)


def test_asgd_averages_from_a_step_on():
    optimizer = adamdoc.ASGD(0.3, weight_decay=0.2, power=0.5, t0=2.0)
    path, theta, state = walk(optimizer), START, optimizer.init(START)
    for t, g in enumerate(GRADIENTS, start=1):
        rate = 0.3 / np.sqrt(1 + 0.2 * 0.3 * (t - 1))
        theta, state = theta - rate * (g + 0.2 * theta), optimizer.update(theta, g, state)[1]
        np.testing.assert_allclose(path[t - 1], theta, rtol=1e-12)
        averaged = path[3:t] if t > 4 else path[t - 1 : t]
        np.testing.assert_allclose(optimizer.point(theta, state), averaged.mean(axis=0))


def test_ftrl_minimizes_what_it_is_derived_from():
    """Linear functions, both penalties, and the distances from the parameters of the past."""
    lr, l1, l2, beta = 0.3, 0.4, 0.5, 0.6
    path = walk(adamdoc.Ftrl(lr, l1, l2, beta=beta))
    squares = np.cumsum(GRADIENTS**2, axis=0)
    weights = np.diff(np.sqrt(squares), axis=0, prepend=0 * START[None]) / lr
    places = np.concatenate([START[None], path])
    for t in range(1, 9):
        theta = path[t - 1]
        slope = GRADIENTS[:t].sum(axis=0) + (l2 + beta / lr) * theta
        slope = slope + (weights[:t] * (theta - places[:t])).sum(axis=0)
        off = theta != 0
        np.testing.assert_allclose(slope[off], -l1 * np.sign(theta[off]), rtol=1e-10)
        assert (abs(slope[~off]) <= l1).all()
    assert (path[0] == 0).any()


def test_madgrad_and_cocob_start_again_from_the_start():
    """Algorithm 1 of Defazio and Jelassi, and Algorithm 2 of Orabona and Tommasi, as sums."""
    path, theta = walk(adamdoc.MADGRAD(0.1, 0.7, 1e-3)), START
    weights = 0.1 * np.sqrt(np.arange(1, 9)).reshape(-1, 1, 1)
    for t in range(1, 9):
        s, v = (weights * GRADIENTS)[:t].sum(axis=0), (weights * GRADIENTS**2)[:t].sum(axis=0)
        theta = 0.7 * theta + 0.3 * (START - s / (np.cbrt(v) + 1e-3))
        np.testing.assert_allclose(path[t - 1], theta, rtol=1e-12)
    path, theta, won = walk(adamdoc.COCOB(alpha=3.0, eps=0.0)), START, 0
    for t in range(1, 9):
        past = GRADIENTS[:t]
        largest, total = abs(past).max(axis=0), abs(past).sum(axis=0)
        won = np.maximum(won - GRADIENTS[t - 1] * (theta - START), 0)
        fraction = -past.sum(axis=0) / (largest * np.maximum(total + largest, 3 * largest))
        theta = START + fraction * (largest + won)
        np.testing.assert_allclose(path[t - 1], theta, rtol=1e-12)


@pytest.mark.parametrize("power", [0.0, 2.0])
def test_schedule_free_averages_its_iterates(power):
    """Equations 3 to 5 of the paper, with the average written out."""
    sgd = adamdoc.ScheduleFreeSGD(0.3, 0.8, 0.1, warmup=4.0, power=power)
    adamw = adamdoc.ScheduleFreeAdamW(0.3, 0.8, 0.9, 1e-3, 0.1, warmup=4.0, power=power)
    for optimizer in (sgd, adamw):
        theta, state = START, optimizer.init(START)
        y, z, iterates, weights, v = START, START, [], [], 0
        for t, g in enumerate(GRADIENTS, start=1):
            theta, state = optimizer.update(theta, g, state)
            rate = 0.3 * min(1, t / 4)
            v = 0.9 * v + 0.1 * g**2
            step = g if optimizer is sgd else g / (np.sqrt(v / (1 - 0.9**t)) + 1e-3)
            z = z - rate * (step + 0.1 * y)
            iterates.append(z)
            weights.append(rate**power)
            x = np.average(iterates, axis=0, weights=weights)
            y = 0.2 * z + 0.8 * x
            np.testing.assert_allclose(theta, y, rtol=1e-11)
            np.testing.assert_allclose(state["x"], x, rtol=1e-11)


def test_sm3_of_a_tensor_has_an_accumulator_for_each_slice():
    """SM3-II entry by entry, with the slices along three axes as the cover."""
    gradients = RNG.standard_normal((4, 2, 3, 2))
    path = walk(SM3(0.1, 0.0), gradients, np.zeros((2, 3, 2)))
    w, cover = np.zeros((2, 3, 2)), [np.zeros(n) for n in (2, 3, 2)]
    for g, found in zip(gradients, path, strict=True):
        new = [np.zeros(n) for n in (2, 3, 2)]
        for place in np.ndindex(2, 3, 2):
            bound = min(cover[axis][k] for axis, k in enumerate(place)) + g[place] ** 2
            w[place] -= 0.1 * g[place] / np.sqrt(bound)
            for axis, k in enumerate(place):
                new[axis][k] = max(new[axis][k], bound)
        cover = new
        np.testing.assert_allclose(found, w, rtol=1e-12)


def test_mechanic_bets_once_for_each_decay_rate():
    """Algorithm 1 of Cutkosky and others as their code has it, one bettor after the other."""
    optimizer = adamdoc.Mechanic(HeavyBall(1.0, 0.5), 0.2, initial=0.03, scales=3)
    path, inner = walk(optimizer), walk(HeavyBall(1.0, 0.5))
    steps = np.diff(inner, axis=0, prepend=START[None])
    theta, bets, reward = START, [0.03] * 3, [0.0] * 3
    falls, total = [], 0.09
    for t, g in enumerate(GRADIENTS):
        moved = (theta - START) / (total + 1e-8)
        pull = 0.2 * total * np.linalg.norm(g) / (np.linalg.norm(theta) + 1e-8)
        fall = np.sum((g + pull * theta) * -moved)
        for k in range(3):
            beta = 1 - 10.0 ** -(k + 1)
            peaks = [(abs(h) + 1e-8) * beta ** (t - 1 - i) for i, h in enumerate(falls)]
            bound = max(peaks, default=0.0)
            reward[k] = beta * reward[k] + np.clip(fall, -bound, bound) * bets[k]
            squares = sum(h**2 * beta ** (2 * (t - i)) for i, h in enumerate([*falls, fall]))
            staked = 0.01 * max(beta * bound, abs(fall) + 1e-8) + max(reward[k], 0)
            bets[k] = staked / (squares**0.5 + 1e-8)
        falls.append(fall)
        total = sum(bets)
        theta = START + total * (moved + steps[t])
        np.testing.assert_allclose(path[t], theta, rtol=1e-9)
