"""Swedish numbers: what a reader sees on the page."""

from datetime import date
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.reporting.numbers import (
    count,
    day,
    interval,
    listing,
    number,
    of_hundred,
    percent,
    points,
    rounded,
)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234567.5, 1, "1\u00a0234\u00a0567,5"),
        (-0.04, 1, "0,0"),  # no negative zero
        (-0.06, 1, "\u22120,1"),
        (2.5, 0, "3"),  # half away from zero, not to even
        (-2.5, 0, "\u22123"),
        (0.285 * 100, 0, "29"),  # 28.499999999999996 in binary
        (999.96, 1, "1\u00a0000,0"),
    ],
)
def test_number(value, decimals, text):
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (0.06, "6\u00a0procentenheter"),
        (0.01, "1\u00a0procentenhet"),
        (-0.01, "\u22121\u00a0procentenhet"),
        (-0.001, "0\u00a0procentenheter"),
    ],
)
def test_points_have_singular_and_plural(difference, text):
    assert points(difference) == text


def test_one_decimal_is_plural():
    assert points(0.01, 1) == "1,0\u00a0procentenheter"


def test_percent_and_natural_frequency():
    assert percent(0.256) == "26\u00a0%"
    assert percent(0.256, 1) == "25,6\u00a0%"
    assert of_hundred(0.24) == "24 av 100 barn"


def test_interval_date_count_and_list():
    assert interval(-11, 2) == "\u221211 till 2"
    assert day(date(2022, 12, 31)) == "31 december 2022"
    assert (count(1, "ärende", "ärenden"), count(12, "ärende", "ärenden")) == (
        "1 ärende",
        "12 ärenden",
    )
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"]) == "a, b och c"


@pytest.mark.parametrize("value", [nan, inf])
def test_a_missing_number_never_reaches_a_sentence(value):
    for write in (number, percent, points, of_hundred):
        with pytest.raises(ValueError, match="missing"):
            write(value)


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_what_is_written_reads_back_within_half_a_step(value, decimals):
    text = number(value, decimals)
    back = float(text.replace("\u00a0", "").replace("\u2212", "-").replace(",", "."))
    assert abs(back - value) <= 0.5 * 10**-decimals + 1e-5
    assert "-" not in text
    assert float(rounded(value, decimals)) == back
