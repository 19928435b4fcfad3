"""The arguments with which each optimizer of a library is run."""

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc import SGD, dialects
from adamdoc.dialects.arguments import AT_START
from adamdoc.dialects.changes import core_class
from adamdoc.dialects.settings import satisfied

Arguments = dict[str, Any]

#: One unusual value for each name of an argument.
UNUSUAL: Arguments = {
    **dict.fromkeys(("lr", "learning_rate"), 0.037),
    **dict.fromkeys(("eps", "epsilon"), 0.1),
    **dict.fromkeys(("beta1", "b1", "beta_1"), 0.0),
    **dict.fromkeys(("b2", "beta_2", "alpha", "rho", "decay", "beta", "b3"), 0.7),
    **dict.fromkeys(("weight_decay", "weight_decay_rate"), 0.01),
    **dict.fromkeys(("momentum",), 0.6),
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm", "max_grad_norm"), 0.8),
    **dict.fromkeys(("clip_grad_norm", "clip_grad_value"), 0.8),
    "eps_root": 0.01,
    "eps_hat": 0.01,
    "dampening": 0.3,
    "lr_decay": 0.05,
    "initial_accumulator_value": 0.4,
    "initial_accumulator": 0.4,
    "initial_scale": 0.4,
    "momentum_decay": 0.05,
    "decoupled_weight_decay": True,
    "threshold": 4.5,
    "n_sma_threshold": 4,
    "beta2_decay": -0.6,
    "beta_2_decay": -0.6,
    "decay_rate": 0.6,
    "d": 1.5,
    "clip_threshold": 0.5,
    "clipping_threshold": 0.5,
    "min_dim_size_to_factor": 2,
    "epsilon_1": 1e-3,
    "epsilon_2": 0.5,
    "estim_lr0": 1e-3,
    "estim_lr_coef": 0.5,
    "weight_lr_power": 1.0,
    "warmup_steps": 10,
    "ns_steps": 3,
    "consistent_rms": 0.2,
    "rms_rate": 0.4,
    "matrix_eps": 0.1,
    "precondition_frequency": 1000,
    "p": 0.5,
    "update_period": 4,
    "max_norm": 0.7,
    "clip_value": 0.7,
    "clipping": 0.3,
    "max_delta": 0.7,
    "lambd": 0.05,
    "final_lr": 0.3,
    "nus": (0.6, 0.8),
    "learning_rate_power": -0.7,
    "lr_power": -0.7,
    "l1_regularization_strength": 0.3,
    "l2_regularization_strength": 0.2,
    "l2_shrinkage_regularization_strength": 0.1,
    "lambda_1": 0.3,
    "lambda_2": 0.2,
    "t0": 5.0,
    "etas": (0.4, 1.5),
    "step_sizes": (1e-3, 0.1),
    "sync_period": 3,
    "slow_step_size": 0.8,
    "k": 3,
    "trust_coefficient": 0.05,
    "min_norm": 0.3,
    "eps1": 1e-3,
    "eps2": 1e-3,
    "max_learning_rate": 0.02,
    "scaling": 0.3,
    "f_min": -0.5,
    "lower_bound": 0.5,
    "init_estim_sq_dist": 1e-3,
    "d0": 1e-3,
    "bias_correction": True,
    "every_k_schedule": 3,
    "scale_factor": 0.8,
    "eta": 0.3,
    "s_init": 0.01,
    "num_betas": 2,
    "memory_size": 3,
    "d_coef": 0.5,
    "warmup_init": True,
    "use_adjusted_lr": True,
    "scale_init_precond": False,
    "tolerance_grad": 0.02,
    "tolerance_change": 0.01,
    "history_size": 2,
    "gamma": 0.8,
}
#: What all optimizers of Keras do around a step: it is slow there, so it has cases of its own.
AROUND: tuple[Arguments, ...] = (
    {"use_ema": True, "ema_momentum": 0.9},
    {"use_ema": True, "ema_overwrite_frequency": 7, "clipvalue": 0.8},
    {"gradient_accumulation_steps": 3, "global_clipnorm": 0.8},
)
#: Where the general value is out of a peer's range, or says nothing there. L-BFGS takes differences
#: of neighbouring points, which lose digits if they are very near.
OWN: dict[str, Arguments] = {
    "torch.optim.LBFGS": {"lr": 1.5},
    "pytorch_optimizer.SAM": {"rho": 0.5},
    "pytorch_optimizer.Lookahead": {"alpha": 0.8},
    "optax.contrib.ademamix": {"alpha": 3.0},
    "optax.clip_by_block_rms": {"threshold": 0.4},
    "pytorch_optimizer.AdEMAMix": {"alpha": 3.0},
    "torch.optim.Adafactor": {"eps": (1e-2, 0.5)},
    "pytorch_optimizer.AdaLOMO": {"decay_rate": -0.6, "eps2": 0.5},
    "pytorch_optimizer.AdaFactor": {"decay_rate": -0.6, "eps2": 0.5},
    "optax.contrib.schedule_free_sgd": {"b1": 0.5},
    "optax.contrib.schedule_free_adamw": {"b1": 0.5},
    "keras.optimizers.Lion": {"beta_1": 0.2},
    "keras.optimizers.ScheduleFreeAdamW": {"beta_1": 0.5},
    "pytorch_optimizer.ScheduleFreeAdamW": {"betas": (0.5, 0.7)},
    "pytorch_optimizer.ScheduleFreeRAdam": {"betas": (0.5, 0.8)},
    "transformers.optimization.Adafactor": {
        "beta1": 0.7,
        "decay_rate": -0.6,
        "eps": (1e-3, 0.5),
    },
}
#: Where a call needs other arguments than those without a default.
GIVEN: dict[str, Arguments] = {
    "transformers.optimization.Adafactor": {"relative_step": False, "lr": 0.05},
    "pytorch_optimizer.MARS": {"optimize_1d": True},
}
#: Further cases, whose arguments exclude those of the others.
MORE: dict[str, tuple[Arguments, ...]] = {
    "transformers.optimization.Adafactor": (
        {},
        {"warmup_init": True},
        {"warmup_init": True, "scale_parameter": False, "beta1": 0.7},
        {"weight_decay": 0.3, "beta1": 0.7, "eps": (1e-3, 0.5)},
        {"decay_rate": -0.6, "clip_threshold": 0.5, "warmup_init": True},
    ),
    "pytorch_optimizer.AdaFactor": (
        {"relative_step": False, "lr": 0.05, "weight_decay": 0.3},
        {"relative_step": False, "lr": 0.05, "scale_parameter": False, "betas": (0.5, 0.9)},
    ),
}
#: Rows that run without a number among the arrays, because the libraries raise an error for it.
NEED_AXES = ("optax.sm3", "pytorch_optimizer.SM3", "pytorch_optimizer.AdaLOMO")
BETAS = {2: (0.0, 0.7), 3: (0.0, 0.7, 0.5)}
#: A rate at which a row's defaults move far enough, where it must be given.
RATE = 0.05
#: The optimizer that wrappers wrap.
INNER = SGD(lr=0.1, momentum=0.9)

