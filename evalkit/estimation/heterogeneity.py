"""What if the treated area's change varies more than the others'? The t test of Lau & Li.

`exact_t` assumes equal variance. Here the treated area's change may have a standard deviation of
up to rho times that of every comparison area. How large rho must be before the conclusion falls is
`breakdown_rho`; how large the areas' numbers of cases make it is `implied_rho`.

Source: Lau & Li (2025), Cluster-robust inference with a single treated cluster using the t-test,
arXiv 2511.05710.
"""

from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np
from scipy import optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import no_estimate, one_treated_contrast, t_estimate
from evalkit.results import Changes, Estimate


@dataclass(frozen=True, slots=True)
class ImpliedRho:
    """The rho that areas' numbers of cases imply.

    `rho` is the treated area's standard deviation over the smallest comparison area's;
    `area_variance` (A) is what areas vary by beyond their cases, `case_variance` each area's part
    from the chance of single cases (length of `areas`). NaN, with a `reason`, where undefined.
    """

    rho: float
    area_variance: float
    areas: tuple[str, ...]
    case_variance: np.ndarray
    reason: str = ""


def lau_li(changes: Changes, confidence: float = 0.95, rho: float = 2.0) -> Estimate:
    """Return the contrast with an interval that holds for a treated area up to rho as variable.

    The critical value of T = (z1 - mean) / S is sqrt(rho^2 + 1/m) times the t quantile with m - 1
    degrees of freedom (Algorithm 3.1, case 1); `std_error` is S sqrt(rho^2 + 1/m), the largest
    that the bound allows. `reason` states the bound, and where the closed form is not proven for
    the interval or only a lower bound of the p-value (see `closed_form_level`).

    Parameters
    ----------
    rho : largest ratio of the treated area's standard deviation to any comparison area's.

    Raises
    ------
    DesignError : rho is not positive.
    """
    if rho <= 0:
        raise DesignError("lau_li: rho must be positive")
    found = one_treated_contrast(changes)
    if found.reason:
        return no_estimate(changes, "lau_li", found.reason)
    m = changes.n_comparison
    error = found.sd * sqrt(rho**2 + 1 / m)
    p_value = float(2 * stats.t.sf(abs(found.difference) / error, m - 1))
    reason = f"standard deviation at most {rho:g} times any comparison area's"
    reason += _doubt(closed_form_level(m, rho), 1 - confidence, p_value)
    return t_estimate(changes, "lau_li", found.difference, error, m - 1, confidence, reason)


def _doubt(proven: float, level: float, p_value: float) -> str:
    if isnan(proven):
        return "; closed form not proven for fewer than four comparison areas"
    interval = f"; interval proven up to the {proven:.1%} level only" if level > proven else ""
    return interval + ("; p-value a lower bound" if p_value > proven else "")


def breakdown_rho(changes: Changes, confidence: float = 0.95) -> float:
    """Return the rho at which `lau_li` no longer rejects no effect, sqrt((T / t)^2 - 1/m).

    NaN when the test would not reject even if the treated area did not vary at all.
    """
    found = one_treated_contrast(changes)
    if found.reason:
        return nan
    m = changes.n_comparison
    critical = float(stats.t.ppf((1 + confidence) / 2, m - 1))
    square = (found.difference / found.sd / critical) ** 2 - 1 / m
    return sqrt(square) if square > 0 else nan


def closed_form_level(n_comparison: int, rho: float) -> float:
    """Return the largest two-sided level for which `lau_li`'s critical value is proven exact.

    Theorem 4.4 and equation (17); NaN with fewer than four comparison areas, which the theorem
    leaves out.
    """
    m = n_comparison
    if m < 4:
        return nan
    least = sqrt(3 * (m - 1) / (m * (m - 3))) * (1 + 1e-9)
    upper = least
    while _excess(upper, m, rho) > 0:
        upper *= 2
    critical = least
    if upper > least:
        critical = float(optimize.brentq(_excess, least, upper, args=(m, rho)))
    return float(2 * stats.t.sf(critical / sqrt(rho**2 + 1 / m), m - 1))


def _excess(c: float, m: int, rho: float) -> float:
    """Return H_m(c, rho) of Theorem 4.4: not positive where the closed form is exact."""
    kappa = m * c**2 / (m - 1)
    tau = (kappa + 1) / (m * kappa)
    scale = m * rho**2 + 1
    z = 1 / (2 * max(scale, kappa + 2))
    first = max(3 * scale / (scale + kappa), (2 * kappa + 3) / (kappa + 1))
    second = (1 - tau) / (1 - tau + min((1 - 2 * tau) * kappa * z - 0.5, 0.0))
    return first + second - m * kappa / (scale + kappa) - 1


def implied_rho(changes: Changes) -> ImpliedRho:
    """Return the rho implied by the areas' numbers of cases, for one treated area.

    Var(z_g) = A + v_g, v_g what the chance of single cases gives (`Changes.case_variance`). A is
    the comparison areas' sample variance less their mean case variance, at least 0.

    Source: the variance model of Ferman & Pinto (2019), Review of Economics and Statistics 101(3),
    with A taken from few comparison areas.
    """
    chance, treated = changes.case_variance, changes.treated
    reason = _no_rho(changes)
    if reason or chance is None:
        return ImpliedRho(nan, nan, changes.areas, np.full(len(treated), nan), reason)
    spread = float(np.var(changes.change[~treated], ddof=1))
    beyond = max(0.0, spread - float(chance[~treated].mean()))
    least = beyond + float(chance[~treated].min())
    if least == 0:
        return ImpliedRho(nan, beyond, changes.areas, chance, "a comparison area does not vary")
    rho = sqrt((beyond + float(chance[treated][0])) / least)
    return ImpliedRho(rho, beyond, changes.areas, chance)


def _no_rho(changes: Changes) -> str:
    k, missing = int(changes.treated.sum()), int(np.isnan(changes.change).sum())
    if k != 1:
        return f"made for one treated area, there are {k}"
    if missing:
        return f"{missing} areas have no change"
    if changes.n_comparison < 2:
        return "one comparison area: no spread to judge by"
    return "" if changes.case_variance is not None else "the variance between cases was not counted"
