"""Year by year: how the treated areas moved against the comparison areas, before and after."""

from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes, Estimate, Levels, undefined


def event_study(
    levels: Levels, reference_year: int, confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Return one estimate per year, wash-in included, against the reference year.

    Each is the exact t contrast of areas' differences from their own level in `reference_year`.
    Intervals and p-values are Bonferroni-adjusted over the years, so that they hold together;
    cluster-robust bands would not hold with one treated area. `term` is the year. The reference
    year itself has none: it is the zero that the others are measured from.

    Raises
    ------
    DesignError : `reference_year` is not one of the years before the start.
    """
    if reference_year not in levels.pre_years:
        raise DesignError(f"{levels.outcome}: the reference year must be a year before the start")
    years = [year for year in _wide(levels, "level").columns if year != reference_year]
    adjusted = 1 - (1 - confidence) / max(len(years), 1)
    return tuple(_one_year(levels, reference_year, year, adjusted, len(years)) for year in years)


def pre_trend(levels: Levels, confidence: float = 0.95) -> Estimate:
    """Return the treated areas' yearly drift against the comparison areas before the start.

    One exact t test over all years before the start jointly: each area's least-squares slope over
    its yearly levels, compared between the arms. `term` is "pre_slope". That a drift is not found
    does not show that there is none: read the interval. A bend that leaves the slope alone is not
    seen.
    """
    unit = f"{levels.unit} per år"
    if len(levels.pre_years) < 2:
        reason = "one pre-year: no trend can be tested"
        return replace(undefined(levels.outcome, unit, "pre_trend", reason), term="pre_slope")
    drift = exact_t(pre_drift(levels), confidence)
    return replace(drift, term="pre_slope", method="pre_trend", unit=unit)


def pre_drift(levels: Levels) -> Changes:
    """Return each area's least-squares change over one year before the start, as `Changes`.

    `post - pre` is the slope; `power.minimum_detectable_effect` of it is the drift that
    `pre_trend` would find.

    Raises
    ------
    DesignError : fewer than two years before the start.
    """
    years = np.array(levels.pre_years, float)
    if len(years) < 2:
        raise DesignError(f"{levels.outcome}: one pre-year: no trend can be tested")
    level = _wide(levels, "level")[list(levels.pre_years)].to_numpy(float)
    n = _wide(levels, "n")[list(levels.pre_years)]
    centred = years - years.mean()
    mean, slope = level.mean(axis=1), level @ centred / (centred @ centred)
    return Changes(
        levels.outcome, levels.unit, tuple(n.index), _treated(levels),
        mean, mean + slope, n.sum(axis=1).to_numpy(float), np.zeros(len(n)),
    )  # fmt: skip


def _one_year(
    levels: Levels, reference_year: int, year: int, confidence: float, n_years: int
) -> Estimate:
    level, n = _wide(levels, "level"), _wide(levels, "n")
    gap = Changes(
        levels.outcome, levels.unit, tuple(level.index), _treated(levels),
        level[reference_year].to_numpy(float), level[year].to_numpy(float),
        n[reference_year].to_numpy(float), n[year].to_numpy(float),
    )  # fmt: skip
    found = exact_t(gap, confidence)
    p_value = np.minimum(1.0, n_years * found.p_value)
    return replace(found, term=str(year), method="event_study", p_value=float(p_value))


def _wide(levels: Levels, column: str) -> pd.DataFrame:
    """Return areas by years."""
    return levels.frame.pivot(index="area", columns="year", values=column)


def _treated(levels: Levels) -> np.ndarray:
    return levels.frame.groupby("area")["treated"].first().to_numpy(bool)
