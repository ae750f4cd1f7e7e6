"""What a pilot could show, by how many years it goes on: one line for each possible pilot."""

from dataclasses import replace

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from evalkit.reporting.disclosure import Released
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    NEUTRALS,
    PALETTE,
    SMALL,
    SOFT,
    Axis,
    Drawing,
    canvas,
    finish,
    number_axis,
    require,
    said,
    spread,
    style,
    values,
    wrap,
)

_MARKERS = ("s", "D", "^", "v", "P")
_OTHERS = (PALETTE["line"], *NEUTRALS)
_LABEL_WIDTH = 92


def detectable(released: Released, *, axis: Axis) -> Drawing:
    """Draw the smallest difference that can be found, by years after, a line for each pilot.

    Columns: `pilot`, `years_after`, `effect`, `is_proposed` (bool: the pilot whose line stands
    out) and `minimal_relevant`, one and the same in every row: how far up the band reaches.
    """
    needed = ("pilot", "years_after", "effect", "is_proposed", "minimal_relevant")
    frame = require(released, *needed).assign(effect=lambda rows: values(rows["effect"]))
    relevant = float(frame["minimal_relevant"].iloc[0])
    proposed = set(frame.loc[frame["is_proposed"].astype(bool), "pilot"])
    pilots = sorted(frame["pilot"].unique(), key=lambda pilot: (pilot not in proposed, pilot))
    looks = dict(zip(pilots, [(PALETTE["pilot"], "o"), *zip(_OTHERS, _MARKERS, strict=False)],
                     strict=False))  # fmt: skip
    with style():
        figure, axes = canvas(270)
        _band(axes, relevant)
        for pilot in reversed(pilots):
            _line(axes, frame[frame["pilot"] == pilot], looks[pilot], stands_out=pilot in proposed)
        _frame_axes(axes, frame, relevant, axis)
        _label_ends(axes, frame, looks)
        return finish(figure, _alt(frame, pilots, axis, relevant))


def _band(axes: Axes, relevant: float) -> None:
    axes.axhspan(0, relevant, color=SOFT, zorder=0)
    axes.axhline(relevant, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _line(axes: Axes, rows: pd.DataFrame, look: tuple[str, str], *, stands_out: bool) -> None:
    colour, marker = look
    axes.plot(
        rows["years_after"], rows["effect"], color=colour, marker=marker, clip_on=False,
        linewidth=2.4 if stands_out else 1.4, markersize=8 if stands_out else 6,
        markeredgecolor="white", markeredgewidth=0.6, zorder=4 if stands_out else 3,
    )  # fmt: skip


def _frame_axes(axes: Axes, frame: pd.DataFrame, relevant: float, axis: Axis) -> None:
    years = sorted({int(year) for year in frame["years_after"]})
    axes.set_xticks(years, [f"{year} år" for year in years])
    axes.set(xlim=(years[0] - 0.15, years[-1] + 0.1), xlabel="Antal år efter starten som räknas")
    axes.set_ylim(0, 1.08 * max([relevant, *frame["effect"].dropna()]))
    number_axis(axes, replace(axis, decimals=0), which="y")
    axes.annotate(
        "Mindre än det som spelar roll", (0, 0), (4, 4), va="bottom", fontsize=SMALL,
        xycoords=axes.get_yaxis_transform(), textcoords="offset points", color=INK, zorder=2,
    )  # fmt: skip
    sns.despine(ax=axes, left=True)


def _label_ends(axes: Axes, frame: pd.DataFrame, looks: dict[str, tuple[str, str]]) -> None:
    """Name each line at its right end, moved apart where two ends are near."""
    last = frame[frame["years_after"] == frame["years_after"].max()].dropna(subset="effect")
    texts = [wrap(pilot, _LABEL_WIDTH, SMALL) for pilot in last["pilot"]]
    tallest = max((text.count("\n") + 1 for text in texts), default=1)
    gap = (0.01 + 0.068 * tallest) * axes.get_ylim()[1]
    placed = spread(last["effect"].tolist(), gap)
    for y, text, (_, row) in zip(placed, texts, last.iterrows(), strict=True):
        colour = looks[row["pilot"]][0]
        axes.annotate(
            text, (row["years_after"], row["effect"]), (1.07, y), va="center", color=INK,
            textcoords=axes.get_yaxis_transform(), fontsize=SMALL, linespacing=1.05,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 1,
                        "shrinkB": 5, "relpos": (0, 0.5)},
        )  # fmt: skip


def _alt(frame: pd.DataFrame, pilots: list[str], axis: Axis, relevant: float) -> str:
    lines = []
    for pilot in pilots:
        rows = frame[frame["pilot"] == pilot].sort_values("years_after")
        told = [
            f"{int(year)} år {said([effect], axis.text)}"
            for year, effect in zip(rows["years_after"], rows["effect"], strict=True)
        ]
        lines.append(f"{pilot}: {', '.join(told)}.")
    return (
        f"Linjediagram efter antal år efter starten. {axis.label}. {' '.join(lines)} "
        f"Bandet visar den minsta skillnad som spelar roll: {axis.text(relevant)}."
    )
