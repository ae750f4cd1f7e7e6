"""What is drawn from the published reports: the staff survey and the accounts."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    NEUTRALS,
    SMALL,
    SOFT,
    Axis,
    Drawing,
    finish,
    key,
    number_axis,
    require,
    row_canvas,
    row_text,
    style,
    values,
)

_ROUNDING = 0.05  # a mean printed with one decimal
_MARKERS = ("^", "D", "v", "P")
_SIDES = {"intäkt": NEUTRALS[0], "kostnad": NEUTRALS[2]}


def survey_dots(released: Released, *, scale: tuple[int, int] = (1, 7)) -> Drawing:
    """Draw each item's mean per unit, with the printed means' rounding.

    Columns: `item` (its text), `unit`, `mean`, `restored` (bool: a figure that had to be
    interpreted; drawn hollow). No interval: neither n nor spread is published.
    """
    frame = require(released, "item", "unit", "mean", "restored").assign(
        mean=lambda rows: values(rows["mean"])
    )
    items, units = list(dict.fromkeys(frame["item"])), list(dict.fromkeys(frame["unit"]))
    looks = {unit: (NEUTRALS[at], _MARKERS[at]) for at, unit in enumerate(units)}
    restored = frame["restored"].astype(bool)
    with style():
        figure, axes, ys = row_canvas(items, row=24, head=24 + 16 * len(units), foot=40)
        axes.hlines(ys, *scale, color=SOFT, linewidth=6, zorder=0)
        at = dict(zip(items, ys, strict=True))
        for (_, row), hollow in zip(frame.iterrows(), restored, strict=True):
            _mean(axes, at[row["item"]], row["mean"], looks[row["unit"]], hollow)
        axes.set_xlim(scale[0] - 0.1, scale[1] + 0.1)
        number_axis(axes, Axis(f"Medelvärde på skalan {scale[0]}–{scale[1]}", "number"), n_ticks=7)
        entries = [(unit, *looks[unit]) for unit in units]
        if restored.any():
            entries.append(("ofylld: siffran är tolkad", MUTED, "$\u25cb$"))
        key(figure, entries, columns=1)
        return finish(figure, _survey_alt(frame))


def share_bounds(released: Released, *, what: str) -> Drawing:
    """Draw between which limits a share must lie, given only a mean.

    Columns: `unit`, `low`, `high` (fractions); `what` names the share, for the axis.
    """
    frame = require(released, "unit", "low", "high")
    low, high = values(frame["low"]), values(frame["high"])
    with style():
        figure, axes, ys = row_canvas(frame["unit"].tolist(), row=34, foot=40)
        axes.barh([y + 8 for y in ys], high - low, left=low, height=12, color=NEUTRALS[0])
        for y, (least, most) in zip(ys, zip(low, high, strict=True), strict=True):
            row_text(axes, y - 10, _between(least, most), va="center", fontsize=SMALL, color=MUTED)
        axes.set_xlim(0, 1.04)
        number_axis(axes, Axis(what))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.axvline(0.5, color=INK, linewidth=1)
        rows = [
            f"{unit}: {_between(least, most)}."
            for unit, least, most in zip(frame["unit"], low, high, strict=True)
        ]
        return finish(figure, " ".join([f"Möjligt intervall. {what}.", *rows]))


def finance(released: Released) -> Drawing:
    """Draw the accounts entry by entry; an entry that was never reported is hatched.

    Columns: `year`, `side` ("intäkt" or "kostnad"), `entry`, `amount` (kronor), `status`
    ("redovisad", "tolkad" or "saknas").
    """
    frame = require(released, "year", "side", "entry", "amount", "status").assign(
        amount=lambda rows: values(rows["amount"])
    )
    labels = [f"{row['year']}: {row['entry']}" for _, row in frame.iterrows()]
    largest = frame["amount"].max()
    with style():
        figure, axes, ys = row_canvas(labels, row=20, head=24, foot=4)
        axes.set_xlim(0, largest * 1.4)
        for y, (_, row) in zip(ys, frame.iterrows(), strict=True):
            _amount(axes, y, row, largest)
        axes.set_xticks([])
        sns.despine(ax=axes, left=True, bottom=True)
        key(figure, [("intäkter", _SIDES["intäkt"], "s"), ("kostnader", _SIDES["kostnad"], "s")])
        return finish(figure, _finance_alt(frame))


def _mean(axes: Axes, y: float, mean: float, look: tuple[str, str], hollow: bool) -> None:
    colour, marker = look
    axes.hlines(y, mean - _ROUNDING, mean + _ROUNDING, color=colour, linewidth=5, alpha=0.4)
    axes.plot(
        mean, y, marker, color=colour, markersize=9, alpha=0.9,
        markerfacecolor="white" if hollow else colour,
    )  # fmt: skip


def _between(low: float, high: float) -> str:
    return f"minst {percent(low)}, högst {percent(high)}"


def _amount(axes: Axes, y: float, row: pd.Series, largest: float) -> None:
    """Draw one entry: a bar and its sum, or a hatched box where the sum is missing."""
    colour, gap = _SIDES[row["side"]], largest * 0.015
    if pd.isna(row["amount"]):
        axes.barh(y, largest * 0.25, height=14, facecolor="white", edgecolor=colour, hatch="////")
        axes.text(largest * 0.25 + gap, y, "uppgift saknas", va="center", fontsize=SMALL)
        return
    axes.barh(y, row["amount"], height=14, color=colour)
    axes.text(row["amount"] + gap, y, _kronor(row), va="center", fontsize=SMALL)


def _kronor(row: pd.Series) -> str:
    return f"{number(row['amount'])} kr" + (" (tolkad)" if row["status"] == "tolkad" else "")


def _survey_alt(frame: pd.DataFrame) -> str:
    parts = ["Prickdiagram över medelvärden i medarbetarenkäten."]
    for item, rows in frame.groupby("item", sort=False):
        means = ", ".join(
            f"{row['unit']} {number(row['mean'], 1)}" + (" (tolkad)" if row["restored"] else "")
            for _, row in rows.iterrows()
            if not pd.isna(row["mean"])
        )
        parts.append(f"{item}: {means}.")
    return " ".join(parts)


def _finance_alt(frame: pd.DataFrame) -> str:
    rows = [
        f"{row['year']}, {row['entry']} ({row['side']}): "
        + ("uppgift saknas" if pd.isna(row["amount"]) else _kronor(row))
        + "."
        for _, row in frame.iterrows()
    ]
    return " ".join(["Intäkter och kostnader.", *rows])
