"""What an avoided outcome costs: only with an interval, and never where the effect may be none."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.cost_effectiveness import acceptability, cost_per_avoided, outcome_contract
from evalkit.results import Estimate


def effect(estimate, error, df=7):
    reach = stats.t.ppf(0.975, df) * error
    return Estimate(
        "R1", "att", estimate, error, nan, estimate - reach, estimate + reach, "share", "exact_t",
        900, df + 2,
    )  # fmt: skip


def test_a_clear_effect_has_a_price_with_limits():
    found = cost_per_avoided(8_000, effect(-0.10, 0.02))
    assert found.ratio == pytest.approx(80_000)
    reach = stats.t.ppf(0.975, 7) * 0.02
    assert (found.low, found.high) == pytest.approx(
        (8_000 / (0.10 + reach), 8_000 / (0.10 - reach))
    )


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (effect(-0.06, 0.03), "holds 0"),
        (effect(0.10, 0.02), "more outcomes, not fewer"),
        (
            Estimate("R1", "att", nan, nan, nan, nan, nan, "share", "x", 0, 9, "immature"),
            "immature",
        ),
    ],
)
def test_there_is_no_price_where_nothing_is_sure_to_be_avoided(made, reason):
    found = cost_per_avoided(8_000, made)
    assert isnan(found.ratio)
    assert isnan(found.low)
    assert isnan(found.high)
    assert reason in found.reason


@given(st.floats(1, 1e5), st.floats(-0.5, -0.01), st.floats(0.001, 0.2))
def test_the_limits_are_those_that_the_test_does_not_reject(cost, estimate, error):
    """Fieller: r is kept when the t test of cost + r * effect = 0 is not rejected."""
    made = effect(estimate, error)
    found = cost_per_avoided(cost, made)
    if isnan(found.ratio):
        return
    critical = stats.t.ppf(0.975, 7)
    for limit in (found.low, found.high):
        assert abs(cost + limit * estimate) / (limit * error) == pytest.approx(critical)


@pytest.mark.parametrize("cost", [0, -100, nan])
def test_a_saving_needs_no_price(cost):
    with pytest.raises(DesignError, match="above 0 kronor"):
        cost_per_avoided(cost, effect(-0.1, 0.02))


def test_the_probability_that_it_is_worth_its_cost():
    """By drawing: how often worth * avoided covers the cost, to the error of 200 000 draws."""
    made, worth = effect(-0.06, 0.03), [0.0, 50_000.0, 100_000.0, 1e6]
    found = acceptability(5_000, made, 7, worth)
    avoided = 0.06 + 0.03 * np.random.default_rng(5).standard_t(7, 200_000)
    drawn = [(price * avoided >= 5_000).mean() for price in worth]
    assert found == pytest.approx(drawn, abs=4e-3)
    assert found[0] == 0


def test_half_way_where_the_price_is_the_ratio():
    assert acceptability(6_000, effect(-0.06, 0.03), 7, [100_000]) == pytest.approx([0.5])


def test_it_ends_at_the_one_sided_p_value_and_not_at_certainty():
    made = effect(-0.06, 0.03)
    assert acceptability(6_000, made, 7, [1e15])[0] == pytest.approx(stats.t.cdf(2, 7))


def test_a_saving_is_worth_it_at_no_price_and_an_unknown_effect_says_nothing():
    assert acceptability(-1, effect(-0.06, 0.03), 7, [0.0])[0] == 1
    assert np.isnan(acceptability(5_000, effect(-0.06, nan), 7, [0.0, 1e5])).all()
    with pytest.raises(DesignError, match="acceptability"):
        acceptability(5_000, effect(-0.06, 0.03), 7, [-1])


def test_what_a_contract_by_outcome_may_cost():
    """Ten users at 20 000 each and 50 000 more for a goal reached: 200 000 to 700 000."""
    found = outcome_contract([10, 25], [0.0, 0.4, 1.0], 20_000, 50_000)
    assert found["cost"].tolist() == [200_000, 400_000, 700_000, 500_000, 1_000_000, 1_750_000]
    assert found.columns.tolist() == ["users", "reaching", "cost"]


@pytest.mark.parametrize(
    "given_", [([-1], [0.5], 1, 1), ([1], [1.1], 1, 1), ([1], [0.5], -1, 1), ([1], [0.5], 1, -1)]
)
def test_an_impossible_contract_is_refused(given_):
    with pytest.raises(DesignError, match="outcome contract"):
        outcome_contract(*given_)
