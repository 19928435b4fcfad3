"""The table of dialects reads in both directions, and says what it cannot do."""

import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest

from adamdoc import Adam, DecoupledDecay, GradientDescent, dialects, optimizers, schedules
from adamdoc.dialects import peers
from adamdoc.dialects.arguments import WITHOUT_EFFECT
from adamdoc.dialects.settings import build, equal, satisfied, solve
from adamdoc.dialects.spellings import spellings

ROOT = Path(__file__).parents[2]
WITH = [row for row in dialects.ROWS if row.settings]
#: Arguments of peers whose defaults cannot be reproduced.
SUPPORTED = {"pytorch_optimizer.MARS": {"optimize_1d": True}}


def given(row, **arguments):
    """Return arguments with a number where the library has no default."""
    inner = {"inner": GradientDescent(lr=0.1)} if row.wraps else {}
    needed = {name: 0.5 if name == "decay" else 2 for name in dialects.required(row.peer)}
    return {**inner, **needed, **SUPPORTED.get(row.peer, {}), **arguments}


@pytest.mark.parametrize("row", WITH, ids=lambda row: row.peer)
def test_settings_are_solved_for_the_arguments_that_gave_them(row):
    start = dialects.defaults(row.peer)
    cases = [given(row)]
    for name, default in dialects.effective(row.peer).items():
        if isinstance(default, bool):
            cases.append(given(row, **{name: not default}))
        elif name in ("eps", "epsilon", "weight_decay", "momentum") and isinstance(default, float):
            cases.append(given(row, **{name: 0.25}))
    for case in cases:
        if any(satisfied(c, start | case) for c in (row.rejected_when, row.unsupported_when)):
            continue
        optimizer = dialects.reproduce(row.peer, case)
        if optimizer is case.get("inner"):  # the wrapper is left out
            continue
        solutions = list(solve(row.settings, optimizer, start))
        assert solutions, case
        for solution in solutions:
            assert equal(build(row.settings, solution), optimizer)


@pytest.mark.parametrize("row", WITH, ids=lambda row: row.peer)
def test_translations_stand_for_the_same_optimizer(row):
    optimizer = dialects.reproduce(row.peer, given(row))
    for to in ("torch", "optax", "keras", "pytorch_optimizer"):
        call = dialects.translate(row.peer, given(row), to=to)
        if call.matched:
            found = dialects.reproduce(call)
            assert any(equal(found, spelling) for spelling in spellings(optimizer))
            assert call.before or str(call).startswith(f"{call.peer}(")
        else:
            assert call.reason
            assert "takes the same steps" in str(call)


def test_known_translations():
    translate = dialects.translate
    assert str(translate("torch.optim.AdamW", {"lr": 0.1}, to="optax")) == (
        "optax.adamw(learning_rate=0.1, weight_decay=0.01)"
    )
    assert str(translate("keras.optimizers.RMSprop", {}, to="optax")) == (
        "optax.rmsprop(learning_rate=0.001, eps=1e-07)"
    )
    call = translate("torch.optim.SGD", {"momentum": 0.9, "nesterov": True}, to="keras")
    assert call.arguments == {"learning_rate": 0.001, "momentum": 0.9, "nesterov": True}
    # The rate of optax.nadam is constant, PyTorch's rises, as fast as one likes.
    assert str(translate("optax.nadam", {"learning_rate": 0.1}, to="torch")) == (
        "torch.optim.NAdam(lr=0.1, momentum_decay=1000.0)"
    )
    # Keras refuses beta_1 = 0 for Lion.
    zero = {"learning_rate": 0.1, "b1": 0.0}
    assert not translate("optax.lion", zero, to="keras").matched
    assert "keras has no Shampoo" in translate("pytorch_optimizer.Shampoo", to="keras").reason


