"""Calls are read as pasted, composed, translated, and compared where nothing matches."""

import io
import itertools
import re
import subprocess
import sys

import numpy as np
import pytest

from adamdoc import (
    LAMB,
    SAM,
    Adam,
    AdamW,
    ClipByNorm,
    ClipByValue,
    ClipEachByNorm,
    CoupledDecay,
    DecoupledDecay,
    EMAOverwrite,
    GradientAccumulation,
    GradientCentralization,
    Groups,
    HeavyBall,
    Lookahead,
    Maximize,
    Mechanic,
    Momentum,
    NonNegative,
    WeightEMA,
    dialects,
    optimizers,
)
from adamdoc.dialects import Call, __main__, matching_calls, read, reproduce, translate
from adamdoc.dialects.chains import BLOCKS
from adamdoc.dialects.deviations import deviations
from adamdoc.dialects.forms import AdamDialect, RMSpropDialect
from adamdoc.dialects.spellings import spellings
from adamdoc.optimizers import SGD, Lion
from adamdoc.optimizers.wrappers.wrapper import needs
from adamdoc.schedules import Cosine, Linear

TARGETS = ("torch", "optax", "keras", "pytorch_optimizer")


def steps(optimizer, count=12):
    """Return the parameters of a small model after some steps with given gradients."""
    rng = np.random.default_rng(0)
    theta = {"W": rng.standard_normal((3, 2)), "c": rng.standard_normal(2)}
    state, path = optimizer.init(theta), []
    for _ in range(count):
        g = {
            name: 10.0 ** rng.uniform(-2, 1) * rng.standard_normal(a.shape)
            for name, a in theta.items()
        }
        given = {"gradient": lambda _theta, g=g: g, "loss": 0.8, "noise": g, "curvature": g}
        given["objective"] = lambda theta: sum(float(np.sum(p**2)) for p in theta.values())
        extra = {name: given[name] for name in needs(optimizer)}
        theta, state = optimizer.update(theta, g, state, **extra)
        path.append(np.concatenate([a.ravel() for a in theta.values()]))
    return np.array(path)


def same(a, b):
    """Return whether two optimizers take the same steps."""
    return np.allclose(steps(a), steps(b), rtol=1e-11, atol=1e-13)


# Reading


