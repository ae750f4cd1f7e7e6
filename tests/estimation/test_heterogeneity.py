"""Lau & Li's t test, its breakdown value and the rho of the case loads, by hand and by brute force.

Published critical values are in the registry of `evalkit.validation`.
"""

from dataclasses import replace
from itertools import product
from math import isnan, pi, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from evalkit.errors import DesignError
from evalkit.estimation.case_variance import by_arm, share_variance
from evalkit.estimation.did import collapse, levels_on_grid
from evalkit.estimation.heterogeneity import (
    breakdown_rho,
    closed_form_level,
    implied_rho,
    lau_li,
)
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes


def make(treated, comparison):
    values = np.array([*treated, *comparison], float)
    arm = np.arange(len(values)) < len(treated)
    areas = tuple(f"område {number}" for number in range(len(values)))
    units = np.full(len(values), 10.0)
    return Changes("R1", "pe", areas, arm, np.ones(len(values)), 1 + values, units, units)


def test_worked_by_hand():
    """Comparison changes 1, 2, 3: mean 2, sd 1; treated 8; rho 2: error sqrt(4 + 1/3), 2 df."""
    found = lau_li(make([8], [1, 2, 3]), rho=2.0)
    assert found.estimate == pytest.approx(6)
    assert found.std_error == pytest.approx(sqrt(13 / 3))
    t = 6 / sqrt(13 / 3)
    assert found.p_value == pytest.approx(1 - t / sqrt(2 + t**2))
    assert found.conf_low == pytest.approx(6 - 8.9567, abs=5e-4)


def test_equal_variance_is_the_exact_t():
    changes = make([2], [0.1, 0.4, -0.3, 0.9, 0.2])
    found, exact = lau_li(changes, 0.9, rho=1.0), exact_t(changes, 0.9)
    assert found.p_value == pytest.approx(exact.p_value)
    assert (found.conf_low, found.conf_high) == pytest.approx((exact.conf_low, exact.conf_high))


def test_the_breakdown_value_is_where_the_interval_reaches_zero():
    changes = make([4], [0.1, 0.4, -0.3, 0.9, 0.2])
    rho = breakdown_rho(changes, 0.95)
    assert rho > 1
    at = lau_li(changes, 0.95, rho)
    assert at.conf_low == pytest.approx(0, abs=1e-9)
    assert at.p_value == pytest.approx(0.05)


def test_an_effect_within_the_comparison_areas_own_error_has_no_breakdown_value():
    assert isnan(breakdown_rho(make([0.3], [0.1, 0.4, -0.3, 0.9, 0.2])))
    assert isnan(breakdown_rho(make([1], [0.5])))


def test_several_treated_areas_or_no_spread_are_undefined_with_a_reason():
    assert "made for one treated area, there are 2" in lau_li(make([1, 2], [1, 2, 3])).reason
    assert "do not vary" in lau_li(make([1], [2, 2, 2])).reason
    assert isnan(lau_li(make([1, 2], [1, 2, 3])).estimate)


def test_the_reason_states_the_bound_and_what_is_not_proven():
    eight = [0.1, 0.4, -0.3, 0.9, 0.2, -0.8, 0.6, 0.0]
    assert lau_li(make([9], eight), 0.95).reason == (
        "standard deviation at most 2 times any comparison area's"
    )
    assert "interval proven up to" in lau_li(make([9], eight), 0.8).reason
    assert "p-value a lower bound" in lau_li(make([0.5], eight), 0.95).reason
    assert "not proven for fewer than four" in lau_li(make([9], [1, 2, 3])).reason


def test_a_bound_that_is_not_positive_is_refused():
    with pytest.raises(DesignError, match="rho must be positive"):
        lau_li(make([1], [1, 2, 3]), rho=0.0)


def rejection(critical, treated_sd, sds):
    """P(|T| > critical) for independent normals with these standard deviations, by Imhof (1961).

    (z1 - mean)^2 - critical^2 S^2 is a quadratic form in normals; the second route shares no
    formula with the code.
    """
    m = len(sds)
    contrast = np.r_[1.0, -np.ones(m) / m]
    centre = np.eye(m) - 1 / m
    form = np.outer(contrast, contrast)
    form[1:, 1:] -= critical**2 / (m - 1) * centre
    scale = np.diag(np.r_[treated_sd, sds])
    roots = np.linalg.eigvalsh(scale @ form @ scale)

    def integrand(u):
        angle = 0.5 * np.arctan(roots * u).sum()
        return np.sin(angle) / (u * np.prod((1 + (roots * u) ** 2) ** 0.25))

    return 0.5 + integrate.quad(integrand, 0, np.inf, limit=400)[0] / pi


@pytest.mark.parametrize("m", [2, 3, 4, 8])
@pytest.mark.parametrize("rho", [1.0, 2.0])
def test_no_spread_of_the_comparison_areas_rejects_more_often_than_five_percent(m, rho):
    """The closed form also below m = 4, where no theorem covers it: a search over spreads.

    Tolerance 1e-4: the numerical integral of Imhof's method.
    """
    critical = stats.t.ppf(0.975, m - 1) * sqrt(rho**2 + 1 / m)
    assert rejection(critical, rho, np.ones(m)) == pytest.approx(0.05, abs=1e-4)
    steps = (1.0, 1.5, 4.0) if m < 8 else (1.0, 3.0)
    for sds in product(steps, repeat=m):
        if tuple(sorted(sds)) == sds:
            assert rejection(critical, rho, np.array(sds)) <= 0.05 + 1e-4


