"""The four levels of a family's problems: a bar of shares for each year and arm."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from evalkit.plan import Labels
from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import percent
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    NOT_SHOWN,
    PALETTE,
    SMALL,
    Axis,
    Drawing,
    arm_name,
    bare_canvas,
    finish,
    key,
    number_axis,
    require,
    said,
    style,
    values,
)

# Light to dark, as the levels rise; the first is what has no level.
_SHADES = ("#dddddd", "#cfe3e6", "#8fbcc4", "#2f7482", "#0b4a57")
_WRITTEN = (INK, INK, INK, "white", "white")
_BAR, _GAP, _YEAR = 19, 4, 22  # points
_NARROWEST = 0.075  # the least share that holds its own number


def tiers(released: Released, *, order: Sequence[str], labels: Labels) -> Drawing:
    """Draw one bar for each year and arm, divided by level.

    Columns: `year`, `arm` ("pilot" or "line"), `level` (one of `order`, which begins with what has
    no level), `share`; a protected share is drawn together with the others as one hatched part.
    """
    frame = require(released, "year", "arm", "level", "share")
    years = list(dict.fromkeys(frame["year"]))
    block = _YEAR + 2 * (_BAR + _GAP)
    with style():
        figure, axes = bare_canvas(len(years) * block, head=62, foot=40)
        axes.set_xlim(0, 1.04)
        for place, year in enumerate(years):
            axes.text(0, place * block + 13, str(year), fontweight="bold", va="center")
            for lane, arm in enumerate(PALETTE):
                rows = frame[(frame["year"] == year) & (frame["arm"] == arm)]
                y = place * block + _YEAR + lane * (_BAR + _GAP) + _BAR / 2
                _bar(axes, y, rows.set_index("level").reindex(order), arm)
        number_axis(axes, Axis("Andel av utredningarna"))
        axes.grid(visible=False)
        key(figure, [(name, shade, "s") for name, shade in zip(order, _SHADES, strict=True)],
            columns=3)  # fmt: skip
        arms = ", ".join(
            f"{where} {arm_name(arm, labels).lower()}"
            for where, arm in zip(("överst", "underst"), PALETTE, strict=True)
        )
        figure.text(0.02, 1 - 46 / (figure.get_figheight() * 72), f"{arms}.".capitalize(),
                    fontsize=SMALL, color=MUTED)  # fmt: skip
        return finish(figure, _alt(frame, years, order, labels))


def _bar(axes: Axes, y: float, rows: pd.DataFrame, arm: str) -> None:
    """Draw one bar; what is protected fills it up, hatched, and says so."""
    shares, left = values(rows["share"]), 0.0
    for share, shade, ink in zip(shares, _SHADES, _WRITTEN, strict=True):
        if pd.isna(share):
            continue
        axes.barh(y, share, left=left, height=_BAR, color=shade, edgecolor=PALETTE[arm],
                  linewidth=0.8)  # fmt: skip
        if share >= _NARROWEST:
            axes.text(left + share / 2, y, percent(share), ha="center", va="center",
                      fontsize=SMALL, color=ink)  # fmt: skip
        left += share
    if shares.isna().any():
        axes.barh(y, 1 - left, left=left, height=_BAR, color="white", edgecolor=MUTED, hatch="///")
        axes.text((left + 1) / 2, y, NOT_SHOWN, ha="center", va="center", fontsize=SMALL,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _alt(frame: pd.DataFrame, years: list[int], order: Sequence[str], labels: Labels) -> str:
    parts = ["Staplar med andelen av utredningarna på varje nivå, år för år."]
    for year in years:
        for arm in PALETTE:
            rows = frame[(frame["year"] == year) & (frame["arm"] == arm)]
            levels = rows.set_index("level")["share"].reindex(order)
            told = ", ".join(
                f"{name.lower()} {said([share], percent)}" for name, share in levels.items()
            )
            parts.append(f"{year} {arm_name(arm, labels).lower()}: {told}.")
    return " ".join(parts)
