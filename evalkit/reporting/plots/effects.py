"""Estimates with their uncertainty: per year, per outcome and per area."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import number
from evalkit.reporting.plots.style import (
    INK,
    LINE_HEIGHT,
    MUTED,
    NOT_SHOWN,
    PALETTE,
    SMALL,
    SOFT,
    Axis,
    Drawing,
    canvas,
    finish,
    number_axis,
    require,
    row_canvas,
    row_text,
    style,
    values,
)

_WIDEST = 8.0  # multiples of the minimal relevant difference; beyond, an arrow
_SHARE = "procentenheter"
_READ_YEARS = (
    "Varje punkt är ett år och visar hur mycket skillnaden mellan pilotområdet och linjens områden "
    "har ändrats sedan referensåret. Strecket är osäkerheten. Före piloten bör punkterna ligga "
    "nära noll. Efter starten visar de vad som kan bero på piloten."
)
_READ_FOREST = (
    "Punkten är skillnaden mot det väntade och strecket hur osäker den är. Alla mått har samma "
    "skala: 1 är den minsta skillnad som har betydelse. Täcker strecket noll går det inte att säga "
    "åt vilket håll skillnaden går. De korta grå strecken visar hur stor en skillnad måste vara "
    "för att upptäckas i fyra fall av fem."
)
_READ_PLACEBO = (
    "Varje rad är ett område, räknat som om just det hade haft piloten. Ligger pilotområdet bland "
    "de andra kan skillnaden vara en slump. Ligger det ytterst är det mindre troligt."
)


def event_study(released: Released, *, axis: Axis) -> Drawing:
    """Draw the difference from the line year by year, relative to the reference year.

    Columns: `year`, `estimate`, `conf_low`, `conf_high`, `is_reference`, `is_wash_in`.
    """
    needed = ("year", "estimate", "conf_low", "conf_high", "is_reference", "is_wash_in")
    frame = require(released, *needed).sort_values("year").reset_index(drop=True)
    with style():
        figure, axes = canvas(240)
        axes.axhline(0, color=INK, linewidth=1)
        for x, row in frame.iterrows():
            _year(axes, float(x), row)
        axes.set_xticks(range(len(frame)), [_year_label(row) for _, row in frame.iterrows()])
        axes.set_xlim(-0.5, len(frame) - 0.5)
        number_axis(axes, axis, which="y")
        sns.despine(ax=axes, bottom=True)
        return finish(figure, _event_study_alt(frame, axis), _READ_YEARS)


def forest(released: Released) -> Drawing:
    """Draw the outcomes under one another, in multiples of the minimal relevant difference.

    Columns: `label`, `estimate`, `conf_low`, `conf_high`, `minimum_detectable`,
    `minimal_relevant`, `unit` (of the plan; shares as fractions). The band is plus and minus the
    minimal relevant difference; the short grey strokes are the smallest detectable one.
    """
    needed = ("label", "estimate", "conf_low", "conf_high", "minimum_detectable")
    frame = require(released, *needed, "minimal_relevant", "unit")
    relevant = values(frame["minimal_relevant"])
    scaled = frame[list(needed[1:])].apply(values).div(relevant, axis=0)
    with style():
        figure, axes, ys = row_canvas(
            frame["label"].tolist(), row=26 + LINE_HEIGHT, head=22, foot=74
        )
        widest = _widest(scaled)
        axes.set_xlim(-widest, widest)
        axes.axvspan(-1, 1, color=SOFT, zorder=0)
        axes.axvline(0, color=INK, linewidth=1)
        for y, (place, row) in zip(ys, scaled.iterrows(), strict=True):
            _interval(axes, y + 6, row, widest)
            row_text(
                axes, y - 13, _with_unit(frame.loc[place]), va="center", fontsize=SMALL, color=MUTED
            )
        _ends(axes)
        number_axis(
            axes, Axis("Antal gånger den minsta relevanta skillnaden (grått band)", "number")
        )
        figure.text(
            0.5, 0.008, "Korta grå streck: minsta påvisbara skillnad", ha="center", fontsize=SMALL,
            color=MUTED,
        )  # fmt: skip
        return finish(figure, _forest_alt(frame), _READ_FOREST)


def placebo_strip(released: Released, *, axis: Axis) -> Drawing:
    """Draw each area's estimate as if it had been the pilot, the real pilot marked.

    Columns: `area`, `estimate`, `treated` (bool).
    """
    frame = require(released, "area", "estimate", "treated").assign(
        estimate=lambda rows: values(rows["estimate"]),
        arm=lambda rows: np.where(rows["treated"].astype(bool), "pilot", "line"),
    )
    frame = frame.sort_values("estimate", na_position="last").reset_index(drop=True)
    with style():
        figure, axes = canvas(50 + 22 * len(frame))
        axes.axvline(0, color=INK, linewidth=1)
        _dots(axes, frame.assign(y=frame.index), "estimate")
        for y in frame.index[frame["estimate"].isna()]:
            axes.text(0, y, f" {NOT_SHOWN}", va="center", fontsize=SMALL, color=MUTED)
        axes.set_yticks(range(len(frame)), frame["area"])
        axes.set_ylim(len(frame) - 0.5, -0.5)
        axes.set_ylabel("")
        for label, arm in zip(axes.get_yticklabels(), frame["arm"], strict=True):
            label.set(color=PALETTE[arm], fontweight="bold" if arm == "pilot" else "normal")
        number_axis(axes, axis, n_ticks=5)
        sns.despine(ax=axes, left=True)
        return finish(figure, _placebo_alt(frame, axis), _READ_PLACEBO)


def _dots(axes: Axes, frame: pd.DataFrame, column: str) -> None:
    sns.scatterplot(
        frame, x=column, y="y", hue="arm", style="arm", palette=PALETTE,
        markers={"pilot": "o", "line": "s"}, s=70, legend=False, ax=axes, zorder=3,
    )  # fmt: skip


def _year(axes: Axes, x: float, row: pd.Series) -> None:
    estimate, low, high = (
        float("nan") if pd.isna(row[name]) else float(row[name])
        for name in ("estimate", "conf_low", "conf_high")
    )
    if row["is_wash_in"]:
        axes.axvspan(x - 0.5, x + 0.5, color=SOFT, zorder=0)
    hollow = bool(row["is_reference"])
    axes.vlines(x, low, high, color=PALETTE["pilot"], linewidth=2)
    axes.plot(
        x, 0.0 if hollow else estimate, "o", markersize=8, color=PALETTE["pilot"],
        markerfacecolor="white" if hollow else PALETTE["pilot"], zorder=3,
    )  # fmt: skip


def _year_label(row: pd.Series) -> str:
    if row["is_reference"]:
        return f"{row['year']}\nreferens"
    # A line further down, or the two would touch.
    return f"{row['year']}\n\ninkörning" if row["is_wash_in"] else f"{row['year']}"


def _widest(scaled: pd.DataFrame) -> float:
    largest = np.nanmax(np.abs(scaled.to_numpy()), initial=1.5)
    return float(min(largest * 1.08, _WIDEST))


def _interval(axes: Axes, y: float, row: pd.Series, widest: float) -> None:
    """Draw one outcome's interval; an end beyond the figure gets an arrow head."""
    if pd.isna(row["estimate"]):
        return
    low, high = np.clip([row["conf_low"], row["conf_high"]], -widest, widest)
    axes.hlines(y, low, high, color=PALETTE["pilot"], linewidth=2)
    for end, marker, inside in ((low, "<", row["conf_low"]), (high, ">", row["conf_high"])):
        if end != inside and not pd.isna(inside):
            axes.plot(end, y, marker, color=PALETTE["pilot"], clip_on=False)
    axes.plot(np.clip(row["estimate"], -widest, widest), y, "o", color=PALETTE["pilot"], ms=8)
    detectable = row["minimum_detectable"]
    if detectable < widest:
        axes.vlines([-detectable, detectable], y - 6, y + 6, color=MUTED, linewidth=1.4)


