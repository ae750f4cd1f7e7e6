"""What every method of inference starts from: the contrast of the arms and areas' spread.

No treated or no comparison area at all is a `DesignError`, since nothing is then compared. A
contrast that exists but whose uncertainty cannot be had (missing change, too few areas, no spread)
is undefined, with a reason.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.results import Changes, Estimate, undefined

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
    treated, comparison = split(changes)
    k, m = len(treated), len(comparison)
    if np.isnan(changes.change).any():
        missing = int(np.isnan(changes.change).sum())
        return Contrast(nan, nan, nan, 0, f"{missing} areas have no change")
    difference = float(treated.mean() - comparison.mean())
    df = k + m - 2
    if df == 0:
        return Contrast(difference, nan, nan, 0, "one comparison area: no spread to judge by")
    sd = sqrt((k * np.var(treated) + m * np.var(comparison)) / df)
    if sd <= rounding(changes):
        return Contrast(difference, nan, nan, df, "the areas' changes do not vary")
    return Contrast(difference, sd, sd * sqrt(1 / k + 1 / m), df)


def one_treated_contrast(changes: Changes) -> Contrast:
    """Return the contrast for a method made for one treated area; undefined with several."""
    found = contrast(changes)
    k = int(changes.treated.sum())
    if found.reason or k == 1:
        return found
    return Contrast(nan, nan, nan, 0, f"made for one treated area, there are {k}")


def split(changes: Changes) -> tuple[np.ndarray, np.ndarray]:
    """Return the treated and the comparison areas' changes; DesignError when an arm is empty."""
    treated = changes.change[changes.treated]
    comparison = changes.change[~changes.treated]
    if not len(treated) or not len(comparison):
        raise DesignError(
            f"{changes.outcome}: {len(treated)} treated and {len(comparison)} comparison areas; "
            "a comparison needs at least one of each"
        )
    return treated, comparison


def rounding(changes: Changes) -> float:
    """Return the size below which a difference of these changes is rounding."""
    return ROUNDING * float(max(np.abs(changes.pre).max(), np.abs(changes.post).max()))


def t_estimate(
    changes: Changes,
    method: str,
    difference: float,
    error: float,
    df: int,
    confidence: float,
    reason: str = "",
) -> Estimate:
    """Return the estimate whose difference over its error is t with `df` degrees of freedom."""
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    p_value = float(2 * stats.t.sf(abs(difference) / error, df))
    limits = difference - reach, difference + reach
    return estimate_of(changes, method, difference, p_value, limits, reason, error)


def estimate_of(
    changes: Changes,
    method: str,
    difference: float,
    p_value: float,
    limits: tuple[float, float] = (nan, nan),
    reason: str = "",
    error: float = nan,
) -> Estimate:
    """Return a method's estimate of the contrast; what the method does not give is NaN."""
    return Estimate(
        changes.outcome, "att", difference, error, p_value, *limits,
        changes.unit, method, _units(changes), len(changes.areas), reason,
    )  # fmt: skip


def no_estimate(changes: Changes, method: str, reason: str) -> Estimate:
    """Return the undefined estimate of a method, with the reason."""
    return undefined(
        changes.outcome, changes.unit, method, reason,
        n=_units(changes), n_areas=len(changes.areas),
    )  # fmt: skip


def _units(changes: Changes) -> int:
    return round(float(changes.n_pre.sum() + changes.n_post.sum()))
