"""The findings of the needs analysis: a small line chart for each."""

from collections.abc import Mapping, Sequence
from math import ceil

import pandas as pd
from matplotlib.axes import Axes

from evalkit.plan import Labels, Span
from evalkit.reporting.disclosure import Released
from evalkit.reporting.plots.panels import arm_lines, panel_figure
from evalkit.reporting.plots.style import (
    MARKERS,
    PALETTE,
    RULE,
    SMALL,
    SOFT,
    WIDTH,
    Axis,
    Drawing,
    arm_name,
    finish,
    key,
    number_axis,
    require,
    said,
    style,
    wrap,
)

_COLUMNS, _HEIGHT, _HEAD = 2, 128, 25  # points
_MOST_YEARS = 3  # more are named every other year, or they would touch


def findings(
    released: Released, *, axes: Mapping[str, Axis], labels: Labels, pilot: Span
) -> Drawing:
    """Draw small lines over the years, one chart for each label, both arms in each.

    Columns: `label` (a key of `axes`), `year`, `arm` ("pilot" or "line"), `value`. The years of
    the pilot are shaded.
    """
    frame = require(released, "label", "year", "arm", "value")
    years = list(range(int(frame["year"].min()), int(frame["year"].max()) + 1))
    rows = ceil(len(axes) / _COLUMNS)
    with style():
        height = rows * _HEIGHT + _HEAD
        figure = panel_figure(height, _HEAD)
        for place, (label, axis) in enumerate(axes.items(), start=1):
            chart = figure.add_subplot(rows, _COLUMNS, place)
            chart.axvspan(
                max(pilot.start.year - 0.5, years[0] - 0.5),
                min(pilot.end.year, years[-1]) + 0.5, color=SOFT, zorder=-2,
            )  # fmt: skip
            _lines(chart, frame[frame["label"] == label], years)
            number_axis(chart, Axis("", axis.kind, axis.decimals), which="y", n_ticks=3)
            chart.set_title(
                wrap(label, WIDTH / _COLUMNS - 30, SMALL), loc="left", fontsize=SMALL,
                linespacing=1.05,
            )  # fmt: skip
        arms = [(arm_name(arm, labels), PALETTE[arm], MARKERS[arm]) for arm in PALETTE]
        key(figure, [*arms, ("piloten pågår", RULE, "s")])
        return finish(figure, _alt(frame, axes, labels))


def _lines(chart: Axes, rows: pd.DataFrame, years: Sequence[int]) -> None:
    arm_lines(chart, rows, "year", "value", markersize=4, linewidth=1.6)
    chart.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    chart.set_ylim(0, chart.get_ylim()[1] * 1.15)
    named = years if len(years) <= _MOST_YEARS else years[::2]
    chart.set_xticks(named, [f"{year}" for year in named])


def _alt(frame: pd.DataFrame, axes: Mapping[str, Axis], labels: Labels) -> str:
    parts = ["Små linjediagram över åren, ett för varje mått."]
    for label, axis in axes.items():
        arms = []
        for arm in PALETTE:
            own = frame[(frame["label"] == label) & (frame["arm"] == arm)].sort_values("year")
            pairs = zip(own["year"], own["value"], strict=True)
            told = ", ".join(f"{year} {said([value], axis.text)}" for year, value in pairs)
            arms.append(f"{arm_name(arm, labels).lower()} {told}")
        parts.append(f"{label}: {'; '.join(arms)}.")
    return " ".join(parts)
