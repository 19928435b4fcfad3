"""The recipes: their code, their schedules, and the record of their execution in the libraries."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adamdoc import dialects
from adamdoc.dialects.recipes import RECIPES, TARGETS

DOCS = Path(__file__).parents[2] / "docs"
PAIRS = [(name, library) for name in RECIPES for library in TARGETS]
#: Optax computes schedules in float32, and Keras the cosine: then they agree to about 6 digits.
LIMITS = {"constant": 1e-10, "linear": 1e-5, "cosine": 1e-5}


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_code_is_complete(name, library):
    code = RECIPES[name].code(library)
    tree = ast.parse(code)
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    stored = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert "optimizer" in stored
    assert ("schedule" in stored or "scheduler" in stored) == (RECIPES[name].shape != "constant")
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert library in imported
    assert imported <= read
    assert max(map(len, code.splitlines())) <= 88


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_recorded_run_in_the_library_took_the_same_steps(name, library):
    found = json.loads((DOCS / "practice" / "recipes.json").read_text("utf-8"))[name]
    assert found["deviations"][library] < LIMITS[RECIPES[name].shape]


@pytest.mark.parametrize("name", RECIPES)
def test_sources_are_in_the_bibliography(name):
    bibliography = (DOCS / "references.bib").read_text("utf-8")
    assert RECIPES[name].papers
    assert all(f"{{{paper}," in bibliography for paper in RECIPES[name].papers)


@pytest.mark.parametrize(
    ("peer", "arguments"),
    [
        (
            "optax.warmup_cosine_decay_schedule",
            {"init_value": 0.0, "peak_value": 3e-4, "warmup_steps": 2_000, "decay_steps": 100_000,
             "end_value": 3e-5},
        ),
        (
            "keras.optimizers.schedules.CosineDecay",
            {"initial_learning_rate": 0.0, "decay_steps": 98_000, "alpha": 0.1,
             "warmup_target": 3e-4, "warmup_steps": 2_000},
        ),
    ],
)  # fmt: skip
def test_schedules_are_what_the_converter_reads(peer, arguments):
    own, theirs = RECIPES["lm"].schedule, dialects.schedule(peer, arguments)
    for step in (1, 2, 1_000, 2_000, 2_001, 50_000, 100_000, 100_001):
        assert own(step) == pytest.approx(theirs(step), rel=1e-12)


def test_vectors_get_no_decay():
    recipe = replace(RECIPES["table"], call="torch.optim.AdamW(lr=0.1, weight_decay=0.5)")
    theta = {"weight": np.ones((2, 2)), "bias": np.ones(2)}
    optimizer = recipe.optimizer("torch")
    zero = {name: np.zeros_like(value) for name, value in theta.items()}
    moved, _ = optimizer.update(theta, zero, optimizer.init(theta))
    np.testing.assert_allclose(moved["weight"], 0.95)
    np.testing.assert_array_equal(moved["bias"], 1)


def test_unknown_library_is_rejected():
    with pytest.raises(ValueError, match="to must be one of"):
        RECIPES["gan"].code("jax")