def _with_unit(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return NOT_SHOWN
    scale, decimals = (100, 0) if row["unit"] == _SHARE else (1, 1)
    estimate = number(row["estimate"] * scale, decimals)
    if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
        return f"{estimate} {row['unit']}"
    low, high = (number(row[end] * scale, decimals) for end in ("conf_low", "conf_high"))
    return f"{estimate} {row['unit']} (från {low} till {high})"


def _ends(axes: Axes) -> None:
    for x, text, side in ((0, "← lägre än väntat", "left"), (1, "högre än väntat →", "right")):
        axes.text(
            x, -6, text, transform=axes.get_yaxis_transform(), ha=side, va="top",
            fontsize=SMALL, color=MUTED,
        )  # fmt: skip


def _event_study_alt(frame: pd.DataFrame, axis: Axis) -> str:
    parts = [f"Punkter med osäkerhetsintervall per år. {axis.label}."]
    parts += [_year_said(row, axis) for _, row in frame.iterrows()]
    return " ".join(parts)


def _year_said(row: pd.Series, axis: Axis) -> str:
    if row["is_reference"]:
        return f"{row['year']}: referensår."
    if pd.isna(row["estimate"]):
        return f"{row['year']}: {NOT_SHOWN}."
    text = f"{row['year']}: {axis.text(row['estimate'])}"
    if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
        return f"{text}."
    return f"{text} (från {axis.text(row['conf_low'])} till {axis.text(row['conf_high'])})."


def _forest_alt(frame: pd.DataFrame) -> str:
    rows: Sequence[str] = [f"{row['label']}: {_with_unit(row)}." for _, row in frame.iterrows()]
    return " ".join(["Skillnad mot det väntade för varje mått, med osäkerhetsintervall.", *rows])


def _placebo_alt(frame: pd.DataFrame, axis: Axis) -> str:
    said = ", ".join(
        f"{row['area']} {axis.text(row['estimate'])}"
        for _, row in frame.iterrows()
        if not pd.isna(row["estimate"])
    )
    pilot = ", ".join(frame.loc[frame["arm"] == "pilot", "area"])
    return f"Prickdiagram per område. {axis.label}. {said}. Pilotområde: {pilot}."
