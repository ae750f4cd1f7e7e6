"""What a plan rests on: the areas' loads, the level today, and how much chance moves it.

From the study's own extracts as they stood before the pilot, or as assumed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

import numpy as np
from scipy import linalg, stats

from evalkit.data import aggregation
from evalkit.errors import DesignError
from evalkit.estimation.power import case_variance
from evalkit.evaluation import levels_at
from evalkit.evidence import Evidence
from evalkit.plan import Period, Study
from evalkit.planning.plan import PlannedOutcome
from evalkit.results import Levels

MONTHS = tuple(range(1, 13))


@dataclass(frozen=True, slots=True)
class Variation:
    """What an area's level varies by from year to year beyond its cases: a variance, in unit^2.

    `low` and `high` are the ends of its confidence interval. `floored` when the areas varied no
    more than single cases give, so that the estimate is zero.
    """

    estimate: float
    low: float
    high: float
    floored: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """What the study's extracts told: the years seen, their cases and the variation found.

    `cases` and `total` (their sum of the outcome) are of all areas and years; `by_year` is each
    year's cases as a share of the largest year's.
    """

    years: tuple[int, ...]
    cases: float
    total: float
    by_year: np.ndarray
    variation: Variation


@dataclass(frozen=True, slots=True)
class Basis:
    """What one outcome's plan rests on.

    `loads` are cases a year, one for each of `areas`; `case_variance` is that of one case's value
    and `yearly_variance` that of an area's level in a year beyond its cases, in unit^2. `observed`
    is None when all this is assumed.
    """

    areas: tuple[str, ...]
    loads: np.ndarray
    level: float
    case_variance: float
    yearly_variance: float
    autocorrelation: float
    observed: Observed | None = None


def assumed_basis(outcome: PlannedOutcome) -> Basis:
    """Return the basis that the planner has assumed."""
    given = outcome.assumed
    if given is None:
        raise DesignError(f"{outcome.label}: nothing is assumed; it has data of its own")
    return Basis(
        tuple(given.cases_per_year),
        np.array(list(given.cases_per_year.values()), float),
        given.level,
        case_variance(outcome.kind, given.case_sd or given.level),
        given.area_sd**2,
        outcome.autocorrelation,
    )


def before_the_start(study: Study) -> tuple[Evidence, tuple[int, ...]]:
    """Return the study's evidence as it stood on the last day before the start, and its years.

    The years are whole and followed for `follow_up_days` before that day, each as long as the
    others (the mirrored cut-off), so that nothing from after the start is in them.

    Raises
    ------
    DesignError : fewer than two such years.
    """
    span, days = study.timeline.pre, study.definitions.follow_up_days
    years = tuple(
        year
        for year in study.timeline.pre_years
        if date(year, 1, 1) >= span.start and date(year, 12, 31) + timedelta(days) <= span.end
    )
    if len(years) < 2:
        raise DesignError(
            f"study.yaml: timeline.pre: {len(years)} whole years can be followed for {days} days "
            "before the start and two are needed; widen it, or use 'assumed' in power.yaml"
        )
    period = Period(
        study="params/study.yaml",
        period="planering",
        label="planering",
        start=date(years[-1], 1, 1),
        end=date(years[-1], 12, 31),
        cutoff=span.end,
        phase="post",  # of no consequence here: a period is one or the other
    )
    made = aggregation.load_or_make(study, (period,))
    return Evidence(study, (period,), period, made.frame), years


def own_basis(
    outcome: PlannedOutcome, evidence: Evidence, years: tuple[int, ...], confidence: float
) -> Basis:
    """Return the basis that the study's extracts give, every area counted alike.

    Raises
    ------
    DesignError : an area without cases in some year.
    """
    planned = evidence.study.outcome(outcome.own or "")
    # Before the start no area is treated: all of them tell what chance does.
    rows = evidence.of(planned.id).assign(treated=False)
    levels = levels_at(evidence, planned, rows, MONTHS, years, (), ())
    n, total, level = (_grid(levels, name) for name in ("n", "total", "level"))
    unknown = int(np.isnan(level).sum())
    if unknown:
        raise DesignError(
            f"{planned.id}: {unknown} of {level.size} area-years have no level; "
            "merge small areas, or use 'assumed' in power.yaml"
        )
    mean = float(total.sum() / n.sum())
    variance = case_variance(outcome.kind, _size(outcome, levels, mean))
    variation = yearly_variation(level, variance / n, outcome.autocorrelation, confidence)
    by_year = n.sum(axis=0)
    observed = Observed(
        years, float(n.sum()), float(total.sum()), by_year / by_year.max(), variation
    )
    areas = tuple(sorted(levels.frame["area"].unique()))
    return Basis(
        areas, n.mean(axis=1), mean, variance, variation.estimate, outcome.autocorrelation, observed
    )


def yearly_variation(
    levels: np.ndarray, chance: np.ndarray, autocorrelation: float, confidence: float
) -> Variation:
    """Return what areas vary by from year to year beyond the chance of single cases.

    With area and year means taken out, the mean square of what is left, (G - 1)(T - 1) degrees of
    freedom, has the expectation mean(chance) + s (1 - r): s is the variance sought, and r the mean
    correlation of two of an area's years, which the area means have taken away. The interval takes
    the mean square as chi-square.

    Parameters
    ----------
    levels : one row an area, one column a year.
    chance : the variance of each that the chance of cases gives, of the same shape.

    Source: the expected mean square of a two-way layout without replication (Searle, Casella &
    McCulloch 1992, Variance Components), the chance of cases taken as known.
    """
    areas, years = levels.shape
    left = levels - levels.mean(axis=1, keepdims=True) - levels.mean(axis=0) + levels.mean()
    freedom = (areas - 1) * (years - 1)
    square = float((left**2).sum()) / freedom
    alike = linalg.toeplitz(autocorrelation ** np.arange(years))
    kept = 1 - float(alike.sum() - years) / (years * (years - 1))
    ends = stats.chi2.isf([(1 - confidence) / 2, (1 + confidence) / 2], freedom)
    found = (np.array([square, *(square * freedom / ends)]) - float(chance.mean())) / kept
    estimate, low, high = (max(float(value), 0.0) for value in found)
    return Variation(estimate, low, high, bool(found[0] <= 0))


def _grid(levels: Levels, name: str) -> np.ndarray:
    """Return a column of the levels as areas by years, both in order."""
    return levels.frame.pivot(index="area", columns="year", values=name).to_numpy(float)


def _size(outcome: PlannedOutcome, levels: Levels, mean: float) -> float:
    """Return what `case_variance` wants: the level, or for a mean the cases' standard deviation."""
    if outcome.kind != "mean":
        return mean
    if levels.within is None:
        raise DesignError(f"{levels.outcome}: the cells have no sums of squares; make them again")
    by_year = levels.frame.groupby("year")["n"].sum()
    return sqrt(float((levels.within["comparison"] * by_year).sum() / by_year.sum()))
