"""Updates of all arrays of a model at once: scopes, points, groups, second gradients, training."""

import json
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import adamdoc
from adamdoc import (
    LAMB,
    SAM,
    Adafactor,
    Adam,
    AdamW,
    Cautious,
    ClipByNorm,
    ClipEachByNorm,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    Groups,
    HeavyBall,
    Lookahead,
    Mechanic,
    Momentum,
    MoMoAdam,
    Muon,
    Prodigy,
    Ravine,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Shampoo,
    Sophia,
    dialects,
    load,
    minimize,
    train,
)
from adamdoc.curvature import estimate_due, flatten
from adamdoc.models import MLP, Embedding, LinearRegression, Model, SoftmaxRegression
from adamdoc.optimizers.arrays import each, total
from adamdoc.optimizers.base import check_state
from adamdoc.optimizers.wrappers.wrapper import needs

RNG = np.random.default_rng(0)
THETA = {"W": RNG.standard_normal((3, 2)), "V": RNG.standard_normal((2, 4))}
VECTORS = {**THETA, "c": RNG.standard_normal(3), "s": np.array(0.5)}
STEPS = 6


def gradients(theta, seed=1):
    rng = np.random.default_rng(seed)
    return [{n: rng.standard_normal(p.shape) for n, p in theta.items()} for _ in range(STEPS)]


def extra(optimizer, g):
    given = {"gradient": lambda _theta: g, "loss": 0.8, "noise": g}
    given["objective"] = lambda theta: total(each(np.square, theta))
    return {name: given[name] for name in needs(optimizer) - {"curvature"}}


def walk(optimizer, theta, given, state=None):
    state = optimizer.init(theta) if state is None else state
    for g in given:
        theta, state = optimizer.update(theta, g, state, **extra(optimizer, g))
    return theta, state


def parameters(cls):
    return THETA if cls.matrix_only else VECTORS


@pytest.mark.parametrize("cls", dialects.ALL)
def test_a_mapping_is_the_arrays_one_by_one_unless_the_scope_is_the_model(cls):
    # So that the distance or the scale is large early, and the model of the loss limits the rate.
    early = {Prodigy: {"d0": 0.1}, Mechanic: {"initial": 0.1}, MoMoAdam: {"lr": 10.0}}
    optimizer = cls(**early.get(cls, {}))
    theta = parameters(cls)
    given = gradients(theta)
    together, state = walk(optimizer, theta, given)
    alone = {n: walk(optimizer, p, [g[n] for g in given])[0] for n, p in theta.items()}
    assert type(together) is dict
    assert state["t"] == STEPS
    if cls.scope == "model" and cls not in (
        Groups,
        SAM,
    ):  # along given gradients SAM changes nothing
        assert any(not np.allclose(together[n], alone[n], rtol=1e-6) for n in theta)
        return
    for name in theta:
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-13, err_msg=name)


@pytest.mark.parametrize("cls", dialects.ALL)
def test_updates_of_mappings_are_pure_and_go_on_from_a_saved_state(cls):
    optimizer, theta = cls(), parameters(cls)
    given = gradients(theta)
    end, _ = walk(optimizer, theta, given)
    before = json.dumps({n: p.tolist() for n, p in theta.items()})
    half, state = walk(optimizer, theta, given[:3])
    plain = json.loads(json.dumps(state, default=lambda value: np.asarray(value).tolist()))
    again, _ = walk(optimizer, half, given[3:], check_state(optimizer, half, plain))
    assert json.dumps({n: p.tolist() for n, p in theta.items()}) == before
    for name in theta:
        np.testing.assert_array_equal(again[name], end[name])


@pytest.mark.parametrize("cls", [ClipByNorm, Prodigy, SAM])
def test_a_model_method_is_the_method_on_all_parameters_as_one_vector(cls):
    def gradient(vector):
        return vector * np.arange(1, vector.size + 1)

    def on_arrays(theta):
        vector = gradient(flatten(theta))
        ends = np.cumsum([p.size for p in theta.values()])[:-1]
        return {
            n: part.reshape(p.shape)
            for (n, p), part in zip(theta.items(), np.split(vector, ends), strict=True)
        }

    optimizer = cls(Adam(lr=0.1)) if cls is not Prodigy else Prodigy(d0=0.1)
    theta, vector = VECTORS, flatten(VECTORS)
    state, vector_state = optimizer.init(theta), optimizer.init(vector)
    for _ in range(5):
        given = {"gradient": (on_arrays, gradient), "loss": (0.8, 0.8), "noise": (theta, vector)}
        of_arrays, of_vector = (
            {name: given[name][k] for name in needs(optimizer) - {"curvature"}} for k in (0, 1)
        )
        theta, state = optimizer.update(theta, on_arrays(theta), state, **of_arrays)
        vector, vector_state = optimizer.update(vector, gradient(vector), vector_state, **of_vector)
    np.testing.assert_allclose(flatten(theta), vector, rtol=1e-12)


