"""The staff survey of March 2021: unit means on a 1-7 scale, one decimal, nothing else."""

from itertools import product
from math import isnan

import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.survey import (
    Answers,
    gaps,
    item_ranges,
    largest_sd,
    round_difference,
    rounds,
    share_bounds,
    unit_means,
)

UNITS = ("barn och unga", "förebyggande", "mottagning")
MEANS = {
    1: (5.3, 4.4, 5.4),
    2: (5.9, 4.6, 5.0),
    3: (4.8, 3.2, 3.6),
    4: (4.5, 4.8, 4.4),
    5: (6.2, 5.4, 6.7),
    6: (6.1, 5.3, 5.9),
    7: (5.0, 3.8, 4.5),
    8: (4.6, 4.9, 4.4),
}


@pytest.fixture
def means():
    rows = [
        (unit, item, row[place]) for item, row in MEANS.items() for place, unit in enumerate(UNITS)
    ]
    return pd.DataFrame(rows, columns=["unit", "item", "mean"])


@pytest.mark.parametrize(("mean", "low"), [(6.2, 0.733), (5.4, 0.467), (6.7, 0.900)])
def test_at_least_so_many_understand_why(mean, low):
    assert share_bounds(mean, rounding=0).low == pytest.approx(low, abs=5e-4)


def test_rounding_of_the_mean_widens_the_bounds():
    assert share_bounds(5.4).low == pytest.approx(0.45)
    assert share_bounds(3.8).high == pytest.approx(0.7 + 0.05 / 4)


@pytest.mark.parametrize(
    ("mean", "low", "high"), [(5.0, 0.33, 1.0), (3.8, 0.0, 0.70), (4.5, 0.17, 0.88)]
)
def test_bounds_of_knowing_what_it_means(mean, low, high):
    found = share_bounds(mean, rounding=0)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-3)


def test_bounds_are_sharp_over_every_possible_set_of_answers():
    """All 7^4 sets of four answers: none outside the bounds, and for some mean both are reached."""
    reached = {"low": 0, "high": 0}
    for answers in product(range(1, 8), repeat=4):
        share = sum(answer >= 5 for answer in answers) / 4
        bounds = share_bounds(sum(answers) / 4, rounding=0)
        assert bounds.low - 1e-12 <= share <= bounds.high + 1e-12
        reached["low"] += 0 < bounds.low == pytest.approx(share)
        reached["high"] += 1 > bounds.high == pytest.approx(share)
    assert min(reached.values()) > 0


@pytest.mark.parametrize(
    ("item", "other", "expected"),
    [(2, 3, (1.1, 1.4, 1.4)), (5, 7, (1.2, 1.6, 2.2)), (6, 8, (1.5, 0.4, 1.5))],
)
def test_gaps_between_two_statements(means, item, other, expected):
    found = gaps(means, item, other).set_index("unit").loc[list(UNITS)]
    assert found["gap"].tolist() == pytest.approx(expected)
    assert (found["high"] - found["gap"]).tolist() == pytest.approx([0.1] * 3)
    assert (found["gap"] - found["low"]).tolist() == pytest.approx([0.1] * 3)


def test_ranges_between_units(means):
    expected = [1.0, 1.3, 1.6, 0.4, 1.3, 0.8, 1.2, 0.5]
    assert item_ranges(means)["range"].tolist() == pytest.approx(expected)


def test_unweighted_means_of_units(means):
    found = unit_means(means).set_index("unit").loc[list(UNITS), "mean"]
    assert found.tolist() == pytest.approx([5.30, 4.55, 4.99], abs=5e-3)


def test_a_unit_that_lacks_an_item_has_no_mean(means):
    found = unit_means(means.drop(index=0)).set_index("unit")
    assert isnan(found.loc[UNITS[0], "mean"])
    assert found.loc[UNITS[0], "n_items"] == 7


def test_largest_standard_deviation():
    assert largest_sd(5.4) == pytest.approx(2.65, abs=5e-3)
    assert 1.96 * largest_sd(5.4) / 15**0.5 == pytest.approx(1.34, abs=5e-3)
    assert largest_sd(7) == 0


def test_what_is_not_a_mean_on_the_scale_is_refused(means):
    with pytest.raises(DesignError, match="outside the answer scale"):
        share_bounds(53)
    with pytest.raises(DesignError, match="1 unit means stand twice"):
        unit_means(pd.concat([means, means.head(1)]))
    with pytest.raises(DesignError, match="no means for item 9"):
        gaps(means, 9, 1)
    with pytest.raises(DesignError, match="above its bottom"):
        share_bounds(5, at_least=1)


def answers(*rows):
    columns = ["round", "unit", "item", "mean", "n", "sd"]
    return pd.DataFrame(rows, columns=columns)


def test_two_rounds_with_numbers_and_spread_have_welchs_interval():
    found = round_difference(Answers(4.4, 31, 1.3), Answers(5.0, 18, 0.9))
    oracle = stats.ttest_ind_from_stats(5.0, 0.9, 18, 4.4, 1.3, 31, equal_var=False)
    assert found.difference == pytest.approx(0.6)
    assert found.difference / oracle.statistic * stats.t.ppf(0.975, found.df) == pytest.approx(
        found.conf_high - found.difference
    )
    assert 2 * stats.t.sf(oracle.statistic, found.df) == pytest.approx(oracle.pvalue)


@pytest.mark.parametrize(
    ("earlier", "later", "reason"),
    [
        (Answers(4.4), Answers(5.0, 18, 0.9), "lacks its number of answers"),
        (Answers(4.4, 31), Answers(5.0, 18, 0.9), "lacks its number of answers"),
        (Answers(4.4, 1, 0.0), Answers(5.0, 18, 0.9), "single answer"),
        (Answers(4.0, 9, 0.0), Answers(5.0, 18, 0.0), "no spread"),
    ],
)
def test_rounds_without_numbers_have_a_difference_and_no_interval(earlier, later, reason):
    found = round_difference(earlier, later)
    assert found.difference == pytest.approx(later.mean - earlier.mean)
    assert isnan(found.conf_low)
    assert isnan(found.conf_high)
    assert reason in found.reason


def test_each_round_is_compared_with_the_one_before_it():
    table = answers(
        ("2023-03-01", "A", 1, 5.5, 10, 1.0),
        ("2021-03-01", "A", 1, 5.0, 12, 1.0),
        ("2022-03-01", "A", 1, 4.0, 11, 1.0),
        ("2021-03-01", "B", 1, 6.0, 8, 1.0),
        ("2022-03-01", "B", 1, 6.5, None, None),
    )
    found = rounds(table)
    assert found[["unit", "earlier", "later"]].to_numpy().tolist() == [
        ["A", "2021-03-01", "2022-03-01"],
        ["A", "2022-03-01", "2023-03-01"],
        ["B", "2021-03-01", "2022-03-01"],
    ]
    assert found["difference"].tolist() == pytest.approx([-1.0, 1.5, 0.5])
    assert found["conf_low"].isna().tolist() == [False, False, True]


def test_one_round_gives_nothing_to_compare_and_a_row_twice_is_refused():
    once = answers(("2021-03-01", "A", 1, 5.0, 12, 1.0))
    assert rounds(once).empty
    with pytest.raises(DesignError, match="1 unit means stand twice in a round"):
        rounds(pd.concat([once, once]))
