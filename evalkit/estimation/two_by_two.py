"""The textbook 2x2 of counts on three scales, to show that the scale matters."""

from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import Literal

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.results import Estimate, undefined

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
    term: Literal["relative", "odds"],
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