def test_clipping_in_training_takes_the_norm_of_the_whole_gradient():
    """The sample of the report: each array by itself would make a step of norm 1.41."""
    data = np.array([[0.75]]), np.array([-2.0])
    model = LinearRegression(1)
    start = {name: np.zeros(np.shape(p)) for name, p in model.init(0).items()}
    for optimizer, expected in (
        (ClipByNorm(GradientDescent(lr=1.0), max_norm=1.0), 1.0),
        (ClipEachByNorm(GradientDescent(lr=1.0), max_norm=1.0), np.sqrt(2)),
    ):
        run = train(model, data, optimizer, epochs=1, batch_size=1, params=start)
        assert np.linalg.norm(flatten(run.params)) == pytest.approx(expected)


@pytest.mark.parametrize("wrapper", [ClipByNorm, ClipEachByNorm])
@pytest.mark.parametrize("theta", [THETA, VECTORS["c"]])
def test_the_limit_of_a_norm_is_one_number(wrapper, theta):
    for limits in ({"max_norm": lambda _t: np.ones(1)}, {"eps": np.ones(1)}):
        optimizer = wrapper(Adam(), **limits)
        with pytest.raises(ValueError, match=f"{next(iter(limits))} must be one number"):
            optimizer.update(theta, theta, optimizer.init(theta))


def test_wrappers_pass_all_arrays_to_a_model_method_inside():
    theta, given = VECTORS, gradients(VECTORS)
    g = given[0]
    norm = np.linalg.norm(flatten(g))
    clipped = {n: part / norm for n, part in g.items()}
    inside = ClipByNorm(GradientDescent(lr=1.0), 1.0)
    for optimizer in (inside, Lookahead(inside), DecoupledDecay(inside, 0.0)):
        after, _ = walk(optimizer, theta, [g])
        for name in theta:
            np.testing.assert_allclose(theta[name] - after[name], clipped[name], rtol=1e-12)
    decayed = {n: part + 0.5 * theta[n] for n, part in g.items()}
    norm = np.linalg.norm(flatten(decayed))
    after, _ = walk(CoupledDecay(inside, 0.5), theta, [g])
    for name in theta:
        np.testing.assert_allclose(theta[name] - after[name], decayed[name] / norm, rtol=1e-12)


@pytest.mark.parametrize(
    ("theta", "g", "message"),
    [
        (
            {"w": [1.0]},
            {"v": [1.0]},
            "g must be a mapping with the names w, as theta, got a mapping",
        ),
        ({"w": [1.0]}, [1.0], "g must be a mapping with the names w, as theta, got an array"),
        ([1.0], {"w": [1.0]}, "g must be an array, as theta, got a mapping with the names w"),
        ({"w": [1.0]}, {"w": [1.0, 2.0]}, r"g\['w'\] must have the shape of theta\['w'\], \(1,\)"),
    ],
)
@pytest.mark.parametrize("optimizer", [Adam(), LAMB(), ClipByNorm(Adam()), Prodigy(), Groups()])
def test_gradients_that_do_not_belong_to_the_parameters(optimizer, theta, g, message):
    with pytest.raises(ValueError, match=message):
        optimizer.update(theta, g, optimizer.init(theta))


@pytest.mark.parametrize(
    ("theta", "error", "message"),
    [
        ({}, ValueError, "theta must contain at least one array, got an empty mapping"),
        ({1: [1.0]}, TypeError, "the names of theta must be strings, got 1"),
        ({"w": ["a"]}, TypeError, r"theta\['w'\] must be an array of real numbers"),
    ],
)
def test_bad_mappings(theta, error, message):
    for optimizer in (Adam(), ClipByNorm(Adam())):
        with pytest.raises(error, match=message):
            optimizer.init(theta)


