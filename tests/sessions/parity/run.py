"""Hold every row of the dialect table against its library, and write what was found.

Called by ``nox -s parity``. Fails if a row deviates, if a library's signature has moved, or if a
translation does not take the same steps.
"""

import argparse
import itertools
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import libraries
import numpy as np

from adamdoc import dialects
from adamdoc.dialects import ROWS
from adamdoc.dialects.arguments import signature
from adamdoc.dialects.settings import satisfied

LIMIT = 1e-10

#: One unusual value for each name of an argument.
UNUSUAL: dict[str, Any] = {
    **dict.fromkeys(("lr", "learning_rate"), 0.037),
    **dict.fromkeys(("eps", "epsilon"), 0.1),
    **dict.fromkeys(("beta1", "b1", "beta_1"), 0.0),
    **dict.fromkeys(("b2", "beta_2", "alpha", "rho", "decay", "beta", "b3"), 0.7),
    **dict.fromkeys(("weight_decay", "weight_decay_rate"), 0.01),
    **dict.fromkeys(("momentum",), 0.6),
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm", "max_grad_norm"), 0.8),
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
    "max_delta": 0.7,
    "sync_period": 3,
    "slow_step_size": 0.8,
    "k": 3,
}
#: Where the general value is out of a peer's range, or says nothing there.
OWN: dict[str, dict[str, Any]] = {
    "pytorch_optimizer.SAM": {"rho": 0.5},
    "pytorch_optimizer.Lookahead": {"alpha": 0.8},
    "optax.contrib.ademamix": {"alpha": 3.0},
    "pytorch_optimizer.AdEMAMix": {"alpha": 3.0},
    "torch.optim.Adafactor": {"eps": (1e-2, 0.5)},
    "optax.contrib.schedule_free_sgd": {"b1": 0.5},
    "optax.contrib.schedule_free_adamw": {"b1": 0.5},
    "keras.optimizers.Lion": {"beta_1": 0.2},
    "keras.optimizers.ScheduleFreeAdamW": {"beta_1": 0.5},
    "pytorch_optimizer.ScheduleFreeAdamW": {"betas": (0.5, 0.7)},
}
BETAS = {2: (0.0, 0.7), 3: (0.0, 0.7, 0.5)}
#: A rate at which a row's defaults move far enough, where it must be given.
RATE = 0.05


def cases(peer: str) -> list[dict[str, Any]]:
    """Return the arguments to try: the defaults, each one unusual, flags, pairs of flags, all."""
    start = dialects.defaults(peer)
    given: dict[str, Any] = dict.fromkeys(dialects.required(peer), RATE)
    if dialects.resolve(peer).wraps:
        given = {n: UNUSUAL[n] for n in given} | {"inner": libraries.INNER}
    single: dict[str, Any] = {}
    for name, default in dialects.effective(peer).items():
        if isinstance(default, bool):
            single[name] = not default
        elif name in OWN.get(peer, {}):
            single[name] = OWN[peer][name]
        elif name == "betas":
            single[name] = BETAS[len(default)]
        elif name in UNUSUAL:
            single[name] = UNUSUAL[name]
        else:
            raise KeyError(f"{peer}: no unusual value for {name}")
    found = [given] + [{**given, name: value} for name, value in single.items()]
    switches = [n for n, v in single.items() if isinstance(v, bool) or "decay" in n]
    switches += [n for n in ("momentum", "eps", "epsilon") if n in single]
    found += [{**given, a: single[a], b: single[b]} for a, b in itertools.combinations(switches, 2)]
    clips = [n for n in ("clipnorm", "clipvalue", "global_clipnorm") if n in single]
    everything = {n: v for n, v in single.items() if n not in clips}
    rng = np.random.default_rng(len(peer))
    for _ in range(3):
        chosen = [n for n in everything if rng.random() < 0.5]
        found.append({**given, **{n: everything[n] for n in chosen}})
    return [case for case in found if possible(peer, {**start, **case})]


def possible(peer: str, arguments: dict[str, Any]) -> bool:
    """Return whether a library accepts arguments together, and adamdoc has them together."""
    row = dialects.resolve(peer)
    return not any(satisfied(c, arguments) for c in (row.rejected_when, row.unsupported_when))


def check_row(peer: str) -> dict[str, Any]:
    """Return what was found for one row."""
    row = dialects.resolve(peer)
    start = time.perf_counter()
    faults = []
    actual = libraries.signature(peer)
    known = [(p.name, p.kind.description, p.default) for p in signature(peer).parameters.values()]
    if actual != known:
        faults.append(f"the signature of {peer} is {actual}, in the row {known}")
    result: dict[str, Any] = {"peer": peer, "version": libraries.version(peer), "cases": 0}
    worst, at, translations, furthest = 0.0, {}, {}, 0.0
    for arguments in cases(peer) if row.settings else []:
        optimizer = dialects.reproduce(peer, arguments)
        theirs = {}
        for name, problem in libraries.PROBLEMS.items():
            gradients: list[np.ndarray] = []

            def recorded(theta: np.ndarray, t: int, problem: Any = problem) -> np.ndarray:
                gradients.append(problem(theta, t))  # noqa: B023 - used within the turn
                return gradients[-1]  # noqa: B023

            try:
                path = libraries.run_peer(peer, arguments, recorded)
            except Exception as error:  # whatever a library raises
                faults.append(f"{peer} {arguments} on {name}: {error}")
                continue
            theirs[name] = path, libraries.replay(np.array(gradients))
            off = libraries.deviation(libraries.run_adamdoc(optimizer, theirs[name][1]), path)
            result["cases"] += 1
            if off > worst:
                worst, at = off, {"problem": name, **arguments}
                at.pop("inner", None)
            if off > LIMIT and not row.deviates:
                faults.append(f"{peer} {arguments} on {name}: off by {off:.1e}")
        for library in ("torch", "optax", "keras", "pytorch_optimizer"):
            if row.wraps or library == peer.split(".")[0] or len(theirs) < len(libraries.PROBLEMS):
                continue
            call = dialects.translate(peer, arguments, to=library)
            if not call.matched or row.deviates or dialects.resolve(call.peer).deviates:
                continue
            translations[call.peer] = translations.get(call.peer, 0) + 1
            problem = list(libraries.PROBLEMS)[len(arguments) % len(libraries.PROBLEMS)]
            try:
                path = libraries.run_peer(call.peer, call.arguments, theirs[problem][1])
            except Exception as error:
                faults.append(f"{peer} {arguments} as {call}: {error}")
                continue
            off = libraries.deviation(path, theirs[problem][0])
            furthest = max(furthest, off)
            if off > LIMIT:
                faults.append(f"{peer} {arguments} as {call} on {problem}: off by {off:.1e}")
    result |= {"deviation": worst, "at": at, "translations": translations}
    result |= {"translated": furthest, "faults": faults}
    print(
        f"{peer:42} {result['cases']:4} {worst:.1e} {furthest:.1e} "
        f"{time.perf_counter() - start:5.1f} s",
        flush=True,
    )
    return result


def main() -> int:
    """Check all rows, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("peers", nargs="*")
    options = parser.parse_args()
    names = [r.peer for r in ROWS if not options.peers or r.peer in options.peers]
    context = get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        results = list(pool.map(check_row, names))
    faults = [fault for result in results for fault in result.pop("faults")]
    for fault in faults:
        print(fault)
    if not options.peers and not faults:
        record = {"limit": LIMIT, "steps": libraries.STEPS, "rows": results}
        options.record.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
