"""The pictures as they are seen: pixels, held against the loss, the path and plain matplotlib.

No picture is stored, so a new version of matplotlib may draw otherwise, but not something else.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from adamdoc import Adam, HeavyBall, Himmelblau, Ravine, Rosenbrock, minimize
from adamdoc.plotting import SURFACE, animate_paths, color, plot_losses, plot_paths, plot_surface

RAVINE = Ravine()
RUN = minimize(RAVINE, HeavyBall(lr=0.02, momentum=0.5), steps=25)


@pytest.fixture(autouse=True)
def _style():
    with plt.style.context("adamdoc.style"):
        plt.rcParams["figure.facecolor"] = "white"
        yield
    plt.close("all")


def pixels(figure):
    """Return a figure as it is drawn, shape (height, width, 3), from 0 to 1."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3] / 255


def seen(image, ax, points):
    """Return the colours at points in the data of some axes."""
    columns, rows = ax.transData.transform(points).round().astype(int).T
    return image[image.shape[0] - 1 - rows, columns]


@pytest.mark.parametrize("problem", [RAVINE, Rosenbrock(), Himmelblau()])
def test_fills_tell_the_loss(problem):
    """The darker the fill, the lower the loss: at 400 points of the picture."""
    ax = plot_paths(problem, [], legend=False)
    image = pixels(ax.figure)
    low, high = np.transpose(problem.domain)
    rng = np.random.default_rng(0)
    points = rng.uniform(low + 0.02 * (high - low), high - 0.02 * (high - low), (400, 2))
    away = np.linalg.norm((points[:, None] - problem.minima) / (high - low), axis=-1).min(1) > 0.06
    points = points[away]
    fills = np.array([to_rgb(fill) for fill in SURFACE])
    distance = np.abs(seen(image, ax, points)[:, None] - fills).sum(-1)
    clear = distance.min(1) < 1e-6
    # The edges between fills have the colour of the lowest.
    clear &= distance.argmin(1) > 0
    assert clear.mean() > 0.8
    level, loss = distance.argmin(1)[clear], problem.loss(points[clear])
    assert len(np.unique(level)) > 6
    for k in np.unique(level)[:-1]:
        inner, outer = loss[level == k].max(), loss[level > k].min()
        assert inner < outer * 1.05 + 1e-9


def on_path(image, ax, path, ink):
    """Return the share of the middles of a path's long pieces at which its colour is seen."""
    pieces = np.diff(ax.transData.transform(path), axis=0)
    long = np.linalg.norm(pieces, axis=-1) > 12
    middles = (path[1:] + path[:-1])[long] / 2
    return (np.abs(seen(image, ax, middles) - to_rgb(ink)).max(-1) < 0.15).mean()


def test_the_path_is_where_the_run_was():
    ax = plot_paths(RAVINE, RUN, legend=False)
    image = pixels(ax.figure)
    assert on_path(image, ax, RUN.path, color(RUN.optimizer)) > 0.9
    # The check can fail: not one tenth beside it.
    assert on_path(image, ax, RUN.path + 0.1, color(RUN.optimizer)) < 0.2


def test_losses_are_those_that_plain_matplotlib_draws():
    runs = {"one": RUN, "other": minimize(RAVINE, Adam(lr=0.1), steps=25)}
    ours = pixels(plot_losses(runs).figure)
    figure, ax = plt.subplots()
    for name, run in runs.items():
        ax.semilogy(run.losses, color=color(run.optimizer), label=name)
    ax.set(xlabel="step", ylabel="loss")
    ax.yaxis.set_minor_formatter(plt.NullFormatter())
    ax.legend(loc="best")
    np.testing.assert_array_equal(ours, pixels(figure))
    ax.lines[0].set_ydata(runs["one"].losses * 1.1)
    assert (ours != pixels(figure)).any()


def test_the_surface_shows_the_run():
    ink = np.array(to_rgb(color(RUN.optimizer)))

    def inked(runs):
        image = pixels(plot_surface(RAVINE, runs).figure)
        return int((np.abs(image - ink).max(-1) < 0.1).sum())

    assert inked([]) == 0
    assert inked(RUN) > 150


def test_the_animation_draws_the_path_step_by_step():
    animation = animate_paths(RAVINE, RUN)
    figure = animation._fig
    animation._init_draw()
    ax = figure.axes[0]
    ink, counts = np.array(to_rgb(color(RUN.optimizer))), []
    frames = list(animation.new_frame_seq())
    for frame in (frames[0], frames[len(frames) // 2], frames[-1]):
        animation._draw_next_frame(frame, blit=False)
        image = pixels(figure)
        counts.append(int((np.abs(image - ink).max(-1) < 0.1).sum()))
    assert counts[0] < counts[1] < counts[2]
    assert on_path(image, ax, RUN.path, color(RUN.optimizer)) > 0.9
