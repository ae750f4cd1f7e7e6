"""The 2x2 of the analysis plan's worked example, and what it refuses."""

from math import exp, isnan, log

import pytest

from evalkit.errors import DesignError
from evalkit.estimation.two_by_two import Count, two_by_two


@pytest.fixture
def worked():
    """Pilot 40/100 to 30/100, line 120/400 to 140/400; each figure is rounded in its last digit."""
    return two_by_two(
        "R1", "procentenheter",
        (Count(40, 100), Count(30, 100)), (Count(120, 400), Count(140, 400)),
    )  # fmt: skip


def test_absolute_scale(worked):
    found = worked.absolute
    assert found.estimate == pytest.approx(-0.15)
    assert found.std_error == pytest.approx(0.07479, abs=5e-6)
    assert (found.conf_low, found.conf_high) == pytest.approx((-0.2966, -0.0034), abs=5e-5)
    assert found.p_value == pytest.approx(0.0449, abs=5e-5)
    assert found.n == 1000


def test_odds_scale(worked):
    assert log(worked.odds.estimate) == pytest.approx(-0.670, abs=5e-4)
    assert worked.odds.estimate == pytest.approx(0.512, abs=5e-4)


def test_relative_scale(worked):
    assert worked.relative.estimate == pytest.approx((30 / 40) / (140 / 120))
    assert worked.relative.estimate == pytest.approx(0.643, abs=5e-4)


def test_ratio_limits_are_symmetric_on_the_log_scale(worked):
    for ratio in (worked.relative, worked.odds):
        middle = (log(ratio.conf_low) + log(ratio.conf_high)) / 2
        assert exp(middle) == pytest.approx(ratio.estimate)


def test_a_zero_count_leaves_the_absolute_scale_and_no_ratio():
    found = two_by_two("R1", "pe", (Count(0, 10), Count(3, 10)), (Count(2, 10), Count(3, 10)))
    assert found.absolute.estimate == pytest.approx(0.2)
    for ratio in (found.relative, found.odds):
        assert isnan(ratio.estimate)
        assert "0 or 1" in ratio.reason


def test_everybody_yes_leaves_the_relative_scale_and_no_odds():
    found = two_by_two("R1", "pe", (Count(10, 10), Count(5, 10)), (Count(4, 10), Count(5, 10)))
    assert found.relative.estimate == pytest.approx(0.5 / 1.25)
    assert isnan(found.odds.estimate)


@pytest.mark.parametrize(
    ("after", "reason"), [(Count(0, 0), "no units"), (Count(10, 10), "no variation")]
)
def test_nothing_to_judge_by_is_undefined_on_every_scale(after, reason):
    flat = Count(10, 10)
    found = two_by_two("R1", "pe", (flat, after), (flat, flat))
    for estimate in (found.absolute, found.relative, found.odds):
        assert isnan(estimate.estimate)
        assert isnan(estimate.p_value)
        assert reason in estimate.reason


@pytest.mark.parametrize(("yes", "n"), [(-1, 10), (11, 10), (float("nan"), 10)])
def test_impossible_counts_are_refused(yes, n):
    with pytest.raises(DesignError, match="between 0 and its number"):
        Count(yes, n)
