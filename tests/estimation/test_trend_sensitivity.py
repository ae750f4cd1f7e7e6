"""What is left of an effect when trends may have drifted apart: one treated area, few others."""

from dataclasses import replace
from itertools import pairwise
from math import inf, isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.detrending import detrended
from evalkit.estimation.did import collapse
from evalkit.estimation.inference import exact_t
from evalkit.estimation.trend_sensitivity import (
    bend_response,
    breakdown_mbar,
    sensitivity,
    smoothness,
)
from evalkit.results import Levels

PRE, WASH_IN, POST = (2017, 2018, 2019), (2020,), (2021, 2022)
YEARS = np.array([*PRE, *WASH_IN, *POST])
REACH = 2.5  # 2021 and 2022 lie two and three years after 2019


def make(levels, pre=PRE, wash_in=WASH_IN, post=POST):
    """Levels from a table areas x years; the first area is treated."""
    table = np.asarray(levels, float)
    years = (*pre, *wash_in, *post)
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"område {place}" for place in range(len(table))], len(years)),
            "treated": np.repeat(np.arange(len(table)) == 0, len(years)),
            "year": np.tile(years, len(table)),
            "n": 10.0,
            "level": table.ravel(),
        }
    )
    frame["post"], frame["total"] = frame["year"].isin(post), 10 * frame["level"]
    return Levels("R1", "pe", frame, pre, wash_in, post)


def draw(seed, m=6, effect=0.0, path=0.0):
    random = np.random.default_rng(seed)
    table = random.normal(size=(m + 1, 6))
    table[0] += path
    table[0, 4:] += effect
    return make(table)


def one_sided(values, confidence, sign):
    """The limit, on the side of `sign`, of the first area's value less the others' mean."""
    others = values[1:]
    error = np.std(others, ddof=1) * sqrt(1 + 1 / len(others))
    reach = stats.t.ppf((1 + confidence) / 2, len(others) - 1) * error
    return values[0] - others.mean() + sign * reach


def test_the_interval_spans_every_step_and_sign():
    levels = draw(1)
    wide = levels.frame.pivot(index="area", columns="year", values="level")
    effect = ((wide[2021] + wide[2022]) / 2 - wide[2019]).to_numpy()
    drifts = [(wide[2018] - wide[2017]).to_numpy(), (wide[2019] - wide[2018]).to_numpy()]
    moved = [effect + sign * 1.5 * REACH * drift for drift in drifts for sign in (1, -1)]
    (found,) = sensitivity(levels, (1.5,), 0.9)
    assert found.conf_low == pytest.approx(min(one_sided(one, 0.9, -1) for one in moved))
    assert found.conf_high == pytest.approx(max(one_sided(one, 0.9, 1) for one in moved))
    assert found.estimate == pytest.approx(effect[0] - effect[1:].mean())
    assert (found.term, found.method, found.n_areas) == ("mbar=1.5", "relative_magnitudes", 7)


def test_without_room_it_is_the_exact_t_from_the_last_year_before():
    levels = draw(2)
    only = levels.frame[levels.frame["year"].isin([2019, *POST])]
    single = detrend_free(replace(levels, frame=only, pre_years=(2019,), wash_in_years=()))
    (found,) = sensitivity(levels, (0,))
    assert (found.conf_low, found.conf_high) == pytest.approx((single.conf_low, single.conf_high))
    assert (found.p_value, found.std_error) == pytest.approx((single.p_value, single.std_error))


def detrend_free(levels):

    return exact_t(collapse(levels, "years"))


def test_the_p_value_says_whether_zero_is_inside():
    for seed in range(30):
        for found in sensitivity(draw(seed, effect=5.0), (0, 0.3, 1), 0.9):
            assert (found.p_value > 0.1) == (found.conf_low < 0 < found.conf_high)


@pytest.mark.parametrize("seed", range(8))
def test_breakdown_is_where_zero_enters(seed):
    levels = draw(seed, effect=9.0)
    at = breakdown_mbar(levels)
    inside, outside = sensitivity(levels, (at * (1 + 1e-9), at * (1 - 1e-9)))
    assert inside.conf_low < 0 < outside.conf_low


