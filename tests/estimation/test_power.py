"""The minimum detectable effect: a published table, and what it means in simulation."""

from math import isnan, sqrt

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.inference import exact_t
from evalkit.estimation.power import detectable_multiple, minimum_detectable_effect
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
