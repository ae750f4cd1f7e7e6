"""Time cut more finely than in years: months, quarters or half-years as points in time.

Everything after `did.Levels` reads its `year` as a point in time, so that a finer cut needs no
method of its own. A point's number is year * (points a year) + its place in the year. Only whole
stretches of the period's months are kept, so that every year has the same points.
"""

from collections.abc import Sequence

import pandas as pd

from evalkit.errors import DesignError


def finer(cells: pd.DataFrame, months: Sequence[int], length: int) -> pd.DataFrame:
    """Return cells whose `year` is a point of `length` months and whose `month` is 1.

    Parameters
    ----------
    cells : columns `year` and `month` at least.
    months : the period's calendar months, in order; those after the last whole stretch are left
        out in every year.

    Raises
    ------
    DesignError : the period holds no whole stretch of that length.
    """
    place = {month: at // length for at, month in enumerate(_whole(months, length))}
    kept = cells[cells["month"].isin(place)]
    count = len(place) // length
    return kept.assign(year=kept["year"] * count + kept["month"].map(place), month=1)


def points_of(years: Sequence[int], months: Sequence[int], length: int) -> tuple[int, ...]:
    """Return the points that `finer` makes of these years."""
    count = len(_whole(months, length)) // length
    return tuple(year * count + place for year in years for place in range(count))


def first_month(point: int, months: Sequence[int], length: int) -> tuple[int, int]:
    """Return the year and the calendar month in which a point begins."""
    count = len(_whole(months, length)) // length
    year, place = divmod(point, count)
    return year, months[place * length]


def _whole(months: Sequence[int], length: int) -> Sequence[int]:
    kept = months[: len(months) // length * length]
    if not kept:
        raise DesignError(
            f"a period of {len(months)} months holds no stretch of {length}; cut time more finely"
        )
    return kept