def test_breakdown_where_there_is_none():
    assert isnan(breakdown_mbar(draw(3)))  # not shown even without room
    still = draw(4, effect=50.0)
    frame = still.frame.copy()
    first = frame.groupby("area")["level"].transform("first")
    frame["level"] = np.where(frame["year"] <= 2019, first, frame["level"])
    assert breakdown_mbar(replace(still, frame=frame)) == inf  # no change before to scale by


def test_a_negative_effect_breaks_down_at_the_same_place():
    levels = draw(5, effect=9.0)
    frame = levels.frame.assign(level=-levels.frame["level"])
    assert breakdown_mbar(replace(levels, frame=frame)) == pytest.approx(breakdown_mbar(levels))


@pytest.mark.parametrize("m", [4, 8])
def test_relative_magnitudes_cover_under_the_worst_violation(m):
    """Differences drift by .5 and 1 a year before, then by mbar = 1.5 times 1 upwards every year.
    The exact t of the same contrast is fooled. 400 draws: four standard errors of 95 % are .044.
    """
    drift = np.cumsum([0, 0.5, -1.0, 1.5, 1.5, 1.5])
    found = [sensitivity(draw(seed, m, path=drift), (0, 1.5)) for seed in range(400)]
    covers = np.array([[one.conf_low < 0 < one.conf_high for one in pair] for pair in found])
    naive, honest = covers.mean(axis=0)
    assert honest > 0.95 - 0.044
    assert naive < 0.8


@pytest.mark.parametrize("m", [4, 8])
def test_without_violation_coverage_is_that_of_the_t(m):
    """400 draws, four standard errors."""
    found = [sensitivity(draw(seed, m), (0, 1)) for seed in range(400)]
    covers = np.array([[one.conf_low < 0 < one.conf_high for one in pair] for pair in found])
    exact, room = covers.mean(axis=0)
    assert exact == pytest.approx(0.95, abs=0.044)
    assert room >= exact


@given(
    seed=st.integers(0, 50),
    scale=st.floats(0.1, 10),
    shift=st.floats(-5, 5),
    mbar=st.floats(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_scale_and_what_all_areas_share_do_not_matter(seed, scale, shift, mbar):
    levels = draw(seed)
    common = np.tile(shift * np.arange(6) ** 2, 7)
    frame = levels.frame.assign(level=scale * levels.frame["level"] + common)
    (one,), (other,) = (
        sensitivity(levels, (mbar,)),
        sensitivity(replace(levels, frame=frame), (mbar,)),
    )
    assert other.conf_low == pytest.approx(scale * one.conf_low, rel=1e-6, abs=1e-8)
    assert other.conf_high == pytest.approx(scale * one.conf_high, rel=1e-6, abs=1e-8)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-5)


def test_more_room_is_a_longer_interval():
    for found in (sensitivity(draw(6)), smoothness(draw(6), (0, 0.5, 1))):
        for near, far in pairwise(found):
            assert far.conf_low < near.conf_low < near.conf_high < far.conf_high


def test_without_bends_smoothness_is_the_detrended_exact_t():
    levels = draw(7)
    (found,), expected = smoothness(levels, (0,)), exact_t(detrended(levels))
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (expected.conf_low, expected.conf_high)
    )
    assert (found.estimate, found.p_value) == pytest.approx((expected.estimate, expected.p_value))
    assert found.term == "m=0"


def test_bends_bias_by_no_more_than_the_linear_program_finds():
    """Brute force over every path with bends of at most one: 1e-8, the program's own tolerance."""
    levels = draw(8)
    weights = [detrended(make(np.vstack([unit, np.zeros((2, 6))]))).change[0] for unit in np.eye(6)]
    bend = np.array([np.eye(6)[i - 1] - 2 * np.eye(6)[i] + np.eye(6)[i + 1] for i in range(1, 5)])
    worst = optimize.linprog(
        -np.array(weights), A_ub=np.vstack([bend, -bend]), b_ub=np.ones(8), bounds=(None, None),
        A_eq=np.eye(6)[:2], b_eq=np.zeros(2),
    )  # fmt: skip
    assert bend_response(levels) == pytest.approx(-worst.fun, abs=1e-8)


