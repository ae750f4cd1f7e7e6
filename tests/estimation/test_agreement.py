"""Cohen's kappa: a worked example, a published one, and what its margins allow."""

from itertools import product
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.agreement import cohen_kappa


def test_nine_yes_six_no_and_five_unlike():
    found = cohen_kappa([[9, 3], [2, 6]])
    assert found.n == 20
    assert (found.observed, found.expected) == pytest.approx((0.75, 0.51))
    assert found.kappa == pytest.approx(0.4898, abs=5e-5)


def test_two_pathologists():
    """Agresti (2002), Categorical Data Analysis, 2nd edition, 10.5: kappa .493, error .057."""
    found = cohen_kappa([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]])
    assert found.n == 118
    assert (found.kappa, found.std_error) == pytest.approx((0.493, 0.057), abs=5e-4)
    reach = stats.norm.ppf(0.975) * found.std_error
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (found.kappa - reach, found.kappa + reach)
    )


def test_the_error_is_that_of_repeated_coding():
    """Spread of kappa over 4 000 multinomial draws of n = 400; their own error is 1.1 %."""
    shares = np.array([0.3, 0.1, 0.15, 0.45])
    draws = np.random.default_rng(3).multinomial(400, shares, 4000)
    spread = np.std([cohen_kappa(draw.reshape(2, 2)).kappa for draw in draws])
    made = cohen_kappa((400 * shares).round().reshape(2, 2)).std_error
    assert made == pytest.approx(spread, rel=0.05)


def test_what_the_margins_allow_by_trying_every_table():
    """All 3x3 tables of 7 units with the same margins: the extremes are reached."""
    by_margins: dict[tuple, list] = {}
    for cells in product(range(5), repeat=8):
        last = 7 - sum(cells)
        if last < 0:
            continue
        table = np.array([*cells, last]).reshape(3, 3)
        margins = (*table.sum(axis=0), *table.sum(axis=1))
        if margins in {(3, 2, 2, 4, 2, 1), (1, 5, 1, 1, 4, 2), (2, 2, 3, 2, 3, 2)}:
            by_margins.setdefault(margins, []).append(cohen_kappa(table))
    assert len(by_margins) == 3
    for found in by_margins.values():
        kappas = [one.kappa for one in found]
        assert found[0].least == pytest.approx(min(kappas))
        assert found[0].most == pytest.approx(max(kappas))


@pytest.mark.parametrize(
    ("table", "observed", "reason"),
    [
        ([[20, 0], [0, 0]], 1.0, "both coders gave every unit the same code"),
        ([[0, 0], [0, 0]], None, "no unit was coded by both"),
    ],
)
def test_kappa_is_undefined_where_chance_agrees_on_everything(table, observed, reason):
    found = cohen_kappa(table)
    assert isnan(found.kappa)
    assert isnan(found.conf_low)
    assert found.reason == reason
    assert isnan(found.observed) if observed is None else found.observed == observed


@given(st.lists(st.integers(0, 12), min_size=9, max_size=9).filter(sum))
def test_neither_the_coders_nor_the_codes_order_matters(cells):
    table = np.array(cells).reshape(3, 3)
    found = cohen_kappa(table)
    for other in (table.T, table[::-1, ::-1]):
        assert cohen_kappa(other).kappa == pytest.approx(found.kappa, nan_ok=True)
        assert cohen_kappa(other).std_error == pytest.approx(found.std_error, nan_ok=True, abs=1e-7)
    if not isnan(found.kappa):
        assert found.least - 1e-9 <= found.kappa <= found.most + 1e-9


@pytest.mark.parametrize(
    "table", [[[1, 2, 3], [4, 5, 6]], [], [[1, -1], [0, 2]], [[0.5, 1], [1, 1]]]
)
def test_what_is_no_table_of_two_coders_is_refused(table):
    with pytest.raises(DesignError, match="kappa: the table"):
        cohen_kappa(table)