def test_a_state_of_something_else_is_refused():
    state = Adam().init(np.zeros(2))
    with pytest.raises(
        ValueError, match=r"state\['m'\] must have the entries w of Adam, got an ar"
    ):
        Adam().update({"w": np.zeros(2)}, {"w": np.ones(2)}, state)
    with pytest.raises(ValueError, match=r"state\['m'\] must have shape \(3,\), got .* \(2,\)"):
        check_state(Adam(), np.zeros(3), state)
    with pytest.raises(TypeError, match="state must be a dict"):
        check_state(Adam(), np.zeros(3), 3)


class Own(GradientDescent):
    """A user's optimizer with a mean of gradients, a number and a list of past gradients."""

    def init(self, theta):
        return {"t": 0, "mean": np.zeros_like(theta), "total": 0.0, "past": []}

    def update(self, theta, g, state):
        theta, g, t, lr = self._operands(theta, g, state)
        mean = state["mean"] + (g - state["mean"]) / t
        total = state["total"] + float(np.sum(g))
        return theta - lr * mean, {
            "t": t,
            "mean": mean,
            "total": total,
            "past": [*state["past"], g],
        }


class Masked(GradientDescent):
    """A user's optimizer whose state is not of floats."""

    def init(self, theta):
        return {"t": 0, "mask": np.ones(np.shape(theta), bool)}

    def update(self, theta, g, state):
        theta, g, t, lr = self._operands(theta, g, state)
        return theta - lr * g * state["mask"], {"t": t, "mask": g > 0}


class Extended(Own):
    """A user's optimizer that adds an entry to the state of the class that it extends."""

    def init(self, theta):
        return {**super().init(theta), "calls": 0}

    def update(self, theta, g, state):
        calls = state["calls"]
        inside = {name: value for name, value in state.items() if name != "calls"}
        theta, inside = super().update(theta, g, inside)
        return theta, {**inside, "calls": calls + 1}


STATEFUL = [
    *(Adam(), Own(), Extended(), Prodigy(), Lookahead(Adam()), ClipByNorm(DecoupledDecay(Adam()))),
    *(Muon(), Shampoo(), Adafactor(), SAM(Lookahead(Momentum())), Groups(Momentum())),
    Groups(Adam(), [("V", Lookahead(Momentum())), ("c", Prodigy())]),
]


def _entries(state, path=()):
    for name, value in state.items():
        if isinstance(value, dict):
            yield from _entries(value, (*path, name))
        yield (*path, name)


def _changed(state, path, function):
    """Return a copy of a state, changed by a function of the mapping that has an entry."""
    name, *rest = path
    copied = dict(state)
    if rest:
        copied[name] = _changed(state[name], rest, function)
    else:
        function(copied, name)
    return copied


@pytest.mark.parametrize("optimizer", STATEFUL, ids=str)
@pytest.mark.parametrize("whole", [False, True], ids=["array", "model"])
def test_update_takes_only_the_state_of_its_parameters(optimizer, whole):
    theta = {"V": np.ones((3, 2)), "c": np.ones((2, 2))} if whole else np.ones((3, 2))
    if not whole and getattr(optimizer, "groups", ()):
        return
    extra = {"gradient": lambda theta: theta} if isinstance(optimizer, SAM) else {}
    g = {name: value + 1 for name, value in theta.items()} if whole else theta + 1
    _, state = optimizer.update(theta, g, optimizer.init(theta), **extra)
    optimizer.update(theta, g, state, **extra)

    def refused(path, function, error=ValueError):
        with pytest.raises(error, match=r"^state.* must ") as found:
            optimizer.update(theta, g, _changed(state, path, function), **extra)
        *around, name = path
        assert str(found.value).startswith("state" + "".join(f"[{part!r}]" for part in around))
        assert name in str(found.value)

    for path in _entries(state):
        refused(path, lambda entries, name: entries.pop(name))
        refused(path, lambda entries, name: entries.update({f"{name}_more": entries[name]}))
        if "past" not in path and path[-1] != "t":
            refused(path, lambda entries, name: entries.update({name: np.ones((5, 7))}))
            if path[-1] != "groups":
                refused(path, lambda entries, name: entries.update({name: np.ones((2, 3, 2))}))


