"""Self-calibration: the counts, the fast decisions behind them, and the realised effect."""

from dataclasses import replace
from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.calibration import (
    null_samples,
    on_null_panels,
    on_placebos,
    realised_mde,
)
from evalkit.estimation.contrast import contrast
from evalkit.estimation.did import collapse, levels_on_grid, two_way_fixed_effects
from evalkit.estimation.inference import (
    EVERY,
    METHODS,
    ONE_TREATED,
    cluster_robust,
    cluster_robust_size,
    exact_t,
)
from evalkit.estimation.load_weighted import load_weighted
from evalkit.estimation.placebos import comparison_only, shifted, windows
from evalkit.estimation.proportions import wilson
from evalkit.estimation.rejections import RULES, Samples, two_way_p_values
from evalkit.results import Changes

PRE, WASH_IN, POST = (2017, 2018, 2019), (2020,), (2021,)
YEARS = (*PRE, *WASH_IN, *POST)


def make_changes(values):
    values = np.asarray(values, float)
    areas = tuple(f"a{i:03}" for i in range(len(values)))
    arm, ones = np.arange(len(values)) == 0, np.ones(len(values))
    return Changes("K1", "handläggare", areas, arm, 0 * ones, values, ones, ones)


def make_levels(values, n=None):
    """Levels of areas a000, a001, ... over the five years; the first is treated."""
    values = np.asarray(values, float)
    areas = [f"a{i:03}" for i in range(len(values))]
    sums = pd.DataFrame(
        [(area, year) for area in areas for year in YEARS], columns=["area", "year"]
    )
    sums["n"] = 10.0 if n is None else np.asarray(n, float).ravel()
    sums["level"] = values.ravel()
    sums["total"] = sums["n"] * sums["level"]
    arm = pd.Series([area == "a000" for area in areas], index=pd.Index(areas, name="area"))
    return levels_on_grid(sums[sums["n"] > 0], arm, "K1", "handläggare", PRE, WASH_IN, POST)


def normal_scores(m):
    """Changes of m comparison areas lying as normal quantiles do, and one treated."""
    return make_changes(np.r_[0.0, stats.norm.ppf((np.arange(m) + 0.5) / m)])


def by_method(found):
    return {each.method: each for each in found}


# --- the decisions on many samples are those of the methods -----------------------------------


@pytest.mark.parametrize("name", sorted((METHODS | ONE_TREATED).keys() & RULES.keys()))
@pytest.mark.parametrize(("m", "confidence"), [(3, 0.95), (8, 0.9), (9, 0.8)])
def test_each_decision_is_that_of_the_method(name, m, confidence):
    """120 draws, the treated area from dull to glaring; half are rounded, so that areas tie."""
    random = np.random.default_rng([m, len(name)])
    values = random.normal(size=(120, m + 1))
    values[:, 0] *= np.repeat([1.0, 4.0, 20.0], 40)
    values[::2] = values[::2].round(1)
    samples = Samples(values[:, 0], values[:, 1:], 100, 5)
    method = (METHODS | ONE_TREATED)[name]
    one_by_one = [
        method(make_changes(row), confidence).p_value <= 1 - confidence + 1e-12 for row in values
    ]
    assert RULES[name](samples, confidence).tolist() == one_by_one


def test_permutation_and_rearrangement_reject_where_areas_are_many_enough():
    """19 and 14 areas are the fewest at 5 %: a decision that is always no would pass above."""
    random = np.random.default_rng(8)
    for name, m in (("permutation", 19), ("rearrangement", 15)):
        values = random.normal(size=(60, m + 1))
        values[:, 0] *= np.repeat([1.0, 30.0], 30)
        method = (METHODS | ONE_TREATED)[name]
        expected = [method(make_changes(row), 0.95).p_value <= 0.05 + 1e-12 for row in values]
        assert 0 < sum(expected) < 60
        found = RULES[name](Samples(values[:, 0], values[:, 1:], 100, 5), 0.95)
        assert found.tolist() == expected


