"""Areas treated at different dates: group-time effects of Callaway & Sant'Anna.

Areas that start in the same year are a group. Each effect is a plain 2x2: the group's change since
its last year before the start, minus that of areas not treated then. Averages of these never use
an already treated area as a comparison, as two-way fixed effects do.

This is our own code and no library is called, because libraries' standard errors count on many
areas in every group and do not say when there are few; the estimates themselves are means of
2x2s. With few areas use `group_changes` (one group, exact t) or `date_permutation` (all groups).

Source: Callaway & Sant'Anna (2021), Journal of Econometrics 225(2), 200-230, without covariates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, nan, sqrt
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import ROUNDING
from evalkit.results import Changes, Estimate, Levels, undefined

Comparison = Literal["never", "not_yet"]
Average = Literal["simple", "event", "group", "calendar"]
FEW_AREAS = 5


@dataclass(frozen=True, slots=True)
class Panel:
    """A balanced panel: `level` and `n` are areas by `years`, `start` is inf for never treated."""

    outcome: str
    unit: str
    areas: tuple[str, ...]
    years: tuple[int, ...]
    level: np.ndarray
    n: np.ndarray
    start: np.ndarray

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(int(year) for year in np.unique(self.start[np.isfinite(self.start)]))

    def base(self, group: int) -> int:
        """Return the place of a group's last year before its start."""
        return int(np.searchsorted(self.years, group)) - 1


@dataclass(frozen=True, slots=True)
class GroupTimes:
    """Every group's effect in every year but its base year.

    `frame` has one row per group and year: `group`, `year`, `base`, `att`, `std_error`,
    `n_treated` and `n_comparison` (areas). `influence` is areas by rows, scaled so that a
    variance is the sum of squares. Years before a group's start are placebos.
    """

    panel: Panel
    comparison: Comparison
    frame: pd.DataFrame
    influence: np.ndarray


@dataclass(frozen=True, slots=True)
class Averages:
    """The `overall` effect, and the `parts` it is the mean of, `term` naming each.

    `weights` are the overall mean's over the rows of `GroupTimes.frame`.
    """

    overall: Estimate
    parts: tuple[Estimate, ...]
    weights: np.ndarray


@dataclass(frozen=True, slots=True)
class _Part:
    """A mean of group-time effects: `weights` over their rows, `influence` over areas."""

    term: str
    group: int
    weights: np.ndarray
    influence: np.ndarray


def area_panel(levels: Levels, starts: Mapping[str, int | None]) -> Panel:
    """Return the areas' yearly levels with the year in which each was first treated.

    Parameters
    ----------
    levels : every year of `frame` is used, wash-in too; its `treated` and `post` are not.
    starts : first treated year by area; None, or a year after the last one, is never treated.

    Raises
    ------
    DesignError : areas without a start or the reverse, a level missing, or an area treated from
        the first year on.
    """
    wide = levels.frame.pivot(index="area", columns="year", values="level")
    strangers = set(wide.index) ^ set(starts)
    if strangers:
        raise DesignError(
            f"{levels.outcome}: {len(strangers)} areas are in only one of levels and starts"
        )
    missing = int(wide.isna().to_numpy().sum())
    if missing:
        raise DesignError(
            f"{levels.outcome}: {missing} area-years have no level; leave out those areas or years"
        )
    given = [starts[area] for area in wide.index]
    start = np.array([inf if year is None else float(year) for year in given])
    start[start > wide.columns.max()] = inf
    always = int((start <= wide.columns.min()).sum())
    if always:
        raise DesignError(
            f"{levels.outcome}: {always} areas are treated from the first year on; leave them out"
        )
    n = levels.frame.pivot(index="area", columns="year", values="n")
    return Panel(
        levels.outcome, levels.unit, tuple(wide.index), tuple(int(year) for year in wide.columns),
        wide.to_numpy(float), n.to_numpy(float), start,
    )  # fmt: skip


def group_times(panel: Panel, comparison: Comparison = "never") -> GroupTimes:
    """Return the effect of every group in every year against its last year before the start.

    ATT(g, t) = mean over the group of (Y_t - Y_base) - the same mean over the comparison areas.

    Parameters
    ----------
    comparison : "never" = areas never treated; "not_yet" = also those that start after year t and
        after the base year.

    Raises
    ------
    DesignError : no group, or a group-year without a comparison area.
    """
    if comparison not in ("never", "not_yet"):
        raise DesignError("comparison: must be 'never' or 'not_yet'")
    rows, influence = [], []
    for group in panel.groups:
        base = panel.base(group)
        for place in (place for place in range(len(panel.years)) if place != base):
            row, effect = _two_by_two(panel, group, place, comparison)
            rows.append(row)
            influence.append(effect)
    if not rows:
        raise DesignError(f"{panel.outcome}: no area is treated in these years")
    frame = pd.DataFrame(rows)
    empty = int((frame["n_comparison"] == 0).sum())
    if empty:
        raise DesignError(
            f"{panel.outcome}: {empty} group-years have no comparison area; "
            "end the years before the last start, or add areas never treated"
        )
    return GroupTimes(panel, comparison, frame, np.array(influence).T)


def average(found: GroupTimes, by: Average = "simple", confidence: float = 0.95) -> Averages:
    """Return the mean effect after the start, with many-area normal limits.

    "simple" weighs every group-year after the start by the group's areas; "event" is by years
    since the start (0 the first treated, negative ones placebos), "group" by group and "calendar"
    by year, each then averaged to an overall effect. Errors count on many areas: `reason` says so
    when a group or the comparison has fewer than five.
    """
    overall, parts = _parts(found, by)
    judged = tuple(_judged(found, part, confidence) for part in parts)
    return Averages(_judged(found, overall, confidence), judged, overall.weights)


