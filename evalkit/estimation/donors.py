"""How sure one can be with many donors: each of them in the treated area's place.

A donor's gap to a weighted mean of the other donors is a placebo gap, where there is no effect to
find. The treated area's gap is judged by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, nan, sqrt

import numpy as np
from scipy import stats

from evalkit.estimation.contrast import ROUNDING
from evalkit.estimation.synthetic import (
    Method,
    Panel,
    SyntheticFit,
    fit_synthetic,
    panel_of,
    panel_rounding,
)
from evalkit.results import Estimate, Levels, undefined

# A convention, not a theorem: beyond this many times the median donor's error before the start
# the treated area is said to lie outside what the donors can reproduce.
POOR_FIT = 2.0


@dataclass(frozen=True, slots=True)
class DonorComparison:
    """The treated area's gap, judged by the donors' placebo gaps.

    `estimate` carries the t interval and `permutation` the rank; `placebo_mean` and `placebo_sd`
    are the placebo gaps' mean and standard deviation (divisor m), the latter the placebo standard
    error of Arkhangelsky et al. (2021), Algorithm 4, over all donors; `fit_ratio` is the treated
    area's `pre_rmse` over the median donor's. `placebos` has one fit for each of `fit.donors`, in
    their order. NaN and empty where there are no placebos, for the reason in `estimate`.
    """

    estimate: Estimate
    permutation: Estimate
    fit: SyntheticFit
    placebos: tuple[SyntheticFit, ...]
    placebo_mean: float
    placebo_sd: float
    fit_ratio: float


def synthetic_control(levels: Levels, confidence: float = 0.95) -> Estimate:
    """Return the gap to a synthetic control, with a t interval from donors' placebo gaps.

    See `compare_with_donors`, and `synthetic.fit_synthetic` for the source.
    """
    return compare_with_donors(levels, "synthetic_control", confidence).estimate


def synthetic_did(levels: Levels, confidence: float = 0.95) -> Estimate:
    """Return the synthetic difference-in-differences, with a t interval from placebo gaps.

    See `compare_with_donors`, and `synthetic.fit_synthetic` for the source.
    """
    return compare_with_donors(levels, "synthetic_did", confidence).estimate


def compare_with_donors(
    levels: Levels, method: Method, confidence: float = 0.95
) -> DonorComparison:
    """Return a method's estimate with all that it rests on: weights, placebos and fit.

    With the gap d, and m placebo gaps with mean g and standard deviation S (divisor m - 1), the
    statistic is (d - g) / (S sqrt(1 + 1/m)), judged as t with m - 1 degrees of freedom; the
    interval inverts it and so is centred on d - g. The permutation p-value is the rank of |d|
    among the m + 1 gaps. Without placebos (several treated areas, two donors) the estimate stands
    alone, and `reason` says why.

    Raises
    ------
    DesignError : no treated or no comparison area, or no year before or after the start.
    """
    panel = panel_of(levels)
    fit = fit_synthetic(panel, method)
    reason = fit.reason or _no_placebos(panel)
    placebos = () if reason else _placebos(panel, method)
    ratio = _fit_ratio(panel, fit, placebos)
    point = replace(
        undefined(
            levels.outcome, levels.unit, method, reason or _poor_fit(ratio),
            n=panel.n, n_areas=panel.n_treated + len(panel.donors),
        ),
        estimate=fit.estimate,
    )  # fmt: skip
    permutation = replace(point, method=f"{method}_permutation")
    if reason:
        return DonorComparison(point, permutation, fit, placebos, nan, nan, nan)
    gaps, rounding = np.array([one.estimate for one in placebos]), panel_rounding(panel)
    return DonorComparison(
        _t_on_gaps(point, gaps, rounding, confidence),
        _rank_of_gap(permutation, gaps, rounding, confidence),
        fit, placebos, float(gaps.mean()), float(gaps.std()), ratio,
    )  # fmt: skip


def _no_placebos(panel: Panel) -> str:
    if panel.n_treated > 1:
        return f"placebos are made for one treated area, there are {panel.n_treated}"
    if len(panel.donors) < 3:
        return "two comparison areas: a placebo would have one donor left; three are needed"
    return ""


def _placebos(panel: Panel, method: Method) -> tuple[SyntheticFit, ...]:
    """Return the fit of each donor to the others, the treated area left out."""
    return tuple(fit_synthetic(_in_its_place(panel, j), method) for j in range(len(panel.donors)))


def _in_its_place(panel: Panel, donor: int) -> Panel:
    return replace(
        panel,
        donors=panel.donors[:donor] + panel.donors[donor + 1 :],
        treated=panel.comparison[:, donor],
        comparison=np.delete(panel.comparison, donor, axis=1),
    )


def _fit_ratio(panel: Panel, fit: SyntheticFit, placebos: Sequence[SyntheticFit]) -> float:
    """Return the treated area's error before the start over the median donor's.

    NaN where there are no placebos, or when half of the donors are reproduced without error.
    """
    errors = [placebo.pre_rmse for placebo in placebos]
    if not errors or np.median(errors) <= panel_rounding(panel):
        return nan
    return fit.pre_rmse / float(np.median(errors))


def _poor_fit(ratio: float) -> str:
    if not ratio > POOR_FIT:
        return ""
    return (
        "the donors do not reproduce the treated area before the start: its error is "
        f"{ratio:.1f} times the median donor's"
    )


def _t_on_gaps(point: Estimate, gaps: np.ndarray, rounding: float, confidence: float) -> Estimate:
    m = len(gaps)
    error = float(gaps.std(ddof=1)) * sqrt(1 + 1 / m)
    if error <= rounding:
        return replace(point, reason="the placebo gaps do not vary")
    beyond = point.estimate - float(gaps.mean())
    reach = float(stats.t.ppf((1 + confidence) / 2, m - 1)) * error
    return replace(
        point,
        std_error=error,
        p_value=float(2 * stats.t.sf(abs(beyond) / error, m - 1)),
        conf_low=beyond - reach,
        conf_high=beyond + reach,
    )


def _rank_of_gap(point: Estimate, gaps: np.ndarray, rounding: float, confidence: float) -> Estimate:
    """Return the estimate judged by its rank; an effect is kept while enough gaps are as large."""
    m = len(gaps)
    sizes = np.sort(np.abs(gaps))[::-1]
    as_large = int(np.sum(sizes >= abs(point.estimate) - rounding))
    needed = floor((1 - confidence) * (m + 1) + ROUNDING)
    reach = float(sizes[needed - 1]) if needed else nan
    reasons = [f"smallest possible p-value 1/{m + 1}", point.reason]
    return replace(
        point,
        p_value=(1 + as_large) / (m + 1),
        conf_low=point.estimate - reach,
        conf_high=point.estimate + reach,
        reason="; ".join(filter(None, reasons)),
    )
