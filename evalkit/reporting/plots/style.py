"""One look for every figure, and the way from a figure to an SVG.

The pilot and the line keep their colour and marker everywhere. Sizes are in points (1/72 inch)
and chosen so that the text can still be read when the drawing is shrunk to a phone's width.
Figures are made without pyplot, so that importing this module selects no backend.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from itertools import pairwise
from textwrap import fill
from typing import Any

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evalkit.plan import Labels
from evalkit.reporting.disclosure import Released, require_released
from evalkit.reporting.numbers import MISSING, number, percent
from evalkit.reporting.tables import Kind

INK, MUTED, RULE, SOFT = "#18262b", "#55646a", "#c3ced0", "#edf2f2"
PALETTE = {"pilot": "#b3541e", "line": "#2b5d8a"}
MARKERS = {"pilot": "o", "line": "s"}
NEUTRALS = ("#0b5c6b", "#8a6d9b", "#6b7478", "#7d9a3c", "#c0a35e", "#3f4a4e")
NOT_SHOWN = "ej redovisad"  # hidden or missing
WIDTH, MARGIN = 320, 12
TEXT, SMALL, LINE_HEIGHT = 11.0, 10.0, 14.5
_GAP = 9  # points above a row's label
_ROW, _HEADING, _BESIDE = 17.0, 22.0, 146.0  # of rows in groups; the widest label beside its row
_LETTER = 0.58  # the mean width of a letter of DejaVu Sans, as a share of the font size
_RC = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": TEXT,
    "axes.labelsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": RULE,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.8,
    "svg.fonttype": "none",
    "svg.hashsalt": "evalkit",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as SVG, what it shows in Swedish, and how to read it where that needs saying."""

    svg: str
    alt: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """What a value axis measures; "percent" and "points" scale fractions by 100."""

    label: str
    kind: Kind = "percent"
    decimals: int = 0

    def text(self, value: float) -> str:
        """Return a value as ticks and text alternatives write it."""
        if pd.isna(value):
            return MISSING
        if self.kind == "percent":
            return percent(value, self.decimals)
        return number(value * (100 if self.kind == "points" else 1), self.decimals)


@contextmanager
def style() -> Iterator[None]:
    """Draw in evalkit's look, and leave matplotlib's settings as they were."""
    settings: dict[Any, Any] = {**sns.axes_style("white"), **_RC}
    with mpl.rc_context(settings):
        yield


def canvas(height: float) -> tuple[Figure, Axes]:
    """Return a figure of `height` points with one pair of axes."""
    layout = ConstrainedLayoutEngine(w_pad=5 / 72)  # or a phone's edge would touch the words
    figure = Figure(figsize=(WIDTH / 72, height / 72), layout=layout)
    return figure, figure.add_subplot()


def row_canvas(
    labels: Sequence[str], row: float, *, head: float = 0, foot: float = 42
) -> tuple[Figure, Axes, list[float]]:
    """Return a figure with a label above each row of `row` points, and the rows' y.

    y counts points from the top; a label may be as long as the figure is wide, which is what
    keeps the drawing readable on a phone. `head` points above are left for a key.
    """
    texts = [wrap(label, WIDTH - 2 * MARGIN) for label in labels]
    tops, ys, bottom = [], [], 0.0
    for text in texts:
        tops.append(bottom + _GAP)
        marks = tops[-1] + (text.count("\n") + 1) * LINE_HEIGHT
        bottom = marks + row
        ys.append(marks + row / 2)
    figure, axes = bare_canvas(bottom, head=head, foot=foot)
    for text, top in zip(texts, tops, strict=True):
        row_text(axes, top, text, va="top")
    return figure, axes, ys


def grouped_canvas(
    groups: Sequence[str], labels: Sequence[str], *, head: float = 0, foot: float = 42
) -> tuple[Figure, Axes, list[float]]:
    """Return a figure with a label to the left of each row, and the rows' y.

    Rows of a group stand together under its name, which `groups` has for each row.
    """
    texts = [wrap(label, _BESIDE, SMALL) for label in labels]
    heads: list[tuple[str, float]] = []
    ys, bottom, before = [], 0.0, None
    for group, text in zip(groups, texts, strict=True):
        if group != before:
            bottom += _HEADING
            heads.append((group, bottom - _HEADING / 2 + 2))
        height = _ROW + text.count("\n") * LINE_HEIGHT
        ys.append(bottom + height / 2)
        bottom, before = bottom + height, group
    figure, axes = bare_canvas(bottom, head=head, foot=foot)
    edge = _room_for(axes, texts)
    for text, y in heads:
        row_text(axes, y, text, x=edge, va="center", fontweight="bold")
    for text, y in zip(texts, ys, strict=True):
        axes.text(edge, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=SMALL)
    return figure, axes, ys