def test_two_way_fixed_effects_on_equal_units_is_decided_from_the_changes():
    """Levels near the limit: changes of size 1 among areas whose spread is 1."""
    random, decided = np.random.default_rng(4), []
    for _ in range(20):
        levels = make_levels(random.normal(size=(7, 5)))
        change = collapse(levels, "cases").change
        samples = Samples(change[:1], change[None, 1:], 7 * 4 * 10, 4)
        slow = two_way_fixed_effects(levels).p_value <= 0.05
        assert RULES["twfe_cluster"](samples, 0.95).tolist() == [slow]
        decided.append(slow)
    assert 0 < sum(decided) < 20


def test_two_way_p_values_of_every_pilot_are_those_of_one_fit_each():
    """Uneven units and an empty cell. Two solvers: 1e-8 is far above their rounding."""
    random = np.random.default_rng(6)
    n = random.integers(3, 90, size=(7, 5))
    n[3, 1] = 0
    levels = make_levels(random.normal(size=(7, 5)), n)
    frame = levels.frame
    expected = [
        two_way_fixed_effects(replace(levels, frame=frame.assign(treated=frame["area"] == area)))
        for area in sorted(frame["area"].unique())
    ]
    found = two_way_p_values(levels)
    assert found == pytest.approx([each.p_value for each in expected], abs=1e-8)


# --- on placebos --------------------------------------------------------------------------------


def test_placebos_counted_one_by_one():
    """Two starts have a year before and one after at the design's distances, and the real one."""
    values = np.random.default_rng(2).normal(size=(7, 5))
    values[2] += [0, 0, 9, 0, 0]  # one area with a wild year, so that something is rejected
    methods = {name: one for name, one in EVERY.items() if name != "load_weighted"}
    rejected = dict.fromkeys(methods, 0)
    for before, after in (((0,), 2), ((0, 1), 3), ((0, 1, 2), 4)):
        change = values[1:, after] - values[1:][:, before].mean(axis=1)
        for pilot in range(6):
            pseudo = make_changes(np.r_[change[pilot], np.delete(change, pilot)])
            for name, method in methods.items():
                rejected[name] += method(pseudo, 0.95).p_value <= 0.05
    found = by_method(on_placebos(make_levels(values), "years"))
    assert {name: found[name].rejections for name in rejected} == rejected
    assert all(found[name].placebos == 18 for name in rejected)
    assert rejected["exact_t"] > 0
    assert found["twfe_cluster"].rejections > 0


def test_loads_are_those_of_each_placebos_own_window():
    """The method that counts cases has them where the variance between cases is known."""
    levels = make_levels(np.random.default_rng(2).normal(size=(7, 5)))
    counted = replace(
        levels, within=pd.DataFrame(0.5, index=YEARS, columns=["comparison", "treated"])
    )
    found = by_method(on_placebos(counted, "years"))["load_weighted"]
    expected = 0
    for window in windows(comparison_only(counted)):
        design = shifted(comparison_only(counted), window)
        for area in design.frame["area"].unique():
            pilot = replace(design, frame=design.frame.assign(treated=design.frame["area"] == area))
            expected += load_weighted(collapse(pilot, "years")).p_value <= 0.05
    assert (found.rejections, found.placebos) == (expected, 18)
    blind = by_method(on_placebos(levels, "years"))["load_weighted"]
    assert (blind.placebos, isnan(blind.share)) == (0, True)


def test_the_treated_area_takes_no_part():
    values = np.random.default_rng(2).normal(size=(7, 5))
    first = (
        on_placebos(make_levels(values), "cases"),
        on_null_panels(make_levels(values), "cases", 200, 1),
    )
    values[0] = 1e6 * np.arange(5)
    second = (
        on_placebos(make_levels(values), "cases"),
        on_null_panels(make_levels(values), "cases", 200, 1),
    )
    assert first == second


def test_shares_have_wilsons_interval_and_are_said_to_depend_on_one_another():
    for each in on_placebos(make_levels(np.random.default_rng(2).normal(size=(7, 5))), "cases"):
        limits = wilson(each.rejections, each.placebos)
        assert (each.share, each.low, each.high) == (limits.estimate, limits.low, limits.high)
        assert "6 areas at 3 starts" in each.reason
        assert "too short" in each.reason


