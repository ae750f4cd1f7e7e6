"""Year by year: how the treated areas moved against the comparison areas, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import Contrast, contrast
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes, Estimate, Levels, undefined

SINGULAR = 1e-10  # a correlation matrix's least eigenvalue below this is rounding


@dataclass(frozen=True, slots=True)
class JointTest:
    """A test that every difference before the start is zero.

    `method` is "hotelling" (`statistic` is F with `df1` and `df2` degrees of freedom) or "max_t"
    (the largest |t|, `df2` degrees of freedom, Bonferroni over `df1` years). NaN, with a `reason`,
    where undefined.
    """

    outcome: str
    method: str
    statistic: float
    df1: int
    df2: int
    p_value: float
    reason: str = ""


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
    gaps = _gaps(levels, reference_year, years)
    return tuple(
        _one_year(gap, year, adjusted, len(years)) for gap, year in zip(gaps, years, strict=True)
    )


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


def joint_pre_trend(levels: Levels) -> JointTest:
    """Test that the arms' difference was the same in every year before the start.

    The years' differences from the last one, p of them, are compared between the arms by
    Hotelling's T^2, whose F is exact for normal areas with equal covariance: with k treated and m
    comparison areas, df = k + m - 2,

        F = T^2 (df - p + 1) / (p df)  ~  F(p, df - p + 1).

    It needs more areas than years. When df - p + 1 is less than two, the largest of the years'
    exact t is taken instead, Bonferroni over them. Which year is the reference does not matter to
    the first; it does to the second.

    Source: Hotelling (1931), Annals of Mathematical Statistics 2(3).
    """
    years = sorted(levels.pre_years)
    gaps = _gaps(levels, years[-1], years[:-1])
    found = [contrast(gap) for gap in gaps]
    reasons = [one.reason for one in found if one.reason]
    reasons += [] if gaps else ["one pre-year: no trend can be tested"]
    if reasons:
        return JointTest(levels.outcome, "hotelling", nan, len(gaps), 0, nan, reasons[0])
    if found[0].df > len(gaps):
        return _hotelling(levels.outcome, gaps, found)
    largest = max(abs(one.difference / one.std_error) for one in found)
    p_value = min(1.0, 2 * len(gaps) * float(stats.t.sf(largest, found[0].df)))
    return JointTest(levels.outcome, "max_t", largest, len(gaps), found[0].df, p_value)


def _hotelling(outcome: str, gaps: list[Changes], found: list[Contrast]) -> JointTest:
    changes, treated = np.array([gap.change for gap in gaps]), gaps[0].treated
    arms = changes[:, treated], changes[:, ~treated]
    inner = np.column_stack([arm - arm.mean(axis=1, keepdims=True) for arm in arms])
    sd = np.array([one.sd for one in found])
    t = np.array([one.difference / one.std_error for one in found])
    p, df = len(gaps), found[0].df
    correlation = inner @ inner.T / df / np.outer(sd, sd)
    if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        reason = "the years' differences depend on each other"
        return JointTest(outcome, "hotelling", nan, p, df - p + 1, nan, reason)
    f = float(t @ np.linalg.solve(correlation, t)) * (df - p + 1) / (p * df)
    return JointTest(outcome, "hotelling", f, p, df - p + 1, float(stats.f.sf(f, p, df - p + 1)))


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


def _one_year(gap: Changes, year: int, confidence: float, n_years: int) -> Estimate:
    found = exact_t(gap, confidence)
    p_value = np.minimum(1.0, n_years * found.p_value)
    return replace(found, term=str(year), method="event_study", p_value=float(p_value))


def _gaps(levels: Levels, reference_year: int, years: Sequence[int]) -> list[Changes]:
    """Return each year's difference from the reference year."""
    level, n, treated = _wide(levels, "level"), _wide(levels, "n"), _treated(levels)
    return [
        Changes(
            levels.outcome, levels.unit, tuple(level.index), treated,
            level[reference_year].to_numpy(float), level[year].to_numpy(float),
            n[reference_year].to_numpy(float), n[year].to_numpy(float),
        )
        for year in years
    ]  # fmt: skip


def _wide(levels: Levels, column: str) -> pd.DataFrame:
    """Return areas by years."""
    return levels.frame.pivot(index="area", columns="year", values=column)


def _treated(levels: Levels) -> np.ndarray:
    return levels.frame.groupby("area")["treated"].first().to_numpy(bool)
