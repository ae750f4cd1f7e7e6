"""Why two groups' levels differ: other children, or another level for the same children.

The gap between two groups is the sum of a part that is composition (their mixes over strata
differ) and a part that is rate (their levels within strata differ). The second is the adjusted
gap: what is left between children of the same strata. What the strata do not hold, it still has.

Source: Kitagawa (1955), Components of a difference between two rates, Journal of the American
Statistical Association 50(272), 1168-1194: the form without interaction, each part weighed with
the mean of the two groups.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.errors import DesignError


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A gap, first group minus second, and its two parts; `gap = composition + rate`.

    `conf_low` and `conf_high` limit `rate`, `gap_low` and `gap_high` the whole gap, as far as the
    chance of single cases goes. NaN, with a `reason`, where a group lacks a stratum of the other
    or a stratum's level is not known.
    """

    gap: float
    gap_low: float
    gap_high: float
    composition: float
    rate: float
    conf_low: float
    conf_high: float
    n_first: float
    n_second: float
    reason: str = ""


def kitagawa(
    first: pd.DataFrame, second: pd.DataFrame, confidence: float = 0.95
) -> Decomposition:  # fmt: skip
    """Return the gap between two groups, decomposed over strata.

    Parameters
    ----------
    first, second : one row per stratum, the index its name, with `n` (units), `level` (their
        mean) and `variance` (between units); strata without units may be left out.

    The intervals take the mixes as given and add up the strata's errors, `sum of w^2 variance/n`
    with w the mean of the two groups' shares of their units for `rate`, and a group's own shares
    for the gap.

    Raises
    ------
    DesignError : a group without units, a negative variance, or a stratum that stands twice.
    """
    for group in (first, second):
        _check(group)
    both = first.merge(
        second, how="outer", left_index=True, right_index=True, suffixes=("_1", "_2")
    )
    counts = both[["n_1", "n_2"]].fillna(0.0).to_numpy(float)
    kept = counts.sum(axis=1) > 0
    counts, both = counts[kept], both[kept]
    mixes = counts / counts.sum(axis=0)
    levels = both[["level_1", "level_2"]].to_numpy(float)
    gap = _mean(mixes[:, 0], levels[:, 0]) - _mean(mixes[:, 1], levels[:, 1])
    n_first, n_second = (float(n) for n in counts.sum(axis=0))
    unknown = int((np.isnan(levels) & (counts > 0)).any(axis=1).sum())
    if unknown:
        reason = f"{unknown} of {len(counts)} strata have no known level; merge strata"
        return undefined(nan, n_first, n_second, reason)
    lacking = int((counts == 0).any(axis=1).sum())
    if lacking:
        reason = f"{lacking} of {len(counts)} strata have units in one group only; merge strata"
        return undefined(gap, n_first, n_second, reason)
    errors = both[["variance_1", "variance_2"]].to_numpy(float) / counts
    weight = mixes.mean(axis=1)
    rate = float(weight @ (levels[:, 0] - levels[:, 1]))
    z = float(stats.norm.ppf((1 + confidence) / 2))
    rate_reach = z * sqrt(float((weight[:, None] ** 2 * errors).sum()))
    gap_reach = z * sqrt(float((mixes**2 * errors).sum()))
    return Decomposition(
        gap,
        gap - gap_reach,
        gap + gap_reach,
        float((mixes[:, 0] - mixes[:, 1]) @ levels.mean(axis=1)),
        rate,
        rate - rate_reach,
        rate + rate_reach,
        n_first,
        n_second,
    )


def undefined(gap: float, n_first: float, n_second: float, reason: str) -> Decomposition:
    """Return a gap, NaN where it is not known, that has not been decomposed, and why."""
    return Decomposition(gap, nan, nan, nan, nan, nan, nan, n_first, n_second, reason)


def share_variance(level: pd.Series, n: pd.Series, strata: int) -> pd.Series:
    """Return the variance between units of a share, kept off 0 where none or all have it.

    A stratum where nobody has the outcome would say that its share is known for certain. Each
    stratum of each group gets 2/k cases with and 2/k without, k being the number of shares summed.

    Source: Price & Bonett (2004), An improved confidence interval for a linear function of
    binomial proportions, Computational Statistics & Data Analysis 45(3), 449-456: their interval
    is also centred at the adjusted shares; here the centre stays the decomposition's own.
    """
    added = 2 / (2 * strata)
    share = (level * n + added) / (n + 2 * added)
    return share * (1 - share)


def _mean(mix: np.ndarray, levels: np.ndarray) -> float:
    return float(np.where(mix > 0, mix * np.nan_to_num(levels), 0.0).sum())


def _check(group: pd.DataFrame) -> None:
    if not group.index.is_unique:
        raise DesignError("kitagawa: a stratum stands twice in a group; sum its cells first")
    if not (group["n"] > 0).any():
        raise DesignError("kitagawa: a group has no units")
    if (group["variance"] < 0).any():
        raise DesignError("kitagawa: column 'variance' holds negative values")
