"""Detrended changes, on levels small enough to do by hand."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.detrending import detrended
from evalkit.estimation.did import collapse, counterfactual, levels_on_grid
from evalkit.estimation.inference import exact_t

YEARS = {"pre_years": (2017, 2018, 2019), "wash_in_years": (2020,), "post_years": (2021, 2022)}


def levels(values, n=10.0):
    """Levels from {area: {year: level}}; area "pilot" is treated."""
    rows = [
        {"area": area, "year": year, "n": n, "total": n * level, "level": level}
        for area, years in values.items()
        for year, level in years.items()
    ]
    treated = pd.Series({area: area == "pilot" for area in sorted(values)})
    return levels_on_grid(pd.DataFrame(rows), treated, "K1", "st", **YEARS)


STRAIGHT = {2017: 1.0, 2018: 2.0, 2019: 3.0, 2020: 99.0, 2021: 5.0, 2022: 6.0}
# Slope 1/2 through (2018, 2): foretold 3.5 and 4 in 2021 and 2022, seen 4 and 6.
BENT = {2017: 1.5, 2018: 2.0, 2019: 2.5, 2021: 4.0, 2022: 6.0}


def test_a_straight_line_that_goes_on_is_no_change():
    found = detrended(levels({"pilot": BENT, "linje": STRAIGHT}))
    assert found.areas == ("linje", "pilot")
    assert found.change == pytest.approx([0, 1.25])
    assert found.pre == pytest.approx([5.5, 3.75])
    assert found.n_pre.tolist() == [30, 30]
    assert found.n_post.tolist() == [20, 20]


def test_one_year_after_the_start():
    found = detrended(levels({"pilot": BENT, "linje": STRAIGHT}), (2022,))
    assert found.change == pytest.approx([0, 2])


def test_a_year_without_units_leaves_the_others():
    gap = {year: level for year, level in BENT.items() if year not in (2018, 2022)}
    found = detrended(levels({"pilot": gap, "linje": STRAIGHT}))
    assert found.change == pytest.approx([0, 0.5])


def test_drift_of_its_own_in_every_area_changes_nothing():
    """Against `collapse`, whose estimate takes the treated area's drift for an effect."""
    random = np.random.default_rng(5)
    plain, drifting = {}, {}
    for number, area in enumerate(("pilot", "a", "b", "c", "d")):
        noise = dict(zip(STRAIGHT, random.normal(size=6), strict=True))
        plain[area] = noise
        drifting[area] = {y: v + (3.0 - number) * (y - 2018) for y, v in noise.items()}
    one, other = (exact_t(detrended(levels(values))) for values in (plain, drifting))
    assert other.estimate == pytest.approx(one.estimate)
    assert other.std_error == pytest.approx(one.std_error)
    naive = [exact_t(collapse(levels(v), "years")).estimate for v in (plain, drifting)]
    assert abs(naive[1] - naive[0]) > 1


def test_expected_is_the_own_trend_plus_the_others_departure_from_theirs():
    found = detrended(levels({"pilot": BENT, "linje": STRAIGHT | {2022: 8.0}}))
    assert counterfactual(found) == pytest.approx((5.0, 3.75 + 1.0))


def test_an_area_with_too_few_years_is_refused_with_the_count():
    short = {2019: 1.0, 2021: 1.0}
    with pytest.raises(DesignError, match="1 of 2 areas do not have two years with a level before"):
        detrended(levels({"pilot": short, "linje": STRAIGHT}))
    unseen = {year: level for year, level in BENT.items() if year < 2020}
    with pytest.raises(DesignError, match="1 of 2 areas do not have one year with a level after"):
        detrended(levels({"pilot": unseen, "linje": STRAIGHT}))