def test_a_start_without_cases_in_some_area_is_counted_as_left_out():
    n = np.full((7, 5), 10)
    n[4, 0] = 0
    found = on_placebos(make_levels(np.random.default_rng(2).normal(size=(7, 5)), n), "cases")
    assert all(each.placebos == 12 for each in found if each.method != "load_weighted")
    assert all("1 starts lack a level" in each.reason for each in found)


def test_undefined_placebos_do_not_count_as_kept_nulls():
    """Areas that move in step have no spread."""
    level = np.arange(7)[:, None] + np.arange(5) ** 2
    found = by_method(on_placebos(make_levels(level), "years"))["exact_t"]
    assert (found.placebos, isnan(found.share)) == (0, True)
    assert "undefined in 18 of 18" in found.reason


def test_two_comparison_areas_are_too_few():
    with pytest.raises(DesignError, match="needs three"):
        on_placebos(make_levels(np.random.default_rng(1).normal(size=(3, 5))), "cases")


def test_on_normal_areas_each_method_errs_as_often_as_theory_says():
    """40 panels of 10 areas, one start: 400 dependent placebos. Pilots of one panel exclude each
    other, so five binomial standard errors are generous: .125 for cluster-robust, .055 for exact t;
    neither would pass for the other.
    """
    random, wrong = np.random.default_rng(9), {"exact_t": 0, "cluster_robust": 0}
    for _ in range(40):
        found = by_method(
            on_placebos(make_levels(random.normal(size=(11, 5))), "years", least_before=3)
        )
        for name in wrong:
            wrong[name] += found[name].rejections
    assert wrong["exact_t"] / 400 == pytest.approx(0.05, abs=0.055)
    assert wrong["cluster_robust"] / 400 == pytest.approx(cluster_robust_size(9), abs=0.125)


# --- on null panels -----------------------------------------------------------------------------


def test_null_samples_vary_as_the_areas_do():
    """40,000 x 9 draws: the variance's relative Monte Carlo error is .0023; four of them."""
    changes = make_changes(np.random.default_rng(5).normal(size=9))
    samples = null_samples([changes], 4, 40_000, 1)
    drawn = np.column_stack([samples.treated, samples.comparison])
    assert drawn.shape == (40_000, 9)
    assert (drawn**2).mean() == pytest.approx(contrast(changes).sd ** 2, rel=0.01)
    assert drawn.mean() == pytest.approx(0, abs=4 * contrast(changes).sd / sqrt(drawn.size))


def test_a_sample_keeps_to_one_window():
    """Each panel's deviations are all the first window's or all the second's, and both occur."""
    random = np.random.default_rng(5)
    pair = [make_changes(random.normal(size=9)) for _ in range(2)]
    drawn = np.abs(null_samples(pair, 4, 200, 1).comparison)
    kept = []
    for changes in pair:
        other = changes.change[1:]
        known = np.abs(other - other.mean()) * sqrt(8 / 7)
        kept.append(np.isclose(drawn[..., None], known, rtol=1e-12).any(axis=-1).all(axis=1))
    assert (kept[0] ^ kept[1]).all()
    assert 50 < kept[0].sum() < 150


def test_with_many_normal_areas_the_shares_are_the_methods_sizes():
    """200 areas at normal quantiles, 20,000 panels: four standard errors (at most .014), and .003
    for the tails that 200 quantiles lack. Cluster-robust: its closed form.
    """
    m, draws = 200, 20_000
    samples = null_samples([normal_scores(m)], 4, draws, 3)
    guarded = float(stats.t.ppf(0.975, m - 1)) * sqrt((4 + 1 / m) / (1 + 1 / m))
    for name, size in (
        ("exact_t", 0.05),
        ("permutation", 10 / 201),  # the ten largest of 201
        ("cluster_robust", cluster_robust_size(m)),
        ("lau_li", 2 * stats.t.sf(guarded, m - 1)),
    ):
        margin = 4 * sqrt(size * (1 - size) / draws) + 0.003
        assert RULES[name](samples, 0.95).mean() == pytest.approx(size, abs=margin), name