@pytest.mark.parametrize(
    ("text", "optimizer"),
    [
        (
            "optax.chain(optax.add_decayed_weights(1e-4), optax.sgd(0.1, 0.9))",
            CoupledDecay(SGD(0.1, 0.9), 1e-4),
        ),
        (
            "torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), fused=True)",
            DecoupledDecay(AdamDialect(3e-4, 0.9, 0.95), 0.01),
        ),
        (
            "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); "
            "torch.optim.SGD(params, 0.1, momentum=0.9)",
            ClipByNorm(SGD(0.1, 0.9), 1.0, eps=1e-6),
        ),
        ("keras.optimizers.SGD(0.1, clipnorm=1.0)", ClipEachByNorm(SGD(0.1), 1.0)),
        ("keras.optimizers.SGD(0.1, global_clipnorm=1.0)", ClipByNorm(SGD(0.1), 1.0)),
        ("optax.lookahead(optax.sgd(0.1), 5, 0.5)", Lookahead(SGD(0.1), 5, 0.5)),
        ("optax.MultiSteps(optax.sgd(0.1), 4)", GradientAccumulation(SGD(0.1), 4)),
        ("optax.contrib.mechanize(optax.sgd(1.0), s_init=1e-4)", Mechanic(SGD(1.0), initial=1e-4)),
        (
            "optax.chain(optax.centralize(), optax.sgd(0.1))",
            GradientCentralization(SGD(0.1)),
        ),
        (
            "keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)",
            WeightEMA(SGD(0.1), 0.9, begin=1.0),
        ),
        (
            "keras.optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=5)",
            EMAOverwrite(SGD(0.1), 5, 0.99),
        ),
        (
            "optimizer = torch.optim.SGD(p, lr=0.1)\nema = torch.optim.swa_utils.AveragedModel(m)",
            SGD(0.1),
        ),
        (
            "pytorch_optimizer.Lookahead(torch.optim.SGD(p, lr=0.1), k=6)",
            Lookahead(SGD(0.1), 6, 0.5),
        ),
        (
            "pytorch_optimizer.SAM(p, torch.optim.SGD, rho=0.1, lr=0.1, momentum=0.9)",
            SAM(SGD(0.1, 0.9), 0.1),
        ),
        (
            "optax.chain(optax.clip(1.0), optax.chain(optax.scale_by_adam(b2=0.95), "
            "optax.add_decayed_weights(0.1)), optax.scale_by_learning_rate(3e-4))",
            ClipByValue(DecoupledDecay(AdamDialect(3e-4, 0.9, 0.95), 0.1), 1.0),
        ),
        ("optax.chain(optax.trace(0.9, True), optax.scale(-0.1))", SGD(0.1, 0.9, nesterov=1)),
        ("optax.chain(optax.scale(-1), optax.sgd(0.1))", Maximize(SGD(0.1))),
        (
            "optax.chain(optax.clip(1.0), optax.sgd(0.1), optax.keep_params_nonnegative())",
            NonNegative(ClipByValue(SGD(0.1), 1.0)),
        ),
        (
            "optax.chain(optax.scale_by_adam(b2=0.95), optax.add_decayed_weights(0.1), "
            "optax.scale_by_trust_ratio(), optax.scale(-0.01))",
            LAMB(0.01, beta2=0.95, eps=1e-8, weight_decay=0.1),
        ),
        (
            "optax.chain(optax.add_decayed_weights(1e-4), optax.scale(-0.1))",
            CoupledDecay(SGD(0.1), 1e-4),
        ),
        (
            "optax.chain(optax.scale_by_rms(), optax.trace(0.9), optax.scale(-0.01))",
            RMSpropDialect(0.01, 0.9, 0.0, 1e-8, momentum=0.9),
        ),
        (
            "optax.named_chain(('a', optax.clip(1 / 4)), ('b', optax.sgd(2 * 0.1)))",
            ClipByValue(SGD(0.2), 0.25),
        ),
        ("optax.with_extra_args_support(optax.sgd(0.1))", SGD(0.1)),
        ("optax.chain(optax.zero_nans(), optax.identity(), optax.sgd(0.1))", SGD(0.1)),
        ("optax.inject_hyperparams(optax.lion)(learning_rate=0.1, weight_decay=0)", Lion(0.1)),
        ("a = [optax.clip(1.0), optax.sgd(0.1)]\noptax.chain(*a)", ClipByValue(SGD(0.1), 1.0)),
        ("torch.optim.SGD(p, 1e-1, .9, 0, 1e-4)", CoupledDecay(SGD(0.1, 0.9), 1e-4)),
        ("torch.optim.SGD([{'params': a}, {'params': b}], lr=torch.tensor(0.1))", SGD(0.1)),
        ("config = dict(lr=0.1, momentum=0.9)\ntorch.optim.SGD(p, **config)", SGD(0.1, 0.9)),
        ("c = {'lr': 0.1}\nc['m'] = 0.9\noptim.SGD(p, c['lr'], c['m'])", SGD(0.1, 0.9)),
        ("o = optim.SGD(p, lr=0.1)\npair = (o, f())\nrun(model, o)", SGD(0.1)),
        (">>> lr = 0.1\n>>> optax.sgd(\n...     lr)", SGD(0.1)),
        ("```python\noptax.sgd(0.1)\n```", SGD(0.1)),
        (
            "accelerator.clip_grad_norm_(p, 2.0)\noptim.SGD(p, lr=0.1)",
            ClipByNorm(SGD(0.1), 2.0, eps=1e-6),
        ),
        ("from torch.optim import SGD as Plain\nPlain(p, lr=float('0.1'))", SGD(0.1)),
        ("import optax as ox\ntx = ox.sgd(0.1),", SGD(0.1)),
        ("    tf.keras.optimizers.SGD(0.1, 0.9, True)", SGD(0.1, 0.9, nesterov=1)),
        ("model.compile(optimizer=keras.optimizers.SGD(0.1), loss='mse')", SGD(0.1)),
        (
            "self.opt = optim.SGD(p, lr=.1)\nopt = pytorch_optimizer.Lookahead(self.opt)",
            Lookahead(SGD(0.1)),
        ),
        ("optax.adamw(1e-3, mu_dtype=jnp.float64, mask=None, weight_decay=0)", AdamDialect(1e-3)),
        ("optax.sgd(optax.cosine_decay_schedule(0.1, 100))", SGD(Cosine(0.1, 100))),
        (
            "opt = torch.optim.SGD(p, lr=0.1)\n"
            "s = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=100)\nopt.step(); s.step()",
            SGD(Cosine(0.1, 100, periodic=True)),
        ),
    ],
)
def test_a_call_is_read_as_it_is_pasted(text, optimizer):
    assert reproduce(text) == optimizer


TWO_SCHEDULERS = """
o = torch.optim.SGD(p, lr=0.1)
first = torch.optim.lr_scheduler.ConstantLR(o, factor=0.1, total_iters=2)
second = torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9)
scheduler = torch.optim.lr_scheduler.ChainedScheduler([first, second])
"""


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        (TWO_SCHEDULERS, [0.01, 0.009, 0.081]),
        (
            "o = torch.optim.SGD(p, lr=0.1)\ns = transformers.get_scheduler('linear', o, 1, 3)",
            [0.0, 0.1, 0.05],
        ),
    ],
)
def test_a_scheduler_is_found_whatever_its_first_argument(text, rates):
    optimizer = reproduce(text)
    assert [optimizer.lr_at(t) for t in (1, 2, 3)] == pytest.approx(rates)


@pytest.mark.parametrize(
    ("text", "optimizer"),
    [
        ("cls = torch.optim.SGD\ncls(p, lr=0.1)", SGD(0.1)),
        (
            "clip = nn.utils.clip_grad_norm_\no = optim.SGD(p, lr=0.1)\nclip(p, 2.0)",
            ClipByNorm(SGD(0.1), 2.0, eps=1e-6),
        ),
        ("model.compile(loss='mse', optimizer='sgd')", SGD(0.01)),
        ("self.lr = 1\nargs.learning_rate = 1\noptim.SGD(p, lr=0.1)", SGD(0.1)),
        ("o = optim.SGD(p, lr=0.1)\nfor a in p: a.grad = None\nprint(o.param_groups)", SGD(0.1)),
        ("o = optim.SGD(p, lr=0.1)\nTrainer(gradient_clip_val=None)", SGD(0.1)),
    ],
)
def test_names_and_labels_are_followed(text, optimizer):
    assert reproduce(text) == optimizer