def test_the_proven_level_covers_five_percent_at_the_usual_sizes():
    assert all(closed_form_level(m, rho) > 0.05 for m in (4, 5, 8, 20) for rho in (0.5, 1, 2, 5))
    assert isnan(closed_form_level(3, 2.0))


def shares(counts):
    """Levels from {area: {year: (n, yes)}}; "pilot" is treated, 2018 before and 2021 after."""
    rows = [
        {"area": area, "year": year, "n": float(n), "total": float(yes), "level": yes / n}
        for area, years in counts.items()
        for year, (n, yes) in years.items()
    ]
    treated = pd.Series({area: area == "pilot" for area in sorted(counts)})
    sums = pd.DataFrame(rows)
    within = by_arm(sums.assign(treated=sums["area"] == "pilot"), share_variance)
    return levels_on_grid(sums, treated, "R1", "andel", (2018,), (), (2021,), within)


def test_rho_of_the_case_loads_by_hand():
    """Common share 1/2 in both years; changes 0 and .2: S^2 = .02.

    Case variance .25 (1/n + 1/n): .005 with n = 100, .05 with n = 10; A = .02 - .005.
    """
    levels = shares(
        {
            "pilot": {2018: (10, 5), 2021: (10, 9)},
            "a": {2018: (100, 50), 2021: (100, 50)},
            "b": {2018: (100, 40), 2021: (100, 60)},
            "c": {2018: (100, 60), 2021: (100, 40)},
        }
    )
    found = implied_rho(collapse(levels, "cases"))
    assert found.areas == ("a", "b", "c", "pilot")
    assert found.case_variance == pytest.approx([0.005, 0.005, 0.005, 0.05])
    assert found.area_variance == pytest.approx(0.04 - 0.005)
    assert found.rho == pytest.approx(sqrt((0.035 + 0.05) / (0.035 + 0.005)))


def test_areas_that_vary_less_than_their_cases_have_no_variance_beyond_them():
    levels = shares(
        {
            "pilot": {2018: (25, 5), 2021: (25, 9)},
            "a": {2018: (100, 50), 2021: (100, 50)},
            "b": {2018: (400, 200), 2021: (400, 200)},
        }
    )
    found = implied_rho(collapse(levels, "cases"))
    assert found.area_variance == 0
    assert found.rho == pytest.approx(sqrt(400 / 25))


def test_several_years_weigh_as_their_cases():
    """Two pre-years of 10 and 30 cases with shares .2 and .5: (10 * .16 + 30 * .25) / 40^2."""
    rows = pd.DataFrame(
        [
            (area, year, n, n * share, share)
            for area in ("pilot", "a", "b")
            for year, n, share in ((2017, 10.0, 0.2), (2018, 30.0, 0.5), (2021, 20.0, 0.5))
        ],
        columns=["area", "year", "n", "total", "level"],
    )
    treated = pd.Series({"a": False, "b": False, "pilot": True})
    within = by_arm(rows.assign(treated=rows["area"] == "pilot"), share_variance)
    levels = levels_on_grid(rows, treated, "R1", "andel", (2017, 2018), (), (2021,), within)
    expected = (10 * 0.16 + 30 * 0.25) / 40**2 + 0.25 / 20
    assert implied_rho(collapse(levels, "cases")).case_variance == pytest.approx([expected] * 3)


def test_the_model_is_found_again_in_simulated_areas():
    """A = .1^2, case loads of 60 and 240, share .4, over 30 districts of 12 comparison areas.

    S^2 less the mean case variance is unbiased for A, so its mean lies within four of its standard
    errors (truncation at 0 hardly ever happens here). The median rho is allowed .15, three
    standard errors of a median of 30 draws whose own spread is about .2.
    """
    random, found = np.random.default_rng(3), []
    for _ in range(30):
        counts = {}
        for area in ("pilot", *"abcdefghijkl"):
            n = 60 if area in ("pilot", "a", "b", "c") else 240
            after = np.clip(0.4 + random.normal(0, 0.1), 0, 1)
            counts[area] = {
                2018: (n, random.binomial(n, 0.4)),
                2021: (n, random.binomial(n, after)),
            }
        found.append(implied_rho(collapse(shares(counts), "cases")))
    beyond = np.array([one.area_variance for one in found])
    assert beyond.mean() == pytest.approx(0.01, abs=4 * beyond.std() / sqrt(30))
    expected = sqrt((0.01 + 0.48 / 60) / (0.01 + 0.48 / 240))
    assert np.median([one.rho for one in found]) == pytest.approx(expected, abs=0.15)


def test_what_has_no_rho_says_why():
    counts = {area: {2018: (10, 5), 2021: (10, 5)} for area in ("pilot", "a", "b")}
    levels = shares(counts)
    both = replace(levels, frame=levels.frame.assign(treated=levels.frame["area"] != "b"))
    assert "2" in implied_rho(collapse(both, "cases")).reason
    uncounted = replace(collapse(levels, "cases"), var_pre=None)
    assert "not counted" in implied_rho(uncounted).reason
    one = shares({area: {2018: (10, 5), 2021: (10, 6)} for area in ("pilot", "a")})
    assert "no spread" in implied_rho(collapse(one, "cases")).reason
    never = {area: {2018: (10, 0), 2021: (10, 0)} for area in ("pilot", "a", "b")}
    same = implied_rho(collapse(shares(never), "cases"))
    assert isnan(same.rho)
    assert same.reason == "a comparison area does not vary"
