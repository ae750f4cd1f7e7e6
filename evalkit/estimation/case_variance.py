"""How much of an area's variation the chance of single cases gives.

A level made of few cases moves by chance alone. The variance between cases in a year is taken
from all comparison areas together, since an area's own would give a small area without events
none. The treated areas have their own where that is larger: an effect may change the variance too,
as where a share that is nearly zero elsewhere becomes a half.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import DesignError

Weighting = Literal["cases", "years"]
ROUNDING = 1e-12  # of a sum of squares: less than this is the rounding of sums


COMPARISON, TREATED = "comparison", "treated"


def by_arm(sums: pd.DataFrame, variance: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    """Return the variance between cases by year (rows) and arm (COMPARISON, TREATED).

    Parameters
    ----------
    sums : one row per area and year, `treated` among the columns.
    variance : `mean_variance` or `share_variance`.
    """
    comparison = variance(sums[~sums["treated"]])
    own = variance(sums[sums["treated"]]).reindex(comparison.index)
    larger = own.where(own > comparison, comparison)
    return pd.DataFrame({COMPARISON: comparison, TREATED: larger})


def of_areas(within: pd.DataFrame, treated: np.ndarray, years: list[int]) -> np.ndarray:
    """Return the variance between cases by area and year; NaN for a year without any."""
    return within.reindex(years)[[COMPARISON, TREATED]].to_numpy(float).T[treated.astype(int)]


def mean_variance(sums: pd.DataFrame) -> pd.Series:
    """Return the variance between the cases of an area by year, from sums of squares.

    Pooled over the areas, each around its own mean of the year; for a share it is p (1 - p),
    areas' own shares pooled. NaN in a year without two cases in any area.

    Parameters
    ----------
    sums : one row per area and year: `area`, `year`, `n`, `total` and `total_sq`.
    """
    chosen = sums[sums["n"] > 0]
    around = chosen["total_sq"] - chosen["total"] ** 2 / chosen["n"]
    around = around.where(around.abs() > ROUNDING * chosen["total_sq"], 0.0)
    freedom = (chosen["n"] - 1).groupby(chosen["year"]).sum()
    return around.groupby(chosen["year"]).sum() / freedom.where(freedom > 0)


def share_variance(sums: pd.DataFrame) -> pd.Series:
    """Return p_t (1 - p_t) by year, p_t the areas' common share.

    Parameters
    ----------
    sums : one row per area and year: `year`, `n` and `total`, the latter n * share.
    """
    by_year = sums.groupby("year")[["n", "total"]].sum(min_count=1)
    share = by_year["total"] / by_year["n"].where(by_year["n"] > 0)
    return share * (1 - share)


def window_variance(n: np.ndarray, within: np.ndarray, weighting: Weighting) -> np.ndarray:
    """Return the variance of areas' means in a window; NaN without cases in any year.

    NaN also where a year with cases has no variance between them.

    Parameters
    ----------
    n : cases, (..., areas, years).
    within : variance between cases, to be broadcast against `n`.
    """
    some = n > 0
    if weighting == "cases":
        top, bottom = n * within, n.sum(axis=-1) ** 2
    elif weighting == "years":
        top, bottom = within * some / np.where(some, n, 1), some.sum(axis=-1) ** 2
    else:
        raise DesignError("weighting: must be 'cases' or 'years'")
    return np.where(some, top, 0).sum(axis=-1) / np.where(bottom > 0, bottom, np.nan)


def sum_variance(n: np.ndarray, within: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the variance of sum_t weights_t level_t by area; NaN where a weighed year is empty.

    Parameters
    ----------
    n, within : cases and the variance between them, (areas, years).
    weights : by year; a year of weight 0 does not count.
    """
    used = weights != 0
    cases = np.where(n[:, used] > 0, n[:, used], np.nan)
    return (weights[used] ** 2 * within[:, used] / cases).sum(axis=1)
