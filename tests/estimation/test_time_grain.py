"""Time cut into quarters or months: which month lands where, and what is left out."""

import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.estimation import did
from evalkit.estimation.time_grain import finer, first_month, points_of

YEAR = tuple(range(1, 13))


def cells(months=YEAR, years=(2018, 2019)):
    rows = [
        ("K1", area, area == "A", year, month, 10.0, 10.0 * month)
        for area in "AB" for year in years for month in months
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["measure", "area", "treated", "year", "month", "n", "total"])


def test_quarters_of_a_whole_year():
    found = finer(cells(), YEAR, 3)
    assert sorted(found["year"].unique()) == [2018 * 4 + k for k in range(8)]
    assert points_of((2018, 2019), YEAR, 3) == tuple(sorted(found["year"].unique()))


def test_the_months_after_the_last_whole_quarter_are_left_out_in_every_year():
    months = tuple(range(1, 9))
    found = finer(cells(), months, 3)
    assert len(found) == 2 * 2 * 6
    assert points_of((2018,), months, 3) == (2018 * 2, 2018 * 2 + 1)


@pytest.mark.parametrize(("length", "months"), [(1, YEAR), (3, YEAR), (6, YEAR), (2, (5, 6, 7, 8))])
def test_a_points_first_month_is_that_of_its_cells(length, months):
    original = cells(months)
    found = finer(original, months, length)
    for point, rows in found.groupby("year"):
        first = original.loc[rows.index].sort_values(["year", "month"]).iloc[0]
        assert first_month(point, months, length) == (first["year"], first["month"])


def test_levels_are_made_of_points_as_of_years():
    made = did.levels_from_cells(
        finer(cells(), YEAR, 3), "K1", "st", [1],
        points_of((2018,), YEAR, 3), (), points_of((2019,), YEAR, 3),
    )  # fmt: skip
    assert made.frame.groupby("year")["level"].first().tolist() == [2.0, 5.0, 8.0, 11.0] * 2


def test_a_period_too_short_for_a_quarter_is_refused():
    with pytest.raises(DesignError, match="2 months holds no stretch of 3"):
        finer(cells((1, 2)), (1, 2), 3)
