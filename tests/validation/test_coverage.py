"""The districts are what they say, the fast rules are the library's, and the table is honest."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.did import collapse
from evalkit.estimation.heterogeneity import lau_li
from evalkit.estimation.inference import exact_t
from evalkit.estimation.load_weighted import load_weighted
from evalkit.validation.coverage import (
    SCENARIOS,
    Coverage,
    Scenario,
    _reaches,
    coverage_table,
    verdict,
)
from evalkit.validation.districts import District, draw

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def drawn(district, draws=4000, seed=1):
    return draw(district, draws, np.random.default_rng(seed))


@pytest.mark.parametrize("name", ["pilot_smallest", "siblings_pilot_smallest", "caseworkers"])
def test_the_fast_rules_are_the_librarys_functions(name):
    """Half widths from cells through `estimation`, district by district; to rounding."""
    found = drawn(BY_NAME[name].district, 5)
    reaches = {(method, weighting): reach for method, weighting, reach in _reaches(found)}
    for i in range(5):
        levels = found.levels(i)
        for (method, weighting), reach in reaches.items():
            effect = found.district.design_effect if method.endswith("siblings") else 1.0
            changes = collapse(replace(levels, within=effect * levels.within), weighting)
            assert changes.change == pytest.approx(found.changes(weighting)[i])
            estimate = {
                "exact_t": lambda c=changes: exact_t(c),
                "lau_li": lambda c=changes: lau_li(c),
            }.get(method, lambda c=changes: load_weighted(c))()
            width = estimate.conf_high - estimate.conf_low
            assert width == pytest.approx(2 * reach[i], rel=1e-9), method


def test_loads_and_the_true_effect_are_found_again():
    """Means of 4,000 districts, within four of their standard errors."""
    district = District(pilot_load=2.0, load_sd=0.5, effect=-0.06, cases=80.0, together=0.7)
    found = drawn(district)
    assert district.loads[1:].mean() == pytest.approx(80)
    assert found.n.mean(axis=(0, 2)) == pytest.approx(district.loads, rel=0.02)
    change = found.changes("cases")
    effect = change[:, 0] - change[:, 1:].mean(axis=1)
    assert effect.mean() == pytest.approx(-0.06, abs=4 * effect.std() / np.sqrt(4000))


@pytest.mark.parametrize("together", [0.0, 0.7])
def test_siblings_multiply_the_case_variance_by_the_design_effect(together):
    """No area effects or shocks: only cases vary. Children per family .6, .24, .12, .04 give
    1 + (3.28 / 1.6 - 1) * .7 = 1.735. A variance of 4,000 * 8 changes has 3 % at four errors.
    """
    district = District(area_sd=0.0, shock_sd=0.0, together=together)
    found = drawn(district)
    ratio = found.changes("cases").var() / found.case_variance("cases").mean()
    assert district.design_effect == pytest.approx(1.735 if together else 1.0)
    assert ratio == pytest.approx(district.design_effect, rel=0.03)


def test_shocks_are_autocorrelated_and_skewed_when_asked():
    """Large areas, so that shocks are all that varies; four standard errors of a correlation."""
    large = District(cases=20_000.0, area_sd=0.0, shock_sd=0.05, n_comparison=4)
    level = (lambda one: one.total / one.n)(drawn(replace(large, autocorrelation=0.5), 2000))
    pairs = np.corrcoef(level[..., :-1].ravel(), level[..., 1:].ravel())[0, 1]
    assert pairs == pytest.approx(0.5, abs=0.03)
    skewed = (lambda one: one.total / one.n)(drawn(replace(large, skewed=True), 2000))
    assert stats.skew(skewed.ravel()) == pytest.approx(2, abs=0.25)
    assert skewed.std() == pytest.approx(0.05, rel=0.04)


def test_districts_that_make_no_sense_are_refused():
    for fault in ({"n_comparison": 1}, {"base": 1.5}, {"together": 2.0}, {"pre_years": 0}):
        with pytest.raises(DesignError, match="districts"):
            District(**fault)


@pytest.fixture(scope="module")
def table():
    names = ("areas_3", "areas_8", "autocorrelated", "pilot_largest", "pilot_smallest",
             "siblings_pilot_smallest", "rare_and_small")  # fmt: skip
    return coverage_table(4000, 7, [BY_NAME[name] for name in names])


def row(table, scenario, method="exact_t", weighting="cases"):
    (one,) = [
        r for r in table if (r.scenario, r.method, r.weighting) == (scenario, method, weighting)
    ]
    return one


@pytest.mark.parametrize("scenario", ["areas_3", "areas_8", "autocorrelated"])
@pytest.mark.parametrize("weighting", ["cases", "years"])
def test_equal_areas_are_covered_as_promised_and_found_as_computed(table, scenario, weighting):
    """95 and 80 % within four Monte Carlo errors (1.4 and 2.5 points with 4,000 districts)."""
    found = row(table, scenario, weighting=weighting)
    assert found.coverage == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 4000))
    assert found.power == pytest.approx(0.80, abs=4 * np.sqrt(0.8 * 0.2 / 4000))


def test_unequal_areas_need_their_loads(table):
    """A pilot with few cases is covered far too seldom, one with many too often; loads mend it."""
    assert row(table, "pilot_smallest").coverage < 0.90
    assert row(table, "pilot_largest").coverage > 0.98
    for scenario in ("pilot_smallest", "pilot_largest"):
        assert 0.925 < row(table, scenario, "load_weighted").coverage < 0.975
    small, large = (row(table, f"pilot_{s}est") for s in ("small", "larg"))
    assert row(table, "pilot_smallest", "load_weighted").half_width > small.half_width
    assert row(table, "pilot_largest", "load_weighted").half_width < large.half_width


def test_siblings_that_are_counted_are_covered_more_often(table):
    ignored = row(table, "siblings_pilot_smallest", "load_weighted")
    counted = row(table, "siblings_pilot_smallest", "load_weighted_siblings")
    assert counted.coverage > ignored.coverage
    assert counted.half_width > ignored.half_width


def test_every_district_is_counted_once(table):
    for one in table:
        assert one.draws + one.undefined == 4000
        share = one.coverage * (1 - one.coverage) / one.draws
        assert one.error == pytest.approx(np.sqrt(share))
    assert row(table, "rare_and_small").undefined > 0
    assert row(table, "areas_8").undefined == 0
    frame = pd.DataFrame(table)
    assert not frame.duplicated(["scenario", "method", "weighting"]).any()


def test_a_scenario_does_not_depend_on_which_others_are_run(table):
    alone = coverage_table(4000, 7, [BY_NAME["pilot_smallest"]])
    assert alone == tuple(one for one in table if one.scenario == "pilot_smallest")
    assert coverage_table(50, 8, [BY_NAME["areas_3"]]) != coverage_table(
        50, 7, [BY_NAME["areas_3"]]
    )


def test_every_scenario_has_a_name_of_its_own_and_they_reach_from_3_to_14_areas():
    assert len(BY_NAME) == len(SCENARIOS)
    assert {3, 4, 6, 9, 14} <= {scenario.district.n_comparison for scenario in SCENARIOS}


def judged(coverage, undefined=0):
    one = Coverage("x", "load_weighted", "cases", 1000, undefined, coverage, 0.007, 0.1, 0.81)
    other = replace(one, method="exact_t", coverage=0.951)
    return verdict(Scenario("x", "lika stora områden", District()), [one, other])


def test_the_verdict_says_with_figures_where_the_interval_does_not_hold():
    space = "\N{NO-BREAK SPACE}"
    assert judged(0.95) == (
        f"Lika stora områden: 95-procentsintervallet täcker 95,0{space}%, som det ska (94–96 %). "
        f"Styrkan är 81{space}%, beräknat 80{space}%."
    )
    assert "för brett; det exakta t-testets intervall täcker 95,1" in judged(0.99)
    assert "för smalt; det exakta t-testets intervall täcker 95,1" in judged(0.86)
    assert f"I 20,0{space}% av distrikten saknade något område ärenden" in judged(0.95, 250)


def test_the_limits_of_what_holds():
    one = Coverage("x", "load_weighted", "cases", 1000, 0, 0.94, 0.007, 0.1, 0.83)
    assert one.holds
    assert not one.power_holds
    assert not replace(one, coverage=0.939).holds
    assert not replace(one, coverage=0.961).holds
    assert replace(one, power=0.785).power_holds
