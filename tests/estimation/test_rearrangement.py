"""The rearrangement test by its definition, by simulation, and at its limits.

Published weights are in the registry of `evalkit.validation`.
"""

from math import isnan

import numpy as np
import pytest
from scipy import stats

from evalkit.estimation.rearrangement import (
    largest_heterogeneity,
    rearrangement,
    rearrangement_weight,
    size_bound,
)
from evalkit.results import Changes


def make(treated, comparison):
    values = np.array([*treated, *comparison], float)
    arm = np.arange(len(values)) < len(treated)
    areas = tuple(f"område {number}" for number in range(len(values)))
    units = np.full(len(values), 10.0)
    return Changes("R1", "pe", areas, arm, np.ones(len(values)), 1 + values, units, units)


def rejects_by_definition(treated, comparison, weight):
    """Algorithm 3.3: the statistic of the data equals that of the data sorted downwards."""
    apart = comparison - comparison.mean()
    gap = treated - comparison.mean()
    data = np.r_[(1 + weight) * gap, (1 - weight) * gap, apart]
    ordered = np.sort(data)[::-1]

    def statistic(values):
        return values[:2].mean() - values[2:].mean()

    return statistic(data) >= statistic(ordered) - 1e-12


@pytest.mark.parametrize("m", [14, 20])
def test_the_decision_is_that_of_the_definition(m):
    """Both sides, p-value and interval, at treated values around the margin."""
    random = np.random.default_rng(m)
    comparison = random.normal(size=m)
    weight = rearrangement_weight(m, 0.025)
    reach = np.abs(comparison - comparison.mean()).max() / (1 - weight)
    decisions = set()
    for treated in np.linspace(-1.5, 1.5, 41) * reach:
        found = rearrangement(make([treated], comparison))
        above = rejects_by_definition(treated, comparison, weight)
        below = rejects_by_definition(-treated, -comparison, weight)
        assert (found.p_value <= 0.05) == (above or below)
        assert (found.conf_low > 0) == above
        assert (found.conf_high < 0) == below
        decisions |= {(above, below)}
    assert decisions == {(True, False), (False, True), (False, False)}


def test_the_size_holds_at_the_worst_spread_and_is_near_its_bound():
    """One-sided 5 %, q = 20, treated sd twice the others': 20,000 draws, standard error .0015."""
    random, draws, q = np.random.default_rng(11), 20_000, 20
    weight = rearrangement_weight(q, 0.05)
    comparison = random.normal(size=(draws, q))
    gap = 2 * random.normal(size=draws) - comparison.mean(axis=1)
    furthest = comparison.max(axis=1) - comparison.mean(axis=1)
    size = np.mean((1 - weight) * gap >= furthest)
    assert 0.03 < size < 0.05 + 4 * 0.0015


def test_the_bound_agrees_with_a_plain_sum():
    """Both parts of the bound on a grid: midpoint sums of step 1e-3 and the least of 4,000 b."""
    q, w, rho = 12, 0.6, 2.0
    y = np.arange(0.0005, 9, 0.001)
    spread = (stats.norm.cdf((1 - w) * rho * y) ** (q - 1) * stats.norm.pdf(y)).sum() * 0.001
    b = np.linspace(0, 2, 4001)
    mean = stats.norm.cdf(w * np.sqrt(q - 1) * b) ** (q - 1) + 2 * stats.norm.cdf(-q * b)
    assert size_bound(w, q, rho) == pytest.approx(2.0**-13 + spread + mean.min(), abs=1e-6)


def test_the_weight_meets_its_level_and_a_smaller_one_does_not():
    for q, level in ((10, 0.1), (15, 0.05), (25, 0.01)):
        weight = rearrangement_weight(q, level)
        assert size_bound(weight, q, 2.0) == pytest.approx(level)
        assert all(size_bound(w, q, 2.0) > level for w in np.linspace(0, 0.999 * weight, 25))


def test_no_weight_exists_below_fourteen_areas_at_a_two_sided_five_percent():
    """Lau & Li (2025), section 1: with rho = 2, 14 areas at one-sided 2.5 %, 17 at 1 %."""
    assert isnan(rearrangement_weight(13, 0.025))
    assert not isnan(rearrangement_weight(14, 0.025))
    assert isnan(rearrangement_weight(16, 0.01))
    assert not isnan(rearrangement_weight(17, 0.01))


def test_eight_areas_give_a_p_value_with_its_floor_and_no_interval():
    found = rearrangement(make([50], range(8)))
    floor = float(found.reason.removeprefix("smallest possible p-value "))
    assert floor > 0.05
    assert found.p_value >= floor - 0.005
    assert isnan(found.conf_low)
    assert isnan(found.conf_high)


def test_a_treated_area_inside_the_others_has_p_value_one():
    assert rearrangement(make([3], range(8))).p_value == 1.0
    assert rearrangement(make([3.5], range(8))).p_value == 1.0


def test_the_largest_heterogeneity_is_where_the_p_value_reaches_the_level():
    changes = make([9], np.random.default_rng(2).normal(size=18))
    rho = largest_heterogeneity(changes)
    assert rho > 2
    assert rearrangement(changes, rho=rho).p_value == pytest.approx(0.05, abs=1e-6)
    assert rearrangement(changes, rho=1.01 * rho).p_value > 0.05


def test_no_heterogeneity_is_borne_by_an_ordinary_change_or_too_few_areas():
    assert isnan(largest_heterogeneity(make([0.5], np.random.default_rng(2).normal(size=18))))
    assert isnan(largest_heterogeneity(make([99], range(3))))
    assert isnan(largest_heterogeneity(make([1, 2], range(8))))


def test_several_treated_areas_are_undefined_with_a_reason():
    found = rearrangement(make([1, 2], range(8)))
    assert isnan(found.p_value)
    assert found.reason == "made for one treated area, there are 2"
