"""How the work was carried out: the chain of phases, staff who leave, tests of change, events."""

from collections.abc import Sequence
from datetime import date
from math import ceil

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from evalkit.plan import Event, Labels, Span
from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import month, number
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    NEUTRALS,
    NOT_SHOWN,
    PALETTE,
    RULE,
    SMALL,
    SOFT,
    WIDTH,
    Axis,
    Drawing,
    arm_name,
    bare_canvas,
    canvas,
    finish,
    key,
    number_axis,
    require,
    row_canvas,
    said,
    style,
    values,
    wrap,
)

_LANES = {"pilot": 0.25, "line": 0.75}
_BOX, _ARROW, _TOP = 62.0, 52.0, 44.0  # points
_SIDES = {"pilot": NEUTRALS[0], "linje": NEUTRALS[1], "båda": NEUTRALS[2]}
_READ_CHAIN = (
    "Varje ruta är ett steg i kedjan. I rutan står hur många dagar steget tog i genomsnitt och hur "
    "många gånger av 100 som barnet bytte handläggare medan steget pågick. Vid pilen står hur "
    "många av 100 som fick en ny handläggare på väg in i nästa steg; ju grövre pil, desto fler."
)
_READ_RUNS = (
    "Linjen är testets värden i tidsordning och den vågräta linjen deras median. En lång rad "
    "värden på samma sida om medianen, eller ovanligt få korsningar av den, tyder på att något "
    "ändrades. Figuren säger när, inte varför."
)


def chain(released: Released, *, labels: Labels) -> Drawing:
    """Draw the phases of a matter as boxes, with the handovers on the way, one lane for each arm.

    Columns: `phase`, `arm` ("pilot" or "line"), `days` (mean), `within` (handovers during the
    phase per 100 matters that reach it), `border` (per 100, on the way in; NaN in the first).
    """
    frame = require(released, "phase", "arm", "days", "within", "border")
    phases = list(dict.fromkeys(frame["phase"]))
    height = _TOP + len(phases) * _BOX + (len(phases) - 1) * _ARROW + 6
    with style():
        figure, axes = bare_canvas(height)
        axes.set_xlim(0, 1)
        axes.set_xticks([])
        for arm, x in _LANES.items():
            name = wrap(arm_name(arm, labels), WIDTH / 2 - 30)
            axes.text(x, 16, name, ha="center", va="center", color=PALETTE[arm], fontweight="bold")
            lane = frame[frame["arm"] == arm].set_index("phase").reindex(phases)
            for place, (phase, row) in enumerate(lane.iterrows()):
                top = _TOP + place * (_BOX + _ARROW)
                if place:
                    _arrow(axes, x, top - _ARROW, row["border"], arm)
                _box(axes, x, top, str(phase), row, arm)
        return finish(figure, _chain_alt(frame, phases, labels), _READ_CHAIN)


def turnover(released: Released, *, axis: Axis, events: Sequence[Event] = ()) -> Drawing:
    """Draw the share of the line's caseworkers who left in the twelve months up to each month.

    Columns: `month` (its first day), `share`.
    """
    frame = require(released, "month", "share").sort_values("month")
    days = [_position(when) for when in frame["month"]]
    shares = values(frame["share"])
    with style():
        figure, axes = canvas(230)
        axes.plot(days, shares, color=PALETTE["line"], linewidth=2)
        axes.set_ylim(0, max(0.5, float(shares.max()) * 1.2))
        number_axis(axes, axis, which="y")
        _year_ticks(axes, days)
        for event in events:
            if min(days) <= _position(event.date) <= max(days):
                axes.axvline(_position(event.date), color=MUTED, linewidth=0.8, linestyle=":")
        sns.despine(ax=axes, left=True)
        ends = zip(frame["month"].iloc[[0, -1]], shares.iloc[[0, -1]], strict=True)
        first, last = (f"{axis.text(share)} i {month(when)}" for when, share in ends)
        alt = (
            f"Linje över månader. {axis.label}: {first} och {last}. "
            f"Lägst {axis.text(shares.min())}, högst {axis.text(shares.max())}."
        )
        return finish(figure, alt)


def run_chart(
    released: Released, *, axis: Axis, median: float, limit: float | None = None, verdict: str
) -> Drawing:
    """Draw one measure of a test of change in order of time, with its median.

    Columns: `place` (1, 2, ...), `value`. `limit` is the upper control limit where the kind of
    measure has one; `verdict` says what the rules found, for the text alternative.
    """
    frame = require(released, "place", "value").sort_values("place")
    places, level = values(frame["place"]), values(frame["value"])
    with style():
        figure, axes = canvas(170)
        axes.axhline(median, color=MUTED, linewidth=1)
        axes.text(float(places.max()), median, " median", va="bottom", color=MUTED, fontsize=SMALL)
        if limit is not None:
            axes.axhline(limit, color=MUTED, linewidth=1, linestyle="--")
        axes.plot(places, level, color=NEUTRALS[0], marker="o", markersize=4, linewidth=1.4)
        axes.set_xlim(0.5, float(places.max()) * 1.14)
        lowest = min(0.0, float(level.min()) * 1.15)
        axes.set_ylim(lowest, max(float(level.max()), limit or 0, median) * 1.15 or 1)
        axes.set_xlabel("Mätning i ordning")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        number_axis(axes, axis, which="y")
        sns.despine(ax=axes, left=True)
        alt = (
            f"Seriediagram. {axis.label}, {len(frame)} mätningar: {said(level, axis.text)}. "
            f"Medianen är {axis.text(median)}. {verdict}"
        )
        return finish(figure, alt, _READ_RUNS)


