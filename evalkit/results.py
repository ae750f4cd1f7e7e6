"""What numbers travel in: frozen records that neither plot nor print.

The tidy vocabulary of every estimate is `TIDY`. An undefined statistic is NaN, never 0, and the
record says why in `reason`.
"""

from dataclasses import dataclass, fields, replace
from math import nan
from typing import Any

import numpy as np
import pandas as pd

TIDY = (
    "outcome", "term", "estimate", "std_error", "p_value", "conf_low", "conf_high",
    "unit", "method", "n", "n_areas", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimated quantity with its uncertainty.

    `estimate`, `std_error`, `conf_low` and `conf_high` are in `unit` (shares as fractions, so
    -0.06 is six percentage points lower); `n` counts units of analysis, `n_areas` areas.
    """

    outcome: str
    term: str
    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float
    unit: str
    method: str
    n: int
    n_areas: int
    reason: str = ""

    def tidy(self) -> dict[str, Any]:
        """Return the record as one row with the columns of `TIDY`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Levels:
    """One outcome's level per area and year, the months of the year matched to a period's.

    `frame` has one row per area and year: `area`, `treated` (bool), `year`, `post` (bool),
    `n` (units of analysis), `total` (their sum, `n * level`), `level` (mean, share or rate).
    Wash-in years are present with `post` False and are listed in `wash_in_years`. `within` is the
    variance between cases by year and arm (`estimation.case_variance.by_arm`), None where it was
    not counted.
    """

    outcome: str
    unit: str
    frame: pd.DataFrame
    pre_years: tuple[int, ...]
    wash_in_years: tuple[int, ...]
    post_years: tuple[int, ...]
    within: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The collapsed form: one pre-to-post change per area.

    Arrays of length `len(areas)`; `change = post - pre`, in the outcome's unit. `var_pre` and
    `var_post` are the parts of the two levels' variance that the chance of single cases gives,
    None where it was not counted.
    """

    outcome: str
    unit: str
    areas: tuple[str, ...]
    treated: np.ndarray
    pre: np.ndarray
    post: np.ndarray
    n_pre: np.ndarray
    n_post: np.ndarray
    var_pre: np.ndarray | None = None
    var_post: np.ndarray | None = None

    @property
    def change(self) -> np.ndarray:
        return self.post - self.pre

    @property
    def case_variance(self) -> np.ndarray | None:
        """The part of each area's variance that the chance of single cases gives, v_g."""
        if self.var_pre is None or self.var_post is None:
            return None
        return self.var_pre + self.var_post

    @property
    def n_comparison(self) -> int:
        return int((~self.treated).sum())

    def keeping(self, kept: np.ndarray) -> "Changes":
        """Return the changes of the areas where `kept` (bool by area) is True."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays = {
            name: value[kept] for name, value in every.items() if isinstance(value, np.ndarray)
        }
        areas = tuple(area for area, keep in zip(self.areas, kept, strict=True) if keep)
        return replace(self, areas=areas, **arrays)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the plan says about one outcome in one period, or pooled to date.

    `status` is "estimated", "immature" (too little follow-up) or "not_estimable"; `reason` says
    why in the latter two, and the numbers are NaN. `observed` and `counterfactual` are the
    treated areas' levels after the start, as seen and as expected from the comparison areas'
    change. `relative` is `headline.estimate / counterfactual`; `minimum_detectable` is the
    effect found with 80 % power; `mature` the share of units with complete follow-up;
    `n_treated` the treated areas' units after the start.
    """

    outcome: str
    label: str
    years: tuple[int, ...]
    status: str
    headline: Estimate
    checks: tuple[Estimate, ...]
    observed: float
    counterfactual: float
    relative: float
    minimum_detectable: float
    mature: float
    n_treated: int
    reason: str = ""

    def check(self, method: str) -> Estimate:
        """Return the check made with `method`."""
        for estimate in self.checks:
            if estimate.method == method:
                return estimate
        raise KeyError(method)


def undefined(
    outcome: str, unit: str, method: str, reason: str, *, n: int = 0, n_areas: int = 0
) -> Estimate:
    """Return an estimate that could not be made: NaN throughout, and the reason."""
    return Estimate(outcome, "att", nan, nan, nan, nan, nan, unit, method, n, n_areas, reason)
