"""Aalen-Johansen and maturity: the worked example in exact fractions, and every edge."""

from fractions import Fraction
from math import isnan

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.did import collapse
from evalkit.estimation.survival import (
    cumulative_incidence,
    follow_up_rule,
    incidence_levels,
    maturity,
)

STATUS = {1: "return", 2: "competing", 0: "censored"}
EXAMPLE = ((30, 1), (90, 2), (120, 1), (200, 0), (250, 1), (300, 0), (365, 0), (365, 0))


def risk(pairs, n=1):
    rows = [(time, STATUS[status], float(n)) for time, status in pairs]
    return pd.DataFrame(rows, columns=["time", "status", "n"])


def same(found, fraction):
    return found == pytest.approx(float(Fraction(fraction)), abs=1e-14)


def test_worked_example_in_exact_fractions():
    found = cumulative_incidence(risk(EXAMPLE), 365)
    assert same(found.at(365), "13/32")
    assert same(found.cif_competing[-1], "1/8")
    assert same(found.event_free[-1], "15/32")
    assert same(found.at(180), "1/4")
    assert found.at(29) == 0
    assert same(found.at(30), "1/8")


def test_kaplan_meier_overstates_and_the_naive_share_understates():
    """Competing exits taken for censorings give 29/64; non-returns among all eight give 3/8."""
    as_censored = [(time, 0 if status == 2 else status) for time, status in EXAMPLE]
    kaplan_meier = cumulative_incidence(risk(as_censored), 365).at(365)
    assert same(kaplan_meier, "29/64")
    assert float(Fraction("3/8")) < cumulative_incidence(risk(EXAMPLE), 365).at(365) < kaplan_meier


def test_cells_count_for_as_many_units_as_they_hold():
    one, many = (cumulative_incidence(risk(EXAMPLE, n), 365) for n in (1, 7))
    assert one.cif_return == pytest.approx(many.cif_return)
    split = pd.concat([risk(EXAMPLE, 3), risk(EXAMPLE, 4)])
    assert cumulative_incidence(split, 365).at_risk == pytest.approx(many.at_risk)


def test_the_last_day_of_the_window_counts_and_the_day_after_does_not():
    found = cumulative_incidence(risk([(365, 1), (366, 1), (400, 0), (400, 0)]), 365)
    assert found.at(365) == pytest.approx(1 / 4)
    assert found.times.tolist() == [365]


def test_events_come_before_censorings_on_the_same_day():
    """Somebody censored on day 10 is still at risk when another returns on day 10."""
    found = cumulative_incidence(risk([(10, 0), (10, 1), (400, 0)]), 365)
    assert found.at_risk.tolist() == [3]
    assert found.at(365) == pytest.approx(1 / 3)


def test_beyond_the_last_follow_up_nothing_is_known():
    found = cumulative_incidence(risk([(30, 1), (100, 0), (200, 0)]), 365)
    assert isnan(found.at(365))
    assert found.at(200) == pytest.approx(1 / 3)


def test_when_everybody_has_had_an_event_the_rest_is_known():
    assert cumulative_incidence(risk([(30, 1), (40, 2)]), 365).at(365) == pytest.approx(1 / 2)


def test_nobody_at_risk_is_unknown_not_zero():
    assert isnan(cumulative_incidence(risk([(30, 1)], n=0), 365).at(365))


def slow_aalen_johansen(pairs, horizon):
    """Unit by unit and day by day, as the definition reads."""
    free, cif = Fraction(1), Fraction(0)
    for day in sorted({time for time, _ in pairs if time <= horizon}):
        at_risk = sum(time >= day for time, _ in pairs)
        returns = sum(pair == (day, 1) for pair in pairs)
        exits = sum(pair == (day, 2) for pair in pairs)
        cif += free * Fraction(returns, at_risk)
        free *= 1 - Fraction(returns + exits, at_risk)
    return cif


def test_equals_the_definition_on_random_follow_up():
    random = np.random.default_rng(11)
    for _ in range(30):
        days, statuses = random.integers(1, 40, 25), random.integers(0, 3, 25)
        pairs = list(zip(days.tolist(), statuses.tolist(), strict=True))
        pairs.append((50, 0))
        found = cumulative_incidence(risk(pairs), 35).at(35)
        assert found == pytest.approx(float(slow_aalen_johansen(pairs, 35)), abs=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("status", "okänd", "1 cells have an unknown status"),
        ("time", -1, "column 'time': 1 missing or negative"),
        ("n", np.nan, "column 'n': 1 missing or negative"),
    ],
)
def test_cells_that_cannot_be_right_are_refused(column, value, message):
    cells = risk(EXAMPLE)
    cells[column] = cells[column].astype(object)
    cells.loc[2, column] = value
    with pytest.raises(DesignError, match=message):
        cumulative_incidence(cells, 365)


def place(frame, area, year, month=1):
    return frame.assign(area=area, treated=area == "pilot", year=year, month=month)


def test_incidence_per_area_and_year_takes_the_place_of_shares():
    quiet = risk([(400, 0)] * 4)
    cells = pd.concat(
        [
            place(risk(EXAMPLE), "pilot", 2019),
            place(risk([(400, 1)] * 9), "pilot", 2019, month=12),
            place(quiet, "pilot", 2021),
            place(quiet, "linje", 2019),
            place(risk(EXAMPLE, 2), "linje", 2021),
        ]
    )
    levels = incidence_levels(cells, "R1", "pe", 365, (1, 2), (2019,), (2020,), (2021,))
    changes = collapse(levels, "cases")
    assert changes.areas == ("linje", "pilot")
    assert changes.pre == pytest.approx([0, 13 / 32])
    assert changes.post == pytest.approx([13 / 32, 0])
    assert changes.n_post.tolist() == [16, 4]


def test_an_area_not_followed_to_the_horizon_has_no_level():
    cells = pd.concat(
        [
            place(risk([(100, 0), (30, 1)]), area, year)
            for area in ("pilot", "linje")
            for year in (2019, 2021)
        ]
    )
    levels = incidence_levels(cells, "R1", "pe", 365, (1,), (2019,), (), (2021,))
    assert levels.frame["level"].isna().all()
    with pytest.raises(DesignError, match="2 of 2 areas have no level"):
        collapse(levels, "cases")


def follow_up(pairs):
    return pd.DataFrame(pairs, columns=["time", "n"])


def test_maturity_counts_the_day_of_the_horizon():
    """A closure on 1 January 2022 followed to 31 December has 364 days: immature at 365."""
    found = maturity(follow_up([(364, 2), (365, 3), (900, 5)]), 365)
    assert (found.n, found.n_mature, found.share) == (10, 8, 0.8)


def test_median_follow_up_is_that_of_the_units():
    random = np.random.default_rng(2)
    for _ in range(50):
        days = random.integers(1, 30, size=random.integers(1, 12))
        values, counts = np.unique(days, return_counts=True)
        cells = follow_up(list(zip(values, counts, strict=True))).sample(frac=1, random_state=1)
        assert maturity(cells, 10).median_follow_up == np.median(days)


def test_maturity_of_nobody_is_unknown():
    found = maturity(follow_up([]), 365)
    assert isnan(found.share)
    assert follow_up_rule(found.share, 0.9, 0.5) == "none"


@pytest.mark.parametrize(
    ("share", "rule"),
    [
        (1.0, "share"),
        (0.9, "share"),
        (0.899, "aalen_johansen"),
        (0.5, "aalen_johansen"),
        (0.49, "none"),
    ],
)
def test_what_the_plan_allows_at_each_maturity(share, rule):
    assert follow_up_rule(share, 0.9, 0.5) == rule
