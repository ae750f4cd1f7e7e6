"""What a pre-trend test leaves open: the drift it misses, what it rules out, all years jointly."""

from dataclasses import replace
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.did import collapse
from evalkit.estimation.event_study import event_study, joint_pre_trend, pre_drift, pre_trend
from evalkit.estimation.pre_trends import equivalence, pre_trend_power, slope_if_passed
from evalkit.results import Levels

PRE, WASH_IN, POST = (2016, 2017, 2018, 2019), (2020,), (2021, 2022)


def make(levels, pre=PRE, n_treated=1):
    """Levels from a table areas x years; the first areas are treated."""
    table = np.asarray(levels, float)
    years = (*pre, *WASH_IN, *POST)
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"område {place:02d}" for place in range(len(table))], len(years)),
            "treated": np.repeat(np.arange(len(table)) < n_treated, len(years)),
            "year": np.tile(years, len(table)),
            "n": 10.0,
            "level": table.ravel(),
        }
    )
    frame["post"], frame["total"] = frame["year"].isin(POST), 10 * frame["level"]
    return Levels("R1", "pe", frame, pre, WASH_IN, POST)


def draw(seed, m=8, n_treated=1, pre=PRE):
    random = np.random.default_rng(seed)
    table = random.normal(size=(m + n_treated, len(pre) + 3)).cumsum(axis=1)
    return make(table, pre, n_treated)


def pairs_of(levels):
    """Areas' (change, slope), the two numbers that every figure rests on."""
    drift = pre_drift(levels)
    return np.column_stack([collapse(levels, "years").change, drift.post - drift.pre])


def simulated(levels, slope, draws=200_000, seed=0):
    """Estimated slope, its t and the effect, in draws from the areas' own spread and a drift."""
    random = np.random.default_rng(seed)
    comparison = pairs_of(levels)[1:]
    m, root = len(comparison), np.linalg.cholesky(np.cov(comparison.T))
    years = np.mean(POST) - np.mean(levels.pre_years)
    mean = np.array([years * slope, slope])
    gap = mean + sqrt(1 + 1 / m) * random.normal(size=(draws, 2)) @ root.T
    sd = root[1] @ root[1]
    error = np.sqrt(sd * random.chisquare(m - 1, draws) / (m - 1) * (1 + 1 / m))
    return gap[:, 1], np.abs(gap[:, 1] / error), gap[:, 0]


@pytest.mark.parametrize("m", [3, 8])
def test_a_drift_is_found_and_biases_as_told(m):
    """200,000 draws: four standard errors of a share are .0045; of the mean below 1 % of its sd."""
    levels = draw(1, m)
    critical = stats.t.ppf(0.975, m - 1)
    for missed in pre_trend_power(levels):
        _, t, effect = simulated(levels, missed.slope)
        assert (t > critical).mean() == pytest.approx(missed.power, abs=0.0045)
        assert missed.bias == pytest.approx(missed.slope * (2021.5 - 2017.5))
        passed = effect[t <= critical]
        error = passed.std() / sqrt(len(passed))
        assert passed.mean() == pytest.approx(missed.bias_if_passed, abs=4 * error)


def test_the_harder_drift_to_miss_is_the_steeper():
    half, most = pre_trend_power(draw(2))
    assert (half.power, most.power) == (0.5, 0.8)
    assert 0 < half.slope < most.slope
    assert 0 < half.bias < most.bias


def test_passing_the_test_hides_most_where_effect_and_slope_go_apart():
    """Mean reversion: areas that rose before fall after. The effect, seen only when the slope was
    found small, is then further off than the drift alone makes it.
    """
    random = np.random.default_rng(5)
    slope = random.normal(size=(9, 1))
    before = slope * np.arange(4) + 0.01 * random.normal(size=(9, 4))
    after = before.mean(axis=1, keepdims=True) - 2 * slope + 0.01 * random.normal(size=(9, 3))
    (missed,) = pre_trend_power(make(np.hstack([before, after])), (0.5,))
    assert missed.bias_if_passed > missed.bias > 0


@pytest.mark.parametrize("noncentrality", [0.5, 1.96, 3.0])
def test_with_many_areas_the_slope_that_passes_is_a_truncated_normal(noncentrality):
    """With a million degrees of freedom the spread is known: 1e-5."""
    ends = np.array([-1, 1]) * stats.norm.ppf(0.975) - noncentrality
    expected = stats.truncnorm.mean(*ends, loc=noncentrality)
    assert slope_if_passed(noncentrality, 1_000_000) == pytest.approx(expected, abs=1e-5)


def test_without_a_drift_what_passes_is_centred():
    assert slope_if_passed(0.0, 4) == pytest.approx(0.0, abs=1e-12)  # symmetric


@pytest.mark.parametrize("df", [1, 3, 12])
def test_the_slope_that_passes_by_draws(df):
    """A million draws, four standard errors."""
    random = np.random.default_rng(df)
    x = 2.0 + random.normal(size=1_000_000)
    passed = x[np.abs(x) <= stats.t.ppf(0.975, df) * np.sqrt(random.chisquare(df, len(x)) / df)]
    error = passed.std() / sqrt(len(passed))
    assert slope_if_passed(2.0, df) == pytest.approx(passed.mean(), abs=4 * error)


def test_equivalence_is_two_one_sided_tests_by_hand():
    levels = draw(3)
    slope = pairs_of(levels)[:, 1]
    gap = slope[0] - slope[1:].mean()
    error = np.std(slope[1:], ddof=1) * sqrt(1 + 1 / 8)
    below, above = (gap + 2.0) / error, (gap - 2.0) / error
    found = equivalence(levels, 2.0)
    assert found.p_value == pytest.approx(max(stats.t.sf(below, 7), stats.t.cdf(above, 7)))
    assert found.estimate == pytest.approx(pre_trend(levels).estimate)
    assert (found.term, found.unit) == ("pre_slope", "pe per år")


