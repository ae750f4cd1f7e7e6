"""Hagemann's rearrangement test for one treated area whose variance may differ from the others'.

The treated area's distance from the comparison mean is shrunk by the factor 1 - w and must still
be the largest of all areas' distances. The weight w is such that a true null is rejected with at
most the wanted probability, if the treated area's change has a standard deviation of at most rho
times that of all but one of the comparison areas.

Source: Hagemann (2025), Inference with a single treated cluster, Review of Economic Studies 92(6),
3968-3994: Algorithm 3.3 and Table 1.
"""

from functools import lru_cache
from math import erfc, exp, inf, nan, pi, sqrt

import numpy as np
from scipy import integrate, optimize

from evalkit.estimation.contrast import estimate_of, no_estimate, one_treated_contrast
from evalkit.results import Changes, Estimate

_PRECISION = 1e-9


def rearrangement(changes: Changes, confidence: float = 0.95, rho: float = 2.0) -> Estimate:
    """Return the contrast judged by the rearrangement test, each side at half the level.

    The p-value is twice the smallest level at which the test of the estimate's own sign rejects;
    1 when a comparison area lies further out. `reason` states the smallest value it can take, and
    there is no interval when that is above 1 - confidence.

    Parameters
    ----------
    rho : largest ratio of the treated area's standard deviation to a comparison area's, one
        comparison area excepted.
    """
    found = one_treated_contrast(changes)
    if found.reason:
        return no_estimate(changes, "rearrangement", found.reason)
    apart = changes.change[~changes.treated] - changes.change[~changes.treated].mean()
    q = len(apart)
    p_value = min(1.0, 2 * _least_bound(_room(found.difference, apart), q, rho))
    weight = rearrangement_weight(q, (1 - confidence) / 2, rho)
    limits = (
        found.difference - float(apart.max()) / (1 - weight),
        found.difference - float(apart.min()) / (1 - weight),
    )
    floor = min(1.0, 2 * _least_bound(1.0, q, rho))
    reason = f"smallest possible p-value {floor:.2g}"
    return estimate_of(changes, "rearrangement", found.difference, p_value, limits, reason)


@lru_cache(maxsize=64)
def rearrangement_weight(n_comparison: int, level: float, rho: float = 2.0) -> float:
    """Return the smallest weight w that keeps a one-sided test's size at `level`.

    NaN when no weight does: then rho or the level is too demanding for so few comparison areas.

    Parameters
    ----------
    n_comparison : q, number of comparison areas, at least 2.
    """
    best = _best_weight(1.0, n_comparison, rho)
    if size_bound(best, n_comparison, rho) > level:
        return nan
    if size_bound(0.0, n_comparison, rho) <= level:
        return 0.0
    return float(
        optimize.brentq(lambda w: size_bound(w, n_comparison, rho) - level, 0.0, best, xtol=1e-12)
    )


def largest_heterogeneity(changes: Changes, confidence: float = 0.95) -> float:
    """Return the rho up to which the two-sided rearrangement test rejects no effect.

    NaN when it does not reject even with a treated area that never varies, or cannot be made.
    """
    found = one_treated_contrast(changes)
    if found.reason:
        return nan
    apart = changes.change[~changes.treated] - changes.change[~changes.treated].mean()
    room, q = _room(found.difference, apart), len(apart)

    def excess(rho: float) -> float:
        return 2 * _least_bound(room, q, rho) - (1 - confidence)

    if excess(0.0) > 0:
        return nan
    upper = 1.0
    while excess(upper) <= 0:
        upper *= 2
    return float(optimize.brentq(excess, 0.0, upper, xtol=1e-9))


def size_bound(weight: float, n_comparison: int, rho: float) -> float:
    """Return the largest probability that the one-sided test rejects a true null.

    2^-(q+1) + int_0^inf Phi((1-w) rho y)^(q-1) phi(y) dy
    + min_b [Phi(w sqrt(q-1) b)^(q-1) + 2 Phi(-q b)]

    The first integral is the worst case of spread, the minimum that of the comparison mean's own
    error. Reproduces the weights of Table 1.
    """
    q = n_comparison
    return 2.0 ** -(q + 1) + _spread_term((1 - weight) * rho, q) + _mean_term(weight, q)


def _spread_term(ratio: float, q: int) -> float:
    def density(y: float) -> float:
        return _phi(ratio * y) ** (q - 1) * exp(-y * y / 2) / sqrt(2 * pi)

    return float(integrate.quad(density, 0.0, inf)[0])


def _mean_term(weight: float, q: int) -> float:
    def value(b: float) -> float:
        return _phi(weight * sqrt(q - 1) * b) ** (q - 1) + 2 * _phi(-q * b)

    # Any b gives a valid bound; beyond 2 no more than 2 Phi(-2q) could be gained.
    found = optimize.minimize_scalar(value, bounds=(0.0, 2.0), method="bounded")
    return float(found.fun)


def _phi(x: float) -> float:
    """Return the standard normal distribution function; scipy's is slow on single numbers."""
    return erfc(-x / sqrt(2)) / 2


def _room(difference: float, apart: np.ndarray) -> float:
    """Return the largest weight with which the treated area would still lie furthest out."""
    if difference == 0:
        return -inf
    return 1 - float((np.sign(difference) * apart).max()) / abs(difference)


@lru_cache(maxsize=64)
def _best_weight(room: float, q: int, rho: float) -> float:
    """Return the weight of at most `room` whose size bound is least."""
    found = optimize.minimize_scalar(
        lambda w: size_bound(w, q, rho),
        bounds=(0.0, room),
        method="bounded",
        options={"xatol": _PRECISION},
    )
    return float(found.x)


def _least_bound(room: float, q: int, rho: float) -> float:
    """Return the smallest level at which some weight of at most `room` rejects; 1 if none."""
    if room < 0:
        return 1.0
    return size_bound(_best_weight(room, q, rho), q, rho)
