"""What a pre-trend test that finds nothing leaves open.

Not finding a drift before the start is not the same as there being none. Two answers: how large a
drift the test would have missed and what it does to the effect, and how small a drift the data
can vouch for.
"""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
from scipy import integrate, stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import Contrast, contrast, estimate_of, no_estimate
from evalkit.estimation.did import collapse
from evalkit.estimation.event_study import pre_drift
from evalkit.estimation.power import detectable_multiple
from evalkit.results import Changes, Estimate, Levels, undefined


@dataclass(frozen=True, slots=True)
class MissedTrend:
    """A straight drift that the pre-trend test finds with probability `power`, and its harm.

    `slope` is per year, in `unit`; `bias` what it adds to the effect; `bias_if_passed` what the
    effect is off by on average in the cases where the test finds nothing. Signs follow a rising
    drift. NaN, with a `reason`, where undefined.
    """

    outcome: str
    unit: str
    power: float
    slope: float
    bias: float
    bias_if_passed: float
    reason: str = ""


def pre_trend_power(
    levels: Levels, powers: tuple[float, ...] = (0.5, 0.8), confidence: float = 0.95
) -> tuple[MissedTrend, ...]:
    """Return the drifts that `event_study.pre_trend` finds with each power, and what they do.

    The slope test under a drift is noncentral t. A drift b goes on after the start, so it biases
    the effect (every year alike) by b times the years between the middles of the two windows. In
    the runs where the test finds nothing the estimated slope is nearer zero, and the effect, which
    moves with it, is off by

        bias + Cov / Var (E[slope found | nothing found] - b),

    Cov and Var those of areas' changes and slopes within the arms. With few areas that regression
    is itself uncertain; the slopes found are exact given the areas' spread.

    Source: Roth (2022), Pretest with caution, American Economic Review: Insights 4(3), 305-322.

    Raises
    ------
    DesignError : an arm is empty, an area has no level on one side, or a power not above
        1 - confidence.
    """
    if len(levels.pre_years) < 2:
        reason = "one pre-year: no trend can be tested"
        return tuple(_missing(levels, power, reason) for power in powers)
    drift = pre_drift(levels)
    found = contrast(drift)
    if found.reason:
        return tuple(_missing(levels, power, found.reason) for power in powers)
    change = collapse(levels, "years").change
    years = float(np.mean(levels.post_years) - np.mean(levels.pre_years))
    along = _within_arms(change, drift) / _within_arms(drift.post - drift.pre, drift)
    return tuple(_missed(levels, drift, found, years, along, power, confidence) for power in powers)


def equivalence(levels: Levels, bound: float, confidence: float = 0.95) -> Estimate:
    """Test that the yearly drift before the start is smaller than `bound` in absolute value.

    Two one-sided exact t tests (TOST) of areas' least-squares slopes; a small `p_value` shows a
    drift within plus and minus `bound`. The interval is the equivalence interval, symmetric about
    zero and not about the estimate: plus and minus |slope| + t_{df, confidence} se, the smallest
    bound that would have been shown.

    Parameters
    ----------
    bound : largest drift that is of no consequence, in the outcome's unit a year; decided
        beforehand.

    Raises
    ------
    DesignError : `bound` is not positive, or an arm is empty.

    Source: Hartman & Hidalgo (2018), American Journal of Political Science 62(4), 1000-1013.
    """
    if bound <= 0:
        raise DesignError(f"{levels.outcome}: equivalence: the bound must be positive")
    unit = f"{levels.unit} per år"
    if len(levels.pre_years) < 2:
        reason = "one pre-year: no trend can be tested"
        return replace(undefined(levels.outcome, unit, "equivalence", reason), term="pre_slope")
    drift = replace(pre_drift(levels), unit=unit)
    found = contrast(drift)
    if found.reason:
        return replace(no_estimate(drift, "equivalence", found.reason), term="pre_slope")
    distance = (bound - abs(found.difference)) / found.std_error
    smallest = abs(found.difference) + float(stats.t.ppf(confidence, found.df)) * found.std_error
    estimate = estimate_of(
        drift, "equivalence", found.difference, float(stats.t.sf(distance, found.df)),
        (-smallest, smallest), f"p-value for a drift of at least {bound:g}", found.std_error,
    )  # fmt: skip
    return replace(estimate, term="pre_slope")


def slope_if_passed(noncentrality: float, df: int, confidence: float = 0.95) -> float:
    """Return E[X | |X| <= t S], X normal(noncentrality, 1), S^2 chi-square(df) / df beside it.

    X is the slope found over its standard error; the condition is that the t test finds nothing.
    Each part is in closed form given S and integrated over it.
    """
    critical = float(stats.t.ppf((1 + confidence) / 2, df))
    root = stats.chi(df, scale=df**-0.5)

    def passed(s: float) -> float:
        q = critical * s
        inside = stats.norm.cdf(q - noncentrality) - stats.norm.cdf(-q - noncentrality)
        return float(inside * root.pdf(s))

    def excess(s: float) -> float:
        q = critical * s
        ends = stats.norm.pdf(-q - noncentrality) - stats.norm.pdf(q - noncentrality)
        return float(ends * root.pdf(s))

    upper = float(root.isf(1e-14))
    share, moved = (integrate.quad(part, 0, upper, limit=200)[0] for part in (passed, excess))
    return noncentrality + moved / share


def _missed(
    levels: Levels,
    drift: Changes,
    found: Contrast,
    years: float,
    along: float,
    power: float,
    confidence: float,
) -> MissedTrend:
    k, m = int(drift.treated.sum()), drift.n_comparison
    slope = detectable_multiple(m, k, power, confidence) * found.sd
    noncentrality = slope / found.std_error
    shrunk = (
        slope_if_passed(noncentrality, found.df, confidence) - noncentrality
    ) * found.std_error
    bias = slope * years
    return MissedTrend(levels.outcome, levels.unit, power, slope, bias, bias + along * shrunk)


def _within_arms(values: np.ndarray, drift: Changes) -> float:
    """Return the sum over areas of `values` times the slope, both from their arm's mean."""
    slope, arms = drift.post - drift.pre, (drift.treated, ~drift.treated)
    return float(
        sum((values[arm] - values[arm].mean()) @ (slope[arm] - slope[arm].mean()) for arm in arms)
    )


def _missing(levels: Levels, power: float, reason: str) -> MissedTrend:
    return MissedTrend(levels.outcome, levels.unit, power, nan, nan, nan, reason)