def _room_for(axes: Axes, texts: Sequence[str]) -> float:
    """Narrow the axes so that texts fit to their left; return where those begin."""
    needed = max(text_width(line) for text in texts for line in text.split("\n")) + 10
    whole = axes.get_position()
    start = whole.x0 + needed / WIDTH
    axes.set_position((start, whole.y0, whole.x1 - start, whole.height))
    return -needed / (WIDTH * (whole.x1 - start))


def row_text(axes: Axes, y: float, text: str, *, x: float = 0, **look: Any) -> None:
    """Write at the left of a row, on white so that no line runs through the words."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), bbox=ground, zorder=4, **look)


def bare_canvas(height: float, *, head: float = 0, foot: float = 0) -> tuple[Figure, Axes]:
    """Return a figure whose y counts points from the top of its axes.

    `head` points above the axes are left for a key, `foot` points below for an x-axis.
    """
    total = head + height + foot
    figure = Figure(figsize=(WIDTH / 72, total / 72))
    side = MARGIN / WIDTH
    axes = figure.add_axes((side, foot / total, 1 - 2 * side, height / total))
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    sns.despine(ax=axes, left=True, bottom=not foot)
    return figure, axes


def finish(figure: Figure, alt: str, reading: str = "") -> Drawing:
    """Return the figure as SVG with text as text, the same bytes every time."""
    buffer = StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return Drawing(buffer.getvalue(), " ".join(alt.split()), reading)


def require(released: Released, *columns: str) -> pd.DataFrame:
    """Return the released frame; TypeError for any other table, ValueError for a lacking column."""
    frame = require_released(released).frame
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(f"the figure needs the column '{missing[0]}'")
    return frame


def values(column: pd.Series) -> pd.Series:
    """Return a released column as floats, NaN where it is hidden or missing."""
    return column.astype("Float64").astype(float)


def number_axis(axes: Axes, axis: Axis, *, which: str = "x", n_ticks: int = 5) -> None:
    """Put Swedish tick labels and the axis' name on the x- or y-axis."""
    side = axes.xaxis if which == "x" else axes.yaxis
    side.set_major_locator(MaxNLocator(n_ticks, steps=[1, 2, 5, 10]))

    def text(value: float, _: int | None) -> str:
        return _told_apart(axis, list(side.get_majorticklocs())).text(value)

    side.set_major_formatter(FuncFormatter(text))
    if which == "x":
        axes.set_xlabel(_even(axis.label, axes.get_position().width * WIDTH))
    else:  # level above the axis: on its side it would be hard to read
        axes.set_title(wrap(axis.label, WIDTH - 40, SMALL), loc="left", fontsize=SMALL, pad=9)
    axes.grid(axis="x" if which == "x" else "y", linewidth=0.6)


def _told_apart(axis: Axis, ticks: Sequence[float]) -> Axis:
    """Return the axis with as many decimals as it takes to tell its ticks apart."""
    most = axis.decimals + 2
    for decimals in range(axis.decimals, most):
        finer = replace(axis, decimals=decimals)
        if len({finer.text(tick) for tick in ticks}) == len(ticks):
            return finer
    return replace(axis, decimals=most)


def arm_name(arm: str, labels: Labels) -> str:
    """Return what the report calls an arm, "pilot" or "line"."""
    return labels.treated if arm == "pilot" else labels.comparison


def arm_key(figure: Figure, labels: Labels) -> None:
    """Say at the top of the figure which mark is whose."""
    key(figure, [(arm_name(arm, labels), PALETTE[arm], MARKERS[arm]) for arm in PALETTE])


def key(
    figure: Figure, entries: Sequence[tuple[str, str, str]], columns: int | None = None
) -> None:
    """Put a frameless key (label, colour, marker) at the top left."""
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="none", label=label)
        for label, colour, marker in entries
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        ncols=columns or len(handles),
        frameon=False,
        borderaxespad=0.2,
        borderpad=0.2,
        handletextpad=0.2,
        columnspacing=1.6,
    )


def wrap(text: str, width: float, size: float = TEXT) -> str:
    """Return the text broken into lines of about `width` points."""
    return fill(text, max(int(width / (size * _LETTER)), 8))


def _even(text: str, width: float) -> str:
    """Return a small text in as few lines as fit `width` points, about as long as one another."""
    broken = wrap(text, width, SMALL)
    for narrower in range(int(width), 0, -4):
        found = wrap(text, narrower, SMALL)
        if found.count("\n") > broken.count("\n"):
            break
        broken = found
    return broken


def text_width(text: str, size: float = SMALL) -> float:
    """Return about how many points wide a line of text is."""
    return len(text) * size * _LETTER


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Return positions `gap` apart, in the same order: near ones are pushed from each other."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    placed = list(wanted)
    for _ in range(10 * len(order)):
        for below, above in pairwise(order):
            push = max(gap - (placed[above] - placed[below]), 0) / 2
            placed[below] -= push
            placed[above] += push
    return placed


def said(values: Sequence[float], write: Callable[[float], str]) -> str:
    """Return numbers for a text alternative, hidden or missing ones as not shown."""
    return ", ".join(NOT_SHOWN if pd.isna(value) else write(value) for value in values)
