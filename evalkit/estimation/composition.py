"""Did the children change, or what became of them? Direct standardisation over strata of cells.

An area's level moves when its mix of ages and sexes moves. Here every area is given the same mix,
the standard's: its level is the standard's weighted mean of its own stratum levels, with nothing
assumed about how strata differ (saturated). `Levels` and `Changes` come out, so every method of
inference works on them unchanged; what standardisation takes away is the part of the plain effect
that is composition.

A stratum that the standard holds and an area lacks leaves that area's level undefined: its weight
is not moved to other strata. `merge_strata` makes the strata coarser when that is what one wants.

Source: direct standardisation, as in Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd
edition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation.contrast import no_estimate
from evalkit.estimation.did import collapse, levels_from_cells
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes, Estimate, Levels

Standard = Literal["treated_post", "treated", "all"]


@dataclass(frozen=True, slots=True)
class Strata:
    """One outcome's counts and sums by area, year and stratum, and the standard's weights.

    `n` and `total` have a row per area and year and a column per stratum, in the same order;
    `weights` sum to 1 over the columns. `levels` are the plain ones, over all strata.
    """

    levels: Levels
    n: pd.DataFrame
    total: pd.DataFrame
    weights: pd.Series

    @property
    def outside(self) -> int:
        """Units before and after the start in strata that the standard does not hold."""
        counted = self.n.index.get_level_values("year").isin(
            [*self.levels.pre_years, *self.levels.post_years]
        )
        return round(float(self.n.loc[counted, self.weights == 0].to_numpy().sum()))


@dataclass(frozen=True, slots=True)
class Composition:
    """The plain effect as the sum of a standardised effect and a part that is composition.

    Each is an exact t of areas' changes. `outside` counts units in strata that the standard does
    not hold: they are part of the plain effect only.
    """

    plain: Estimate
    standardised: Estimate
    composition: Estimate
    outside: int


def stratify(
    cells: pd.DataFrame,
    outcome: str,
    unit: str,
    months: Sequence[int],
    pre_years: Sequence[int],
    wash_in_years: Sequence[int],
    post_years: Sequence[int],
    strata: Sequence[str],
    standard: Standard = "treated_post",
) -> Strata:
    """Return an outcome's cells by area, year and stratum, with the standard population's weights.

    Parameters
    ----------
    cells : as in `did.levels_from_cells`, with the columns in `strata`.
    strata : columns whose combinations are the strata, such as `sex` and `age_group`.
    standard : whose mix every area is given: "treated_post" = the treated areas' units after the
        start, the mix that the effect on the treated is about; "treated" = theirs on both sides;
        "all" = every area's units on both sides.

    Raises
    ------
    DesignError : as in `did.levels_from_cells`; no strata, a stratum's value missing, or a
        standard without units.
    """
    plain = levels_from_cells(
        cells, outcome, unit, months, pre_years, wash_in_years, post_years
    )  # fmt: skip
    years = [*pre_years, *wash_in_years, *post_years]
    wanted = (cells["measure"] == outcome) & cells["month"].isin(list(months))
    chosen = cells[wanted & cells["year"].isin(years)]
    _known_strata(chosen, outcome, strata)
    sums = chosen.groupby(["area", "year", *strata])[["n", "total"]].sum()
    rows = pd.MultiIndex.from_frame(plain.frame[["area", "year"]])
    n, total = (
        sums[column].unstack(list(strata)).reindex(rows).fillna(0.0) for column in ("n", "total")
    )
    return Strata(plain, n, total, _weights(n, plain, standard))


def merge_strata(
    cells: pd.DataFrame, column: str, groups: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Return the cells with some values of a stratum's column under a common name.

    Parameters
    ----------
    groups : new name -> the values that it takes the place of; others stay as they are.

    Raises
    ------
    DesignError : a value to merge is not in the column, or is in two groups.
    """
    names = [(value, name) for name, values in groups.items() for value in values]
    renamed = dict(names)
    unknown = len(set(renamed) - set(cells[column]))
    if unknown or len(renamed) < len(names):
        raise DesignError(
            f"merge_strata: column '{column}': {unknown} values to merge are not in the cells, "
            f"{len(names) - len(renamed)} are in two groups; correct the groups"
        )
    return cells.assign(**{column: cells[column].replace(renamed)})


