"""The effect per child reached: its set is every value that the exact t does not reject."""

from dataclasses import replace
from math import inf, isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.compliance import complier_effect
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes

FAST = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 10**6)


def changes_of(values, k=1, outcome="R1"):
    values = np.asarray(values, float)
    size = len(values)
    return Changes(
        outcome, "andel", tuple(f"a{i}" for i in range(size)), np.arange(size) < k,
        np.full(size, 0.5), 0.5 + values, np.full(size, 50.0), np.full(size, 50.0),
    )  # fmt: skip


def draw(seed, reach, k=1, m=5):
    """Outcome and take-up changes that vary together; `reach` is the take-up in treated areas."""
    random = np.random.default_rng(seed)
    take_up = reach * (np.arange(k + m) < k) + 0.1 * random.normal(size=k + m)
    outcome = 0.3 * take_up + 0.1 * random.normal(size=k + m)
    return changes_of(outcome, k), changes_of(take_up, k, "U1")


def keeps(outcome, take_up, tau, confidence=0.95):
    """The definition: does the exact t of outcome - tau * take-up keep no effect?"""
    left = replace(outcome, pre=0 * outcome.pre, post=outcome.change - tau * take_up.change)
    return exact_t(left, confidence).p_value > 1 - confidence


def test_take_up_only_where_the_pilot_is():
    """A pilot that reached 40 % and comparison areas that cannot: everything is divided by .4."""
    outcome = changes_of([-0.08, 0.01, -0.02, 0.03, 0.00])
    found = complier_effect(outcome, changes_of([0.4, 0, 0, 0, 0])).estimate
    whole = exact_t(outcome)
    assert found.estimate == pytest.approx(whole.estimate / 0.4)
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (whole.conf_low / 0.4, whole.conf_high / 0.4)
    )
    assert found.p_value == whole.p_value
    assert (found.term, found.method, found.reason) == ("cace", "fieller", "")
    assert isnan(found.std_error)


@FAST
@given(seeds, st.sampled_from([0.0, 0.1, 0.25, 0.4, 1.0]), st.integers(1, 3), st.integers(3, 8))
def test_the_set_is_what_the_exact_t_keeps(seed, reach, k, m):
    """At 100 values from far left to far right, whatever the shape of the set."""
    outcome, take_up = draw(seed, reach, k, m)
    found = complier_effect(outcome, take_up, 0.9)
    low, high = found.estimate.conf_low, found.estimate.conf_high
    gap = found.excluded
    for tau in np.tan(np.linspace(-1.5, 1.5, 100)):
        edges = [abs(tau - edge) for edge in (low, high, *gap) if np.isfinite(edge)]
        if edges and min(edges) < 1e-6:  # at an edge rounding decides
            continue
        inside = low <= tau <= high and not gap[0] < tau < gap[1]
        assert inside == keeps(outcome, take_up, tau, 0.9)


def test_each_shape_of_the_set():
    """Strong, weak with a gap, and weak without: the same areas but for the pilot's figures."""
    others_y, others_d = [0.02, -0.01, 0.03, -0.04], [0.1, -0.1, 0.05, -0.05]
    strong = complier_effect(changes_of([0.3, *others_y]), changes_of([0.9, *others_d]))
    assert np.isfinite([strong.estimate.conf_low, strong.estimate.conf_high]).all()
    weak = changes_of([0.05, *others_d])
    gap = complier_effect(changes_of([0.6, *others_y]), weak)
    assert (gap.estimate.conf_low, gap.estimate.conf_high) == (-inf, inf)
    assert gap.excluded[0] < 0 < gap.excluded[1]  # no effect is rejected, as by the outcome's own t
    assert gap.estimate.p_value < 0.05
    assert "outside a gap" in gap.estimate.reason
    line = complier_effect(changes_of([0.01, *others_y]), weak)
    assert (line.estimate.conf_low, line.estimate.conf_high) == (-inf, inf)
    assert isnan(line.excluded[0])
    assert "every effect is possible" in line.estimate.reason


@FAST
@given(seeds, st.floats(0.1, 10), st.floats(0.1, 10))
def test_units_of_measurement_scale_it(seed, of_outcome, of_take_up):
    outcome, take_up = draw(seed, 1.0)
    before = complier_effect(outcome, take_up).estimate
    scaled = complier_effect(
        replace(outcome, pre=of_outcome * outcome.pre, post=of_outcome * outcome.post),
        replace(take_up, pre=of_take_up * take_up.pre, post=of_take_up * take_up.post),
    ).estimate
    factor = of_outcome / of_take_up
    assert scaled.estimate == pytest.approx(factor * before.estimate)
    assert (scaled.conf_low, scaled.conf_high) == pytest.approx(
        (factor * before.conf_low, factor * before.conf_high)
    )


@FAST
@given(seeds, st.floats(-2, 2))
def test_an_effect_on_those_reached_is_added_to_the_estimate(seed, effect):
    outcome, take_up = draw(seed, 1.0)
    more = replace(outcome, post=outcome.post + effect * take_up.change)
    before, after = (complier_effect(y, take_up).estimate for y in (outcome, more))
    assert after.estimate == pytest.approx(before.estimate + effect, abs=1e-9)
    assert after.conf_low == pytest.approx(before.conf_low + effect, abs=1e-8)


def test_coverage_with_weak_take_up():
    """The true effect is kept in 95 % of draws: 2,000 draws, four standard errors are .0195."""
    kept = 0
    for seed in range(2000):
        outcome, take_up = draw(seed, 0.1)
        found = complier_effect(outcome, take_up)
        low, high = found.estimate.conf_low, found.estimate.conf_high
        kept += low <= 0.3 <= high and not found.excluded[0] < 0.3 < found.excluded[1]
    assert kept / 2000 == pytest.approx(0.95, abs=0.0195)


def test_a_limit_at_infinity():
    """Take-up exactly at its critical value: the quadratic is a line and one limit is infinite."""
    others = np.array([0.02, -0.01, 0.03, -0.04])
    outcome = changes_of([0.3, *others])
    spread = changes_of([0, *others], outcome="U1")
    bare = exact_t(spread)
    reach = (bare.conf_high - bare.conf_low) / 2 + others.mean()
    found = complier_effect(outcome, changes_of([reach, *others], outcome="U1")).estimate
    assert "edge" in found.reason
    assert np.isfinite([found.conf_low, found.conf_high]).sum() == 1


def test_nothing_to_divide_by_and_nothing_to_judge_by():
    outcome = changes_of([0.1, 0.0, 0.02, 0.05])
    idle = complier_effect(outcome, changes_of([0.0, 0.0, 0.0, 0.0])).estimate
    assert isnan(idle.estimate)
    assert "nothing to divide by" in idle.reason
    gone = complier_effect(outcome, changes_of([0.4, 0.0, np.nan, 0.0])).estimate
    assert gone.reason == "take-up: 1 areas have no change"
    alone = complier_effect(changes_of([0.1, 0.0]), changes_of([0.4, 0.0])).estimate
    assert alone.reason == "one comparison area: no spread to judge by"
    with pytest.raises(DesignError, match="same areas and arms"):
        complier_effect(outcome, changes_of([0.4, 0, 0]))
