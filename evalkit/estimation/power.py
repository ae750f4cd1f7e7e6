"""What could be found: the minimum detectable effect of the exact t test, after and before.

After: from the spread of the areas' own changes. Before a pilot starts: from the loads that areas
would have and what is known of how single cases and area-years vary (`planned_spread`), with
loads that differ between areas (`planned_effect`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, isnan, lgamma, log, nan, sqrt
from typing import Literal

import numpy as np
from scipy import integrate, linalg, optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import contrast
from evalkit.results import Changes, Estimate

Kind = Literal["share", "rate", "mean"]


@dataclass(frozen=True, slots=True)
class SimulatedPower:
    """The share of `draws` in which the exact t rejected; `std_error` is its Monte Carlo error."""

    share: float
    std_error: float
    draws: int


@dataclass(frozen=True, slots=True)
class PlannedEffect:
    """What a planned design finds with probability `power`, in the outcome's unit.

    `size` is how often the exact t would reject a true null with these unequal spreads (the wanted
    5 % when they are equal); `size_error` its Monte Carlo error.
    """

    effect: float
    power: float
    size: float
    size_error: float
    draws: int


def minimum_detectable_effect(
    changes: Changes, power: float = 0.8, confidence: float = 0.95
) -> float:
    """Return the effect that `inference.exact_t` finds with probability `power`.

    In the outcome's unit, from the spread of the areas' own changes; NaN where that spread cannot
    be had, for the reasons that `exact_t` gives.
    """
    found = contrast(changes)
    if found.reason:
        return nan
    k, m = int(changes.treated.sum()), changes.n_comparison
    return detectable_multiple(m, k, power, confidence) * found.sd


def detectable_by(
    estimate: Estimate, changes: Changes, power: float = 0.8, confidence: float = 0.95
) -> float:
    """Return the effect that a method with the standard error of `estimate` finds, in its unit.

    The exact t's noncentrality times that error: for `exact_t` it is `minimum_detectable_effect`,
    for other t-like intervals an approximation. A method without an error is given the exact t's.
    """
    if isnan(estimate.std_error):
        return minimum_detectable_effect(changes, power, confidence)
    k, m = int(changes.treated.sum()), changes.n_comparison
    return detectable_multiple(m, k, power, confidence) / sqrt(1 / k + 1 / m) * estimate.std_error


def detectable_multiple(
    n_comparison: int,
    n_treated: int = 1,
    power: float = 0.8,
    confidence: float = 0.95,
    rho: float = 1.0,
) -> float:
    """Return the detectable effect in units of the standard deviation of an area's change.

    The exact t statistic under an effect is noncentral t; this solves for the noncentrality whose
    two-sided rejection probability is `power`.

    Parameters
    ----------
    n_comparison, n_treated : numbers of areas; together at least three, none zero.
    rho : 1 for the exact t; otherwise the effect that `heterogeneity.lau_li` finds while guarding
        rho, in areas that vary alike. One treated area.
    """
    df = n_comparison + n_treated - 2
    if min(n_comparison, n_treated) < 1 or df < 1:
        raise DesignError("power: needs a treated and a comparison area, and three in all")
    if not 1 - confidence < power < 1:
        raise DesignError("power: must lie between 1 - confidence and 1")
    if rho <= 0 or (rho != 1 and n_treated != 1):
        raise DesignError("power: rho must be positive, and 1 unless one area is treated")
    scale = sqrt(1 / n_treated + 1 / n_comparison)
    guarded = sqrt(rho**2 / n_treated + 1 / n_comparison) / scale
    critical = float(stats.t.ppf((1 + confidence) / 2, df)) * guarded

    def shortfall(noncentrality: float) -> float:
        return rejection_probability(noncentrality, df, critical) - power

    if shortfall(0.0) > 0:
        raise DesignError("power: a test guarding so small a rho rejects that often without effect")
    upper = 1.0
    while shortfall(upper) < 0:
        upper *= 2
    return float(optimize.brentq(shortfall, 0.0, upper, xtol=1e-10)) * scale


def rejection_probability(noncentrality: float, df: int, critical: float) -> float:
    """Return the probability that a noncentral t lies beyond `critical` on either side.

    int_0^inf [Phi(d - c s) + Phi(-d - c s)] f(s) ds, with d the noncentrality, c the critical value
    and f the density of a root mean square of df normals. Integrated here since scipy's
    noncentral t is NaN for some ordinary arguments (1.17: df 1, noncentrality 8).
    """
    constant = log(2) + df / 2 * log(df / 2) - lgamma(df / 2)

    def beyond(s: float) -> float:
        density = exp(constant + (df - 1) * log(s) - df * s * s / 2)
        return density * (_phi(noncentrality - critical * s) + _phi(-noncentrality - critical * s))

    top = sqrt(float(stats.chi2.isf(1e-16, df)) / df)
    # Where the integrand bends; nearer zero the integrator would take a step to zero itself.
    bend = min(max(abs(noncentrality) / critical, 1e-6 * top), top)
    found = integrate.quad(beyond, 0.0, top, points=[bend], limit=200, epsabs=1e-13)
    return float(found[0])


def simulated_power(
    effect: float,
    treated_sd: Sequence[float],
    comparison_sd: Sequence[float],
    draws: int,
    seed: int,
    confidence: float = 0.95,
) -> SimulatedPower:
    """Return how often the exact t rejects an effect, areas' changes normal and independent.

    Without an effect it is the size: above 1 - confidence where a treated area varies more than
    the others, below it where it varies less.

    Parameters
    ----------
    effect : in the outcome's unit.
    treated_sd, comparison_sd : one standard deviation of the change for each area of the arm.
    """
    difference, limit = _noise(treated_sd, comparison_sd, draws, seed, confidence)
    share = float((np.abs(effect + difference) >= limit).mean())
    return SimulatedPower(share, sqrt(share * (1 - share) / draws), draws)


def planned_effect(
    treated_sd: Sequence[float],
    comparison_sd: Sequence[float],
    draws: int,
    seed: int,
    power: float = 0.8,
    confidence: float = 0.95,
) -> PlannedEffect:
    """Return the effect that the exact t finds with probability `power` in areas that vary apart.

    By simulation on one set of draws, so that the same seed gives the same answer; with equal
    spreads it is `detectable_multiple` times their standard deviation, within Monte Carlo error.

    Parameters
    ----------
    treated_sd, comparison_sd : as in `simulated_power`; `planned_spread` gives them.
    """
    if not 1 - confidence < power < 1:
        raise DesignError("power: must lie between 1 - confidence and 1")
    difference, limit = _noise(treated_sd, comparison_sd, draws, seed, confidence)
    size = float((np.abs(difference) >= limit).mean())
    size_error = sqrt(size * (1 - size) / draws)
    if size >= power:
        raise DesignError("power: the test rejects as often without any effect; even out the areas")

    def shortfall(effect: float) -> float:
        return float((np.abs(effect + difference) >= limit).mean()) - power

    upper = max(*treated_sd, *comparison_sd)
    while shortfall(upper) < 0:
        upper *= 2
    effect = float(optimize.bisect(shortfall, 0.0, upper, xtol=1e-9 * upper))
    return PlannedEffect(effect, power, size, size_error, draws)


def planned_spread(
    case_variance: float,
    loads_before: Sequence[float],
    loads_after: Sequence[float],
    area_variance: float,
) -> np.ndarray:
    """Return the standard deviation of each area's change, sqrt(A + v (1/n_before + 1/n_after)).

    The variance model of `heterogeneity.implied_rho`, with what is expected in place of what is
    seen, and every case of a window weighing alike.

    Parameters
    ----------
    case_variance : v, of one case's value (`case_variance`).
    loads_before, loads_after : cases of each area in its whole window.
    area_variance : A, of an area's change beyond its cases (`area_variance`).
    """
    before, after = np.asarray(loads_before, float), np.asarray(loads_after, float)
    if before.shape != after.shape or not before.size:
        raise DesignError("power: needs one load before and one after for each area")
    if not (before > 0).all() or not (after > 0).all():
        raise DesignError("power: every area needs cases both before and after the start")
    if not (case_variance >= 0 and area_variance >= 0 and case_variance + area_variance > 0):
        raise DesignError("power: variances cannot be negative, nor both zero")
    return np.sqrt(area_variance + case_variance * (1 / before + 1 / after))


def case_variance(kind: Kind, size: float) -> float:
    """Return the variance of one case's value.

    Parameters
    ----------
    kind : "share" (a case has the outcome or not: binomial), "rate" (events per case: Poisson) or
        "mean" (a measured value).
    size : the expected share, the expected rate, or the value's standard deviation.
    """
    if kind == "share" and 0 <= size <= 1:
        return size * (1 - size)
    if kind == "rate" and size >= 0:
        return size
    if kind == "mean" and size >= 0:
        return size**2
    raise DesignError(
        "power: kind must be 'share' (0 to 1), 'rate' or 'mean' (standard deviation), not negative"
    )


def area_variance(
    yearly: float, years_before: int, wash_in: int, years_after: int, autocorrelation: float = 0.0
) -> float:
    """Return the variance of an area's change that its years add beyond their cases.

    Of the difference between two means of years whose deviations have variance `yearly` and
    correlation autocorrelation^h at h years' distance; `wash_in` years lie between the windows.
    """
    if min(years_before, years_after) < 1 or wash_in < 0 or yearly < 0:
        raise DesignError("power: needs a year on each side, and no negative number")
    if not -1 < autocorrelation < 1:
        raise DesignError("power: autocorrelation must lie between -1 and 1")
    weights = np.concatenate(
        [
            np.full(years_before, -1 / years_before),
            np.zeros(wash_in),
            np.full(years_after, 1 / years_after),
        ]
    )
    correlation = linalg.toeplitz(autocorrelation ** np.arange(len(weights)))
    return float(yearly * weights @ correlation @ weights)


def _noise(
    treated_sd: Sequence[float],
    comparison_sd: Sequence[float],
    draws: int,
    seed: int,
    confidence: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each draw's difference without effect, and how large it must be to be significant."""
    arms = np.asarray(treated_sd, float), np.asarray(comparison_sd, float)
    k, m = (len(arm) for arm in arms)
    df = k + m - 2
    if min(k, m) < 1 or df < 1:
        raise DesignError("power: needs a treated and a comparison area, and three in all")
    if not all((arm >= 0).all() for arm in arms) or arms[1].max() == 0:
        raise DesignError("power: standard deviations cannot be negative, nor all zero")
    random = np.random.default_rng(seed)
    treated, comparison = (random.normal(size=(draws, len(arm))) * arm for arm in arms)
    spread = np.sqrt((k * treated.var(axis=1) + m * comparison.var(axis=1)) / df)
    critical = float(stats.t.ppf((1 + confidence) / 2, df)) * sqrt(1 / k + 1 / m)
    return treated.mean(axis=1) - comparison.mean(axis=1), critical * spread


def _phi(x: float) -> float:
    """Return the standard normal distribution function; scipy's is slow on single numbers."""
    return erfc(-x / sqrt(2)) / 2