def test_a_restored_state_may_hold_arrays_of_one_number_and_lists():
    theta = np.ones(2)
    for optimizer in (Own(), Masked(), Prodigy(), Adam()):
        _, state = optimizer.update(theta, theta, optimizer.init(theta))
        archived = {
            name: value if isinstance(value, list) else np.array(value)
            for name, value in state.items()
        }
        restored = check_state(optimizer, theta, {**archived, "t": [int(archived["t"])]})
        np.testing.assert_array_equal(
            optimizer.update(theta, theta, restored)[0], optimizer.update(theta, theta, state)[0]
        )
        np.testing.assert_array_equal(
            optimizer.update(theta, theta, archived)[0], optimizer.update(theta, theta, state)[0]
        )
    with pytest.raises(ValueError, match=r"state\['m'\] must not be ragged"):
        Adam().update(theta, theta, {"t": 0, "m": [[1.0], [1.0, 2.0]], "v": theta})
    with pytest.raises(TypeError, match=r"state\['v'\] must be an array of real numbers, got 'a'"):
        Adam().update(np.float64(1.0), np.float64(1.0), {"t": 0, "m": 0.0, "v": "a"})


def test_an_optimizer_asks_init_once_for_each_shape_and_forgets_it_when_pickled():
    calls = []

    class Counting(Own):
        def init(self, theta):
            calls.append(np.shape(theta))
            return super().init(theta)

    optimizer, theta = Counting(), np.ones(2)
    state = optimizer.init(theta)
    for _ in range(3):
        theta, state = optimizer.update(theta, theta, state)
    Counting().update(theta, theta, state)
    assert calls == [(2,), (2,)]
    used = Adam()
    used.init(theta)
    assert vars(pickle.loads(pickle.dumps(used))) == vars(Adam())
    assert used == Adam()


def test_a_state_of_another_shape_is_not_broadcast():
    state = Adam().init(np.zeros(2))
    with pytest.raises(ValueError, match=r"state\['m'\] must have shape \(3, 2\), got .* \(2,\)"):
        Adam().update(np.zeros((3, 2)), np.ones((3, 2)), state)


def test_own_optimizers_and_wrappers_take_mappings_without_knowing_it():
    class Halving(GradientDescent):
        def update(self, theta, g, state):
            theta, g, t, lr = self._operands(theta, g, state)
            return theta - lr * np.where(g > 0, g, 0.5 * g), {"t": t}

    class Positive(adamdoc.Wrapper):
        def update(self, theta, g, state, **more):
            theta, g, _ = self._operands(theta, g, state)
            return self.optimizer.update(theta, np.clip(g, 0, None), state, **more)

    theta, g = {"w": np.array([1.0, 1.0]), "c": np.array(1.0)}, {"w": [2.0, -2.0], "c": -2.0}
    for optimizer, expected in (
        (Halving(lr=0.5), {"w": [0.0, 1.5], "c": 1.5}),
        (Positive(GradientDescent(lr=0.5)), {"w": [0.0, 1.0], "c": 1.0}),
    ):
        after, _ = optimizer.update(theta, g, optimizer.init(theta))
        for name in theta:
            np.testing.assert_array_equal(after[name], expected[name])


def test_an_update_needs_a_state_and_returns_a_pair():
    for theta in (VECTORS, VECTORS["W"]):
        for state in (None, {}, Adam().init(theta)["m"]):
            with pytest.raises(ValueError, match="state must be a dict as returned by init"):
                Adam().update(theta, theta, state)
    with pytest.raises(
        ValueError, match=r"state\['m'\] must have the entries W, V, c, s of Adam, got W"
    ):
        Adam().update(VECTORS, VECTORS, Adam().init({"W": VECTORS["W"]}))

    class Forgetful(GradientDescent):
        def update(self, theta, g, state):
            return super().update(theta, g, state)[0]

    for theta in (VECTORS, np.ones(2)):
        with pytest.raises(TypeError, match=r"update of Forgetful must return the pair"):
            Forgetful().update(theta, theta, {"t": 0})


def test_own_hyperparameters_need_no_entry_in_the_notation():
    @dataclass(frozen=True)
    class Scaled(GradientDescent):
        scale: float = 2.0

        def update(self, theta, g, state):
            theta, g, t, lr, scale = self._operands(theta, g, state)
            return theta - lr * scale * g, {"t": t}

    assert Scaled(lr=0.5, scale=-1).update([1.0], [1.0], {"t": 0})[0] == [1.5]
    with pytest.raises(ValueError, match="scale must be finite, got inf"):
        Scaled(scale=np.inf)


