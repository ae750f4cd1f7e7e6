"""What holds for every method made for one treated area, whatever the data."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.inference import ONE_TREATED
from evalkit.results import Changes

FAST = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 10**6)


def make(values, n_treated=1, unit=1.0):
    """Changes whose cases' variance differs between areas, in the square of `unit`."""
    values = np.asarray(values, float)
    arm = np.arange(len(values)) < n_treated
    areas = tuple(f"område {number}" for number in range(len(values)))
    units = np.full(len(values), 10.0)
    chance = unit**2 * np.linspace(0.02, 0.2, len(values))
    levels = np.zeros(len(values)), values
    return Changes("R1", "pe", areas, arm, *levels, units, units, chance, chance)


def draw(seed, m=15):
    random = np.random.default_rng(seed)
    return random.normal(size=m + 1) * np.r_[4, np.ones(m)]


@pytest.mark.parametrize("method", sorted(ONE_TREATED))
@FAST
@given(seeds, st.floats(0.01, 50), st.floats(-5, 5))
def test_scale_and_level_leave_the_p_value(method, seed, factor, constant):
    values = draw(seed)
    one = ONE_TREATED[method](make(values), 0.95)
    other = ONE_TREATED[method](make(factor * (values + constant), unit=factor), 0.95)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-5)
    limits = factor * one.conf_low, factor * one.conf_high
    assert (other.conf_low, other.conf_high) == pytest.approx(limits, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("method", sorted(ONE_TREATED))
@FAST
@given(seeds)
def test_the_mirror_image_has_the_mirrored_interval(method, seed):
    values = draw(seed)
    one, other = (ONE_TREATED[method](make(sign * values), 0.95) for sign in (1, -1))
    assert other.p_value == pytest.approx(one.p_value, rel=1e-6)
    assert (-other.conf_high, -other.conf_low) == pytest.approx((one.conf_low, one.conf_high))


@pytest.mark.parametrize("method", sorted(ONE_TREATED))
@FAST
@given(seeds)
def test_the_interval_holds_zero_exactly_when_p_is_above_the_level(method, seed):
    found = ONE_TREATED[method](make(draw(seed)), 0.95)
    assert 0 < found.p_value <= 1
    assert (found.conf_low <= 0 <= found.conf_high) == (found.p_value > 0.05)


@pytest.mark.parametrize("method", sorted(ONE_TREATED))
@pytest.mark.parametrize(
    ("values", "n_treated", "reason"),
    [
        ([1, np.nan, 3], 1, "1 areas have no change"),
        ([1, 2], 1, "one comparison area"),
        ([1, 2, 2, 2], 1, "do not vary"),
        ([1, 2, 3, 4], 2, "made for one treated area, there are 2"),
    ],
)
def test_what_cannot_be_judged_is_undefined_with_a_reason(method, values, n_treated, reason):
    found = ONE_TREATED[method](make(values, n_treated), 0.95)
    assert isnan(found.p_value)
    assert isnan(found.conf_low)
    assert reason in found.reason


@pytest.mark.parametrize("method", sorted(ONE_TREATED))
@pytest.mark.parametrize("n_treated", [0, 3])
def test_an_empty_arm_is_refused(method, n_treated):
    with pytest.raises(DesignError, match="at least one of each"):
        ONE_TREATED[method](make([1, 2, 3], n_treated), 0.95)
