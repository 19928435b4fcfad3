"""Everyday calls, translated between all pairs of libraries and made in the real ones."""

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import libraries
import numpy as np
import problems
from problems import Problem, flat

from adamdoc import dialects
from adamdoc.dialects import Call
from adamdoc.dialects.calls import AROUND_CLASS, links

LIMIT = 1e-10
STEPS = 20
TARGETS = ("torch", "optax", "keras", "pytorch_optimizer")
_RNG = np.random.default_rng(0)
#: A model of a matrix and a vector, and given gradients of many sizes.
START = {"W": _RNG.standard_normal((4, 3)), "c": _RNG.standard_normal(3)}
SIZES = {"W": 10.0 ** np.linspace(-3, 1, 12).reshape(4, 3), "c": np.array([0.1, 1.0, 3.0])}
GRADIENTS = [
    {name: SIZES[name] * (0.3 + _RNG.standard_normal(value.shape)) for name, value in START.items()}
    for _ in range(STEPS)
]
PROBLEM = Problem(START, lambda _theta, t: GRADIENTS[t])

RATES = (0.1, 0.01, 1e-3, 3e-4)
DECAYS = (0.1, 0.01, 1e-4)
#: Names of the arguments of each library.
RATE = {
    "torch": "lr",
    "pytorch_optimizer": "lr",
    "optax": "learning_rate",
    "keras": "learning_rate",
}
BETAS = {
    "torch": "betas=(0.9, 0.95)",
    "pytorch_optimizer": "betas=(0.9, 0.95)",
    "optax": "b1=0.9, b2=0.95",
    "keras": "beta_1=0.9, beta_2=0.95",
}
CLIPS = {
    "torch": ("{}; torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
              "{}; torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)"),
    "pytorch_optimizer": ("{}; torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",),
    "optax": ("optax.chain(optax.clip_by_global_norm(1.0), {})", "optax.chain(optax.clip(0.5), {})",
              "optax.chain(optax.add_decayed_weights(1e-4), {})",
              "optax.chain(optax.clip_by_global_norm(1.0), optax.add_decayed_weights(0.01), {})",
              "optax.lookahead({}, 5, 0.5)"),
    "keras": (),
}  # fmt: skip
#: The arguments with which a method is usually called, besides the learning rate.
VARIANTS = {
    "sgd": ("", "momentum=0.9", "momentum=0.9, nesterov=True"),
    "rmsprop": ("", "momentum=0.9", "centered=True"),
    "adam": ("", "betas"),
    "adamw": ("", "betas"),
    "adagrad": ("",),
    "lion": ("",),
}
#: Calls that the grid does not make.
MORE = (
    "torch.optim.SGD(lr=0.1, momentum=0.9, weight_decay=5e-4, dampening=0.1)",
    "torch.optim.SGD(params, 0.1, momentum=0.9, weight_decay=1e-4, maximize=True)",
    "torch.optim.Adam(lr=1e-3, weight_decay=0.01, decoupled_weight_decay=True)",
    "torch.optim.Adam(lr=1e-3, amsgrad=True)",
    "torch.optim.AdamW(lr=1e-3, eps=0.0)",
    "torch.optim.Adadelta()",
    "torch.optim.Adamax(weight_decay=1e-4)",
    "torch.optim.NAdam()",
    "torch.optim.NAdam(weight_decay=0.01, decoupled_weight_decay=True)",
    "torch.optim.RAdam(weight_decay=1e-4)",
    "torch.optim.RMSprop(alpha=0.9, eps=0.0)",
    "torch.optim.Adagrad(lr_decay=1e-3)",
    "torch.optim.Rprop()",
    "torch.optim.ASGD(t0=10, weight_decay=1e-4)",
    "optax.chain(optax.trace(0.9), optax.scale(-0.1))",
    "optax.chain(optax.scale_by_adam(b2=0.95), optax.add_decayed_weights(0.1), "
    "optax.scale_by_learning_rate(3e-4))",
    "optax.chain(optax.scale_by_rms(), optax.trace(0.9), optax.scale_by_learning_rate(0.01))",
    "optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_lion(), "
    "optax.add_decayed_weights(0.1), optax.scale_by_learning_rate(1e-4))",
    "optax.chain(optax.scale(-1.0), optax.adamw(1e-3))",
    "optax.named_chain(('clip', optax.clip(1.0)), ('sgd', optax.sgd(0.1, 0.9)))",
    "optax.lookahead(optax.chain(optax.clip(0.5), optax.adam(1e-3)), 6, 0.5)",
    "optax.adadelta(1.0)",
    "optax.adamax(2e-3)",
    "optax.adamaxw(2e-3)",
    "optax.amsgrad(1e-3)",
    "optax.nadam(2e-3)",
    "optax.nadamw(2e-3)",
    "optax.radam(1e-3)",
    "optax.lamb(1e-3, weight_decay=0.01)",
    "optax.yogi(0.01)",
    "optax.adabelief(1e-3)",
    "optax.sign_sgd(1e-3)",
    "optax.signum(1e-3)",
    "optax.contrib.adopt(1e-3)",
    "optax.contrib.ademamix(1e-3, weight_decay=0.1)",
    "optax.contrib.simplified_ademamix(1e-5, alpha=10.0)",
    "optax.contrib.acprop(1e-3)",
    "optax.contrib.cocob()",
    "optax.contrib.madgrad(1e-2)",
    "optax.optimistic_adam_v2(1e-3)",
    "optax.optimistic_gradient_descent(0.1)",
    "keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=1e-4)",
    "keras.optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0)",
    "keras.optimizers.SGD(0.1, global_clipnorm=1.0)",
    "keras.optimizers.SGD(0.1, weight_decay=1e-4, clipvalue=0.5)",
    "keras.optimizers.RMSprop(weight_decay=0.01)",
    "keras.optimizers.Adagrad(weight_decay=0.01)",
    "keras.optimizers.Adam(1e-3, clipnorm=1.0)",
    "keras.optimizers.Adam(1e-3, epsilon=0.0)",
    "keras.optimizers.Adam(1e-3, amsgrad=True)",
    "keras.optimizers.Lion(1e-4, weight_decay=0.1, global_clipnorm=1.0)",
    "keras.optimizers.Adadelta(1.0)",
    "keras.optimizers.Adamax()",
    "keras.optimizers.Nadam()",
    "keras.optimizers.Ftrl(0.1, l1_regularization_strength=0.01)",
    "keras.optimizers.Lamb(weight_decay=0.01)",
    "pytorch_optimizer.SGDW(lr=0.1, momentum=0.9, weight_decay=1e-4)",
    "pytorch_optimizer.SGDW(lr=0.1, weight_decay=1e-4)",
    "pytorch_optimizer.SignSGD()",
    "pytorch_optimizer.SignSGD(momentum=0.0, weight_decay=0.01)",
    "pytorch_optimizer.Lion(weight_decay=0.1)",
    "pytorch_optimizer.AdaBelief(weight_decay=0.01)",
    "pytorch_optimizer.Yogi()",
    "pytorch_optimizer.AdaMax(weight_decay=0.01, weight_decouple=True)",
    "pytorch_optimizer.AdEMAMix(weight_decay=0.1, weight_decouple=True)",
    "pytorch_optimizer.ADOPT()",
    "pytorch_optimizer.LaProp()",
    "pytorch_optimizer.AdaBound(weight_decay=5e-4)",
    "pytorch_optimizer.RAdam(degenerated_to_sgd=True)",
    "pytorch_optimizer.Lookahead(torch.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=1e-4))",
)