#: What people write: learning rates, decays, and momentum or decay rates.
RATES = (0.1, 0.01, 1e-3, 3e-4)
DECAYS = (0.1, 0.01, 1e-4)
USUAL: Arguments = {
    "momentum": 0.9,
    "betas": (0.9, 0.95),
    "b2": 0.95,
    "beta_2": 0.95,
    "alpha": 0.9,
    "rho": 0.9,
}
#: Arguments that name a decay rate: what OneCycle changes, and the like.
DECAY_RATES = (
    "betas",
    "b1",
    "b2",
    "b3",
    "beta",
    "beta_1",
    "beta_2",
    "momentum",
    "rho",
    "decay",
    "nus",
)
CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


def singles(peer: str) -> Arguments:
    """Return an unusual value of each argument."""
    found: Arguments = {}
    for name, default in dialects.effective(peer).items():
        if name in {n for case in AROUND for n in case} - {*CLIPS}:
            continue
        if isinstance(default, bool):
            found[name] = not default
        elif name in OWN.get(peer, {}):
            found[name] = OWN[peer][name]
        elif name == "betas":
            found[name] = BETAS[len(default)]
        elif name in UNUSUAL:
            found[name] = UNUSUAL[name]
        else:
            raise KeyError(f"{peer}: no unusual value for {name}")
    return found


def required(peer: str) -> Arguments:
    """Return what a call must be given."""
    if dialects.resolve(peer).wraps:
        return {n: UNUSUAL[n] for n in dialects.required(peer)} | {"inner": INNER}
    return GIVEN.get(peer) or dict.fromkeys(dialects.required(peer), RATE)


def possible(peer: str, cases: list[Arguments]) -> list[Arguments]:
    """Return the arguments that a library accepts together, and adamdoc has together."""
    row, start = dialects.resolve(peer), dialects.defaults(peer)
    conditions = (row.rejected_when, row.unsupported_when)
    return [case for case in cases if not any(satisfied(c, start | case) for c in conditions)]


