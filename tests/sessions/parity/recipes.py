"""Execute the code of every recipe in its library, and hold its steps against adamdoc's.

The text is executed as the site shows it, and once more with a schedule so short that all of it
passes. PyTorch's lines to put before and after `optimizer.step()` are executed there.
"""

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import libraries
import numpy as np
from problems import Problem, flat

from adamdoc.dialects.recipes import AFTER, BEFORE, RECIPES, TARGETS, Recipe

STEPS = 48
#: Optax computes schedules in float32, and Keras the cosine.
LIMITS = {"constant": 1e-10, "linear": 1e-5, "cosine": 1e-5}
_RNG = np.random.default_rng(0)
START = {"weight": _RNG.standard_normal((4, 3)), "bias": _RNG.standard_normal(4)}
SIZES = {"weight": 10.0 ** np.linspace(-3, 1, 12).reshape(4, 3), "bias": np.full(4, 0.5)}
GRADIENTS = [
    {name: SIZES[name] * (0.3 + _RNG.standard_normal(value.shape)) for name, value in START.items()}
    for _ in range(STEPS)
]
PROBLEM = Problem(START, lambda _theta, t: GRADIENTS[t])


def short(recipe: Recipe) -> Recipe:
    """Return a recipe with a schedule that ends within the run."""
    return replace(recipe, steps=40, warmup=8 if recipe.warmup else 0)


def execute(code: str, scope: dict[str, Any]) -> None:
    """Execute code of a recipe."""
    exec(compile(code, "recipe", "exec"), scope)


def run_torch(code: str) -> list[np.ndarray]:
    """Return the parameters after each step in PyTorch."""
    import torch

    torch.set_default_dtype(torch.float64)
    model = torch.nn.Linear(3, 4)
    model.load_state_dict({name: torch.tensor(value) for name, value in START.items()})
    scope = {"model": model}
    setup, _, after = code.partition(AFTER)
    setup, _, before = setup.partition(BEFORE)
    execute(setup, scope)
    path = []
    for g in GRADIENTS:
        for name, parameter in model.named_parameters():
            parameter.grad = torch.tensor(g[name])
        execute(before, scope)
        scope["optimizer"].step()
        execute(after, scope)
        path.append(flat({n: p.detach().numpy() for n, p in model.named_parameters()}))
    return path


def run_optax(code: str) -> list[np.ndarray]:
    """Return the parameters after each step in Optax."""
    import jax.numpy as jnp
    import optax

    scope: dict[str, Any] = {}
    execute(code, scope)
    params: Any = {name: jnp.asarray(value) for name, value in START.items()}
    state, path = scope["optimizer"].init(params), []
    for g in GRADIENTS:
        given = {name: jnp.asarray(value) for name, value in g.items()}
        updates, state = scope["optimizer"].update(given, state, params)
        params = optax.apply_updates(params, updates)
        path.append(flat({name: params[name] for name in START}))  # JAX sorts the names
    return path


def run_keras(code: str) -> list[np.ndarray]:
    """Return the parameters after each step in Keras."""
    import keras

    keras.config.set_floatx("float64")
    variables = [keras.Variable(v, dtype="float64", name=n) for n, v in START.items()]
    scope: dict[str, Any] = {"model": SimpleNamespace(trainable_variables=variables)}
    execute(code, scope)
    path = []
    for g in GRADIENTS:
        given = [keras.ops.convert_to_tensor(g[name], dtype="float64") for name in START]
        scope["optimizer"].apply(given, variables)
        values = map(keras.ops.convert_to_numpy, variables)
        path.append(flat(dict(zip(START, values, strict=True))))
    return path


def deviation(ours: np.ndarray, theirs: list[np.ndarray]) -> float:
    """Return the largest difference over all steps, as a share of the distance covered.

    Learning rates are small here: a share of the parameters would hide a wrong step.
    """
    other = np.array(theirs)
    return float(np.abs(ours - other).max() / np.abs(other - flat(START)).max())


RUNS = {"torch": run_torch, "optax": run_optax, "keras": run_keras}


def check_recipe(name: str) -> dict[str, Any]:
    """Return what was found for one recipe: the deviation of each library from adamdoc's steps."""
    recipe, faults = RECIPES[name], []
    deviations: dict[str, float] = {}
    for library in TARGETS:
        for case in (recipe, short(recipe)) if recipe.steps else (recipe,):
            start = time.perf_counter()
            try:
                theirs = RUNS[library](case.code(library))
            except Exception as error:  # whatever a library raises
                faults.append(f"{name} for {library}: {type(error).__name__}: {error}")
                continue
            ours = libraries.run_adamdoc(case.optimizer(library), PROBLEM, STEPS)
            off = deviation(ours, theirs)
            deviations[library] = max(deviations.get(library, 0.0), off)
            if off > LIMITS[recipe.shape]:
                faults.append(f"{name} for {library}, {case.steps} steps: off by {off:.1e}")
            print(f"{name:12} {library:6} {off:.1e} {time.perf_counter() - start:5.1f} s")
    return {
        "versions": {library: libraries.version(library) for library in TARGETS},
        "steps": STEPS,
        "deviations": deviations,
        "deviation": max(deviations.values(), default=0.0),
        "faults": faults,
    }
