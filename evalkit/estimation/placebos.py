"""Placebos in space and time: effects where and when there was no pilot.

Every comparison area stands in for the pilot, at the real start and at every earlier one that the
data allow; treated areas stand in for themselves as long as the whole window lies before the real
start. What a treated area did after the start is never used, except in the real estimate.

Source: Abadie, Diamond & Hainmueller (2010), Journal of the American Statistical Association
105(490), for areas; Abadie, Diamond & Hainmueller (2015), American Journal of Political Science
59(2), for dates.
"""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation.contrast import rounding, split
from evalkit.estimation.did import Weighting, collapse
from evalkit.results import Changes, Levels


@dataclass(frozen=True, slots=True)
class Window:
    """The time points of a design: before its start, of wash-in, and after."""

    start: int
    before: tuple[int, ...]
    wash_in: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def times(self) -> tuple[int, ...]:
        return self.before + self.wash_in + self.after


@dataclass(frozen=True, slots=True)
class PlaceboGrid:
    """The real estimate among its placebos.

    `frame` has one row per placebo: `area`, `treated` (whether it is so in the real design),
    `start`, `n_before` and `n_after` (time points) and `estimate` (in `unit`). `p_value` is the
    share of placebos, the real estimate counted as one more, at least as large in absolute value;
    `floor` is the smallest value it can take. `left_out` are starts at which some area has no
    level on a side.
    """

    outcome: str
    unit: str
    frame: pd.DataFrame
    estimate: float
    p_value: float
    floor: float
    left_out: tuple[int, ...]
    reason: str


def placebo_grid(levels: Levels, weighting: Weighting, least_before: int = 1) -> PlaceboGrid:
    """Return the placebos of a design, each area against the other comparison areas.

    The p-value takes all placebos for equally likely under no effect. They share areas and time
    points, and windows shortened before the start vary more: an indication, not an exact test.

    Parameters
    ----------
    levels : areas by time points; `year` may be any consecutive number (years, quarters, months).
    weighting : as in `did.collapse`.
    least_before : time points that a placebo must have before its start.

    Raises
    ------
    DesignError : fewer than two comparison areas, or the real design has no estimate.
    """
    real = collapse(levels, weighting)
    treated, comparison = split(real)
    if len(comparison) < 2:
        raise DesignError(f"{levels.outcome}: placebos need at least two comparison areas")
    estimate = float(treated.mean() - comparison.mean())
    rows, left_out = [], []
    for window in windows(levels, least_before):
        try:
            rows.append(_placebos(collapse(shifted(levels, window), weighting), window))
        except DesignError:
            left_out.append(window.start)
    frame = pd.concat(rows, ignore_index=True)
    size = np.abs(frame["estimate"].to_numpy())
    floor = 1 / (1 + len(size))
    p_value = float((1 + (size >= abs(estimate) - rounding(real)).sum()) * floor)
    reason = f"smallest possible p-value 1/{1 + len(size)}; placebos share areas and time points"
    if len(treated) > 1:
        p_value = nan
        reason = f"a placebo has one treated area, the design {len(treated)}"
    return PlaceboGrid(
        levels.outcome, levels.unit, frame, estimate, p_value, floor, tuple(left_out), reason
    )


def windows(levels: Levels, least_before: int = 1) -> tuple[Window, ...]:
    """Return the real window, moved to every start up to the real one that the data allow.

    The time points after a start lie as far from it as in the real design, and all of them must
    be there; of those before it, as many as there are, at least `least_before`.

    Raises
    ------
    DesignError : no time before or after the start, they overlap, or no start has enough before it.
    """
    real = real_start(levels)
    present = sorted(int(time) for time in levels.frame["year"].unique())
    moved = (_moved(levels, start, present, real) for start in present if start <= real)
    found = tuple(
        window
        for window in moved
        if len(window.before) >= least_before and set(window.after) <= set(present)
    )
    if not found:
        raise DesignError(f"{levels.outcome}: no start has {least_before} time points before it")
    return found


def real_start(levels: Levels) -> int:
    """Return the first time point of the wash-in, or after the start when there is none."""
    if not levels.pre_years or not levels.post_years:
        raise DesignError(f"{levels.outcome}: needs time points before and after the start")
    start = min((*levels.wash_in_years, *levels.post_years))
    if max(levels.pre_years) >= start:
        raise DesignError(f"{levels.outcome}: time points before the start must precede the rest")
    return start


def shifted(levels: Levels, window: Window) -> Levels:
    """Return the levels of another window, without treated areas where the pilot could show."""
    frame = levels.frame[levels.frame["year"].isin(window.times)]
    if max(window.times) >= real_start(levels):
        frame = frame[~frame["treated"]]
    frame = frame.assign(post=frame["year"].isin(window.after))
    return replace(
        levels, frame=frame,
        pre_years=window.before, wash_in_years=window.wash_in, post_years=window.after,
    )  # fmt: skip


def comparison_only(levels: Levels) -> Levels:
    """Return the levels without the treated areas."""
    return replace(levels, frame=levels.frame[~levels.frame["treated"]])


def _moved(levels: Levels, start: int, present: list[int], real: int) -> Window:
    by = start - real
    before = tuple(time + by for time in levels.pre_years if time + by in present)
    wash_in = tuple(time + by for time in levels.wash_in_years if time + by in present)
    return Window(start, before, wash_in, tuple(time + by for time in levels.post_years))


def _placebos(changes: Changes, window: Window) -> pd.DataFrame:
    """Return each area's change less the mean of the comparison areas other than itself."""
    own = ~changes.treated
    total, m = changes.change[own].sum(), own.sum()
    others = (total - np.where(own, changes.change, 0.0)) / (m - own)
    return pd.DataFrame(
        {
            "area": changes.areas,
            "treated": changes.treated,
            "start": window.start,
            "n_before": len(window.before),
            "n_after": len(window.after),
            "estimate": changes.change - others,
        }
    )
