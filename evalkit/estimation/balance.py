"""Whether the arms were alike before the start: standardised differences, from cells."""

from collections.abc import Sequence
from math import isnan, log, nan, sqrt
from typing import Literal

import pandas as pd

from evalkit.errors import DesignError

Band = Literal["satisfied", "adjust", "not_satisfied", "undefined"]
# Baseline equivalence, What Works Clearinghouse, Standards Handbook.
SATISFIED, ADJUSTABLE = 0.05, 0.25
_LOGIT_PER_SD = 1.65


def standardised_difference(
    treated: float, comparison: float, treated_variance: float, comparison_variance: float
) -> float:
    """Return the difference of means over the root of the arms' mean variance; NaN without spread.

    For a proportion p the variance is p(1 - p).
    """
    variance = (treated_variance + comparison_variance) / 2
    return (treated - comparison) / sqrt(variance) if variance > 0 else nan


def share_difference(treated: float, comparison: float) -> float:
    """Return the standardised difference of two proportions."""
    return standardised_difference(
        treated, comparison, treated * (1 - treated), comparison * (1 - comparison)
    )


def cox_index(treated: float, comparison: float) -> float:
    """Return the log odds ratio of two proportions over 1.65; NaN when one of them is 0 or 1.

    Source: Cox (1970); What Works Clearinghouse, Procedures Handbook.
    """
    if not (0 < treated < 1 and 0 < comparison < 1):
        return nan
    odds_ratio = treated / (1 - treated) / (comparison / (1 - comparison))
    return log(odds_ratio) / _LOGIT_PER_SD


def equivalence_band(difference: float) -> Band:
    """Return the What Works Clearinghouse band: up to 0.05, up to 0.25 (adjust), or more."""
    if isnan(difference):
        return "undefined"
    if abs(difference) <= SATISFIED:
        return "satisfied"
    return "adjust" if abs(difference) <= ADJUSTABLE else "not_satisfied"


def balance(
    cells: pd.DataFrame, covariates: Sequence[str] = ("sex", "age_group", "level")
) -> pd.DataFrame:
    """Return how units are spread over each covariate's levels, in each arm.

    One row per covariate and level: `covariate`, `level`, `n_treated`, `n_comparison`,
    `share_treated`, `share_comparison`, `smd`, `cox`, `band` (of the Cox index, as for any
    proportion, or of `smd` where that is undefined).

    Parameters
    ----------
    cells : cells of one measure, in the window to compare; columns `treated`, `n`, covariates.

    Raises
    ------
    DesignError : several measures (units would count several times) or an arm without units.
    """
    _one_measure(cells)
    return pd.concat([_covariate(cells, name) for name in covariates], ignore_index=True)


def _covariate(cells: pd.DataFrame, name: str) -> pd.DataFrame:
    missing = int(cells[name].isna().sum())
    if missing:
        raise DesignError(f"cells: column '{name}': {missing} cells have no level; give it a name")
    counts = cells.groupby([name, "treated"])["n"].sum().unstack(fill_value=0.0)
    counts = counts.reindex(columns=[True, False], fill_value=0.0)
    rows = []
    for level, (treated, comparison) in counts.iterrows():
        share_treated = treated / counts[True].sum()
        share_comparison = comparison / counts[False].sum()
        smd = share_difference(share_treated, share_comparison)
        cox = cox_index(share_treated, share_comparison)
        band = equivalence_band(smd if isnan(cox) else cox)
        rows.append(
            (name, level, treated, comparison, share_treated, share_comparison, smd, cox, band)
        )
    columns = [
        "covariate", "level", "n_treated", "n_comparison", "share_treated", "share_comparison",
        "smd", "cox", "band",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def outcome_difference(cells: pd.DataFrame) -> float:
    """Return the standardised difference of an outcome's means between the arms.

    Parameters
    ----------
    cells : cells of one measure before the start; columns `treated`, `n`, `total`, `total_sq`.
    """
    _one_measure(cells)
    missing = int(cells[["n", "total", "total_sq"]].isna().any(axis=1).sum())
    if missing:
        raise DesignError(f"balance: {missing} cells lack a count or sum; make the cells again")
    sums = cells.groupby("treated")[["n", "total", "total_sq"]].sum()
    mean = sums["total"] / sums["n"]
    variance = (sums["total_sq"] / sums["n"] - mean**2) * sums["n"] / (sums["n"] - 1)
    return standardised_difference(mean[True], mean[False], variance[True], variance[False])


def _one_measure(cells: pd.DataFrame) -> None:
    measures = cells["measure"].nunique()
    if measures != 1:
        raise DesignError(f"balance: cells of one measure are needed, got {measures}")
    units = cells.groupby("treated")["n"].sum()
    if not {True, False} <= set(units[units > 0].index):
        raise DesignError("balance: an arm has no units")
