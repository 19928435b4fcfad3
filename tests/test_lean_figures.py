"""The figures of the site, written with fewer bytes, look as they did."""

import importlib
import io
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import resvg_py
from PIL import Image

from adamdoc import Adam, Ravine, Rosenbrock, minimize
from adamdoc.plotting import plot_losses, plot_paths

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"


@pytest.fixture
def lean(monkeypatch):
    monkeypatch.syspath_prepend(str(EXTENSIONS))
    yield importlib.import_module("lean_figures").lean
    sys.modules.pop("lean_figures", None)


def drawn(svg):
    """Return a drawing as on a dense screen: two pixels for each of CSS."""
    png = resvg_py.svg_to_bytes(svg_string=svg, dpi=96, zoom=2, background="white")
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("L"), dtype=float)


@pytest.mark.parametrize("problem", [Ravine(), Rosenbrock()])
def test_a_figure_looks_the_same_in_half_the_bytes(lean, problem):
    run = minimize(problem, Adam(lr=0.1), steps=100)
    with plt.style.context("adamdoc.style"):
        figure, axes = plt.subplots(1, 2, figsize=(9, 4))
        plot_paths(problem, {"Adam": run}, ax=axes[0])
        plot_losses({"Adam": run}, ax=axes[1])
        axes[1].plot([20, 40, 60], [1, 1, 1], "o", markersize=3)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        plt.close(figure)
    svg = file.getvalue()
    short = lean(svg)
    assert len(short) < 0.6 * len(svg)
    assert lean(short) == short
    one, other = drawn(svg), drawn(short)
    assert one.std() > 10
    difference = np.abs(one - other)
    # The grey of an edge has five levels in this drawing: it may differ by one.
    assert difference.mean() < 0.2
    assert np.quantile(difference, 0.999) < 64


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 1.25 2 \nL 3.36 4 \nL 3.3 1 \nL 3 0.5 \n", "M1.25 2l2.11 2-.06-3-.3-.5"),
        # After z the place is where the path began; M twice would be a line.
        ("M 5 5 \nL 6 5 \nL 6 6 \nz\nL 5 7 \n", "M5 5l1 0 0 1zl0 2"),
        ("M 1 1 \nM 2 2 \nL 3 2 \n", "M1 1M2 2l1 0"),
        # Errors of rounding do not add up: steps are between rounded places.
        ("M 0 0 \n" + "".join(f"L {0.26 * k:.6f} 0 \n" for k in range(1, 41)), None),
        ("M 0 0 \nC 1 1 2.5 -0.504 3 3 \nQ 4 4 5 5 \n", "M0 0c1 1 2.5-.5 3 3q1 1 2 2"),
    ],
)
def test_paths(lean, path, short):
    found = re.search(' d="(.*?)"', lean(f'<path d="{path}"/>'))[1]
    if short is None:
        steps = re.findall(r"-?[\d.]+", found.partition("l")[2])
        assert sum(map(float, steps[::2])) == pytest.approx(10.4)
    else:
        assert found == short


def test_what_is_not_matplotlib_s_stays(lean):
    svg = '<path d="M1 1h5v5z"/><path d="M 1 1 A 2 2 0 0 1 3 3 \n"/>'
    assert lean(svg) == svg
