"""One proportion: limits that were printed in percent with one decimal."""

from math import inf, isnan

import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.proportions import bounds_with_unknown, rate_ratio, wilson


@pytest.mark.parametrize(
    ("yes", "n", "low", "high"),
    [(3, 12, 0.089, 0.532), (57, 60, 0.863, 0.983), (0, 9, 0.0, 0.299)],
)
def test_wilson_limits(yes, n, low, high):
    found = wilson(yes, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)
    assert found.estimate == yes / n


@pytest.mark.parametrize("n", [1, 9, 50])
def test_wilson_solves_its_own_equation(n):
    """At a limit p the observed share lies 1.96 standard errors of p away."""
    for yes in range(1, n):
        found = wilson(yes, n)
        for limit in (found.low, found.high):
            distance = abs(yes / n - limit) / (limit * (1 - limit) / n) ** 0.5
            assert distance == pytest.approx(1.959964, abs=1e-5)


@pytest.mark.parametrize("n", [3, 6, 10, 11])
def test_limits_at_the_ends_are_exact(n):
    """These numbers of units are among those where the bare formula rounds past 0 or 1."""
    assert wilson(0, n).low == 0
    assert wilson(n, n).high == 1


def test_wilson_stays_inside_and_mirrors():
    none, everybody = wilson(0, 9), wilson(9, 9)
    assert (none.low, everybody.high) == (0, 1)
    assert none.high == pytest.approx(1 - everybody.low)


def test_nobody_asked_is_unknown():
    assert isnan(wilson(0, 0).estimate)
    assert isnan(bounds_with_unknown(0, 0, 0).low)


def test_bounds_with_unknown_answers():
    found = bounds_with_unknown(60, 10, 10)
    assert found.estimate == pytest.approx(0.857, abs=5e-4)
    assert (found.low, found.high) == (0.75, 0.875)


def test_all_unknown_can_be_anything():
    found = bounds_with_unknown(0, 0, 5)
    assert isnan(found.estimate)
    assert (found.low, found.high) == (0, 1)


def test_impossible_counts_are_refused():
    with pytest.raises(DesignError):
        wilson(5, 4)
    with pytest.raises(DesignError):
        bounds_with_unknown(1, -1, 0)


@pytest.mark.parametrize(("events", "before"), [(12, 5), (1, 9), (40, 44)])
def test_at_the_limits_of_a_rate_ratio_the_counts_are_just_not_unlikely(events, before):
    """Given their sum, one count is binomial: at each limit its tail is 2.5 per cent."""
    time, time_before = 3.0, 7.0
    found = rate_ratio(events, time, before, time_before)
    assert found.estimate == pytest.approx((events / time) / (before / time_before))

    def share(ratio):
        return ratio * time / (ratio * time + time_before)

    n = events + before
    assert stats.binom.sf(events - 1, n, share(found.low)) == pytest.approx(0.025, abs=1e-9)
    assert stats.binom.cdf(events, n, share(found.high)) == pytest.approx(0.025, abs=1e-9)


def test_a_rate_ratio_at_the_ends():
    assert rate_ratio(0, 1, 4, 1).low == 0
    assert rate_ratio(4, 1, 0, 1).high == inf
    assert isnan(rate_ratio(0, 1, 0, 1).estimate)
    with pytest.raises(DesignError, match="above 0"):
        rate_ratio(1, 0, 1, 1)
