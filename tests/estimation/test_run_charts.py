"""Run charts and control limits: published limits, every short series, what is undefined."""

from itertools import pairwise, product
from math import comb, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.run_charts import g_chart, p_chart, run_chart, run_limits


@pytest.mark.parametrize(
    ("n", "longest", "crossings"), [(10, 6, 2), (12, 7, 3), (20, 7, 6), (24, 8, 8), (36, 8, 13)]
)
def test_limits_of_a_random_series(n, longest, crossings):
    """Anhøj & Olesen (2014): round(log2 n + 3), 5th percentile of Binomial(n - 1, 1/2)."""
    found = run_limits(n)
    assert (found.longest, found.crossings) == (longest, crossings)


@pytest.mark.parametrize("n", [10, 11, 17, 30])
def test_too_few_crossings_are_rarer_than_one_in_twenty(n):
    """The same percentile by counting sequences: fewer crossings than the limit, of 2^(n-1)."""
    least = run_limits(n).crossings
    below = sum(comb(n - 1, k) for k in range(least)) / 2 ** (n - 1)
    assert below < 0.05 <= below + comb(n - 1, least) / 2 ** (n - 1)


def by_hand(signs):
    """Longest run and crossings, one point at a time."""
    longest = run = 1
    crossings = 0
    for before, after in pairwise(signs):
        run = run + 1 if before == after else 1
        crossings += before != after
        longest = max(longest, run)
    return longest, crossings


def test_every_order_of_five_high_and_five_low_points():
    checked = 0
    for signs in product([-1, 1], repeat=10):
        if sum(signs):
            continue
        found, (longest, crossings) = run_chart(signs), by_hand(signs)
        assert (found.longest, found.crossings) == (longest, crossings)
        assert (found.signal == "signal") == (longest > 6 or crossings < 2)
        assert found.last - found.first + 1 == longest
        checked += 1
    assert checked == comb(10, 5)


def test_a_series_that_shifts_half_way_gives_a_signal_and_says_where():
    found = run_chart([3, 4, 3, 5, 4, 3, 4, 5, 9, 8, 9, 7, 8, 9, 8, 9])
    assert found.signal == "signal"
    assert (found.longest, found.first, found.last, found.crossings) == (8, 0, 7, 1)


def test_points_on_the_median_and_missing_ones_are_left_out_and_counted():
    zigzag = [1.0, 9.0] * 6
    found = run_chart([*zigzag[:6], 5.0, nan, *zigzag[6:], 5.0])
    plain = run_chart(zigzag)
    assert (found.median, found.n_useful, found.n_missing) == (5, 12, 1)
    assert (found.longest, found.crossings, found.signal) == (plain.longest, 11, "none")


def test_nine_useful_points_are_too_few_to_say():
    found = run_chart([1, 9, 1, 9, 5, 1, 9, 1, 9, 5])
    assert (found.n_useful, found.signal, found.limits) == (8, "undefined", None)
    assert found.reason == "8 points off the median; 10 are needed"
    assert run_chart([]).signal == run_chart([nan, nan]).signal == "undefined"
    with pytest.raises(DesignError, match="9 points off the median"):
        run_limits(9)


@given(st.lists(st.integers(0, 40), min_size=10, max_size=40), st.integers(1, 5))
def test_neither_turning_nor_stretching_a_series_changes_the_verdict(values, factor):
    found = run_chart(values)
    for other in (run_chart([-factor * value for value in values]), run_chart(values[::-1])):
        assert (other.longest, other.crossings) == (found.longest, found.crossings)
        assert other.signal == found.signal


def test_limits_of_a_share():
    found = p_chart([10] * 12, [40] * 12)
    assert found.centre == 0.25
    assert (found.low[0], found.high[0]) == pytest.approx((0.0446, 0.4554), abs=5e-5)
    assert found.signal == "none"


def test_a_share_outside_its_own_limits_and_a_month_without_units():
    yes, n = [5] * 11 + [20, 0], [40] * 11 + [40, 0]
    found = p_chart(yes, n)
    assert found.outside.tolist() == [False] * 11 + [True, False]
    assert found.signal == "signal"
    assert isnan(found.points[-1])
    small, large = p_chart([2, 50], [8, 200]), p_chart([5, 10], [20, 40])
    assert small.high[0] - small.low[0] > small.high[1] - small.low[1]
    assert large.centre == 0.25


@pytest.mark.parametrize(
    ("yes", "n", "reason"),
    [
        ([5] * 9, [20] * 9, "9 points with a value"),
        ([0] * 12, [20] * 12, "no variation"),
        ([0] * 12, [0] * 12, "0 points with a value"),
    ],
)
def test_a_share_that_allows_no_verdict(yes, n, reason):
    found = p_chart(yes, n)
    assert found.signal == "undefined"
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(("yes", "n"), [([5], [4]), ([-1], [4]), ([nan], [4]), ([1, 2], [4])])
def test_impossible_counts_are_refused(yes, n):
    with pytest.raises(DesignError, match="p-chart: each point needs a count"):
        p_chart(yes, n)


def test_rare_events_that_become_rarer():
    """Mean 12, so the limit is 12 + 3 sqrt(12 * 13) = 49.47."""
    between = [4, 5, 3, 6, 2, 5, 4, 3, 5, 83]
    found = g_chart(between)
    assert found.centre == 12
    assert found.high[0] == pytest.approx(49.47, abs=5e-3)
    assert found.outside.tolist() == [False] * 9 + [True]
    assert found.signal == "signal"
    assert g_chart(between[:9]).signal == "undefined"
    assert g_chart([0] * 12).reason.startswith("no variation")
    with pytest.raises(DesignError, match="none missing"):
        g_chart([3, nan])


def test_the_limit_of_rare_events_is_three_standard_deviations_of_a_geometric():
    draws = np.random.default_rng(7).geometric(0.1, 200_000) - 1.0
    found = g_chart(draws)
    # Monte Carlo error of a standard deviation of 9.5 in 200 000 draws: about 0.03, times three.
    assert found.high[0] == pytest.approx(draws.mean() + 3 * draws.std(), abs=0.3)