@pytest.mark.parametrize(
    ("peer", "arguments", "message"),
    [
        ("torch.optim.Adamm", {}, "no optimizer is called 'torch.optim.Adamm'; did you mean"),
        ("torch.optim.Adam", {"beta1": 0.9}, "no argument 'beta1'; did you mean 'betas'?"),
        ("torch.optim.Adam", {"Beta": 1}, "Its arguments are lr, betas, eps, weight_decay, ams"),
        ("torch.optim.Adam", {"betas": (0.9,)}, "betas of torch.optim.Adam must have 2 entries"),
        ("torch.optim.Adam", {"lr": -1}, "lr of torch.optim.Adam must be finite and greater than"),
        ("optax.sgd", {"learning_rate": 1, "momentum": 1.5}, "momentum of optax.sgd must be at le"),
        ("optax.adam", {}, "learning_rate of optax.adam is required"),
        ("optax.radam", {"nesterov": True}, "nesterov of optax.radam must be left at its default"),
        (
            "torch.optim.Muon",
            {"adjust_lr_fn": "original"},
            "adjust_lr_fn of torch.optim.Muon must be",
        ),
        ("torch.optim.SGD", {"nesterov": True}, "torch.optim.SGD rejects calls with nesterov"),
        ("optax.adabelief", {"learning_rate": 1, "b1": 0.0}, "adabelief with not b1"),
    ],
)
def test_errors_name_the_argument(peer, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dialects.reproduce(peer, arguments)


def test_no_name_has_a_row_and_a_reason_why_it_has_none():
    for library, reasons in dialects.ABSENT.items():
        own = {
            row.peer.rpartition(".")[2].lower() for row in dialects.ROWS if row.library == library
        }
        assert not own & {name.lower() for name in reasons}
        assert all(reasons.values())
    known = {row.peer.lower() for row in dialects.ROWS}
    assert not known & {name.lower() for name in peers.OTHER_LIBRARIES}
    assert len(known) == len(dialects.ROWS)


@pytest.mark.parametrize(
    ("alias", "peer"),
    [
        ("tf.keras.optimizers.Adam", "keras.optimizers.Adam"),
        ("tensorflow.keras.optimizers.SGD", "keras.optimizers.SGD"),
        ("tf.keras.optimizers.experimental.AdamW", "keras.optimizers.AdamW"),
        ("keras.src.optimizers.adam.Adam", "keras.optimizers.Adam"),
        ("torch.optim.adam", "torch.optim.Adam"),
        ("transformers.Adafactor", "transformers.optimization.Adafactor"),
        ("torch.optim.adam.Adam", "torch.optim.Adam"),
        ("torch.optim.adamw.AdamW", "torch.optim.AdamW"),
        ("optim.RMSprop", "torch.optim.RMSprop"),
        ("pytorch_optimizer.AdamW", "torch.optim.AdamW"),
        ("pytorch_optimizer.adabelief", "pytorch_optimizer.AdaBelief"),
        ("optax._src.alias.adamw", "optax.adamw"),
        ("optax.muon", "optax.contrib.muon"),
        ("optax.transforms.add_decayed_weights", "optax.add_decayed_weights"),
        ("clip_grad_norm_", "torch.nn.utils.clip_grad_norm_"),
        ("nn.utils.clip_grad_norm", "torch.nn.utils.clip_grad_norm_"),
        ("SGDW", "pytorch_optimizer.SGDW"),
        ("Keras.Optimizers.ADAM", "keras.optimizers.Adam"),
        (" torch.optim.SGD ", "torch.optim.SGD"),
    ],
)
def test_a_row_has_several_names(alias, peer):
    assert dialects.resolve(alias).peer == peer


@pytest.mark.parametrize(
    ("peer", "message"),
    [
        (
            "Adam",
            "peer must name one optimizer, got 'Adam', which may be torch.optim.Adam, optax.a",
        ),
        (
            "optax.scale_by_zoom_linesearch",
            "with the initial_guess_strategy 'one' it is `ZoomLineSearch` around that",
        ),
        ("optax.contrib.galore", "it projects the gradient onto its first singular vectors"),
        ("optax.multi_transform", "pass an optimizer for each group to `Groups`"),
        ("keras.optimizers.legacy.Adam", "Keras 3 has removed its old optimizers"),
        ("transformers.AdamW", "transformers has removed its AdamW in favour of PyTorch's"),
        ("bitsandbytes.optim.AdamW8bit", "are rounded, so no settings take exactly their steps"),
        ("bnb.optim.PagedAdamW32bit", "are PyTorch's up to rounding; did you mean 'torch.optim.Ad"),
        ("adamw_torch_fused", "did you mean 'torch.optim.AdamW'"),
        ("optax.momentum", "did you mean 'optax.sgd'"),
        ("apex.optimizers.FusedAdam", "it needs a compiled extension"),
        ("deepspeed.ops.adam.FusedAdam", "did you mean 'torch.optim.AdamW'"),
        ("timm.optim.Lamb", "did you mean 'optax.lamb' or 'keras.optimizers.Lamb'"),
        ("flax.optim.Adam", "Flax has removed its optimizers in favour of Optax"),
        ("tfa.optimizers.LAMB", "TensorFlow Addons is no longer maintained"),
        ("pytorch_optimizer.Ranger21", "it combines several methods: in adamdoc nest them"),
        ("pytorch_optimizer.Kate", "of the variants of Adam adamdoc has those that its course"),
        ("torch.optim.Lion", "did you mean 'optax.lion' or 'keras.optimizers.Lion'"),
        ("keras.optimizers.NAdam2", "did you mean 'keras.optimizers.Nadam'?"),
    ],
)
def test_errors_say_why_a_name_is_absent(peer, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dialects.resolve(peer)


def test_a_peer_is_a_name():
    with pytest.raises(TypeError, match="peer must be the name of an optimizer"):
        dialects.reproduce(Adam)


def test_every_row_is_in_one_library():
    """The page shows the rows of these libraries: none may be left out of its count."""
    assert {row.library for row in dialects.ROWS} == set(dialects.LIBRARIES.values())
    assert len({row.peer for row in dialects.ROWS}) == len(dialects.ROWS)


def test_defaults_are_the_callers_own():
    dialects.defaults("torch.optim.Adam")["betas"] = (0.0, 0.0)
    dialects.defaults("torch.optim.Adam").clear()
    assert dialects.defaults("torch.optim.Adam")["betas"] == (0.9, 0.999)
    assert dialects.reproduce("torch.optim.Adam").beta1 == 0.9


class OneNumber:
    """A tensor of one number, as PyTorch, JAX and TensorFlow have it."""

    def __init__(self, value):
        self.value = value

    def item(self):
        """Return the number."""
        return self.value


class ManyNumbers:
    """A tensor of several numbers."""

    shape = (2,)

    def item(self):
        """Raise what PyTorch raises."""
        raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")


@pytest.mark.parametrize(
    "given",
    [
        {"lr": "3e-4", "betas": [0.9, 0.95]},
        {"lr": np.float64(3e-4), "betas": np.array([0.9, 0.95])},
        {"lr": np.array([3e-4]), "betas": "(0.9, 0.95)"},
        {"lr": OneNumber(3e-4), "betas": (OneNumber(0.9), "0.95"), "amsgrad": "false"},
        {"lr": 3e-4, "betas": (0.9, 0.95), "amsgrad": 0, "maximize": np.bool_(False)},
        {"lr": 3e-4, "betas": (0.9, 0.95), "fused": True, "foreach": None, "capturable": True},
        {"lr": 3e-4, "betas": (0.9, 0.95), "params": [], "initial_lr": 1, "eps": "1e-8"},
        {"lr": 3e-4, "betas": (0.9, 0.95), "decoupled_weight_decay": True, "fused": None},
    ],
)
def test_everyday_values_are_converted(given):
    expected = dialects.reproduce("torch.optim.AdamW", {"lr": 3e-4, "betas": (0.9, 0.95)})
    found = dialects.reproduce("torch.optim.AdamW", given)
    assert found == expected
    assert found.lr == 3e-4


def test_arguments_without_effect_are_passed_over():
    plain = dialects.reproduce("optax.adamw", {"learning_rate": 0.1})
    pasted = {"learning_rate": 0.1, "mu_dtype": None, "mask": None, "nesterov": False}
    assert dialects.reproduce("optax.adamw", pasted) == plain
    assert dialects.reproduce("optax.adamw", pasted | {"mu_dtype": np.float64}) == plain
    assert dialects.reproduce("optax.radam", {"learning_rate": 1, "nesterov": False}).lr == 1
    muon = {"learning_rate": 1, "ns_coeffs": [3.4445, -4.775, 2.0315]}
    assert dialects.reproduce("optax.contrib.muon", muon).lr == 1
    # What Keras's `get_config` returns, then what an old script adds.
    config = {"name": "sgd", "learning_rate": 0.1, "weight_decay": None, "clipnorm": None}
    config |= {"global_clipnorm": None, "clipvalue": None, "use_ema": False, "ema_momentum": 0.99}
    config |= {"ema_overwrite_frequency": None, "loss_scale_factor": None, "nesterov": False}
    config |= {"gradient_accumulation_steps": None, "momentum": 0.0, "jit_compile": True}
    assert dialects.reproduce("keras.optimizers.SGD", config) == optimizers.SGD(0.1)
    old = {"lr": 0.1, "decay": 0.0}
    assert dialects.reproduce("keras.optimizers.SGD", old) == optimizers.SGD(0.1)


@pytest.mark.parametrize(
    ("peer", "given", "error", "message"),
    [
        ("torch.optim.SGD", {"lr": "fast"}, TypeError, "lr of torch.optim.SGD must be a number"),
        ("torch.optim.SGD", {"lr": True}, TypeError, "must be a number, got True"),
        ("torch.optim.SGD", {"lr": None}, TypeError, "must be a number, got None"),
        ("torch.optim.SGD", {"lr": 1j}, TypeError, "must be a number, got 1j"),
        ("torch.optim.SGD", {"lr": float}, TypeError, "must be a number, got <class 'float'>"),
        ("optax.lion", {"learning_rate": 1, "mu_dtype": np.float32}, ValueError, "got float32"),
        ("torch.optim.SGD", {"lr": float("nan")}, ValueError, "must be a finite number, got nan"),
        ("torch.optim.SGD", {"lr": "inf"}, ValueError, "must be a finite number, got 'inf'"),
        ("torch.optim.SGD", {"lr": np.ones(2)}, ValueError, "one number, got an array of shape (2"),
        ("torch.optim.SGD", {"lr": ManyNumbers()}, ValueError, "one number, got an array of shape"),
        ("torch.optim.SGD", {"nesterov": 2}, TypeError, "must be True or False, got 2"),
        ("torch.optim.SGD", {"nesterov": None}, TypeError, "must be True or False, got None"),
        ("torch.optim.SGD", {"learning_rate": 1}, ValueError, "'learning_rate'; did you mean 'lr'"),
        ("torch.optim.Adam", {"betas": 0.9}, TypeError, "must be a tuple of 2 numbers, got 0.9"),
        (
            "torch.optim.Adam",
            {"betas": (0.9, None)},
            TypeError,
            "betas[1] of torch.optim.Adam must",
        ),
        (
            "torch.optim.Adam",
            {"betas": "high"},
            TypeError,
            "must be a tuple of numbers, got 'high'",
        ),
        ("torch.optim.AdamW", {"decoupled_weight_decay": False}, ValueError, "torch.optim.Adam"),
        (
            "optax.adamw",
            {"learning_rate": 1, "mu_dtype": "bfloat16"},
            ValueError,
            "must be None: it",
        ),
        ("optax.adamw", {"learning_rate": 1, "mask": len}, ValueError, "`Groups`, got a function"),
        (
            "keras.optimizers.SGD",
            {"use_ema": True, "gradient_accumulation_steps": 4},
            ValueError,
            "Keras counts each of the accumulated gradients as a step of the schedule and of the",
        ),
        (
            "keras.optimizers.SGD",
            {"gradient_accumulation_steps": 1},
            ValueError,
            "keras.optimizers.SGD rejects calls with",
        ),
        (
            "keras.optimizers.SGD",
            {"decay": 0.1},
            ValueError,
            "InverseTimeDecay(learning_rate, 1, d",
        ),
        ("keras.optimizers.SGD", {"lr": 1, "learning_rate": 1}, ValueError, "give one of them"),
        ("keras.optimizers.SGD", {"clipnorm": 1, "clipvalue": 1}, ValueError, "rejects calls with"),
        ("keras.optimizers.SGD", {"weight_decay": False}, TypeError, "must be a number, got False"),
        (
            "optax.adadelta",
            {},
            ValueError,
            "cannot reproduce optax.adadelta with not learning_rate",
        ),
        ("optax.clip", {"max_delta": 1}, ValueError, "acts around another optimizer"),
        ("optax.clip", {"max_delta": 1, "inner": "sgd"}, TypeError, "must be an adamdoc optimizer"),
        ("torch.nn.utils.clip_grad_norm_", {"norm_type": 1}, ValueError, "Euclidean norm only"),
    ],
)
def test_other_values_are_refused_with_the_reason(peer, given, error, message):
    with pytest.raises(error, match=re.escape(message)):
        dialects.reproduce(peer, given)


def test_positional_arguments_are_bound_by_the_signature():
    sgd = dialects.bind("torch.optim.SGD", [0.1, 0.9, 0, 1e-4, True], {"maximize": True})
    assert sgd["weight_decay"] == 1e-4
    assert dialects.reproduce("torch.optim.SGD", sgd).optimizer.weight_decay == 1e-4
    with pytest.raises(ValueError, match="takes at most 5 positional arguments"):
        dialects.bind("torch.optim.SGD", [0.1, 0.9, 0, 1e-4, True, True], {})
    with pytest.raises(ValueError, match="is given twice"):
        dialects.bind("torch.optim.SGD", [0.1], {"lr": 0.2})


def halving(count):
    """Return a rate that halves with each count of a library."""
    return 0.1 * 0.5**count


def steps(optimizer, gradients):
    """Return a parameter after each of several gradients."""
    theta, state = np.zeros(1), optimizer.init(np.zeros(1))
    path = []
    for g in gradients:
        theta, state = optimizer.update(theta, np.array([g]), state)
        path.append(float(theta[0]))
    return path


def test_a_function_counts_as_the_library_does():
    rate = {"learning_rate": lambda count: 0.1 / (1 + count)}
    optimizer = dialects.reproduce("optax.sgd", rate)
    assert [optimizer.lr_at(t) for t in (1, 2)] == [0.1, 0.05]
    assert steps(optimizer, [1, 1]) == pytest.approx([-0.1, -0.15], rel=1e-15)
    # The same function goes to the other library, which counts in the same way.
    assert (
        dialects.translate("optax.sgd", rate, to="torch").arguments["lr"] is rate["learning_rate"]
    )
    # A schedule of adamdoc counts from 1 wherever it is given.
    own = schedules.InverseTime(0.1, 1.0, 1.0)
    assert dialects.reproduce("optax.sgd", {"learning_rate": own}).lr is own
    # Libraries return numbers of their own.
    tensor = dialects.reproduce("optax.sgd", {"learning_rate": lambda count: OneNumber(0.5**count)})
    assert [tensor.lr_at(t) for t in (1, 2)] == [1.0, 0.5]


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        # after the buffer: 0.1 * 1, then 0.05 * (0.5 * 1 + 1)
        ("torch.optim.SGD", [-0.1, -0.175]),
        ("optax.sgd", [-0.1, -0.175]),
        ("pytorch_optimizer.SGDW", [-0.1, -0.175]),
        # before it: 0.1 * 1, then 0.5 * 0.1 * 1 + 0.05 * 1
        ("keras.optimizers.SGD", [-0.1, -0.2]),
    ],
)
def test_the_rate_enters_before_or_after_the_buffer(peer, expected):
    rate = "lr" if "lr" in dialects.defaults(peer) else "learning_rate"
    optimizer = dialects.reproduce(peer, {rate: halving, "momentum": 0.5})
    assert steps(optimizer, [1, 1]) == pytest.approx(expected, rel=1e-15)


