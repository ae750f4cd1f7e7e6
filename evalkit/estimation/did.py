"""Difference-in-differences from cells: levels, changes and two-way fixed effects.

The chain is cells -> `Levels` (area by year) -> `Changes` (one pre-to-post change per area). What
is estimated is the treated areas' change minus the comparison areas' change; how sure one can be
is the matter of `inference`.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.case_variance import (
    Weighting,
    by_arm,
    mean_variance,
    of_areas,
    window_variance,
)
from evalkit.estimation.contrast import ROUNDING
from evalkit.results import Changes, Estimate, Levels, undefined


def levels_from_cells(
    cells: pd.DataFrame,
    outcome: str,
    unit: str,
    months: Sequence[int],
    pre_years: Sequence[int],
    wash_in_years: Sequence[int],
    post_years: Sequence[int],
) -> Levels:
    """Return an outcome's level per area and year, summed over `months` and every stratum.

    Parameters
    ----------
    cells : columns `measure`, `area`, `treated`, `year`, `month`, `n` and `total` at least; with
        `total_sq` the variance between cases is counted too.
    outcome : the `measure` to sum.
    months : calendar months of the period, so that a part of a year meets the same part of others.

    Raises
    ------
    DesignError : no cells for the outcome in these months, counts missing, or an area in both arms.
    """
    wanted = (cells["measure"] == outcome) & cells["month"].isin(list(months))
    chosen = cells[wanted]
    if chosen.empty:
        raise DesignError(f"{outcome}: no cells in the months asked for; check the plan")
    needed = ["area", "year", "n", "total"]
    missing = int(np.any([chosen[name].isna() for name in needed], axis=0).sum())
    if missing:
        names = ", ".join(needed)
        raise DesignError(f"{outcome}: {missing} cells lack one of {names}; make the cells again")
    counted = [name for name in ("n", "total", "total_sq") if name in chosen]
    sums = _sums(chosen, counted)
    sums["level"] = sums["total"] / sums["n"].where(sums["n"] > 0)
    treated, within = arms(cells, outcome), None
    if "total_sq" in counted and chosen["total_sq"].notna().all():
        within = by_arm(sums.assign(treated=sums["area"].map(treated)), mean_variance)
    years = pre_years, wash_in_years, post_years
    return levels_on_grid(sums, treated, outcome, unit, *years, within)


def _sums(cells: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the columns' sums by area and year, a row for each pair that has cells.

    Grouped by place, one whole number, column by column: of a grouping of several columns by two
    keys most is the cost of the call, and every estimate begins here.
    """
    area, areas = pd.factorize(cells["area"], sort=True)
    year, years = pd.factorize(cells["year"], sort=True)
    place = area * len(years) + year
    found = np.unique(place)
    keys = {"area": areas[found // len(years)], "year": years[found % len(years)]}
    sums = {name: cells[name].groupby(place).sum().to_numpy() for name in columns}
    return pd.DataFrame(keys | sums)


def arms(cells: pd.DataFrame, outcome: str) -> pd.Series:
    """Return `treated` (bool) by area; DesignError when an area is in both arms."""
    code, areas = pd.factorize(cells["area"], sort=True)
    share = np.bincount(code, cells["treated"].to_numpy(bool)) / np.bincount(code)
    twice = int(((share > 0) & (share < 1)).sum())
    if twice:
        raise DesignError(f"{outcome}: column 'treated': {twice} areas are in both arms")
    return pd.Series(share == 1, index=pd.Index(areas, name="area"), name="treated")


def levels_on_grid(
    sums: pd.DataFrame,
    treated: pd.Series,
    outcome: str,
    unit: str,
    pre_years: Sequence[int],
    wash_in_years: Sequence[int],
    post_years: Sequence[int],
    within: pd.DataFrame | None = None,
) -> Levels:
    """Return `Levels` with a row for every area and year; an empty one has n = 0 and level NaN.

    Parameters
    ----------
    sums : one row per area and year with units: `area`, `year`, `n`, `total`, `level`.
    treated : bool by area; the areas that the levels must cover.
    within : variance between cases by year and arm, where it was counted.
    """
    years = np.array(sorted({*pre_years, *wash_in_years, *post_years}))
    area, year = treated.index.get_indexer(sums["area"]), pd.Index(years).get_indexer(sums["year"])
    inside = (area >= 0) & (year >= 0)
    place = (area * len(years) + year)[inside]

    def spread(name: str, empty: float) -> np.ndarray:
        column = np.full(len(treated) * len(years), empty)
        column[place] = sums[name].to_numpy(float)[inside]
        return column

    frame = pd.DataFrame(
        {
            "area": treated.index.repeat(len(years)),
            "treated": treated.to_numpy(bool).repeat(len(years)),
            "year": np.tile(years, len(treated)),
            "post": np.tile(np.isin(years, list(post_years)), len(treated)),
            "n": spread("n", 0.0),
            "total": spread("total", 0.0),
            "level": spread("level", np.nan),
        }
    )
    spans = tuple(pre_years), tuple(wash_in_years), tuple(post_years)
    return Levels(outcome, unit, frame, *spans, within)


def collapse(
    levels: Levels, weighting: Weighting, post_years: Sequence[int] | None = None
) -> Changes:
    """Return one pre-to-post change per area; wash-in years belong to neither side.

    Parameters
    ----------
    weighting : "cases" = the mean over an area's units in the window; "years" = the mean of its
        year means, so that every year with units counts alike.
    post_years : years after the start; all of `levels.post_years` when not given.

    Raises
    ------
    DesignError : an area has no level before or none after the start.
    """
    after = levels.post_years if post_years is None else tuple(post_years)
    pre = _window(levels, levels.pre_years, weighting, "before")
    post = _window(levels, after, weighting, "after")
    treated = levels.frame.groupby("area")["treated"].first()
    return Changes(
        levels.outcome,
        levels.unit,
        tuple(treated.index),
        treated.to_numpy(bool),
        pre["level"].to_numpy(float),
        post["level"].to_numpy(float),
        pre["n"].to_numpy(float),
        post["n"].to_numpy(float),
        _chance(levels, levels.pre_years, weighting),
        _chance(levels, after, weighting),
    )


def _chance(levels: Levels, years: Sequence[int], weighting: Weighting) -> np.ndarray | None:
    """Return the variance of areas' levels in a window that the chance of cases gives."""
    if levels.within is None:
        return None
    n = levels.frame.pivot(index="area", columns="year", values="n")[list(years)]
    treated = levels.frame.groupby("area")["treated"].first().to_numpy(bool)
    within = of_areas(levels.within, treated, list(years))
    return window_variance(n.to_numpy(float), within, weighting)


def _window(levels: Levels, years: Sequence[int], weighting: Weighting, side: str) -> pd.DataFrame:
    frame = levels.frame[levels.frame["year"].isin(list(years)) & (levels.frame["n"] > 0)]
    grouped = frame.groupby("area")
    n = grouped["n"].sum()
    if weighting == "cases":
        level = grouped["total"].sum(skipna=False) / n
    elif weighting == "years":
        level = grouped["level"].mean(skipna=False)
    else:
        raise DesignError("weighting: must be 'cases' or 'years'")
    areas = sorted(levels.frame["area"].unique())
    window = pd.DataFrame({"level": level, "n": n}).reindex(areas)
    empty = int(window["level"].isna().sum())
    if empty:
        raise DesignError(
            f"{levels.outcome}: {empty} of {len(areas)} areas have no level {side} the start; "
            "widen the window or leave these areas out of the plan"
        )
    return window


def pool(changes: Sequence[Changes], weights: Sequence[float]) -> Changes:
    """Return the weighted mean of several periods' changes, with the same weights in every area.

    `n_post` is summed. `n_pre` is the largest of the periods', since their pre windows hold the
    same years and a sum would count units twice; for the same reason the chance of cases is taken
    as one and the same in all pre windows, and as independent after the start.

    Raises
    ------
    DesignError : nothing to pool, other areas or arms in some period, or weights not positive.
    """
    if not changes or len(changes) != len(weights):
        raise DesignError("pool: needs one weight for each period, and at least one period")
    first, share = changes[0], np.asarray(weights, float)
    if not (np.isfinite(share).all() and (share > 0).all()):
        raise DesignError(f"{first.outcome}: pool: every weight must be a positive number")
    for other in changes[1:]:
        if other.areas != first.areas or not np.array_equal(other.treated, first.treated):
            raise DesignError(f"{first.outcome}: pool: the periods do not have the same areas")
    share = share / share.sum()
    return Changes(
        first.outcome,
        first.unit,
        first.areas,
        first.treated,
        share @ np.array([one.pre for one in changes]),
        share @ np.array([one.post for one in changes]),
        np.max([one.n_pre for one in changes], axis=0),
        np.sum([one.n_post for one in changes], axis=0),
        *_pooled_chance(changes, share),
    )


def _pooled_chance(
    changes: Sequence[Changes], share: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    pre = [one.var_pre for one in changes if one.var_pre is not None]
    post = [one.var_post for one in changes if one.var_post is not None]
    if min(len(pre), len(post)) < len(changes):
        return None, None
    return (share @ np.sqrt(pre)) ** 2, share**2 @ np.array(post)


def counterfactual(changes: Changes) -> tuple[float, float]:
    """Return the treated areas' mean level after the start: as observed, and as expected.

    Expected is their level before the start plus the comparison areas' mean change, so that
    observed minus expected is the estimate of `inference.exact_t`.
    """
    treated = changes.treated
    observed = float(changes.post[treated].mean())
    expected = float(changes.pre[treated].mean() + changes.change[~treated].mean())
    return observed, expected


def two_way_fixed_effects(levels: Levels, confidence: float = 0.95) -> Estimate:
    """Return the two-way fixed-effects estimate with area-clustered errors, from cells.

    Area-by-year means weighted by their units give the coefficient and the clustered sandwich of
    the regression on the units themselves. The small-sample factor is fixest's,
    G/(G-1) * (N-1)/(N-K) with N units and K = 1 + years, and the reference is t with G-1 degrees
    of freedom. With one treated area the interval is far too short (`inference.cluster_robust`).
    """
    frame, problem = _regression_frame(levels)
    n, n_areas, n_years = round(frame["n"].sum()), frame["area"].nunique(), frame["year"].nunique()
    if not problem and n <= 1 + n_years:
        problem = "no more units than parameters"
    if problem:
        return undefined(levels.outcome, levels.unit, "twfe_cluster", problem, n=n, n_areas=n_areas)
    att, error = _fit(frame)
    error *= sqrt(n_areas / (n_areas - 1) * (n - 1) / (n - 1 - n_years))
    if error <= ROUNDING * frame["level"].abs().max():
        problem = "the areas' changes do not vary"
        return undefined(levels.outcome, levels.unit, "twfe_cluster", problem, n=n, n_areas=n_areas)
    reach = stats.t.ppf((1 + confidence) / 2, n_areas - 1) * error
    p_value = float(2 * stats.t.sf(abs(att) / error, n_areas - 1))
    return Estimate(
        levels.outcome, "att", att, error, p_value, att - reach, att + reach,
        levels.unit, "twfe_cluster", n, n_areas,
    )  # fmt: skip


def _regression_frame(levels: Levels) -> tuple[pd.DataFrame, str]:
    """Return the cells with units outside the wash-in, and why they do not identify the effect."""
    every = levels.frame
    outside = ~np.isin(every["year"], levels.wash_in_years)
    frame = every[outside & (every["n"].to_numpy() > 0)]
    unknown = int(frame["level"].isna().sum())
    if unknown:
        return frame, f"{unknown} cells have no level"
    both = set(frame["area"][frame["post"]]) & set(frame["area"][~frame["post"]])
    if frame["treated"][frame["area"].isin(both)].nunique() < 2:
        return frame, "an arm has no area with units both before and after the start"
    return frame, ""


def _fit(frame: pd.DataFrame) -> tuple[float, float]:
    """Return the coefficient and its clustered standard error without small-sample factor.

    Weighted least squares with the areas' and the years' effects taken out of both sides first
    (Frisch & Waugh 1933; Lovell 1963); the sandwich sums the scores by area (Liang & Zeger 1986).
    """
    weights = frame["n"].to_numpy(float)
    area, year = pd.factorize(frame["area"])[0], pd.factorize(frame["year"])[0]
    effects = np.hstack([_indicators(area), _indicators(year)[:, 1:]])
    treated_now = (frame["treated"] & frame["post"]).to_numpy(float)
    sides = np.column_stack([treated_now, frame["level"]])
    root = np.sqrt(weights)[:, None]
    sides = sides - effects @ np.linalg.lstsq(root * effects, root * sides, rcond=None)[0]
    treatment, level = sides.T
    information = float(weights @ treatment**2)
    att = float(weights @ (treatment * level)) / information
    scores = np.bincount(area, weights * treatment * (level - att * treatment))
    return att, float(np.sqrt(scores @ scores)) / information


def _indicators(codes: np.ndarray) -> np.ndarray:
    return np.eye(codes.max() + 1)[codes]
