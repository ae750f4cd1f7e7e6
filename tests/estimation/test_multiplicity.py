"""Holm's adjustment: a worked example, and closed testing as the second route."""

from itertools import combinations
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.multiplicity import holm


def test_worked_by_hand():
    """.005 * 4, then .01 * 3, then .03 * 2; .04 * 1 is raised to the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_it_is_closed_testing_with_bonferroni(p_values):
    """A hypothesis falls when every intersection that holds it falls by Bonferroni."""
    families = [
        chosen
        for size in range(1, len(p_values) + 1)
        for chosen in combinations(range(len(p_values)), size)
    ]
    for place, adjusted in enumerate(holm(p_values)):
        worst = max(
            min(1.0, len(family) * min(p_values[i] for i in family))
            for family in families
            if place in family
        )
        assert adjusted == pytest.approx(worst)


def test_an_outcome_that_could_not_be_judged_stays_in_the_family():
    found = holm([0.02, nan])
    assert found[0] == pytest.approx(0.04)
    assert isnan(found[1])


def test_no_outcomes_and_impossible_p_values():
    assert holm([]) == ()
    with pytest.raises(DesignError, match="1 of 2 p-values are not between 0 and 1"):
        holm([0.5, 1.5])
