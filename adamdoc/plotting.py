"""Plots of runs with matplotlib.

Every function draws on the given Axes, or on those of a new figure, and returns them. Each
optimizer has the same colour everywhere. ``matplotlib.style.use("adamdoc.style")`` sets the style
of these pages.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

try:
    import matplotlib.pyplot as plt
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    from matplotlib.lines import Line2D
    from matplotlib.patheffects import Normal, Stroke
    from matplotlib.ticker import LogLocator, NullFormatter
except ImportError:
    raise ImportError("adamdoc.plotting needs matplotlib: pip install 'adamdoc[plot]'") from None

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.wrapper import layers
from adamdoc.problems import Domain, Problem
from adamdoc.run import Run

#: The colour of each optimizer: the colour-blind safe palette of Okabe and Ito, with yellow and
#: black replaced by colours that are visible on light and dark backgrounds.
COLORS = {
    "GradientDescent": "#808894",
    "Momentum": "#009e73",
    "HeavyBall": "#b8860b",
    "Nesterov": "#56a5d9",
    "AdaGrad": "#cc79a7",
    "RMSprop": "#0077bb",
    "Adam": "#d55e00",
    "AdamW": "#d0702a",
    "AdaMax": "#8c6bb1",
    "AMSGrad": "#d81b60",
    "AdaDelta": "#9e5a86",
    "Lion": "#3f8f5f",
}

#: Fill colours of the contours, from valley to peak. They are equally spaced in sRGB, which for
#: greys is nearly equally spaced in perceived lightness.
SURFACE = tuple(
    "#{:02x}{:02x}{:02x}".format(*(np.array([150, 166, 186]) + k * np.array([7, 6, 5])))
    for k in range(14)
)

#: Fill colours of the same contours on a dark background.
SURFACE_DARK = tuple(
    "#{:02x}{:02x}{:02x}".format(*(np.array([14, 17, 23]) + k * np.array([5, 5, 5])))
    for k in range(14)
)

_STYLES = ("-", "--", ":", "-.")

#: A pale outline that keeps a path visible on every fill.
_CASING = [Stroke(linewidth=3.4, foreground="#fcfdfe", alpha=0.75), Normal()]


def color(optimizer: object) -> str:
    """Return the colour of an optimizer.

    Parameters
    ----------
    optimizer : Optimizer
        An optimizer, or its class.

    Returns
    -------
    str
        A hexadecimal colour. A class without an entry in ``COLORS`` has the colour of its base
        class, or else one derived from its name. A wrapper has that of the wrapped optimizer.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> from adamdoc.plotting import color
    >>> color(Adam(lr=0.1))
    '#d55e00'
    """
    core = layers(optimizer)[-1]
    cls = core if isinstance(core, type) else type(core)
    named = next((COLORS[base.__name__] for base in cls.__mro__ if base.__name__ in COLORS), None)
    if named or not issubclass(cls, Optimizer):
        return named or "#808894"
    # Derive a hue from the name, with a lightness that is visible on light and dark backgrounds.
    hue = zlib.crc32(cls.__name__.encode()) % 360 / 360
    red, green, blue = (
        0.48 + 0.22 * np.cos(2 * np.pi * (hue - shift)) for shift in (0.0, 1 / 3, 2 / 3)
    )
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def plot_paths(
    problem: Problem,
    runs: Run | Sequence[Run] | Mapping[str, Run],
    ax: Axes | None = None,
    *,
    domain: Domain | None = None,
    legend: bool = True,
) -> Axes:
    """Draw the paths of runs over the contours of a two-dimensional loss.

    The contour levels are logarithmic above the lowest loss in view. Paths are clipped at the edge
    of the plot, and divergence is noted in the legend.

    Parameters
    ----------
    problem : Problem
        The loss surface, with two coordinates.
    runs : Run, sequence of Run or dict of Run
        Single runs, not batches. The keys of a dict are the labels in the legend.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; by default those of a new figure.
    domain : pair of pairs of float, optional
        The region to show, ``((x_low, x_high), (y_low, y_high))``; by default that of the problem.
    legend : bool, default True
        Whether to draw a legend.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    TypeError
        If a run is not a `~adamdoc.Run`.
    ValueError
        If the problem or a run does not have two coordinates, or a run is a batch.

    Examples
    --------
    >>> from adamdoc import Adam, Ravine, minimize
    >>> from adamdoc.plotting import plot_paths
    >>> ax = plot_paths(Ravine(), minimize(Ravine(), Adam(lr=0.1)))
    >>> ax.get_xlabel()
    'x'
    """
    named = _planar(runs)
    ax = _axes(ax)
    (x0, x1), (y0, y1) = _contours(ax, problem, domain)
    for (name, run), style in zip(named.items(), _line_styles(named), strict=True):
        path = _clip(run.path, (x0, x1), (y0, y1))
        (line,) = ax.plot(*path.T, style, color=color(run.optimizer), label=name, zorder=3)
        line.set_path_effects(_CASING)
        if len(run.path) <= 200:
            ax.plot(*path.T, ".", color=color(run.optimizer), markersize=3.5, zorder=3)
        end = path[-1]
        if run.diverged_at is None and x0 <= end[0] <= x1 and y0 <= end[1] <= y1:
            ax.plot(*end, "o", color=color(run.optimizer), mec="white", ms=8, zorder=5)
    for start in np.unique([run.path[0] for run in named.values()], axis=0):
        ax.plot(*start, "s", color="white", mec="black", ms=7, zorder=6)
    for minimum in problem.minima:
        ax.plot(*minimum, "*", color="white", mec="black", ms=13, zorder=4)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="x", ylabel="y")
    if legend and named:
        marks = [
            Line2D([], [], ls="", marker="s", color="white", mec="black", ms=7, label="start"),
            Line2D([], [], ls="", marker="*", color="white", mec="black", ms=12, label="minimum"),
        ]
        ax.legend(
            handles=[*ax.get_legend_handles_labels()[0], *marks],
            loc="upper center",
            bbox_to_anchor=(0.5, -0.16),
            ncols=2 if len(named) == 1 else 3,
        )
    return ax


def plot_losses(
    runs: Run | Sequence[Run] | Mapping[str, Run],
    ax: Axes | None = None,
    *,
    minimum: float = 0.0,
    top: float | None = None,
    legend: bool = True,
) -> Axes:
    """Draw the losses of runs against the step, on a logarithmic axis.

    Parameters
    ----------
    runs : Run, sequence of Run or dict of Run
        Single runs, not batches. The keys of a dict are the labels in the legend.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; by default those of a new figure.
    minimum : float, default 0
        The loss at the minimum, which is subtracted. Losses at or below it are not drawn.
    top : float, optional
        The upper limit of the axis; by default a thousand times the largest initial loss if a run
        diverged, otherwise chosen by matplotlib.
    legend : bool, default True
        Whether to draw a legend.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    TypeError
        If a run is not a `~adamdoc.Run`.
    ValueError
        If a run is a batch.

    Examples
    --------
    >>> from adamdoc import Adam, Ravine, minimize
    >>> from adamdoc.plotting import plot_losses
    >>> plot_losses(minimize(Ravine(), Adam(lr=0.1))).get_yscale()
    'log'
    """
    named = _named(runs)
    minimum = checks.number("minimum", minimum)
    ax = _axes(ax)
    diverged = any(run.diverged_at is not None for run in named.values())
    if top is None and diverged:
        top = 1e3 * max(float(run.losses[0]) - minimum for run in named.values())
    for (name, run), style in zip(named.items(), _line_styles(named), strict=True):
        gap = np.where(run.losses > minimum, run.losses - minimum, np.nan)
        if top is not None:
            gap = np.minimum(gap, 10 * top)  # matplotlib's own arithmetic overflows near 1e308
        ax.plot(run.steps, gap, style, color=color(run.optimizer), label=name)
        if run.diverged_at is not None and top is not None and (gap > top).any():
            step = run.steps[np.argmax(gap > top)]
            ax.annotate(
                "off the scale",
                (step, top),
                xytext=(12, -4),
                textcoords="offset points",
                va="top",
                color=color(run.optimizer),
                fontsize=9,
            )
    ax.set(yscale="log", xlabel="step", ylabel="loss" if minimum == 0 else "loss above minimum")
    ax.yaxis.set_minor_formatter(NullFormatter())
    if top is not None:
        ax.set_ylim(top=top)
    if legend and named:
        ax.legend(loc="best")
    return ax


def plot_curves(
    curves: Mapping[Any, ArrayLike],
    x: ArrayLike | None = None,
    ax: Axes | None = None,
    *,
    colors: Sequence[str] | None = None,
    log: str = "",
    marker: str = "",
    **settings: Any,
) -> Axes:
    """Draw curves with a legend, each from one run or with the spread of several.

    Parameters
    ----------
    curves : dict of array_like
        The values of each curve. Two dimensions mean several runs, one a row: their median is
        drawn, with a band from the smallest value to the largest. A key is a label, or an
        optimizer or its class, which gives the curve its name and its colour.
    x : array_like, optional
        The points of the horizontal axis; by default 0, 1, 2 and so on, for each curve.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; by default those of a new figure.
    colors : sequence of str, optional
        The colours of the curves; by default those of the optimizers, and of the style for labels.
        Curves of the same colour differ in line style.
    log : {"", "x", "y", "xy"}
        The logarithmic axes.
    marker : str, default ""
        The marker of the points of each curve.
    **settings
        Properties of the axes, such as ``xlabel`` and ``ylim``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Examples
    --------
    >>> from adamdoc import Adam, AMSGrad
    >>> from adamdoc.plotting import plot_curves
    >>> ax = plot_curves({Adam: [3, 2, 1], AMSGrad: [[4, 3, 2], [5, 4, 3]]}, xlabel="epoch")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Adam', 'AMSGrad']
    """
    ax = _axes(ax)
    shades = _shades(curves, colors)
    styles = _styles(shades)
    for (key, values), shade, style in zip(curves.items(), shades, styles, strict=True):
        rows = np.atleast_2d(np.asarray(values, float))
        points = np.arange(rows.shape[1]) if x is None else np.asarray(x)
        middle = np.median(rows, axis=0)
        ax.plot(points, middle, style, marker=marker, color=shade, label=_label(key))
        if len(rows) > 1:
            low, high = rows.min(axis=0), rows.max(axis=0)
            ax.fill_between(points, low, high, color=shade, alpha=0.18, lw=0)
    _set(ax, log, settings)
    if curves:
        ax.legend(loc="best")
    return ax


def plot_spread(
    groups: Mapping[Any, ArrayLike],
    ax: Axes | None = None,
    *,
    colors: Sequence[str] | None = None,
    log: str = "",
    filled: bool = True,
    **settings: Any,
) -> Axes:
    """Draw several values in each row, such as one for each seed, with a bar at their median.

    Parameters
    ----------
    groups : dict of array_like
        The values of each row. A key is a label, or an optimizer or its class, which gives the row
        its name and its colour.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; by default those of a new figure.
    colors : sequence of str, optional
        The colours of the rows; by default those of the optimizers, and one colour for labels.
    log : {"", "x"}
        Whether the axis of the values is logarithmic.
    filled : bool, default True
        Whether the dots are filled; open ones tell a second call on the same axes from the first.
    **settings
        Properties of the axes, such as ``xlabel``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Examples
    --------
    >>> from adamdoc import Adam, AMSGrad
    >>> from adamdoc.plotting import plot_spread
    >>> ax = plot_spread({Adam: [0.1, 0.2, 0.4], AMSGrad: [0.2, 0.3, 0.3]}, xlabel="loss")
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['Adam', 'AMSGrad']
    """
    ax = _axes(ax)
    shades = _shades(groups, colors or ["#0077bb"] * len(groups) if _plain(groups) else colors)
    for row, (values, shade) in enumerate(zip(groups.values(), shades, strict=True)):
        numbers = np.asarray(values, float)
        face = shade if filled else "none"
        ax.plot(numbers, np.full(numbers.size, row), "o", color=shade, mfc=face, alpha=0.65)
        if filled:
            ax.plot(np.median(numbers), row, "|", color=shade, ms=20, mew=2.4)
    ax.set_yticks(range(len(groups)), [_label(key) for key in groups])
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    _set(ax, log, settings)
    return ax


def plot_map(
    values: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    ax: Axes | None = None,
    *,
    label: str,
    log: str = "",
    low: float | None = None,
    high: float | None = None,
    **settings: Any,
) -> Axes:
    """Draw a value at each point of a grid as a colour, beside a bar that explains the colours.

    Parameters
    ----------
    values : array_like, shape (rows, columns)
        The values.
    x, y : array_like
        The points of the columns and of the rows.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; by default those of a new figure.
    label : str
        What the colours mean.
    log : {"", "x", "y", "xy"}
        The logarithmic axes.
    low, high : float, optional
        The values of the first and the last colour; by default the smallest and the largest value.
    **settings
        Properties of the axes, such as ``xlabel``.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Examples
    --------
    >>> from adamdoc.plotting import plot_map
    >>> ax = plot_map([[1.0, 2.0], [3.0, 4.0]], [0, 1], [0, 1], label="loss", xlabel="lr")
    >>> ax.get_xlabel()
    'lr'
    """
    ax = _axes(ax)
    edges = [_edges(points, axis in log) for points, axis in ((x, "x"), (y, "y"))]
    mesh = ax.pcolormesh(*edges, np.asarray(values, float), vmin=low, vmax=high, rasterized=True)
    ax.grid(visible=False)
    ax.figure.colorbar(mesh, ax=ax, label=label)
    _set(ax, log, settings)
    return ax


def plot_surface(
    problem: Problem,
    runs: Run | Sequence[Run] | Mapping[str, Run] = (),
    ax: Axes | None = None,
    *,
    domain: Domain | None = None,
    log: bool = False,
) -> Axes:
    """Draw a two-dimensional loss as a surface, with the paths of runs on it.

    Parameters
    ----------
    problem : Problem
        The loss surface, with two coordinates.
    runs : Run, sequence of Run or dict of Run, optional
        Single runs, not batches. The keys of a dict are the labels in the legend.
    ax : mpl_toolkits.mplot3d.axes3d.Axes3D, optional
        The axes to draw on, with ``projection="3d"``; by default those of a new figure.
    domain : pair of pairs of float, optional
        The region to show, ``((x_low, x_high), (y_low, y_high))``; by default that of the problem.
    log : bool, default False
        Whether to plot log10(1 + loss - lowest loss in view) instead of the loss.

    Returns
    -------
    mpl_toolkits.mplot3d.axes3d.Axes3D
        The axes.

    Raises
    ------
    TypeError
        If a run is not a `~adamdoc.Run`, or `ax` is not three-dimensional.
    ValueError
        If the problem or a run does not have two coordinates, or a run is a batch.

    Examples
    --------
    >>> from adamdoc import Saddle
    >>> from adamdoc.plotting import plot_surface
    >>> plot_surface(Saddle()).get_zlabel()
    'loss'
    """
    named = _planar(runs)
    if ax is None:
        ax = plt.figure(figsize=(7.2, 5.4)).add_subplot(projection="3d")
    axes: Any = ax  # matplotlib's type stubs do not distinguish 3-D axes
    if not hasattr(axes, "plot_surface"):
        raise TypeError(f"ax must be three-dimensional (projection='3d'), got {ax!r}")
    x, y, z, (xs, ys) = _grid(problem, domain, points=161)
    low = z.min()

    def height(loss: Array) -> Array:
        return np.log10(1 + loss - low) if log else loss

    # Rasterize: as vector graphics, thousands of facets would make a large file.
    axes.plot_surface(
        x, y, height(z), cmap="viridis", rcount=160, ccount=160, antialiased=False, rasterized=True
    )
    for (name, run), style in zip(named.items(), _line_styles(named), strict=True):
        inside = _inside(run.path, xs, ys)
        path, losses = run.path[inside], run.losses[inside]
        lift = 0.01 * np.ptp(height(z))
        axes.plot(
            *path.T, height(losses) + lift, style, color=color(run.optimizer), label=name, zorder=10
        )
        if len(path):
            end = (*path[-1], height(losses[-1]) + lift)
            axes.plot(*[[c] for c in end], "o", color=color(run.optimizer), mec="white", zorder=11)
    axes.set(xlabel="x", ylabel="y", zlabel="log10(1 + loss)" if log else "loss")
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((0.5, 0.5, 0.5, 0.06))
    if named:
        axes.legend(loc="upper left")
    return axes


def animate_paths(
    problem: Problem,
    runs: Run | Sequence[Run] | Mapping[str, Run],
    ax: Axes | None = None,
    *,
    domain: Domain | None = None,
    frames: int = 60,
    interval: int = 50,
) -> FuncAnimation:
    """Animate the paths of runs over the contours of a two-dimensional loss.

    Parameters
    ----------
    problem : Problem
        The loss surface, with two coordinates.
    runs : Run, sequence of Run or dict of Run
        Single runs, not batches. The keys of a dict are the labels in the legend.
    ax : matplotlib.axes.Axes, optional
        The axes to draw on; by default axes without ticks that fill a new figure.
    domain : pair of pairs of float, optional
        The region to show, ``((x_low, x_high), (y_low, y_high))``; by default that of the problem.
    frames : int, default 60
        The number of frames, at least 2. The steps are distributed evenly over them.
    interval : int, default 50
        Time per frame in milliseconds, at least 1.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        The animation. Keep a reference to it until it is saved or shown.

    Raises
    ------
    TypeError
        If a run is not a `~adamdoc.Run`.
    ValueError
        If there is no run, the problem or a run does not have two coordinates, or a run is a batch.

    Examples
    --------
    >>> from adamdoc import Adam, Ravine, minimize
    >>> from adamdoc.plotting import animate_paths
    >>> animation = animate_paths(Ravine(), minimize(Ravine(), Adam(lr=0.1)), frames=2)
    >>> animation.save("paths.gif", writer="pillow")  # doctest: +SKIP
    """
    named = _planar(runs)
    if not named:
        raise ValueError("runs must contain at least one run, got none")
    checks.integer("frames", frames, minimum=2)
    checks.integer("interval", interval, minimum=1)
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 4.8), layout=ConstrainedLayoutEngine(w_pad=0, h_pad=0))
        ax.set_axis_off()
    xs, ys = _contours(ax, problem, domain)
    for minimum in problem.minima:
        ax.plot(*minimum, "*", color="white", mec="black", ms=14, zorder=4)
    lines, dots = [], []
    for (name, run), style in zip(named.items(), _line_styles(named), strict=True):
        lines += ax.plot([], [], style, color=color(run.optimizer), label=name, lw=2.2, zorder=3)
        dots += ax.plot([], [], "o", color=color(run.optimizer), mec="white", ms=9, zorder=5)
    ax.set(xlim=xs, ylim=ys)
    ax.legend(loc="lower right", framealpha=1)
    clock = ax.text(0.02, 0.02, "", transform=ax.transAxes, zorder=6)
    clock.set_bbox({"facecolor": "#fcfdfe", "edgecolor": "none"})
    first = min(run.steps[0] for run in named.values())
    last = max(run.steps[-1] for run in named.values())

    def draw(frame: int) -> list[Any]:
        step = first + round(frame / (frames - 1) * (last - first))
        for line, dot, run in zip(lines, dots, named.values(), strict=True):
            done = np.searchsorted(run.steps, step, side="right")
            path = _clip(run.path[: max(1, done)], xs, ys)
            line.set_data(*path.T)
            dot.set_data(*path[-1:].T)
        clock.set_text(f"step {step}")
        return [*lines, *dots, clock]

    root: Any = ax.figure.get_figure(root=True)
    animation = FuncAnimation(root, draw, frames=frames, interval=interval, blit=False)
    draw(0)
    # matplotlib warns about an animation that is deleted without being rendered, but using only its
    # axes is legitimate.
    animation._draw_was_started = True  # type: ignore[attr-defined]
    return animation


def _named(runs: Run | Iterable[Run] | Mapping[str, Run]) -> dict[str, Run]:
    """Return the runs by their labels in the legend."""
    if isinstance(runs, Run):
        runs = [runs]
    if isinstance(runs, Mapping):
        named = {str(name): run for name, run in runs.items()}
    else:
        named = {}
        for run in runs:
            name = type(run.optimizer).__name__ if isinstance(run, Run) else "run"
            unique = (name if k == 1 else f"{name} {k}" for k in count(1))
            named[next(n for n in unique if n not in named)] = run
    result = {}
    for name, run in named.items():
        if not isinstance(run, Run):
            raise TypeError(f"runs must be Run objects, got {run!r}")
        if run.losses.ndim != 1:
            raise ValueError(f"runs must be single runs, got a batch of shape {run.losses.shape}")
        end = "" if run.diverged_at is None else f" (diverges, step {run.diverged_at})"
        result[name + end] = run
    return result


def _planar(runs: Run | Iterable[Run] | Mapping[str, Run]) -> dict[str, Run]:
    """Return the runs by their labels, after checking that they have two coordinates."""
    named = _named(runs)
    for run in named.values():
        if run.path.shape[1:] != (2,):
            raise ValueError(
                f"runs must have two coordinates, got parameters of shape {run.path.shape[1:]}"
            )
    return named


def _line_styles(named: Mapping[str, Run]) -> list[str]:
    """Return a line style for each run, so that runs of the same colour differ."""
    return _styles([color(run.optimizer) for run in named.values()])


def _styles(shades: Iterable[str]) -> list[str]:
    """Return a line style for each colour, so that lines of the same colour differ."""
    counts: Counter[str] = Counter()
    styles = []
    for shade in shades:
        styles.append(_STYLES[counts[shade] % len(_STYLES)])
        counts[shade] += 1
    return styles


def _plain(keys: Iterable[object]) -> bool:
    """Return whether all keys are labels, none of which has a colour of its own."""
    return all(isinstance(key, str) for key in keys)


def _label(key: object) -> str:
    """Return the name of a curve."""
    if isinstance(key, str):
        return key
    return (key if isinstance(key, type) else type(key)).__name__


def _shades(keys: Iterable[object], colors: Sequence[str] | None) -> list[str]:
    """Return the colour of each curve: the given one, the optimizer's or the style's."""
    cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    own = [
        cycle[place % len(cycle)] if isinstance(key, str) else color(key)
        for place, key in enumerate(keys)
    ]
    if colors is not None and len(colors) != len(own):
        raise ValueError(f"colors must be one for each of {len(own)} keys, got {len(colors)}")
    return own if colors is None else list(colors)


def _edges(points: ArrayLike, log: bool) -> Array:
    """Return the edges of cells around points, halfway between them on their axis."""
    places = np.log(points) if log else np.asarray(points, float)
    middles = (places[1:] + places[:-1]) / 2
    ends = 2 * places[0] - middles[0], 2 * places[-1] - middles[-1]
    edges = np.concatenate(([ends[0]], middles, [ends[1]]))
    return np.exp(edges) if log else edges


def _set(ax: Axes, log: str, settings: Mapping[str, Any]) -> None:
    """Set the scales and other properties of axes."""
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log must be '', 'x', 'y' or 'xy', got {log!r}")
    ax.set(**{f"{axis}scale": "log" for axis in log}, **settings)
    for axis in log:
        scale: Any = getattr(ax, f"{axis}axis")
        low, high = scale.get_view_interval()
        if high < 300 * low:  # few powers of ten: label 1, 2 and 5 as plain numbers
            scale.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            scale.set_major_formatter("{x:g}")
        scale.set_minor_formatter(NullFormatter())


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots()[1] if ax is None else ax


def _grid(
    problem: Problem, domain: Domain | None, points: int
) -> tuple[Array, Array, Array, Domain]:
    if problem.dim != 2:
        raise ValueError(
            f"problem must have two coordinates to be drawn, got one with {problem.dim}"
        )
    xs, ys = domain if domain is not None else problem.domain
    x, y = np.meshgrid(np.linspace(*xs, points), np.linspace(*ys, points))
    return x, y, problem.loss(np.stack([x, y], axis=-1)), (xs, ys)


def _contours(ax: Axes, problem: Problem, domain: Domain | None) -> Domain:
    """Draw filled contours with logarithmic levels; return the domain."""
    x, y, z, domain = _grid(problem, domain, points=141)
    height = z - z.min()
    # The lowest level contains a hundredth of the grid, so that a valley is visible but does not
    # fill the plot.
    floor = max(float(np.quantile(height, 0.01)), 1e-12 * float(height.max()))
    levels = np.geomspace(floor, height.max(), len(SURFACE))
    height = np.maximum(height, floor * 0.5)
    fills = ax.contourf(x, y, height, levels=[0.0, *levels[1:]], colors=SURFACE[: len(levels) - 1])
    fills.set(edgecolor=SURFACE[0], linewidth=0.3)
    return domain


def _inside(path: Array, xs: tuple[float, float], ys: tuple[float, float]) -> Array:
    low, high = np.transpose([xs, ys])
    return ((path >= low) & (path <= high)).all(axis=-1)


def _clip(path: Array, xs: tuple[float, float], ys: tuple[float, float]) -> Array:
    """Clip coordinates far outside the plot: matplotlib draws nothing if they reach 1e150."""
    low, high = np.transpose([xs, ys])
    margin = 1e3 * (high - low)
    return np.clip(path, low - margin, high + margin)
