"""From what was done to the goals: boxes and arrows, the signs of each goal beside them."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import listing
from evalkit.reporting.plots.style import (
    INK,
    MUTED,
    NEUTRALS,
    RULE,
    SMALL,
    SOFT,
    Drawing,
    finish,
    require,
    style,
    wrap,
)

_ACCENT = NEUTRALS[0]
_LINE, _PAD, _ARROW, _GAP = 13.0, 6.0, 15.0, 20.0
# Narrow enough that a phone shows the whole of it; the boxes' width, and where the signs begin.
_WIDTH, _BOX, _SIGNS = 300.0, 148.0, 158.0
_SIGN_WIDTH = _WIDTH - _SIGNS - 16
_MARKS = {"measured": "full", "described": "left", "unmeasured": "none"}
_SAID = {"measured": "mäts", "described": "beskrivs", "unmeasured": "mäts inte"}
_HEAD = 26.0


def logic_model(released: Released) -> Drawing:
    """Draw each goal's chain, and its signs marked as measured, described or not measured.

    Columns: `goal`, `kind` ("activity", "result", "measured", "described" or "unmeasured") and
    `text`; the goals stand in the order of the rows.
    """
    frame = require(released, "goal", "kind", "text")
    chains = [(str(goal), rows) for goal, rows in frame.groupby("goal", sort=False)]
    heights = [_height(goal, rows) for goal, rows in chains]
    with style():
        figure, axes = _canvas(_HEAD + sum(heights) + _GAP * (len(chains) - 1) + 2)
        _key(axes)
        top = _HEAD
        for (goal, rows), height in zip(chains, heights, strict=True):
            _chain(axes, goal, rows, top)
            _signs(axes, rows, top)
            top += height + _GAP
            if goal != chains[-1][0]:
                axes.axhline(top - _GAP / 2, color=RULE, linewidth=0.8)
        return finish(figure, _alt(chains))


def _canvas(height: float) -> tuple[Figure, Axes]:
    """Return a figure whose x and y count points, y from the top."""
    figure = Figure(figsize=(_WIDTH / 72, height / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, _WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    return figure, axes


def _key(axes: Axes) -> None:
    axes.text(0, 8, "Tecken som", va="center", fontsize=SMALL)
    for (kind, said), x in zip(_SAID.items(), (74, 122, 186), strict=True):
        _mark(axes, x, 8, kind)
        axes.text(x + 8, 8, said, va="center", fontsize=SMALL)


def _chain(axes: Axes, goal: str, rows: pd.DataFrame, top: float) -> None:
    for place, (lines, look) in enumerate(_boxes(goal, rows)):
        height = _box_height(lines)
        if place:
            axes.annotate(
                "", (_BOX / 2, top), (_BOX / 2, top - _ARROW),
                arrowprops={"arrowstyle": "-|>", "color": MUTED, "shrinkA": 1, "shrinkB": 1},
            )  # fmt: skip
        face, ink, weight = look
        axes.add_patch(Rectangle((1, top), _BOX, height, facecolor=face, edgecolor=RULE))
        axes.text(
            _PAD, top + _PAD, "\n".join(lines), va="top", fontsize=SMALL, color=ink,
            fontweight=weight, linespacing=1.12,
        )  # fmt: skip
        top += height + _ARROW


def _signs(axes: Axes, rows: pd.DataFrame, top: float) -> None:
    for kind in _MARKS:
        for text in _texts(rows, kind):
            lines = _wrapped(text, _SIGN_WIDTH)
            _mark(axes, _SIGNS + 4, top + _LINE / 2, kind)
            axes.text(
                _SIGNS + 14, top, "\n".join(lines), va="top", fontsize=SMALL, linespacing=1.12,
                color=MUTED if kind == "unmeasured" else INK,
            )  # fmt: skip
            top += len(lines) * _LINE + 3


def _mark(axes: Axes, x: float, y: float, kind: str) -> None:
    axes.plot(
        x, y, "o", markersize=7, color=_ACCENT, fillstyle=_MARKS[kind],
        markerfacecoloralt="white", clip_on=False,
    )  # fmt: skip


def _boxes(goal: str, rows: pd.DataFrame) -> list[tuple[list[str], tuple[str, str, str]]]:
    """Return the chain's boxes from the top: their lines, and their ground, ink and weight."""
    done = [line for text in _texts(rows, "activity") for line in _wrapped(f"– {text}")]
    result = [line for text in _texts(rows, "result") for line in _wrapped(text)]
    return [
        (done, ("white", INK, "normal")),
        (result, (SOFT, INK, "normal")),
        (_wrapped(goal), (_ACCENT, "white", "bold")),
    ]


def _height(goal: str, rows: pd.DataFrame) -> float:
    boxes = [_box_height(lines) for lines, _ in _boxes(goal, rows)]
    signs = [
        len(_wrapped(text, _SIGN_WIDTH)) * _LINE + 3
        for kind in _MARKS
        for text in _texts(rows, kind)
    ]
    return max(sum(boxes) + _ARROW * (len(boxes) - 1), sum(signs))


def _box_height(lines: Sequence[str]) -> float:
    return len(lines) * _LINE + 2 * _PAD


def _wrapped(text: str, width: float = _BOX - 2 * _PAD) -> list[str]:
    return wrap(text, width, SMALL).split("\n")


def _texts(rows: pd.DataFrame, kind: str) -> list[str]:
    return [str(text) for text in rows.loc[rows["kind"] == kind, "text"]]


def _alt(chains: Sequence[tuple[str, pd.DataFrame]]) -> str:
    told = [f"Logikmodell med {len(chains)} mål, från det som gjordes till det som skulle uppnås."]
    for goal, rows in chains:
        told.append(f"Mål: {goal}. Det här gjordes: {listing(_texts(rows, 'activity'))}.")
        told.append(f"Det skulle ge: {listing(_texts(rows, 'result'))}.")
        for kind, said in _SAID.items():
            if texts := _texts(rows, kind):
                told.append(f"{len(texts)} tecken {said}: {listing(texts)}.")
    return " ".join(told)
