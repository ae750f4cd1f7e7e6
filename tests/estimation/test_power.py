"""The minimum detectable effect: a published table, and what it means in simulation."""

from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.did import collapse, levels_on_grid
from evalkit.estimation.heterogeneity import implied_rho, lau_li
from evalkit.estimation.inference import exact_t
from evalkit.estimation.power import (
    area_variance,
    case_variance,
    detectable_multiple,
    minimum_detectable_effect,
    planned_effect,
    planned_spread,
    rejection_probability,
    simulated_power,
)
from evalkit.results import Changes


def make(values, n_treated=1):
    values = np.asarray(values, float)
    arm = np.arange(len(values)) < n_treated
    areas = tuple(map(str, range(len(values))))
    units = np.ones(len(values))
    return Changes("K1", "handläggare", areas, arm, np.zeros(len(values)), values, units, units)


@pytest.mark.parametrize(
    ("m", "multiple"),
    [(3, 6.53), (4, 4.76), (5, 4.12), (6, 3.80), (9, 3.37), (14, 3.14), (50, 2.89)],
)
def test_table_of_detectable_effects(m, multiple):
    """80 % power, two-sided 5 %, in standard deviations; the table has two decimals."""
    assert detectable_multiple(m) == pytest.approx(multiple, abs=5e-3)


def test_many_areas_on_both_sides_approach_the_normal_rule_of_thumb():
    """2.80 standard errors, the sum of the normal quantiles for 97.5 % and 80 %."""
    many = 5000
    assert detectable_multiple(many, many) / sqrt(2 / many) == pytest.approx(2.8016, abs=2e-3)


def test_no_effect_is_found_as_often_as_the_test_errs():
    """Power approaches 5 %, both tails together, as the effect approaches nothing."""
    assert detectable_multiple(8, power=0.05001) < 0.05


def test_the_effect_is_in_the_unit_of_the_outcome():
    found = minimum_detectable_effect(make([9, 1, 2, 3]))
    assert found == pytest.approx(6.53, abs=5e-3)
    assert minimum_detectable_effect(make([9, 10, 20, 30])) == pytest.approx(10 * found)


def test_such_an_effect_is_found_in_four_cases_of_five():
    """3,000 draws: three standard errors of the rate are .022."""
    random, m, draws = np.random.default_rng(7), 8, 3000
    effect = detectable_multiple(m)
    found = 0
    for _ in range(draws):
        values = random.normal(size=m + 1)
        values[0] += effect
        found += exact_t(make(values)).p_value < 0.05
    assert found / draws == pytest.approx(0.8, abs=0.022)


@pytest.mark.parametrize("values", [[1, 2], [1, 2, 2, 2], [1, 2, np.nan]])
def test_without_spread_there_is_no_detectable_effect(values):
    assert isnan(minimum_detectable_effect(make(values)))


@pytest.mark.parametrize(
    "wrong", [{"n_comparison": 1}, {"n_comparison": 0}, {"n_comparison": 5, "power": 0.01}]
)
def test_questions_without_an_answer_are_refused(wrong):
    with pytest.raises(DesignError, match="power"):
        detectable_multiple(**wrong)


@pytest.mark.parametrize(
    ("m", "multiple"), [(3, 11.5), (4, 8.4), (5, 7.2), (6, 6.6), (9, 5.8), (14, 5.4)]
)
def test_table_of_detectable_effects_that_guard_twice_the_spread(m, multiple):
    """Lau & Li's test with rho = 2 in areas that vary alike; the table has one decimal."""
    assert detectable_multiple(m, rho=2) == pytest.approx(multiple, abs=0.05)


def test_a_guarded_effect_is_found_in_four_cases_of_five_by_that_test():
    """3,000 draws: three standard errors of the rate are .022."""
    random, m, draws = np.random.default_rng(8), 6, 3000
    effect = detectable_multiple(m, rho=2)
    values = random.normal(size=(draws, m + 1)) + effect * (np.arange(m + 1) == 0)
    found = np.mean([lau_li(make(row), rho=2).p_value < 0.05 for row in values])
    assert found == pytest.approx(0.8, abs=0.022)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 12), st.integers(1, 60), st.floats(0.5, 15))