def test_translations_under_a_schedule():
    translate = dialects.translate
    given = {"learning_rate": halving, "momentum": 0.9}
    for to in ("torch", "optax"):
        assert not translate("keras.optimizers.SGD", given, to=to).matched
        assert translate("keras.optimizers.SGD", {**given, "momentum": 0.0}, to=to).matched
        assert translate("keras.optimizers.SGD", {**given, "learning_rate": 0.1}, to=to).matched
    assert translate("keras.optimizers.RMSprop", given, to="optax").matched
    assert not translate(
        "torch.optim.RMSprop", {"lr": halving, "momentum": 0.9}, to="optax"
    ).matched
    assert translate("optax.sgd", given, to="torch").arguments == {"lr": halving, "momentum": 0.9}
    # NAdam corrects by a product of its decay rates, Optax by a power of the last.
    assert translate("optax.nadam", {"learning_rate": 0.1}, to="torch").matched
    assert not translate("optax.nadam", {"learning_rate": 0.1, "b1": halving}, to="torch").matched


def test_other_numbers_are_schedules_too():
    cycle = {"betas": (lambda count: 0.95 - 0.1 * count, 0.999)}
    optimizer = dialects.reproduce("torch.optim.Adam", cycle)
    assert [optimizer.at("beta1", t) for t in (1, 2)] == pytest.approx([0.95, 0.85])
    call = dialects.translate("torch.optim.Adam", cycle, to="optax")
    assert call.arguments["b1"] is cycle["betas"][0]
    # A decay that is not multiplied by the rate shrinks by the same share under a schedule.
    fixed = {"lr": halving, "weight_decay": 0.1, "fixed_decay": True, "weight_decouple": True}
    optimizer = dialects.reproduce("pytorch_optimizer.AdaBelief", fixed)
    shares = [optimizer.at("weight_decay", t) * optimizer.lr_at(t) for t in (1, 2, 3)]
    assert shares == pytest.approx([0.1, 0.1, 0.1])
    rising = dialects.reproduce("pytorch_optimizer.AdaBelief", {**fixed, "lr": lambda count: count})
    with pytest.raises(ValueError, match="learning rate must be greater than 0 at step 1"):
        rising.at("weight_decay", 1)