def test_null_panels_of_the_design():
    """Nine areas like Hässelby-Vällingby's: the warning is seen, the headline holds."""
    levels = make_levels(np.random.default_rng(12).normal(size=(9, 5)))
    found = by_method(on_null_panels(levels, "cases", 3000, 1))
    assert set(found) == {*METHODS, *ONE_TREATED, "twfe_cluster"}
    assert found["exact_t"].share < 0.10
    assert found["lau_li"].share < 0.02
    assert found["cluster_robust"].share > 0.3
    assert found["twfe_cluster"].share > 0.3
    assert found["permutation"].rejections == 0
    assert found == by_method(on_null_panels(levels, "cases", 3000, 1))
    assert found != by_method(on_null_panels(levels, "cases", 3000, 2))


def test_a_method_that_cannot_be_had_says_so():
    found = by_method(
        on_null_panels(make_levels(np.random.default_rng(1).normal(size=(17, 5))), "cases", 50, 1)
    )
    assert found["wild_restricted"].placebos == 0
    assert isnan(found["wild_restricted"].share)
    assert "too many to enumerate" in found["wild_restricted"].reason


# --- the realised minimum detectable effect -----------------------------------------------------


def test_with_many_normal_areas_the_realised_effect_is_the_analytic_one():
    """10,000 panels: the quantile's Monte Carlo error is near .014 of 2.8 sd; four of them."""
    found = realised_mde(normal_scores(200), 10_000, 1)
    assert found.effect == pytest.approx(found.analytic, abs=0.06)


def test_such_an_effect_put_into_panels_is_found_in_four_of_five():
    """Each panel judged by `exact_t` itself, on other draws: four standard errors of 2,000."""
    changes = make_changes(np.random.default_rng(7).normal(size=9))
    effect = realised_mde(changes, 10_000, 1).effect
    samples = null_samples([changes], 4, 2000, 99)
    found = [
        exact_t(make_changes(np.r_[treated + effect, comparison])).p_value < 0.05
        for treated, comparison in zip(samples.treated, samples.comparison, strict=True)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=4 * sqrt(0.16 / 2000) + 4 * sqrt(0.16 / 10_000))


def test_the_realised_effect_is_in_the_outcomes_unit_and_needs_no_treated_area():
    values = np.random.default_rng(7).normal(size=9)
    first = realised_mde(make_changes(values), 2000, 1)
    values[0] = 77.0
    second = realised_mde(make_changes(10 * values), 2000, 1)
    assert second.effect == pytest.approx(10 * first.effect, rel=1e-5)
    assert second.analytic == pytest.approx(10 * first.analytic)


def test_a_guarded_test_needs_a_larger_effect_and_a_test_that_errs_a_smaller():
    changes = make_changes(np.random.default_rng(7).normal(size=9))
    effect = {
        name: realised_mde(changes, 2000, 1, name).effect
        for name in ("cluster_robust", "exact_t", "lau_li")
    }
    assert effect["cluster_robust"] < effect["exact_t"] < effect["lau_li"]
    assert cluster_robust(changes).conf_high < exact_t(changes).conf_high  # why it is smaller


def test_what_no_effect_can_show_is_undefined_with_a_reason():
    """Eight areas cannot reject by permutation: the floor is 1/9."""
    changes = make_changes(np.random.default_rng(7).normal(size=9))
    found = realised_mde(changes, 500, 1, "permutation")
    assert isnan(found.effect)
    assert "however large" in found.reason
    still = realised_mde(make_changes([1.0, 2.0, 2.0, 2.0]), 500, 1)
    assert (isnan(still.effect), "do not vary" in still.reason) == (True, True)


def test_questions_without_an_answer_are_refused():
    changes = make_changes([1.0, 2.0, 3.0, 5.0])
    with pytest.raises(DesignError, match="method must be"):
        realised_mde(changes, 100, 1, "t-test")
    with pytest.raises(DesignError, match="each with a change"):
        realised_mde(make_changes([1.0, 2.0, np.nan]), 100, 1)
