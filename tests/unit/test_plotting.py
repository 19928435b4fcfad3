"""The pictures: what is on the axes, not how it looks."""

import importlib
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from adamdoc import (
    Adam,
    GradientDescent,
    HeavyBall,
    Lookahead,
    Quadratic,
    Ravine,
    Rosenbrock,
    dialects,
    minimize,
    plotting,
)
from adamdoc.plotting import (
    animate_paths,
    color,
    plot_curves,
    plot_losses,
    plot_map,
    plot_paths,
    plot_spread,
    plot_surface,
)

RAVINE = Ravine()
GOOD = minimize(RAVINE, Adam(lr=0.1), steps=30)
BAD = minimize(RAVINE, GradientDescent(lr=0.2), steps=550)


@pytest.fixture(autouse=True)
def _style():
    with plt.style.context("adamdoc.style"):
        yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def luminance(hex_color):
    rgb = np.array(to_rgb(hex_color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lightness(hex_color):
    """CIE L* of a colour."""
    return 116 * np.cbrt(luminance(hex_color)) - 16


def test_paths():
    ax = plot_paths(RAVINE, [GOOD, BAD])
    assert labels(ax)[:2] == ["Adam", "GradientDescent (diverges, step 322)"]
    assert ax.get_xlim() == RAVINE.domain[0]
    assert ax.get_ylim() == RAVINE.domain[1]
    assert ax.get_lines()[0].get_color() == color(Adam)
    np.testing.assert_array_equal(ax.get_lines()[0].get_xydata(), GOOD.path)
    ax.figure.canvas.draw()  # a path that reaches 1e150 must not break the drawing


def test_given_axes_are_drawn_on_and_returned():
    _, axes = plt.subplots(1, 2)
    assert plot_paths(RAVINE, GOOD, axes[0], domain=((-1, 1), (-3, 3)), legend=False) is axes[0]
    assert plot_losses(GOOD, axes[1], legend=False) is axes[1]
    assert axes[0].get_legend() is axes[1].get_legend() is None
    assert axes[0].get_ylim() == (-3, 3)


def test_levels_are_logarithmic():
    ax = plot_paths(Rosenbrock(), [])
    levels = ax.collections[0].levels
    ratios = levels[2:] / levels[1:-1]
    np.testing.assert_allclose(ratios, ratios[0])
    assert ratios[0] > 1.2


def test_start_end_and_minimum_are_marked():
    marks = {line.get_marker(): line for line in plot_paths(RAVINE, GOOD).get_lines()}
    np.testing.assert_allclose(marks["s"].get_xydata(), [[1.5, 1.5]])
    np.testing.assert_allclose(marks["o"].get_xydata(), [GOOD.path[-1]])
    np.testing.assert_allclose(marks["*"].get_xydata(), RAVINE.minima)


def test_names():
    twice = [minimize(RAVINE, Adam(lr=lr), steps=3) for lr in (0.1, 0.2)]
    assert labels(plot_losses(twice)) == ["Adam", "Adam 2"]
    ax = plot_losses({"slow": twice[0], "fast": twice[1]})
    assert labels(ax) == ["slow", "fast"]
    styles = [line.get_linestyle() for line in ax.get_lines()]
    assert styles[0] != styles[1]  # one colour, so another style


def test_losses():
    ax = plot_losses([GOOD, BAD])
    assert ax.get_yscale() == "log"
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), GOOD.losses)
    assert ax.get_ylim()[1] == pytest.approx(1e3 * 24.75)
    assert any("off the scale" in t.get_text() for t in ax.texts)
    ax.figure.canvas.draw()
    lifted = plot_losses(GOOD, minimum=-1.0, top=50.0)
    np.testing.assert_allclose(lifted.get_lines()[0].get_ydata(), GOOD.losses + 1)
    assert lifted.get_ylabel() == "loss above minimum"


