"""From the effect of an area being offered the pilot to the effect on the children it reached.

The headline compares whole areas, whether or not a child met the pilot. Its ratio to the change in
take-up is the effect per child reached, if being in the area changes nothing for the others (the
exclusion restriction) and no child meets the pilot because its area is not the pilot's.

Source: Fieller (1954), Journal of the Royal Statistical Society B 16(2); Anderson & Rubin (1949),
Annals of Mathematical Statistics 20(1); the ratio is Wald's (1940) and, as an effect on compliers,
that of Imbens & Angrist (1994), Econometrica 62(2).
"""

from dataclasses import dataclass, replace
from math import inf, isnan, nan, sqrt

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import ROUNDING, contrast, no_estimate, rounding, split
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes, Estimate


@dataclass(frozen=True, slots=True)
class ComplierEffect:
    """The effect per unit reached, in the outcome's unit.

    `excluded` is the gap in an unbounded confidence set: the effects that the test rejects while
    it keeps those on either side, out to infinity. NaN twice when there is none.
    """

    estimate: Estimate
    excluded: tuple[float, float] = (nan, nan)


@dataclass(frozen=True, slots=True)
class _Moments:
    """Within-arm variances and covariance of areas' changes in outcome and in take-up."""

    outcome: float
    take_up: float
    both: float


def complier_effect(outcome: Changes, take_up: Changes, confidence: float = 0.95) -> ComplierEffect:
    """Return the contrast of the outcome over that of take-up, with its exact set.

    A value tau is kept when the exact t test of the changes `outcome - tau * take_up` does not
    reject; the kept values solve a quadratic inequality. The set is exact for any strength of the
    take-up: it is an interval when take-up's own contrast differs from 0, otherwise unbounded with
    a gap (`excluded`) or the whole line, which `reason` says. The p-value is the outcome's own: no
    effect on those reached is no effect. There is no standard error.

    Parameters
    ----------
    outcome : areas' changes in the outcome, every unit of the area counted.
    take_up : the same areas' changes in the share that the pilot reached.

    Raises
    ------
    DesignError : the two do not have the same areas and arms.
    """
    if outcome.areas != take_up.areas or not np.array_equal(outcome.treated, take_up.treated):
        raise DesignError(
            f"{outcome.outcome}: take-up must be known for the same areas and arms as the outcome"
        )
    found, reached = contrast(outcome), contrast(take_up)
    reason = found.reason
    if isnan(reached.difference):
        reason = f"take-up: {reached.reason}"
    elif not reason and abs(reached.difference) <= rounding(take_up):
        reason = "take-up did not change more in the treated areas: nothing to divide by"
    if reason:
        return ComplierEffect(_named(no_estimate(outcome, "fieller", reason)))
    limits, excluded, reason = _fieller(outcome, take_up, confidence)
    whole = _named(exact_t(outcome, confidence))
    return ComplierEffect(
        replace(
            whole,
            estimate=found.difference / reached.difference,
            std_error=nan,
            conf_low=limits[0],
            conf_high=limits[1],
            reason=reason,
        ),
        excluded,
    )


def _named(estimate: Estimate) -> Estimate:
    return replace(estimate, term="cace", method="fieller")


def _fieller(
    outcome: Changes, take_up: Changes, confidence: float
) -> tuple[tuple[float, float], tuple[float, float], str]:
    """Return the limits, the gap and the reason of a tau^2 - 2 b tau + c <= 0.

    With q = t^2 (1/k + 1/m): a = D^2 - q Sdd, b = Y D - q Syd, c = Y^2 - q Syy, for the contrasts
    Y and D and the within-arm moments S.
    """
    y, d = contrast(outcome), contrast(take_up)
    k, m = int(outcome.treated.sum()), outcome.n_comparison
    q = float(stats.t.ppf((1 + confidence) / 2, y.df)) ** 2 * (1 / k + 1 / m)
    spread = _moments(outcome, take_up, y.df)
    a = d.difference**2 - q * spread.take_up
    b = y.difference * d.difference - q * spread.both
    c = y.difference**2 - q * spread.outcome
    none = (nan, nan)
    if abs(a) <= ROUNDING * d.difference**2:
        return _half_line(b, c), none, "take-up is at the edge of being found: a limit is infinite"
    root = sqrt(max(b**2 - a * c, 0.0))
    low, high = sorted(((b - root) / a, (b + root) / a))
    if a > 0:
        return (low, high), none, ""
    weak = "take-up did not clearly change more in the treated areas"
    if b**2 - a * c <= 0:
        return (-inf, inf), none, f"{weak}: every effect is possible"
    return (-inf, inf), (low, high), f"{weak}: every effect outside a gap is possible"


def _half_line(b: float, c: float) -> tuple[float, float]:
    """Return the solution of -2 b tau + c <= 0; the whole line when b is 0."""
    if b == 0:
        return -inf, inf
    return (c / (2 * b), inf) if b > 0 else (-inf, c / (2 * b))


def _moments(outcome: Changes, take_up: Changes, df: int) -> _Moments:
    y, d = (
        np.concatenate([arm - arm.mean() for arm in split(changes)])
        for changes in (outcome, take_up)
    )
    return _Moments(float(y @ y) / df, float(d @ d) / df, float(y @ d) / df)
