"""What unit means on an answer scale allow one to say, when nothing else was kept.

With means only, without numbers or standard deviations, no two units can be tested against each
other. Bounds on the share of high answers hold for every possible set of answers.
"""

from dataclasses import dataclass
from math import sqrt

import pandas as pd

from evalkit.errors import DesignError

ROUNDING = 0.05
SCALE = (1, 7)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest value that the published figure allows."""

    low: float
    high: float


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


def _units_by_items(means: pd.DataFrame) -> pd.DataFrame:
    twice = int(means.duplicated(["unit", "item"]).sum())
    if twice:
        raise DesignError(f"survey: {twice} unit means stand twice; give one measurement at a time")
    return means.pivot(index="unit", columns="item", values="mean").astype(float)


def _on_scale(mean: float, scale: tuple[int, int]) -> None:
    if not scale[0] <= mean <= scale[1]:
        raise DesignError("survey: a mean lies outside the answer scale")
