"""Would the answer have been another? One thing varied at a time, and trends that go on."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import number
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    NEUTRALS,
    NOT_SHOWN,
    PALETTE,
    SMALL,
    SOFT,
    WIDTH,
    Axis,
    Drawing,
    canvas,
    finish,
    grouped_canvas,
    number_axis,
    require,
    style,
    values,
    wrap,
)

_READ_LADDER = (
    "Varje rad räknar samma skillnad på ett annat sätt; den översta följer analysplanen. Punkten "
    "är skillnaden och strecket osäkerheten; de streckade linjerna visar var huvudresultatets "
    "osäkerhet slutar. Ligger punkterna nära varandra hänger svaret inte på "
    "något enskilt val."
)
_READ_CURVE = (
    "Längst till vänster antas att områdena hade följts åt utan piloten. Ju längre åt höger, desto "
    "mer tillåts de ha glidit isär. Fältet är de skillnader som då är möjliga. Där fältet når noll "
    "kan hela skillnaden bero på att områdena gled isär."
)
_INTERVAL = ("estimate", "conf_low", "conf_high")


def ladder(released: Released, *, axis: Axis) -> Drawing:
    """Draw the estimate by the plan and with one thing varied at a time, under one another.

    Columns: `group` (what is varied; rows of a group stand together, the plan's row first),
    `label` (how), `estimate`, `conf_low`, `conf_high`, `is_plan` and `turns` (bool: the interval
    says something else than the plan's). Dashed lines are the ends of the plan's interval; a
    hollow mark turns.
    """
    frame = require(released, "group", "label", *_INTERVAL, "is_plan", "turns").assign(
        **{name: values(released.frame[name]) for name in _INTERVAL}
    )
    with style():
        figure, axes, ys = grouped_canvas(
            frame["group"].tolist(), frame["label"].tolist(), head=4, foot=58
        )
        plan = frame[frame["is_plan"].astype(bool)].iloc[0]
        for end in (plan["conf_low"], plan["conf_high"]):
            axes.axvline(end, color=PALETTE["pilot"], linewidth=0.8, linestyle=(0, (4, 3)))
        axes.axvline(0, color=INK, linewidth=1)
        for y, (_, row) in zip(ys, frame.iterrows(), strict=True):
            _rung(axes, y, row)
        number_axis(axes, axis, n_ticks=4)
        sns.despine(ax=axes, left=True)
        return finish(figure, _ladder_alt(frame, axis), _READ_LADDER)


def trend_curve(released: Released, *, axis: Axis) -> Drawing:
    """Draw the interval that holds if areas drift apart more and more after the start.

    Columns: `multiple` (of the largest drift before the start), `conf_low`, `conf_high`.
    """
    ends = _INTERVAL[1:]
    frame = require(released, "multiple", *ends).assign(
        **{name: values(released.frame[name]) for name in ("multiple", *ends)}
    )
    with style():
        figure, axes = canvas(240)
        axes.axhline(0, color=INK, linewidth=1)
        axes.fill_between(
            frame["multiple"], frame["conf_low"], frame["conf_high"], color=SOFT, zorder=0
        )
        axes.vlines(
            frame["multiple"], frame["conf_low"], frame["conf_high"], color=PALETTE["pilot"],
            linewidth=2,
        )  # fmt: skip
        number_axis(axes, axis, which="y")
        axes.set_xticks(frame["multiple"], [number(at, 1) for at in frame["multiple"]])
        axes.set_xlabel(
            wrap("Antal gånger den största skillnaden i utveckling före piloten", WIDTH - 90)
        )
        sns.despine(ax=axes, bottom=True)
        return finish(figure, _curve_alt(frame, axis), _READ_CURVE)


def _rung(axes: Axes, y: float, row: pd.Series) -> None:
    colour = PALETTE["pilot"] if row["is_plan"] else NEUTRALS[5]
    if pd.isna(row["estimate"]):
        axes.text(0.02, y, NOT_SHOWN, transform=axes.get_yaxis_transform(), va="center",
                  fontsize=SMALL, color=MUTED)  # fmt: skip
        return
    axes.hlines(y, row["conf_low"], row["conf_high"], color=colour, linewidth=1.6)
    axes.plot(
        row["estimate"], y, "o", color=colour, markersize=8 if row["is_plan"] else 6,
        markerfacecolor="white" if row["turns"] else colour,
    )  # fmt: skip


def _ladder_alt(frame: pd.DataFrame, axis: Axis) -> str:
    rows = [f"{row['group']}, {row['label']}: {_said(row, axis)}." for _, row in frame.iterrows()]
    return " ".join([f"Samma skillnad räknad på {len(frame)} sätt. {axis.label}.", *rows])


def _said(row: pd.Series, axis: Axis) -> str:
    if pd.isna(row["estimate"]):
        return NOT_SHOWN
    if pd.isna(row["conf_low"]):
        return axis.text(row["estimate"])
    low, high = axis.text(row["conf_low"]), axis.text(row["conf_high"])
    return f"{axis.text(row['estimate'])} (från {low} till {high})"


def _curve_alt(frame: pd.DataFrame, axis: Axis) -> str:
    rows = [
        f"{number(row['multiple'], 1)} gånger: från {axis.text(row['conf_low'])} till "
        f"{axis.text(row['conf_high'])}."
        for _, row in frame.iterrows()
    ]
    return " ".join(
        [f"Osäkerhetsintervall när områdena tillåts utvecklas olika. {axis.label}.", *rows]
    )
