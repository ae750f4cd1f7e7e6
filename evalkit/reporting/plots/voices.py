"""Those beside the numbers: clients interviewed, meetings with schools, answers of staff."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from evalkit.plan import Labels
from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import number
from evalkit.reporting.plots.panels import arm_lines, panel_figure
from evalkit.reporting.plots.style import (
    MARKERS,
    MUTED,
    NEUTRALS,
    NOT_SHOWN,
    PALETTE,
    SMALL,
    SOFT,
    Axis,
    Drawing,
    arm_name,
    finish,
    key,
    number_axis,
    require,
    row_canvas,
    row_text,
    said,
    style,
    values,
)

_PANEL, _HEAD = 104, 44  # points
_BETWEEN = 26
_READ_ROUNDS = (
    "Varje rad är en enhet. Prickarna är medelvärdet i varje omgång, den ljusa den första. Mellan "
    "omgångarna har medarbetare slutat och börjat, så strecket visar inte att någon ändrat sig."
)


def interview_flow(released: Released) -> Drawing:
    """Draw how many came to each step on the way to an interview.

    Columns: `step`, `n`.
    """
    frame = require(released, "step", "n")
    counts = values(frame["n"])
    with style():
        figure, axes, ys = row_canvas(frame["step"].tolist(), row=20, foot=4)
        axes.set_xlim(0, float(counts.max()) * 1.15)
        axes.set_xticks([])
        sns.despine(ax=axes, left=True, bottom=True)
        for y, n in zip(ys, counts, strict=True):
            if pd.isna(n):
                axes.text(0, y, NOT_SHOWN, va="center", fontsize=SMALL, color=MUTED)
                continue
            axes.barh(y, n, height=14, color=NEUTRALS[0])
            axes.text(n, y, f" {number(n)}", va="center", fontsize=SMALL)
        steps = [
            f"{step} {said([n], number)}" for step, n in zip(frame["step"], counts, strict=True)
        ]
        return finish(figure, f"Stapeldiagram över vägen till en intervju. {', '.join(steps)}.")


def meetings(released: Released, *, what: str, labels: Labels) -> Drawing:
    """Draw meetings per half-year in both arms, a panel for each form.

    Columns: `half` (2021.0 or 2021.5), `form`, `arm` ("pilot" or "line"), `rate`; `what` names the
    rate, for the axes.
    """
    frame = require(released, "half", "form", "arm", "rate")
    forms = list(dict.fromkeys(frame["form"]))
    height = _HEAD + _PANEL * len(forms)
    with style():
        figure = panel_figure(height, _HEAD / 2)
        panels = figure.subplots(len(forms), 1, sharex=True, squeeze=False)[:, 0]
        for axes, form in zip(panels, forms, strict=True):
            _panel(axes, frame[frame["form"] == form], Axis(what, "number"))
            axes.set_title(f"{form} ({what.lower()})", loc="left", fontsize=SMALL)
        first, last = int(frame["half"].min()), int(frame["half"].max()) + 1
        panels[-1].set_xticks(
            [year + 0.5 for year in range(first, last)], [str(y) for y in range(first, last)]
        )
        panels[-1].set_xlim(first, last)
        key(figure, [(arm_name(arm, labels), PALETTE[arm], MARKERS[arm]) for arm in PALETTE])
        return finish(figure, _meetings_alt(frame, forms, what, labels))


def survey_rounds(released: Released, *, scale: tuple[int, int] = (1, 7)) -> Drawing:
    """Draw each unit's means of successive rounds, item by item.

    Columns: `item` (its text), `unit`, `when` (the round, in words, in order of time), `mean`.
    """
    frame = require(released, "item", "unit", "when", "mean").assign(
        mean=lambda rows: values(rows["mean"])
    )
    items, units = list(dict.fromkeys(frame["item"])), list(dict.fromkeys(frame["unit"]))
    with style():
        figure, axes, ys = row_canvas(items, row=_BETWEEN * len(units), foot=40)
        for item, middle in zip(items, ys, strict=True):
            top = middle - _BETWEEN * (len(units) - 1) / 2
            for place, unit in enumerate(units):
                own = frame[(frame["item"] == item) & (frame["unit"] == unit)]
                _unit_rounds(axes, top + _BETWEEN * place, own, unit, scale)
        axes.set_xlim(scale[0] - 0.1, scale[1] + 0.1)
        number_axis(axes, Axis(f"Medelvärde på skalan {scale[0]}–{scale[1]}", "number"), n_ticks=7)
        return finish(figure, _rounds_alt(frame), _READ_ROUNDS)


def _panel(axes: Axes, frame: pd.DataFrame, axis: Axis) -> None:
    look = {"markersize": 5, "linewidth": 1.4, "clip_on": False}
    arm_lines(axes, frame, "half", "rate", shift=0.25, **look)
    axes.set_ylim(0, max(float(values(frame["rate"]).max()) * 1.15, 1))
    number_axis(axes, axis, which="y", n_ticks=3)
    axes.set_ylabel("")


def _unit_rounds(
    axes: Axes, y: float, own: pd.DataFrame, unit: str, scale: tuple[int, int]
) -> None:
    means = own["mean"].dropna()
    axes.hlines(y + 6, *scale, color=SOFT, linewidth=5, zorder=0)
    row_text(axes, y - 5, unit, va="center", fontsize=SMALL, color=MUTED)
    axes.plot(means, [y + 6] * len(means), color=NEUTRALS[0], linewidth=1.4)
    for place, mean in enumerate(means):
        last = place == len(means) - 1
        axes.plot(
            mean, y + 6, "o", color=NEUTRALS[0], markersize=7,
            markerfacecolor=NEUTRALS[0] if last else "white",
        )  # fmt: skip


def _meetings_alt(frame: pd.DataFrame, forms: list[str], what: str, labels: Labels) -> str:
    parts = [f"Linjer per halvår. {what} från {int(frame['half'].min())}."]
    for form in forms:
        for arm in PALETTE:
            own = frame[(frame["form"] == form) & (frame["arm"] == arm)].sort_values("half")
            if len(own):
                rates = said(list(values(own["rate"])), lambda rate: number(rate, 1))
                parts.append(f"{form}, {arm_name(arm, labels)}: {rates}.")
    return " ".join(parts)


def _rounds_alt(frame: pd.DataFrame) -> str:
    parts = ["Prickdiagram över medarbetarenkätens omgångar."]
    for (item, unit), rows in frame.groupby(["item", "unit"], sort=False):
        means = said(list(rows["mean"]), lambda mean: number(mean, 1))
        parts.append(f"{item}, {unit}: {means}.")
    return " ".join(parts)
