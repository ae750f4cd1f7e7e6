"""The 2x2 of the analysis plan's worked example, and what it refuses."""

from math import exp, isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.two_by_two import Count, relative_effect, two_by_two
from evalkit.results import Changes


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


def changes_of(pre, post):
    size = len(pre)
    return Changes(
        "R1", "andel", tuple("abcdefgh"[:size]), np.arange(size) == 0,
        np.array(pre, float), np.array(post, float), np.full(size, 50.0), np.full(size, 50.0),
    )  # fmt: skip


PRE, POST = [0.40, 0.30, 0.20, 0.25, 0.50], [0.30, 0.33, 0.24, 0.25, 0.45]


@pytest.mark.parametrize("scale", ["relative", "odds"])
def test_areas_ratio_is_the_geometric_mean_of_ratios_by_hand(scale):
    """The treated area's ratio over the geometric mean of the others'; the t of the logarithms."""
    ratios = [
        after / before if scale == "relative" else after / (1 - after) * (1 - before) / before
        for before, after in zip(PRE, POST, strict=True)
    ]
    logs = np.log(ratios)
    found = relative_effect(changes_of(PRE, POST), scale)
    assert found.estimate == pytest.approx(ratios[0] / stats.gmean(ratios[1:]))
    spread = np.std(logs[1:], ddof=1) * np.sqrt(1 + 1 / 4)
    t = (logs[0] - logs[1:].mean()) / spread
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), 3))
    reach = stats.t.ppf(0.975, 3) * spread
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (found.estimate * exp(-reach), found.estimate * exp(reach))
    )
    assert (found.term, found.unit, found.n_areas) == (scale, "kvot", 5)


@given(st.floats(0.05, 1.2), st.integers(0, 10**6))
def test_a_common_factor_for_the_treated_area_is_the_relative_effect(factor, seed):
    random = np.random.default_rng(seed)
    pre, post = random.uniform(0.2, 0.8, size=(2, 6))
    before = relative_effect(changes_of(pre, post))
    after = relative_effect(changes_of(pre, post * np.where(np.arange(6) == 0, factor, 1)))
    assert after.estimate == pytest.approx(factor * before.estimate)
    assert after.conf_low == pytest.approx(factor * before.conf_low)


def test_yes_and_no_change_places_on_the_odds_scale():
    found = relative_effect(changes_of(PRE, POST), "odds")
    other = relative_effect(changes_of(1 - np.array(PRE), 1 - np.array(POST)), "odds")
    assert other.estimate == pytest.approx(1 / found.estimate)
    assert (other.conf_low, other.conf_high) == pytest.approx(
        (1 / found.conf_high, 1 / found.conf_low)
    )
    assert other.p_value == pytest.approx(found.p_value)


def test_a_level_without_a_logarithm_is_undefined_and_counted():
    none = relative_effect(changes_of([0.0, 0.3, 0.2, 0.4], [0.1, 0.2, 0.0, 0.3]))
    assert isnan(none.estimate)
    assert none.reason == "2 areas have a level of 0: no logarithm"
    full = changes_of([0.2, 1.0, 0.2, 0.4], [0.1, 0.2, 0.1, 0.3])
    assert relative_effect(full, "odds").reason == "1 areas have a level of 0 or 1: no logarithm"
    assert not isnan(relative_effect(full).estimate)
    missing = relative_effect(changes_of([0.2, np.nan, 0.2, 0.4], [0.1, 0.2, 0.1, 0.3]))
    assert missing.reason == "1 areas have no change"


def test_levels_that_the_scale_cannot_take_are_refused():
    means = changes_of([2.0, 3.0, 2.5], [2.2, 2.0, 2.1])
    assert relative_effect(means).estimate == pytest.approx(1.1 / np.sqrt(2 / 3 * 2.1 / 2.5))
    with pytest.raises(DesignError, match="3 areas' levels: the scale needs a share"):
        relative_effect(means, "odds")
    with pytest.raises(DesignError, match="1 areas' levels: the scale needs no level below 0"):
        relative_effect(changes_of([-1.0, 3.0, 2.5], [2.2, 2.0, 2.1]))
    with pytest.raises(DesignError, match="must be 'relative' or 'odds'"):
        relative_effect(means, "log")
