"""The page's pictures: small SVG files, the same bytes for the same figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

mpl.use("svg")
WIDTH = 7.2
OURS, OTHERS = "#0b6e69", "#9aa5ad"
MARKERS = "osD^vP*XhH"
Points = Sequence[tuple[float, float]]


def bars(path: Path, seconds: Mapping[str, float], ours: Sequence[str], title: str) -> None:
    """Draw a bar for each program on a logarithmic axis of CPU seconds; `ours` stand out."""
    figure, (axes,) = _sheet(1, 0.9 + 0.38 * len(seconds))
    colours = [OURS if name in ours else OTHERS for name in seconds]
    drawn = axes.barh(list(seconds), list(seconds.values()), color=colours, height=0.7)
    axes.bar_label(drawn, [short(value) for value in seconds.values()], padding=3)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(min(seconds.values()) / 2, max(seconds.values()) * 3)
    axes.set(xlabel="CPU seconds (logarithmic)", title=title)
    _tick(axes.xaxis)
    axes.grid(visible=False, axis="y")
    _save(figure, path)


def growth(path: Path, panels: Mapping[str, Mapping[str, Points]]) -> None:
    """Draw, for each panel's title, each program's points against rows; both axes logarithmic."""
    figure, every = _sheet(len(panels), 4)
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    others = sns.color_palette("colorblind", 10)
    others.pop(2)  # green, as ours
    looks = dict(zip(names, zip([OURS, *others], MARKERS, strict=False), strict=False))
    for axes, (title, lines) in zip(every, panels.items(), strict=True):
        for name, points in lines.items():
            colour, marker = looks[name]
            axes.plot(*zip(*points, strict=True), marker=marker, label=name, color=colour)
        axes.set(xscale="log", yscale="log", xlabel="rows", title=title)
        for axis in (axes.xaxis, axes.yaxis):
            _tick(axis)
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    _save(figure, path)


def short(value: float) -> str:
    """Return a number with two or three digits that matter, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 or value == 0 else f"{value:.0e}"


def _tick(axis: Axis) -> None:
    """Label a logarithmic axis at every power of ten, or closer where it has hardly two."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1.0,) if high / low > 100 else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(_power))
    axis.set_minor_formatter(NullFormatter())


def _power(value: float, place: int) -> str:
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value:,g}"


def _sheet(columns: int, height: float) -> tuple[Figure, list[Axes]]:
    sns.set_theme(style="whitegrid", rc={"font.size": 9, "axes.titlesize": 10, "axes.labelsize": 9})
    mpl.rcParams.update({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"})
    figure = Figure(figsize=(WIDTH, height), layout="constrained", facecolor="white")
    return figure, [figure.add_subplot(1, columns, place + 1) for place in range(columns)]


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None})
