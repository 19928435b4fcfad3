"""How long one step of Adam takes: adamdoc's three ways and PyTorch's three, in turn.

`nox -s bench` runs this. Every benchmark is one round of one candidate, and the candidates take
turns, so that whatever slows the machine down slows all of them. Only ratios mean anything.
"""

import gc
from dataclasses import dataclass

import numba
import numpy as np
import pytest
import torch

from adamdoc import Adam, Ravine, equations, minimize

ROUNDS = 11
CANDIDATES = ("readable", "blocked", "compiled", "for-loop", "foreach", "fused")
TORCH = {
    "for-loop": {"foreach": False, "fused": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
}


@dataclass(frozen=True)
class Group:
    """What the candidates of one table row have in common, and how often a round steps."""

    elements: int
    dtype: str
    threads: int
    repeat: int


LARGE = [Group(10**7, dtype, threads, 1) for threads in (2, 1) for dtype in ("float32", "float64")]
GROUPS = [*LARGE, Group(2, "float64", 1, 2000)]


def candidate(name, group):
    """Return a function without arguments that takes one step."""
    rng = np.random.default_rng(0)
    theta, g = rng.standard_normal((2, group.elements)).astype(group.dtype)
    if name in TORCH:
        parameter = torch.tensor(theta)
        parameter.grad = torch.tensor(g)
        return torch.optim.Adam([parameter], **TORCH[name]).step
    optimizer = Adam()
    state = optimizer.init(theta)
    if name == "readable":
        held = [theta, state]

        def step():
            held[:] = optimizer.update(held[0], g, held[1])

        return step
    compiled = equations.compile(optimizer, {"blocked": "numpy", "compiled": "numba"}[name])
    return lambda: compiled(theta, g, state)


@pytest.fixture(scope="module")
def candidates():
    """Return a function that gives the candidates of a group; it keeps those of one group."""
    kept = {}

    def of(group):
        if group not in kept:
            kept.clear()
            gc.collect()
            torch.set_num_threads(group.threads)
            numba.set_num_threads(group.threads)
            kept[group] = {name: candidate(name, group) for name in CANDIDATES}
            for step in kept[group].values():
                for _ in range(2):  # compiles, and touches the memory
                    step()
        return kept[group]

    yield of
    kept.clear()


@pytest.mark.parametrize(
    ("group", "turn", "name"),
    [(group, turn, name) for group in GROUPS for turn in range(ROUNDS) for name in CANDIDATES],
)
def bench_step(benchmark, candidates, group, turn, name):
    step = candidates(group)[name]
    benchmark.extra_info.update(vars(group), name=name, turn=turn)
    benchmark.pedantic(step, rounds=1, iterations=group.repeat)


def bench_sweep(benchmark):
    """Ten thousand settings of Adam, 500 steps each on the ravine, as one run."""
    lr, beta1 = np.meshgrid(np.geomspace(1e-3, 1, 100), np.linspace(0.5, 0.99, 100))
    optimizer = Adam(lr=lr.reshape(-1, 1), beta1=beta1.reshape(-1, 1))
    benchmark.extra_info["name"] = "sweep"
    benchmark.pedantic(
        minimize,
        (Ravine(), optimizer),
        {"steps": 500, "batch": True},
        rounds=ROUNDS,
        warmup_rounds=1,
    )
