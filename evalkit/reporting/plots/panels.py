"""Small charts that share one drawing: the room they stand in, and both arms' lines in each."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from evalkit.reporting.plots.style import MARKERS, PALETTE, WIDTH, values


def panel_figure(height: float, head: float) -> Figure:
    """Return an empty drawing, `height` points tall, whose charts leave `head` points on top."""
    layout = ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - head / height))
    return Figure(figsize=(WIDTH / 72, height / 72), layout=layout)


def arm_lines(
    axes: Axes, frame: pd.DataFrame, x: str, y: str, *, shift: float = 0, **look: Any
) -> None:
    """Draw a line of column `y` over column `x` for each arm, `shift` to the right.

    `look` is given to matplotlib.
    """
    for arm, colour in PALETTE.items():
        own = frame[frame["arm"] == arm].sort_values(x)
        axes.plot(values(own[x]) + shift, values(own[y]), color=colour, marker=MARKERS[arm], **look)
    axes.tick_params(axis="x", length=0)
    sns.despine(ax=axes, left=True)