def unusual(peer: str) -> list[Arguments]:
    """Return the defaults, each argument unusual, pairs of flags and decays, and mixtures."""
    given, single = required(peer), singles(peer)
    found = [given] + [{**given, name: value} for name, value in single.items()]
    switches = [n for n, v in single.items() if isinstance(v, bool) or "decay" in n]
    switches += [n for n in ("momentum", "eps", "epsilon") if n in single]
    found += [{**given, a: single[a], b: single[b]} for a, b in itertools.combinations(switches, 2)]
    everything = {n: v for n, v in single.items() if n not in CLIPS}
    rng = np.random.default_rng(len(peer))
    for _ in range(3):
        chosen = [n for n in everything if rng.random() < 0.5]
        found.append({**given, **{n: everything[n] for n in chosen}})
    if peer.startswith("keras."):
        core = core_class(dialects.resolve(peer))
        fixed = core is not None and core.replaces_theta  # to overwrite them would have no effect
        around = [case for case in AROUND if not (fixed and "ema_overwrite_frequency" in case)]
        found += [{**given, **case} for case in around]
    found += MORE.get(peer, ())
    return possible(peer, found)


def everyday(peer: str) -> list[Arguments]:
    """Return what people write: round values of the rate, the decay and the momentum."""
    given, start = required(peer), dialects.effective(peer)
    rate = next((n for n in ("lr", "learning_rate") if n in start), None)
    decay = next((n for n in ("weight_decay", "weight_decay_rate") if n in start), None)
    usual = {n: v for n, v in USUAL.items() if n in start and _like(v, start[n])}
    found = []
    for lr, weight_decay, more in itertools.product(RATES, (None, *DECAYS), ({}, usual)):
        case = {**given, **more, **({rate: lr} if rate else {})}
        if weight_decay is not None and decay:
            case[decay] = weight_decay
        if case not in found:
            found.append(case)
    if "nesterov" in start and "momentum" in start:
        found += [{**case, "nesterov": True} for case in found if case.get("momentum")]
    return possible(peer, found)


def _like(value: Any, default: Any) -> bool:
    """Return whether a usual value has the form of a default."""
    return not isinstance(default, tuple) or (
        isinstance(value, tuple) and len(value) == len(default)
    )


def changing(peer: str) -> list[Arguments]:
    """Return cases in which the learning rate or another number changes from step to step."""
    row, given, single = dialects.resolve(peer), required(peer), singles(peer)
    start = dialects.effective(peer)
    rate = next((n for n in ("lr", "learning_rate") if n in start), "")
    functions: Arguments = {}
    for name, default in start.items():
        if name in row.constant or name in AT_START or isinstance(single.get(name, 0), (bool, int)):
            continue
        if isinstance(default, tuple):
            entries = _entries(name, default)
            functions |= {k: v for k, v in entries.items() if k not in row.constant}
        else:
            base = given.get(name, default) or single[name]
            functions[name] = varying(name, base)
    found = []
    if rate in functions:
        moving = {**given, rate: functions[rate]}
        found.append(moving)
        found += [{**moving, n: v} for n, v in single.items() if n != rate]
        switches = [n for n, v in single.items() if isinstance(v, bool)]
        if "momentum" in single:
            found += [{**moving, "momentum": 0.6, n: single[n]} for n in switches]
    for key, function in functions.items():
        name = key.partition("[")[0]
        found.append({**given, name: function})
        if name in DECAY_RATES and rate in functions:  # OneCycle changes both
            found.append({**given, rate: functions[rate], name: function})
            for flag in ("nesterov", "amsgrad", "centered"):
                if flag in single:
                    found.append({**given, name: function, flag: single[flag]})
    return possible(peer, found)


def _entries(name: str, default: tuple[Any, ...]) -> Arguments:
    """Return tuples in which one entry changes each."""
    return {
        f"{name}[{k}]": (*default[:k], varying(name, default[k]), *default[k + 1 :])
        for k in range(len(default))
        if default[k]
    }


@functools.cache
def varying(name: str, base: float) -> Callable[[Any], Any]:
    """Return a function of a library's count that goes up and down around a number.

    It is arithmetic alone, so that libraries can compile it, and on floats, since JAX divides
    integers in float32.
    """
    if name in DECAY_RATES or (name in ("alpha", "rho") and base < 1):
        return lambda count: base * (0.8 + 0.2 * ((3.0 * count + 2.0) % 7.0) / 7.0)
    # PyTorch refuses a bound of Adafactor's and a growth of Rprop's below 1.
    low = 1.0 if name == "d" or (name == "etas" and base > 1) else 0.4
    return lambda count: base * (low + ((3.0 * count + 2.0) % 7.0) / 7.0)