@pytest.mark.parametrize(
    ("text", "optimizer"),
    [
        ("lr = 0.25\nlr *= 2\noptim.SGD(p, lr=lr)", SGD(0.5)),
        ("lr = 1\nlr, m = 0.1, 0.9\noptim.SGD(p, lr=lr, momentum=m)", SGD(0.1, 0.9)),
        ("c = dict(lr=1)\nc['lr'] = 0.1\noptim.SGD(p, **c)", SGD(0.1)),
        ("c = {'lr': 1}\nc['lr'] = 1\nc = {'lr': 0.1}\noptim.SGD(p, c['lr'])", SGD(0.1)),
        ("if __name__ == '__main__':\n    lr = 0.1\n    optim.SGD(p, lr=lr)", SGD(0.1)),
        ("if x:\n    lr = 0.1\nelse:\n    lr = 0.1\noptim.SGD(p, lr=lr)", SGD(0.1)),
    ],
)
def test_the_latest_value_of_a_name_counts(text, optimizer):
    assert reproduce(text) == optimizer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr = 1\nfor lr in (0.1, 1):\n    optim.SGD(p, lr=lr)", "line 2: a loop changes this"),
        ("lr = 1\nif x:\n    lr = 0.1\noptim.SGD(p, lr=lr)", "line 2: lr depends on a condition"),
        ("lr = 1\ndef f(lr):\n    return optim.SGD(p, lr=lr)", "line 3: lr must be a literal"),
        ("lr = 1\nlr, m = f()\noptim.SGD(p, lr=lr)", "line 2: lr must be a literal"),
        ("c = dict(lr=1)\nc.update(d)\noptim.SGD(p, **c)", "line 2: c changes here"),
        (
            "o = optim.SGD(p, lr=1)\nif x:\n    o = pytorch_optimizer.Lookahead(o)",
            "line 2: an optimizer is wrapped under a condition",
        ),
        (
            "o = optim.SGD(p, lr=1)\ns = GradualWarmupScheduler(o, 1.0, 5)",
            "line 2: GradualWarmupScheduler may change the learning rate",
        ),
    ],
)
def test_a_value_that_is_not_known_is_not_guessed(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        reproduce(text)


TORCH, KERAS, OPTAX = (
    "o = torch.optim.SGD(p, lr=0.1)\n",
    "o = keras.optimizers.SGD(0.1)\n",
    "o = optax.sgd(0.1)\n",
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TORCH + "o.param_groups[0]['lr'] = 0.01", "o.param_groups[0]['lr'] must not be set by"),
        (TORCH + "o.param_groups[0]['lr'] *= 0.1", "o.param_groups[0]['lr'] must not be set by"),
        (
            TORCH + "for k, group in enumerate(o.param_groups):\n    group['lr'] = 0.01",
            "param_groups must not be changed by hand",
        ),
        (
            "groups = [{'params': a, 'weight_decay': 0.1}, dict(params=b, weight_decay=0)]\n"
            "torch.optim.AdamW(groups, lr=0.1)",
            "line 1: torch.optim.AdamW has groups of parameters",
        ),
        (
            "g = []\nfor a in p: g += [dict(params=[a], lr=1)]\noptim.SGD(g, lr=0.1)",
            "line 2: torch.optim.SGD has groups of parameters",
        ),
        (TORCH + "o.add_param_group({'params': q, 'lr': 1})", "use `Groups` in adamdoc"),
        (TORCH + "for a in p: a.grad.data.clamp_(-1, 1)", "a.grad.data.clamp_ changes a gradient"),
        (TORCH + "for a in p: a.grad /= 4", "a.grad must not be set by hand"),
        (TORCH + "pl.Trainer(gradient_clip_val=0.5)", "gradient_clip_val of pl.Trainer would be"),
        (TORCH + "torch.nn.utils.clip_grads_with_norm_(p, 1.0, n)", "would be passed over: clip"),
        (TORCH + "o = Lookahead(o)", "Lookahead may change the steps of the optimizer that it is"),
        (TORCH + "o = pytorch_optimizer.OrthoGrad(o)", "OrthoGrad may change the steps"),
        (KERAS + "o.learning_rate = 0.01", "o.learning_rate must not be set by hand"),
        (KERAS + "model.optimizer.lr = 0.01", "model.optimizer.lr must not be set by hand"),
        (KERAS + "o.learning_rate.assign(0.01)", "o.learning_rate.assign cannot be reproduced"),
        (KERAS + "K.set_value(o.lr, 0.01)", "K.set_value cannot be reproduced"),
        (
            "import tensorflow as tf\n" + KERAS + "g, n = tf.clip_by_global_norm(g, 5.0)",
            "tensorflow.clip_by_global_norm cannot be reproduced: give the optimizer global_clipn",
        ),
        (KERAS + "o = tfa.optimizers.SWA(o)", "tfa.optimizers.SWA may change the steps"),
        (
            OPTAX + "optax.conditionally_transform(o, f)",
            "line 2: the table has no optax.conditionally_transform: a function of the user decid",
        ),
        (OPTAX + "optax.of_tomorrow(o, f)", "line 2: optax.of_tomorrow may change the steps"),
        (OPTAX + "state.hyperparams['learning_rate'] = 0.01", "must not be set by hand"),
    ],
)
def test_what_changes_the_steps_elsewhere_is_not_passed_over(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        reproduce(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optax.chain(optax.clip_by_global_norm(0.0), optax.sgd(0.1))", "At 0 no gradient is left"),
        ("optax.chain(optax.clip(0), optax.sgd(0.1))", "At 0 no gradient is left"),
        ("optim.SGD(p, lr=0.1); clip_grad_norm_(p, 0.0)", "At 0 no gradient is left"),
        ("optim.SGD(p, lr=0.1); clip_grad_value_(p, 0.0)", "At 0 no gradient is left"),
        ("optax.lookahead(optax.sgd(0.1), 0, 0.5)", "rejects calls with not sync_period"),
        ("pytorch_optimizer.Lookahead(optim.SGD(p, lr=0.1), k=0)", "rejects calls with not k"),
        ("optax.chain(optax.trace(0.9), optax.trace(0.5), optax.scale(-0.1))", "trace, trace, sca"),
    ],
)
def test_a_zero_or_a_second_buffer_does_not_vanish(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        reproduce(text)


def test_without_momentum_there_is_no_nesterov_step():
    for call in ("optax.sgd(0.1, nesterov=True)", "keras.optimizers.SGD(0.1, nesterov=True)"):
        assert str(translate(call, to="torch")) == "torch.optim.SGD(lr=0.1)"


def test_a_training_script_is_read():
    script = """
    import torch
    from torch import nn, optim

    lr = 1e-3
    model = Net().to("cuda")
    optimizer = optim.AdamW(model.parameters(), lr=lr * 3, weight_decay=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
    """
    call = read(script)
    assert call.peer == "torch.optim.AdamW"
    assert call.arguments == {"lr": pytest.approx(3e-3), "weight_decay": 0.1}
    assert call.before == (Call("torch.nn.utils.clip_grad_norm_", {"max_norm": 1.0}),)


def test_text_is_never_run(tmp_path):
    target = tmp_path / "made"
    text = f"__import__('pathlib').Path({str(target)!r}).touch(); torch.optim.SGD(p, lr=0.1)"
    assert reproduce(text) == SGD(0.1)
    assert not target.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("torch.optim.Adam(lr=)", "line 1 is not Python (invalid syntax): torch.optim.Adam(lr=)"),
        ("optax.lion(1e-4)\0", "line 1 is not Python"),
        ("optax.sgd(" + "-" * 5000 + "1)", "nested too deeply"),
        ("optax.sgd(9**9**9)", "line 1: 9 ** 9 ** 9: "),
        ("optax.sgd(10**10000)", "line 1: 10 ** 10000: "),
        ("optax.sgd(learning_rate=0.1, learning_rate=0.2)", "learning_rate is given twice"),
        ("optax.with_extra_args_support()", "must be given an optimizer, got None"),
        ("optax.named_chain('a', optax.sgd(0.1))", "must be given an optimizer, got 'a'"),
        ("foo(3)", "no optimizer is called 'foo'"),
        ("AdamW(lr=1)", "which may be torch.optim.AdamW, optax.adamw, keras.optimizers.AdamW"),
        ("x = [1, (2)]", "the text must contain the call of an optimizer"),
        ("torch.nn.utils.clip_grad_norm_(p, 1.0)", "got clipping alone"),
        ("torch.optim.SGD(lr=1); torch.optim.Adam()", "got torch.optim.SGD, torch.optim.Adam"),
        ("clip_grad_norm_(p, 1.0); optax.sgd(0.1)", "cannot act on optax.sgd"),
        ("\n\ntorch.optim.SGD(p, lr=args.lr)", "line 1: args.lr must be a literal or a name assi"),
        ("lr = f()\ntorch.optim.SGD(p, lr=lr)", "line 1: f() must be a literal"),
        ("optax.sgd(lambda t: 0.1)", "a function would have to be run: pass it in `arguments`"),
        ("torch.optim.Adam(*args)", "line 1: *args must be a literal"),
        ("torch.optim.Adam(lr=1 / 0)", "1 / 0: division by zero"),
        ("torch.optim.SGD([{'params': a, 'lr': 1}], lr=2)", "`Groups`"),
        (
            "optax.chain(optax.keep_params_nonnegative(), optax.sgd(0.1))",
            "optax.keep_params_nonnegative must come last in the chain",
        ),
        ("optax.chain(optax.sgd(0.1), optax.clip(1.0))", "optax.clip acts on the step after opta"),
        (
            "optax.chain(optax.apply_every(4), optax.sgd(0.1))",
            "the table has no optax.apply_every: between its steps the optimizer goes on",
        ),
        ("optax.chain(optax.scale_by_adam(), optax.scale(0.1))", "the chain ascends"),
        (
            "optax.chain(optax.scale_by_adam(), optax.scale_by_trust_ratio(0.1), optax.scale(-1))",
            "makes LAMB, which has neither its arguments",
        ),
        ("optax.chain(optax.clip(1.0), optax.scale_by_adam())", "the chain has no learning rate"),
        (
            "optax.chain(optax.scale_by_adam(), optax.clip(1.0), optax.scale(-0.1))",
            "optax.clip cannot be reproduced at its place in the chain scale_by_adam, clip, scale",
        ),
        ("optax.chain(optax.scale(0.5), optax.sgd(0.1))", "must multiply the gradient by -1 or 1"),
        ("optax.chain(optax.clip(1.0))", "optax.clip acts around another optimizer"),
        ("optax.chain(optax.trace(0.9, beta=1), optax.scale(-1))", "line 1: optax.trace takes"),
        ("optax.lookahead(3, 5, 0.5)", "optax.lookahead must be given an optimizer, got 3"),
        ("opt = optax.masked(optax.sgd(0.1), mask)", "an optimizer for each group to `Groups`"),
        (
            "o = torch.optim.SGD(p, lr=0.1)\nfor group in o.param_groups:\n    group['lr'] = f(t)",
            "line 2: param_groups must not be changed by hand",
        ),
        (
            "o = torch.optim.SGD(p, lr=0.1)\nfor a in p:\n    clip_grad_norm_(a, 1.0)",
            "line 3: clip_grad_norm_ must get all parameters at once",
        ),
        (
            "opt = keras.optimizers.SGD(0.1)\nkeras.callbacks.LearningRateScheduler(f)",
            "line 2: keras.callbacks.LearningRateScheduler cannot be reproduced: it changes",
        ),
        ("optax.adamw(1e-3, mask=no_biases)", "mask of optax.adamw must be None"),
        ("optax.adamw(1e-3, mu_dtype=jnp.bfloat16)", "it would round a part of the state"),
        ("torch.optim.SGD(p, 1, 0, 0, 0, False, True)", "line 1: torch.optim.SGD takes at most 5"),
        (
            "torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD(p, lr=0.1))",
            "line 1: adamdoc has no schedule for torch.optim.lr_scheduler.ReduceLROnPlateau",
        ),
    ],
)
def test_errors_say_where_and_why(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        reproduce(text)


def test_arguments_do_not_go_with_a_whole_call():
    with pytest.raises(ValueError, match="arguments must be left out if peer is a whole call"):
        reproduce("torch.optim.SGD(lr=0.1)", {"lr": 0.1})


# Translating


@pytest.mark.parametrize(
    ("peer", "arguments", "to", "text"),
    [
        (
            "torch.optim.SGD",
            {"lr": 0.1, "momentum": 0.9},
            "optax",
            "optax.sgd(learning_rate=0.1, momentum=0.9)",
        ),
        (
            "torch.optim.AdamW(lr=3e-4, betas=(0.9, 0.95))",
            None,
            "optax",
            "optax.adamw(learning_rate=0.0003, b2=0.95, weight_decay=0.01)",
        ),
        (
            "torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=1e-4)",
            None,
            "optax",
            "optax.chain(\n    optax.add_decayed_weights(weight_decay=0.0001),\n"
            "    optax.sgd(learning_rate=0.1, momentum=0.9),\n)",
        ),
        (
            "optax.chain(optax.clip(1.0), optax.sgd(0.1))",
            None,
            "torch",
            "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
            "# before each optimizer.step():\n"
            "torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=1.0)",
        ),
        (
            "optax.chain(optax.clip_by_global_norm(1.0), optax.lion(1e-4))",
            None,
            "keras",
            "keras.optimizers.Lion(learning_rate=0.0001, weight_decay=0.001, global_clipnorm=1.0)",
        ),
        (
            "keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=1e-4)",
            None,
            "optax",
            "optax.chain(\n    optax.trace(decay=0.9),\n"
            "    optax.add_decayed_weights(weight_decay=0.0001),\n"
            "    optax.scale_by_learning_rate(learning_rate=0.1),\n)",
        ),
        (
            "keras.optimizers.SGD(0.1, weight_decay=1e-4)",
            None,
            "torch",
            "torch.optim.SGD(lr=0.1, weight_decay=0.0001)",
        ),
        (
            "torch.optim.SGD(p, lr=0.1, maximize=True)",
            None,
            "optax",
            "optax.chain(optax.scale(step_size=-1.0), optax.sgd(learning_rate=0.1))",
        ),
        (
            "optax.lookahead(optax.chain(optax.clip(0.5), optax.sgd(0.1, 0.9)), 6, 0.5)",
            None,
            "pytorch_optimizer",
            "optimizer = pytorch_optimizer.Lookahead("
            "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), k=6)\n"
            "# before each optimizer.step():\n"
            "torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=0.5)",
        ),
        (
            "pytorch_optimizer.Lookahead(torch.optim.SGD(p, lr=0.1, weight_decay=0.01), k=5)",
            None,
            "optax",
            "optax.lookahead(optax.chain(optax.add_decayed_weights(weight_decay=0.01), "
            "optax.sgd(learning_rate=0.1)), sync_period=5, slow_step_size=0.5)",
        ),
        (
            "optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(0.01), "
            "optax.scale(-1e-3))",
            None,
            "torch",
            "torch.optim.AdamW()",
        ),
        ("torch.optim.Adam(lr=0.1 + 0.2)", None, "optax", "optax.adam(learning_rate=0.3)"),
        (
            "torch.optim.SGD(p, lr=0.1, momentum=0.9)",
            None,
            "pytorch_optimizer",
            "pytorch_optimizer.SGDW(lr=0.1, momentum=0.9)",
        ),
        ("optax.adam(1e-3)", None, "pytorch_optimizer", "torch.optim.Adam()"),
        (
            "pytorch_optimizer.SAM(p, torch.optim.SGD, rho=0.1, lr=0.1)",
            None,
            "pytorch_optimizer",
            "pytorch_optimizer.SAM(torch.optim.SGD, rho=0.1, lr=0.1)",
        ),
    ],
)
def test_calls_compose(peer, arguments, to, text):
    call = translate(peer, arguments, to=to)
    assert call.matched
    assert re.sub(r"\s+", "", str(call)) == re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", ["torch.optim", "optax", "keras.optimizers", "pytorch_optimizer"])
def test_translations_take_the_same_steps_there_and_back(name):
    """Everyday values, in the plain optimizers of a library: SGD, Adam, AdamW, RMSprop, Lion."""
    rate = "learning_rate" if name in ("optax", "keras.optimizers") else "lr"
    found = 0
    for row in dialects.ROWS:
        method = row.peer.rpartition(".")[2].lower()
        if row.peer.rpartition(".")[0] != name or method not in (
            *("sgd", "sgdw", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "lion", "adamax"),
        ):
            continue
        known = dialects.defaults(row.peer)
        momenta = [{}, {"momentum": 0.9}] if "momentum" in known else [{}]
        decays = [{}, {"weight_decay": 0.01}] if "weight_decay" in known else [{}]
        for momentum, decay in itertools.product(momenta, decays):
            optimizer = reproduce(row.peer, {rate: 3e-4, **momentum, **decay})
            for to in TARGETS:
                calls = matching_calls(optimizer, to)
                if not calls:
                    continue
                call = translate(optimizer, to=to)
                assert call == calls[0]
                assert same(reproduce(call), optimizer)
                assert same(reproduce(str(call)), optimizer)
                assert same(reproduce(translate(call, to=row.library)), optimizer)
                found += 1
    assert found


@pytest.mark.parametrize(
    "optimizer",
    [
        HeavyBall(0.1, 0.9),
        Momentum(0.1, 0.9),
        optimizers.Nesterov(0.1, 0.9),
        optimizers.SignSGD(0.1),
        optimizers.AMSGrad(0.1),
        optimizers.AdaGrad(0.1),
        optimizers.RAdam(0.1),
        AdamW(0.1),
        AdamDialect(0.1, nesterov=1),
        Lion(0.1, weight_decay=0.1),
        optimizers.AdEMAMix(0.1, weight_decay=0.1),
        DecoupledDecay(SGD(0.1), 0.1),
        DecoupledDecay(Lion(0.1), 0.0),
        ClipByNorm(Maximize(DecoupledDecay(Adam(0.1), 0.1)), 1.0),
        Maximize(ClipByValue(CoupledDecay(SGD(0.1, 0.9), 0.1), 1.0)),
        Lookahead(ClipEachByNorm(DecoupledDecay(SGD(0.1, 0.9), 0.1), 1.0), 3),
        SGD(Cosine(0.1, 9), rate_first=1),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_spellings_take_the_same_steps(optimizer):
    found = list(spellings(optimizer))
    assert len(found) > 1
    for spelling in found:
        assert same(spelling, optimizer), spelling


def test_the_order_of_clipping_and_coupled_decay_is_kept():
    before = ClipByNorm(CoupledDecay(SGD(0.1), 0.01), 1.0)
    after = CoupledDecay(ClipByNorm(SGD(0.1), 1.0), 0.01)
    calls = [translate(optimizer, to="optax") for optimizer in (before, after)]
    assert all(call.matched for call in calls)
    assert [call.before[0].peer for call in calls] == [
        "optax.clip_by_global_norm",
        "optax.add_decayed_weights",
    ]
    assert not same(*(reproduce(call) for call in calls))
    # PyTorch's clipping comes before its own decay.
    call = translate(CoupledDecay(ClipByNorm(SGD(0.1), 1.0, 1e-6), 0.01), to="torch")
    assert not call.matched
    assert call.reason == "adamdoc clips the sum of gradient and decay, torch the gradient alone"


def test_decay_is_decoupled_only_where_the_method_ignores_the_parameters():
    """The step of LAMB depends on the parameters, which adamdoc shrinks before it."""
    call = translate("keras.optimizers.Lamb", {"weight_decay": 0.01}, to="optax")
    assert not call.matched
    assert call.nearest.peer == "optax.lamb"
    # What clips on its own is no chain of Optax's whole optimizers.
    assert not translate(DecoupledDecay(SGD(0.1, 0.9), 0.1), to="torch").matched


def test_a_wrapper_never_vanishes():
    wrappers = [Lookahead(SGD(0.1)), SAM(SGD(0.1)), optimizers.Cautious(SGD(0.1, 0.9))]
    wrappers += [ClipByNorm(SGD(0.1)), ClipByValue(SGD(0.1)), Maximize(SGD(0.1))]
    for optimizer, to in itertools.product(wrappers, TARGETS):
        call = translate(optimizer, to=to)
        if call.matched:
            assert same(reproduce(call), optimizer)
        else:
            assert type(optimizer).__name__.lower()[:4] in call.reason.lower()


# The nearest call


def test_eps_is_told_in_the_words_of_the_libraries():
    call = translate("torch.optim.Adam", {"lr": 1e-3}, to="keras")
    assert not call.matched
    assert str(call.nearest) == "keras.optimizers.Adam(epsilon=1e-08)"
    (difference,) = call.differences
    assert difference == (
        "keras.optimizers.Adam adds epsilon to the root of the uncorrected second moment, "
        "torch.optim.Adam adds eps to the root of the corrected second moment: 1e-08 there acts "
        "like 3.2e-07 at step 1 and like 1e-08 in the long run"
    )
    assert set(call.deviations) == {1, 10, 1000}
    assert call.deviations[1] > call.deviations[10] > call.deviations[1000] > 1e-4
    text = str(call)
    assert text.startswith("no call of keras takes the same steps; the nearest is\n    keras.opt")
    assert difference in " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "to", "nearest", "words"),
    [
        (
            "keras.optimizers.Adam()",
            "optax",
            "optax.adam(learning_rate=0.001, eps=1e-07)",
            "1e-07 here acts like 3.2e-06 at step 1",
        ),
        (
            "torch.optim.RMSprop()",
            "keras",
            "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-16)",
            "1e-16 there acts like 1e-08 where gradients vanish",
        ),
        (
            "optax.rmsprop(1e-2)",
            "torch",
            "torch.optim.RMSprop(alpha=0.9, eps=0.0001)",
            "1e-08 here acts like 0.0001",
        ),
        (
            "torch.optim.Adagrad(lr_decay=1e-3)",
            "optax",
            "optax.adagrad(learning_rate=0.01, initial_accumulator_value=0.0, eps=1e-20)",
            "divides the learning rate by 1 + 0.001 (t - 1)",
        ),
        (
            "torch.optim.Adam(amsgrad=True)",
            "optax",
            "optax.amsgrad(learning_rate=0.001)",
            "torch.optim.Adam takes the largest second moment before its bias correction, "
            "optax.amsgrad after it",
        ),
        (
            "torch.optim.NAdam()",
            "optax",
            "optax.nadam(learning_rate=0.002)",
            "is constant in optax.nadam; in torch.optim.NAdam it rises",
        ),
        (
            "torch.optim.NAdam()",
            "keras",
            "keras.optimizers.Nadam(learning_rate=0.002, epsilon=1e-08)",
            "rises with 0.96 to the power of 0.004 t",
        ),
        (
            "torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=1e-4)",
            "keras",
            "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, weight_decay=0.001)",
            "by 10 in the long run; that of keras.optimizers.SGD shrinks the parameters directly. "
            "In Keras, keras.regularizers.L2(5e-05) on the layers adds it to the gradient",
        ),
        (
            "optax.adamaxw(2e-3)",
            "torch",
            "torch.optim.Adamax()",
            "In PyTorch, `p.data.mul_(1 - 0.002 * 0.0001)` for each parameter before the step",
        ),
        (
            "torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1)",
            "optax",
            "optax.sgd(learning_rate=0.09, momentum=0.9)",
            "leaves a share of 0.1 of each gradient except the first out",
        ),
        (
            "pytorch_optimizer.SGDW(p, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)",
            "keras",
            "keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, weight_decay=0.2)",
            "its learning rate is smaller by that share",
        ),
        (
            "optax.contrib.muon(0.02)",
            "keras",
            "keras.optimizers.Muon(learning_rate=0.02, weight_decay=0.0, rms_rate=0.0)",
            "averages them and multiplies by the root of columns over rows",
        ),
        (
            "torch.optim.SGD(p, lr=0.1); clip_grad_norm_(p, 2.0)",
            "optax",
            "optax.chain(optax.clip_by_global_norm(max_norm=2.0), optax.sgd(learning_rate=0.1))",
            "torch.nn.utils.clip_grad_norm_ adds 1e-06 to the norm by which it divides, "
            "optax.clip_by_global_norm adds nothing: a clipped gradient is shorter by a share of "
            "at most 5e-07",
        ),
        (
            "keras.optimizers.SGD(0.1, clipnorm=1.0)",
            "optax",
            "optax.chain(optax.clip_by_global_norm(max_norm=1.0), optax.sgd(learning_rate=0.1))",
            "keras clips by the norm of each array by itself, optax of all arrays together",
        ),
        (
            "keras.optimizers.SGD(0.1, clipnorm=2.0)",
            "torch",
            "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
            "# before each optimizer.step():\n"
            "torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=2.0)",
            "`for p in model.parameters(): torch.nn.utils.clip_grad_norm_(p, 2)` clips each",
        ),
        (
            "torch.optim.Adamax()",
            "keras",
            "keras.optimizers.Adamax(learning_rate=0.002, epsilon=1e-08)",
            "keras.optimizers.Adamax adds eps to the maximum",
        ),
        (
            "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 9, 0.9), 0.9)",
            "optax",
            "optax.sgd(learning_rate=schedule, momentum=0.9)\n# the schedule of learning_rate is "
            "adamdoc's Exponential(lr=0.1, factor=0.9, steps=9, staircase=False, final=None)",
            "multiplies the learning rate in before the buffer of momentum, optax.sgd after it",
        ),
        (
            "optax.lookahead(optax.sgd(0.1), 5, 0.5)",
            "keras",
            "keras.optimizers.SGD(learning_rate=0.1)",
            "keras.optimizers.SGD has no Lookahead: slow weights",
        ),
    ],
)
def test_the_nearest_call_says_what_differs(text, to, nearest, words):
    call = translate(text, to=to)
    assert not call.matched
    assert str(call.nearest) == nearest
    assert any(words in difference for difference in call.differences), call.differences
    assert call.reason == "; ".join(call.differences)
    # What is reported is what was measured between the two.
    assert call.deviations == deviations(reproduce(text), reproduce(call.nearest))
    assert max(call.deviations.values()) > 0


@pytest.mark.parametrize(
    ("text", "to", "reason"),
    [
        (
            "optax.lion(1e-4)",
            "torch",
            "torch has no Lion; keras.optimizers.Lion and pytorch_optimizer.Lion have it; the "
            "closest relative in torch is torch.optim.Adam",
        ),
        ("pytorch_optimizer.SOAP()", "keras", "keras has no SOAP; the closest relative in keras"),
        ("optax.lion(1e-4, b1=0.0)", "keras", "keras.optimizers.Lion rejects not beta_1"),
        ("torch.optim.AdamW(maximize=True)", "keras", "no option to maximize: negate the loss"),
        (
            "keras.optimizers.Muon()",
            "torch",
            "torch.optim.Muon cannot be Muon(lr=0.001",
        ),
    ],
)
def test_a_method_that_a_library_lacks_is_named(text, to, reason):
    call = translate(text, to=to)
    assert not call.matched
    assert call.nearest is None
    assert reason in call.reason
    assert reason in " ".join(str(call).split())


@pytest.mark.parametrize(
    "optimizer",
    [
        ClipByNorm(SGD(0.1), Linear(1.0, 0.5, 9), 1e-6),
        ClipByNorm(SGD(0.1), 1.0, Linear(1e-6, 1e-7, 9)),
        CoupledDecay(SGD(0.1, 0.9), Linear(0.1, 0.01, 9)),
        SGD(0.1, Linear(0.9, 0.5, 9), dampening=0.5),
        Momentum(0.1, Linear(0.9, 0.5, 9)),
        Adam(0.1, Linear(0.95, 0.85, 9), Linear(0.99, 0.9, 9), Linear(1e-3, 1e-8, 9)),
        optimizers.Adan(0.1, 0.9, Linear(0.9, 0.8, 9)),
        RMSpropDialect(0.1, centered=Linear(1.0, 0.5, 9)),
    ],
    ids=repr,
)
def test_any_hyperparameter_may_be_a_schedule(optimizer):
    for to in TARGETS:
        call = translate(optimizer, to=to)
        if call.matched:
            assert same(reproduce(call), optimizer)
        assert call.nearest is None or "=Linear" not in str(call.nearest).split("# the sch")[0]


def test_groups_of_arrays_are_not_one_call():
    groups = Groups(SGD(0.1), [("c", SGD(0.01))])
    for to in TARGETS:
        assert not translate(groups, to=to).matched


def test_deviations_are_measured_from_the_first():
    assert set(deviations(Adam(), Adam()).values()) == {0.0}
    halved = deviations(SGD(0.1), SGD(0.05))
    assert halved == pytest.approx({1: 0.5, 10: 0.5, 1000: 0.5})
    assert deviations(SAM(SGD(0.1)), SGD(0.1)) == {}
    # Where the reference does not move, there is no share of its way.
    still = deviations(optimizers.SOAP(), SGD(0.1))
    assert still[1] == np.inf
    assert np.isfinite(still[1000])


def test_an_unmatched_call_cannot_be_reproduced():
    with pytest.raises(ValueError, match="no call of torch takes the same steps"):
        reproduce(translate("optax.lion(1e-4)", to="torch"))


def test_blocks_have_the_arguments_of_their_optimizer():
    for name, block in BLOCKS.items():
        assert name.startswith("optax.")
        known = block.defaults()
        if block.optimizer:
            assert known.keys() | block.fixed.keys() <= dialects.defaults(block.optimizer).keys()


# The command line


def test_the_command_line_prints_a_call(capsys):
    assert __main__.main(["torch.optim.AdamW(lr=3e-4, betas=(0.9, 0.95))", "--to", "optax"]) == 0
    expected = "optax.adamw(learning_rate=0.0003, b2=0.95, weight_decay=0.01)\n"
    assert capsys.readouterr().out == expected


def test_the_command_line_prints_all_libraries(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("torch.optim.SGD(p, lr=0.1, momentum=0.9)\n"))
    assert __main__.main(["-"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("adamdoc:\nSGD(lr=0.1, momentum=0.9,")
    assert "optax:\noptax.sgd(learning_rate=0.1, momentum=0.9)" in out
    assert "keras:\nkeras.optimizers.SGD(learning_rate=0.1, momentum=0.9)" in out
    assert "torch:" not in out.replace("pytorch", "")


def test_the_command_line_prints_the_nearest(capsys):
    assert __main__.main(["torch.optim.Adam(lr=1e-3)", "--to", "keras"]) == 1
    out = capsys.readouterr().out
    assert "    keras.optimizers.Adam(epsilon=1e-08)\n- keras.optimizers.Adam adds" in out
    assert "two 4 x 3 matrices" in out
    assert max(map(len, out.splitlines())) <= 88


def test_the_command_line_names_an_error_in_one_line():
    command = [sys.executable, "-m", "adamdoc.dialects", "torch.optim.Adamm(lr=1)", "--to", "optax"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "error: no optimizer is called 'torch.optim.Adamm'; did you mean 'torch.optim.Adam'?\n"
    )
