"""How sure one can be with one treated area: every method takes the same argument.

A method is a function of `Changes` and a confidence level that returns an `Estimate` of the same
contrast: the treated areas' mean change minus the comparison areas'. No treated or no comparison
area at all is a `DesignError`, since nothing is then compared. A contrast that exists but whose
uncertainty cannot be had (missing change, too few areas, no spread) is undefined, with a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb, floor, nan, sqrt

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.results import Changes, Estimate, undefined

MOST_PLACEMENTS = 200_000
# Relative to the levels: what is smaller than this is the rounding of sums, not a difference.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Contrast:
    """The treated areas' mean change minus the comparison areas', and areas' spread around them.

    `sd` is the standard deviation of an area's change within its arm, with `df` degrees of
    freedom; `std_error` is that of `difference`. NaN, with a `reason`, where there is none.
    """

    difference: float
    sd: float
    std_error: float
    df: int
    reason: str = ""


def contrast(changes: Changes) -> Contrast:
    """Return the contrast of the two arms under equal variance of areas' changes.

    The spread is pooled within the arms. One treated area says nothing about spread, so with one
    it is the comparison areas' standard deviation, with m - 1 degrees of freedom.
    """
    treated, comparison = _split(changes)
    k, m = len(treated), len(comparison)
    if np.isnan(changes.change).any():
        missing = int(np.isnan(changes.change).sum())
        return Contrast(nan, nan, nan, 0, f"{missing} areas have no change")
    difference = float(treated.mean() - comparison.mean())
    df = k + m - 2
    if df == 0:
        return Contrast(difference, nan, nan, 0, "one comparison area: no spread to judge by")
    sd = sqrt((k * np.var(treated) + m * np.var(comparison)) / df)
    if sd <= _rounding(changes):
        return Contrast(difference, nan, nan, df, "the areas' changes do not vary")
    return Contrast(difference, sd, sd * sqrt(1 / k + 1 / m), df)


def exact_t(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast with its exact t interval; valid from two comparison areas on.

    With one treated and m comparison areas the statistic is (z1 - mean) / (S sqrt(1 + 1/m)), t
    with m - 1 degrees of freedom when areas' changes are normal with equal variance. With several
    treated areas the spread is pooled within the arms, with k + m - 2 degrees of freedom.

    Source: Donald & Lang (2007), Review of Economics and Statistics 89(2); Lee & Wooldridge
    (2026).
    """
    found = contrast(changes)
    if found.reason:
        return _undefined(changes, "exact_t", found.reason)
    return _t_estimate(changes, "exact_t", found.difference, found.std_error, found.df, confidence)