def timeline(frame: pd.DataFrame, *, years: tuple[int, int], pilot: Span) -> Drawing:
    """Draw what happened around the pilot, in order, each where it lies in time.

    Columns of `frame`, which counts nobody: `when` (a day), `text`, `arm` ("pilot", "linje" or
    "båda"), `is_decision` (bool). `years` are the first and the last to show; the days of the pilot
    are shaded.
    """
    rows = frame.sort_values(["when", "text"])
    texts = [f"{month(row.when).capitalize()}: {row.text}" for row in rows.itertuples()]
    with style():
        figure, axes, ys = row_canvas(texts, row=15, head=40, foot=26)
        axes.set_xlim(years[0], years[1] + 1)
        axes.axvspan(_position(pilot.start), _position(pilot.end), color=SOFT, zorder=-2)
        axes.hlines(ys, *axes.get_xlim(), color=RULE, linewidth=1, zorder=0)
        for y, row in zip(ys, rows.itertuples(), strict=True):
            marker = "D" if row.is_decision else "o"
            axes.plot(_position(row.when), y, marker, color=_SIDES[row.arm], markersize=7)
        axes.set_xticks(
            [year + 0.5 for year in range(years[0], years[1] + 1)],
            [str(year) for year in range(years[0], years[1] + 1)],
        )
        axes.tick_params(axis="x", length=0)
        for year in range(years[0], years[1] + 2):
            axes.axvline(year, color=RULE, linewidth=0.6, zorder=-1)
        arms = (("piloten", "pilot"), ("linjen", "linje"), ("båda", "båda"))
        marks = [(name, _SIDES[arm], "o") for name, arm in arms]
        key(figure, [*marks, ("beslut", INK, "D"), ("piloten pågår", RULE, "s")], columns=3)
        return finish(figure, " ".join(["Tidslinje.", *(f"{text}." for text in texts)]))


def _box(axes: Axes, x: float, top: float, phase: str, row: pd.Series, arm: str) -> None:
    box = FancyBboxPatch(
        (x - 0.22, top), 0.44, _BOX, boxstyle="round,pad=0,rounding_size=0.015",
        mutation_aspect=WIDTH, facecolor="white", edgecolor=PALETTE[arm], linewidth=1.2,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(x, top + 13, phase, ha="center", va="center", fontweight="bold", fontsize=SMALL)
    days = NOT_SHOWN if pd.isna(row["days"]) else f"{number(row['days'])} dagar"
    axes.text(x, top + 31, days, ha="center", va="center", fontsize=SMALL)
    within = _per_hundred(row["within"])
    axes.text(x, top + 48, f"byten: {within}", ha="center", va="center", fontsize=SMALL)


def _arrow(axes: Axes, x: float, top: float, border: float, arm: str) -> None:
    share = 0.0 if pd.isna(border) else border / 100
    axes.annotate(
        "", xy=(x - 0.1, top + _ARROW - 2), xytext=(x - 0.1, top + 3),
        arrowprops={"arrowstyle": "-|>", "color": PALETTE[arm], "linewidth": 1 + 6 * share,
                    "shrinkA": 0, "shrinkB": 0, "mutation_scale": 11},
    )  # fmt: skip
    text = "ny handläggare:\n" + _per_hundred(border)
    axes.text(x - 0.05, top + _ARROW / 2, text, ha="left", va="center", fontsize=SMALL)


def _per_hundred(value: float) -> str:
    return NOT_SHOWN if pd.isna(value) else f"{number(value)} på 100"


def _chain_alt(frame: pd.DataFrame, phases: Sequence[str], labels: Labels) -> str:
    parts = ["Flödesbild över kedjans steg."]
    for arm in _LANES:
        lane = frame[frame["arm"] == arm].set_index("phase").reindex(phases)
        steps = []
        for place, (phase, row) in enumerate(lane.iterrows()):
            days = NOT_SHOWN if pd.isna(row["days"]) else f"{number(row['days'])} dagar"
            way = f"ny handläggare på väg in {_per_hundred(row['border'])}, " if place else ""
            steps.append(f"{phase} {way}{days}, byten under steget {_per_hundred(row['within'])}")
        parts.append(f"{arm_name(arm, labels)}: {'; '.join(steps)}.")
    return " ".join(parts)


def _position(when: date) -> float:
    """Return a day as a year with a fraction."""
    return when.year + (when.timetuple().tm_yday - 1) / 365.25


def _year_ticks(axes: Axes, days: Sequence[float]) -> None:
    years = range(ceil(min(days)), int(max(days)) + 1)
    axes.set_xticks(list(years), [str(year) for year in years])
    axes.tick_params(axis="x", length=0)