def test_thinned_and_continued_runs_are_drawn_at_their_steps():
    first = minimize(RAVINE, Adam(lr=0.1), steps=20, every=8)
    second = minimize(RAVINE, Adam(lr=0.1), first.theta, steps=20, every=8, state=first.state)
    lines = plot_losses([first, second]).get_lines()
    assert lines[0].get_xdata().tolist() == [0, 8, 16, 20]
    assert lines[1].get_xdata().tolist() == [20, 24, 32, 40]
    ax = plt.subplots()[1]
    animation = animate_paths(RAVINE, [first, second], ax, frames=5)
    ends = {0: (0, 0), 1: (1, 0), 2: (3, 0), 3: (3, 1), 4: (3, 3)}  # entries reached at 0, 10, ...
    for frame, (i, j) in ends.items():
        animation._func(frame)
        lines = [line for line in ax.get_lines() if line.get_linewidth() == 2.2]
        np.testing.assert_allclose(lines[0].get_xydata()[-1], first.path[i])
        np.testing.assert_allclose(lines[1].get_xydata()[-1], second.path[j])


def test_surface():
    ax = plot_surface(Rosenbrock(), minimize(Rosenbrock(), HeavyBall(1e-3), steps=9), log=True)
    assert ax.name == "3d"
    assert ax.get_zlabel() == "log10(1 + loss)"
    assert labels(ax) == ["HeavyBall"]
    given = plt.figure().add_subplot(projection="3d")
    assert plot_surface(RAVINE, ax=given, domain=((0, 1), (0, 2))) is given
    with pytest.raises(TypeError, match="ax must be three-dimensional"):
        plot_surface(RAVINE, ax=plt.subplots()[1])


def test_animation(tmp_path):
    animation = animate_paths(RAVINE, [GOOD, BAD], frames=4)
    animation.save(tmp_path / "race.gif", writer="pillow")
    from PIL import Image

    with Image.open(tmp_path / "race.gif") as image:
        assert image.n_frames == 4
    ax = plt.subplots()[1]
    animate_paths(RAVINE, GOOD, ax, frames=2)._func(1)
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) == len(GOOD.path)]
    np.testing.assert_allclose(lines[0].get_xydata(), GOOD.path)


def test_bad_input():
    batch = minimize(RAVINE, Adam(lr=np.array([[0.1], [0.2]])), steps=3, batch=True)
    for draw in (plot_paths, plot_surface, animate_paths):
        with pytest.raises(ValueError, match="runs must be single runs, got a batch"):
            draw(RAVINE, batch)
        with pytest.raises(TypeError, match="runs must be Run objects, got 3"):
            draw(RAVINE, [3])
        with pytest.raises(
            ValueError, match="problem must have two coordinates to be drawn, got one with 3"
        ):
            draw(Quadratic([1, 2, 3]), GOOD)
        with pytest.raises(ValueError, match=r"runs must have two coordinates, got .* \(3,\)"):
            draw(RAVINE, minimize(Quadratic([1, 2, 3]), Adam(), steps=1))
    with pytest.raises(TypeError, match="runs must be Run objects"):
        plot_losses({"a": None})
    with pytest.raises(ValueError, match="runs must contain at least one run"):
        animate_paths(RAVINE, [])
    with pytest.raises(ValueError, match="frames must be at least 2, got 1"):
        animate_paths(RAVINE, GOOD, frames=1)


def test_colours_show_on_light_and_dark_and_belong_to_one_method():
    assert len(set(plotting.COLORS.values())) == len(plotting.COLORS)
    for hex_color in plotting.COLORS.values():
        assert contrast(hex_color, "#ffffff") > 2.5
        assert contrast(hex_color, "#14181e") > 3


def test_every_optimizer_has_a_colour_that_shows():
    for cls in dialects.ALL:
        assert contrast(color(cls), "#ffffff") > 2.5, cls
        assert contrast(color(cls), "#14181e") > 2.5, cls


def test_colour_of_classes_without_one():
    class Mine(Adam):
        pass

    assert color(Mine) == color(Adam)
    assert color(Lookahead(Adam())) == color(Adam)
    assert color(object) == "#808894"


