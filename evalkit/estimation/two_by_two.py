"""Three scales, to show that the scale matters: the textbook 2x2 of counts, and areas' changes.

The 2x2 sees the units' chance variation only. `relative_effect` puts areas' own changes on a log
scale, with the exact t of how areas differ: the ratio that can stand beside the headline.
"""

from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import Literal

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import no_estimate
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes, Estimate, undefined

Scale = Literal["relative", "odds"]

# Before and after in the treated arm, before and after in the comparison arm.
_SIGNS = np.array([-1, 1, 1, -1])


@dataclass(frozen=True, slots=True)
class Count:
    """`yes` of `n` units have the outcome."""

    yes: float
    n: float

    def __post_init__(self) -> None:
        if not 0 <= self.yes <= self.n:
            raise DesignError("2x2: a count must lie between 0 and its number of units")


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """The same four counts compared on three scales; they need not agree in direction.

    `absolute` is a difference of differences of shares, `relative` a ratio of ratios, `odds` a
    ratio of odds ratios (the exponential of the logit's interaction).
    """

    absolute: Estimate
    relative: Estimate
    odds: Estimate


def two_by_two(
    outcome: str,
    unit: str,
    treated: tuple[Count, Count],
    comparison: tuple[Count, Count],
    confidence: float = 0.95,
) -> TwoByTwo:
    """Return the 2x2 from (before, after) counts, with binomial errors and normal limits.

    The errors see the units' chance variation only, not how areas drift apart: an illustration of
    scale, never the headline. Limits of the two ratios are made on the log scale; their
    `std_error` is that of the ratio itself (delta method).
    """
    counts = (*treated, *comparison)
    yes, n = np.array([one.yes for one in counts]), np.array([one.n for one in counts])
    return TwoByTwo(
        _difference(outcome, unit, yes, n, confidence),
        _ratio(outcome, "relative", yes, n, confidence),
        _ratio(outcome, "odds", yes, n, confidence),
    )


def relative_changes(changes: Changes, scale: Scale = "relative") -> Changes:
    """Return areas' levels as logarithms ("relative") or as logits of shares ("odds").

    The contrast of these is the logarithm of a ratio of ratios, or of odds ratios. An area whose
    level has no logarithm (0, or for odds also 1) gets NaN: nothing is added to make one. The
    variance between cases is that of the other scale, and is left out.

    Raises
    ------
    DesignError : a negative level, or for odds one above 1.
    """
    if scale not in ("relative", "odds"):
        raise DesignError("scale: must be 'relative' or 'odds'")
    sides = np.array([changes.pre, changes.post], float)
    outside = int(((sides < 0) | ((sides > 1) & (scale == "odds"))).any(axis=0).sum())
    if outside:
        needed = "a share, from 0 to 1" if scale == "odds" else "no level below 0"
        raise DesignError(f"{changes.outcome}: {outside} areas' levels: the scale needs {needed}")
    base = 1 - sides if scale == "odds" else np.ones_like(sides)
    held = (sides > 0) & (base > 0)
    logs = np.full_like(sides, np.nan)
    logs[held] = np.log(sides[held]) - np.log(base[held])
    unit = "logit" if scale == "odds" else "log"
    return replace(changes, pre=logs[0], post=logs[1], unit=unit, var_pre=None, var_post=None)


def relative_effect(
    changes: Changes, scale: Scale = "relative", confidence: float = 0.95
) -> Estimate:
    """Return the ratio of ratios ("relative") or of odds ratios ("odds") with its exact t interval.

    The exact t of `relative_changes`, estimate and limits exponentiated; `std_error` is that of
    the ratio itself (delta method) and the p-value that of the logarithm. It assumes that areas'
    relative changes are normal with equal variance. One area without a logarithm leaves it
    undefined, with the number of such areas.
    """
    logs = relative_changes(changes, scale)
    none = int(np.isnan(logs.change).sum())
    if none and not np.isnan(changes.change).any():
        reason = f"{none} areas have a level of 0{' or 1' * (scale == 'odds')}: no logarithm"
        return replace(no_estimate(logs, "exact_t", reason), term=scale, unit="kvot")
    found = exact_t(logs, confidence)
    ratio = exp(found.estimate)
    return replace(
        found, term=scale, unit="kvot", estimate=ratio, std_error=ratio * found.std_error,
        conf_low=exp(found.conf_low), conf_high=exp(found.conf_high),
    )  # fmt: skip


def _difference(
    outcome: str, unit: str, yes: np.ndarray, n: np.ndarray, confidence: float
) -> Estimate:
    reason = _problem(yes, n)
    if reason:
        return _none(outcome, "absolute", unit, reason, n)
    share = yes / n
    estimate, error = float(_SIGNS @ share), sqrt(np.sum(share * (1 - share) / n))
    p_value, reach = _normal(estimate, error, confidence)
    return Estimate(
        outcome, "absolute", estimate, error, p_value, estimate - reach, estimate + reach,
        unit, "two_by_two", round(n.sum()), 2,
    )  # fmt: skip


def _ratio(
    outcome: str,
    term: Scale,
    yes: np.ndarray,
    n: np.ndarray,
    confidence: float,
) -> Estimate:
    """Return the ratio of the arms' ratios of shares (relative), or of odds."""
    no = n - yes
    reason = _problem(yes, n)
    if not reason and (yes.min() == 0 or (term == "odds" and no.min() == 0)):
        reason = "a share is 0 or 1: the ratio has no logarithm"
    if reason:
        return _none(outcome, term, "kvot", reason, n)
    base, sign = (no, 1) if term == "odds" else (n, -1)
    log_ratio = float(_SIGNS @ np.log(yes / base))
    error = sqrt(np.sum(1 / yes + sign / base))
    p_value, reach = _normal(log_ratio, error, confidence)
    ratio = exp(log_ratio)
    return Estimate(
        outcome, term, ratio, ratio * error, p_value,
        exp(log_ratio - reach), exp(log_ratio + reach), "kvot", "two_by_two", round(n.sum()), 2,
    )  # fmt: skip


def _problem(yes: np.ndarray, n: np.ndarray) -> str:
    if n.min() == 0:
        return "an arm has no units"
    return "no variation in any arm" if np.all((yes == 0) | (yes == n)) else ""


def _normal(estimate: float, error: float, confidence: float) -> tuple[float, float]:
    """Return the two-sided p-value and half the interval's width."""
    p_value = float(2 * stats.norm.sf(abs(estimate) / error))
    return p_value, float(stats.norm.ppf((1 + confidence) / 2)) * error


def _none(outcome: str, term: str, unit: str, reason: str, n: np.ndarray) -> Estimate:
    empty = undefined(outcome, unit, "two_by_two", reason, n=round(n.sum()), n_areas=2)
    return replace(empty, term=term)