def test_point_is_the_average_or_the_slow_weights():
    theta, given = VECTORS, gradients(VECTORS)
    for optimizer, entry in (
        (ScheduleFreeSGD(lr=0.1), "x"),
        (ScheduleFreeAdamW(), "x"),
        (Lookahead(Adam()), "slow"),
        (ClipByNorm(ScheduleFreeAdamW()), "x"),
    ):
        after, state = walk(optimizer, theta, given[:3])
        for name, part in optimizer.point(after, state).items():
            np.testing.assert_array_equal(part, state[entry][name])
            assert (part != after[name]).any()
        alone, state = walk(optimizer, theta["c"], [g["c"] for g in given[:3]])
        np.testing.assert_array_equal(optimizer.point(alone, state), state[entry])
    after, state = walk(Adam(), theta, given)
    assert Adam().point(after, state) is after


def test_every_hyperparameter_but_a_count_may_be_a_schedule():
    given = [g["c"] for g in gradients(VECTORS)]
    path = []
    theta, state = VECTORS["c"], Adam().init(VECTORS["c"])
    for t, g in enumerate(given, start=1):
        theta, state = Adam(lr=0.1 / t, beta1=0.9 - 0.1 * t).update(theta, g, state)
        path.append(theta)
    scheduled = Adam(lr=lambda t: 0.1 / t, beta1=lambda t: 0.9 - 0.1 * t)
    np.testing.assert_array_equal(walk(scheduled, VECTORS["c"], given)[0], path[-1])
    with pytest.raises(
        ValueError, match="beta1 at step 2 must be at least 0 and less than 1, got 2"
    ):
        walk(Adam(beta1=lambda t: 0.0 if t == 1 else 2), VECTORS["c"], given)
    with pytest.raises(TypeError, match="steps must be a number or an array of numbers, got <func"):
        Lookahead(Adam(), steps=lambda t: t)
    decayed = walk(DecoupledDecay(GradientDescent(0.5), lambda t: t), np.ones(1), np.zeros((2, 1)))
    np.testing.assert_allclose(decayed[0], (1 - 0.5) * (1 - 1.0))


# Groups


def is_matrix(_name, shape):
    return len(shape) == 2


def test_groups_step_each_array_with_its_optimizer():
    optimizer = Groups(
        AdamW(lr=0.1, weight_decay=0.1),
        [("c", AdamW(lr=0.1, weight_decay=0.0)), (is_matrix, Muon(lr=0.05))],
    )
    given = gradients(VECTORS)
    after, state = walk(optimizer, VECTORS, given)
    for names, inside in (
        ("c", AdamW(lr=0.1, weight_decay=0.0)),
        ("WV", Muon(lr=0.05)),
        ("s", AdamW(lr=0.1, weight_decay=0.1)),
    ):
        for name in names:
            alone, _ = walk(inside, VECTORS[name], [g[name] for g in given])
            np.testing.assert_allclose(after[name], alone, rtol=1e-13)
    assert list(after) == list(VECTORS)
    assert state["groups"].keys() == {"0", "1", "rest"}


@pytest.mark.parametrize(
    "rule", ["W*", ["W", "[VW]"], ("?",), {"W": 1}.keys(), lambda name, _shape: name == "W"]
)
def test_rules_by_name(rule):
    given = gradients(THETA)
    optimizer = Groups(GradientDescent(0.1), [(rule, GradientDescent(1.0))])
    after, _ = walk(optimizer, THETA, given[:1])
    np.testing.assert_allclose(after["W"], THETA["W"] - given[0]["W"])


def test_the_scope_of_clipping_is_what_it_is_around():
    g = {"a": np.array([3.0]), "b": np.array([4.0])}
    theta = {"a": np.zeros(1), "b": np.zeros(1)}
    clipped = ClipByNorm(GradientDescent(1.0), 1.0)
    around = ClipByNorm(Groups(GradientDescent(1.0), [("a", GradientDescent(2.0))]), 1.0)
    within = Groups(GradientDescent(1.0), [("a", clipped)])
    assert walk(around, theta, [g])[0] == {"a": pytest.approx(-1.2), "b": pytest.approx(-0.8)}
    assert walk(within, theta, [g])[0] == {"a": pytest.approx(-1.0), "b": pytest.approx(-4.0)}