def group_changes(panel: Panel, group: int) -> Changes:
    """Return one group's areas and those never treated, as changes for any method of inference.

    From the group's last year before the start to the mean of its years after: `exact_t` of it is
    exactly the group's effect with comparison "never", with an error that holds for few areas.
    Areas treated at other dates are left out.

    Raises
    ------
    DesignError : no area starts in `group`.
    """
    if group not in panel.groups:
        raise DesignError(f"{panel.outcome}: no area starts in the year asked for")
    chosen = (panel.start == group) | np.isinf(panel.start)
    base = panel.base(group)
    level, n = panel.level[chosen], panel.n[chosen]
    return Changes(
        panel.outcome,
        panel.unit,
        tuple(area for area, held in zip(panel.areas, chosen, strict=True) if held),
        panel.start[chosen] == group,
        level[:, base],
        level[:, base + 1 :].mean(axis=1),
        n[:, base],
        n[:, base + 1 :].sum(axis=1),
    )


def _two_by_two(
    panel: Panel, group: int, place: int, comparison: Comparison
) -> tuple[dict[str, float], np.ndarray]:
    """Return one group-year's row and its influence by area."""
    base = panel.base(group)
    change = panel.level[:, place] - panel.level[:, base]
    treated = panel.start == group
    others = compared(panel.start, panel, group, place, comparison)
    k, m = int(treated.sum()), int(others.sum())
    row = {"group": group, "year": panel.years[place], "base": panel.years[base]}
    if m == 0:
        empty = {"att": nan, "std_error": nan, "n_treated": k, "n_comparison": 0}
        return row | empty, np.full(len(change), nan)
    up, across = change[treated].mean(), change[others].mean()
    influence = treated * (change - up) / k - others * (change - across) / m
    error = sqrt(influence @ influence)
    found = {"att": up - across, "std_error": error, "n_treated": k, "n_comparison": m}
    return row | found, influence


def compared(
    start: np.ndarray, panel: Panel, group: int, place: int, comparison: Comparison
) -> np.ndarray:
    """Return which starts are a comparison for a group in a year."""
    if comparison == "never":
        return np.isinf(start)
    latest = panel.years[max(place, panel.base(group))]
    return (start > latest) & (start != group)


def _rows(found: GroupTimes) -> list[_Part]:
    identity = np.eye(len(found.frame))
    return [
        _Part("", int(group), identity[row], found.influence[:, row])
        for row, group in enumerate(found.frame["group"])
    ]


def _evenly(term: str, parts: Sequence[_Part]) -> _Part:
    """Return the plain mean of the parts."""
    weights = np.mean([part.weights for part in parts], axis=0)
    influence = np.mean([part.influence for part in parts], axis=0)
    return _Part(term, parts[0].group, weights, influence)


def _by_areas(found: GroupTimes, term: str, parts: Sequence[_Part]) -> _Part:
    """Return the mean of the parts by their groups' areas; that these are a sample adds error."""
    start, att = found.panel.start, found.frame["att"].to_numpy(float)
    areas = np.array([np.sum(start == part.group) for part in parts], float)
    share = areas / areas.sum()
    weights = share @ [part.weights for part in parts]
    influence = share @ [part.influence for part in parts]
    for part in parts:
        apart = (part.weights - weights) @ att
        influence = influence + (start == part.group) * apart / areas.sum()
    return _Part(term, parts[0].group, weights, influence)


def _parts(found: GroupTimes, by: Average) -> tuple[_Part, list[_Part]]:
    """Return the overall mean and the parts that it is the mean of."""
    group, year = (found.frame[column].to_numpy(int) for column in ("group", "year"))
    rows, after = np.array(_rows(found), object), year >= group
    if by == "simple":
        return _by_areas(found, "att", list(rows[after])), []
    since = np.searchsorted(found.panel.years, year) - np.searchsorted(found.panel.years, group)
    keys = {"event": since, "group": group, "calendar": year}
    if by not in keys:
        raise DesignError(f"average: must be by simple, {', '.join(keys)}")
    key, held = keys[by], after | (by == "event")
    parts = [
        _by_areas(found, str(value), list(rows[held & (key == value)]))
        for value in np.unique(key[held])
    ]
    inside = [part for part in parts if by != "event" or int(part.term) >= 0]
    return _by_areas(found, "att", inside) if by == "group" else _evenly("att", inside), parts


def _judged(found: GroupTimes, part: _Part, confidence: float) -> Estimate:
    panel, used = found.panel, found.frame[part.weights != 0]
    blank = replace(_blank(panel, "callaway_santanna"), term=part.term)
    value = float(part.weights @ found.frame["att"])
    error = sqrt(part.influence @ part.influence)
    if error <= ROUNDING * np.abs(panel.level).max():
        return replace(blank, estimate=value, reason="the areas' changes do not vary")
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * error
    fewest = int(used[["n_treated", "n_comparison"]].to_numpy().min())
    few = f"not valid with few areas: a group has {fewest}, the error counts on many"
    return replace(
        blank, estimate=value, std_error=error,
        p_value=float(2 * stats.norm.sf(abs(value) / error)),
        conf_low=value - reach, conf_high=value + reach,
        reason=few if fewest < FEW_AREAS else "",
    )  # fmt: skip


def _blank(panel: Panel, method: str) -> Estimate:
    n, n_areas = round(float(panel.n.sum())), len(panel.areas)
    return undefined(panel.outcome, panel.unit, method, "", n=n, n_areas=n_areas)
