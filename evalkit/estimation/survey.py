"""What unit means on an answer scale allow one to say, when nothing else was kept.

With means only, without numbers or standard deviations, no two units can be tested against each
other. Bounds on the share of high answers hold for every possible set of answers. Rounds are
compared by Welch (1947), Biometrika 34(1-2), as if nobody answered in both: who answered is not
known, and people come and go, so a difference is not a change in anybody's view.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import nan, sqrt

import pandas as pd
from scipy import stats

from evalkit.errors import DesignError

ROUNDING = 0.05
SCALE = (1, 7)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest value that the published figure allows."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answers:
    """One unit's answers to one item in a round; `n` and `sd` are NaN where not kept."""

    mean: float
    n: float = nan
    sd: float = nan


@dataclass(frozen=True, slots=True)
class RoundDifference:
    """The later round's mean minus the earlier's; limits NaN, with a `reason`, without n and sd."""

    difference: float
    conf_low: float
    conf_high: float
    df: float
    reason: str = ""


def share_bounds(
    mean: float,
    at_least: int = 5,
    scale: tuple[int, int] = SCALE,
    rounding: float = ROUNDING,
) -> Bounds:
    """Return the sharp bounds on the share that answers `at_least` or more, given the mean.

    The share is smallest when those above answer the top and the rest `at_least - 1`, largest
    when those above answer `at_least` and the rest the bottom.

    Parameters
    ----------
    mean : of answers in whole steps, on `scale` (both ends included).
    rounding : largest rounding error of `mean`; 0.05 for one decimal, 0 for an exact mean.
    """
    bottom, top = scale
    _on_scale(mean, scale)
    if not bottom < at_least <= top:
        raise DesignError("share_bounds: 'at_least' must be a step of the scale above its bottom")
    low = (mean - rounding - (at_least - 1)) / (top - (at_least - 1))
    high = (mean + rounding - bottom) / (at_least - bottom)
    return Bounds(min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0))


def largest_sd(mean: float, scale: tuple[int, int] = SCALE) -> float:
    """Return the largest standard deviation that answers with this mean can have."""
    _on_scale(mean, scale)
    return sqrt((mean - scale[0]) * (scale[1] - mean))


def gaps(means: pd.DataFrame, item: int, other: int, rounding: float = ROUNDING) -> pd.DataFrame:
    """Return each unit's `item` mean minus its `other` mean, with the reach of rounding.

    Parameters
    ----------
    means : columns `unit`, `item` and `mean`, one row per unit and item.

    Returns
    -------
    Columns `unit`, `gap`, `low`, `high`; a unit without both items has NaN.
    """
    table = _units_by_items(means)
    for wanted in (item, other):
        if wanted not in table.columns:
            raise DesignError(f"survey: no means for item {wanted}")
    gap = table[item] - table[other]
    reach = 2 * rounding
    frame = pd.DataFrame({"gap": gap, "low": gap - reach, "high": gap + reach})
    return frame.rename_axis("unit").reset_index()


def item_ranges(means: pd.DataFrame) -> pd.DataFrame:
    """Return, for each item, the highest unit mean minus the lowest: columns `item`, `range`."""
    table = _units_by_items(means)
    return (table.max() - table.min()).rename("range").rename_axis("item").reset_index()


def unit_means(means: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's unweighted mean over the items: columns `unit`, `mean`, `n_items`.

    Not a validated scale. A unit that lacks an item has NaN, since its mean would be over others.
    """
    table = _units_by_items(means)
    frame = pd.DataFrame({"mean": table.mean(axis=1, skipna=False), "n_items": table.count(axis=1)})
    return frame.rename_axis("unit").reset_index()


def round_difference(
    earlier: Answers, later: Answers, confidence: float = 0.95
) -> RoundDifference:  # fmt: skip
    """Return the difference between two rounds in one unit, with Welch's interval.

    The rounds are taken as independent samples, though some may have answered both times.
    """
    difference = later.mean - earlier.mean
    reason = _without_interval(earlier, later)
    if reason:
        return RoundDifference(difference, nan, nan, nan, reason)
    parts = [one.sd**2 / one.n for one in (earlier, later)]
    df = sum(parts) ** 2 / sum(
        part**2 / (one.n - 1) for part, one in zip(parts, (earlier, later), strict=True)
    )
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * sqrt(sum(parts))
    return RoundDifference(difference, difference - reach, difference + reach, df)


def rounds(means: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Return each unit's and item's difference between every round and the one before it.

    Parameters
    ----------
    means : columns `round` (a day), `unit`, `item`, `mean`, `n` and `sd`.

    Returns
    -------
    Columns `unit`, `item`, `earlier`, `later`, `difference`, `conf_low`, `conf_high`, `reason`; no
    rows when nothing was asked twice.
    """
    twice = int(means.duplicated(["round", "unit", "item"]).sum())
    if twice:
        raise DesignError(f"survey: {twice} unit means stand twice in a round; keep one")
    rows = [
        (unit, item, *pair)
        for (unit, item), own in means.sort_values("round").groupby(["unit", "item"])
        for pair in _successive(own, confidence)
    ]
    columns = [
        "unit", "item", "earlier", "later", "difference", "conf_low", "conf_high", "reason",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _successive(own: pd.DataFrame, confidence: float) -> list[tuple]:
    known = own[["mean", "n", "sd"]].astype(float)
    answers = [Answers(*row) for row in known.itertuples(index=False)]
    pairs = zip(pairwise(own["round"]), pairwise(answers), strict=True)
    found = [(days, round_difference(*both, confidence)) for days, both in pairs]
    return [(*days, one.difference, one.conf_low, one.conf_high, one.reason) for days, one in found]


def _without_interval(earlier: Answers, later: Answers) -> str:
    """Return why two rounds have no interval, or nothing."""
    both = (earlier, later)
    if not all(one.n > 0 and one.sd >= 0 for one in both):
        return "a round lacks its number of answers or their standard deviation"
    if min(one.n for one in both) < 2:
        return "a round has a single answer"
    return "no spread in either round" if max(one.sd for one in both) == 0 else ""


def _units_by_items(means: pd.DataFrame) -> pd.DataFrame:
    twice = int(means.duplicated(["unit", "item"]).sum())
    if twice:
        raise DesignError(f"survey: {twice} unit means stand twice; give one measurement at a time")
    return means.pivot(index="unit", columns="item", values="mean").astype(float)


def _on_scale(mean: float, scale: tuple[int, int]) -> None:
    if not scale[0] <= mean <= scale[1]:
        raise DesignError("survey: a mean lies outside the answer scale")