def test_equivalence_with_several_treated_areas_as_statsmodels():
    """1e-10: the same pooled t in double precision."""
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    levels = draw(4, n_treated=3)
    slope = pairs_of(levels)[:, 1]
    expected = weightstats.ttost_ind(slope[:3], slope[3:], -0.8, 0.8, usevar="pooled")[0]
    assert equivalence(levels, 0.8).p_value == pytest.approx(expected, abs=1e-10)


def test_the_equivalence_interval_is_the_smallest_bound_shown():
    levels = draw(5)
    smallest = equivalence(levels, 1.0, 0.9).conf_high
    assert equivalence(levels, smallest, 0.9).p_value == pytest.approx(0.1)
    assert equivalence(levels, 1.01 * smallest, 0.9).p_value < 0.1
    assert equivalence(levels, 1.0, 0.9).conf_low == -smallest


def test_no_drift_found_is_not_no_drift_shown():
    """Two comparison areas find nothing and rule out nothing."""
    levels = draw(6, m=2)
    assert pre_trend(levels).p_value > 0.05
    assert equivalence(levels, 0.5).p_value > 0.05


def test_the_bound_must_be_positive():
    with pytest.raises(DesignError, match="must be positive"):
        equivalence(draw(1), 0.0)


def gaps_of(levels):
    wide = levels.frame.pivot(index="area", columns="year", values="level")
    before = wide[list(levels.pre_years)].to_numpy()
    return before[:, :-1] - before[:, -1:]


def test_hotelling_as_statsmodels():
    """1e-10: the same pooled covariance in double precision."""
    multivariate = pytest.importorskip("statsmodels.stats.multivariate")
    levels = draw(7, n_treated=3)
    gaps = gaps_of(levels)
    expected = multivariate.test_mvmean_2indep(gaps[:3], gaps[3:])
    found = joint_pre_trend(levels)
    assert found.method == "hotelling"
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-10)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-10)
    assert (found.df1, found.df2) == (3, 7)


def test_hotelling_does_not_care_which_year_is_the_reference():
    levels = draw(8)
    order = {2016: 2018, 2017: 2016, 2018: 2019, 2019: 2017}
    frame = levels.frame.assign(year=levels.frame["year"].replace(order))
    assert joint_pre_trend(replace(levels, frame=frame)).p_value == pytest.approx(
        joint_pre_trend(levels).p_value
    )


def test_two_pre_years_are_the_exact_t_of_one_change():
    levels = draw(9, pre=(2018, 2019))
    found = joint_pre_trend(levels)
    assert found.p_value == pytest.approx(pre_trend(levels).p_value)
    assert (found.df1, found.df2) == (1, 7)


def test_with_few_areas_it_is_the_largest_t_with_bonferroni():
    levels = draw(10, m=4)
    found = joint_pre_trend(levels)
    years = [one for one in event_study(levels, 2019) if int(one.term) < 2019]
    largest = max(abs(one.estimate / one.std_error) for one in years)
    assert (found.method, found.df1, found.df2) == ("max_t", 3, 3)
    assert found.statistic == pytest.approx(largest)
    assert found.p_value == pytest.approx(min(1, 3 * 2 * stats.t.sf(largest, 3)))


def test_one_area_more_makes_it_hotelling():
    assert joint_pre_trend(draw(10, m=5)).method == "hotelling"


@pytest.mark.parametrize(("m", "method"), [(8, "hotelling"), (4, "max_t")])
def test_the_joint_test_keeps_its_size(m, method):
    """300 draws with areas' errors correlated over the years: four standard errors are .05.
    Hotelling's is exact, Bonferroni's at most 5 %.
    """
    found = [joint_pre_trend(draw(seed, m)) for seed in range(300)]
    assert {one.method for one in found} == {method}
    share = np.mean([one.p_value < 0.05 for one in found])
    assert share < 0.05 + 0.05
    if method == "hotelling":
        p_values = [one.p_value for one in found]
        assert stats.kstest(p_values, "uniform").pvalue > 1e-4  # exact: uniform throughout


def test_a_bend_that_leaves_the_slope_alone_is_seen_jointly():
    table = np.random.default_rng(11).normal(size=(10, 7))
    table[0, :4] += [0, 40, 40, 0]
    levels = make(table)
    assert pre_trend(levels).p_value > 0.05
    assert joint_pre_trend(levels).p_value < 0.01


def test_years_that_depend_on_each_other_are_not_tested():
    table = np.random.default_rng(12).normal(size=(9, 7))
    table[:, 1] = (table[:, 0] + table[:, 3]) / 2
    found = joint_pre_trend(make(table))
    assert isnan(found.p_value)
    assert found.reason == "the years' differences depend on each other"


def test_one_pre_year_shows_nothing():
    levels = draw(13, pre=(2019,))
    reason = "one pre-year: no trend can be tested"
    assert joint_pre_trend(levels).reason == reason
    assert equivalence(levels, 1.0).reason == reason
    assert {one.reason for one in pre_trend_power(levels)} == {reason}
    assert isnan(joint_pre_trend(levels).p_value)
    assert isnan(equivalence(levels, 1.0).conf_high)
    assert isnan(pre_trend_power(levels)[0].slope)


def test_a_missing_level_leaves_it_undefined():
    table = np.random.default_rng(14).normal(size=(7, 7))
    table[2, 1] = nan
    levels = make(table)
    found = (joint_pre_trend(levels), equivalence(levels, 1.0), *pre_trend_power(levels))
    assert {one.reason for one in found} == {"1 areas have no change"}
