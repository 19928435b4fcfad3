"""The family tree and the table of properties agree with the classes, and with theory."""

import re
from pathlib import Path

import numpy as np
import pytest

from adamdoc import dialects, invariances, lineage, optimizers

ROOT = Path(__file__).parents[2]
FOUND = {cls.__name__: invariances.measure(cls) for cls in lineage.methods()}


def test_every_optimizer_has_a_paper_of_the_bibliography():
    keys = set(
        re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/references.bib").read_text("utf-8"), re.M)
    )
    for cls in dialects.ALL:
        assert cls.paper in keys, f"{cls.__name__}.paper must be a key of docs/references.bib"
        assert 1800 < lineage.year(cls) < 2100


def test_the_tree_has_one_root_and_no_circle():
    methods = lineage.methods()
    assert len(methods) == len({*methods})
    assert {c for c in dialects.ALL if not c.general_form} == {*methods}
    assert [cls for cls in methods if not lineage.parents(cls)] == [optimizers.GradientDescent]
    for k, cls in enumerate(methods):
        for parent in lineage.parents(cls):
            assert parent in methods[:k]
            assert lineage.year(parent) <= lineage.year(cls)


def test_what_is_new_is_in_the_docstring_and_in_no_parent():
    for cls in lineage.methods():
        news = lineage.new_equations(cls)
        assert news, cls
        assert set(news) <= set(lineage.equations(cls))
    adamw = lineage.new_equations(optimizers.AdamW)
    assert len(adamw) == 1
    assert r"\lambda \theta_{t-1}" in adamw[0]


def test_a_docstring_without_equations():
    class Empty(optimizers.Adam):
        """Nothing."""

    with pytest.raises(ValueError, match="the docstring of Empty has no block"):
        lineage.equations(Empty)


@pytest.mark.parametrize(
    ("names", "gradient", "coordinate", "rotation"),
    [
        (
            "GradientDescent HeavyBall Momentum Nesterov ScheduleFreeSGD SAM ASGD "
            "OptimisticGradientDescent PolyakSGD MoMo",
            False,
            False,
            True,
        ),
        ("AdaGrad RMSprop Adam AdamW AMSGrad AdaMax NAdam Yogi AdaBelief", True, True, False),
        ("SignSGD Rprop RpropPlus Signum Lion ADOPT Adan AdEMAMix", True, True, False),
        ("SimplifiedAdEMAMix OptimisticAdam COCOB LaProp QHAdam", True, True, False),
        ("MADGRAD Ftrl ACProp AdaBound", False, False, False),
        ("Shampoo SOAP Muon", True, False, True),
        ("Adafactor Prodigy", True, False, False),
        ("RAdam ClipByValue", False, False, False),
        ("ClipByNorm", False, False, True),
    ],
)
def test_invariances_are_those_of_theory(names, gradient, coordinate, rotation):
    for name in names.split():
        found = FOUND[name]
        assert (found.gradient_scale, found.coordinate_scale, found.rotation) == (
            gradient,
            coordinate,
            rotation,
        ), name


def test_bounds_of_the_step():
    for name in ("GradientDescent", "HeavyBall", "RAdam", "ScheduleFreeSGD"):
        assert FOUND[name].longest_step == np.inf, name
    for name in ("SignSGD", "Signum", "Lion", "Sophia", "ClipByValue"):
        assert FOUND[name].longest_step == pytest.approx(1), name
    bound = 0.1 / np.sqrt(0.001 * (1 - 0.81 / 0.999))
    assert 3 < FOUND["Adam"].longest_step <= bound
    assert FOUND["RMSprop"].longest_step <= 1 / np.sqrt(0.1) + 1e-9


def test_decoupled_decay():
    decoupled = {name for name, found in FOUND.items() if found.decoupled}
    assert {"AdamW", "Lion", "DecoupledDecay", "Adan", "SOAP", "Muon", "AdEMAMix"} <= decoupled
    assert not {"Adam", "CoupledDecay", "LAMB"} & decoupled


def test_size_of_the_state():
    sizes = {name: found.bytes_per_parameter for name, found in FOUND.items()}
    assert sizes["GradientDescent"] == sizes["SignSGD"] == 0
    assert sizes["Lion"] == sizes["Muon"] == 4
    assert sizes["Adam"] == 8
    assert sizes["Adafactor"] == pytest.approx(4 * 128 / 4096, abs=0.01)
    assert sizes["SOAP"] == 24
