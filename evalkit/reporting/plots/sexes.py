"""Girls and boys beside one another: a dumbbell for each outcome and arm."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evalkit.plan import Labels
from evalkit.reporting.disclosure import Released
from evalkit.reporting.plots.style import (
    MARKERS,
    MUTED,
    NOT_SHOWN,
    PALETTE,
    SMALL,
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

_ARMS = ("pilot", "line")
_READ_SEXES = (
    "Fylld symbol är flickor och ofylld pojkar. Ju längre streck mellan dem, desto större skillnad."
)


def by_sex(released: Released, *, axis: Axis, labels: Labels) -> Drawing:
    """Draw girls and boys as dumbbells, one for each arm.

    Columns: `label`, `arm`, `girls`, `boys`.
    """
    frame = require(released, "label", "arm", "girls", "boys")
    names = list(dict.fromkeys(frame["label"]))
    with style():
        figure, axes, ys = row_canvas(names, row=34, head=40, foot=40)
        for arm, offset in zip(_ARMS, (-8, 8), strict=True):
            rows = frame[frame["arm"] == arm].set_index("label").reindex(names)
            _dumbbells(axes, np.array(ys) + offset, rows, arm)
        axes.set_xlim(min(0, axes.get_xlim()[0]), axes.get_xlim()[1] * 1.05)
        number_axis(axes, axis, n_ticks=6)
        entries = [(arm_name(arm, labels), PALETTE[arm], MARKERS[arm]) for arm in _ARMS]
        filled = [("fylld: flickor", MUTED, "o"), ("ofylld: pojkar", MUTED, "$\u25cb$")]
        key(figure, [entries[0], filled[0], entries[1], filled[1]], columns=2)
        return finish(figure, _by_sex_alt(frame, axis, labels), _READ_SEXES)


def _dumbbells(axes: Axes, ys: np.ndarray, rows: pd.DataFrame, arm: str) -> None:
    """Draw one arm's dumbbells; all at once, so that the drawing holds each mark's shape once."""
    girls, boys = values(rows["girls"]), values(rows["boys"])
    mark: dict[str, Any] = {
        "color": PALETTE[arm],
        "linestyle": "none",
        "marker": MARKERS[arm],
        "markersize": 8,
    }
    axes.hlines(ys, girls, boys, color=PALETTE[arm], linewidth=2)
    axes.plot(girls, ys, **mark)
    axes.plot(boys, ys, **mark, markerfacecolor="white")
    for y, lacks_girls, lacks_boys in zip(ys, girls.isna(), boys.isna(), strict=True):
        lacking = [
            who for who, lacks in (("flickor", lacks_girls), ("pojkar", lacks_boys)) if lacks
        ]
        if lacking:
            row_text(
                axes, y, f"{' och '.join(lacking)}: {NOT_SHOWN}", va="center", fontsize=SMALL,
                color=PALETTE[arm],
            )  # fmt: skip


def _by_sex_alt(frame: pd.DataFrame, axis: Axis, labels: Labels) -> str:
    rows = [
        f"{row['label']}, {arm_name(row['arm'], labels).lower()}: flickor "
        f"{said([row['girls']], axis.text)}, pojkar {said([row['boys']], axis.text)}."
        for _, row in frame.iterrows()
    ]
    return " ".join([f"Flickor och pojkar. {axis.label}.", *rows])
