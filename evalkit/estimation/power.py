"""What could have been found: the minimum detectable effect of the exact t test."""

from math import nan, sqrt

from scipy import optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.inference import contrast
from evalkit.results import Changes


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


def detectable_multiple(
    n_comparison: int, n_treated: int = 1, power: float = 0.8, confidence: float = 0.95
) -> float:
    """Return the detectable effect in units of the standard deviation of an area's change.

    The exact t statistic under an effect is noncentral t; this solves for the noncentrality whose
    two-sided rejection probability is `power`.

    Parameters
    ----------
    n_comparison, n_treated : numbers of areas; together at least three, none zero.
    """
    df = n_comparison + n_treated - 2
    if min(n_comparison, n_treated) < 1 or df < 1:
        raise DesignError("power: needs a treated and a comparison area, and three in all")
    if not 1 - confidence < power < 1:
        raise DesignError("power: must lie between 1 - confidence and 1")
    critical = stats.t.ppf((1 + confidence) / 2, df)

    def shortfall(noncentrality: float) -> float:
        above = stats.nct.sf(critical, df, noncentrality)
        below = stats.nct.cdf(-critical, df, noncentrality)
        return above + below - power

    upper = 1.0
    while shortfall(upper) < 0:
        upper *= 2
    noncentrality = optimize.brentq(shortfall, 0.0, upper, xtol=1e-10)
    return float(noncentrality) * sqrt(1 / n_treated + 1 / n_comparison)
