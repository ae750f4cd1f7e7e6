"""The first page's small pictures: as it went beside what was expected, and how sure that is.

Everything is placed in points, on a drawing narrow enough to stand beside its text.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import number, rounded
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    PALETTE,
    RULE,
    SMALL,
    SOFT,
    Drawing,
    finish,
    require,
    style,
    text_width,
    values,
)

SEEN, EXPECTED = "Så gick det", "Väntat utan piloten"
_WIDTH, _HEIGHT = 262.0, 216.0
_PITCH, _DOT = 10.6, 8.0
_LEFT = {"seen": 4.0, "expected": 146.0}
_COLOUR = {"seen": PALETTE["pilot"], "expected": MUTED}
_BAR = 178.0  # how far down the interval stands
_NEEDED = ("seen", "expected", "estimate", "conf_low", "conf_high", "minimal_relevant")


@dataclass(frozen=True, slots=True)
class Amounts:
    """How a picture writes its numbers: per how many, with how many decimals, of what."""

    scale: float
    decimals: int
    what: str

    def text(self, value: float) -> str:
        return number(value * self.scale, self.decimals)

    def apart(self, value: float) -> str:
        """Return a difference in words: "7 färre", "2 fler", "0"."""
        if not rounded(value * self.scale, self.decimals):
            return "0"
        return f"{self.text(abs(value))} {'färre' if value < 0 else 'fler'}"

    def between(self, low: float, high: float) -> str:
        """Return an interval of differences, the nearest end first: "2 till 7 färre"."""
        near, far = sorted((low, high), key=abs)
        if low * high > 0:
            return f"{self.text(abs(near))} till {self.apart(far)}"
        return f"{self.apart(low)} till {self.apart(high)}"


def of_hundred(released: Released, *, what: str) -> Drawing:
    """Draw a hundred dots twice, those it happened to filled: as it went, and as was expected.

    Columns, one row, fractions of 1: `seen`, `expected`, `estimate`, `conf_low`, `conf_high`,
    `minimal_relevant`. Under the dots stands the difference with its interval, in a band of what
    is too small to matter. `what` is counted, as in "barn".
    """
    row = require(released, *_NEEDED)[list(_NEEDED)].apply(values).iloc[0]
    amounts = Amounts(100, 0, f"av 100 {what}")
    with style():
        figure, axes = _points(_HEIGHT)
        for which, name in (("seen", SEEN), ("expected", EXPECTED)):
            _heading(axes, _LEFT[which], name, f"{amounts.text(row[which])} av 100", _COLOUR[which])
            _dots(axes, _LEFT[which], int(rounded(row[which] * 100)), which == "expected")
        _difference(axes, row, amounts)
        return finish(figure, _alt(row, amounts, "Två rutor med hundra prickar."))


def two_levels(released: Released, *, what: str, decimals: int = 1) -> Drawing:
    """Draw two bars from 0, as it went and as was expected, and the difference with its interval.

    Columns as in `of_hundred`, in the outcome's own unit, which `what` names.
    """
    row = require(released, *_NEEDED)[list(_NEEDED)].apply(values).iloc[0]
    amounts = Amounts(1, decimals, what)
    most = max(row["seen"], row["expected"])
    with style():
        figure, axes = _points(_HEIGHT)
        for which, name, top in (("seen", SEEN, 10), ("expected", EXPECTED, 78)):
            axes.text(4, top, name, va="top", fontsize=SMALL)
            _level(axes, top + 30, row[which] / most, amounts.text(row[which]), which)
        _difference(axes, row, amounts)
        return finish(figure, _alt(row, amounts, "Två staplar."))


def _points(height: float) -> tuple[Figure, Axes]:
    """Return a figure whose coordinates are points from its upper left corner."""
    figure = Figure(figsize=(_WIDTH / 72, height / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, _WIDTH), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _heading(axes: Axes, x: float, name: str, amount: str, colour: str) -> None:
    axes.text(x, 4, name, va="top", fontsize=SMALL)
    axes.text(x, 18, amount, va="top", fontweight="bold", color=colour)


def _dots(axes: Axes, left: float, filled: int, is_hollow: bool) -> None:
    """Draw ten rows of ten dots; each colour is one dotted line, which keeps the drawing small."""
    _dotted(axes, left, range(filled, 100), RULE, _DOT)
    colour = _COLOUR["expected" if is_hollow else "seen"]
    _dotted(axes, left, range(filled), colour, _DOT)
    if is_hollow:
        _dotted(axes, left, range(filled), "white", _DOT - 3)


def _dotted(axes: Axes, left: float, places: range, colour: str, size: float) -> None:
    """Draw dots number `places` of the hundred as a dotted line, broken between rows."""
    xs: list[float] = []
    ys: list[float] = []
    for row in range(10):
        columns = [place % 10 for place in places if place // 10 == row]
        if columns:
            ends = [left + _DOT / 2 + _PITCH * end for end in (columns[0], columns[-1] + 0.5)]
            xs += [*ends, np.nan]
            ys += [*[43 + _PITCH * row] * 2, np.nan]
    if xs:
        dots = (0, (0.01, _PITCH / size - 0.01))
        axes.plot(xs, ys, color=colour, linewidth=size, linestyle=dots, dash_capstyle="round")


def _level(axes: Axes, y: float, share: float, text: str, which: str) -> None:
    width = share * (_WIDTH - 60)
    is_expected = which == "expected"
    axes.barh(
        y, width, left=4, height=24, facecolor="white" if is_expected else PALETTE["pilot"],
        edgecolor=_COLOUR[which], linewidth=1.6, linestyle=(0, (4, 3)) if is_expected else "-",
    )  # fmt: skip
    axes.text(width + 12, y, text, va="center", fontweight="bold", color=_COLOUR[which])


def _difference(axes: Axes, row: pd.Series, amounts: Amounts) -> None:
    """Draw the difference and its interval on a scale around 0."""
    low, high, relevant = row["conf_low"], row["conf_high"], row["minimal_relevant"]
    reach = 1.12 * np.nanmax(np.abs([row["estimate"], low, high, relevant]))
    middle, half = _WIDTH / 2, _WIDTH / 2 - 8

    def at(value: float) -> float:
        return middle + half * value / reach

    axes.fill_betweenx([_BAR - 13, _BAR + 13], at(-relevant), at(relevant), color=SOFT)
    axes.vlines(middle, _BAR - 13, _BAR + 13, color=INK, linewidth=1)
    axes.text(4, _BAR - 18, "← färre", fontsize=SMALL, color=MUTED)
    axes.text(_WIDTH - 4, _BAR - 18, "fler →", ha="right", fontsize=SMALL, color=MUTED)
    axes.text(middle, _BAR - 18, "ingen skillnad", ha="center", fontsize=SMALL, color=MUTED)
    if not (pd.isna(low) or pd.isna(high)):
        axes.hlines(_BAR, at(low), at(high), color=PALETTE["pilot"], linewidth=2)
        _name_ends(axes, (at(low), at(high)), (low, high), amounts)
    axes.plot(at(row["estimate"]), _BAR, "o", color=PALETTE["pilot"], markersize=8)


def _name_ends(
    axes: Axes, places: tuple[float, float], ends: tuple[float, float], amounts: Amounts
) -> None:
    """Write what the ends of the interval are, as one text where two would not have room."""
    texts = [amounts.apart(end) for end in ends]
    named = list(zip(places, texts, strict=True))
    if places[1] - places[0] < sum(text_width(text) for text in texts) / 2 + 8:
        named = [(sum(places) / 2, amounts.between(*ends))]
    for place, text in named:
        reach = text_width(text) / 2
        x = min(max(place, reach + 2), _WIDTH - reach - 2)
        axes.text(x, _BAR + 29, text, ha="center", fontsize=SMALL, color=PALETTE["pilot"])


def _alt(row: pd.Series, amounts: Amounts, opening: str) -> str:
    text = (
        f"{opening} {SEEN}: {amounts.text(row['seen'])} {amounts.what}. "
        f"{EXPECTED}: {amounts.text(row['expected'])} {amounts.what}. "
        f"Skillnaden är {amounts.apart(row['estimate'])}"
    )
    if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
        return f"{text}, hur osäker den är går inte att beräkna."
    between = amounts.between(row["conf_low"], row["conf_high"])
    relevant = amounts.text(row["minimal_relevant"])
    return (
        f"{text} och kan vara från {between}. Mindre än {relevant} åt något håll räknas inte "
        "som betydelsefullt."
    )