def standardised_levels(strata: Strata) -> Levels:
    """Return every area's yearly level had it had the standard's mix, sum_s w_s total_s / n_s.

    `n` is the area-year's units and `total` is `n * level`. An area-year that lacks units in a
    stratum of the standard has level NaN; `lacking` counts them and `collapse` refuses them.
    """
    level = _standardised(strata.n, strata.total, strata.weights)
    frame = strata.levels.frame.assign(level=level.to_numpy())
    frame["total"] = (frame["n"] * frame["level"]).where(frame["n"] > 0, 0.0)
    return replace(strata.levels, frame=frame)


def standardised_changes(strata: Strata) -> Changes:
    """Return one change per area between standardised levels of its whole windows.

    Strata are summed over a window's years before the division, so that a stratum needs units in
    the window and not in each year: the counterpart of `collapse` by "cases". An area that lacks
    a stratum of the standard in a window has NaN there.
    """
    plain = collapse(strata.levels, "cases")
    sides = []
    for years in (strata.levels.pre_years, strata.levels.post_years):
        inside = strata.n.index.get_level_values("year").isin(list(years))
        n, total = (table[inside].groupby(level="area").sum() for table in (strata.n, strata.total))
        level = _standardised(n, total, strata.weights)
        sides.append(level.reindex(list(plain.areas)).to_numpy(float))
    return replace(plain, pre=sides[0], post=sides[1])


def lacking(strata: Strata) -> int:
    """Return the number of area-years outside the wash-in without a standardised level."""
    frame = standardised_levels(strata).frame
    counted = ~frame["year"].isin(strata.levels.wash_in_years)
    return int(frame.loc[counted, "level"].isna().sum())


def composition(strata: Strata, confidence: float = 0.95) -> Composition:
    """Return how much of the plain effect is that areas' mixes of children moved.

    plain = standardised + composition holds for every area's change, and so for the estimates.
    Windows are those of `standardised_changes`. Where an area lacks a stratum of the standard the
    last two are undefined, with the number of areas.
    """
    plain, standardised = collapse(strata.levels, "cases"), standardised_changes(strata)
    part = replace(
        plain, pre=plain.pre - standardised.pre, post=plain.post - standardised.post
    )  # fmt: skip
    estimates = [exact_t(changes, confidence) for changes in (standardised, part)]
    missing = int(np.isnan(standardised.change).sum())
    if missing:
        reason = f"{missing} areas lack units in a stratum that the standard holds; merge strata"
        estimates = [no_estimate(plain, "exact_t", reason)] * 2
    return Composition(
        replace(exact_t(plain, confidence), term="plain"),
        replace(estimates[0], term="standardised"),
        replace(estimates[1], term="composition"),
        strata.outside,
    )


def _known_strata(chosen: pd.DataFrame, outcome: str, strata: Sequence[str]) -> None:
    if not strata:
        raise DesignError(f"{outcome}: standardisation needs at least one column of strata")
    missing = int(chosen[list(strata)].isna().any(axis=1).sum())
    if missing:
        raise DesignError(
            f"{outcome}: {missing} cells lack a value in {', '.join(strata)}; "
            "give the unknown a stratum of their own, or make the cells again"
        )


def _weights(n: pd.DataFrame, levels: Levels, standard: Standard) -> pd.Series:
    """Return each stratum's share of the standard population's units."""
    frame = levels.frame
    sides = {*levels.pre_years, *levels.post_years}
    members = {
        "treated_post": frame["treated"] & frame["post"],
        "treated": frame["treated"] & frame["year"].isin(sides),
        "all": frame["year"].isin(sides),
    }
    if standard not in members:
        raise DesignError(f"standard: must be one of {', '.join(members)}")
    units = n[members[standard].to_numpy()].sum()
    if units.sum() == 0:
        raise DesignError(f"{levels.outcome}: the standard population has no units")
    return units / units.sum()


def _standardised(n: pd.DataFrame, total: pd.DataFrame, weights: pd.Series) -> pd.Series:
    """Return sum_s w_s total_s / n_s by row; NaN where a stratum with weight has no units."""
    held = (weights > 0).to_numpy()
    means = (total / n.where(n > 0, nan)).loc[:, held]
    return (means * weights[held]).sum(axis=1, skipna=False)