def everyday_calls() -> Iterator[str]:
    """Yield the calls as one would write them."""
    for row in dialects.ROWS:
        method = row.peer.rpartition(".")[2].lower()
        if row.settings and row.library != "pytorch_optimizer" and method in VARIANTS:
            yield from _grid(row.peer, VARIANTS[method])
    yield from MORE


def _grid(peer: str, variants: tuple[str, ...]) -> Iterator[str]:
    """Yield calls of an optimizer: rates, then variants, decays and clips at one of them."""
    library = peer.split(".")[0]
    for rate in RATES:
        yield f"{peer}({RATE[library]}={rate:g})"
    for variant in variants:
        given = f"{RATE[library]}=0.01"
        if variant:
            given += ", " + variant.replace("betas", BETAS[library])
        if variant:
            yield f"{peer}({given})"
        if "weight_decay" in dialects.defaults(peer):
            for decay in DECAYS:
                yield f"{peer}({given}, weight_decay={decay:g})"
        for around in CLIPS[library]:
            yield around.format(f"{peer}({given})")


def run(call: Call) -> list[np.ndarray]:
    """Return the parameters of the model after each step of a call in its library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = {"optax": run_optax, "keras": run_keras}.get(call.peer.split(".")[0], run_torch)
        return library(call)


def run_torch(call: Call) -> list[np.ndarray]:
    import torch

    torch.set_default_dtype(torch.float64)
    parameters = {n: torch.nn.Parameter(torch.tensor(v.copy())) for n, v in START.items()}
    optimizer, path = make_torch(call, list(parameters.values())), []
    for g in GRADIENTS:
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(g[name].copy())
        for clip in call.before:
            libraries.load(clip.peer)(list(parameters.values()), **clip.arguments)
        optimizer.step()
        path.append(flat({n: p.detach().numpy() for n, p in parameters.items()}))
    return path


def make_torch(call: Call, parameters: list[Any]) -> Any:
    """Return the optimizer of a call."""
    if call.inner is None:
        return libraries.load(call.peer)(parameters, **call.arguments)
    if call.peer in AROUND_CLASS:
        arguments = {**call.arguments, **call.inner.arguments}
        return libraries.load(call.peer)(parameters, libraries.load(call.inner.peer), **arguments)
    return libraries.load(call.peer)(make_torch(call.inner, parameters), **call.arguments)


def run_optax(call: Call) -> list[np.ndarray]:
    import jax.numpy as jnp
    import optax

    transform = make_optax(call)
    theta: Any = {name: jnp.asarray(value) for name, value in START.items()}
    slow = call.peer == "optax.lookahead"
    theta = optax.LookaheadParams.init_synced(theta) if slow else theta
    state, path = transform.init(theta), []
    for g in GRADIENTS:
        given = {name: jnp.asarray(value) for name, value in g.items()}
        updates, state = transform.update(given, state, theta)
        theta = optax.apply_updates(theta, updates)
        path.append(flat(theta.fast if slow else theta))
    return path


def make_optax(call: Call) -> Any:
    """Return the transformation of a call."""
    import optax

    made = []
    for link in links(call):
        inner = [make_optax(link.inner)] if link.inner else []
        made.append(libraries.load(link.peer)(*inner, **link.arguments))
    return optax.chain(*made) if len(made) > 1 else made[0]


def run_keras(call: Call) -> list[np.ndarray]:
    import keras

    keras.config.set_floatx("float64")
    variables = {n: keras.Variable(v, dtype="float64", name=n) for n, v in START.items()}
    optimizer, path = libraries.load(call.peer)(**call.arguments), []
    for g in GRADIENTS:
        given = [keras.ops.convert_to_tensor(g[name], dtype="float64") for name in variables]
        optimizer.apply(given, list(variables.values()))
        path.append(flat({n: keras.ops.convert_to_numpy(v) for n, v in variables.items()}))
    return path


def check(text: str) -> tuple[list[str], Counter[tuple[str, str, str]], float]:
    """Return the faults of one call and its translations, the kinds of answers, the worst."""
    source = dialects.read(text)
    origin = source.peer.split(".")[0]
    faults, answers, worst = [], Counter[tuple[str, str, str]](), 0.0
    theirs = run(source)
    ours = libraries.run_adamdoc(dialects.reproduce(source), PROBLEM, STEPS)
    ours = ours[:, : len(theirs[0])]  # without averages of the parameters
    off = problems.deviation(ours, theirs)
    if off > LIMIT:
        faults.append(f"{text}: adamdoc is off by {off:.1e}")
    for to in TARGETS:
        call = dialects.translate(source, to=to)
        kind = "same" if call.matched else "nearest" if call.nearest else "none"
        answers[origin, to, kind] += 1
        made = call if call.matched else call.nearest
        if made is None:
            continue
        try:
            off = problems.deviation(run(made), theirs)
        except Exception as error:  # whatever a library raises
            faults.append(f"{text} as {made}: {type(error).__name__}: {error}")
            continue
        if call.matched:
            worst = max(worst, off)
            if off > LIMIT:
                faults.append(f"{text} as {call}: off by {off:.1e}")
    return faults, answers, worst


def main() -> int:
    """Check all everyday calls, or those that contain a word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("word", nargs="?", default="")
    options = parser.parse_args()
    faults: list[str] = []
    answers: Counter[tuple[str, str, str]] = Counter()
    worst = 0.0
    texts = [text for text in dict.fromkeys(everyday_calls()) if options.word in text]
    for text in texts:
        found, kinds, off = check(text)
        faults, answers, worst = faults + found, answers + kinds, max(worst, off)
        for fault in found:
            print(fault, flush=True)
    for origin in TARGETS:
        for to in TARGETS:
            counts = [answers[origin, to, kind] for kind in ("same", "nearest", "none")]
            if origin != to and sum(counts):
                same, nearest, none = counts
                print(f"{origin:18} {to:18} same {same:3} nearest {nearest:3} none {none:3}")
    print(f"{len(texts)} calls, {sum(answers.values())} translations, worst {worst:.1e}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
