"""Did a series move by more than chance? Run charts, and limits for shares and rare events.

Such a chart says when a series moved, never why. For tests of change that concern few cases: it
compares with nobody, so it is never an effect.

Sources: run charts, Anhøj & Olesen (2014), PLoS ONE 9(11), e113825; p-chart, Shewhart's three
sigma; g-chart, Benneyan (2001), Health Care Management Science 4(4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isnan, log2, nan, sqrt
from typing import Literal

import numpy as np
from scipy import stats

from evalkit.errors import DesignError

FEWEST = 10  # points; with fewer the rules are not defined
SIGMAS = 3
_CROSSING_LEVEL = 0.05

Signal = Literal["signal", "none", "undefined"]


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What chance allows: runs up to `longest` points and at least `crossings` of the median."""

    longest: int
    crossings: int


@dataclass(frozen=True, slots=True)
class RunChart:
    """A series around its own median, in the series' unit.

    `n_useful` points lie off the median; the others and `n_missing` without a value are left out.
    `longest` is the longest run on one side, from point `first` to point `last` of the series
    (places from 0, -1 without a run). `limits` are None, and `signal` "undefined" with a `reason`,
    where there are too few useful points.
    """

    median: float
    n_useful: int
    n_missing: int
    longest: int
    first: int
    last: int
    crossings: int
    limits: RunLimits | None
    signal: Signal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ControlChart:
    """Points with the limits that chance seldom passes; arrays with one value per point.

    `outside` tells which points lie beyond a limit. `signal` is "undefined", with a `reason`, where
    the limits rest on too few points or on none.
    """

    points: np.ndarray
    centre: float
    low: np.ndarray
    high: np.ndarray
    outside: np.ndarray
    signal: Signal
    reason: str = ""


def run_limits(n_useful: int) -> RunLimits:
    """Return Anhøj's limits for `n_useful` points off the median.

    The longest run of a random series seldom exceeds round(log2 n + 3), and it crosses the median
    fewer times than the 5th percentile of Binomial(n - 1, 1/2) in less than one case in twenty.

    Raises
    ------
    DesignError : fewer than `FEWEST` points.
    """
    if n_useful < FEWEST:
        raise DesignError(f"run chart: {n_useful} points off the median; {FEWEST} are needed")
    least = int(stats.binom.ppf(_CROSSING_LEVEL, n_useful - 1, 0.5))
    return RunLimits(round(log2(n_useful) + 3), least)


def run_chart(values: Sequence[float]) -> RunChart:
    """Return whether a series in time order has too long a run or too few crossings of its median.

    Parameters
    ----------
    values : one per point in time; NaN where nothing was measured.
    """
    series = np.asarray(values, float)
    median = float(np.median(series[~np.isnan(series)])) if not np.isnan(series).all() else nan
    useful = np.flatnonzero(~np.isnan(series) & (series != median))
    runs = _runs(useful, series > median)
    first, last, longest = max(runs, key=lambda run: run[2], default=(-1, -1, 0))
    crossings = max(len(runs) - 1, 0)
    missing = int(np.isnan(series).sum())
    found = (median, len(useful), missing, longest, first, last, crossings)
    if len(useful) < FEWEST:
        reason = f"{len(useful)} points off the median; {FEWEST} are needed"
        return RunChart(*found, None, "undefined", reason)
    limits = run_limits(len(useful))
    moved = longest > limits.longest or crossings < limits.crossings
    return RunChart(*found, limits, "signal" if moved else "none")


def p_chart(yes: Sequence[float], n: Sequence[float]) -> ControlChart:
    """Return shares over time with three-sigma limits around their common share.

    Limits of a point with `n` units are p +- 3 sqrt(p (1 - p) / n), kept within 0 and 1; a point
    without units has none. A share cannot pass a limit of 0 or 1.

    Raises
    ------
    DesignError : the two differ in length, or a count is missing, negative or above its `n`.
    """
    counted, units = np.asarray(yes, float), np.asarray(n, float)
    if counted.shape != units.shape or not ((counted >= 0) & (counted <= units)).all():
        raise DesignError("p-chart: each point needs a count from 0 to its number of units")
    units = np.where(units > 0, units, nan)
    centre = float(counted.sum() / np.nansum(units)) if not np.isnan(units).all() else nan
    reach = SIGMAS * np.sqrt(centre * (1 - centre) / units)
    return _chart(
        counted / units, centre, np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)
    )


def g_chart(between: Sequence[float]) -> ControlChart:
    """Return the numbers of cases between rare events, with their upper three-sigma limit.

    The numbers are taken as geometric: the limit is g + 3 sqrt(g (g + 1)) around their mean g. A
    point above it says that events became rarer. There is no lower limit: a geometric spread
    always holds 0, so that events becoming more common has to be seen as a run.

    Parameters
    ----------
    between : cases without the event from one event to the next, 0 when they follow at once.

    Raises
    ------
    DesignError : a missing or negative number.
    """
    points = np.asarray(between, float)
    if not (points >= 0).all():
        raise DesignError("g-chart: numbers between events are 0 or more, none missing")
    centre = float(points.mean()) if points.size else nan
    high = np.full(points.shape, centre + SIGMAS * sqrt(centre * (centre + 1)))
    return _chart(points, centre, np.zeros(points.shape), high)


def _runs(useful: np.ndarray, above: np.ndarray) -> list[tuple[int, int, int]]:
    """Return each stretch on one side of the median: its first and last place, its length."""
    runs = [list(group) for _, group in groupby(useful.tolist(), key=lambda place: above[place])]
    return [(places[0], places[-1], len(places)) for places in runs]


def _chart(points: np.ndarray, centre: float, low: np.ndarray, high: np.ndarray) -> ControlChart:
    known = int((~np.isnan(points)).sum())
    outside = (points < low) | (points > high)
    reason = ""
    if known < FEWEST:
        reason = f"{known} points with a value; {FEWEST} are needed"
    elif isnan(centre) or bool(np.nanmax(high - low) == 0):
        reason = "no variation: every point is alike"
    if reason:
        return ControlChart(points, centre, low, high, outside, "undefined", reason)
    return ControlChart(points, centre, low, high, outside, "signal" if outside.any() else "none")
