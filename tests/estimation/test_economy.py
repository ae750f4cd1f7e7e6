"""The two years of accounts for the process support, as reported."""

from math import isnan, nan

import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.economy import accounts

INCOME = [
    ("intäkt", "beviljat belopp", 500_000, "redovisad"),
    ("intäkt", "egen insats", 650_000, "redovisad"),
    ("intäkt", "övriga intäkter", nan, "saknas"),
    ("intäkt", "summa intäkter", 1_150_000, "redovisad"),
]
COSTS = {
    2021: [
        ("kostnad", "personal", 1_457_956, "redovisad"),
        ("kostnad", "administration", 4_104, "redovisad"),
        ("kostnad", "utbildning", 37_940, "tolkad"),
        ("kostnad", "övrigt", nan, "saknas"),
        ("kostnad", "summa kostnader", 1_500_000, "redovisad"),
    ],
    2022: [
        ("kostnad", "personal", 700_263, "redovisad"),
        ("kostnad", "administration", nan, "saknas"),
        ("kostnad", "utbildning", nan, "saknas"),
        ("kostnad", "summa kostnader", nan, "saknas"),
    ],
}


@pytest.fixture(params=["float64", "Int64"])
def finance(request):
    """The table with amounts as plain numbers, and as the nullable integers of an extract."""
    rows = [(year, "LUM", *row) for year, costs in COSTS.items() for row in INCOME + costs]
    frame = pd.DataFrame(rows, columns=["year", "funder", "side", "entry", "amount", "status"])
    return frame.astype({"amount": request.param})


def test_a_year_that_adds_up_and_still_does_not_balance(finance):
    first, _ = accounts(finance)
    assert first.year == 2021
    assert (first.income.total, first.costs.total) == (1_150_000, 1_500_000)
    assert (first.income.difference, first.costs.difference) == (0, 0)
    assert first.balance == -350_000
    assert first.costs.n_interpreted == 1
    assert first.costs.missing == ("övrigt",)
    assert first.reason == ""


def test_a_year_with_missing_costs_has_no_balance(finance):
    _, second = accounts(finance)
    assert isnan(second.costs.total)
    assert isnan(second.balance)
    assert second.balance_on_reported == 449_737
    assert second.costs.missing == ("administration", "utbildning", "summa kostnader")
    assert second.reason == "kostnad: 2 of 3 rows lack their amount"
    assert second.income.total == 1_150_000


def test_a_sum_that_is_not_the_sum_is_shown_with_its_difference(finance):
    """And then the rows without amount may hold the difference, so that the total is unknown."""
    finance.loc[finance["entry"] == "summa intäkter", "amount"] = 1_500_000
    first = accounts(finance)[0]
    assert first.income.difference == 350_000
    assert isnan(first.income.total)
    complete = accounts(finance[finance["entry"] != "övriga intäkter"])[0]
    assert complete.income.difference == 350_000
    assert complete.income.total == 1_150_000


def test_a_side_without_rows_is_unknown_not_zero(finance):
    only_income = accounts(finance[finance["side"] == "intäkt"])[0]
    assert isnan(only_income.costs.total)
    assert isnan(only_income.balance_on_reported)
    assert only_income.reason == "kostnad: no rows but the sum"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("side", "inkomst", "1 rows are neither income nor cost"),
        ("status", "klar", "1 rows have an unknown status"),
        ("status", "saknas", "1 rows disagree with 'status'"),
        ("amount", nan, "1 rows disagree with 'status'"),
        ("entry", "summa intäkter", "2 rows 'summa intäkter' in one year"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(finance, column, value, message):
    finance.loc[0, column] = value
    with pytest.raises(DesignError, match=message):
        accounts(finance)
