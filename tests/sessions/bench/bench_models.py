"""How long one step of a whole model takes: compiled, and by PyTorch and Optax, on one thread.

The arrays are those of a ResNet-50 and of a small GPT-2. As in `bench_step`, every benchmark is one
round of one candidate, and the candidates take turns.
"""

import gc
import math
import os

import numba
import numpy as np
import pytest

from adamdoc import LAMB, AdamW, ClipByNorm, Muon, equations

TURNS = 11


def resnet50():
    """Return the shapes of the parameters of a ResNet-50: 161 arrays, 25.6 million numbers."""
    shapes = [(64, 3, 7, 7), (64,), (64,)]
    before = 64
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            kernels = [(width, before, 1, 1), (width, width, 3, 3), (4 * width, width, 1, 1)]
            kernels += [(4 * width, before, 1, 1)] * (block == 0)
            shapes += [
                shape for k in kernels for shape in (k, k[:1], k[:1])
            ]  # with scale and shift
            before = 4 * width
    return [*shapes, (1000, 2048), (1000,)]


def gpt2(blocks=12, width=768):
    """Return the shapes of the parameters of a small GPT-2: 148 arrays, 124.4 million numbers."""
    norm, matrices = [(width,), (width,)], []
    for rows, columns in ((1, 3), (1, 1), (1, 4), (4, 1)):
        matrices.append([(rows * width, columns * width), (columns * width,)])
    block = [*norm, *matrices[0], *matrices[1], *norm, *matrices[2], *matrices[3]]
    return [(50257, width), (1024, width), *block * blocks, *norm]


MODELS = {
    "ResNet-50": resnet50(),
    "GPT-2": gpt2(),
    "a block of GPT-2": [shape for shape in gpt2(1)[2:] if len(shape) == 2],
}
METHODS = {
    "AdamW": AdamW(lr=1e-3),
    "LAMB": LAMB(lr=1e-3),
    "ClipByNorm(AdamW)": ClipByNorm(AdamW(lr=1e-3)),
    "Muon": Muon(lr=1e-3),
}
CASES = [
    *[(model, "AdamW") for model in ("ResNet-50", "GPT-2")],
    *[("ResNet-50", method) for method in ("LAMB", "ClipByNorm(AdamW)")],
    ("a block of GPT-2", "Muon"),
]
CANDIDATES = {"AdamW": ("compiled", "fused", "foreach", "optax")}


def candidates_of(method):
    """Return the names of the candidates of a method."""
    return CANDIDATES.get(method, ("compiled", "optax"))


def optax_step(method, theta, g):
    """Return a function that takes a step with Optax, jitted, in the memory of its arguments."""
    import jax
    import optax.contrib

    made = {
        "AdamW": lambda: optax.adamw(1e-3, weight_decay=0.01),
        "LAMB": lambda: optax.lamb(1e-3, weight_decay=0.01),
        "ClipByNorm(AdamW)": lambda: optax.chain(
            optax.clip_by_global_norm(1.0), optax.adamw(1e-3, weight_decay=0.01)
        ),
        "Muon": lambda: optax.contrib.muon(1e-3),
    }[method]()
    held = [jax.tree.map(jax.numpy.array, theta)]
    held.append(made.init(held[0]))
    gradient = jax.tree.map(jax.numpy.array, g)

    def update(theta, state, g):
        updates, state = made.update(g, state, theta)
        return optax.apply_updates(theta, updates), state

    compiled = jax.jit(update, donate_argnums=(0, 1))

    def step():
        held[:] = jax.block_until_ready(compiled(*held, gradient))

    return step


def candidate(name, model, method):
    """Return a function without arguments that takes one step."""
    rng = np.random.default_rng(0)
    theta, g = (
        {str(k): rng.standard_normal(s, np.float32) for k, s in enumerate(MODELS[model])}
        for _ in range(2)
    )
    if name == "optax":
        return optax_step(method, theta, g)
    if name != "compiled":
        import torch

        torch.set_num_threads(1)
        parameters = [torch.from_numpy(array) for array in theta.values()]
        for parameter, array in zip(parameters, g.values(), strict=True):
            parameter.grad = torch.from_numpy(array)
        return torch.optim.AdamW(parameters, **{name: True}).step
    optimizer = METHODS[method]
    state, step = optimizer.init(theta), equations.compile(optimizer)
    return lambda: step(theta, g, state)


@pytest.fixture(scope="module")
def candidates():
    """Return a function that gives the candidates of a case, on one core; it keeps those of one."""
    cores, threads = os.sched_getaffinity(0), numba.get_num_threads()
    os.sched_setaffinity(0, {min(cores)})
    numba.set_num_threads(1)
    kept = {}

    def of(model, method):
        if (model, method) not in kept:
            kept.clear()
            gc.collect()
            names = candidates_of(method)
            kept[model, method] = {name: candidate(name, model, method) for name in names}
            for step in kept[model, method].values():
                for _ in range(2):  # compiles, and touches the memory
                    step()
        return kept[model, method]

    yield of
    kept.clear()
    os.sched_setaffinity(0, cores)
    numba.set_num_threads(threads)


@pytest.mark.parametrize(
    ("model", "method", "turn", "name"),
    [
        (model, method, turn, name)
        for model, method in CASES
        for turn in range(TURNS)
        for name in candidates_of(method)
    ],
)
def bench_model(benchmark, candidates, model, method, turn, name):
    step = candidates(model, method)[name]
    shapes = MODELS[model]
    benchmark.extra_info.update(
        model=model,
        method=method,
        arrays=len(shapes),
        elements=sum(map(math.prod, shapes)),
        dtype="float32",
        threads=1,
        name=name,
        turn=turn,
    )
    benchmark.pedantic(step, rounds=1, iterations=1)
