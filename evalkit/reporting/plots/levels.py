"""Levels over time: the pilot and the line, year by year, and time to a new investigation."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from evalkit.errors import DisclosureError
from evalkit.plan import Event, Labels, Span
from evalkit.reporting.disclosure import Released
from evalkit.reporting.plots.style import (
    INK,
    MARKERS,
    MUTED,
    PALETTE,
    SMALL,
    SOFT,
    Axis,
    Drawing,
    arm_name,
    canvas,
    finish,
    number_axis,
    require,
    said,
    spread,
    style,
    text_width,
    values,
    wrap,
)

EXPECTED = "Väntat utan piloten"
FEWEST_DAYS = 7
_READ_INCIDENCE = (
    "Kurvan visar hur stor andel som har utretts på nytt efter ett visst antal dagar. I det grå "
    "fältet har inte alla kunnat följas så länge: där kan kurvorna ändras när mer tid har gått."
)
_LABEL_WIDTH, _PLOT_WIDTH = 72, 196
_KEY_WIDTH, _NUMBER = 250, 9  # of the events' names, and of a number over a line
_MOST_SAID, _MOST_MARKERS = 8, 12


def series(
    released: Released,
    *,
    axis: Axis,
    labels: Labels,
    events: Sequence[Event] = (),
    wash_in: Span | None = None,
) -> Drawing:
    """Draw the pilot's and the line's levels over time, and what was expected, dashed.

    Columns: `time` (a year, or a month's first day), `arm` ("pilot" or "line"), `level`, and
    `expected` for the pilot's years after the start; the dashed line begins at the first of them.
    """
    frame = require(released, "time", "arm", "level", "expected")
    frame = frame.assign(x=_position(frame["time"])).sort_values("x")
    with style():
        figure, axes = canvas(240 + 16 * min(len(events), 5))
        ends = _arm_lines(axes, frame, "level", labels, markers=True)
        ends += _expected_line(axes, frame)
        first, last = int(np.floor(frame["x"].min())), int(np.ceil(frame["x"].max()))
        axes.set(xlim=(first, last), ylim=(0, axes.get_ylim()[1] * 1.2))
        years = range(first, last)
        axes.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
        axes.tick_params(axis="x", length=0)
        number_axis(axes, axis, which="y")
        axes.set_title("", loc="left")  # the events stand there, and the caption names the measure
        _label_ends(axes, ends)
        sns.despine(ax=axes, left=True)
        if wash_in is not None:
            _shade(axes, _of_day(wash_in.start), _of_day(wash_in.end), "Inkörning")
        _mark_events(axes, events)
        return finish(figure, _series_alt(frame, axis, labels, events))


def cumulative_incidence(
    released: Released, *, axis: Axis, labels: Labels, mature_days: int | None = None
) -> Drawing:
    """Draw how large a share has come back within so many days; shade what is not yet mature.

    Columns: `arm`, `time` (days, on a grid of at least a week, or single events would show),
    `cif`. Raises DisclosureError for a finer grid.
    """
    frame = require(released, "arm", "time", "cif").sort_values("time")
    steps = np.diff(np.unique(values(frame["time"])))
    if steps.size and steps.min() < FEWEST_DAYS:
        raise DisclosureError(
            f"column 'time': steps under {FEWEST_DAYS} days show single events; use a coarser grid"
        )
    frame = frame.assign(x=values(frame["time"]))
    with style():
        figure, axes = canvas(240)
        ends = _arm_lines(axes, frame, "cif", labels, markers=False)
        axes.set(xlim=(0, frame["x"].max()), ylim=(0, axes.get_ylim()[1] * 1.12))
        axes.set_xlabel("Dagar")
        axes.xaxis.set_major_locator(MultipleLocator(90))
        number_axis(axes, axis, which="y")
        _label_ends(axes, ends)
        sns.despine(ax=axes, left=True)
        if mature_days is not None and mature_days < frame["x"].max():
            _shade(axes, mature_days, frame["x"].max(), "Ofullständig\nuppföljning")
        return finish(figure, _incidence_alt(frame, axis, labels, mature_days), _READ_INCIDENCE)


def _arm_lines(
    axes: Axes, frame: pd.DataFrame, column: str, labels: Labels, *, markers: bool
) -> list[tuple[float, str, str]]:
    """Draw a line for each arm; return where each ends, its name and its colour."""
    ends = []
    for arm, colour in PALETTE.items():
        rows = frame[frame["arm"] == arm]
        levels = values(rows[column])
        axes.plot(
            rows["x"],
            levels,
            color=colour,
            linewidth=2,
            marker=MARKERS[arm] if markers and len(rows) <= _MOST_MARKERS else None,
            drawstyle="default" if markers else "steps-post",
        )
        if levels.notna().any():
            ends.append((levels.dropna().iloc[-1], arm_name(arm, labels), colour))
    return ends


def _expected_line(axes: Axes, frame: pd.DataFrame) -> list[tuple[float, str, str]]:
    rows = frame[(frame["arm"] == "pilot") & frame["expected"].notna()]
    if rows.empty:
        return []
    levels = values(rows["expected"])
    axes.plot(
        rows["x"],
        levels,
        color=MUTED,
        linewidth=1.6,
        linestyle=(0, (4, 3)),
        marker=MARKERS["pilot"] if len(rows) <= _MOST_MARKERS else None,
        markerfacecolor="white",
    )
    return [(levels.iloc[-1], EXPECTED, MUTED)]


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Name each line at its right end, moved apart where two ends are near."""
    low, high = axes.get_ylim()
    wanted = [level for level, _, _ in ends]
    for y, (_, name, colour) in zip(spread(wanted, (high - low) * 0.16), ends, strict=True):
        axes.annotate(
            wrap(name, _LABEL_WIDTH, SMALL),
            (1, y),
            xycoords=axes.get_yaxis_transform(),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=SMALL,
            linespacing=1.15,
        )


def _mark_events(axes: Axes, events: Sequence[Event]) -> None:
    """Draw a numbered dotted line for each event, and what the numbers mean in rows above."""
    first, last = axes.get_xlim()
    inside = sorted((e for e in events if first <= _of_day(e.date) <= last), key=lambda e: e.date)
    places = [_of_day(event.date) for event in inside]
    near = _NUMBER / _PLOT_WIDTH * (last - first)
    for number, x in enumerate(places, 1):
        is_close = number < len(places) and places[number] - x < near
        _mark_event(axes, x, str(number), to_left=is_close)
    if inside:
        texts = [f"{number} {event.label}" for number, event in enumerate(inside, 1)]
        axes.annotate(
            "\n".join(_rows(texts)), (0, 1), xycoords="axes fraction", xytext=(0, 18),
            textcoords="offset points", va="bottom", fontsize=SMALL, color=INK, linespacing=1.3,
        )  # fmt: skip


def _rows(texts: Sequence[str]) -> list[str]:
    """Return texts set beside each other, as many in a row as the figure has room for."""
    rows = [""]
    for text in texts:
        joined = f"{rows[-1]} · {text}" if rows[-1] else text
        if rows[-1] and text_width(joined) > _KEY_WIDTH:
            rows.append(text)
        else:
            rows[-1] = joined
    return rows


def _mark_event(axes: Axes, x: float, number: str, *, to_left: bool) -> None:
    across = axes.get_xaxis_transform()
    axes.plot(
        [x, x], [0, 1.06], transform=across, clip_on=False, color=MUTED, linewidth=0.9,
        linestyle=(0, (1, 2)),
    )  # fmt: skip
    axes.annotate(
        number, (x, 1), xycoords=across, xytext=(-2 if to_left else 2, 2),
        textcoords="offset points", ha="right" if to_left else "left", va="bottom",
        fontsize=SMALL, color=INK,
    )  # fmt: skip


def _shade(axes: Axes, start: float, end: float, label: str) -> None:
    axes.axvspan(start, end, color=SOFT, zorder=0)
    axes.text(
        (start + end) / 2,
        0.02,
        label,
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=MUTED,
        bbox={"facecolor": SOFT, "edgecolor": "none", "pad": 0.6},
    )


def _position(time: pd.Series) -> pd.Series:
    """Return the middle of each year or month, in years."""
    if pd.api.types.is_datetime64_any_dtype(time):
        return time.dt.year + (time.dt.month - 0.5) / 12
    return values(time) + 0.5


def _of_day(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def _series_alt(frame: pd.DataFrame, axis: Axis, labels: Labels, events: Sequence[Event]) -> str:
    parts = [f"Linjediagram. {axis.label}."]
    for arm in PALETTE:
        rows = frame[frame["arm"] == arm]
        parts.append(f"{arm_name(arm, labels)}: {_levels_said(rows, 'level', axis)}.")
    expected = frame[(frame["arm"] == "pilot") & frame["expected"].notna()]
    if not expected.empty:
        parts.append(f"{EXPECTED}: {_levels_said(expected, 'expected', axis)}.")
    if events:
        parts.append(f"Markerade händelser: {', '.join(event.label for event in events)}.")
    return " ".join(parts)


def _levels_said(rows: pd.DataFrame, column: str, axis: Axis) -> str:
    levels = values(rows[column])
    if len(rows) <= _MOST_SAID:
        times = rows["time"].map(lambda time: f"{time:%Y-%m}" if hasattr(time, "year") else time)
        return ", ".join(
            f"{time} {said([level], axis.text)}" for time, level in zip(times, levels, strict=True)
        )
    low, high = axis.text(levels.min()), axis.text(levels.max())
    first, last = axis.text(levels.iloc[0]), axis.text(levels.iloc[-1])
    return f"från {first} till {last}, lägst {low} och högst {high}"


def _incidence_alt(frame: pd.DataFrame, axis: Axis, labels: Labels, mature_days: int | None) -> str:
    parts = [f"Kurvor över tid. {axis.label}."]
    for arm in PALETTE:
        rows = frame[frame["arm"] == arm]
        if not rows.empty:
            level, days = said(values(rows["cif"])[-1:], axis.text), int(rows["x"].iloc[-1])
            parts.append(f"{arm_name(arm, labels)}: {level} efter {days} dagar.")
    if mature_days is not None:
        parts.append(f"Uppföljningen är fullständig till dag {mature_days}.")
    return " ".join(parts)
