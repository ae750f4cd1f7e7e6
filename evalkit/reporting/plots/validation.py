"""How often methods cry wolf, by the number of comparison areas. Simulated: nobody is counted."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.plots.style import (
    INK,
    NEUTRALS,
    PALETTE,
    SMALL,
    Axis,
    Drawing,
    canvas,
    finish,
    number_axis,
    style,
)

# Colour, marker and line of each curve, in the order of the key.
_LOOKS = (
    (PALETTE["pilot"], "o", "-"),
    (PALETTE["line"], "s", "-"),
    (NEUTRALS[0], "D", "-"),
    (NEUTRALS[1], "^", "--"),
    (NEUTRALS[3], "v", "--"),
    (NEUTRALS[4], "P", ":"),
    (NEUTRALS[5], "X", ":"),
)


def false_alarms(frame: pd.DataFrame, names: Mapping[str, str], *, level: float) -> Drawing:
    """Draw the share of true nulls that each method rejects, with a line at the nominal level.

    Parameters
    ----------
    frame : `comparison_areas`, `method` and `share` (a fraction), one row a method and number.
    names : at most seven methods in the order of the key, and what the reader calls them.
    """
    areas = sorted(frame["comparison_areas"].unique())
    wide = frame.pivot(index="method", columns="comparison_areas", values="share")
    axis = Axis("Falska larm, procent", "points")
    with style():
        figure, axes = canvas(400)
        axes.axhline(level, color=INK, linewidth=1)
        for method, look in zip(names, _LOOKS, strict=False):
            _curve(axes, wide.loc[method, areas].tolist(), names[method], look)
        axes.set_xticks(range(len(areas)), [number(m) for m in areas])
        axes.set(xlabel="Antal jämförelseområden", ylim=(-0.015, None))
        number_axis(axes, axis, which="y")
        axes.annotate(
            f"utlovat: {percent(level)}", (0, level), (0, 4),
            textcoords="offset points", fontsize=SMALL,
        )  # fmt: skip
        sns.despine(ax=axes, left=True, bottom=True)
        _key(figure)
        return finish(figure, _alt(wide, names, axis))


def _curve(axes: Axes, shares: list[float], name: str, look: tuple[str, str, str]) -> None:
    colour, marker, line = look
    # Thin enough that a curve under another is seen.
    axes.plot(
        range(len(shares)), shares, color=colour, marker=marker, linestyle=line, linewidth=1.6,
        markersize=6, markeredgecolor="white", markeredgewidth=0.6, label=name, clip_on=False,
    )  # fmt: skip


def _key(figure: Figure) -> None:
    look: dict[str, Any] = {"frameon": False, "borderaxespad": 0.2, "handlelength": 2.2}
    figure.legend(loc="outside upper left", ncols=1, **look)


def _alt(wide: pd.DataFrame, names: Mapping[str, str], axis: Axis) -> str:
    first, last = int(wide.columns.min()), int(wide.columns.max())
    said = [
        f"{name[:1].upper()}{name[1:]} {axis.text(wide.loc[method, first])} respektive "
        f"{axis.text(wide.loc[method, last])}."
        for method, name in names.items()
    ]
    counted = listing([number(m) for m in sorted(wide.columns)])
    return (
        f"Kurvor över andelen falska larm i procent med {counted} jämförelseområden. "
        f"Med {first} respektive {last} områden: {' '.join(said)}"
    )