@pytest.mark.parametrize(
    ("peer", "arguments", "message"),
    [
        ("pytorch_optimizer.ScheduleFreeSGD", {"lr": halving}, "by the largest rate so far"),
        ("optax.contrib.schedule_free_adamw", {"b1": halving}, "computes the average back"),
        ("pytorch_optimizer.Yogi", {"betas": (halving, 0.9)}, "betas[0] of pytorch_optimizer.Yogi"),
        (
            "keras.optimizers.Adagrad",
            {"initial_accumulator_value": halving},
            "before the first step",
        ),
        ("optax.contrib.muon", {"learning_rate": 1, "ns_steps": halving}, "it is a count, or acts"),
        (
            "pytorch_optimizer.SAM",
            {"rho": halving, "inner": GradientDescent()},
            "no schedule for it",
        ),
    ],
)
def test_schedules_that_cannot_be_reproduced(peer, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        dialects.reproduce(peer, arguments)


def test_a_flag_is_no_schedule():
    with pytest.raises(TypeError, match="must be True or False, got <function"):
        dialects.reproduce("torch.optim.SGD", {"nesterov": halving})


def test_keras_clips_each_variable_or_all():
    each = dialects.reproduce("keras.optimizers.SGD", {"clipnorm": 1.0})
    both = dialects.reproduce("keras.optimizers.SGD", {"global_clipnorm": 1.0})
    theta = {"w": np.zeros(2), "c": np.zeros(1)}
    g = {"w": np.array([3.0, 4.0]), "c": np.array([12.0])}
    each, both = (o.update(theta, g, o.init(theta))[0] for o in (each, both))
    np.testing.assert_allclose(np.concatenate([*each.values()]) * -100, [0.6, 0.8, 1.0])
    np.testing.assert_allclose(np.concatenate([*both.values()]) * -1300, [3.0, 4.0, 12.0])


def test_a_wrapper_is_built_around_an_optimizer():
    inner = optimizers.SGD(lr=0.1, momentum=0.9)
    clipped = dialects.reproduce("optax.clip_by_global_norm", {"max_norm": 2, "inner": inner})
    assert clipped == optimizers.ClipByNorm(inner, 2.0)
    found = dialects.reproduce("optax.add_decayed_weights", {"weight_decay": 1e-4, "inner": inner})
    assert found == optimizers.CoupledDecay(inner, 1e-4)
    # The numbers of an example never appear in an answer.
    call = dialects.translate("torch.optim.SGD", {"lr": 0.1, "momentum": 0.9}, to="optax")
    assert str(call) == "optax.sgd(learning_rate=0.1, momentum=0.9)"


@pytest.mark.parametrize("row", dialects.ROWS, ids=lambda row: row.peer)
def test_the_arguments_of_a_library_are_shown_with_its_own_defaults(row):
    # The table's text is read as Python reads a signature; own_arguments has a parser of its own.
    written = inspect.signature(eval(f"lambda {row.arguments}: None")).parameters
    own = dialects.own_arguments(row.peer)
    shown = inspect.signature(eval(f"lambda {'*, ' if own else ''}{own}: None"))
    changing = {name: p.default for name, p in written.items() if name not in WITHOUT_EFFECT}
    assert {name: p.default for name, p in shown.parameters.items()} == changing
    assert list(shown.parameters) == list(changing)


def test_every_row_is_in_the_box_of_a_class():
    boxes = {cls.__name__: dialects.library_rows(cls) for cls in dialects.ALL}
    for row in dialects.ROWS:
        holding = {name for name, rows in boxes.items() if row in rows}
        if row.settings:
            assert dialects.class_name(row) in holding
        # A class of the library's name has the row, whatever adamdoc takes it for.
        last = row.peer.rpartition(".")[2].lower()
        assert {name for name in boxes if name.lower() == last} <= holding
    assert [row.peer for row in boxes["AdamW"]] == [
        "torch.optim.AdamW",
        "optax.adamw",
        "keras.optimizers.AdamW",
    ]
    assert boxes["Maximize"] == []


def test_an_unknown_library():
    with pytest.raises(ValueError, match="to must be one of 'keras', 'optax'"):
        dialects.translate("torch.optim.Adam", to="numpy")
    with pytest.raises(ValueError, match="got 'tensorflow'; did you mean 'keras'"):
        dialects.translate("torch.optim.Adam", to="tensorflow")
    with pytest.raises(ValueError, match=r"to must be one of .*, got None"):
        dialects.translate("torch.optim.Adam", to=None)


def test_a_library_may_be_named_by_a_module_or_in_capitals():
    decayed = ("keras.optimizers.SGD", {"momentum": 0.9, "weight_decay": 0.1})  # a chain in Optax
    calls = {str(dialects.translate(*decayed, to=to)) for to in ("optax", "optax.contrib", "Optax")}
    assert len(calls) == 1
    assert calls.pop().startswith("optax.chain(")


def test_arguments_that_are_no_dictionary_of_names():
    with pytest.raises(TypeError, match="arguments must be a dictionary"):
        dialects.reproduce("torch.optim.Adam", "lr=0.1")
    with pytest.raises(TypeError, match="names of arguments"):
        dialects.reproduce("torch.optim.Adam", {1: 0.1})


def test_a_schedule_in_the_configuration_of_keras():
    entry = {
        "module": "keras.optimizers.schedules",
        "class_name": "ExponentialDecay",
        "config": {
            "initial_learning_rate": 0.1,
            "decay_steps": 10,
            "decay_rate": 0.5,
            "staircase": True,
            "name": "ExponentialDecay",
        },
        "registered_name": None,
    }
    optimizer = dialects.reproduce("keras.optimizers.SGD", {"name": "SGD", "learning_rate": entry})
    assert [optimizer.lr_at(t) for t in (1, 10, 11)] == [0.1, 0.1, 0.05]


def test_settings_are_a_small_language():
    assert build("DecoupledDecay(Adam(lr=lr), w)", {"lr": 0.1, "w": None}) == Adam(0.1)
    assert build("DecoupledDecay(Adam(lr=lr), w)", {"lr": 0.1, "w": 0.2}) == DecoupledDecay(
        Adam(0.1), 0.2
    )
    with pytest.raises(ValueError, match="settings must be made of calls"):
        build("[lr]", {"lr": 1})


def test_the_record_is_of_this_table():
    """`nox -s parity` was run since a row was added or its version changed."""
    record = json.loads((ROOT / "docs" / "family" / "parity.json").read_text("utf-8"))
    measured = {entry["peer"]: entry for entry in record["rows"]}
    assert measured.keys() == {row.peer for row in dialects.ROWS}, "run nox -s parity"
    for row in WITH:
        entry = measured[row.peer]
        assert entry["runs"]["unusual"]
        if not row.deviates:
            assert max(entry["deviation"], entry["translated"]) < record["limit"]
    assert {row["peer"] for row in record["schedules"]} == dialects.SCHEDULES.keys()
    assert len(record["models"]) >= 20
    assert all(row["deviation"] < 1e-9 for row in record["models"])
    assert {"searches", "quantizers"} <= {part for part, found in record.items() if found}


def test_every_optimizer_that_a_library_has_is_in_a_row():
    used = set(re.findall(r"[A-Z]\w+(?=\()", " ".join(row.settings for row in dialects.ROWS)))
    assert used <= {cls.__name__ for cls in dialects.ALL}
    for cls in dialects.ALL:
        if cls.__name__.endswith("Dialect") or cls is optimizers.SGD:
            assert cls.__name__ in used, "a form that no library has"


def test_a_distance_that_overflows_is_measured_all_the_same():
    """Prodigy's estimate grows without bound along gradients that never turn."""
    found = dialects.translate("pytorch_optimizer.Prodigy(p, weight_decay=0.1)", to="optax")
    assert found.nearest.peer == "optax.contrib.prodigy"
    assert 0 < found.deviations[10] < 10