def test_groups_pass_on_points_curvatures_and_second_gradients():
    optimizer = Groups(
        ScheduleFreeSGD(lr=0.1), [("W", SAM(GradientDescent(0.1), 0.5)), ("V", Sophia(lr=0.1))]
    )
    theta = VECTORS

    def gradient(theta):
        return {n: 2 * p for n, p in theta.items()}

    state = optimizer.init(theta)
    ones = {n: np.ones(p.shape) for n, p in theta.items()}
    after, state = optimizer.update(
        theta, gradient(theta), state, gradient=gradient, curvature=ones
    )
    w = theta["W"]
    worst = w + 0.5 * w / np.linalg.norm(w)
    np.testing.assert_allclose(after["W"], w - 0.2 * worst, rtol=1e-12)
    v, _ = Sophia(lr=0.1).update(theta["V"], 2 * theta["V"], Sophia().init(theta["V"]), ones["V"])
    np.testing.assert_array_equal(after["V"], v)
    after, state = optimizer.update(after, gradient(after), state, gradient=gradient)
    point = optimizer.point(after, state)
    np.testing.assert_array_equal(point["c"], state["groups"]["rest"]["x"]["c"])
    np.testing.assert_array_equal(point["W"], after["W"])


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"W": Adam()}, "groups must be a sequence of pairs"),
        ("W", "groups must be a sequence of pairs"),
        ([Adam()], r"groups\[0\] must be a pair \(rule, optimizer\), got Adam"),
        ([(Adam(), "W")], r"groups\[0\] must be a pair .* with an Optimizer second, got 'W'"),
        ([(3, Adam())], r"the rule of groups\[0\] must be a name, a pattern"),
    ],
)
def test_bad_groups(groups, message):
    with pytest.raises(TypeError, match=message):
        Groups(Adam(), groups)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([("w", Adam())], r"groups\[0\] must match one of the arrays .*, got 'w'$"),
        ([(["W", "c_"], Adam())], r"got 'c_'; did you mean 'c'\?"),
        ([("W", Adam()), ("bias*", Adam())], r"the rule of groups\[1\] must match .*'bias\*'"),
        ([("*", Adam()), ("W", Adam())], r"groups\[1\] must apply .* earlier groups take all"),
        ([(lambda name, _shape: name == "bias", Adam())], r"at least one .* it matches none"),
    ],
)
def test_a_rule_that_applies_to_no_array_is_an_error(groups, message):
    with pytest.raises(ValueError, match=message):
        Groups(Adam(), groups).init(VECTORS)


def test_decay_around_groups_takes_the_rate_of_each():
    def grouped(wrap):
        inner = Groups(GradientDescent(0.2), [("W", GradientDescent(lambda t: 0.3 / t))])
        return Groups(wrap(GradientDescent(0.1)), [("c", wrap(GradientDescent(0.01)))]), inner

    plain, nested = grouped(lambda optimizer: optimizer)
    inside, _ = grouped(lambda optimizer: DecoupledDecay(optimizer, 0.5))
    given = gradients(VECTORS)
    for around in (DecoupledDecay(plain, 0.5), DecoupledDecay(ClipByNorm(plain, 1e9), 0.5)):
        after, _ = walk(around, VECTORS, given)
        expected, _ = walk(inside, VECTORS, given)
        for name in VECTORS:
            np.testing.assert_allclose(after[name], expected[name], rtol=1e-13)
    halves = {name: np.float32(value) for name, value in VECTORS.items()}
    after, _ = walk(DecoupledDecay(plain, 0.5), halves, given)
    assert {value.dtype.name for value in after.values()} == {"float32"}
    deep = DecoupledDecay(Groups(nested, [("c", GradientDescent(0.01))]), 0.5)
    rates = deep.rates(VECTORS, 3)
    assert rates == {"W": pytest.approx(0.1), "V": 0.2, "s": 0.2, "c": 0.01}


@pytest.mark.parametrize("wrapper", [DecoupledDecay, Cautious, Lookahead])
@pytest.mark.parametrize("method", [ScheduleFreeSGD(), ClipByNorm(ScheduleFreeAdamW())])
def test_a_wrapper_that_would_have_no_effect_is_refused(wrapper, method):
    with pytest.raises(ValueError, match=f"but ScheduleFree.* {wrapper.__name__} would have no"):
        wrapper(method)
    CoupledDecay(method)  # acts on the gradient


def test_slow_weights_cannot_be_nested():
    with pytest.raises(ValueError, match="optimizer must not keep slow weights of its own"):
        Lookahead(ClipByNorm(Lookahead(Adam()))).init(VECTORS)


def test_groups_need_names():
    optimizer = Groups(Adam(), [("W", SAM(Adam()))])
    with pytest.raises(ValueError, match="theta must be a mapping of names to arrays"):
        minimize(Ravine(), optimizer)