def cluster_robust(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast as cluster-robust software would judge it: a warning, not a result.

    CRV1 of the regression of changes on the arm, one area a cluster, factor G/(G-1), t with G - 1
    degrees of freedom. One treated area is fitted without a residual and so adds nothing to the
    variance; `reason` then tells how often a true null would be rejected.
    """
    treated, comparison = _split(changes)
    k, m = len(treated), len(comparison)
    found = contrast(changes)
    if found.reason:
        return _undefined(changes, "cluster_robust", found.reason)
    within = np.var(treated) / k + np.var(comparison) / m
    error = sqrt(within * (k + m) / (k + m - 1))
    reason = ""
    if k == 1:
        size = cluster_robust_size(m, confidence)
        reason = f"not valid with one treated area: rejects {size:.0%} of true nulls"
    return _t_estimate(
        changes, "cluster_robust", found.difference, error, k + m - 1, confidence, reason
    )


def cluster_robust_size(n_comparison: int, confidence: float = 0.95) -> float:
    """Return how often `cluster_robust` rejects a true null with one treated area.

    In closed form: its t is `exact_t`'s times m / sqrt(m - 1), and the latter is t with m - 1
    degrees of freedom.

    Parameters
    ----------
    n_comparison : m, number of comparison areas, at least 2.
    """
    m = n_comparison
    critical = stats.t.ppf((1 + confidence) / 2, m)
    return float(2 * stats.t.sf(critical * sqrt(m - 1) / m, m - 1))


def permutation(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast with the exact p-value over all placements of the treatment.

    The p-value is the share of placements, the realised one included, with a contrast at least as
    large in absolute value; `reason` states the smallest value it can take. The interval inverts
    the test and exists with one treated area when that floor is below 1 - confidence.
    """
    treated, comparison = _split(changes)
    k, m = len(treated), len(comparison)
    if np.isnan(changes.change).any():
        return _undefined(changes, "permutation", contrast(changes).reason)
    placements = comb(k + m, k)
    if placements > MOST_PLACEMENTS:
        return _undefined(changes, "permutation", f"{placements} placements are too many")
    difference = float(treated.mean() - comparison.mean())
    sums = _placement_sums(changes.change, k)
    contrasts = np.abs(sums / k - (changes.change.sum() - sums) / m)
    p_value = float(np.mean(contrasts >= abs(difference) - _rounding(changes)))
    low, high = _inverted(difference, comparison, confidence) if k == 1 else (nan, nan)
    reason = f"smallest possible p-value 1/{placements}"
    return Estimate(
        changes.outcome, "att", difference, nan, p_value, low, high,
        changes.unit, "permutation", _units(changes), k + m, reason,
    )  # fmt: skip


METHODS: dict[str, Callable[[Changes, float], Estimate]] = {
    "exact_t": exact_t,
    "permutation": permutation,
    "cluster_robust": cluster_robust,
}


def _split(changes: Changes) -> tuple[np.ndarray, np.ndarray]:
    treated = changes.change[changes.treated]
    comparison = changes.change[~changes.treated]
    if not len(treated) or not len(comparison):
        raise DesignError(
            f"{changes.outcome}: {len(treated)} treated and {len(comparison)} comparison areas; "
            "a comparison needs at least one of each"
        )
    return treated, comparison


def _rounding(changes: Changes) -> float:
    return ROUNDING * float(max(np.abs(changes.pre).max(), np.abs(changes.post).max()))


def _placement_sums(values: np.ndarray, k: int) -> np.ndarray:
    """Return the sum of `values` over each choice of k areas."""
    return np.array([sum(chosen) for chosen in combinations(values.tolist(), k)])


def _inverted(difference: float, comparison: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the effects that the permutation test keeps, one treated area; NaN when it keeps all.

    With the effect removed the treated area lies v from the comparison mean. A comparison area at
    distance c from that mean is the more extreme one for v between c and -c (m + 1) / (m - 1), so
    the values of v kept at each side are those that enough comparison areas cover.
    """
    m = len(comparison)
    needed = floor((1 - confidence) * (m + 1) + ROUNDING)
    if needed < 1 or m == 1:
        return nan, nan
    near = comparison - comparison.mean()
    far = -near * (m + 1) / (m - 1)
    highest = np.sort(np.maximum(near, far))[-needed]
    lowest = np.sort(np.minimum(near, far))[needed - 1]
    return difference - float(highest), difference - float(lowest)


def _t_estimate(
    changes: Changes,
    method: str,
    difference: float,
    error: float,
    df: int,
    confidence: float,
    reason: str = "",
) -> Estimate:
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    p_value = float(2 * stats.t.sf(abs(difference) / error, df))
    return Estimate(
        changes.outcome, "att", difference, error, p_value,
        difference - reach, difference + reach,
        changes.unit, method, _units(changes), len(changes.areas), reason,
    )  # fmt: skip


def _undefined(changes: Changes, method: str, reason: str) -> Estimate:
    return undefined(
        changes.outcome, changes.unit, method, reason,
        n=_units(changes), n_areas=len(changes.areas),
    )  # fmt: skip


def _units(changes: Changes) -> int:
    return round(float(changes.n_pre.sum() + changes.n_post.sum()))