@pytest.mark.parametrize("fills", [plotting.SURFACE, plotting.SURFACE_DARK])
def test_fills_are_perceptually_uniform(fills):
    steps = np.diff([lightness(fill) for fill in fills])
    assert (steps > 0).all()
    assert steps.max() < 1.25 * steps.min()


def test_style_is_found_by_name():
    assert "adamdoc.style" not in mpl.style.available  # a dotted name: found in the package
    assert mpl.rcParams["svg.hashsalt"] == "adamdoc"


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"needs matplotlib: pip install 'adamdoc\[plot\]'"):
        importlib.reload(plotting)
    monkeypatch.undo()
    importlib.reload(plotting)


def test_curves_have_the_names_colours_and_spreads_of_their_runs():
    runs = [[1.0, 2.0, 9.0], [3.0, 4.0, 5.0], [2.0, 8.0, 6.0]]
    ax = plot_curves({Adam: runs, HeavyBall(lr=0.1): [1, 2, 3]}, [1, 2, 4], log="x", xlabel="step")
    assert labels(ax) == ["Adam", "HeavyBall"]
    median, single = ax.get_lines()
    np.testing.assert_array_equal(median.get_xydata(), [[1, 2], [2, 4], [4, 6]])
    assert median.get_color() == color(Adam)
    assert single.get_color() == color(HeavyBall)
    (band,) = ax.collections
    ((low, high),) = {tuple(np.array(band.get_paths()[0].get_extents().intervaly))}
    assert (low, high) == (1, 9)
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "step"


def test_curves_of_one_colour_differ_in_style():
    lines = plot_curves({"a": [1, 2], "b": [2, 3]}, colors=["red", "red"]).get_lines()
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    with pytest.raises(ValueError, match="colors must be one for each of 2 keys, got 1"):
        plot_curves({"a": [1, 2], "b": [2, 3]}, colors=["red"])
    with pytest.raises(ValueError, match="log must be '', 'x', 'y' or 'xy', got 'z'"):
        plot_curves({"a": [1, 2]}, log="z")


def test_short_logarithmic_axes_have_plain_numbers():
    short, long = (plot_curves({"a": [1, end]}, log="y") for end in (20, 1e6))
    for ax in (short, long):
        ax.figure.canvas.draw()
    assert "10" in [text.get_text() for text in short.get_yticklabels()]
    assert not any(text.get_text() == "10" for text in long.get_yticklabels())


def test_spread_shows_each_value_and_the_median():
    ax = plot_spread({Adam: [1.0, 2.0, 9.0], HeavyBall: [3.0, 4.0, 5.0]}, xlabel="loss")
    dots, median, *_ = ax.get_lines()
    np.testing.assert_array_equal(dots.get_xydata(), [[1, 0], [2, 0], [9, 0]])
    assert median.get_xdata() == 2
    assert [text.get_text() for text in ax.get_yticklabels()] == ["Adam", "HeavyBall"]
    count = len(ax.get_lines())
    plot_spread({Adam: [7.0], HeavyBall: [8.0]}, ax, filled=False)
    assert [line.get_mfc() for line in ax.get_lines()[count:]] == ["none", "none"]


@pytest.mark.parametrize("log", ["", "xy"])
def test_cells_of_a_map_are_around_their_points(log):
    x, y = [1.0, 10.0, 100.0], [1.0, 4.0]
    values = np.arange(6.0).reshape(2, 3)
    ax = plot_map(values, x, y, label="loss", log=log, high=4.0)
    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array(), values)
    assert mesh.get_clim() == (0, 4)
    edges = mesh.get_coordinates()[0, :, 0]
    expected = [0.1**0.5, 10**0.5, 10**1.5, 10**2.5] if log else [-3.5, 5.5, 55, 145]
    np.testing.assert_allclose(edges, expected)
    assert ax.figure.axes[1].get_ylabel() == "loss"
