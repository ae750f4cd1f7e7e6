"""Changes from an area's own trend: for areas that were already drifting before the start."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation.case_variance import of_areas, sum_variance
from evalkit.results import Changes, Levels


def detrended(levels: Levels, post_years: Sequence[int] | None = None) -> Changes:
    """Return one change per area from its own straight trend before the start, every year alike.

    Each area's least-squares line over its yearly levels before the start is continued into the
    years after it: `pre` is the mean of what it foretells there, `post` the mean of what was seen.
    An area that was already drifting is then not taken for one that was changed; a short line
    foretells poorly, which shows as spread between the areas.

    Parameters
    ----------
    post_years : years after the start; all of `levels.post_years` when not given.

    Raises
    ------
    DesignError : an area has fewer than two years with a level before the start, or none after.

    Source: Lee & Wooldridge (2026), the unit-specific detrending transformation.
    """
    after = levels.post_years if post_years is None else tuple(post_years)
    seen = levels.frame[levels.frame["level"].notna() & (levels.frame["n"] > 0)]
    before = seen[seen["year"].isin(list(levels.pre_years))]
    later = seen[seen["year"].isin(list(after))]
    treated = levels.frame.groupby("area")["treated"].first()
    _enough_years(levels.outcome, before, treated.index, 2, "two years with a level before")
    _enough_years(levels.outcome, later, treated.index, 1, "one year with a level after")
    line = _lines(before)
    foretold = later["area"].map(line["level"]) + later["area"].map(line["slope"]) * (
        later["year"] - later["area"].map(line["year"])
    )
    return Changes(
        levels.outcome,
        levels.unit,
        tuple(treated.index),
        treated.to_numpy(bool),
        foretold.groupby(later["area"]).mean().to_numpy(float),
        later.groupby("area")["level"].mean().to_numpy(float),
        before.groupby("area")["n"].sum().to_numpy(float),
        later.groupby("area")["n"].sum().to_numpy(float),
        *_chance(levels, after),
    )


def _chance(levels: Levels, after: Sequence[int]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the parts of the variance that the chance of cases gives, foretold and seen.

    Where every area has every year; else none, as an area without a year has other weights.
    """
    years = [*levels.pre_years, *after]
    n = levels.frame.pivot(index="area", columns="year", values="n")[years].to_numpy(float)
    if levels.within is None or not n.all():
        return None, None
    pre, post = np.array(levels.pre_years, float), np.array(after, float)
    centred = pre - pre.mean()
    line = 1 / len(pre) + (post.mean() - pre.mean()) * centred / (centred @ centred)
    treated = levels.frame.groupby("area")["treated"].first().to_numpy(bool)
    within = of_areas(levels.within, treated, years)
    cut = len(pre)
    seen = np.full(len(post), 1 / len(post))
    return (
        sum_variance(n[:, :cut], within[:, :cut], line),
        sum_variance(n[:, cut:], within[:, cut:], seen),
    )


def _enough_years(
    outcome: str, frame: pd.DataFrame, areas: pd.Index, needed: int, what: str
) -> None:
    short = int((frame["area"].value_counts().reindex(areas, fill_value=0) < needed).sum())
    if short:
        raise DesignError(
            f"{outcome}: {short} of {len(areas)} areas do not have {what} the start; "
            "widen the window or leave the trend out"
        )


def _lines(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each area's least-squares line: mean `year`, mean `level` and `slope`."""
    means = frame.groupby("area")[["year", "level"]].mean()
    year = frame["year"] - frame["area"].map(means["year"])
    level = frame["level"] - frame["area"].map(means["level"])
    slope = (year * level).groupby(frame["area"]).sum() / (year**2).groupby(frame["area"]).sum()
    return means.assign(slope=slope)
