"""How sure one can be with one treated area: every method takes the same argument.

A method is a function of `Changes` and a confidence level that returns an `Estimate` of the same
contrast: the treated areas' mean change minus the comparison areas'. When it is undefined is said
in `contrast`; where each comes from and what it assumes, in docs/methods.md.
"""

from collections.abc import Callable
from itertools import combinations
from math import comb, floor, nan, sqrt

import numpy as np
from scipy import stats

from evalkit.estimation.contrast import (
    ROUNDING,
    contrast,
    estimate_of,
    no_estimate,
    rounding,
    split,
    t_estimate,
)
from evalkit.estimation.heterogeneity import lau_li
from evalkit.estimation.load_weighted import load_weighted
from evalkit.estimation.rearrangement import rearrangement
from evalkit.estimation.wild_bootstrap import wild_restricted, wild_unrestricted
from evalkit.results import Changes, Estimate

MOST_PLACEMENTS = 200_000


def exact_t(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast with its exact t interval; valid from two comparison areas on.

    With one treated and m comparison areas the statistic is (z1 - mean) / (S sqrt(1 + 1/m)), t
    with m - 1 degrees of freedom when areas' changes are normal with equal variance. With several
    treated areas the spread is pooled within the arms, with k + m - 2 degrees of freedom. Changes
    from `detrending.detrended` give the detrended variant.

    Source: Donald & Lang (2007), Review of Economics and Statistics 89(2); Lee & Wooldridge
    (2026).
    """
    found = contrast(changes)
    if found.reason:
        return no_estimate(changes, "exact_t", found.reason)
    return t_estimate(changes, "exact_t", found.difference, found.std_error, found.df, confidence)


def cluster_robust(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast as cluster-robust software would judge it: a warning, not a result.

    CRV1 of the regression of changes on the arm, one area a cluster, factor G/(G-1), t with G - 1
    degrees of freedom. One treated area is fitted without a residual and so adds nothing to the
    variance; `reason` then tells how often a true null would be rejected.
    """
    treated, comparison = split(changes)
    k, m = len(treated), len(comparison)
    found = contrast(changes)
    if found.reason:
        return no_estimate(changes, "cluster_robust", found.reason)
    within = np.var(treated) / k + np.var(comparison) / m
    error = sqrt(within * (k + m) / (k + m - 1))
    reason = ""
    if k == 1:
        size = cluster_robust_size(m, confidence)
        reason = f"not valid with one treated area: rejects {size:.0%} of true nulls"
    return t_estimate(
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
    treated, comparison = split(changes)
    k, m = len(treated), len(comparison)
    if np.isnan(changes.change).any():
        return no_estimate(changes, "permutation", contrast(changes).reason)
    placements = comb(k + m, k)
    if placements > MOST_PLACEMENTS:
        return no_estimate(changes, "permutation", f"{placements} placements are too many")
    difference = float(treated.mean() - comparison.mean())
    sums = _placement_sums(changes.change, k)
    contrasts = np.abs(sums / k - (changes.change.sum() - sums) / m)
    p_value = float(np.mean(contrasts >= abs(difference) - rounding(changes)))
    limits = _inverted(difference, comparison, confidence) if k == 1 else (nan, nan)
    reason = f"smallest possible p-value 1/{placements}"
    return estimate_of(changes, "permutation", difference, p_value, limits, reason)


# For any number of treated areas.
METHODS: dict[str, Callable[[Changes, float], Estimate]] = {
    "exact_t": exact_t,
    "permutation": permutation,
    "cluster_robust": cluster_robust,
    "wild_restricted": wild_restricted,
    "wild_unrestricted": wild_unrestricted,
}
# Undefined, with a reason, when several areas are treated.
ONE_TREATED: dict[str, Callable[[Changes, float], Estimate]] = {
    "lau_li": lau_li,
    "load_weighted": load_weighted,
    "rearrangement": rearrangement,
}
EVERY = METHODS | ONE_TREATED


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