def test_the_interval_leaves_room_for_the_bias():
    levels = draw(9, effect=4.0)
    plain, bent = smoothness(levels, (0, 0.3))
    room = 0.3 * bend_response(levels)
    assert (bent.conf_low, bent.conf_high) == pytest.approx(
        (plain.conf_low - room, plain.conf_high + room)
    )
    for seed in range(30):
        for one in smoothness(draw(seed, effect=4.0), (0, 0.3), 0.9):
            assert (one.p_value > 0.1) == (one.conf_low < 0 < one.conf_high)


def test_the_worst_bends_move_the_estimate_by_all_of_the_room():
    """Bends of .4 at each year, signed as the estimate responds: coverage is then that of the t."""
    kinks = [np.maximum(np.arange(6) - place, 0.0) for place in range(1, 5)]
    responses = [detrended(make(np.vstack([kink, np.zeros((2, 6))]))).change[0] for kink in kinks]
    path = sum(0.4 * np.sign(one) * kink for one, kink in zip(responses, kinks, strict=True))
    (bent,), (straight,) = smoothness(draw(3, path=path), (0.4,)), smoothness(draw(3), (0,))
    room = 0.4 * bend_response(draw(3))
    assert bent.estimate == pytest.approx(straight.estimate + room)
    assert bent.conf_low == pytest.approx(straight.conf_low)


def test_one_pre_year_has_no_change_to_scale_by():
    levels = make(np.random.default_rng(1).normal(size=(5, 4)), pre=(2019,))
    found = sensitivity(levels)
    assert [one.term for one in found] == ["mbar=0", "mbar=0.5", "mbar=1", "mbar=1.5", "mbar=2"]
    assert {one.reason for one in found} == {
        "one pre-year: no change before the start to measure by"
    }
    assert all(isnan(one.conf_low) for one in found)
    assert isnan(breakdown_mbar(levels))
    assert smoothness(levels, (0,))[0].reason == "one pre-year: no straight line to continue"


def test_two_pre_years_have_one_change():
    levels = make(np.random.default_rng(2).normal(size=(5, 5)), pre=(2018, 2019))
    near, far = sensitivity(levels, (0, 1))
    assert far.conf_high - far.conf_low > near.conf_high - near.conf_low > 0


def test_a_step_over_a_gap_counts_by_the_year():
    table = np.random.default_rng(3).normal(size=(6, 5))
    (two,) = sensitivity(make(table, pre=(2017, 2019)), (1,))
    (one,) = sensitivity(make(table, pre=(2018, 2019)), (0.5,))
    assert (two.conf_low, two.conf_high) == pytest.approx((one.conf_low, one.conf_high))


@pytest.mark.parametrize("year", [0, 4])
def test_a_missing_level_leaves_it_undefined(year):
    table = np.random.default_rng(4).normal(size=(6, 6))
    table[3, year] = nan
    levels = make(table)
    (found,) = sensitivity(levels, (1,))
    assert (isnan(found.conf_low), found.reason) == (True, "1 areas have no change")
    (smooth,) = smoothness(levels, (0,))
    assert (isnan(smooth.conf_low), smooth.reason) == (True, "1 areas' years have no level")
    assert isnan(breakdown_mbar(levels))


def test_one_comparison_area_leaves_it_undefined():
    found = sensitivity(draw(1, m=1), (1,)) + smoothness(draw(1, m=1), (0,))
    assert {one.reason for one in found} == {"one comparison area: no spread to judge by"}


def test_a_negative_bound_is_refused():
    with pytest.raises(DesignError, match="must not be negative"):
        sensitivity(draw(1), (-1,))
    with pytest.raises(DesignError, match="must not be negative"):
        smoothness(draw(1), (-1,))