@example(5e-324, 1, 1.0)
def test_the_rejection_probability_is_the_noncentral_ts(noncentrality, df, critical):
    """Where scipy's noncentral t gives a number; its own absolute error reaches 1e-9."""
    above = stats.nct.sf(critical, df, noncentrality)
    below = stats.nct.cdf(-critical, df, noncentrality)
    found = rejection_probability(noncentrality, df, critical)
    assert 0 <= found <= 1 + 1e-9
    if not np.isnan(above + below):
        assert found == pytest.approx(above + below, abs=1e-8)


def test_two_comparison_areas_have_a_detectable_effect():
    """Where scipy's noncentral t fails (df 1, noncentrality 8). By simulation: 200,000 draws, four
    standard errors of the rate are .0036.
    """
    effect = detectable_multiple(2)
    assert simulated_power(effect, [1], [1, 1], 200_000, 1).share == pytest.approx(0.8, abs=0.0036)


@pytest.mark.parametrize(("k", "m", "effect"), [(1, 8, 3.0), (1, 3, 5.0), (2, 6, 2.0)])
def test_simulated_power_agrees_with_the_noncentral_t(k, m, effect):
    """100,000 draws, four Monte Carlo errors."""
    found = simulated_power(effect, [1] * k, [1] * m, 100_000, 1)
    df, scale = k + m - 2, sqrt(1 / k + 1 / m)
    exact = rejection_probability(effect / scale, df, float(stats.t.ppf(0.975, df)))
    assert found.share == pytest.approx(exact, abs=4 * found.std_error)
    assert found.std_error == pytest.approx(sqrt(exact * (1 - exact) / 1e5), rel=0.05)


def test_simulated_power_is_how_often_exact_t_rejects():
    """Unequal spreads, 2,000 draws one by one: four standard errors of the rate are .045."""
    random, sds = np.random.default_rng(3), np.array([2.0, 1, 1, 0.5, 1.5, 1])
    values = random.normal(size=(2000, 6)) * sds
    values[:, 0] += 3.0
    slow = np.mean([exact_t(make(row)).p_value < 0.05 for row in values])
    fast = simulated_power(3.0, sds[:1], sds[1:], 100_000, 1).share
    assert fast == pytest.approx(slow, abs=0.045)


def test_the_size_when_the_treated_area_varies_twice_as_much():
    """.263 with nine comparison areas (docs/methods.md, from 40,000 draws): four standard errors of
    both simulations are .010.
    """
    assert simulated_power(0.0, [2], [1] * 9, 100_000, 1).share == pytest.approx(0.263, abs=0.010)


def test_a_plan_with_equal_areas_is_the_table():
    """100,000 draws: the effect's Monte Carlo error is near .004 of 3.47; four of them."""
    found = planned_effect([1], [1] * 8, 100_000, 1)
    assert found.effect == pytest.approx(detectable_multiple(8), abs=0.016)
    assert found.size == pytest.approx(0.05, abs=4 * found.size_error)
    assert found == planned_effect([1], [1] * 8, 100_000, 1)
    assert found != planned_effect([1], [1] * 8, 100_000, 2)


def test_a_planned_effect_is_found_as_often_as_promised():
    """On other draws: four standard errors of 100,000."""
    own, others = [1.4], [1, 0.8, 1.2, 1, 0.6]
    found = planned_effect(own, others, 100_000, 1, power=0.9)
    share = simulated_power(found.effect, own, others, 100_000, 2).share
    assert share == pytest.approx(0.9, abs=4 * sqrt(2 * 0.09 / 1e5))


def test_a_small_treated_area_rejects_too_often_and_a_large_one_too_seldom():
    sizes = [planned_effect([own], [1] * 8, 50_000, 1).size for own in (0.5, 1.0, 2.0)]
    assert sizes[0] < 0.04 < sizes[1] < 0.06 < sizes[2]


def test_spread_from_loads_by_hand():
    """Share .2 in 100 cases before and 25 after: .16 (.01 + .04) = .008; with A = .001, .009."""
    found = planned_spread(case_variance("share", 0.2), [100, 400], [25, 100], 0.001)
    assert found == pytest.approx([sqrt(0.009), sqrt(0.001 + 0.002)])


def test_the_variance_of_one_case():
    assert case_variance("share", 0.2) == pytest.approx(0.16)
    assert case_variance("rate", 1.7) == pytest.approx(1.7)
    assert case_variance("mean", 3.0) == pytest.approx(9.0)


