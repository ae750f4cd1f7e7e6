"""Who the children are and how far they come: flow, funnel, balance, changes of caseworker."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch

from evalkit.plan import Labels
from evalkit.reporting.disclosure import Released
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.plots.style import (
    INK,
    LINE_HEIGHT,
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
    arm_key,
    arm_name,
    bare_canvas,
    canvas,
    finish,
    grouped_canvas,
    key,
    number_axis,
    require,
    row_canvas,
    said,
    style,
    values,
    wrap,
)

_ARMS = ("pilot", "line")
_COLUMNS = {"pilot": 0.67, "line": 0.9}
_READ_BALANCE = (
    "Varje rad är en egenskap hos barnen. Symbolen visar hur mycket pilotområdet skiljer sig från "
    "linjens områden, i standardavvikelser: 0 är ingen skillnad. I det mörka bandet är grupperna i "
    "praktiken lika. Utanför det ljusa är de så olika att jämförelsen kan störas. Viktigast är om "
    "ofylld och fylld står på samma ställe: då har skillnaden inte ändrats."
)
_LIMITS = (0.05, 0.25)  # What Works Clearinghouse: no adjustment needed, adjustment not enough


def flow(released: Released, *, labels: Labels) -> Drawing:
    """Draw the steps from the population to the analysed, with who fell out between them.

    Columns: `label`, `pilot`, `line` (counts), `excluded` (bool: these left at this point).
    """
    frame = require(released, "label", "pilot", "line", "excluded")
    wide = _COLUMNS["pilot"] * WIDTH - 56
    texts = [
        wrap(label, wide - (20 if excluded else 0), SMALL)
        for label, excluded in zip(frame["label"], frame["excluded"], strict=True)
    ]
    heights = [(text.count("\n") + 1) * (LINE_HEIGHT - 1) + 16 for text in texts]
    with style():
        figure, axes = bare_canvas(44 + sum(heights) + 8 * len(texts))
        axes.set_xlim(0, 1)
        axes.set_xticks([])
        for arm, x in _COLUMNS.items():
            name = wrap(arm_name(arm, labels), 74, SMALL)
            axes.text(
                x, 18, name, ha="center", va="center", color=PALETTE[arm], fontsize=SMALL,
                fontweight="bold",
            )  # fmt: skip
        top = 40.0
        for text, height, (_, row) in zip(texts, heights, frame.iterrows(), strict=True):
            _step(axes, top, height, text, row)
            top += height + 8
        return finish(figure, _flow_alt(frame, labels))


def funnel(released: Released, *, labels: Labels) -> Drawing:
    """Draw the share of those with a need who reach each step.

    Columns: `step`, `arm`, `share` (of those with a need), `n` (those who reached the step).
    """
    frame = require(released, "step", "arm", "share", "n")
    steps = list(dict.fromkeys(frame["step"]))
    with style():
        figure, axes, ys = row_canvas(steps, row=38, head=24, foot=40)
        for step, y in zip(steps, ys, strict=True):
            for arm, offset in zip(_ARMS, (-9, 9), strict=True):
                _bar(axes, y + offset, frame[(frame["step"] == step) & (frame["arm"] == arm)], arm)
        axes.set_xlim(0, 1.36)
        number_axis(axes, Axis("Andel av dem som har ett bedömt behov"))
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        arm_key(figure, labels)
        return finish(figure, _funnel_alt(frame, steps, labels))


def balance(released: Released) -> Drawing:
    """Draw how far apart pilot and line are, before the pilot and in the period (a love plot).

    Columns: `covariate`, `level`, `smd_pre`, `smd_post` (standardised mean differences; `smd_post`
    may be missing); a covariate's levels stand together. The bands are the What Works
    Clearinghouse's limits 0.05 and 0.25.
    """
    frame = require(released, "covariate", "level", "smd_pre", "smd_post")
    before, after = values(frame["smd_pre"]), values(frame["smd_post"])
    widest = max(0.3, before.abs().max(), after.abs().max()) * 1.1
    with style():
        figure, axes, ys = grouped_canvas(
            frame["covariate"].tolist(), frame["level"].tolist(), head=40, foot=56
        )
        axes.set_xlim(-widest, widest)
        for limit, shade in zip(reversed(_LIMITS), (SOFT, RULE), strict=True):
            axes.axvspan(-limit, limit, color=shade, zorder=0, alpha=0.7)
        axes.axvline(0, color=INK, linewidth=1)
        axes.hlines(ys, before, after, color=MUTED, linewidth=1)
        axes.plot(before, ys, "D", color=NEUTRALS[0], markerfacecolor="white", linestyle="none")
        axes.plot(after, ys, "D", color=NEUTRALS[0], linestyle="none")
        number_axis(
            axes, Axis("Standardiserad skillnad mellan pilot och linje", "number", 1), n_ticks=3
        )
        _hollow_key(figure, "åren före piloten", "det redovisade året")
        return finish(figure, _balance_alt(frame), _READ_BALANCE)


def handover_causes(released: Released, *, labels: Labels) -> Drawing:
    """Draw changes of caseworker per 100 child-months, stacked by cause.

    Columns: `cause`, `arm`, `rate`.
    """
    frame = require(released, "cause", "arm", "rate").assign(
        rate=lambda rows: values(rows["rate"]),
        name=lambda rows: [wrap(arm_name(arm, labels), 80, SMALL) for arm in rows["arm"]],
    )
    frame = frame.sort_values("arm", ascending=False, kind="stable")  # the pilot above the line
    causes = list(dict.fromkeys(frame["cause"]))
    colours = dict(zip(causes, NEUTRALS, strict=False))
    with style():
        figure, axes = canvas(130 + 16 * len(causes))
        sns.histplot(
            frame.dropna(subset=["rate"]), y="name", hue="cause", weights="rate",
            hue_order=causes[::-1], multiple="stack", discrete=True, shrink=0.6,
            palette=colours, alpha=1, edgecolor="white", legend=False, ax=axes,
        )  # fmt: skip
        axes.set_ylabel("")
        for name in frame.loc[frame["rate"].isna(), "name"].unique():
            _incomplete(axes, frame[frame["name"] == name])
        number_axis(axes, Axis("Byten per 100 barnmånader", "number", 1))
        handles = [Patch(color=colours[cause], label=cause) for cause in causes]
        figure.legend(handles=handles, loc="outside upper left", frameon=False, borderpad=0.2)
        sns.despine(ax=axes, left=True)
        return finish(figure, _causes_alt(frame, labels))


def _step(axes: Axes, top: float, height: float, text: str, row: pd.Series) -> None:
    """Draw one step as a box, or those who left as indented grey text."""
    excluded = bool(row["excluded"])
    colour = MUTED if excluded else INK
    if not excluded:
        box = FancyBboxPatch(
            (0.002, top), 0.996, height, boxstyle="square,pad=0", facecolor=SOFT, edgecolor=RULE
        )
        axes.add_patch(box)
    else:
        axes.annotate(
            "",
            (0.03, top + height + 6),
            (0.03, top - 6),
            arrowprops={"arrowstyle": "->", "color": MUTED},
        )
    middle = top + height / 2
    start = 0.08 if excluded else 0.02
    axes.text(start, middle, text, va="center", color=colour, fontsize=SMALL)
    for arm, x in _COLUMNS.items():
        count = HIDDEN if pd.isna(row[arm]) else number(row[arm])
        sign = "\N{MINUS SIGN}" if excluded and count not in (HIDDEN, "0") else ""
        axes.text(x, middle, f"{sign}{count}", ha="center", va="center", color=colour)


def _bar(axes: Axes, y: float, rows: pd.DataFrame, arm: str) -> None:
    share = values(rows["share"]).sum(min_count=1)
    if pd.isna(share):
        axes.text(0.01, y, NOT_SHOWN, va="center", color=PALETTE[arm], fontsize=SMALL)
        return
    axes.barh(y, share, height=15, color=PALETTE[arm])
    n = rows["n"].iloc[0]
    text = percent(share) + ("" if pd.isna(n) else f" ({number(n)})")
    axes.text(share + 0.012, y, text, va="center", fontsize=SMALL, color=PALETTE[arm])


def _incomplete(axes: Axes, rows: pd.DataFrame) -> None:
    """Say beside a stack that something in it is not shown."""
    text, end = f" + orsak {NOT_SHOWN}", rows["rate"].sum()
    axes.text(end, rows["name"].iloc[0], text, va="center", fontsize=SMALL, color=MUTED)


def _hollow_key(figure: Figure, hollow: str, filled: str) -> None:
    entries = [
        (f"ofylld: {hollow}", NEUTRALS[0], "$\u25c7$"),
        (f"fylld: {filled}", NEUTRALS[0], "D"),
    ]
    key(figure, entries, columns=1)


def _flow_alt(frame: pd.DataFrame, labels: Labels) -> str:
    steps = [
        f"{row['label']}: {said([row['pilot']], number)} i {labels.treated.lower()} och "
        f"{said([row['line']], number)} i {labels.comparison.lower()}."
        for _, row in frame.iterrows()
    ]
    return " ".join(["Flödesschema.", *steps])


def _funnel_alt(frame: pd.DataFrame, steps: list[str], labels: Labels) -> str:
    parts = ["Stapeldiagram över andelen av dem med ett bedömt behov som når varje steg."]
    for arm in _ARMS:
        shares = [
            values(frame.loc[(frame["step"] == step) & (frame["arm"] == arm), "share"])
            for step in steps
        ]
        reached = ", ".join(
            f"{step.lower()} {said(share, percent)}"
            for step, share in zip(steps, shares, strict=True)
        )
        parts.append(f"{arm_name(arm, labels)}: {reached}.")
    return " ".join(parts)


def _balance_alt(frame: pd.DataFrame) -> str:
    rows = [
        f"{row['covariate']}, {row['level']}: {said([row['smd_pre']], _two)} före och "
        f"{said([row['smd_post']], _two)} under året."
        for _, row in frame.iterrows()
    ]
    return " ".join(
        ["Standardiserade skillnader mellan pilot och linje, före piloten och under året.", *rows]
    )


def _two(value: float) -> str:
    return number(value, 2)


def _one(value: float) -> str:
    return number(value, 1)


def _causes_alt(frame: pd.DataFrame, labels: Labels) -> str:
    parts = ["Staplar med handläggarbyten per 100 barnmånader efter orsak."]
    for arm in _ARMS:
        rows = frame[frame["arm"] == arm]
        causes = ", ".join(
            f"{cause.lower()} {said([rate], _one)}"
            for cause, rate in zip(rows["cause"], rows["rate"], strict=True)
        )
        parts.append(f"{arm_name(arm, labels)}: {causes}.")
    return " ".join(parts)