def test_an_estimate_goes_to_the_groups_in_which_it_is_due():
    optimizer = Groups(Sophia(lr=0.1, steps=2), [("W", Sophia(lr=0.1, steps=3))])
    ones = {name: np.ones(value.shape) for name, value in VECTORS.items()}
    theta, state = VECTORS, optimizer.init(VECTORS)
    for t in (1, 2, 3, 4):
        extra = {"curvature": ones} if estimate_due(optimizer, t) else {}
        theta, state = optimizer.update(theta, ones, state, **extra)
    for label, name, times in (("0", "W", (1, 4)), ("rest", "c", (1, 3))):
        h = sum(0.01 * 0.99 ** sum(t < due for due in times) for t in times)
        np.testing.assert_allclose(state["groups"][label]["h"][name], h, rtol=1e-12)


def test_a_state_of_other_groups_is_refused():
    state = Groups(Adam()).init(THETA)
    with pytest.raises(ValueError, match="must have the entries 0, rest of Groups, got rest"):
        Groups(Adam(), [("W", Adam())]).update(THETA, THETA, state)


# Second gradients


def test_sam_needs_the_gradient_as_a_function():
    with pytest.raises(TypeError, match="gradient must be a function of the parameters, because"):
        SAM(Adam()).update(np.ones(2), np.ones(2), SAM(Adam()).init(np.ones(2)))


def test_sam_in_training_takes_both_gradients_on_one_batch():
    digits = load("digits")
    data = digits.x[:64], digits.y[:64]
    model = SoftmaxRegression(64, 10)
    optimizer = SAM(HeavyBall(lr=0.1), radius=0.5)
    run = train(model, data, optimizer, epochs=1, batch_size=20)
    params = model.init(0)
    inner, state = HeavyBall(lr=0.1), HeavyBall().init(params)
    order = np.random.default_rng(0).permutation(64)
    for k in range(0, 64, 20):
        x, y = data[0][order[k : k + 20]], data[1][order[k : k + 20]]
        g = model.grad(params, x, y)
        norm = np.linalg.norm(flatten(g))
        worst = {n: p + 0.5 * g[n] / norm for n, p in params.items()}
        params, state = inner.update(params, model.grad(worst, x, y), state)
    assert len(run.step_losses) == 4
    for name in params:
        np.testing.assert_allclose(run.params[name], params[name], rtol=1e-12)


# Training

DIGITS = load("digits")
DATA = DIGITS.x[:200], DIGITS.y[:200]


def test_schedule_free_and_lookahead_are_judged_at_their_own_point():
    model = SoftmaxRegression(64, 10)
    for optimizer, entry in ((ScheduleFreeSGD(lr=1.0), "x"), (Lookahead(Adam(0.1), 5), "slow")):
        run = train(model, DATA, optimizer, epochs=2)
        for name, part in run.params.items():
            np.testing.assert_array_equal(part, run.state[entry][name])
            assert (part != run.theta[name]).any()
        assert run.losses[-1] == model.loss(run.state[entry], *DATA)


RESUMED = [
    Adam(0.01),
    ScheduleFreeAdamW(0.05),
    Lookahead(Adam(0.01), 3),
    SAM(HeavyBall(0.1)),
    ClipByNorm(Sophia(lr=0.01, steps=3), 0.5),
    Prodigy(),
    Groups(AdamW(0.01), [(is_matrix, Muon())]),
]


@pytest.mark.parametrize("optimizer", RESUMED, ids=lambda o: type(o).__name__)
def test_a_training_that_is_resumed_is_the_training_that_was_not_interrupted(optimizer):
    model = MLP((64, 8, 10))
    whole = train(model, DATA, optimizer, epochs=5, batch_size=30, seed=3)
    first = train(model, DATA, optimizer, epochs=2, batch_size=30, seed=3)
    saved = json.dumps(
        {"theta": first.theta, "state": first.state}, default=lambda v: np.asarray(v).tolist()
    )
    again = json.loads(saved)
    rest = train(
        *(model, DATA, optimizer, 3, 30),
        seed=3,
        params=again["theta"],
        state=again["state"],
    )
    for name in whole.params:
        np.testing.assert_array_equal(rest.params[name], whole.params[name])
    np.testing.assert_array_equal(rest.losses, whole.losses[2:])
    without = train(model, DATA, optimizer, 3, 30, seed=3, params=first.theta)
    assert any((without.params[n] != whole.params[n]).any() for n in whole.params)