def test_spread_from_loads_is_what_simulated_cases_show():
    """20,000 areas of each size: four relative errors of a standard deviation are .02."""
    random, share, before, after, area_sd = np.random.default_rng(2), 0.3, 120, 40, 0.05
    shift = random.normal(scale=area_sd, size=20_000)
    pre = random.binomial(before, share, size=20_000) / before
    post = random.binomial(after, share, size=20_000) / after
    spread = planned_spread(case_variance("share", share), [before], [after], area_sd**2)
    assert np.std(post - pre + shift) == pytest.approx(spread[0], rel=0.02)


def test_planned_case_variance_is_the_one_that_areas_loads_imply_afterwards():
    """One year a side and one share throughout: both are p (1 - p) (1/n_before + 1/n_after)."""
    before, after = np.array([40.0, 100, 200, 80]), np.array([20.0, 90, 150, 60])
    areas = ["a", "b", "c", "d"]
    sums = pd.DataFrame({"area": areas * 2, "year": [2019] * 4 + [2021] * 4})
    sums["n"], sums["level"] = np.r_[before, after], 0.25
    sums["total"] = sums["n"] * sums["level"]
    arm = pd.Series([True, False, False, False], index=pd.Index(areas, name="area"))
    within = pd.DataFrame(0.25 * 0.75, index=[2019, 2021], columns=["comparison", "treated"])
    levels = levels_on_grid(sums, arm, "R1", "", (2019,), (), (2021,), within)
    found = implied_rho(collapse(levels, "cases"))
    spread = planned_spread(case_variance("share", 0.25), before, after, 0.0)
    assert found.case_variance == pytest.approx(spread**2)


def test_area_variance_of_independent_years():
    """tau^2 (1/T_before + 1/T_after); the years of wash-in are then nothing."""
    assert area_variance(0.04, 3, 1, 2) == pytest.approx(0.04 * (1 / 3 + 1 / 2))
    assert area_variance(0.04, 3, 0, 2) == pytest.approx(area_variance(0.04, 3, 4, 2))


def test_area_variance_of_related_years_by_hand_and_by_simulation():
    """One year a side, h apart: 2 tau^2 (1 - phi^h). Then AR(1) paths, 40,000: four relative errors
    of a variance are .028.
    """
    assert area_variance(1.0, 1, 0, 1, 0.6) == pytest.approx(2 * (1 - 0.6))
    assert area_variance(1.0, 1, 2, 1, 0.6) == pytest.approx(2 * (1 - 0.6**3))
    random = np.random.default_rng(5)
    path = [random.normal(size=40_000)]
    for _ in range(5):
        path.append(0.6 * path[-1] + sqrt(1 - 0.36) * random.normal(size=40_000))
    change = np.mean(path[4:], axis=0) - np.mean(path[:3], axis=0)
    assert change.var() == pytest.approx(area_variance(1.0, 3, 1, 2, 0.6), rel=0.028)


def test_more_cases_more_years_and_more_areas_each_find_smaller_effects():
    def effect(n_comparison=8, cases=100, years=1):
        area = area_variance(0.0004, 3, 1, years)
        loads = np.full(n_comparison + 1, float(cases))
        spread = planned_spread(case_variance("share", 0.25), 3 * loads, years * loads, area)
        return planned_effect(spread[:1], spread[1:], 20_000, 1).effect

    plain = effect()
    assert max(effect(cases=200), effect(years=2), effect(n_comparison=16)) < plain


@pytest.mark.parametrize(
    "question",
    [
        lambda: planned_spread(0.2, [10, 0], [10, 10], 0.0),
        lambda: planned_spread(0.2, [10, 10], [10], 0.0),
        lambda: planned_spread(0.0, [10], [10], 0.0),
        lambda: case_variance("share", 1.2),
        lambda: case_variance("other", 1.2),
        lambda: area_variance(1.0, 0, 0, 1),
        lambda: area_variance(1.0, 1, 0, 1, 1.0),
        lambda: simulated_power(1.0, [1], [1], 10, 1),
        lambda: simulated_power(1.0, [1], [1, -1], 10, 1),
        lambda: planned_effect([1], [0, 0], 10, 1),
        lambda: planned_effect([50], [1] * 8, 1000, 1),
        lambda: detectable_multiple(8, rho=0),
        lambda: detectable_multiple(8, 2, rho=2),
        lambda: detectable_multiple(3, rho=0.01, power=0.051),
    ],
)
def test_impossible_plans_are_refused(question):
    with pytest.raises(DesignError, match="power"):
        question()