def test_sparse_training_is_resumed_too_and_leaves_the_arguments_alone():
    words = load("words")
    model = Embedding(12, 1427, classes=14)
    data = words.x[:100], words.y[:100]
    whole = train(model, data, Adam(0.01), epochs=3, batch_size=20)
    first = train(model, data, Adam(0.01), epochs=1, batch_size=20)
    kept = {n: p.copy() for n, p in first.theta.items()}
    rest = train(model, data, Adam(0.01), 2, 20, params=first.theta, state=first.state)
    np.testing.assert_equal(first.theta, kept)
    np.testing.assert_equal(rest.params, whole.params)


def test_a_callback_ends_the_training():
    seen = []

    def callback(epoch, params, loss):
        seen.append((epoch, loss))
        params["W"][:] = 0  # its own copy
        return epoch == 3

    model = SoftmaxRegression(64, 10)
    run = train(model, DATA, Adam(0.01), epochs=10, callback=callback)
    assert [epoch for epoch, _ in seen] == [1, 2, 3]
    np.testing.assert_array_equal([loss for _, loss in seen], run.losses[1:])
    plain = train(model, DATA, Adam(0.01), epochs=3)
    np.testing.assert_equal(run.params, plain.params)


def test_tolerance_ends_the_training():
    model = SoftmaxRegression(64, 10)
    run = train(model, DATA, Adam(0.01), epochs=200, tolerance=0.05)
    falls = -np.diff(run.losses)
    assert falls[-1] < 0.05
    assert (falls[:-1] >= 0.05).all()


GIVEN = {"params": SoftmaxRegression(64, 10).init()}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"params": {"W": 1.0}}, ValueError, "params must be a mapping with the names W, c, as"),
        (
            {"params": {"W": np.ones((64, 9)), "c": np.ones(10)}},
            ValueError,
            r"params\['W'\] must have the shape of the model's parameters\['W'\], \(64, 10\)",
        ),
        ({"params": 3}, TypeError, "params must be a mapping of names to arrays, got 3"),
        (
            {**GIVEN, "state": {"t": 3}},
            ValueError,
            "state must have the entries t, m, v of Adam, got t",
        ),
        ({**GIVEN, "state": 3}, TypeError, "state must be a dict"),
        ({"state": {"t": 3}}, ValueError, "params is required with a state"),
        ({"callback": lambda _e, _p, loss: loss}, TypeError, "callback must return True to end"),
        ({"callback": 3}, TypeError, "callback must be a function"),
        ({"tolerance": -1}, ValueError, "tolerance must be finite and at least 0, got -1"),
    ],
)
def test_bad_arguments_of_long_trainings(arguments, error, message):
    with pytest.raises(error, match=message):
        train(SoftmaxRegression(64, 10), DATA, Adam(), epochs=1, **arguments)


@dataclass(frozen=True)
class Line(Model):
    """A model of a user, which returns plain numbers."""

    mean: bool = True

    def dims(self):
        return 1, None

    def init(self, seed=0):
        return {"w": [seed], "b": 0}

    def loss_and_grad(self, params, x, y):
        r = params["w"][0] * x[:, 0] + params["b"] - y
        loss = (r**2).mean() if self.mean else r**2
        return loss, {"w": [2 * (r * x[:, 0]).mean()], "b": 2 * r.mean()}

    def predict(self, params, x):
        return params["w"][0] * x[:, 0] + params["b"]


LINE = np.linspace(-1, 1, 20)[:, None], 3 * np.linspace(-1, 1, 20) + 1


@pytest.mark.parametrize("optimizer", [Adam(0.1), Sophia(lr=0.1, gamma=1.0), SAM(Adam(0.1), 1e-3)])
def test_own_models_may_return_plain_numbers(optimizer):
    run = train(Line(), LINE, optimizer, epochs=200, batch_size=5)
    np.testing.assert_allclose([run.params["w"][0], run.params["b"]], [3.0, 1.0], atol=0.02)


@pytest.mark.parametrize(
    ("model", "y", "optimizer", "error", "message"),
    [
        (Line(mean=False), LINE[1], Adam(), ValueError, "the model's loss must be one number"),
        (Line(), np.full(20, np.nan), Adam(), ValueError, "y must be finite"),
        (Line(), np.full(20, "a"), Adam(), TypeError, "y must be an array of real numbers"),
        (Line(), LINE[1], Muon(), ValueError, r"theta\['w'\] must be a matrix, .* with Groups"),
    ],
)
def test_errors_of_trainings_name_what_is_wrong(model, y, optimizer, error, message):
    with pytest.raises(error, match=message):
        train(model, (LINE[0], y), optimizer, batch_size=5)
